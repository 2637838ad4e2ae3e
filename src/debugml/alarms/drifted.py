"""Policies that watch the features alone: no labels, no model, nothing to wait for.

Each decides by its most alarming feature, as a page of many charts does.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..drift.calendar import calendar_ks
from ..drift.detection.classifier import domain_auc
from ..drift.detection.mmd import mmd_test
from ..drift.detection.scaling import Scaling
from ..drift.effect import minimum_effect
from ..drift.ks import KSResult
from ..multiplicity import bonferroni, holm
from .periods import Pair, Period
from .policy import Policy

_TIME = "time of the record"


def ks_p(level: float = 0.05) -> Policy:
    """Any feature's KS test (Hodges 1958) has p below the level, however many features there are.

    Examples
    --------
    >>> ks_p().name
    'KS p < 0.05'
    """
    return Policy(f"KS p < {level:g}", _least_p, level, "below")


def ks_bonferroni(level: float = 0.05) -> Policy:
    """The same with Bonferroni's correction, p times the number of features (Rabanser et al. 2019).

    Examples
    --------
    >>> ks_bonferroni().side
    'below'
    """
    return Policy(f"KS, Bonferroni, {level:g}", _family_p, level, "below")


def d_above(tolerance: float) -> Policy:
    """The largest D is above a tolerance, at any n: a size, as Lin et al. (2013) ask for.

    Examples
    --------
    >>> d_above(0.1).name
    'D > 0.1'
    """
    return Policy(
        f"D > {tolerance:g}",
        lambda pair: max(result.statistic for result in pair.ks.results.values()),
        tolerance,
    )


def minimum_effect_above(tolerance: float, level: float = 0.05) -> Policy:
    """The minimum-effect test (`drift.minimum_effect`) says that some D is above a tolerance.

    Murphy and Myors (1999), with Holm's (1979) correction over the features.

    Examples
    --------
    >>> minimum_effect_above(0.05).name
    'minimum effect 0.05'
    """

    def measure(pair: Pair) -> float:
        found = pair.ks.results.values()
        return float(
            holm(
                [minimum_effect(r.statistic, r.n_reference, r.n_current, tolerance) for r in found]
            ).min()
        )

    return Policy(f"minimum effect {tolerance:g}", measure, level, "below")


def calendar_d_above(tolerance: float) -> Policy:
    """The largest D between average weeks (`drift.calendar_ks`) is above a tolerance.

    Post-stratified (Holt and Smith 1979). Needs each period's span; records outside
    it are left out.

    Examples
    --------
    >>> calendar_d_above(0.1).name
    'calendar-aware D > 0.1'
    """
    return Policy(f"calendar-aware D > {tolerance:g}", _calendar_d, tolerance)


def psi_above(mark: float) -> Policy:
    """The largest population stability index is above a customary mark, 0.1 or 0.25.

    The marks know nothing of n (Yurdakul and Naranjo 2020).

    Examples
    --------
    >>> psi_above(0.25).name
    'PSI > 0.25'
    """
    return Policy(f"PSI > {mark:g}", lambda pair: float(pair.compared["psi"].max()), mark)


def wasserstein_above(mark: float) -> Policy:
    """The largest Wasserstein distance, in reference standard deviations, is above a mark.

    Vallender (1974); a single absurd value can carry it.

    Examples
    --------
    >>> wasserstein_above(0.1).name
    'Wasserstein > 0.1'
    """
    return Policy(
        f"Wasserstein > {mark:g}", lambda pair: float(pair.compared["wasserstein"].max()), mark
    )


def mmd(level: float = 0.05, rows: int = 1000, permutations: int = 199) -> Policy:
    """The MMD permutation test (`drift.detection.mmd_test`) of all standardised features.

    Gretton et al. (2012). Its time grows with n², so it sees a random part of each period.

    Parameters
    ----------
    rows : int
        Of each period, drawn at random.

    Examples
    --------
    >>> mmd().name
    'MMD p < 0.05'
    """

    def measure(pair: Pair) -> float:
        one, other = (_thinned(period, rows) for period in (pair.reference, pair.current))
        # By both together: a scale that one of them set would tell the two apart.
        scaling = Scaling.of(pd.concat([one, other]))
        return mmd_test(scaling.apply(one), scaling.apply(other), permutations=permutations).p_value

    return Policy(f"MMD p < {level:g}", measure, level, "below")


def domain_auc_above(mark: float, rows: int = 2000) -> Policy:
    """A classifier tells the two periods apart with an AUC above a mark.

    Lopez-Paz and Oquab (2017): `drift.detection.domain_auc`, two folds, on a random part
    of each period.

    Parameters
    ----------
    rows : int
        Of each period, drawn at random.

    Examples
    --------
    >>> domain_auc_above(0.6).name
    'domain AUC > 0.6'
    """

    def measure(pair: Pair) -> float:
        one, other = (_thinned(period, rows) for period in (pair.reference, pair.current))
        return domain_auc(one, other, folds=2, permute=False).auc

    return Policy(f"domain AUC > {mark:g}", measure, mark)


def _family_p(pair: Pair) -> float:
    return float(bonferroni(np.append(_least_p(pair), np.ones(len(pair.ks) - 1))).min())


def _least_p(pair: Pair) -> float:
    """The smallest p-value. Among features with as many values, that of the largest D."""
    widest: dict[tuple[int, int], KSResult] = {}
    for result in pair.ks.results.values():
        widest.setdefault((result.n_reference, result.n_current), result)
    return min(result.p_value for result in widest.values())


def _calendar_d(pair: Pair) -> float:
    found = calendar_ks(
        _inside(pair.reference),
        _inside(pair.current),
        [str(name) for name in pair.reference.features],
        time=_TIME,
        reference_span=pair.reference.covers,
        current_span=pair.current.covers,
    )
    return float(found["d_left"].max())


def _inside(period: Period) -> pd.DataFrame:
    start, end = period.covers
    inside = ((period.times >= start) & (period.times < end)).to_numpy()
    return period.features[inside].assign(**{_TIME: period.times[inside]})


def _thinned(period: Period, rows: int) -> pd.DataFrame:
    """A random part, the same one each time."""
    if period.n <= rows:
        return period.features
    chosen = np.random.default_rng(0).choice(period.n, rows, replace=False)
    return period.features.iloc[chosen]
