"""How far do two models decide differently, and how far apart are several models' figures?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ..errors import RecordsError
from ..labels import check_lengths, zeros_and_ones


@dataclass(frozen=True)
class Churn:
    """How two models' decisions on the same records differ.

    Attributes
    ----------
    n : int
        Records.
    rate : float
        Share of records that the two decide differently.
    yes_a, yes_b : float
        Share of records that each says yes to.
    expected : float
        The rate of two independent models with these shares: a (1 − b) + b (1 − a).
    kappa : float
        1 − rate / expected (Cohen 1960): 1 for equal decisions, 0 for independent ones. 1
        where both say the same to everything, so that no difference is expected.
    """

    n: int
    rate: float
    yes_a: float
    yes_b: float
    expected: float
    kappa: float


def churn(a: npt.ArrayLike, b: npt.ArrayLike) -> Churn:
    """Share of records that two models decide differently (Milani Fard et al. 2016).

    Two models that say yes to nearly everything can hardly differ, so the share alone tells
    little: `Churn.expected` is what independent models with the same shares of yes would
    give.

    Parameters
    ----------
    a, b : array of shape (n,)
        Decisions, 0 or 1, on the same records in the same order.

    Raises
    ------
    RecordsError
        If there are none, lengths differ, or a decision is not 0 or 1.

    Examples
    --------
    >>> two = churn([1, 1, 1, 0], [1, 1, 0, 1])
    >>> two.rate, two.expected, round(two.kappa, 3)
    (0.5, 0.375, -0.333)
    """
    check_lengths(a=a, b=b)
    one, two = zeros_and_ones(a, "decision"), zeros_and_ones(b, "decision")
    if len(one) == 0:
        raise RecordsError("no decisions: churn needs at least one record")
    yes_a, yes_b = float(one.mean()), float(two.mean())
    rate = float((one != two).mean())
    expected = yes_a * (1 - yes_b) + yes_b * (1 - yes_a)
    return Churn(len(one), rate, yes_a, yes_b, expected, 1 - rate / expected if expected else 1.0)


def pairwise_churn(decisions: npt.ArrayLike) -> list[Churn]:
    """Churn of each pair of models.

    Parameters
    ----------
    decisions : array of shape (models, n)
        0 or 1.

    Raises
    ------
    RecordsError
        If there are fewer than two models, or as `churn`.

    Examples
    --------
    >>> [pair.rate for pair in pairwise_churn([[1, 1], [1, 0], [0, 0]])]
    [0.5, 1.0, 0.5]
    """
    rows = np.asarray(decisions)
    if rows.ndim != 2 or len(rows) < 2:
        raise RecordsError(f"decisions of shape {rows.shape}: give a row for each of two models")
    return [churn(a, b) for a, b in combinations(rows, 2)]


@dataclass(frozen=True)
class Spread:
    """How far apart the figures of several models are.

    Attributes
    ----------
    models : int
    mean, sd : float
        Mean, and standard deviation with models − 1 in its denominator.
    lowest, highest : float
    """

    models: int
    mean: float
    sd: float
    lowest: float
    highest: float


def spread(values: npt.ArrayLike) -> Spread:
    """Spread of one figure across models that a test month could not part.

    D'Amour et al. (2020) call a pipeline underspecified if such models differ where it is
    used though they agree where it was tested.

    Parameters
    ----------
    values : array of shape (models,)
        One figure of each model, on the same records.

    Raises
    ------
    RecordsError
        If there are fewer than two, or one is not finite.

    Examples
    --------
    >>> spread([0.70, 0.72, 0.74]).sd.__round__(3)
    0.02
    """
    figures = np.asarray(values, dtype=np.float64).ravel()
    if len(figures) < 2 or not np.isfinite(figures).all():
        raise RecordsError(f"figures {figures.tolist()}: give a finite one for each of two models")
    return Spread(
        models=len(figures),
        mean=float(figures.mean()),
        sd=float(figures.std(ddof=1)),
        lowest=float(figures.min()),
        highest=float(figures.max()),
    )
