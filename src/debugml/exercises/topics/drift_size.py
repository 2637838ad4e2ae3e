"""Exercises on the size of a change: D itself, and D beside p."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from ...drift import ks
from ...summary import ValueCounts
from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial

# --- D ----------------------------------------------------------------------------


def exact_d(reference: Any, current: Any) -> float:
    """D of what is not missing on each side; NaN if that is nothing on one of them.

    Examples
    --------
    >>> exact_d([1, 2, float("nan")], [2, 3])
    0.5
    """
    sides = [ValueCounts.of(np.asarray(side, dtype=float)) for side in (reference, current)]
    return ks(*sides).statistic if all(side.n for side in sides) else float("nan")


def _present(side: Any) -> Any:
    values = np.asarray(side, dtype=float)
    return values[~np.isnan(values)]


def _with_values(wrong: Callable[[Any, Any], float], reference: Any, current: Any) -> float:
    one, other = _present(reference), _present(current)
    return float(wrong(one, other)) if len(one) and len(other) else float("nan")


def _binned(one: Any, other: Any) -> float:
    edges = np.histogram_bin_edges(np.concatenate([one, other]), 10)
    shares = [np.histogram(side, edges)[0] / len(side) for side in (one, other)]
    return float(np.abs(np.cumsum(shares[0] - shares[1])).max())


def _inside_ties(one: Any, other: Any) -> float:
    order = np.argsort(np.concatenate([one, other]), kind="stable")
    steps = np.where(order < len(one), 1 / len(one), -1 / len(other))
    return float(np.abs(np.cumsum(steps)).max())


def _signed(one: Any, other: Any) -> float:
    points = np.concatenate([one, other])
    return float(max((one <= at).mean() - (other <= at).mean() for at in np.unique(points)))


def _missing_counted(reference: Any, current: Any) -> float:
    points = np.unique(_present(np.concatenate([reference, current])))
    up_to = [
        np.searchsorted(np.sort(_present(side)), points, side="right") / len(side)
        for side in (reference, current)
    ]
    one, other = _present(reference), _present(current)
    return float(np.abs(up_to[0] - up_to[1]).max()) if len(one) and len(other) else float("nan")


def _holed(values: Any, rng: np.random.Generator, share: float) -> Any:
    return np.where(rng.random(len(values)) < share, np.nan, values)


def _d_cases(rng: np.random.Generator) -> list[Case]:
    before, after = rng.choice(["2018-05", "2019-06", "2020-02", "2020-04", "2020-10"], 2, False)
    cases = [
        Case(
            f"{name}, {before} against {after}",
            tuple(material.trips(month)[name].to_numpy(float) for month in (before, after)),
        )
        for name in ("trip_distance", "passenger_count")
    ]
    hours = [material.features(month)["pickup_hour"] for month in ("2020-03", "2020-04")]
    sizes = rng.integers(40, 900, 2)
    hours = [rng.choice(side, n).astype(float) for side, n in zip(hours, sizes, strict=True)]
    cases.append(Case("pickup hours, March against April 2020", tuple(hours)))
    for sign in (1, -1):
        n, m = rng.integers(20, 80, 2)
        one, other = rng.normal(0, 1, n), rng.normal(sign * rng.uniform(0.8, 2), 1, m)
        said = "a current sample that lies " + ("above" if sign > 0 else "below")
        cases.append(Case(said, (_holed(one, rng, 0.3), _holed(other, rng, 0.05))))
    tied = [rng.integers(0, 4, n).astype(float) for n in rng.integers(5, 40, 2)]
    cases.append(Case("few values, many ties", (tied[0], _holed(tied[1], rng, 0.2))))
    constant = np.full(int(rng.integers(2, 9)), 3.0)
    cases += [
        Case("the same constant on both sides", (constant, constant[:1])),
        Case("a record a side", (np.array([rng.normal()]), np.array([rng.normal()]))),
        Case("a current sample without a value", (np.arange(4.0), np.full(3, np.nan))),
        Case("a reference without a record", (np.empty(0), np.arange(3.0))),
    ]
    return cases


STATISTIC_D = Exercise(
    name="drift-d",
    title="How wide is the widest gap?",
    kind="write a function",
    level=2,
    minutes=15,
    section="sec-drift-d",
    slide="sec-slide-drift-normals",
    examine=Trial(
        reference=exact_d,
        cases=_d_cases,
        cost="A tolerance is agreed in the unit of D: if D is off, so is every alarm that uses it.",
        misconceptions=(
            Misconception(
                "D of binned values",
                partial(_with_values, _binned),
                "A gap inside a bin can't be seen, and one absurd value stretches the bins until "
                "all the others lie in the first: then nothing drifts any more.",
            ),
            Misconception(
                "D read in the middle of ties",
                partial(_with_values, _inside_ties),
                "Hours, zones and counts are all ties: two samples of the same hours show a gap "
                "that depends on the order in which their records were sorted.",
            ),
            Misconception(
                "the signed gap",
                partial(_with_values, _signed),
                "It sees values rise and not fall, or the reverse: the day on which a meter "
                "stops passes as unchanged.",
            ),
            Misconception(
                "missing values in the denominator",
                _missing_counted,
                "When a column begins to lose values, it seems to shift as well, and somebody "
                "looks for a change in the city where a field was lost.",
            ),
        ),
    ),
)

# --- how far, or how sure? --------------------------------------------------------


def _moved(reference: pd.DataFrame, current: pd.DataFrame, tolerance: float) -> list[str]:
    d = {str(name): exact_d(reference[name], current[name]) for name in reference}
    return sorted((name for name in d if d[name] >= tolerance), key=lambda name: (-d[name], name))


def _by(
    keep: str, order: str, reference: pd.DataFrame, current: pd.DataFrame, tolerance: float
) -> list[str]:
    """Kept by "size" or by "p", in the order of either."""
    found = []
    for name in reference:
        one, other = _present(reference[name]), _present(current[name])
        if not (len(one) and len(other)):
            continue
        d, p = exact_d(one, other), float(ks_2samp(one, other).pvalue)
        if d >= tolerance if keep == "size" else p < 0.05:
            found.append((-d if order == "size" else p, str(name)))
    return [name for _, name in sorted(found)]


def _hidden(reference: pd.DataFrame, current: pd.DataFrame, tolerance: float) -> list[str]:
    whole = [
        str(name)
        for name in reference
        if reference[name].notna().all() and current[name].notna().all()
    ]
    return _moved(reference[whole], current[whole], tolerance)


_COLUMNS = ["passenger_count", "trip_distance", "RatecodeID", "PULocationID", "fare_amount"]


def _frames(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    names = rng.permutation(["fare", "speed", "hour", "zone", "tolls", "count"])
    rows = rng.integers(150, 900, 2)
    for name in names[: int(rng.integers(4, 7))]:
        shift, lost = rng.choice([0.0, 0.1, 0.3, 0.8]), rng.choice([0.0, 0.5, 0.95])
        for side, n, by in zip(sides, rows, (0.0, shift), strict=True):
            side[name] = _holed(rng.normal(by, 1, n).round(2), rng, lost)
    return pd.DataFrame(sides[0]), pd.DataFrame(sides[1])


def _apart(n: int, by: int) -> tuple[Any, Any]:
    """Two samples of n whole numbers with a D of exactly by / n."""
    return np.arange(n, dtype=float), np.arange(n, dtype=float) + by


def _frame_of(columns: dict[str, tuple[Any, Any]], rng: np.random.Generator) -> Any:
    rows = max(len(each[0]) for each in columns.values())
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name, both in columns.items():
        for side, values in zip(sides, both, strict=True):
            filled = np.concatenate([values, np.full(rows - len(values), np.nan)])
            side[name] = rng.permutation(filled)
    return tuple(map(pd.DataFrame, sides))


def _size_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for before, after in (("2020-02", "2020-04"), rng.choice(material.MONTHS, 2, False)):
        frames = [
            material.some(material.trips(each)[_COLUMNS], rng, 800, 3000)
            for each in (before, after)
        ]
        at = float(rng.uniform(0.015, 0.06))
        cases.append(Case(f"trips of {before} and {after} drawn at random", (*frames, at)))
    rare, full = int(rng.integers(30, 45)), int(rng.integers(1500, 2500))
    frames = _frame_of(
        {
            "tolls": _apart(full, full // 8),
            "fare": _apart(rare, rare * 4 // 10),
            "zone": _apart(full, full // 20),
            "hour": _apart(12, 4),
        },
        rng,
    )
    cases.append(Case("columns with many records and with few", (*frames, 0.1)))
    # Sixty-four records, so that shares are exact: the D of one column equals the tolerance.
    step = int(rng.integers(6, 12))
    both = {name: _apart(64, step + by) for name, by in zip("dbac", (0, 1, 1, -1), strict=True)}
    cases.append(Case("a D equal to the tolerance", (*_frame_of(both, rng), step / 64)))
    nothing = {"fare": _apart(40, 20), "tolls": (np.arange(9.0), np.empty(0))}
    cases.append(Case("a column without values on a side", (*_frame_of(nothing, rng), 0.02)))
    for _ in range(3):
        at = float(rng.uniform(0.03, 0.3))
        cases.append(Case("columns drawn at random", (*_frames(rng), at)))
    return cases


_BY_P = (
    "The list is led by the columns with the most records. The one that moved most stands below "
    "them, and nobody reads that far."
)

SIZE_NOT_P = Exercise(
    name="drift-size-not-p",
    title="How far, or how sure?",
    kind="find the bug",
    level=1,
    minutes=10,
    section="sec-drift-n",
    slide="sec-slide-drift-n",
    examine=Trial(
        reference=_moved,
        cases=_size_cases,
        cost="Whoever is on call looks at the wrong column first, or at none.",
        misconceptions=(
            Misconception("p taken for size", partial(_by, "p", "p"), _BY_P),
            Misconception("p taken for size", partial(_by, "size", "p"), _BY_P),
            Misconception(
                "any significant difference is drift",
                partial(_by, "p", "size"),
                "With a full month of records nearly every column is named in every month: the "
                "list is muted, and the tolerance that was agreed on decides nothing.",
            ),
            Misconception(
                "a missing value hides the column",
                _hidden,
                "The column that begins to lose values leaves the list on that day, which is "
                "when somebody should look at it.",
            ),
        ),
    ),
)
