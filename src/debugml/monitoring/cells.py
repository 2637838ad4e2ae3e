"""Records counted by day, label and bin of the probability: a mergeable summary.

Whole numbers only. They add up to the same sum in any order, so a month at once, a batch
a night and one record at a time end in the same state, digit for digit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..labels import as_probabilities, zeros_and_ones
from ..resampling import require_times
from ..summary import Ints

SCALE = 2**24
"""Probabilities are added up as whole multiples of 2^-24 (6e-8)."""


@dataclass(frozen=True)
class DayCells:
    """Mergeable summary of records.

    Attributes
    ----------
    days : dict of int to int64 array of shape (3, 2, bins)
        By day since 1970: records, the sum of their probabilities and of their squares (in
        multiples of 2^-24), by label and bin.
    """

    days: dict[int, Ints]

    def merge(self, other: DayCells) -> DayCells:
        """The cells of both sets of records; neither of the two changes."""
        both = dict(self.days)
        for day, cells in other.days.items():
            both[day] = both[day] + cells if day in both else cells
        return DayCells(both)


def count(
    batch: pd.DataFrame,
    *,
    time: str,
    label: str,
    probability: str,
    prediction: str | None,
    bins: int,
    **_: Any,
) -> DayCells:
    """Count a batch. The settings are those of `Monitor`.

    Raises
    ------
    RecordsError
        If a time is missing, or a label, probability or prediction is not what it should be.

    Examples
    --------
    >>> batch = pd.DataFrame({"t": pd.to_datetime(["2020-03-01"]), "y": [1], "p": [0.25]})
    >>> names = {"time": "t", "label": "y", "probability": "p", "prediction": None}
    >>> cells = count(batch, **names, bins=2).days[18322]
    >>> cells[0].tolist(), cells[1].tolist()
    ([[0, 0], [1, 0]], [[0, 0], [4194304, 0]])
    """
    times = _local(batch[time])
    y = zeros_and_ones(batch[label], "label")
    if prediction is not None:
        yes = zeros_and_ones(batch[prediction], "prediction")
        return DayCells({day: _decisions(y[part], yes[part]) for day, part in _by_day(times)})
    p = as_probabilities(batch[probability])
    # An upper edge belongs to its bin, so that a tie with the threshold is a no.
    cell = np.maximum(np.ceil(p * bins).astype("int64") - 1, 0) + bins * y
    first, second = np.round(p * SCALE), np.round(p * p * SCALE)
    days: dict[int, Ints] = {}
    for day, part in _by_day(times):
        cells = np.zeros((3, 2 * bins), dtype=np.int64)
        for moment, values in enumerate((None, first[part], second[part])):
            # Whole numbers below 2^53: floats hold their sum exactly.
            cells[moment] = np.bincount(cell[part], values, minlength=2 * bins)
        days[day] = cells.reshape(3, 2, bins)
    return DayCells(days)


def _decisions(y: npt.NDArray[np.bool_], yes: npt.NDArray[np.bool_]) -> Ints:
    # Counting truths is several times as fast as counting codes.
    tp, ones, positives = (int(np.count_nonzero(which)) for which in (y & yes, y, yes))
    cells = np.zeros((3, 2, 2), dtype=np.int64)
    cells[0] = [[len(y) - ones - positives + tp, positives - tp], [ones - tp, tp]]
    return cells


def _local(times: pd.Series[Any]) -> npt.NDArray[np.datetime64]:
    require_times(times)
    return pd.DatetimeIndex(times).tz_localize(None).to_numpy()


def _by_day(times: npt.NDArray[np.datetime64]) -> Iterator[tuple[int, Any]]:
    """Day number and records of each day: slices, where records come in order of time."""
    if not len(times):
        return
    if bool((times[1:] >= times[:-1]).all()):
        first, last = times[[0, -1]].astype("datetime64[D]").astype("int64")
        starts = np.arange(first, last + 2).astype("datetime64[D]").astype(times.dtype)
        edges = itertools.pairwise(np.searchsorted(times, starts))
        yield from ((int(first) + i, slice(a, b)) for i, (a, b) in enumerate(edges) if b > a)
        return
    numbers = times.astype("datetime64[D]").astype("int64")
    order = np.argsort(numbers, kind="stable")
    days, firsts = np.unique(numbers[order], return_index=True)
    for day, part in zip(days, np.split(order, firsts[1:]), strict=True):
        yield int(day), part
