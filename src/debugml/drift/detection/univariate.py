"""One test a dimension, corrected for their number: Kolmogorov–Smirnov, or chi-squared."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ...summary import Floats
from .evidence import Evidence, two_samples

FEWEST = 5
"""Chi-squared's limit holds where every expected count is at least this (Cochran 1954)."""

TABLES = 999
"""Random tables with the same margins, where the limit does not hold."""


def ks_p_values(reference: npt.ArrayLike, current: npt.ArrayLike) -> tuple[Floats, Floats]:
    """A two-sample KS test of each dimension apart.

    Parameters
    ----------
    reference, current : arrays of shape (n, dimensions) and (m, dimensions)

    Returns
    -------
    statistics, p_values : float64 arrays of shape (dimensions,)
        D, and its two-sided p as ``scipy.stats.ks_2samp(method="auto")`` gives it. In a
        dimension with ties, as codes and hours have, the true p is at most about as large.

    Raises
    ------
    RecordsError
        As for `two_samples`.

    Examples
    --------
    >>> d, p = ks_p_values([[1, 0], [2, 1], [3, 0]], [[4, 0], [5, 1], [6, 0]])
    >>> d.tolist(), p.round(2).tolist()
    ([1.0, 0.0], [0.1, 1.0])
    """
    one, other = two_samples(reference, current)
    n, m = len(one), len(other)
    # One dimension a row: sorted where it lies together in memory.
    pooled = np.ascontiguousarray(np.concatenate([one, other]).T)
    order = pooled.argsort(axis=1, kind="stable")
    ordered = np.take_along_axis(pooled, order, axis=1)
    below = np.cumsum(order < n, axis=1)
    # n·m times the gap: whole numbers, so that equal gaps are equal.
    gaps = np.abs(below * (n + m) - np.arange(1, n + m + 1) * n)
    # Within a run of ties only its last row has seen them all.
    gaps[:, :-1][ordered[:, :-1] == ordered[:, 1:]] = 0
    widest = gaps.argmax(axis=1)
    dimensions = np.arange(len(pooled))
    top, at = gaps[dimensions, widest], below[dimensions, widest]
    p = [
        # Of equal sizes p depends on the gap alone, so that few are ever different.
        (_p(gap // n, n, 0, m) if n == m else _p(a, n, w + 1 - a, m)) if gap else 1.0
        for a, w, gap in zip(at.tolist(), widest.tolist(), top.tolist(), strict=True)
    ]
    return top / (n * m), np.array(p)


def ks_test(reference: npt.ArrayLike, current: npt.ArrayLike) -> Evidence:
    """KS on each dimension; p is the smallest times their number (Bonferroni), at most 1.

    Examples
    --------
    >>> ks_test([[1, 0], [2, 1], [3, 0]], [[4, 0], [5, 1], [6, 0]])
    Evidence(statistic=1.0, p_value=0.2)
    """
    statistics, p = ks_p_values(reference, current)
    # scipy gives 0.1 as 0.09999999999999998: by significant digits, a tiny p stays above 0.
    least = float(f"{p.min() * len(p):.15g}")
    return Evidence(float(statistics.max()), min(1.0, least))


def chi_squared_test(reference: npt.ArrayLike, current: npt.ArrayLike, seed: int = 0) -> Evidence:
    """Pearson's test that two samples have each category equally often.

    Where an expected count is below 5 (Cochran 1954), p comes from 999 random tables with the
    same margins (Patefield 1981), as (1 + those at least as far) / 1000, else from the
    chi-squared distribution, without continuity correction. Several dimensions: smallest p
    times their number.

    `drift.categorical.chi_squared`, for whole samples in a table of many columns, pools rare
    classes instead: random tables show no p below 0.001, which a correction for many columns
    may need. The detection pipeline tests samples of ten rows, of which pooling would often
    leave one class, and no test.

    Parameters
    ----------
    reference, current : arrays of shape (n,) or (n, dimensions)
        Category numbers.
    seed : int
        Fixes the random tables.

    Raises
    ------
    RecordsError
        As for `two_samples`.

    Examples
    --------
    >>> found = chi_squared_test([0] * 30 + [1] * 10, [0] * 20 + [1] * 20)
    >>> round(found.statistic, 3), round(found.p_value, 4)
    (5.333, 0.0209)
    """
    one, other = two_samples(reference, current)
    found = [_chi_squared(a, b, seed) for a, b in zip(one.T, other.T, strict=True)]
    least = min(found, key=lambda evidence: (evidence.p_value, -evidence.statistic))
    return Evidence(least.statistic, min(1.0, least.p_value * len(found)))


def _chi_squared(one: Floats, other: Floats, seed: int) -> Evidence:
    categories, codes = np.unique(np.concatenate([one, other]), return_inverse=True)
    if len(categories) == 1:
        return Evidence(0.0, 1.0)
    counts = np.array(
        [np.bincount(c, minlength=len(categories)) for c in np.split(codes, [len(one)])]
    )
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    expected = rows[:, None] * columns / counts.sum()
    statistic = float(_distances(counts, expected))
    if expected.min() >= FEWEST:
        return Evidence(statistic, float(stats.chi2.sf(statistic, len(categories) - 1)))
    tables = stats.random_table(rows, columns).rvs(TABLES, random_state=seed)
    far = _distances(tables, expected)
    # A hair below: equal tables may differ in the last digit.
    reached = int((far >= statistic * (1 - 1e-12)).sum())
    return Evidence(statistic, (1 + reached) / (1 + TABLES))


def _distances(tables: npt.NDArray[Any], expected: Floats) -> Any:
    return ((tables - expected) ** 2 / expected).sum(axis=(-2, -1))


@lru_cache(maxsize=65_536)
def _p(at_reference: int, n: int, at_current: int, m: int) -> float:
    # D and p depend only on the sizes and on the counts at the widest gap, so two samples of
    # zeros and ones with these counts are enough for scipy.
    one = np.repeat([0, 1], [at_reference, n - at_reference])
    other = np.repeat([0, 1], [at_current, m - at_current])
    with warnings.catch_warnings():
        # Where the exact count fails, scipy says so and takes the limit: so do we, quietly.
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(stats.ks_2samp(one, other).pvalue)
