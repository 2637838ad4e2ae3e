"""Many tests at once: p-values that stay honest when the worst of them is picked out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .errors import RecordsError
from .summary import Floats


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjusted p-values that bound the chance of even one false alarm among all tests.

    To call every test with an adjusted p of at most 0.05 keeps that chance at 5 % or less,
    however the tests depend on one another, and calls at least what Bonferroni calls
    (Holm 1979, "A simple sequentially rejective multiple test procedure").

    Parameters
    ----------
    p_values : array of shape (tests,)
        One p-value for each test that was *looked at*, not only the small ones.

    Returns
    -------
    float64 array of shape (tests,)
        In the order given, at most 1.

    Raises
    ------
    RecordsError
        If a p-value is missing or outside [0, 1].

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    # The smallest has all tests against it, the next one fewer; none may pass one before it.
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def bonferroni(p_values: npt.ArrayLike) -> Floats:
    """Adjusted p-values that bound the chance of one false alarm: each times the tests.

    It promises what `holm` promises and calls no more; its virtue is that a p-value is
    adjusted without a look at the others (Dunn 1961, "Multiple comparisons among means").

    Parameters
    ----------
    p_values : array of shape (tests,)
        One p-value for each test that was *looked at*, not only the small ones.

    Returns
    -------
    float64 array of shape (tests,)
        In the order given, at most 1.

    Raises
    ------
    RecordsError
        If a p-value is missing or outside [0, 1].

    Examples
    --------
    >>> bonferroni([0.01, 0.04, 0.5]).round(2).tolist()
    [0.03, 0.12, 1.0]
    """
    p = _checked(p_values)
    return np.minimum(p * len(p), 1)


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    """Adjusted p-values that bound the share of false alarms among the alarms.

    To call every test with an adjusted p of at most 0.05 keeps the expected share of false
    calls among the calls (the false discovery rate) at 5 % or less, if the tests are
    independent or positively dependent (Benjamini and Hochberg 1995, "Controlling the false
    discovery rate"; Benjamini and Yekutieli 2001). It is a weaker promise than `holm`'s:
    of twenty alarms one may be false.

    Parameters
    ----------
    p_values : array of shape (tests,)
        One p-value for each test that was *looked at*, not only the small ones.

    Returns
    -------
    float64 array of shape (tests,)
        In the order given, at most 1.

    Raises
    ------
    RecordsError
        If a p-value is missing or outside [0, 1].

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.04, 0.04]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * (len(p) / np.arange(1, len(p) + 1))
    # From the largest down: a smaller p is never called later than a larger one.
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _checked(p_values: npt.ArrayLike) -> Floats:
    p = np.asarray(p_values, dtype=np.float64).ravel()
    outside = p[~((p >= 0) & (p <= 1))]
    if len(outside):
        raise RecordsError(f"a p-value is {outside[0]}: give values from 0 to 1")
    return p
