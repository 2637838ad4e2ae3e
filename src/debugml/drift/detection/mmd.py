"""Maximum mean discrepancy: a test of all dimensions at once, its memory linear in n.

Gretton et al. (2012), "A kernel two-sample test". The kernel of n rows has n² entries: it is
made in blocks of rows, each multiplied at once with all permutations and let go.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist

from ...errors import RecordsError, SettingError
from ...summary import Floats
from .evidence import Evidence, check_at_least, two_samples

BLOCK = 256
"""Rows of the kernel that are in memory at a time."""

MEDIAN_ROWS = 100
"""The median distance is that of at most this many rows."""

_FURTHEST = 1e150
"""Squares of larger numbers leave too little room below the largest double."""

_ROUNDING = 1e-12
"""Sums of the same numbers in another order differ by less than this."""


def median_distance(
    reference: npt.ArrayLike, current: npt.ArrayLike, rows: int = MEDIAN_ROWS, seed: int = 0
) -> float:
    """Median Euclidean distance between two rows of the pooled samples: the usual bandwidth.

    The median heuristic of Gretton et al. (2012). Of larger samples, that of a random part.
    Where more than half of the pairs are equal, as with codes, the mean distance; where all
    are, 1.

    Parameters
    ----------
    reference, current : arrays of shape (n, dimensions) and (m, dimensions)
    rows : int
        At most this many of the pooled rows, drawn at random.
    seed : int

    Raises
    ------
    RecordsError
        As for `two_samples`, or if values are so large that their squares overflow.

    Examples
    --------
    >>> median_distance([0.0, 1.0], [3.0])
    2.0
    """
    pooled = np.concatenate(two_samples(reference, current))
    _check_size(pooled, 1.0)
    if len(pooled) > rows:
        pooled = np.random.default_rng(seed).choice(pooled, rows, replace=False)
    distances = pdist(pooled)
    return float(np.median(distances)) or float(distances.mean()) or 1.0


def mmd_squared(
    reference: npt.ArrayLike, current: npt.ArrayLike, bandwidth: float | None = None
) -> float:
    """Unbiased estimate of the squared MMD, in a Gaussian kernel.

    Mean similarity within the reference, plus that within the current sample, less twice that
    between them; no row is compared with itself. Around 0 without a shift, so it can be
    negative.

    Parameters
    ----------
    reference, current : arrays of shape (n, dimensions) and (m, dimensions)
        Two rows or more each.
    bandwidth : float, optional
        σ in exp(−‖x − y‖² / 2σ²), in the units of the dimensions; default: `median_distance`.

    Raises
    ------
    RecordsError
        As for `two_samples`, or if values are so large that their squares overflow.
    SettingError
        If the bandwidth is not above 0.

    Examples
    --------
    >>> round(mmd_squared([0.0, 0.0], [1.0, 1.0], bandwidth=1.0), 4)
    0.7869
    """
    one, other = two_samples(reference, current, least=2)
    sigma = _bandwidth(one, other, bandwidth, 0)
    labels = np.zeros((len(one) + len(other), 1))
    labels[: len(one)] = 1
    return float(_statistics(np.concatenate([one, other]), labels, sigma)[0])


def mmd_test(
    reference: npt.ArrayLike,
    current: npt.ArrayLike,
    permutations: int = 199,
    seed: int = 0,
    bandwidth: float | None = None,
) -> Evidence:
    """Permutation test of the squared MMD.

    The pooled rows are dealt out anew at random; p is (1 + deals at least as far apart) /
    (1 + deals), which is never 0 and, without a shift, at most 0.05 in at most 5 % of tests.
    Time grows with n², memory with n times the permutations.

    Parameters
    ----------
    reference, current, bandwidth
        As for `mmd_squared`. Rabanser et al. (2019) write the kernel with σ, the median
        distance, in place of 2σ².
    permutations : int
        p can't be below 1 / (1 + permutations).
    seed : int
        Fixes the deals, and the rows behind the bandwidth.

    Raises
    ------
    RecordsError
        As for `two_samples`, or if values are so large that their squares overflow.
    SettingError
        If there is no permutation, or the bandwidth is not above 0.

    Examples
    --------
    >>> far = mmd_test(np.arange(8.0), np.arange(8.0) + 100)
    >>> far.p_value
    0.005
    """
    one, other = two_samples(reference, current, least=2)
    deals = check_at_least(permutations, 1, "permutations")
    sigma = _bandwidth(one, other, bandwidth, seed)
    n, m = len(one), len(other)
    labels = np.zeros((n + m, deals + 1))
    labels[:n] = 1
    # The first column is what was observed, so that it is added up exactly as the others are.
    generator = np.random.default_rng(seed)
    labels[:, 1:] = generator.permuted(labels[:, 1:].T, axis=1).T
    found = _statistics(np.concatenate([one, other]), labels, sigma)
    reached = int((found[1:] >= found[0] - _ROUNDING).sum())
    return Evidence(float(found[0]), (1 + reached) / (1 + deals))


def _statistics(pooled: Floats, labels: Floats, sigma: float) -> Floats:
    """Squared MMD for each column of labels: 1 for rows in the one sample, 0 in the other."""
    _check_size(pooled, sigma)
    rows, columns = labels.shape
    left, right = _factors(pooled, sigma)
    within = np.zeros(columns)
    touching = np.zeros(columns)
    total = 0.0
    for start in range(0, rows, BLOCK):
        end = min(start + BLOCK, rows)
        kernel = left[start:end] @ right[start:].T
        np.minimum(kernel, 0, out=kernel)
        np.exp(kernel, out=kernel)
        # The kernel is symmetric: what lies right of the diagonal block counts twice.
        kernel[:, end - start :] *= 2
        mine, theirs = labels[start:end], labels[start:]
        sums = kernel.sum(axis=1)
        total += float(sums.sum())
        within += np.einsum("ij,ij->j", mine, kernel @ theirs)
        # Sums of all rows with those labelled 1, as 1'Kz = (1'Kz + z'K1) / 2 by blocks.
        touching += (kernel.sum(axis=0) @ theirs + sums @ mine) / 2
    n = labels.sum(axis=0)
    m = rows - n
    between = touching - within
    rest = total - within - 2 * between
    # Each row's similarity to itself, which is 1, is left out.
    found: Floats = (within - n) / (n * (n - 1)) + (rest - m) / (m * (m - 1))
    found -= 2 * between / (n * m)
    return found


def _factors(pooled: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Two thin matrices whose product is −‖x − y‖² / 2σ² for every pair of rows."""
    # Near the origin, the squares that cancel are as small as can be.
    scaled = (pooled - pooled.mean(axis=0)) / sigma
    halves = (scaled * scaled).sum(axis=1, keepdims=True) / -2
    ones = np.ones_like(halves)
    return np.hstack([scaled, halves, ones]), np.hstack([scaled, ones, halves])


def _check_size(pooled: Floats, sigma: float) -> None:
    largest = float(np.abs(pooled).max())
    if not largest < _FURTHEST * min(1.0, sigma):
        unit = "" if sigma >= 1 else f", in bandwidths of {sigma:.3g}"
        raise RecordsError(
            f"values up to {largest:.3g} are too large to compare{unit}: scale them first"
        )


def _bandwidth(one: Floats, other: Floats, bandwidth: float | None, seed: int) -> float:
    if bandwidth is None:
        return median_distance(one, other, seed=seed)
    if not bandwidth > 0:
        raise SettingError(f"bandwidth is {bandwidth}: give a distance above 0")
    return bandwidth
