"""False alarms where nothing changed: a calm month split in two, by trips and by days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from ..drift.binning import Bins
from ..drift.categorical import chi_squared
from ..drift.detection.classifier import domain_test
from ..drift.detection.mmd import mmd_test
from ..drift.detection.scaling import Scaling
from ..drift.distance import psi
from ..drift.effect import minimum_effect
from ..drift.ks import ks
from ..drift.null import FalseAlarms, Mask, halves_by_day, random_halves, split_d
from ..features import FEATURES, LABEL, featurize
from ..metrics import f1_score
from ..multiplicity import holm
from ..summary import Floats, ValueCounts
from ..training import predict
from .base import in_memory, model_of, payment, result
from .calendar import PICKUP

CALM = "2019-10"
LEVEL = 0.05
TOLERANCE = 0.05
"""Of D, for the minimum-effect test and for D itself."""

PSI_MARK = 0.1
DAYS = 28
"""Four of each weekday, so that halves can hold as many of each."""

ANY = "any of 11"
NO_LEVEL = 0.0
"""What a rule that promises no level has in the column ``nominal``."""

_NEAR = 1.25
"""Within this factor of a level, the limit's p is not trusted with the decision."""

Alarms: TypeAlias = npt.NDArray[np.bool_]


@result
def null_rates(
    month: str = CALM,
    train: str = "2019-09",
    splits: int = 600,
    multivariate: int = 400,
    side: int = 250,
    seed: int = 0,
) -> pd.DataFrame:
    """How often each test alarms between two halves of the first 28 days of one calm month.

    Each split is halved in three ways: ``random``, trip by trip; ``days``, whole days at
    random; ``weekdays``, whole days, with two of each weekday on either side. KS p-values are
    exact where they decide (within a quarter of a level), else Kolmogorov's limit. The
    chi-squared tests pool rare classes (`drift.categorical.chi_squared`). PSI's classes are
    those that the whole month sets. MMD and the classifier (one tree of depth 4, for its
    cost) see ``side`` trips of each half, their features scaled by the month. F1 is that of a
    forest trained on the month before.

    The halves are of one month: its own days, no others. The interval covers which splits
    were drawn.

    Parameters
    ----------
    splits, multivariate : int
        Splits of each kind; MMD and the classifier, which cost more, see the first of them.
    side : int
        Trips of each half that they see.

    Returns
    -------
    DataFrame, one row a way of splitting and test
        ``month``, ``split``, ``test``, ``column`` (a feature, ``any of 11``, ``all 11`` at
        once, or what was counted), ``nominal`` (level that the test promises; 0 where it
        promises none), ``rate``, ``low``, ``high`` (95 %, Clopper and Pearson), ``splits``.
        Holm's correction alarms somewhere exactly when Bonferroni's does, so its row is equal.
    """
    features = featurize(in_memory(month), keep=(PICKUP, "payment_type"))
    start = pd.Timestamp(month)
    inside = (features[PICKUP] >= start) & (features[PICKUP] < start + pd.Timedelta(days=DAYS))
    trips = features[inside].reset_index(drop=True)
    decided = predict(model_of(train, seed), trips).to_numpy() == 1
    rows = []
    for split, halves in _splits(trips[PICKUP], splits, seed).items():
        tests = [
            *_univariate(trips, halves),
            *_classes(trips, halves),
            *_multivariate(trips, halves[:multivariate], side, seed),
            *_score(trips[LABEL].to_numpy() == 1, decided, halves),
        ]
        for test, column, nominal, alarms in tests:
            found = FalseAlarms.of(alarms)
            rows.append(
                {
                    "month": month,
                    "split": split,
                    "test": test,
                    "column": column,
                    "nominal": nominal,
                    "rate": found.rate,
                    "low": found.low,
                    "high": found.high,
                    "splits": found.splits,
                }
            )
    return pd.DataFrame(rows)


def _splits(times: pd.Series[Any], splits: int, seed: int) -> dict[str, list[Mask]]:
    make: dict[str, Callable[[np.random.Generator], Mask]] = {
        "random": lambda generator: random_halves(len(times), generator),
        "days": lambda generator: halves_by_day(times, generator),
        "weekdays": lambda generator: halves_by_day(times, generator, within_weekdays=True),
    }
    found = {}
    for place, (name, halve) in enumerate(make.items()):
        generator = np.random.default_rng([seed, place])
        found[name] = [halve(generator) for _ in range(splits)]
    return found


Tested: TypeAlias = tuple[str, str, float, Alarms]
"""Test, column, nominal level, and one yes or no for each split."""


