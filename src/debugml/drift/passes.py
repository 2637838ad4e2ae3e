"""The widest gap between two samples that fit no memory: a few passes, small counts each.

Values are numbered in their order by their bits. A pass counts the values of each cell, a
stretch of those numbers; the counts bound the gap inside each cell, as in `buckets`. Cells
that cannot hold the widest gap are dropped, the others are parted for the next pass, until
few enough values are left to be counted each by itself. What a pass keeps of a part of the
sample is an array of at most `CELLS` cells, and two such arrays merge. So the result is
exact for any split, and memory does not grow with the sample. (Branch and bound: Land and
Doig 1960.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError
from ..summary import Floats, Ints, present_numbers, summarise
from .cells import FIRST, Cells, First, Keys, align, bits_of, keys_of, value_of
from .widest import Gap, widest_gap

CELLS = 1 << 18
"""Cells of one column in a pass, and values that are counted each by itself in the last."""


@dataclass(frozen=True)
class Look:
    """What one pass counts of a column.

    Attributes
    ----------
    dtype : "float32" or "float64"
        Of the keys.
    inside : uint64 array of shape (stretches,)
        The stretches looked at, ascending: keys whose bits above the lowest ``above`` these are.
    above, below : int
        Each stretch has ``2 ** above`` keys, each cell in it ``2 ** below``.
    """

    dtype: str
    inside: Keys
    above: int
    below: int

    def count(self, column: Any) -> Cells:
        """The cells of one part of the sample."""
        keys = keys_of(present_numbers(column)[0], self.dtype)
        # NumPy has no shift by all 64 bits; the first stretch is everything.
        everything = self.above == bits_of(self.dtype)
        if not everything:
            at = np.searchsorted(self.inside, keys >> np.uint64(self.above))
            at = np.minimum(at, len(self.inside) - 1)
            keys = keys[self.inside[at] == keys >> np.uint64(self.above)]
        return Cells.of(np.sort(keys), self.below)


@dataclass(frozen=True)
class _Stretches:
    """Stretches of one length that may hold the widest gap."""

    inside: Keys
    above: int
    before: tuple[Ints, Ints]
    values: Ints
    bound: Floats

    def pick(self, chosen: npt.NDArray[Any]) -> _Stretches:
        before = (self.before[0][chosen], self.before[1][chosen])
        return _Stretches(
            self.inside[chosen], self.above, before, self.values[chosen], self.bound[chosen]
        )


class Search:
    """The widest gap of one column, found pass by pass.

    Parameters
    ----------
    one, other : First
        Of the first pass, over either sample; neither empty.

    Attributes
    ----------
    gap : Gap
        The widest so far; the widest of all once there is nothing to look at.

    Examples
    --------
    >>> a, b = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.3, 0.4, 0.5, 0.6])
    >>> search = Search(First.of(a, "float64"), First.of(b, "float64"))
    >>> while (look := search.look()) is not None:
    ...     search.learn(look.count(a), look.count(b))
    >>> search.gap
    Gap(size=0.5, location=0.2, at_one=2, at_other=0)
    """

    def __init__(self, one: First, other: First) -> None:
        self.dtype = one.dtype
        self.n = (one.n, other.n)
        self.gap = Gap(0.0, np.inf, 0, 0)
        self._left: list[_Stretches] = []
        self._now: tuple[_Stretches, Look] | None = None
        if one.whole is not None and other.whole is not None:
            self.gap = widest_gap(one.whole, other.whole)
            return
        start = np.zeros(1, dtype=np.uint64)
        nothing = np.zeros(1, dtype=np.int64)
        everything = _Stretches(start, bits_of(self.dtype), (nothing, nothing), nothing, np.ones(1))
        self._learn(everything, everything.above - FIRST, one.in_cells(), other.in_cells())

    def look(self) -> Look | None:
        """What the next pass has to count; None where the gap is known."""
        width = abs(self.gap.size)
        self._left = [s for s in (s.pick(s.bound >= width) for s in self._left) if len(s.inside)]
        if not self._left:
            return None
        stretches = self._left.pop()
        if stretches.values.sum() <= CELLS:
            bits = stretches.above
        else:
            # The most promising first: a wider gap found there spares the others.
            order = np.argsort(-stretches.bound, kind="stable")
            most = CELLS >> 4
            if len(order) > most:
                self._left.append(stretches.pick(np.sort(order[most:])))
                stretches = stretches.pick(np.sort(order[:most]))
            bits = min(stretches.above, (CELLS // len(stretches.inside)).bit_length() - 1)
        look = Look(self.dtype, stretches.inside, stretches.above, stretches.above - bits)
        self._now = stretches, look
        return look

    def learn(self, one: Cells, other: Cells) -> None:
        """Take in what a pass counted of the last look in either sample."""
        assert self._now is not None
        stretches, look = self._now
        self._learn(stretches, look.below, one, other)

    def _learn(self, stretches: _Stretches, below: int, one: Cells, other: Cells) -> None:
        cell, sides = align(one, other)
        inside = cell >> np.uint64(stretches.above - below)
        at = np.searchsorted(stretches.inside, inside)
        first = np.searchsorted(inside, inside)
        before, after, low, high = [], [], [], []
        for side, known, n in zip(sides, stretches.before, self.n, strict=True):
            so_far = np.cumsum(side.counts) - side.counts
            before.append(known[at] + so_far - so_far[first])
            after.append(before[-1] + side.counts)
            low.append(before[-1] / n)
            high.append(after[-1] / n)
        highest = np.maximum(sides[0].highest, sides[1].highest)
        # The gap at the last value of each cell is a gap that there is.
        gaps = high[0] - high[1]
        widest = int(np.abs(gaps).argmax())
        location = value_of(int(highest[widest]), self.dtype)
        found = (abs(gaps[widest]), -location)
        if found > (abs(self.gap.size), -self.gap.location):
            self.gap = Gap(
                float(gaps[widest]), location, int(after[0][widest]), int(after[1][widest])
            )
        # Inside a cell both functions only rise; a cell of one value has no inside.
        bound = np.maximum(high[0] - low[1], high[1] - low[0])
        mixed = np.minimum(sides[0].lowest, sides[1].lowest) < highest
        values = sides[0].counts + sides[1].counts
        kept = _Stretches(cell, below, (before[0], before[1]), values, bound)
        self._left.append(kept.pick(mixed & (bound >= abs(self.gap.size))))


@dataclass(frozen=True)
class _Merged:
    """Mergeable summary: one for each column."""

    by_column: dict[str, Any]

    def merge(self, other: _Merged) -> _Merged:
        return _Merged({k: v.merge(other.by_column[k]) for k, v in self.by_column.items()})


@dataclass(frozen=True)
class _Pass:
    """From a part of the frame to what one pass keeps of it; an object, so that it can travel."""

    counts: Mapping[str, Callable[[Any], Any]]

    def __call__(self, part: pd.DataFrame) -> _Merged:
        return _Merged(
            {name: named(name, count, part[name]) for name, count in self.counts.items()}
        )

    def over(self, frame: Any) -> dict[str, Any]:
        return summarise(frame[list(self.counts)], self).by_column


def named(column: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` gives; its errors name the column.

    Raises
    ------
    RecordsError
        Whatever `ValueError` it raised.

    Examples
    --------
    >>> named("miles", float, "2.5")
    2.5
    """
    try:
        return work(*arguments)
    except ValueError as error:
        raise RecordsError(f"column {column}: {error}") from error


