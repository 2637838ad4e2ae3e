"""An interval for D from resamples: narrower than `effect.d_bounds`, and only away from zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import SettingError
from ..resampling import resample_records
from ..summary import Floats, ValueCounts
from .effect import check_level, d_bounds
from .ks import ks

AT_ONCE = 4_000_000
"""Resampled counts held in memory at a time."""


@dataclass(frozen=True)
class DInterval:
    """D and where it lies.

    Attributes
    ----------
    statistic : float
        D observed.
    low, high : float or None
        Interval for the true D; None where the bootstrap is refused.
    reason : str
        Why it was refused; empty where it was not.
    """

    statistic: float
    low: float | None
    high: float | None
    reason: str = ""


def bootstrap_d(
    reference: ValueCounts,
    current: ValueCounts,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.05,
) -> DInterval:
    """Interval for D (basic bootstrap): D less the resamples' errors, as D's own error.

    Records of each sample are drawn with replacement. Away from zero, D − true D is nearly
    normal where the gap is widest at one place, and resamples imitate it. Near zero they
    don't: there D's error is a supremum that they cannot copy (Raghavachari 1973), as their
    own "truth" is never 0. So the interval is refused unless `effect.d_bounds` excludes 0.
    Even so it holds the truth a little less often than it says, and much less often where
    nearly every sample is refused: those that are not have a D too large by chance.
    It stands for other *records* like these, drawn independently; not for other days.

    Parameters
    ----------
    reference, current : ValueCounts
        The samples. Costs time in proportion to ``draws`` × distinct values.
    draws, seed : int
        Resamples, and what fixes them.
    level : float
        1 − nominal coverage.

    Raises
    ------
    RecordsError
        If a sample has no values.
    SettingError
        If there are fewer than 2 draws, or the level is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one, other = (ValueCounts.of(rng.normal(at, 1, 2000).round(1)) for at in (0, 0.5))
    >>> found = bootstrap_d(one, other)
    >>> bool(found.low < 0.197 < found.high)
    True
    >>> bootstrap_d(one, one).reason
    'D = 0 may be chance: its lower bound is 0, and near 0 the bootstrap fails'
    """
    check_level(level)
    if draws < 2:
        raise SettingError(f"{draws} draws: an interval needs 2 or more, better hundreds")
    found = ks(reference, current)
    if d_bounds(found.statistic, found.n_reference, found.n_current, level)[0] == 0:
        return DInterval(
            found.statistic,
            None,
            None,
            f"D = {found.statistic:.3g} may be chance: its lower bound is 0, and near 0 "
            "the bootstrap fails",
        )
    drawn = _resampled(reference, current, draws, np.random.default_rng(seed))
    # D overshoots the truth as its resamples overshoot it: reflected, not copied.
    low, high = 2 * found.statistic - np.quantile(drawn, [1 - level / 2, level / 2])
    return DInterval(found.statistic, max(0.0, float(low)), min(1.0, float(high)))


def _resampled(
    reference: ValueCounts, current: ValueCounts, draws: int, generator: np.random.Generator
) -> Floats:
    """D of each resample."""
    points = np.union1d(reference.values, current.values)
    step = max(1, AT_ONCE // len(points))
    drawn = []
    for start in range(0, draws, step):
        now = min(step, draws - start)
        gaps = np.zeros((now, len(points)))
        for sign, sample in ((1, reference), (-1, current)):
            shares = resample_records(sample.counts, now, generator) / sample.n
            gaps[:, np.searchsorted(points, sample.values)] += sign * shares
        drawn.append(np.abs(np.cumsum(gaps, axis=1)).max(axis=1))
    return np.concatenate(drawn)
