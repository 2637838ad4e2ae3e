"""What "Failing Loudly" reports about detectors, written down before any of it was tested.

Rabanser, Günnemann and Lipton (2019), section 5, on images. Each ordering says where in the
paper it stands, and by which difference of ours it is judged. The rule for all of them is in
`debugml.study.shifts.paper_orderings`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

CELL = ["kind", "intensity", "share", "n"]
DETECTOR = ["representation", "test"]

REPRESENTATIONS = ("NoRed", "PCA", "SRP", "UAE", "TAE", "BBSDs")
"""Those that both tests are run on."""

FEW, MANY = 100, 500
"""Up to 100 records is the paper's own "low-sample regime"; from 500 on there are many."""

FEWEST_KINDS = 6
"""With fewer, even if all agreed, a sign test could not reach 5 %: that is weak evidence."""

MARGIN = 0.05
"""Detectors that differ by less than this share of shifts are "comparable"."""


@dataclass(frozen=True)
class Ordering:
    """One sentence of the paper, and the difference that it is judged by.

    Attributes
    ----------
    ordering : str
        What the paper finds.
    where : str
        Section and table.
    rule : str
        What is subtracted from what; above 0 speaks for the paper.
    compare : function
        From detections by cell (rows) and detector (columns) to a difference for each cell.
    margin : float
        Above 0: the paper says "comparable", and the difference is to lie within this.
    """

    ordering: str
    where: str
    rule: str
    compare: Callable[[Any], Any]
    margin: float = 0.0


def judge(ordering: Ordering, power: pd.DataFrame) -> dict[str, Any]:
    """One row of `debugml.study.shifts.paper_orderings`.

    Parameters
    ----------
    ordering : Ordering
    power : DataFrame
        Rows of `debugml.study.shifts.shift_power`, without the control.

    Examples
    --------
    >>> cells = [(kind, n, test) for kind in "ab" for n in (20, 50) for test in ("ks", "mmd")]
    >>> power = pd.DataFrame(cells, columns=["kind", "n", "test"])
    >>> power = power.assign(intensity="medium", share=1.0, representation="PCA")
    >>> power["detected"] = 0.2 + 0.3 * (power["test"] == "ks")
    >>> more = Ordering("KS", "", "KS less MMD", lambda of: of["PCA", "ks"] - of["PCA", "mmd"])
    >>> found = judge(more, power)
    >>> round(found["difference"], 2), found["kinds"], found["verdict"], found["weak"]
    (0.3, 2, 'held', True)
    """
    wide = power.pivot(index=CELL, columns=DETECTOR, values="detected")
    by_kind = ordering.compare(wide).dropna().groupby(level="kind").mean()
    mean, kinds = float(by_kind.mean()), len(by_kind)
    half = float(stats.t.ppf(0.975, kinds - 1) * by_kind.std(ddof=1) / np.sqrt(kinds))
    low, high, margin = mean - half, mean + half, ordering.margin
    if margin:
        held, failed = -margin < low and high < margin, low > margin or high < -margin
        agree = int((by_kind.abs() < margin).sum())
    else:
        held, failed, agree = low > 0, high < 0, int((by_kind > 0).sum())
    return {
        "ordering": ordering.ordering,
        "where": ordering.where,
        "rule": ordering.rule,
        "difference": mean,
        "low": low,
        "high": high,
        "kinds": kinds,
        "agree": agree,
        "margin": margin,
        "verdict": "held" if held else "not held" if failed else "undecided",
        "weak": kinds < FEWEST_KINDS,
    }


def _best_of(name: str, test: str) -> Callable[[Any], Any]:
    """One representation less the best other one, which is chosen on the other kinds.

    Chosen and compared on the same detections, the best would look better than it is.
    """

    def compare(wide: Any) -> Any:
        of = wide.xs(test, axis=1, level="test")[list(REPRESENTATIONS)].dropna()
        means = of.drop(columns=name).groupby(level="kind").mean()
        parts = []
        for kind in means.index:
            best = means.drop(kind).mean().idxmax()
            part = of[of.index.get_level_values("kind") == kind]
            parts.append(part[name] - part[best])
        return pd.concat(parts)

    return compare


def _ks_less_mmd(wide: Any) -> Any:
    ks, mmd = (wide.xs(t, axis=1, level="test")[list(REPRESENTATIONS)] for t in ("ks", "mmd"))
    return (ks - mmd).mean(axis=1, skipna=False)