def gaps_in_passes(reference: Any, current: Any, names: list[str]) -> dict[str, Search]:
    """The widest gap of each column of two frames, of which neither has to fit any memory.

    All columns share a pass, which reads each part of the frames once and only the columns
    not settled yet. Columns of small whole numbers need one pass; floats mostly three. Two
    samples much closer than chance has them need more: about one pass for each `CELLS`
    different values, if they are equal.

    Parameters
    ----------
    reference, current : DataFrame
        Of any engine.
    names : list of str
        Numeric columns of both.

    Returns
    -------
    dict of str to Search
        Each with its ``gap`` and sizes ``n``.

    Raises
    ------
    RecordsError
        If a column holds infinities or something else than numbers, or has no values in a
        sample, by its name.

    Examples
    --------
    >>> before, after = pd.DataFrame({"x": [0.1, 0.2, 0.3]}), pd.DataFrame({"x": [0.3, 0.4]})
    >>> gaps_in_passes(before, after, ["x"])["x"].gap.location
    0.2
    """
    types = {name: _key_type(reference.dtypes[name], current.dtypes[name]) for name in names}
    first = _Pass({name: partial(First.of, dtype=dtype) for name, dtype in types.items()})
    one, other = first.over(reference), first.over(current)
    for said, side in (("reference", one), ("current", other)):
        empty = [name for name in names if side[name].n == 0]
        if empty:
            raise RecordsError(
                f"column {empty[0]}: the {said} sample has no values: D needs at least one on "
                "each side"
            )
    searches = {name: Search(one[name], other[name]) for name in names}
    while looks := {n: look for n, s in searches.items() if (look := s.look()) is not None}:
        following = _Pass({name: look.count for name, look in looks.items()})
        one, other = following.over(reference), following.over(current)
        for name in looks:
            searches[name].learn(one[name], other[name])
    return searches


def _key_type(*dtypes: Any) -> str:
    return "float32" if all(dtype == np.float32 for dtype in dtypes) else "float64"