def _univariate(trips: pd.DataFrame, halves: Sequence[Mask]) -> list[Tested]:
    sizes = np.array([(int(first.sum()), int((~first).sum())) for first in halves])
    values = {name: trips[name].to_numpy(dtype=np.float64) for name in FEATURES}
    d = {name: split_d(values[name], halves) for name in FEATURES}
    p = np.stack([_ks_p(values[name], d[name], halves, sizes) for name in FEATURES], axis=1)
    shown = np.array(
        [
            [minimum_effect(one, int(n), int(m), TOLERANCE) for one in row]
            for row, (n, m) in zip(np.stack(list(d.values()), axis=1), sizes, strict=True)
        ]
    )
    stood = np.array([(holm(row) <= LEVEL).any() for row in p])
    psis = np.stack([_psi(values[name], halves) for name in FEATURES], axis=1)
    smallest = p.min(axis=1)
    return [
        *(("KS", name, LEVEL, p[:, i] <= LEVEL) for i, name in enumerate(FEATURES)),
        ("KS, uncorrected", ANY, LEVEL, smallest <= LEVEL),
        ("KS, Bonferroni", ANY, LEVEL, smallest * len(FEATURES) <= LEVEL),
        ("KS, Holm", ANY, LEVEL, stood),
        (
            f"D > {TOLERANCE:g} shown",
            ANY,
            LEVEL,
            shown.min(axis=1) * len(FEATURES) <= LEVEL,
        ),
        (f"D > {TOLERANCE:g}", ANY, NO_LEVEL, np.max(list(d.values()), axis=0) > TOLERANCE),
        (f"PSI > {PSI_MARK:g}", ANY, NO_LEVEL, psis.max(axis=1) > PSI_MARK),
    ]


def _ks_p(
    values: Floats, statistics: Floats, halves: Sequence[Mask], sizes: npt.NDArray[np.int64]
) -> Floats:
    """p of each D: the limit's, and exact where that lies near a level."""
    n, m = sizes.T
    p: Floats = special.kolmogorov(np.sqrt(n * m / (n + m)) * statistics)
    near = np.zeros(len(p), dtype=bool)
    for level in (LEVEL, LEVEL / len(FEATURES)):
        near |= (p > level / _NEAR) & (p < level * _NEAR)
    for at in np.flatnonzero(near).tolist():
        one, two = (ValueCounts.of(values[part]) for part in (halves[at], ~halves[at]))
        p[at] = ks(one, two).p_value
    return p


def _psi(values: Floats, halves: Sequence[Mask]) -> Floats:
    bins = Bins.of(ValueCounts.of(values))
    distinct, code = np.unique(values, return_inverse=True)
    found = []
    for first in halves:
        counts = [np.bincount(code[part], minlength=len(distinct)) for part in (first, ~first)]
        one, two = (bins.count(ValueCounts(distinct, c.astype(np.int64))) for c in counts)
        found.append(psi(one, two))
    return np.array(found)


def _classes(trips: pd.DataFrame, halves: Sequence[Mask]) -> list[Tested]:
    columns = {
        "payment_type": payment(trips),
        "pickup_weekday": trips["pickup_weekday"],
        LABEL: trips[LABEL],
    }
    found: list[Tested] = []
    for name, column in columns.items():
        codes, classes = pd.factorize(column, sort=True)
        p = [
            chi_squared(
                *(np.bincount(codes[part], minlength=len(classes)) for part in (first, ~first))
            ).p_value
            for first in halves
        ]
        found.append(("chi-squared", name, LEVEL, np.array(p) <= LEVEL))
    return found


def _multivariate(
    trips: pd.DataFrame, halves: Sequence[Mask], side: int, seed: int
) -> list[Tested]:
    from sklearn.tree import DecisionTreeClassifier

    scaled = Scaling.of(trips, FEATURES).apply(trips)
    generator = np.random.default_rng(seed)
    found: dict[str, list[bool]] = {"MMD": [], "classifier": []}
    for at, first in enumerate(halves):
        one, two = (
            scaled[generator.choice(np.flatnonzero(part), side, replace=False)]
            for part in (first, ~first)
        )
        tree = DecisionTreeClassifier(max_depth=4, random_state=0)
        found["MMD"].append(mmd_test(one, two, permutations=99, seed=at).p_value <= LEVEL)
        found["classifier"].append(domain_test(one, two, at, tree).p_value <= LEVEL)
    return [(test, "all 11", LEVEL, np.array(said)) for test, said in found.items()]


def _score(labels: Alarms, decided: Alarms, halves: Sequence[Mask]) -> list[Tested]:
    """ "F1 fell" by a one-sided z-test that takes trips as independent."""
    cell = np.where(labels, np.where(decided, 0, 2), np.where(decided, 1, 3))
    z = []
    for first in halves:
        f1, variance = zip(
            *(_f1(np.bincount(cell[part], minlength=4)) for part in (first, ~first)), strict=True
        )
        z.append((f1[1] - f1[0]) / np.sqrt(sum(variance)))
    return [("z-test", "F1", LEVEL, np.array(z) < stats.norm.ppf(LEVEL))]


def _f1(counts: npt.NDArray[np.int64]) -> tuple[float, float]:
    """F1 and its variance as a ratio of two means over trips (delta method; Cochran 1977)."""
    tp, fp, fn, _ = (int(count) for count in counts)
    f1 = float(f1_score(tp, fp, fn))
    whole = 2 * tp + fp + fn
    return f1, (tp * (2 - 2 * f1) ** 2 + (fp + fn) * f1**2) / whole**2