def _reduced_less_whole(wide: Any) -> Any:
    mmd = wide.xs("mmd", axis=1, level="test")
    return mmd.drop(columns="NoRed").mean(axis=1, skipna=False) - mmd["NoRed"]


def _soft_less_hard(wide: Any) -> Any:
    return wide["BBSDs", "ks"] - wide["BBSDh", "chi-squared"]


def _behind(wide: Any) -> Any:
    """How far the domain classifier is behind the mean univariate test."""
    univariate = wide.xs("ks", axis=1, level="test")[list(REPRESENTATIONS)].mean(axis=1)
    return univariate - wide["Classif", "classifier"]


def _behind_with_few(wide: Any) -> Any:
    behind = _behind(wide)
    return behind[behind.index.get_level_values("n") <= FEW]


def _catches_up(wide: Any) -> Any:
    behind, n = _behind(wide), wide.index.get_level_values("n")
    cell = ["kind", "intensity", "share"]
    few = behind[n <= FEW].groupby(level=cell).mean()
    return few - behind[n >= MANY].groupby(level=cell).mean()


def _papers_two(wide: Any) -> Any:
    """Mean of the two detectors that the paper tells this by: its best of either kind."""
    return wide[[("BBSDs", "ks"), ("UAE", "mmd")]].mean(axis=1, skipna=False)


def _more(level: str, one: Any, other: Any) -> Callable[[Any], Any]:
    """Detections at one value of a level less those at another, all else equal."""

    def compare(wide: Any) -> Any:
        both = _papers_two(wide).unstack(level)
        return both[one] - both[other]

    return compare


def _others_less_knock_out(wide: Any) -> Any:
    two = _papers_two(wide)
    two = two[two.index.get_level_values("intensity") == "medium"].droplevel("intensity")
    knocked = two.xs("knock-out", level="kind")
    others = two.drop("knock-out", level="kind").unstack("kind")
    return others.sub(knocked, axis=0).stack().swaplevel()


ORDERINGS = (
    Ordering(
        "Under univariate tests, soft outputs (BBSDs) detect most",
        "section 5, table 1a",
        "BBSDs less the best other (chosen on the other kinds), by KS",
        _best_of("BBSDs", "ks"),
    ),
    Ordering(
        "Univariate tests with Bonferroni do about as well as MMD",
        "section 5, table 1a",
        "KS less MMD, mean of six representations, n up to 200",
        _ks_less_mmd,
        margin=MARGIN,
    ),
    Ordering(
        "Under MMD, the untrained autoencoder (UAE) detects most",
        "section 5, table 1a",
        "UAE less the best other (chosen on the other kinds), by MMD",
        _best_of("UAE", "mmd"),
    ),
    Ordering(
        "MMD does poorly without reduction",
        "section 5",
        "mean of five reductions less NoRed, by MMD",
        _reduced_less_whole,
    ),
    Ordering(
        "Hard outputs (BBSDh) detect less than soft ones",
        "table 1a",
        "BBSDs by KS less BBSDh by chi-squared",
        _soft_less_hard,
    ),
    Ordering(
        "The domain classifier does badly with up to 100 records",
        "section 5, table 1a",
        "mean of six KS tests less Classif, n up to 100",
        _behind_with_few,
    ),
    Ordering(
        "The domain classifier catches up with more records",
        "section 5, table 1a",
        "the same gap with n up to 100 less that from 500 on",
        _catches_up,
    ),
    Ordering(
        "Strong shifts are easier to detect than weak ones",
        "section 5, table 2a",
        "large less small, mean of BBSDs by KS and UAE by MMD",
        _more("intensity", "large", "small"),
    ),
    Ordering(
        "Shifts of all records are easier than shifts of a tenth",
        "section 5, table 2b",
        "share 100 % less 10 %, mean of BBSDs by KS and UAE by MMD",
        _more("share", 1.0, 0.1),
    ),
    Ordering(
        "More records make detection easier",
        "tables 1 and 2",
        "n = 200 less n = 20, mean of BBSDs by KS and UAE by MMD",
        _more("n", 200, 20),
    ),
    Ordering(
        "A knocked-out class is hard to detect",
        "section 5, table 1b",
        "other kinds less knock-out, mean of BBSDs by KS and UAE by MMD",
        _others_less_knock_out,
    ),
)
"""In the order of the paper's discussion."""
