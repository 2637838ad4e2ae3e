"""What is the chance of so wide a gap, were nothing different? p of D, on any scale.

p mixes two things, how wide the gap is and how many records there are. At n in the
millions it answers the second question alone: see `p_by_size`, and `size` for the
smallest D that p calls significant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special, stats

from ..errors import SettingError

MAX_EXACT = 10_000
"""Up to this size of the larger sample, scipy's `method="auto"` tries the exact p."""

MAX_KSTWO = 100_000
"""Up to this nm / (n + m), p comes from the finite-sample distribution; above, from its limit."""


def effective_size(n: float, m: float) -> float:
    """nm / (n + m): of how many records one sample would be as informative about a known F.

    Raises
    ------
    SettingError
        If a sample has less than one record, or endlessly many.

    Examples
    --------
    >>> effective_size(1000, 1000)
    500.0
    """
    if not (1 <= n < np.inf and 1 <= m < np.inf):
        raise SettingError(f"samples of {n} and {m}: each needs at least one record")
    larger, smaller = sorted([float(n), float(m)], reverse=True)
    return larger * smaller / (larger + smaller)


def check_statistic(statistic: float) -> None:
    """A D, from 0 to 1.

    Raises
    ------
    SettingError
        If it is not.

    Examples
    --------
    >>> check_statistic(0.1)
    """
    if not 0 <= statistic <= 1:
        raise SettingError(f"a D of {statistic}: give a value from 0 to 1")


def p_at_gap(statistic: float, one: tuple[int, int], other: tuple[int, int]) -> float:
    """Two-sided p of D, as ``scipy.stats.ks_2samp(method="auto")`` gives it up to MAX_KSTWO.

    Parameters
    ----------
    statistic : float
        D.
    one, other : (at, n)
        Of each sample: how many values are at most the place of the widest gap, of how many.

    Examples
    --------
    >>> round(p_at_gap(0.5, (2, 4), (0, 4)), 3)
    0.771
    """
    if max(one[1], other[1]) > MAX_EXACT:
        return asymptotic_p(statistic, one[1], other[1])
    # D and p depend only on the sizes and on the counts where the gap is widest: two
    # samples of zeros and ones with these counts are enough for scipy's exact method.
    a, b = (np.repeat([0, 1], [at, n - at]) for at, n in (one, other))
    return float(stats.ks_2samp(a, b).pvalue)


def asymptotic_p(statistic: float, n: int, m: int) -> float:
    """Two-sided p of D without counting paths, for samples of n and m.

    Up to nm / (n + m) = 100,000 this is scipy's asymptotic method (`scipy.stats.kstwo`,
    Simard and L'Ecuyer 2011) at that size, rounded to a whole one from 1 on. Above, where that
    takes seconds, it is Kolmogorov's limit (Kolmogorov 1933, Smirnov 1939); `limit_error`
    tables the difference.

    Raises
    ------
    SettingError
        If a sample has no records, or D is not from 0 to 1.

    Examples
    --------
    >>> round(asymptotic_p(0.01, 10_000, 10_000), 4)
    0.6955
    """
    check_statistic(statistic)
    size = effective_size(n, m)
    if size <= MAX_KSTWO:
        return float(stats.kstwo.sf(statistic, max(1, round(size))))
    return float(special.kolmogorov(np.sqrt(size) * statistic))


def log10_p(statistic: float, size: float) -> float:
    """log10 of Kolmogorov's limiting p, also where p itself is too small for a double.

    Parameters
    ----------
    statistic : float
        D.
    size : float
        nm / (n + m).

    Returns
    -------
    float
        At most 0. From p ≈ 1e-16 on, the leading term 2 exp(−2 nm/(n+m) D²): the next one is
        smaller by that term's third power.

    Examples
    --------
    >>> round(log10_p(0.05, 1_000_000), 1)
    -2171.2
    """
    scaled = np.sqrt(size) * statistic
    if scaled < 4.5:
        return float(np.log10(special.kolmogorov(scaled)))
    return float((np.log(2) - 2 * scaled**2) / np.log(10))


def p_by_size(statistics: Sequence[float], sizes: Sequence[int]) -> pd.DataFrame:
    """Two-sided p of a fixed D in two samples of n each, as n grows.

    The chart that Lin, Lucas and Shmueli (2013, "Too big to fail: large samples and the
    p-value problem") ask for, with p by Kolmogorov (1933) and Smirnov (1939).

    Returns
    -------
    DataFrame
        One row a pair: ``statistic``, ``n``, ``p_value`` (`asymptotic_p`).

    Raises
    ------
    SettingError
        If a size is below 1, or a D is not from 0 to 1.

    Examples
    --------
    >>> p_by_size([0.01], [10_000, 1_000_000])["p_value"].round(4).tolist()
    [0.6955, 0.0]
    """
    rows = [(d, n, asymptotic_p(d, n, n)) for d in statistics for n in sizes]
    return pd.DataFrame(rows, columns=["statistic", "n", "p_value"])


def limit_error(sizes: Sequence[int], p_values: Sequence[float]) -> pd.DataFrame:
    """Kolmogorov's limit beside the finite-sample distribution of D, at given p.

    Parameters
    ----------
    sizes : sequence of int
        nm / (n + m), whole.
    p_values : sequence of float
        The limit's own p, above 0 and below 1: D is where the limit gives them.

    Returns
    -------
    DataFrame, one row a pair
        ``effective_size``, ``statistic`` (D), ``p_kstwo`` (`scipy.stats.kstwo`: one sample
        of that size), ``p_limit``, ``relative_error`` (of the limit, against ``p_kstwo``).

    Raises
    ------
    SettingError
        If a size is below 1, or a p is not between 0 and 1.

    Examples
    --------
    >>> limit_error([100, 10_000], [0.05])["relative_error"].round(3).tolist()
    [0.103, 0.009]
    """
    wrong = [p for p in p_values if not 0 < p < 1]
    if wrong:
        raise SettingError(f"a p-value of {wrong[0]}: give values above 0 and below 1")
    if min(sizes, default=1) < 1:
        raise SettingError(f"an effective size of {min(sizes)}: give 1 or more")
    rows = []
    for size in sizes:
        for p in p_values:
            d = float(min(special.kolmogi(p) / np.sqrt(size), 1.0))
            limit = float(special.kolmogorov(np.sqrt(size) * d))
            finite = float(stats.kstwo.sf(d, size))
            rows.append((size, d, finite, limit, limit / finite - 1 if finite else np.inf))
    columns = ["effective_size", "statistic", "p_kstwo", "p_limit", "relative_error"]
    return pd.DataFrame(rows, columns=columns)
