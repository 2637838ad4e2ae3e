"""Two questions that a p-value does not answer: is the change too large, is it small enough?

Both are asked of a *tolerance*: the largest D that nobody would get up for, in the unit of
D, the share of records. The minimum-effect test raises an alarm if the true D is above it;
the equivalence test gives the all-clear if it is below. Where neither says so, the records
can't tell (Wellek 2010, "Testing Statistical Hypotheses of Equivalence and Noninferiority").

All bounds hold for any distribution, with ties, at any n, if records are **independent**.
Trips of a day are not: they share weather, traffic and holidays, and then each p is too
small. Of several features tested together, correct the alarms' p (`multiplicity`); an
all-clear for every one of them needs no correction (Berger 1982).
"""

from __future__ import annotations

import math
from typing import Literal

from scipy import special

from ..errors import SettingError
from .pvalue import check_statistic, effective_size

Verdict = Literal["drifted", "same", "can't tell"]


def d_bounds(statistic: float, n: int, m: int, level: float = 0.05) -> tuple[float, float]:
    """Bounds for the true D, that hold with probability 1 − ``level`` or more.

    Each empirical distribution function lies within √(ln(4/level) / 2n) of the true one, but
    for half the level (Dvoretzky, Kiefer and Wolfowitz 1956, with the constant of Massart
    1990); D can be off by both distances together.

    Parameters
    ----------
    statistic : float
        D observed, from 0 to 1.
    n, m : int
        Independent records of the two samples.
    level : float
        Above 0 and below 1.

    Returns
    -------
    (low, high)
        Within [0, 1]. ``low`` is above a tolerance just where `minimum_effect` is below
        ``level`` for it.

    Raises
    ------
    SettingError
        If an argument is out of range.

    Examples
    --------
    >>> low, high = d_bounds(0.1, 10_000, 10_000)
    >>> round(low, 3), round(high, 3)
    (0.07, 0.13)
    """
    _check(statistic, n, m)
    check_level(level)
    reach = math.sqrt(math.log(4 / level) / 2) * (1 / math.sqrt(n) + 1 / math.sqrt(m))
    return max(0.0, statistic - reach), min(1.0, statistic + reach)


def minimum_effect(
    statistic: float,
    n: int,
    m: int,
    tolerance: float,
    classes: int | None = None,
    method: Literal["bound", "asymptotic"] = "bound",
) -> float:
    """p of "the true D is at most the tolerance": a small one raises an alarm.

    With t = D − tolerance (p is 1 where t ≤ 0) and N = nm/(n + m):

    - ``bound``: 4 exp(−2 t² nm / (√n + √m)²), the bound of `d_bounds` solved for its level.
      It holds at every n.
    - ``asymptotic``: Kolmogorov's limiting p at √N t; at tolerance 0 that is KS's own.
      D − tolerance is at most sup |Z| / √N, with Z the scaled error of the difference of
      the two functions. For large n and a standard normal g independent of Z,
      Z + √(nm) (F − G) g / (n + m) is a Brownian bridge at (mF + nG) / (n + m), and without
      the second term sup |Z| can only be smaller in distribution (Anderson 1955). Simulated
      from 100 records a side on, it fires at less than its level: about half of it.
    - ``classes`` = k: ``statistic`` is the total variation between the shares of k classes,
      the largest difference in the share of any set of them. There are 2ᵏ − 2 sets that are
      neither empty nor everything; Hoeffding's bound (1963) on each gives
      (2ᵏ − 2) exp(−2 N t²). For one sample that is the bound of Weissman et al. (2003).

    Parameters
    ----------
    statistic : float
        D, or total variation, observed.
    n, m : int
        Independent records of the two samples.
    tolerance : float
        From 0 up to, not with, 1.
    classes : int, optional
        How many classes there could have been; at least 2. Named before looking: counted in
        the samples, rare ones are too few, and p too small.
    method : str
        For D: ``"bound"`` or ``"asymptotic"``.

    Raises
    ------
    SettingError
        If an argument is out of range.

    Examples
    --------
    >>> round(minimum_effect(0.1, 10_000, 10_000, tolerance=0.05), 6)
    1.5e-05
    >>> minimum_effect(0.04, 10_000, 10_000, tolerance=0.05)
    1.0
    """
    _check(statistic, n, m, tolerance)
    beyond = statistic - tolerance
    if classes is not None and classes < 2:
        raise SettingError(f"{classes} classes: total variation needs 2 or more")
    if method not in ("bound", "asymptotic"):
        raise SettingError(f"the method {method!r} is not known: use 'bound' or 'asymptotic'")
    if beyond <= 0:
        return 1.0
    size = effective_size(n, m)
    if classes is not None:
        # In logs: 2 to the power of the number of zones is no float.
        sets = classes * math.log(2) + math.log1p(-(2.0 ** (1 - classes)))
        return min(1.0, math.exp(min(0.0, sets - 2 * size * beyond**2)))
    if method == "asymptotic":
        return float(special.kolmogorov(math.sqrt(size) * beyond))
    each = 1 / (1 / math.sqrt(n) + 1 / math.sqrt(m)) ** 2
    return min(1.0, 4 * math.exp(-2 * each * beyond**2))


