"""Drift of categories: the chi-squared test, and how strong the association is.

A p-value alone says whether the samples differ, and with enough records they always do:
Cramér's V beside it says by how much.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from ..errors import SchemaError
from ..summary import Floats, Ints
from .binning import as_counts

MIN_EXPECTED = 5
"""Cochran's rule: the chi-squared limit wants at least this many expected records a cell."""


@dataclass(frozen=True)
class CategoryCounts:
    """Mergeable summary: how often each category occurs in a sample.

    Attributes
    ----------
    counts : dict
        Occurrences of each category that occurs. Equal values are one category, so the code
        1 of a whole-number column is the 1.0 that it becomes where values are missing.
    missing : int
        How many values were missing.
    """

    counts: dict[Hashable, int]
    missing: int = 0

    @classmethod
    def of(cls, sample: pd.Series[Any]) -> CategoryCounts:
        """Counts of a column.

        Raises
        ------
        SchemaError
            If it holds lists or other values that can't be compared.

        Examples
        --------
        >>> CategoryCounts.of(pd.Series(["card", "cash", "card", None]))
        CategoryCounts(counts={'card': 2, 'cash': 1}, missing=1)
        """
        try:
            counted = sample.value_counts(dropna=True)
            counts = {value: int(n) for value, n in counted.items() if n}
        except TypeError as error:
            raise SchemaError("it holds lists or the like: give one plain value a row") from error
        return cls(counts, len(sample) - sum(counts.values()))

    @property
    def n(self) -> int:
        """How many values are not missing."""
        return sum(self.counts.values())

    def merge(self, other: CategoryCounts) -> CategoryCounts:
        """Counts of both samples together."""
        counts = dict(self.counts)
        for value, n in other.counts.items():
            counts[value] = counts.get(value, 0) + n
        return CategoryCounts(counts, self.missing + other.missing)


def aligned(
    reference: CategoryCounts, current: CategoryCounts
) -> tuple[list[Hashable], Ints, Ints]:
    """The categories of both samples, sorted as text, and each sample's counts of them.

    Examples
    --------
    >>> one, other = CategoryCounts({"b": 2}), CategoryCounts({"a": 1, "b": 3})
    >>> names, before, after = aligned(one, other)
    >>> names, before.tolist(), after.tolist()
    (['a', 'b'], [0, 2], [1, 3])
    """
    names = sorted({**reference.counts, **current.counts}, key=lambda v: (str(v), str(type(v))))
    before, after = (
        np.array([side.counts.get(name, 0) for name in names], dtype=np.int64)
        for side in (reference, current)
    )
    return names, before, after


@dataclass(frozen=True)
class ChiSquared:
    """One column's test.

    Attributes
    ----------
    statistic : float
        Pearson's chi-squared of the table of two samples by classes, no continuity correction.
    degrees_of_freedom : int
        Classes less one, after pooling.
    p_value : float
        Upper tail of the chi-squared distribution.
    cramers_v : float
        √(chi-squared / N), from 0 to 1: Cramér (1946), where one side of the table is 2. Not
        corrected for bias: with no drift at all it is about √(degrees of freedom / N), not 0.
    pooled : int
        How many classes were put together because they are rare; 0 if none.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    cramers_v: float
    pooled: int


def chi_squared(reference: npt.ArrayLike, current: npt.ArrayLike) -> ChiSquared:
    """Pearson's test that two samples have the same shares of each class (Pearson 1900).

    The p-value is a limit, so rare classes are pooled first (Cochran 1954): those that would
    have fewer than 5 expected records in the smaller sample become one class, "other", which
    takes in the rarest of the rest until it has 5 itself. Which are pooled depends on both
    samples' totals alone, not on how they differ. If one class is left, nothing can be told:
    the statistic and V are 0 and p is 1.

    `drift.detection.chi_squared_test`, for samples of a few rows, draws random tables where
    counts are small: it needs no pooling, but its p is never below 0.001. This one is for the
    table of whole samples, where p is corrected for the number of columns and may be tiny.

    Parameters
    ----------
    reference, current : array of shape (classes,)
        Records of each sample in each class.

    Raises
    ------
    RecordsError
        If the arrays differ in length, a count is negative or missing, or a sample has no
        records.

    Examples
    --------
    >>> found = chi_squared([50, 50], [30, 70])
    >>> round(found.statistic, 3), found.degrees_of_freedom, round(found.p_value, 4)
    (8.333, 1, 0.0039)
    >>> round(found.cramers_v, 3)
    0.204
    >>> chi_squared([50, 50, 1, 0], [50, 47, 1, 2]).pooled
    3
    """
    table = np.array(as_counts(reference, current))
    table, pooled = _pool(table[:, table.sum(axis=0) > 0])
    classes = table.shape[1]
    if classes == 1:
        return ChiSquared(0.0, 0, 1.0, 0.0, pooled)
    whole = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / whole
    statistic = float(((table - expected) ** 2 / expected).sum())
    return ChiSquared(
        statistic=statistic,
        degrees_of_freedom=classes - 1,
        p_value=float(special.chdtrc(classes - 1, statistic)),
        cramers_v=min(1.0, float(np.sqrt(statistic / whole))),
        pooled=pooled,
    )


def _pool(table: Floats) -> tuple[Floats, int]:
    totals = table.sum(axis=0)
    order = np.argsort(totals, kind="stable")
    # Expected records times all records: whole numbers, which compare exactly.
    expected, enough = totals[order] * table.sum(axis=1).min(), MIN_EXPECTED * totals.sum()
    rare = int(np.searchsorted(expected, enough))
    if rare == 0:
        return table, 0
    together = int(np.searchsorted(np.cumsum(expected), enough)) + 1
    pooled = min(max(rare, together), len(totals))
    other = table[:, order[:pooled]].sum(axis=1, keepdims=True)
    kept = table[:, np.sort(order[pooled:])]
    return np.hstack([kept, other]), pooled if pooled > 1 else 0
