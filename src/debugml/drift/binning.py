"""Classes of a numeric column, set by the reference alone: PSI and its kin are about these.

A bin list made from both samples would move with the current one, and the figure with it.
Made from the reference, it is part of the reference's summary, and two months compared
with one reference are compared in the same bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import RecordsError
from ..summary import Floats, Ints, ValueCounts

BINS = 10
"""Bins of a measured quantity: the reference's deciles, as credit scoring has them for PSI."""

MAX_CODES = 20
"""Up to this many distinct whole numbers are codes, each a class of its own."""


@dataclass(frozen=True)
class Bins:
    """The classes of one numeric column.

    - Few whole numbers (at most 20 distinct): each value is a class. All values that the
      reference does not know are one more class.
    - Anything else: ten bins that end at the reference's deciles, each holding its upper end,
      the first and the last open-ended. Where deciles are tied, as of a surcharge that most
      trips pay, their value is a bin of its own, and there are fewer bins.

    A decile is a value that occurs (the smallest with at least that share of the sample at or
    below it), so no interpolation rule is hidden in the bins.

    Attributes
    ----------
    points : float64 array
        Ascending: the classes' values, or the bins' inner ends.
    codes : bool
        Whether the points are classes by themselves.
    """

    points: Floats
    codes: bool

    @classmethod
    def of(cls, reference: ValueCounts) -> Bins:
        """The classes that a reference sets; of an empty one, a single bin.

        Examples
        --------
        >>> Bins.of(ValueCounts.of([1, 1, 2, 5])).points.tolist()
        [1.0, 2.0, 5.0]
        >>> Bins.of(ValueCounts.of(np.arange(100) / 10)).points.tolist()
        [0.9, 1.9, 2.9, 3.9, 4.9, 5.9, 6.9, 7.9, 8.9]
        """
        values = reference.values
        whole = len(values) <= MAX_CODES and bool((values == np.floor(values)).all())
        if whole or not len(values):
            return cls(values, codes=whole and len(values) > 0)
        # Compared as whole numbers: a share such as 3 / 10 has no exact double.
        below = np.cumsum(reference.counts) * BINS
        at = np.searchsorted(below, np.arange(1, BINS) * reference.n)
        deciles, tied = np.unique(values[at], return_counts=True)
        before = np.nextafter(deciles[tied > 1], -np.inf)
        return cls(np.union1d(deciles, before), codes=False)

    def count(self, sample: ValueCounts) -> Ints:
        """How many values of a sample lie in each class, missing ones aside.

        Returns
        -------
        int64 array of shape (points + 1,)
            In ascending order; last the values above the last decile or, of codes, those that
            the reference does not know.

        Examples
        --------
        >>> bins = Bins.of(ValueCounts.of([1, 1, 2, 5]))
        >>> bins.count(ValueCounts.of([1, 2, 3, 9])).tolist()
        [1, 1, 0, 2]
        """
        if self.codes:
            at = np.searchsorted(self.points, sample.values)
            known = self.points[np.minimum(at, len(self.points) - 1)] == sample.values
            at = np.where(known, at, len(self.points))
        else:
            at = np.searchsorted(self.points, sample.values, side="left")
        counts = np.zeros(len(self.points) + 1, dtype=np.int64)
        np.add.at(counts, at, sample.counts)
        return counts


def with_missing(
    reference: Ints, current: Ints, missing_reference: int, missing_current: int
) -> tuple[Ints, Ints]:
    """Class counts of both samples, with missing as one more class if there is any.

    Examples
    --------
    >>> with_missing(np.array([3, 1]), np.array([2, 2]), 0, 4)[1].tolist()
    [2, 2, 4]
    >>> with_missing(np.array([3, 1]), np.array([2, 2]), 0, 0)[1].tolist()
    [2, 2]
    """
    if missing_reference + missing_current == 0:
        return reference, current
    return np.append(reference, missing_reference), np.append(current, missing_current)


def as_counts(reference: npt.ArrayLike, current: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Class counts of two samples as floats, checked.

    Raises
    ------
    RecordsError
        If the arrays differ in length, a count is negative or missing, or a sample has no
        records.

    Examples
    --------
    >>> as_counts([3, 1], [2, 2])[0].tolist()
    [3.0, 1.0]
    """
    one, other = (np.asarray(counts, dtype=np.float64).ravel() for counts in (reference, current))
    if len(one) != len(other):
        raise RecordsError(
            f"{len(one)} and {len(other)} classes: give both samples' counts of the same classes"
        )
    for said, counts in (("reference", one), ("current", other)):
        odd = counts[~((counts >= 0) & (counts < np.inf))]
        if len(odd):
            raise RecordsError(f"a count of the {said} sample is {odd[0]}: give 0 or more")
        if counts.sum() == 0:
            raise RecordsError(f"the {said} sample has no records: give at least one")
    return one, other
