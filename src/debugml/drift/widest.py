"""Where are two distribution functions farthest apart? Exact, and without merging the samples.

To line up all values of two samples costs more than sorting either. Most values need no
look: between two points whose cumulative counts are known, both functions only rise, so
the gap between them is bounded by those counts. Stretches that cannot hold the widest
gap are dropped; the others are halved, until few enough values are left to look at each.
(Branch and bound: Land and Doig 1960.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..summary import Floats, Ints, ValueCounts

FEW = 32
"""Stretches with fewer values than this, on average, are looked at value by value."""

AT_ONCE = 4096
"""And so are the stretches that have fewer values than this in all."""


@dataclass(frozen=True)
class Gap:
    """The widest gap between two empirical distribution functions.

    Attributes
    ----------
    size : float
        Share of the first sample at or below the place, less share of the second.
    location : float
        The smallest value at which the gap is that wide.
    at_one, at_other : int
        How many values of each sample are at most that.
    """

    size: float
    location: float
    at_one: int
    at_other: int


def widest_gap(one: ValueCounts, other: ValueCounts) -> Gap:
    """The widest gap between the distribution functions of two samples, neither empty.

    Examples
    --------
    >>> widest_gap(ValueCounts.of([1, 2, 3, 4]), ValueCounts.of([3, 4, 5, 6]))
    Gap(size=0.5, location=2.0, at_one=2, at_other=0)
    """
    a, b = _Steps(one), _Steps(other)
    best = _Best()
    # One stretch to begin with: all values of both. `a` from a0 up to (not with) a1.
    stretches = np.array([[0], [len(a.values)], [0], [len(b.values)]], dtype=np.int64)
    while True:
        a0, a1, b0, b1 = stretches
        highest = a.share[a1] - b.share[b0]
        lowest = a.share[a0] - b.share[b1]
        # As wide as the widest so far counts too: the first such place is wanted.
        could_hold_it = np.maximum(highest, -lowest) >= best.width
        stretches = a0, a1, b0, b1 = stretches[:, could_hold_it & ((a1 > a0) | (b1 > b0))]
        left = int((a1 - a0).sum() + (b1 - b0).sum())
        if left <= max(AT_ONCE, FEW * stretches.shape[1]):
            break
        stretches = _halve(stretches, a, b, best)
    points = np.concatenate([a.values[_within(a0, a1)], b.values[_within(b0, b1)]])
    best.look(np.sort(points), a, b)
    at = np.array([best.location])
    return Gap(best.gap, best.location, int(one.up_to(at)[0]), int(other.up_to(at)[0]))


class _Steps:
    """A distribution function: ``share[i]`` of the sample lies before ``values[i]``."""

    def __init__(self, counts: ValueCounts) -> None:
        self.values: Floats = counts.values
        below = np.zeros(len(counts.values) + 1)
        np.cumsum(counts.counts, out=below[1:])
        below /= below[-1]
        self.share: Floats = below


class _Best:
    """The widest gap so far, and the first place where it is that wide."""

    def __init__(self) -> None:
        self.width, self.gap, self.location = -1.0, 0.0, np.inf

    def look(self, points: Floats, a: _Steps, b: _Steps) -> tuple[Ints, Ints]:
        """Look at ascending points; the steps of each function at or below each of them."""
        i = np.searchsorted(a.values, points, side="right")
        j = np.searchsorted(b.values, points, side="right")
        if not len(points):
            return i, j
        gaps = a.share[i] - b.share[j]
        at = int(np.abs(gaps).argmax())
        width, location = float(abs(gaps[at])), float(points[at])
        if (width, -location) > (self.width, -self.location):
            self.width, self.gap, self.location = width, float(gaps[at]), location
        return i, j


def _halve(stretches: Ints, a: _Steps, b: _Steps, best: _Best) -> Ints:
    """Each stretch parted at the middle value of its larger side; that value is looked at."""
    a0, a1, b0, b1 = stretches
    more_a = a1 - a0 >= b1 - b0
    middle = np.where(more_a, (a0 + a1) // 2, (b0 + b1) // 2)
    points = np.where(
        more_a,
        a.values[np.minimum(middle, len(a.values) - 1)],
        b.values[np.minimum(middle, len(b.values) - 1)],
    )
    i, j = best.look(points, a, b)
    parted = np.empty((4, 2 * len(points)), dtype=np.int64)
    # Left: without the value itself, where the sample has it. The order stays ascending.
    parted[:, 0::2] = a0, i - _has(a.values, i, points), b0, j - _has(b.values, j, points)
    parted[:, 1::2] = i, a1, j, b1
    return parted


def _has(values: Floats, after: Ints, points: Floats) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (after > 0) & (values[np.maximum(after, 1) - 1] == points)
    return found


def _within(start: Ints, stop: Ints) -> Ints:
    """The positions of all stretches, one after another."""
    lengths = stop - start
    shift = np.repeat(start - np.cumsum(lengths) + lengths, lengths)
    at: Ints = np.arange(int(lengths.sum())) + shift
    return at
