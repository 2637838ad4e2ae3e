"""Mergeable summaries: `summarise` a part, `merge` two, finalise the whole.

Value counts, confusion counts by day and the like need not see all records at
once. A summary of a part is small, two of them merge into the summary of both,
and it does not matter how the records were split or in which order the parts
came. A month in memory, a Dask cluster's partitions and a stream of batches
are then the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import RecordsError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Summary(Protocol):
    """Anything with a `merge` that is associative and commutative."""

    def merge(self, other: Self) -> Self:
        """The summary of both parts together."""
        ...


S = TypeVar("S", bound=Summary)


def summarise(frame: Any, make: Callable[[pd.DataFrame], S]) -> S:
    """The summary of a whole frame, on whichever engine holds it.

    Parameters
    ----------
    frame : DataFrame
        pandas, or Dask: then each partition is summarised where it lies, the
        summaries are merged in pairs, and only the last one reaches the caller.
    make : function
        From a pandas DataFrame to its summary.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [2.0, 1.0, 2.0]})
    >>> counts = summarise(frame, lambda part: ValueCounts.of(part["x"]))
    >>> counts.values.tolist(), counts.counts.tolist()
    ([1.0, 2.0], [1, 2])
    """
    if isinstance(frame, pd.DataFrame):
        return make(frame)
    from dask.delayed import delayed

    parts = [delayed(make)(part) for part in frame.to_delayed()]
    merge = delayed(_merge)
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        last = parts[-1:] if len(parts) % 2 else []
        parts = [merge(a, b) for a, b in pairs] + last
    whole: S = parts[0].compute()
    return whole


def _merge(one: S, other: S) -> S:
    return one.merge(other)


class ValueCounts:
    """How often each value occurs in a sample: the whole of it, but for the order.

    Attributes
    ----------
    values : float64 array of shape (distinct,)
        Ascending, without missing values.
    counts : int64 array of shape (distinct,)
        Occurrences of each, at least 1.
    missing : int
        How many values were missing.
    """

    def __init__(self, values: Floats, counts: Ints, missing: int = 0) -> None:
        self.values = values
        self.counts = counts
        self.missing = missing

    @classmethod
    def of(cls, sample: npt.ArrayLike) -> ValueCounts:
        """Counts of a one-dimensional sample of numbers; NaN counts as missing.

        Small whole numbers, as codes, hours and zone ids are, get counted; anything
        else gets sorted.

        Raises
        ------
        RecordsError
            If the sample holds infinities, which have no place in an order of sizes.
        """
        numbers = np.asarray(sample, dtype=np.float64).ravel()
        present = numbers[~np.isnan(numbers)]
        missing = len(numbers) - len(present)
        if np.isinf(present).any():
            raise RecordsError("the sample holds infinities: replace them by numbers or by NaN")
        if len(present) and _small_whole(present):
            lowest = int(present.min())
            counted = np.bincount(present.astype(np.int64) - lowest)
            at = np.flatnonzero(counted)
            return cls((at + lowest).astype(np.float64), counted[at].astype(np.int64), missing)
        values, counts = np.unique(present, return_counts=True)
        return cls(values, counts.astype(np.int64), missing)

    @property
    def n(self) -> int:
        """How many values are not missing."""
        return int(self.counts.sum())

    def merge(self, other: ValueCounts) -> ValueCounts:
        """Counts of both samples together."""
        values, at = np.unique(np.concatenate([self.values, other.values]), return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, at, np.concatenate([self.counts, other.counts]))
        return ValueCounts(values, counts, self.missing + other.missing)

    def up_to(self, points: Floats) -> Ints:
        """How many values are at most each point."""
        below = np.concatenate([[0], np.cumsum(self.counts)])
        found: Ints = below[np.searchsorted(self.values, points, side="right")]
        return found


def _small_whole(numbers: Floats) -> bool:
    lowest, highest = numbers.min(), numbers.max()
    # Beyond this range, counting would need more memory than sorting; beyond 2**53,
    # floats are no longer whole numbers that an index can count.
    if max(abs(lowest), abs(highest)) > 2**53 or highest - lowest > 100_000:
        return False
    return bool((numbers == np.floor(numbers)).all())
