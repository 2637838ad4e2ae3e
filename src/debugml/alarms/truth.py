"""Did it fall? What an alarm should have said, known once all labels are there.

The answer has three values. A fall is claimed where its whole interval lies above the
tolerance, denied where the whole interval lies below; between them nobody knows, and no
policy should be praised or blamed for such a period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from ..errors import SettingError
from ..metrics import THRESHOLD, always_yes_f1, f1_score
from ..resampling import MIN_DAYS, resample_days
from ..summary import Floats, Ints
from .periods import Pair, Period

FELL, DID_NOT, UNDECIDED, SUSPECT = "fell", "did not", "undecided", "suspect"

Figure = Callable[[Floats], Floats]

_BOUNDS = (0.025, 0.975)

_N, _TP, _YES, _POSITIVE, _ERROR, _CONSTANT = range(6)


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
    sums = day_sums(period, base_rate)
    weights: Ints = np.vstack(
        [np.ones(len(sums), dtype=np.int64), resample_days(len(sums), draws, generator)]
    )
    return figure(weights @ sums)


def day_sums(period: Period, base_rate: float) -> Floats:
    """What the figures are made of, added up by day.

    Returns
    -------
    float64 array of shape (days, 6)
        Records, true positives, predicted positives, positives, squared error of the model's
        forecast and of the constant one.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2020-03-01"] * 2))
    >>> period = Period("a", pd.DataFrame({"x": [1, 2]}), times, [0, 1], [0.25, 1.0])
    >>> day_sums(period, 0.5).tolist()
    [[2.0, 1.0, 1.0, 1.0, 0.0625, 0.5]]
    """
    y, p = period.y, period.p
    yes = p > THRESHOLD
    columns = (np.ones(len(y)), y & yes, yes, y, (p - y) ** 2, (base_rate - y) ** 2)
    return np.column_stack([np.bincount(period.day, weights=column) for column in columns])


def _f1(sums: Floats) -> Floats:
    tp = sums[:, _TP]
    found: Floats = f1_score(tp, sums[:, _YES] - tp, sums[:, _POSITIVE] - tp)
    return found


def _difference(sums: Floats) -> Floats:
    rate = sums[:, _POSITIVE] / sums[:, _N]
    found: Floats = _f1(sums) - always_yes_f1(rate)
    return found


def _skill(sums: Floats) -> Floats:
    return 1 - sums[:, _ERROR] / sums[:, _CONSTANT]


def _skill_own_rate(sums: Floats) -> Floats:
    # The constant's squared errors add up to n b (1 − b).
    positives = sums[:, _POSITIVE]
    return 1 - sums[:, _ERROR] / (positives * (1 - positives / sums[:, _N]))


_FIGURES: dict[str, Figure] = {
    "f1": _f1,
    "difference": _difference,
    "skill": _skill,
    "skill_own_rate": _skill_own_rate,
}
