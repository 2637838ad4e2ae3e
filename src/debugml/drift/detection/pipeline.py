"""A representation and a test make a detector: two samples in, a decision out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from ...errors import SettingError
from ...summary import Floats
from ..effect import check_level
from .classifier import domain_test
from .evidence import Evidence
from .mmd import mmd_test
from .representation import Representation
from .univariate import chi_squared_test, ks_test

TestName: TypeAlias = Literal["ks", "chi-squared", "mmd", "classifier"]

PERMUTATIONS = 199


@dataclass(frozen=True)
class Detection:
    """A test's outcome, and what was decided on it.

    Attributes
    ----------
    test : str
    statistic : float
        Largest D (``ks``), χ² (``chi-squared``), squared MMD, or accuracy (``classifier``).
    p_value : float
        For all dimensions together.
    level : float
        The share of false alarms that one is ready for.
    dimensions : int
        Of the representation.
    n_reference, n_current : int
        Rows.
    """

    test: str
    statistic: float
    p_value: float
    level: float
    dimensions: int
    n_reference: int
    n_current: int

    @property
    def alarm(self) -> bool:
        """Whether p is at most the level."""
        return self.p_value <= self.level


def detect(
    reference: Any,
    current: Any,
    representation: Representation,
    test: TestName = "ks",
    level: float = 0.05,
    seed: int = 0,
) -> Detection:
    """Has the current sample another distribution than the reference sample?

    The pipeline of Rabanser et al. (2019), figure 1: represent both, test, decide.

    Parameters
    ----------
    reference, current : DataFrame
        The two samples.
    representation : Representation
        Fitted, on other rows than these: see `debugml.drift.detection.representation`.
    test : str
        ``ks``: univariate, with Bonferroni's correction; ``mmd``: all dimensions at once, by
        199 permutations; ``chi-squared``: for `HardOutputs`; ``classifier``: the domain
        classifier's.
    level : float
    seed : int
        For the tests that draw: permutations, halves.

    Raises
    ------
    SettingError
        If the test is not one of these, the level not between 0 and 1, or the representation
        not fitted.
    SchemaError, RecordsError
        If a column is absent, a value is NaN or infinite, or a sample has too few rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from debugml.drift.detection import NoReduction
    >>> past, before = pd.DataFrame({"x": range(100)}), pd.DataFrame({"x": range(0, 100, 2)})
    >>> after = before + 40
    >>> found = detect(before, after, NoReduction().fit(past))
    >>> found.alarm, round(found.statistic, 2)
    (True, 0.4)
    """
    check_level(level)
    work = named_test(test)
    one, other = representation.transform(reference), representation.transform(current)
    found = work(one, other, seed)
    return Detection(test, *found, level, one.shape[1], len(one), len(other))


def named_test(
    name: str, permutations: int = PERMUTATIONS, estimator: Any = None
) -> Callable[[Floats, Floats, int], Evidence]:
    """A test by its name, as a function of two arrays and a seed.

    Parameters
    ----------
    name : str
        As for `detect`.
    permutations : int
        Of ``mmd``.
    estimator : scikit-learn classifier, optional
        Of ``classifier``: see `domain_test`.

    Raises
    ------
    SettingError
        If there is no such test.

    Examples
    --------
    >>> import numpy as np
    >>> named_test("ks")(np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]]), 0).statistic
    1.0
    """
    match cast(TestName, name):
        case "ks":
            return lambda one, other, seed: ks_test(one, other)
        case "chi-squared":
            return chi_squared_test
        case "mmd":
            return lambda one, other, seed: mmd_test(one, other, permutations, seed)
        case "classifier":
            return lambda one, other, seed: domain_test(one, other, seed, estimator)
    raise SettingError(f"test is {name!r}: choose one of {', '.join(get_args(TestName))}")
