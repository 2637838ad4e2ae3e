"""Deployment: F1 of the released forest, by day and by week."""

from __future__ import annotations

import pandas as pd

from ..deployment import replay_features
from ..features import featurize
from ..monitoring import DayCounts
from ..trips import load
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
    span = pd.Period(month, "M")
    features = featurize(load(month), str(span.start_time.date()), str(span.end_time.date()))
    return replay_features(model_of(train, seed), [features]).counts()
