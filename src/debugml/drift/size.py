"""What p says of n: the smallest D that is "significant", and n worked out from D and p."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from scipy import special

from ..errors import SettingError
from .effect import check_level
from .pvalue import log10_p, p_at_gap


def smallest_significant(sizes: Sequence[int], level: float = 0.05, tests: int = 1) -> pd.DataFrame:
    """The smallest D that two samples of n each can have and be called different.

    Between such samples D is a whole number of nths; of these, the first whose p
    (`pvalue.p_at_gap`) is at most ``level / tests``, found by bisection.

    Parameters
    ----------
    sizes : sequence of int
        n, records a side.
    level : float
        Above 0 and below 1.
    tests : int
        Features tested together: Bonferroni's correction.

    Returns
    -------
    DataFrame, one row a size
        ``n``, ``statistic``. Sizes at which not even D = 1 would do have 2, which no D is.

    Raises
    ------
    SettingError
        If a size or the number of tests is below 1 or not whole, or the level is out of range.

    Examples
    --------
    >>> smallest_significant([100, 1_000_000])["statistic"].round(4).tolist()
    [0.2, 0.0019]
    """
    check_level(level)
    if not (tests >= 1 and tests % 1 == 0):
        raise SettingError(f"{tests} tests: give a whole number from 1 on")
    rows = []
    for n in sizes:
        if not (n >= 1 and n % 1 == 0):
            raise SettingError(f"samples of {n}: give a whole number of records, from 1 on")
        rows.append((int(n), _first(int(n), level / tests)))
    return pd.DataFrame(rows, columns=["n", "statistic"])


def _first(n: int, level: float) -> float:
    # p falls as D grows. `low` is never significant, `high` always is. The limit, which
    # errs on the side of a larger p, says where to look; the ends stand where it misleads.
    low, high = 0, n
    if _p(n, high) > level:
        return 2.0
    guess = int(n * min(1.0, float(special.kolmogi(level)) / math.sqrt(n / 2)))
    for ahead in (int(0.98 * guess), guess + 1):
        if low < ahead < high:
            low, high = (low, ahead) if _p(n, ahead) <= level else (ahead, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _p(n, middle) <= level else (middle, high)
    return high / n


def _p(n: int, ahead: int) -> float:
    return p_at_gap(ahead / n, (ahead, n), (0, n))


def solve_size(statistic: float, p_value: float, rounding: float = 0.0) -> tuple[float, float]:
    """Between which nm / (n + m) a printed D and its p agree, by Kolmogorov's limit.

    The limiting distribution of D (Kolmogorov 1933, for two samples Smirnov 1939), solved for
    the size.

    Parameters
    ----------
    statistic : float
        D as printed.
    p_value : float
        Its two-sided p: above 0, below 1.
    rounding : float
        How far off the printed D can be: half a unit of its last digit.

    Returns
    -------
    (low, high)
        Effective sizes.

    Raises
    ------
    SettingError
        If p is not between 0 and 1, or D may be 0: then any size would do.

    Examples
    --------
    >>> low, high = solve_size(0.01, 0.05, rounding=0.0005)
    >>> round(low), round(high)
    (16730, 20437)
    """
    if not 0 < p_value < 1:
        raise SettingError(f"a p-value of {p_value} tells no size: give one above 0, below 1")
    if rounding < 0 or statistic - rounding <= 0:
        raise SettingError(
            f"a D of {statistic} ± {rounding}: give a D that rounding cannot have made of 0"
        )
    # log(2) − 2 z² = log(p), where the series' other terms are too small to matter.
    small = p_value < 1e-16
    scaled = math.sqrt(math.log(2 / p_value) / 2) if small else float(special.kolmogi(p_value))
    return (scaled / (statistic + rounding)) ** 2, (scaled / (statistic - rounding)) ** 2


def predict_p(
    statistic: float, effective_size: tuple[float, float], rounding: float = 0.0
) -> tuple[float, float]:
    """Between which log10 of p a printed D must lie, given between which sizes.

    In logarithms, by Kolmogorov's limit (1933, for two samples Smirnov 1939; `pvalue.log10_p`):
    no p is too small.

    Parameters
    ----------
    statistic : float
        D as printed.
    effective_size : (low, high)
        nm / (n + m), as `solve_size` gives them.
    rounding : float
        How far off the printed D can be.

    Returns
    -------
    (low, high)
        log10 of p.

    Raises
    ------
    SettingError
        If D, the rounding or a size is negative, or the sizes are the wrong way round.

    Examples
    --------
    >>> low, high = predict_p(0.05, (990_000, 1_010_000))
    >>> round(low), round(high)
    (-2193, -2149)
    """
    smallest, largest = effective_size
    if statistic < 0 or rounding < 0:
        raise SettingError(f"a D of {statistic} ± {rounding}: neither can be negative")
    if not 0 <= smallest <= largest:
        raise SettingError(f"effective sizes {effective_size}: give (low, high), from 0 on")
    return (
        log10_p(statistic + rounding, largest),
        log10_p(max(statistic - rounding, 0.0), smallest),
    )
