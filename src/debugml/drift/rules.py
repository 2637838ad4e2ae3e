"""What makes an alarm of a D? Rules, each from a test's result to yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..errors import SettingError
from .effect import check_level, minimum_effect
from .ks import KSResult
from .pvalue import asymptotic_p

Rule: TypeAlias = Callable[[KSResult], bool]


def significant(level: float = 0.05, looks: int = 1) -> Rule:
    """Alarm if D's asymptotic p is at most level / looks.

    p is that of Kolmogorov (1933) and Smirnov (1939), see `drift.pvalue.asymptotic_p`. A window
    that is tested again and again alarms by chance sooner or later: ``looks`` is how many tests
    Bonferroni's correction allows for (Dunn 1961, "Multiple comparisons among means").

    Raises
    ------
    SettingError
        If the level is not between 0 and 1, or there is no look.

    Examples
    --------
    >>> one = KSResult(0.05, 0.0, 1, 10_000, 1000, 500, 100)
    >>> significant()(one), significant(looks=100)(one)
    (True, False)
    """
    _check(level, looks)
    return lambda result: (
        asymptotic_p(result.statistic, result.n_reference, result.n_current) * looks <= level
    )


def above(tolerance: float) -> Rule:
    """Alarm if D is above a tolerance, whatever the sizes.

    Raises
    ------
    SettingError
        If the tolerance is not a D from 0 to below 1.

    Examples
    --------
    >>> above(0.1)(KSResult(0.05, 0.0, 1, 10_000, 1000, 500, 100))
    False
    """
    if not 0 <= tolerance < 1:
        raise SettingError(f"tolerance is {tolerance}: give a D from 0 to below 1")
    return lambda result: result.statistic > tolerance


def exceeds(tolerance: float, level: float = 0.05, looks: int = 1) -> Rule:
    """Alarm if it is *shown* that D exceeds a tolerance: the minimum-effect test.

    By `drift.effect.minimum_effect`, which bounds D by Dvoretzky, Kiefer and Wolfowitz (1956)
    with Massart's constant (1990), in both samples.

    Raises
    ------
    SettingError
        As `above` and `significant` do.

    Examples
    --------
    >>> one = KSResult(0.25, 0.0, 1, 10_000, 1000, 5000, 250)
    >>> exceeds(0.1)(one), exceeds(0.2)(one)
    (True, False)
    """
    above(tolerance)
    _check(level, looks)

    return lambda result: (
        minimum_effect(result.statistic, result.n_reference, result.n_current, tolerance) * looks
        <= level
    )


def _check(level: float, looks: int) -> None:
    check_level(level)
    if not looks >= 1:
        raise SettingError(f"looks is {looks}: give one look or more")
