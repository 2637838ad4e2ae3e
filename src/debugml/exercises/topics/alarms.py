"""Exercises on alarms: how often they ring for nothing, and when they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import ks_2samp

from ...features import FEATURES
from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from . import weeks
from .alarms_episodes import WINDOW
from .alarms_policy import examine_policy

# --- how often does it ring for nothing? --------------------------------------------


def _rings(level: float, columns: int, nights: int) -> dict[str, float]:
    return _told(columns * nights * level, _some(level, columns), _some(level, columns * nights))


def _told(expected: float, night: float, year: float) -> dict[str, float]:
    return {"expected": expected, "night": night, "year": year}


def _some(chance: float, times: int) -> float:
    return float(1 - (1 - chance) ** times)


def _one_test(level: float, columns: int, nights: int) -> dict[str, float]:
    return _told(level * nights, level, _some(level, nights))


def _added(level: float, columns: int, nights: int) -> dict[str, float]:
    return _told(level * columns * nights, level * columns, level * columns * nights)


def _added_to_one(level: float, columns: int, nights: int) -> dict[str, float]:
    found = _added(level, columns, nights)
    return {name: value if name == "expected" else min(value, 1) for name, value in found.items()}


def _nights_that_ring(level: float, columns: int, nights: int) -> dict[str, float]:
    found = _rings(level, columns, nights)
    return {**found, "expected": nights * found["night"]}


def _level_cases(rng: np.random.Generator) -> list[Case]:
    cases = [
        Case("eleven columns at 5 %, every night", (0.05, 11, 365)),
        Case("one column at 5 %, every night", (0.05, 1, 365)),
        Case("eleven columns that share 5 %, every week", (0.05 / 11, 11, 52)),
        Case("a level of zero", (0.0, 11, 365)),
        Case("a level of one", (1.0, 3, 12)),
        Case("not one night yet", (0.01, 4, 0)),
    ]
    for _ in range(4):
        level = float(np.exp(rng.uniform(np.log(1e-4), np.log(0.2))))
        drawn = (level, int(rng.integers(2, 60)), int(rng.integers(2, 40)))
        cases.append(Case("numbers drawn at random", drawn))
    return cases


HOW_OFTEN = Exercise(
    name="alarms-how-often",
    title="How often does it ring for nothing?",
    kind="write a function",
    level=1,
    minutes=10,
    section="sec-alarms-null",
    slide="sec-slide-alarms-monday",
    examine=Trial(
        reference=_rings,
        cases=_level_cases,
        cost="Whoever agrees to a level without this sum agrees to nights that nobody counted.",
        misconceptions=(
            Misconception(
                "the level of one test for all of them",
                _one_test,
                "The team is promised one false alarm in twenty nights and is woken several "
                "times a week. The alarm is muted, and stays muted when it is right.",
            ),
            Misconception(
                "adding up chances past one",
                _added,
                "A chance above one goes into the plan for the night shift, and nobody who reads "
                "it believes the next figure.",
            ),
            Misconception(
                "chances added and cut off at one",
                _added_to_one,
                "With many columns it says that every night must ring, and a quiet night is "
                "searched for a broken monitor.",
            ),
            Misconception(
                "nights that ring counted as alarms",
                _nights_that_ring,
                "Two columns in one night are two tickets. The queue fills faster than the plan "
                "says.",
            ),
        ),
    ),
)

# --- Holm ---------------------------------------------------------------------------

_LAST_YEAR = 11


def _holm(p_values: Sequence[float]) -> list[float]:
    found = [float("nan")] * len(p_values)
    left = sorted((float(p), at) for at, p in enumerate(p_values) if not np.isnan(p))
    so_far = 0.0
    for done, (p, at) in enumerate(left):
        so_far = max(so_far, p * (len(left) - done))
        found[at] = min(1.0, so_far)
    return found


def _stepped(
    p_values: Sequence[float], tests: Callable[[Any, Any], int], monotone: bool = True
) -> Any:
    """Holm's steps with the number of tests counted in some way."""
    p = np.asarray(p_values, dtype=float)
    there = ~np.isnan(p)
    order = np.argsort(p, kind="stable")[: there.sum()]
    steps = p[order] * (tests(p, there) - np.arange(len(order)))
    found = np.full(len(p), np.nan)
    found[order] = np.clip(np.maximum.accumulate(steps) if monotone else steps, 0, 1)
    return found


