"""What a gate looks at: figures of scored records, all from one set of resamples of days.

Two models that are compared are scored on the same records, and each resample draws the
same days for both: what a day has in store for everybody falls out of the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ..alarms.periods import Period
from ..by_day import FIGURES, POSITIVE, N, day_sums, summands
from ..errors import RecordsError, SchemaError, SettingError
from ..resampling import MIN_DAYS, resample_days
from ..summary import Floats, Ints


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval."""

    value: float
    low: float
    high: float


def sums_by_day(period: Period, base_rate: float) -> Floats:
    """What all figures are made of, added up by day.

    Parameters
    ----------
    base_rate : float
        Of the training records: the constant forecast that skill compares with.

    Returns
    -------
    float64 array of shape (days, 8)
        `by_day.day_sums`.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2020-03-01"] * 2))
    >>> period = Period("a", pd.DataFrame({"x": [1, 2]}), times, [0, 1], [0.5, 0.5])
    >>> sums_by_day(period, 0.5)[0, :4].tolist()
    [2.0, 0.0, 0.0, 1.0]
    """
    return day_sums(period.day, period.y, period.p, base_rate)


class Draws:
    """Resamples of a period's days, the same for whatever is measured on it.

    Parameters
    ----------
    days : int
        Days that have records.
    draws : int
        Resamples (Efron and Tibshirani 1993).
    level : float
        Of the two-sided intervals. At 0.95 each bound should hold with 97.5 %; a percentile
        interval over few days is a little too short, and in simulations a bound held with
        95.9 % at 14 days and 96.6 % at 28.
    seed : int or sequence of int
        Periods with as many days and the same seed get the same resamples: see `of`.

    Raises
    ------
    RecordsError
        If there are fewer than 14 days: days, and not records, are the sample.

    Examples
    --------
    >>> draws = Draws(28, draws=200)
    >>> sums = np.tile([10.0, 4, 5, 5, 2, 2.5, 6, 5], (28, 1))    # 28 days alike
    >>> found = draws.estimate(FIGURES["f1"](draws.totals(sums)))
    >>> found.value, found.low, found.high
    (0.8, 0.8, 0.8)
    """

    def __init__(
        self,
        days: int,
        draws: int = 2000,
        level: float = 0.95,
        seed: int | Sequence[int] = 0,
    ) -> None:
        if days < MIN_DAYS:
            raise RecordsError(
                f"{days} days of validation records: give {MIN_DAYS} or more, since an interval "
                "over days needs them"
            )
        self.level = level
        self.weights: Ints = np.vstack(
            [
                np.ones(days, dtype=np.int64),
                resample_days(days, draws, np.random.default_rng(seed)),
            ]
        )

    @classmethod
    def of(cls, period: Period, draws: int = 2000, level: float = 0.95, seed: int = 0) -> Draws:
        """Resamples of a period's days, seeded by the seed and the number of its month.

        Else all months of 31 days would share their resamples, and errors of the drawing
        would not average out over months.
        """
        first = pd.Timestamp(period.times.min())
        return cls(period.days, draws, level, [seed, 12 * first.year + first.month])

    def totals(self, sums: Floats) -> Floats:
        """Sums by day, shape (days, 8), as they are and then of each resample."""
        found: Floats = self.weights @ sums
        return found

    def estimate(self, drawn: Floats) -> Estimate:
        """A figure as it is (the first value) with the percentiles of its resamples."""
        outside = (1 - self.level) / 2
        low, high = np.quantile(drawn[1:], [outside, 1 - outside])
        return Estimate(float(drawn[0]), float(low), float(high))


def slice_skills(
    period: Period, base_rate: float, columns: Sequence[str], minimum: int, draws: Draws
) -> pd.DataFrame:
    """Skill in each slice of the records, with intervals that hold for all slices together.

    F1 per slice would mostly rank the slices by their base rate: any model, and always-yes
    too, has a lower F1 where labels 1 are rarer. Skill asks each slice whether the model's
    probabilities are better there than the constant that they replace.

    Parameters
    ----------
    columns : sequence of str
        Features to slice by, one at a time; each of their values is a slice, as is NaN.
    minimum : int
        Slices of fewer records are left out.

    Returns
    -------
    DataFrame, one row a slice, the worst first
        ``slice`` (as in ``"pickup_hour 8"``), ``n``, ``base_rate``, ``f1``, ``skill``, ``low``,
        ``high``: normal intervals with the standard deviation of the resamples, at a level
        divided among the slices (Bonferroni).

    Raises
    ------
    SchemaError
        If the period has no such column.
    SettingError
        If no slice has as many records.

    Examples
    --------
    >>> times = pd.Series(pd.date_range("2020-03-01", periods=56, freq="12h"))
    >>> x = pd.DataFrame({"late": [0, 1] * 28})
    >>> y = np.tile([0, 1, 1, 0], 14)
    >>> period = Period("a", x, times, y, np.where(x["late"] == 1, 0.5, 0.8 * y + 0.1))
    >>> table = slice_skills(period, 0.5, ["late"], 20, Draws(28, 100))
    >>> table[["slice", "n", "skill"]].round(2).values.tolist()
    [['late 1', 28, 0.0], ['late 0', 28, 0.96]]
    """
    lacking = [name for name in columns if name not in period.features.columns]
    if lacking:
        raise SchemaError(f"period {period.name} has no column {', '.join(lacking)} to slice by")
    rows, drawn, days = [], [], len(draws.weights[0])
    summed = summands(period.y, period.p, base_rate)
    for column in columns:
        codes, values = pd.factorize(period.features[column], sort=True, use_na_sentinel=False)
        # One cell a value and day; days without a record of that value stay, as zeros.
        cell, cells = codes * days + period.day, len(values) * days
        by_cell = [np.bincount(cell, weights=each, minlength=cells) for each in summed]
        by_value = np.column_stack(by_cell).reshape(len(values), days, len(summed))
        for code in np.flatnonzero(by_value[:, :, N].sum(axis=1) >= minimum):
            sums = by_value[code]
            total = sums.sum(axis=0)
            rows.append(
                {
                    "slice": f"{column} {_in_words(values[int(code)])}",
                    "n": int(total[N]),
                    "base_rate": total[POSITIVE] / total[N],
                    "f1": float(FIGURES["f1"](total)),
                }
            )
            drawn.append(FIGURES["skill"](draws.totals(sums)))
    if not rows:
        raise SettingError(
            f"period {period.name} has no slice by {', '.join(columns)} of {minimum} records: "
            "lower the minimum or name other columns"
        )
    skills = np.array(drawn)
    z = stats.norm.ppf(1 - (1 - draws.level) / 2 / len(rows))
    reach = z * skills[:, 1:].std(axis=1)
    table = pd.DataFrame(rows).assign(
        skill=skills[:, 0], low=skills[:, 0] - reach, high=skills[:, 0] + reach
    )
    return table.sort_values("skill", kind="stable", ignore_index=True)


def _in_words(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)
