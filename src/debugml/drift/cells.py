"""Values numbered by their order, and counted by stretches of those numbers: small, and merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..summary import Ints, ValueCounts, count_whole, present_numbers

FIRST = 16
"""Bits that the first pass tells apart: 65,536 cells."""

WHOLE_SPAN = 1 << 16
"""Whole numbers of a narrower range than this are counted at once, in the first pass."""

Keys = npt.NDArray[np.uint64]


def keys_of(values: npt.NDArray[Any], dtype: str) -> Keys:
    """The number of each value in the order of all floats of a type; equal values, equal keys.

    A float's bits, read as a whole number, ascend with its size; of negative ones they
    descend, so those are turned over (Herf 2001, "Radix tricks").

    Examples
    --------
    >>> keys = keys_of(np.array([-1.5, -0.0, 0.0, 2.5]), "float32")
    >>> bool(keys[0] < keys[1] == keys[2] < keys[3])
    True
    """
    # Adding zero makes the negative zero the other one, which it equals.
    floats = values.astype(dtype) + np.dtype(dtype).type(0)
    unsigned = np.uint32 if dtype == "float32" else np.uint64
    bits = floats.view(unsigned)
    top = unsigned(1 << (8 * bits.dtype.itemsize - 1))
    ordered: Keys = np.where(bits & top, ~bits, bits | top).astype(np.uint64)
    return ordered


def value_of(key: int, dtype: str) -> float:
    """The value with that number: the inverse of `keys_of`.

    Examples
    --------
    >>> value_of(int(keys_of(np.array([-1.5]), "float64")[0]), "float64")
    -1.5
    """
    unsigned = np.uint32 if dtype == "float32" else np.uint64
    top = 1 << (8 * np.dtype(unsigned).itemsize - 1)
    bits = key ^ top if key & top else ~key & (2 * top - 1)
    return float(np.array([bits], dtype=unsigned).view(dtype)[0])


def bits_of(dtype: str) -> int:
    """How many bits a key has.

    Examples
    --------
    >>> bits_of("float32")
    32
    """
    return 8 * np.dtype(dtype).itemsize


@dataclass(frozen=True)
class Cells:
    """Mergeable summary: values by cell, and the lowest and highest key met in each.

    Attributes
    ----------
    cell : uint64 array of shape (cells,)
        Their keys without the bits inside a cell, ascending; cells without values are left out.
    counts : int64 array of shape (cells,)
    lowest, highest : uint64 arrays of shape (cells,)
    """

    cell: Keys
    counts: Ints
    lowest: Keys
    highest: Keys

    @classmethod
    def of(cls, keys: Keys, below: int, counts: Ints | None = None) -> Cells:
        """Cells of ascending keys, each there as often as its count says, or once."""
        cells = keys >> np.uint64(below)
        first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])[: len(cells)])
        after = np.append(first[1:], len(keys))[: len(first)]
        if counts is None:
            return cls(cells[first], after - first, keys[first], keys[after - 1])
        up_to = np.append(0, np.cumsum(counts))
        return cls(cells[first], up_to[after] - up_to[first], keys[first], keys[after - 1])

    def merge(self, other: Cells) -> Cells:
        """Cells of both parts."""
        cell, (one, two) = align(self, other)
        return Cells(
            cell,
            one.counts + two.counts,
            np.minimum(one.lowest, two.lowest),
            np.maximum(one.highest, two.highest),
        )


def align(one: Cells, other: Cells) -> tuple[Keys, tuple[Cells, Cells]]:
    """The cells of either, and each side with all of them: count 0 where it has no value.

    Examples
    --------
    >>> one, other = (Cells.of(np.array(k, dtype=np.uint64), 0) for k in ([1, 3], [3, 3]))
    >>> align(one, other)[1][1].counts.tolist()
    [0, 2]
    """
    cell = np.union1d(one.cell, other.cell)
    spread = []
    for side in (one, other):
        at = np.searchsorted(cell, side.cell)
        counts = np.zeros(len(cell), dtype=np.int64)
        lowest = np.full(len(cell), np.iinfo(np.uint64).max, dtype=np.uint64)
        highest = np.zeros(len(cell), dtype=np.uint64)
        counts[at], lowest[at], highest[at] = side.counts, side.lowest, side.highest
        spread.append(Cells(cell, counts, lowest, highest))
    return cell, (spread[0], spread[1])


@dataclass(frozen=True)
class First:
    """Mergeable summary of a whole column: small whole numbers by value, all else in cells.

    Attributes
    ----------
    dtype : "float32" or "float64"
    whole : ValueCounts or None
    cells : Cells or None
        Exactly one of the two is there.
    """

    dtype: str
    whole: ValueCounts | None
    cells: Cells | None

    @classmethod
    def of(cls, column: Any, dtype: str) -> First:
        """Of one part of the column."""
        present = present_numbers(column)[0]
        narrow = not len(present) or float(present.max()) - float(present.min()) <= WHOLE_SPAN
        counted = count_whole(present) if narrow else None
        if counted is not None:
            return cls(dtype, ValueCounts(*counted), None)
        return cls(dtype, None, Cells.of(np.sort(keys_of(present, dtype)), bits_of(dtype) - FIRST))

    def merge(self, other: First) -> First:
        """Of both parts."""
        if self.whole is not None and other.whole is not None:
            both = self.whole.merge(other.whole)
            if len(both.values) <= WHOLE_SPAN:
                return First(self.dtype, both, None)
        return First(self.dtype, None, self.in_cells().merge(other.in_cells()))

    def in_cells(self) -> Cells:
        """In cells, whichever way it was counted."""
        if self.cells is not None:
            return self.cells
        assert self.whole is not None
        keys = keys_of(self.whole.values, self.dtype)
        return Cells.of(keys, bits_of(self.dtype) - FIRST, self.whole.counts)

    @property
    def n(self) -> int:
        """Values that are not missing."""
        counts = self.whole.counts if self.whole is not None else self.in_cells().counts
        return int(counts.sum())