def _bonferroni(p_values: Sequence[float]) -> Any:
    p = np.asarray(p_values, dtype=float)
    return np.minimum(p * (~np.isnan(p)).sum(), 1)


def _sorted(p_values: Sequence[float]) -> Any:
    return np.sort(np.asarray(_holm(p_values), dtype=float))


def _benjamini_hochberg(p_values: Sequence[float]) -> Any:
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")[: (~np.isnan(p)).sum()]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    found = np.full(len(p), np.nan)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return found


def _between(reference: str, current: str, rng: np.random.Generator) -> list[float]:
    """The p-values of a test of each column, on few trips."""
    one, other = (
        material.some(material.features(month), rng, 150, 250) for month in (reference, current)
    )
    return [float(ks_2samp(one[name], other[name], method="asymp").pvalue) for name in FEATURES]


def _p_cases(rng: np.random.Generator) -> list[Case]:
    cases = [
        Case("the eleven columns between February and March 2020",
             (_between("2020-02", "2020-03", rng),)),
        Case("the eleven columns between March and April 2020",
             (_between("2020-03", "2020-04", rng),)),
        Case("one test", ([0.03],)),
        Case("no test", ([],)),
        Case("tests without a p-value", ([float("nan"), 0.01, float("nan")],)),
        Case("p-values that are equal", ([0.02, 0.4, 0.02, 0.02, 0.9],)),
    ]  # fmt: skip
    for tests, missing in ((5, 0), (8, 2), (14, 0), (17, 3)):
        p = np.round(rng.random(tests) ** 3, 4)
        p[rng.choice(tests, missing, replace=False)] = np.nan
        said = (
            f"{tests} tests, {missing} of them without a p-value" if missing else f"{tests} tests"
        )
        cases.append(Case(said, (p.tolist(),)))
    return cases


HOLM = Exercise(
    name="alarms-holm",
    title="Which columns survive the correction?",
    kind="find the bug",
    level=2,
    minutes=15,
    section="sec-alarms-null",
    slide="sec-slide-alarms-rang",
    examine=Trial(
        reference=_holm,
        cases=_p_cases,
        cost="The promise of one false alarm in twenty nights is printed on the dashboard, and "
        "is not kept.",
        misconceptions=(
            Misconception(
                "Bonferroni for Holm",
                _bonferroni,
                "The promise holds, but columns that could have been named stay silent: you pay "
                "for the correction twice.",
            ),
            Misconception(
                "adjusted p-values out of order",
                lambda p: _stepped(p, lambda p, there: there.sum(), monotone=False),
                "A column with the larger p can be called while one with the smaller is not, and "
                "the chance of a false alarm is above what is promised.",
            ),
            Misconception(
                "the number of columns left over from last year",
                lambda p: _stepped(p, lambda p, there: _LAST_YEAR),
                "After the next column is added the correction is too weak, and no test of the "
                "monitor fails.",
            ),
            Misconception(
                "tests that did not run counted as tests",
                lambda p: _stepped(p, lambda p, there: len(p)),
                "On the night when columns arrive empty, the alarm on the others is least "
                "likely to ring.",
            ),
            Misconception(
                "results in sorted order",
                _sorted,
                "The alarm names the wrong column, and somebody searches it until morning.",
            ),
            Misconception(
                "a share of false alarms for the chance of one",
                _benjamini_hochberg,
                "It allows false alarms as a share of all alarms. Nobody who is paged counts "
                "them so.",
            ),
        ),
    ),
)

POLICY = Exercise(
    name="alarms-policy",
    title="Which alarm would you be woken by?",
    kind="choose and defend",
    level=3,
    minutes=35,
    section="sec-alarms-answer",
    slide="sec-slide-alarms-monday",
    examine=examine_policy,
)


def warm() -> None:
    """What the checks of policies share."""
    weeks.table()


EXERCISES = (HOW_OFTEN, HOLM, WINDOW, POLICY)
