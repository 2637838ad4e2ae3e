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

from .engines import in_partitions, to_pandas
from .errors import RecordsError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WHOLE = 2**53
"""Up to here float64 holds every whole number; beyond, two of them may become one."""


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
    if not in_partitions(frame):
        return make(to_pandas(frame))
    from dask.delayed import delayed

    # One node of the graph that all parts share: a model in it is sent once, not with each.
    shared = delayed(make, pure=False)
    parts = [delayed(_of_part)(shared, part) for part in frame.to_delayed()]
    merge = delayed(_merge)
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        last = parts[-1:] if len(parts) % 2 else []
        parts = [merge(a, b) for a, b in pairs] + last
    whole: S = parts[0].compute()
    return whole


def _of_part(make: Callable[[pd.DataFrame], S], part: Any) -> S:
    return make(to_pandas(part))


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
        """Counts of a one-dimensional sample of numbers; NaN and pandas' NA count as missing.

        Small whole numbers, as codes, hours and zone ids are, get counted; anything
        else gets sorted, in the type that it came in. Values are float64 from then on.

        Raises
        ------
        RecordsError
            If the sample holds infinities, which have no place in an order of sizes, or
            something else than numbers.

        Examples
        --------
        >>> counts = ValueCounts.of([2.0, 1.0, float("nan"), 2.0])
        >>> counts.values.tolist(), counts.counts.tolist(), counts.missing
        ([1.0, 2.0], [1, 2], 1)
        """
        present, missing = present_numbers(sample)
        counted = count_whole(present)
        values, counts = _count_sorted(np.sort(present)) if counted is None else counted
        return cls(values, counts, missing)

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


def as_numbers(sample: npt.ArrayLike) -> npt.NDArray[Any]:
    """A sample as a flat array of numbers whose exact order float64 can tell; NA is NaN.

    float32 and integers stay what they are, where no two of them become one float64:
    they sort faster and need less memory.

    Raises
    ------
    RecordsError
        If it holds something else than numbers: text, times, complex numbers.

    Examples
    --------
    >>> as_numbers(pd.array([1, None], dtype="Int64")).tolist()
    [1.0, nan]
    """
    dtype = getattr(sample, "dtype", None)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and dtype.kind in "biuf":
        column: Any = sample
        array: npt.NDArray[Any] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        array = np.asarray(sample)
    if array.dtype.kind == "O":
        array = _from_objects(array)
    if array.dtype.kind not in "biuf":
        raise RecordsError(f"values of type {array.dtype}: convert them to numbers")
    array = array.reshape(-1)
    if array.dtype.kind == "b":
        return array.view(np.uint8)
    if array.dtype.kind in "iu":
        if array.dtype.itemsize < 8 or not len(array):
            return array
        if max(-int(array.min()), int(array.max())) <= WHOLE:
            return array
    return array if array.dtype == np.float32 else array.astype(np.float64, copy=False)


def _from_objects(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    text = next((v for v in array.flat if isinstance(v, str)), None)
    if text is not None:
        raise RecordsError(f"a value is the text {text!r}: convert the column to numbers")
    try:
        plain: npt.NDArray[Any] = pd.to_numeric(pd.Series(array.ravel())).to_numpy(
            dtype=np.float64, na_value=np.nan
        )
    except (TypeError, ValueError) as error:
        raise RecordsError(f"values that are no numbers ({error}): convert them") from error
    return plain


def present_numbers(sample: npt.ArrayLike) -> tuple[npt.NDArray[Any], int]:
    """The numbers of a sample in the type that they came in, and how many are missing.

    Raises
    ------
    RecordsError
        As `ValueCounts.of`.

    Examples
    --------
    >>> numbers, missing = present_numbers([2.0, float("nan"), 1.0])
    >>> numbers.tolist(), missing
    ([2.0, 1.0], 1)
    """
    numbers = as_numbers(sample)
    missing = 0
    # One NaN makes the smallest value NaN: a pass without memory of its own.
    if len(numbers) and np.isnan(numbers.min()):
        present = numbers[~np.isnan(numbers)]
        numbers, missing = present, len(numbers) - len(present)
    if len(numbers) and (np.isinf(numbers.min()) or np.isinf(numbers.max())):
        raise RecordsError("the sample holds infinities: replace them by numbers or by NaN")
    return numbers, missing


def count_whole(present: npt.NDArray[Any]) -> tuple[Floats, Ints] | None:
    """Values and counts of small whole numbers; None if counting is not the way.

    Parameters
    ----------
    present : array of shape (n,)
        Of `present_numbers`.

    Examples
    --------
    >>> values, counts = count_whole(np.array([3, 1, 3]))
    >>> values.tolist(), counts.tolist()
    ([1.0, 3.0], [1, 2])
    >>> count_whole(np.array([0.5])) is None
    True
    """
    if not len(present):
        return np.empty(0), np.empty(0, dtype=np.int64)
    lowest, highest = float(present.min()), float(present.max())
    # Over a wider range, counting would need more memory than sorting.
    widest = max(100_000, len(present) // 2)
    if max(abs(lowest), abs(highest)) > WHOLE or highest - lowest > widest:
        return None
    span = int(highest - lowest) + 1
    counted = np.zeros(span, dtype=np.int64)
    # Parts that stay in the cache; longer than the counts that each of them makes.
    step = max(1 << 16, span)
    for start in range(0, len(present), step):
        part = present[start : start + step]
        if part.dtype.kind == "f" and not (np.trunc(part) == part).all():
            return None
        at = part.astype(np.int64)
        at -= int(lowest)
        found = np.bincount(at)
        counted[: len(found)] += found
    at = np.flatnonzero(counted)
    return (at + int(lowest)).astype(np.float64), counted[at]


def _count_sorted(ordered: npt.NDArray[Any]) -> tuple[Floats, Ints]:
    first = np.empty(len(ordered), dtype=np.bool_)
    first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    at = np.flatnonzero(first)
    return ordered[at].astype(np.float64), np.diff(at, append=len(ordered))
