"""One row a window: figures, n, intervals, and what the intervals hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..resampling import MIN_DAYS, resample_days, resample_records
from ..summary import Floats, Ints
from .measures import DECISIONS, PROBABILITIES, SKILL, Counts, measure
from .windows import Window

WITHIN_DAY = "within-day noise only"
OVER_DAYS = "days resampled"
TOO_FEW = "too few"
NONE = "no intervals asked for"
MINIMUM = 100
"""Records below which a point is called too few. At 100, F1's 95 % interval is about
±0.1 where a model and a constant both score 0.7: too wide to tell them apart."""


@dataclass(frozen=True)
class DayTable:
    """What a monitor knows, day by day, in the bins that occur.

    Attributes
    ----------
    days : DatetimeIndex of shape (days,)
        Ascending.
    counts : int64 array of shape (days, 2, bins)
        Records by day, label and bin of the probability.
    sums : float64 array of shape (days, 2, 2, bins)
        By moment (probability, its square), label and bin.
    yes : bool array of shape (bins,)
        Which bins are a yes.
    measures : function
        `measures.measure`, with what it needs to know of the monitor.
    """

    days: pd.DatetimeIndex
    counts: Ints
    sums: Floats
    yes: npt.NDArray[np.bool_]
    measures: partial[dict[str, Floats]] = field(default_factory=lambda: partial(measure))

    @cached_property
    def day_sums(self) -> Floats:
        """Sum of the probabilities, of those with label 1, of all squared: (days, 3)."""
        first, second = self.sums[:, 0].sum(axis=2), self.sums[:, 1].sum(axis=2)
        return np.column_stack([first.sum(axis=1), first[:, 1], second.sum(axis=1)])

    def cell_means(self, inside: Ints, weights: Floats) -> Floats:
        """The same three for one record of each label and bin in a window: (2, bins, 3)."""
        n = np.tensordot(weights, self.counts[inside].astype("float64"), 1)
        sums = np.tensordot(weights, self.sums[inside], 1)
        first, second = np.divide(sums, n, out=np.zeros_like(sums), where=n > 0)
        of_ones = first * np.array([[0.0], [1.0]])
        return np.stack([first, of_ones, second], axis=-1)


def report(
    table: DayTable, windows: Sequence[Window], *, draws: int, seed: int, minimum: int
) -> pd.DataFrame:
    """Figures of each window with their 95 % intervals.

    Spans of 14 days or more resample days, since records of a day are not independent
    (Efron and Tibshirani 1993, ch. 8); shorter ones resample records within each day.
    A window of unequal weights counts as many days as vary as much. Percentile intervals
    over few days are somewhat narrow: simulated, they hold the truth in 91 % at 14 days, in
    94 % at 31.

    Parameters
    ----------
    draws : int
        Resamples behind each interval; 0 for none.
    minimum : int
        A window of fewer records has no figures, and its ``interval`` says "too few".

    Returns
    -------
    DataFrame, one row a window
        See `Monitor.by_period`.

    Examples
    --------
    >>> from debugml.monitoring import Monitor
    >>> times = pd.date_range("2020-03-01", periods=4, freq="h")
    >>> frame = pd.DataFrame({"time": times, "label": [1, 1, 0, 0], "p": [0.9, 0.6, 0.6, 0.1]})
    >>> monitor = Monitor.of(frame, probability="p")
    >>> monitor.daily(minimum=1)[["n", "f1", "auc"]].round(3).values.tolist()
    [[4.0, 0.8, 0.875]]
    >>> monitor.daily()["interval"].tolist()
    ['too few']
    """
    resamples = _Resamples(table, draws, seed)
    return pd.DataFrame([_row(table, window, resamples, minimum) for window in windows])


def _row(table: DayTable, window: Window, resamples: _Resamples, minimum: int) -> dict[str, Any]:
    inside = np.flatnonzero(window.weights)
    weights = window.weights[inside]
    n = table.counts[inside].sum(axis=(1, 2))
    n_effective = float((weights @ n) ** 2 / (weights**2 @ n))
    over_days = window.effective_days >= MIN_DAYS
    enough = n_effective >= minimum
    whole = np.tensordot(weights, table.counts[inside].astype("float64"), 1)
    point = table.measures(Counts.of(whole[None], weights @ table.day_sums[inside]), table.yes)
    row: dict[str, Any] = {
        "start": table.days[inside[0]],
        "end": table.days[inside[-1]],
        "days": len(inside),
        "n": int(n.sum()),
        "n_effective": round(n_effective, 1),
        **{name: float(values[0]) for name, values in point.items()},
    }
    spread = {}
    if enough and resamples.draws:
        spread = table.measures(resamples.of(inside, weights, over_days=over_days), table.yes)
    for name in (*DECISIONS, *PROBABILITIES, SKILL):
        if name in point:
            low, high = _middle(spread[name]) if spread else (np.nan, np.nan)
            row |= {f"{name}_low": low, f"{name}_high": high}
            if not enough:
                row[name] = np.nan
    held = (OVER_DAYS if over_days else WITHIN_DAY) if resamples.draws else NONE
    row["interval"] = held if enough else TOO_FEW
    return row


class _Resamples:
    """Draws days, or records within days; a day once for all windows that share it."""

    def __init__(self, table: DayTable, draws: int, seed: int) -> None:
        self.draws = draws
        self._table = table
        self._generator = np.random.default_rng(seed)
        self._drawn: dict[int, Ints] = {}

    def of(self, inside: Ints, weights: Floats, *, over_days: bool) -> Counts:
        if over_days:
            times = weights * resample_days(len(inside), self.draws, self._generator)
            counts = self._table.counts[inside].astype("float64")
            return Counts.of(np.tensordot(times, counts, 1), times @ self._table.day_sums[inside])
        # Below a thousandth of the weight, a day's noise is a millionth of the variance: its
        # records stay as they are, so that a year that fades is not held in memory.
        drawn = weights >= weights.max() / 1000
        for old in [day for day in self._drawn if day < inside[drawn][0]]:
            del self._drawn[old]
        still = self._table.counts[inside[~drawn]].astype("float64")
        cells = np.tile(np.tensordot(weights[~drawn], still, 1), (self.draws, 1, 1))
        for day, weight in zip(inside[drawn], weights[drawn], strict=True):
            if day not in self._drawn:
                self._drawn[day] = resample_records(
                    self._table.counts[day], self.draws, self._generator
                )
            cells += weight * self._drawn[day]
        means = self._table.cell_means(inside, weights)
        return Counts.of(cells, np.tensordot(cells, means, 2))


def _middle(values: Floats) -> tuple[float, float]:
    """The middle 95 %; resamples in which a figure is undefined are left out."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return np.nan, np.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)
