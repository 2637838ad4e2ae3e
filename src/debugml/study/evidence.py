"""Drift as evidence: two questions and their errors, intervals for D, and what p says of n."""

from __future__ import annotations

import bisect
import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from .. import published
from ..drift.bootstrap import bootstrap_d
from ..drift.effect import d_bounds, equivalence, minimum_effect
from ..drift.ks import ks
from ..drift.pvalue import limit_error
from ..drift.size import predict_p, smallest_significant, solve_size
from ..features import featurize
from ..summary import Floats, Ints, ValueCounts
from ..trips import months_between
from .base import in_memory, result

LEVEL = 0.05

CELLS = 100
"""Simulated records are kept as counts in as many cells; the widest gap is at an edge."""

ROUNDING = 5e-7
"""D was published to six decimals."""

LEAST_LOG10_P = math.log10(5e-324)
"""Of the smallest positive double: a p below it is printed as 0."""

MONTHS_2018 = tuple(months_between("2018-01", "2018-12"))
MONTHS_2019 = tuple(months_between("2019-01", "2019-12"))

N_BY_THREES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


@result
def two_questions(
    tolerance: float = 0.05,
    sizes: tuple[int, ...] = N_BY_THREES,
    repeats: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """How often alarm, all-clear and KS speak, in simulated samples whose true D is known.

    Two normal distributions, one of them shifted: D = 2 Φ(shift / 2) − 1. n independent
    records a side, in 100 cells, the middle one's edge where the gap is widest.

    Returns
    -------
    DataFrame, one row a size and a true D (0, 0.5, 1, 1.5 and 2 times the tolerance)
        ``n``, ``true_d``; shares of the repeats: ``alarm`` (minimum-effect test, p ≤ 0.05),
        ``all_clear`` (equivalence test, p ≤ 0.05), ``cant_tell`` (neither), ``ks`` (KS,
        p ≤ 0.05), ``alarm_asymptotic`` (the alarm by Kolmogorov's limit); ``tolerance``,
        ``repeats``.
    """
    generator = np.random.default_rng(seed)
    smallest = smallest_significant(sizes, LEVEL)["statistic"]
    rows = []
    for n, significant in zip(sizes, smallest, strict=True):
        for true_d in (0.0, tolerance / 2, tolerance, 1.5 * tolerance, 2 * tolerance):
            counts = [generator.multinomial(n, p, repeats) for p in _shifted(true_d)]
            d = np.abs(np.cumsum(counts[0] - counts[1], axis=1)).max(axis=1) / n
            of_d = pd.DataFrame(
                [
                    (
                        minimum_effect(x, n, n, tolerance) <= LEVEL,
                        equivalence(x, n, n, tolerance) <= LEVEL,
                        # Ds are whole numbers of nths; a half of one allows for rounding.
                        x > significant - 0.5 / n,
                        minimum_effect(x, n, n, tolerance, method="asymptotic") <= LEVEL,
                    )
                    for x in d.tolist()
                ],
                columns=["alarm", "all_clear", "ks", "alarm_asymptotic"],
            )
            shares = of_d.mean().to_dict()
            silent = float((~(of_d["alarm"] | of_d["all_clear"])).mean())
            rows.append({"n": n, "true_d": true_d, **shares, "cant_tell": silent})
    columns = ["n", "true_d", "alarm", "all_clear", "cant_tell", "ks", "alarm_asymptotic"]
    return pd.DataFrame(rows)[columns].assign(tolerance=tolerance, repeats=repeats)


@result
def bootstrap_coverage(
    true_ds: tuple[float, ...] = (0.02, 0.05, 0.1, 0.3),
    sizes: tuple[int, ...] = (1_000, 10_000),
    repeats: int = 400,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """How often 95 % intervals hold the true D: the bootstrap's, and the bounds' from DKW.

    Samples as in `two_questions`.

    Returns
    -------
    DataFrame, one row a true D and a size
        ``true_d``, ``n``, ``repeats``; ``refused`` (share of the repeats in which the
        bootstrap gives no interval), ``given`` and ``held`` (how many it gives, how many of
        them hold the true D), ``coverage`` (held / given; 0 if none was given), ``width``
        (mean of those given; 0 if none); ``dkw_coverage``, ``dkw_width`` (all repeats).
    """
    generator = np.random.default_rng(seed)
    rows = []
    for true_d in true_ds:
        cells = _shifted(true_d)
        for n in sizes:
            given, held, bounds = [], 0, []
            for repeat in range(repeats):
                one, other = (_as_values(generator.multinomial(n, p)) for p in cells)
                found = bootstrap_d(one, other, draws=draws, seed=repeat, level=LEVEL)
                bounds.append(d_bounds(found.statistic, n, n, LEVEL))
                if found.low is not None and found.high is not None:
                    given.append(found.high - found.low)
                    held += found.low <= true_d <= found.high
            low, high = np.array(bounds).T
            rows.append(
                {
                    "true_d": true_d,
                    "n": n,
                    "repeats": repeats,
                    "refused": 1 - len(given) / repeats,
                    "given": len(given),
                    "held": held,
                    "coverage": held / len(given) if given else 0.0,
                    "width": float(np.mean(given)) if given else 0.0,
                    "dkw_coverage": float(np.mean((low <= true_d) & (true_d <= high))),
                    "dkw_width": float(np.mean(high - low)),
                }
            )
    return pd.DataFrame(rows)


@result
def limit_errors(
    sizes: tuple[int, ...] = (50, 500, 5_000, 50_000, 100_000, 500_000, 3_200_000),
    p_values: tuple[float, ...] = (0.5, 0.05, 1e-3, 1e-6, 1e-10),
) -> pd.DataFrame:
    """Kolmogorov's limit beside the finite-sample p: `drift.pvalue.limit_error`."""
    return limit_error(sizes, p_values)


@result
def significant_d(tests: tuple[int, ...] = (1, 11)) -> pd.DataFrame:
    """The smallest D with p ≤ 0.05 at n records a side, from 100 to a hundred million.

    Returns
    -------
    DataFrame, one row a size and a number of tests
        ``n``, ``tests`` (tested together, Bonferroni), ``statistic``.
    """
    sizes = [round(10 ** (exponent / 4)) for exponent in range(8, 33)]
    tables = [smallest_significant(sizes, LEVEL, t).assign(tests=t) for t in tests]
    return pd.concat(tables, ignore_index=True)[["n", "tests", "statistic"]]


@result
def published_check(reference: str = "january_february") -> pd.DataFrame:
    """Do the published Ds and ps agree? n from one row, p of the others from it.

    The row with the smallest p above 0 gives nm/(n + m), within what D's six decimals allow.
    With January's published rows that implies the other month's.

    Returns
    -------
    DataFrame, one row a feature, largest D first
        ``feature``, ``statistic``, ``p_published``, ``log10_p_published`` (where p is 0: of
        the smallest double, −323.3), ``log10_low``, ``log10_high`` (predicted), ``inside``
        (the published p lies between; a p of 0: the prediction is below every double),
        ``anchor`` (the row that gave the size), ``effective_size_low``,
        ``effective_size_high``, ``implied_rows_low``, ``implied_rows_high``.
    """
    table = published.ks(reference).sort_values("statistic", ascending=False, ignore_index=True)
    anchor = table[table["p_value"] > 0].sort_values("p_value").iloc[0]
    sizes = solve_size(float(anchor["statistic"]), float(anchor["p_value"]), ROUNDING)
    rows = published.january_rows()["featurized"]
    implied = [round(size * rows / (rows - size)) for size in sizes]
    checked: list[dict[str, Any]] = []
    for row in table.to_dict("records"):
        low, high = predict_p(row["statistic"], sizes, ROUNDING)
        p = float(row["p_value"])
        printed = math.log10(p) if p else LEAST_LOG10_P
        checked.append(
            {
                "feature": row["feature"],
                "statistic": row["statistic"],
                "p_published": p,
                "log10_p_published": printed,
                "log10_low": low,
                "log10_high": high,
                "inside": low <= printed <= high if p else low < LEAST_LOG10_P,
                "anchor": row["feature"] == anchor["feature"],
            }
        )
    return pd.DataFrame(checked).assign(
        effective_size_low=sizes[0],
        effective_size_high=sizes[1],
        implied_rows_low=implied[0],
        implied_rows_high=implied[1],
    )


@result
def cps(
    feature: str = "trip_speed",
    reference: tuple[str, ...] = MONTHS_2018,
    current: tuple[str, ...] = MONTHS_2019,
    repeats: int = 100,
    seed: int = 0,
) -> pd.DataFrame:
    """Coefficient, p and sample size: D and its p in subsamples of two years' trips.

    The chart of Lin, Lucas and Shmueli (2013), with D for the coefficient.

    Returns
    -------
    DataFrame, one row a size
        ``feature``, ``n`` (trips a side, drawn without replacement; the last: all of the
        smaller side), ``d``, ``d_low``, ``d_high``, ``p``, ``p_low``, ``p_high`` (median and
        5–95 % of the repeats), ``significant`` (share with p < 0.05), ``repeats``.
    """
    one, other = (_pooled(feature, months) for months in (reference, current))
    most = min(len(one), len(other))
    generator = np.random.default_rng(seed)
    rows = []
    for n in [*(n for n in N_BY_THREES if n < most), most]:
        tests = []
        for _ in range(repeats):
            drawn = [generator.choice(x, n, replace=False, shuffle=False) for x in (one, other)]
            tests.append(ks(*(ValueCounts.of(x) for x in drawn)))
        # p falls as D grows: in the order of D, few of the ps, which are slow, need a look.
        tests.sort(key=lambda test: test.statistic)
        low, middle, high = (tests[round(q * (repeats - 1))] for q in (0.05, 0.5, 0.95))
        first = bisect.bisect_left(tests, True, key=lambda test: test.p_value < LEVEL)
        rows.append(
            {
                "feature": feature,
                "n": n,
                "d": middle.statistic,
                "d_low": low.statistic,
                "d_high": high.statistic,
                "p": middle.p_value,
                "p_low": high.p_value,
                "p_high": low.p_value,
                "significant": 1 - first / repeats,
                "repeats": repeats,
            }
        )
    return pd.DataFrame(rows)


def _shifted(true_d: float) -> tuple[Floats, Floats]:
    """Shares of two normal distributions in the cells; their distribution functions part by D."""
    shift = 2 * stats.norm.ppf((1 + true_d) / 2)
    inner = stats.norm.ppf(np.arange(1, CELLS) / CELLS) + shift / 2
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    return np.diff(stats.norm.cdf(edges)), np.diff(stats.norm.cdf(edges - shift))


def _as_values(counts: Ints) -> ValueCounts:
    at = np.flatnonzero(counts)
    return ValueCounts(at.astype(np.float64), counts[at])


def _pooled(feature: str, months: tuple[str, ...]) -> Any:
    return np.concatenate([featurize(in_memory(m))[feature].to_numpy() for m in months])