def equivalence(statistic: float, n: int, m: int, tolerance: float) -> float:
    """p of "the true D is the tolerance or more": a small one gives the all-clear.

    If the true D is that large, the two functions are so far apart at some point, and D
    observed is at least the gap observed at that point. So no supremum comes in: Hoeffding's
    bound (1963) at one point gives exp(−2 (tolerance − D)² nm/(n + m)), and 1 where D is
    the tolerance or more. It holds at every n, with ties, and for total variation alike,
    with a set of classes for the point.

    Parameters
    ----------
    statistic : float
        D, or total variation, observed.
    n, m : int
        Independent records of the two samples.
    tolerance : float
        From 0 up to, not with, 1.

    Raises
    ------
    SettingError
        If an argument is out of range.

    Examples
    --------
    >>> round(equivalence(0.02, 10_000, 10_000, tolerance=0.05), 6)
    0.000123
    """
    _check(statistic, n, m, tolerance)
    below = tolerance - statistic
    if below <= 0:
        return 1.0
    return math.exp(-2 * effective_size(n, m) * below**2)


def verdict(p_alarm: float, p_clear: float, level: float = 0.05) -> Verdict:
    """What the two tests say together. They can't both be small: D is above or below.

    Parameters
    ----------
    p_alarm, p_clear : float
        From `minimum_effect` and `equivalence`, at one tolerance.
    level : float
        A p of at most this decides.

    Raises
    ------
    SettingError
        If the level, or a p, is out of range.

    Examples
    --------
    >>> verdict(0.0001, 1.0), verdict(1.0, 0.0001), verdict(0.3, 1.0)
    ('drifted', 'same', "can't tell")
    """
    check_level(level)
    for p in (p_alarm, p_clear):
        if not 0 <= p <= 1:
            raise SettingError(f"a p-value is {p}: give values from 0 to 1")
    if p_alarm <= level:
        return "drifted"
    return "same" if p_clear <= level else "can't tell"


def check_level(level: float, said: str = "level") -> float:
    """A level of a test, or the confidence of an interval; ``said`` is what the error calls it.

    Raises
    ------
    SettingError
        If it is not above 0 and below 1.

    Examples
    --------
    >>> check_level(0.05)
    0.05
    """
    if not 0 < level < 1:
        usual = 0.95 if said == "confidence" else 0.05
        raise SettingError(f"{said} is {level}: give a value above 0 and below 1, such as {usual}")
    return level


def _check(statistic: float, n: int, m: int, tolerance: float = 0.0) -> None:
    check_statistic(statistic)
    if not 0 <= tolerance < 1:
        raise SettingError(f"a tolerance of {tolerance}: give a value from 0 up to, not with, 1")
    effective_size(n, m)
