"""Deployment: the released forest, by day and by week."""

from __future__ import annotations

import pandas as pd

from ..deployment.replay import replay
from ..monitoring import Monitor
from .base import RELEASE, TRAIN, model_of, result


@result
def released_daily(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """Figures of each day after release, with the cumulative F1 at its end.

    Returns
    -------
    DataFrame, one row a day
        The columns of `monitoring.Monitor.by_period`, and ``cumulative_f1``.
    """
    monitor = _replayed(month, train, seed)
    return monitor.daily(seed=seed).assign(cumulative_f1=monitor.cumulative()["f1"])


@result
def released_weekly(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """Figures of each week after release, Monday to Sunday: `monitoring.Monitor.by_period`."""
    return _replayed(month, train, seed).weekly(seed=seed)


def _replayed(month: str, train: str, seed: int) -> Monitor:
    model = model_of(train, seed)
    return replay(model, month).monitor(model.base_rate)
