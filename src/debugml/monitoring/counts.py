"""What to watch: F1 by day, by period and since release, with n and an interval.

Knows no taxis: frames of times, labels and predictions in, frames out. Daily and
weekly figures come from one mergeable summary, the confusion counts by day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError
from ..metrics import always_yes_f1, check_lengths, f1_score, zeros_and_ones
from ..resampling import MIN_DAYS, require_times, resample_counts
from ..summary import Floats

COUNTS = ["tp", "fp", "fn", "tn"]
WITHIN_DAY = "within-day noise only"
OVER_DAYS = "days resampled"
SPAN = [
    *("start", "end", "days", "n", "base_rate", "f1", "f1_low", "f1_high", "always_yes_f1"),
    *("difference", "difference_low", "difference_high", "interval"),
]
"""What `DayCounts.by_period` says of each period."""


class DayCounts:
    """Mergeable summary: true and false positives and negatives of each day.

    Attributes
    ----------
    table : DataFrame of shape (days, 4)
        Index: the day, ascending. Columns ``tp, fp, fn, tn`` (int64).
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    @classmethod
    def of(
        cls, times: pd.Series[Any], labels: npt.ArrayLike, predictions: npt.ArrayLike
    ) -> DayCounts:
        """Counts of records.

        Parameters
        ----------
        times : Series of datetime64, shape (n,)
            When each record is counted; its calendar day is what matters.
        labels, predictions : array of shape (n,)
            0 or 1.

        Raises
        ------
        RecordsError
            If a time is missing, or a label or prediction is not 0 or 1.
        """
        check_lengths(times=times, labels=labels, predictions=predictions)
        y, yes = zeros_and_ones(labels, "label"), zeros_and_ones(predictions, "prediction")
        require_times(times)
        cells = pd.DataFrame(
            {
                "tp": y & yes,
                "fp": ~y & yes,
                "fn": y & ~yes,
                "tn": ~y & ~yes,
            },
            index=pd.DatetimeIndex(times, name="day").normalize(),
        )
        return cls(cells.groupby(level="day").sum().astype("int64"))

    def merge(self, other: DayCounts) -> DayCounts:
        """Counts of both sets of records."""
        both = self.table.add(other.table, fill_value=0)
        return DayCounts(both[COUNTS].astype("int64").sort_index())

    def daily(self, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """F1 of each day, alone. See `by_period` for the columns.

        Examples
        --------
        >>> times = pd.Series(pd.to_datetime(["2020-03-01 10:00", "2020-03-01 11:00"]))
        >>> day = DayCounts.of(times, [1, 0], [1, 1]).daily()
        >>> day[["n", "f1", "interval"]].values.tolist()
        [[2, 0.6666666666666666, 'within-day noise only']]
        """
        return self.by_period("D", draws, seed)

    def by_period(self, freq: str = "W", draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """F1 of each period, beside what always-yes scores on the same records.

        Parameters
        ----------
        freq : str
            A pandas period: ``"D"``, ``"W"`` (Monday to Sunday), ``"M"``.
        draws : int
            Bootstrap resamples behind each interval.
        seed : int
            Fixes the resamples.

        Returns
        -------
        DataFrame
            One row a period that has records: ``start``, ``end`` (its first and last day
            with records), ``days``, ``n``, ``base_rate``, ``f1``, ``f1_low``, ``f1_high``
            (95 % percentile interval), ``always_yes_f1``, ``difference`` (F1 − always-yes),
            ``difference_low``, ``difference_high`` (paired: the same resample for both) and
            ``interval``, which says what was resampled. Records of a day are not independent,
            so periods of 14 days or more resample days (Efron and Tibshirani 1993, ch. 8).
            Shorter ones resample records: that leaves out how days differ, and the column
            says "within-day noise only".
        """
        generator = np.random.default_rng(seed)
        periods = pd.DatetimeIndex(self.table.index).to_period(freq)
        rows = [_span(days, draws, generator) for _, days in self.table.groupby(periods)]
        return pd.DataFrame(rows, columns=SPAN)

    def whole(self, draws: int = 2000, seed: int = 0) -> dict[str, Any]:
        """All records as one period: `by_period`'s columns, as a dict.

        Raises
        ------
        RecordsError
            If there are no records.
        """
        if self.table.empty:
            raise RecordsError("no records: there is no F1 to give an interval for")
        return _span(self.table, draws, np.random.default_rng(seed))

    def cumulative(self) -> pd.DataFrame:
        """F1 of all records since the first day, at the end of each day.

        Returns
        -------
        DataFrame of shape (days, 3)
            ``day``, ``n`` (records so far), ``cumulative_f1``.
        """
        so_far = self.table[COUNTS].cumsum()
        return pd.DataFrame(
            {
                "day": so_far.index,
                "n": so_far.sum(axis=1).to_numpy(),
                "cumulative_f1": f1_score(so_far["tp"], so_far["fp"], so_far["fn"]),
            }
        )


def cumulative_f1(labels: npt.ArrayLike, predictions: npt.ArrayLike) -> Floats:
    """F1 of the records so far, after each record, in the order given.

    Parameters
    ----------
    labels, predictions : array of shape (n,)
        0 or 1.

    Returns
    -------
    float64 array of shape (n,)
        0 until the first positive label or prediction.

    Raises
    ------
    RecordsError
        If a value is not 0 or 1.

    Examples
    --------
    >>> cumulative_f1([1, 0, 1], [1, 1, 0]).round(3).tolist()
    [1.0, 0.667, 0.5]
    """
    check_lengths(labels=labels, predictions=predictions)
    y, yes = zeros_and_ones(labels, "label"), zeros_and_ones(predictions, "prediction")
    tp = np.cumsum(y & yes)
    # tp + fp is what was predicted, tp + fn what was there.
    scores: Floats = f1_score(tp, np.cumsum(yes) - tp, np.cumsum(y) - tp)
    return scores


def _span(days: pd.DataFrame, draws: int, generator: np.random.Generator) -> dict[str, Any]:
    counts = days[COUNTS].to_numpy()
    point = _figures(counts.sum(axis=0)[None, :])
    over_days = len(days) >= MIN_DAYS
    spread = _figures(resample_counts(counts, draws, generator, over_days=over_days))
    low, high = np.quantile(spread["f1"], [0.025, 0.975])
    gap_low, gap_high = np.quantile(spread["difference"], [0.025, 0.975])
    return {
        "start": days.index[0],
        "end": days.index[-1],
        "days": len(days),
        "n": int(counts.sum()),
        "base_rate": float(point["base_rate"][0]),
        "f1": float(point["f1"][0]),
        "f1_low": float(low),
        "f1_high": float(high),
        "always_yes_f1": float(point["always_yes_f1"][0]),
        "difference": float(point["difference"][0]),
        "difference_low": float(gap_low),
        "difference_high": float(gap_high),
        "interval": OVER_DAYS if over_days else WITHIN_DAY,
    }


def _figures(counts: npt.NDArray[np.int64]) -> dict[str, Floats]:
    tp, fp, fn, _ = counts.T
    base_rate = (tp + fn) / counts.sum(axis=1)
    f1, yes = f1_score(tp, fp, fn), always_yes_f1(base_rate)
    return {"base_rate": base_rate, "f1": f1, "always_yes_f1": yes, "difference": f1 - yes}
