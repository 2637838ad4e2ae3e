"""Deployment: F1 of the released forest, by day and by week."""

from __future__ import annotations

import pandas as pd

from ..deployment import replay
from ..monitoring import DayCounts
from .base import RELEASE, TRAIN, model_of, result


@result
def released_daily(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """F1 of each day after release, with the cumulative F1 at its end.

    Returns
    -------
    DataFrame, one row a day
        The columns of `monitoring.DayCounts.by_period`, and ``cumulative_f1``.
    """
    counts = _replayed(month, train, seed)
    daily = counts.daily(seed=seed)
    return daily.assign(cumulative_f1=counts.cumulative()["cumulative_f1"])


@result
def released_weekly(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """F1 of each week after release, Monday to Sunday: `monitoring.DayCounts.by_period`."""
    return _replayed(month, train, seed).by_period("W", seed=seed)


def _replayed(month: str, train: str, seed: int) -> DayCounts:
    return replay(model_of(train, seed), month).counts()
