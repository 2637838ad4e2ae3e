"""How far apart are two samples? The measures that are used beside D, each with its fine print.

The first three are about class counts: of categories, or of bins that the reference sets
(`binning.Bins`). Another binning gives other figures, so a figure without its bins says little.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from ..errors import RecordsError
from ..summary import Floats, ValueCounts
from .binning import as_counts


def total_variation(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Share of records that would have to change class: half the sum of |difference in share|.

    It is the largest difference in probability of any set of classes, from 0 to 1 (Levin and
    Peres 2017, "Markov chains and mixing times", section 4.1), so it is in D's unit: D is the
    same over the sets "at most x" alone, and never above it.

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
    >>> total_variation([50, 50], [25, 75])
    0.25
    """
    p, q = _shares(reference, current)
    return min(1.0, float(np.abs(p - q).sum()) / 2)


def jensen_shannon(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Jensen–Shannon distance: the square root of the divergence in bits, from 0 to 1.

    The divergence is the mean of both samples' Kullback–Leibler divergences from their average
    (Lin 1991); its root is a metric (Endres and Schindelin 2003). The same as
    ``scipy.spatial.distance.jensenshannon(p, q, base=2)``. Empty classes need no smoothing.

    Parameters
    ----------
    reference, current : array of shape (classes,)
        Records of each sample in each class.

    Raises
    ------
    RecordsError
        As in `total_variation`.

    Examples
    --------
    >>> jensen_shannon([4, 0], [0, 9]), jensen_shannon([1, 2], [10, 20])
    (1.0, 0.0)
    """
    p, q = _shares(reference, current)
    average = (p + q) / 2
    nats = float((special.rel_entr(p, average) + special.rel_entr(q, average)).sum()) / 2
    return float(np.sqrt(min(1.0, max(0.0, nats / np.log(2)))))


def psi(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Population stability index: the sum of (q − p) ln(q / p) over the classes.

    It is Jeffreys' divergence: both Kullback–Leibler divergences added. The customary marks
    0.1 and 0.25 know nothing of sample size: with the same distribution on both sides PSI
    is about chi-squared, with an expectation of (classes − 1) (1/n + 1/m), so that ten bins
    and 100 records a side give 0.18 by chance (Yurdakul and Naranjo 2020, "Statistical
    properties of the population stability index").

    A logarithm of 0 has to be avoided somehow. Here a class that is empty in one sample gets
    half a record there, and the shares are taken of the new total; a class that is empty in
    both is left out. So an empty class counts for less in a small sample, where it means less.

    Parameters
    ----------
    reference, current : array of shape (classes,)
        Records of each sample in each class.

    Raises
    ------
    RecordsError
        As in `total_variation`.

    Examples
    --------
    >>> round(psi([50, 50], [30, 70]), 4)
    0.1695
    >>> round(psi([50, 50, 0], [50, 49, 1]), 4)
    0.0036
    """
    p, q = _shares(reference, current, empty=0.5)
    return max(0.0, float(((q - p) * np.log(q / p)).sum()))


def scaled_wasserstein(reference: ValueCounts, current: ValueCounts) -> float:
    """Wasserstein-1 distance in the reference's standard deviations.

    How far values must move on average to turn one sample into the other (Vallender 1974: the
    area between the distribution functions), divided by the reference's standard deviation
    (of the sample itself, no n − 1), so that columns in dollars and in seconds compare. Unlike
    D it sees how far the tail went, and a single absurd value can carry it.

    A constant reference has no spread. Then the scale is the standard deviation of both
    samples in equal parts: 0 for the same constant on both sides, 2 for two constants that
    differ, never more.

    Raises
    ------
    RecordsError
        If a sample has no values.

    Examples
    --------
    >>> one = ValueCounts.of([0, 0, 2, 2])
    >>> scaled_wasserstein(one, ValueCounts.of([3, 3, 5, 5]))
    3.0
    >>> scaled_wasserstein(ValueCounts.of([7]), ValueCounts.of([9]))
    2.0
    """
    for said, sample in (("reference", reference), ("current", current)):
        if sample.n == 0:
            raise RecordsError(
                f"the {said} sample has no values: a distance needs one on each side"
            )
    points = np.union1d(reference.values, current.values)
    gaps = reference.up_to(points) / reference.n - current.up_to(points) / current.n
    # A power of two changes no digit, and keeps sums and squares of huge numbers finite.
    exponent = int(np.frexp(np.abs(points).max())[1])
    moved = float(np.abs(gaps[:-1]) @ np.diff(np.ldexp(points, -exponent)))
    if moved == 0:
        return 0.0
    spread = _deviation(reference, exponent)
    if len(reference.values) == 1:
        spread = _deviation(reference, exponent, current)
    return moved / max(spread, np.finfo(np.float64).tiny)


def _deviation(sample: ValueCounts, exponent: int, other: ValueCounts | None = None) -> float:
    values, weights = np.ldexp(sample.values, -exponent), sample.counts / sample.n
    if other is not None:
        values = np.append(values, np.ldexp(other.values, -exponent))
        weights = np.append(weights, other.counts / other.n) / 2
    off = values - weights @ values
    largest = float(np.abs(off).max()) or 1.0
    return largest * float(np.sqrt(weights @ (off / largest) ** 2))


def _shares(
    reference: npt.ArrayLike, current: npt.ArrayLike, empty: float = 0
) -> tuple[Floats, Floats]:
    p, q = as_counts(reference, current)
    filled = p + q > 0
    p, q = (np.where(c > 0, c, empty)[filled] for c in (p, q))
    return p / p.sum(), q / q.sum()
