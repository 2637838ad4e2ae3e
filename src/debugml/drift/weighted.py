"""The two-sample Kolmogorov–Smirnov distance between weighted samples, and its noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from ..errors import RecordsError
from ..labels import check_lengths
from ..summary import Floats
from .effect import check_level
from .pvalue import MAX_KSTWO, effective_size


@dataclass(frozen=True)
class WeightedD:
    """The largest gap between two weighted distribution functions.

    Attributes
    ----------
    statistic : float
        D, from 0 to 1.
    location : float
        The value at which the functions are D apart.
    n_reference, n_current : float
        Effective sizes, (Σw)² / Σw² (Kish 1965): as many equally weighted records would
        have a mean as sure as the weighted ones have.
    """

    statistic: float
    location: float
    n_reference: float
    n_current: float


def weighted_d(
    reference: npt.ArrayLike,
    current: npt.ArrayLike,
    reference_weights: npt.ArrayLike | None = None,
    current_weights: npt.ArrayLike | None = None,
) -> WeightedD:
    """D between two weighted samples: with equal weights, the two-sample KS statistic.

    Parameters
    ----------
    reference, current : arrays of shape (n,) and (m,)
        NaN counts as missing and is left out, with its weight.
    reference_weights, current_weights : arrays of the same shapes, optional
        Finite, not negative; by default all equal. Only their ratios matter. Effective sizes
        are Kish's (1965).

    Raises
    ------
    RecordsError
        If lengths differ, a value is infinite, a weight is negative or not finite, or a
        sample has no value with a weight above 0.

    Examples
    --------
    >>> found = weighted_d([1, 2], [1, 2], [1, 1], [3, 1])
    >>> found.statistic, found.location, found.n_reference, found.n_current
    (0.25, 1.0, 2.0, 1.6)
    """
    one, first = _weighted("reference", reference, reference_weights)
    other, second = _weighted("current", current, current_weights)
    points, at = np.unique(np.concatenate([one, other]), return_inverse=True)
    masses = (
        np.bincount(at[: len(one)], first, len(points)),
        np.bincount(at[len(one) :], second, len(points)),
    )
    below, below_current = (np.cumsum(mass) / mass.sum() for mass in masses)
    gaps = np.abs(below - below_current)
    # Both functions end at 1; what sums of weights leave there is rounding.
    gaps[-1] = 0
    widest = int(gaps.argmax())
    return WeightedD(
        float(gaps[widest]), float(points[widest]), effective_n(first), effective_n(second)
    )


def effective_n(weights: npt.ArrayLike) -> float:
    """Kish's (1965) effective size of weighted records: (Σw)² / Σw².

    Raises
    ------
    RecordsError
        If a weight is negative or not finite, or none is above 0.

    Examples
    --------
    >>> effective_n([1, 1, 1, 1]), round(effective_n([1, 1, 4]), 6)
    (4.0, 2.0)
    """
    w = np.asarray(weights, dtype=np.float64)
    _check_weights(w, "a weight")
    if not w.sum() > 0:
        raise RecordsError("no weight is above 0: there is nothing to weigh")
    return float(w.sum() ** 2 / (w**2).sum())


def chance_d(n: float, m: float, level: float = 0.05) -> float:
    """The D that chance alone exceeds with a probability of ``level``, if nothing changed.

    From the asymptotic distribution of D (Kolmogorov 1933; up to nm / (n + m) = 100,000 by
    `scipy.stats.kstwo`), for *independent* records. Real records of one day have much in
    common, so chance does more than this: see `drift.days`.

    Parameters
    ----------
    n, m : float
        Sizes, or effective sizes.

    Raises
    ------
    SettingError
        If the level is not between 0 and 1, or a size is below 1.

    Examples
    --------
    >>> round(chance_d(10_000, 10_000), 4)
    0.0192
    """
    check_level(level)
    size = effective_size(n, m)
    if size <= MAX_KSTWO:
        return float(stats.kstwo.isf(level, max(1, round(size))))
    return float(special.kolmogi(level) / np.sqrt(size))


def _weighted(
    said: str, values: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, Floats]:
    numbers = np.asarray(values, dtype=np.float64).ravel()
    given = np.ones(len(numbers)) if weights is None else np.asarray(weights, dtype=np.float64)
    check_lengths(**{f"{said} values": numbers, f"{said} weights": given})
    if np.isinf(numbers).any():
        raise RecordsError(f"the {said} sample holds infinities: replace them by numbers or by NaN")
    _check_weights(given, f"a {said} weight")
    present = ~np.isnan(numbers)
    if not given[present].sum() > 0:
        raise RecordsError(f"the {said} sample has no value with a weight: D needs at least one")
    return numbers[present], given[present]


def _check_weights(weights: Floats, said: str) -> None:
    wrong = weights[~((weights >= 0) & (weights < np.inf))]
    if len(wrong):
        raise RecordsError(f"{said} is {wrong[0]}: give finite weights of 0 or more")
