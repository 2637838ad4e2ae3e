"""Did it fall? What an alarm should have said, known once all labels are there.

The answer has three values. A fall is claimed where its whole interval lies above the
tolerance, denied where the whole interval lies below; between them nobody knows, and no
policy should be praised or blamed for such a period.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..by_day import FIGURES, Figure, day_sums
from ..errors import SettingError
from ..resampling import MIN_DAYS, resample_days
from ..summary import Floats, Ints
from .periods import Pair, Period

FELL, DID_NOT, UNDECIDED, SUSPECT = "fell", "did not", "undecided", "suspect"

_BOUNDS = (0.025, 0.975)


def truth(
    pairs: Iterable[Pair],
    figure: str,
    tolerance: float,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """For each pair, whether the figure fell by more than the tolerance.

    Parameters
    ----------
    pairs : iterable of Pair
    figure : str
        ``"f1"``; ``"difference"`` (F1 − F1 of always saying yes); ``"skill"`` (1 − Brier / Brier
        of the constant forecast at the training base rate); ``"skill_own_rate"`` (the same at
        each period's own base rate).
    tolerance : float
        A fall up to this much is none.
    draws, seed : int
        Resamples of days behind the interval (Efron and Tibshirani 1993), each period apart.

    Returns
    -------
    DataFrame, one row a pair
        ``period`` (the current one), ``before``, ``after`` (the figure), ``after_low``,
        ``after_high``, ``fall`` (before − after), ``low``, ``high`` (95 %, days resampled),
        ``truth``: "fell" (low > tolerance), "did not" (high < tolerance), "undecided" or
        "suspect".

    Raises
    ------
    SettingError
        If there is no such figure, the tolerance is negative, or a period is shorter than
        the 14 days that an interval over days needs.

    Examples
    --------
    >>> times = pd.Series(pd.date_range("2020-03-01", periods=2800, freq="15min"))
    >>> x = pd.DataFrame({"x": np.arange(2800.0)})
    >>> good, bad = np.arange(2800) % 2, np.arange(2800) % 3 == 0
    >>> pair = Pair(Period("a", x, times, good, good), Period("b", x, times, bad, good), 0.5)
    >>> truth([pair], "f1", tolerance=0.02)[["before", "after", "truth"]].round(2).values.tolist()
    [[1.0, 0.4, 'fell']]
    """
    if figure not in _FIGURES:
        raise SettingError(f"no figure {figure!r}: choose {', '.join(_FIGURES)}")
    if not tolerance >= 0:
        raise SettingError(f"a tolerance of {tolerance}: give a fall of 0 or more")
    generator = np.random.default_rng(seed)
    rows = []
    for pair in pairs:
        before, after = (
            _spread(period, pair.base_rate, _FIGURES[figure], draws, generator)
            for period in (pair.reference, pair.current)
        )
        low, high = np.quantile(before[1:] - after[1:], _BOUNDS)
        after_low, after_high = np.quantile(after[1:], _BOUNDS)
        rows.append(
            {
                "period": pair.current.name,
                "before": before[0],
                "after": after[0],
                "after_low": after_low,
                "after_high": after_high,
                "fall": before[0] - after[0],
                "low": low,
                "high": high,
                "truth": SUSPECT if pair.suspect else _judge(low, high, tolerance),
            }
        )
    return pd.DataFrame(rows)


def _judge(low: float, high: float, tolerance: float) -> str:
    if low > tolerance:
        return FELL
    return DID_NOT if high < tolerance else UNDECIDED


def _spread(
    period: Period, base_rate: float, figure: Figure, draws: int, generator: np.random.Generator
) -> Floats:
    """The figure as it is, and then of each resample of days."""
    if period.days < MIN_DAYS:
        raise SettingError(
            f"period {period.name} has {period.days} days: an interval over days needs {MIN_DAYS}"
        )
    sums = day_sums(period.day, period.y, period.p, base_rate)
    weights: Ints = np.vstack(
        [np.ones(len(sums), dtype=np.int64), resample_days(len(sums), draws, generator)]
    )
    return figure(weights @ sums)


_FIGURES: dict[str, Figure] = {
    "f1": FIGURES["f1"],
    "difference": FIGURES["f1_above_always_yes"],
    "skill": FIGURES["skill"],
    "skill_own_rate": FIGURES["skill_own_rate"],
}
