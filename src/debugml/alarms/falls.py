"""Policies that watch the model: its score, and its score as estimated without labels."""

from __future__ import annotations

import pandas as pd

from ..metrics import THRESHOLD, ScoreCounts, f1_score
from ..monitoring.estimate import Estimator
from ..monitoring.monitor import Monitor
from ..monitoring.weekdays import WeekdayBaseline
from .periods import Pair, Period
from .policy import Policy


def f1_fall(tolerance: float) -> Policy:
    """F1 is lower than on the reference by more than the tolerance. Waits for all labels.

    Examples
    --------
    >>> f1_fall(0.02).name
    'F1 fell'
    """
    return Policy("F1 fell", lambda p: _f1(p.reference) - _f1(p.current), tolerance, sees="labels")


def f1_fall_by_weekday(tolerance: float) -> Policy:
    """F1 of the days is lower than usual for their weekdays, on average over records.

    What is usual comes from the reference period (`monitoring.WeekdayBaseline`), so that a
    month with one more Sunday is no fall. Days with fewer than 100 records are left out.

    Examples
    --------
    >>> f1_fall_by_weekday(0.02).sees
    'labels'
    """
    return Policy("F1 fell, by weekday", _weekday_fall, tolerance, sees="labels")


def skill_fall(tolerance: float) -> Policy:
    """Skill, 1 − Brier (1950) / that of the constant training base rate, is lower by that much.

    Examples
    --------
    >>> skill_fall(0.02).name
    'skill fell'
    """
    return Policy(
        "skill fell",
        lambda p: _skill(p.reference, p.base_rate) - _skill(p.current, p.base_rate),
        tolerance,
        sees="labels",
    )


def auc_fall(tolerance: float) -> Policy:
    """AUC is lower than on the reference by more than the tolerance.

    Examples
    --------
    >>> auc_fall(0.02).threshold
    0.02
    """
    return Policy(
        "AUC fell", lambda p: _auc(p.reference) - _auc(p.current), tolerance, sees="labels"
    )


def estimated_f1_fall(tolerance: float) -> Policy:
    """F1 estimated without labels (`monitoring.Estimator`) is lower than the reference's F1.

    Garg et al. (2022). Calibrated on the reference period, applied to the current
    one's probabilities.

    Examples
    --------
    >>> estimated_f1_fall(0.02).sees
    'probabilities'
    """
    return Policy(
        "estimated F1 fell",
        lambda p: _f1(p.reference) - _estimated_f1(p),
        tolerance,
        sees="probabilities",
    )


def _f1(period: Period) -> float:
    y, yes = period.y, period.p > THRESHOLD
    return float(f1_score((y & yes).sum(), (yes & ~y).sum(), (y & ~yes).sum()))


def _skill(period: Period, base_rate: float) -> float:
    return ScoreCounts.of(period.y, period.p).score(base_rate).skill


def _auc(period: Period) -> float:
    return ScoreCounts.of(period.y, period.p).score().auc


def _estimated_f1(pair: Pair) -> float:
    # Only the estimate is read, so its interval needs no draws to speak of.
    estimator = Estimator.fit(pair.reference.y, pair.reference.p, draws=1)
    return estimator.estimate(pair.current.p).f1


def _weekday_fall(pair: Pair) -> float:
    # Only the expectation is read: the ranges around it need no draws to speak of.
    baseline = WeekdayBaseline.fit(Monitor.of(_records(pair.reference)), draws=10)
    days = baseline.compare(Monitor.of(_records(pair.current)).daily(draws=10)).dropna()
    return float(((days["expected"] - days["f1"]) * days["n"]).sum() / days["n"].sum())


def _records(period: Period) -> pd.DataFrame:
    return pd.DataFrame(
        {"time": period.times.to_numpy(), "label": period.y, "probability": period.p}
    )
