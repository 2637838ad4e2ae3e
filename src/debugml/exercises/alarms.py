"""Exercises on alarms: how often they ring for nothing, and when they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from ..features import FEATURES
from ..metrics import f1_score
from . import material
from .alarm_policy import examine_policy
from .exercise import Exercise, Misconception
from .trial import Case, Trial

# --- how often does it ring for nothing? --------------------------------------------


def _rings(level: float, columns: int, nights: int) -> dict[str, float]:
    return _told(columns * nights * level, _some(level, columns), _some(level, columns * nights))


def _told(expected: float, night: float, year: float) -> dict[str, float]:
    return {"expected": expected, "night": night, "year": year}


def _some(chance: float, times: float) -> float:
    return 1 - (1 - chance) ** times


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
        said = f"{tests} tests, {missing} of them without a p-value" if missing else f"{tests} tests"
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
)  # fmt: skip

# --- k of the last n weeks ----------------------------------------------------------


def _bad(scores: Sequence[float], below: float) -> list[bool]:
    return [not np.isnan(score) and score < below for score in scores]


def _starts(states: Sequence[bool]) -> list[int]:
    return [at for at, on in enumerate(states) if on and not (at and states[at - 1])]


def _in_window(bad: Sequence[bool], k: int, n: int) -> list[bool]:
    return [sum(bad[max(0, at - n + 1) : at + 1]) >= k for at in range(len(bad))]


def _begun(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    return _starts(_in_window(_bad(scores, below), k, n))


def _every_week(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    return [at for at, on in enumerate(_in_window(_bad(scores, below), k, n)) if on]


def _since_ever(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    return _begun(scores, below, k, len(scores))


def _ahead(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    bad = _bad(scores, below)
    return _starts([sum(bad[at : at + n]) >= k for at in range(len(bad))])


def _missing_is_bad(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    return _starts(_in_window([not score >= below for score in scores], k, n))


def _full_window(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    states = _in_window(_bad(scores, below), k, n)
    return _starts([on and at >= n - 1 for at, on in enumerate(states)])


def _at_the_line(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    return _starts(_in_window([score <= below for score in scores], k, n))


def _in_a_row(scores: Sequence[float], below: float, k: int, n: int) -> list[int]:
    return _begun(scores, below, k, k)


@cache
def _weekly_f1() -> tuple[float, ...]:
    records = pd.concat([material.scored(month) for month in ("2020-02", "2020-03", "2020-04")])
    yes, high = records["prediction"] == 1, records["label"] == 1
    counts = pd.DataFrame({"tp": yes & high, "fp": yes & ~high, "fn": ~yes & high})
    sums = counts.groupby(records["time"].dt.to_period("W")).sum()
    return tuple(f1_score(sums["tp"], sums["fp"], sums["fn"]))


def _week_cases(rng: np.random.Generator) -> list[Case]:
    real, missing = list(_weekly_f1()), float("nan")
    line = float(np.sort(real)[-4])
    cases = [
        Case("weekly F1 from February to April 2020", (real, line, 2, 3)),
        Case("the same weeks, one is enough", (real, line, 1, 1)),
        Case("no week yet", ([], 0.5, 1, 3)),
        Case("bad weeks at the very start", ([0.4, 0.4, 0.6, 0.6, 0.4, 0.6], 0.5, 2, 4)),
        Case("weeks without a score", ([0.6, missing, missing, 0.4, missing, 0.4, 0.4], 0.5, 2, 3)),
        Case("two episodes", ([0.6, 0.4, 0.4, 0.6, 0.6, 0.6, 0.4, 0.6, 0.4], 0.5, 2, 3)),
    ]
    for _ in range(6):
        size, n = int(rng.integers(20, 60)), int(rng.integers(2, 6))
        scores = rng.choice([0.4, 0.5, 0.6, 0.7, missing], size, p=[0.3, 0.2, 0.2, 0.2, 0.1])
        arguments = (scores.tolist(), 0.5, int(rng.integers(2, n + 1)), n)
        cases.append(Case("scores drawn at random", arguments))
    return cases


WINDOW = Exercise(
    name="alarms-window",
    title="Two bad weeks of three: when does it ring?",
    kind="write a function",
    level=2,
    minutes=15,
    section="sec-alarms-march",
    slide="sec-slide-alarms-march",
    examine=Trial(
        reference=_begun,
        cases=_week_cases,
        cost="An alarm that rings at another moment than its rule says can't be judged on its "
        "past, and is not the one that was agreed to.",
        misconceptions=(
            Misconception(
                "rings every week",
                _every_week,
                "One event is ten pages. After the third, somebody mutes it, and it is still "
                "muted at the next event.",
            ),
            Misconception(
                "counting from the start of time",
                _since_ever,
                "Bad weeks of two years ago count forever: it rings once, and then it has rung "
                "for good.",
            ),
            Misconception(
                "a window that looks ahead",
                _ahead,
                "On old data it rings before the event and wins every comparison. In production "
                "the weeks that it needs have not happened.",
            ),
            Misconception(
                "a missing week taken for a bad one",
                _missing_is_bad,
                "Late labels ring the alarm on the score, and somebody debugs a model that "
                "nothing is known about.",
            ),
            Misconception(
                "silent until the window is full",
                _full_window,
                "The first weeks after a release are the likeliest to go wrong, and it can't "
                "ring in them.",
            ),
            Misconception(
                "a score at the line counted as below it",
                _at_the_line,
                "A score that is just what was agreed to wakes somebody.",
            ),
            Misconception(
                "bad weeks in a row",
                _in_a_row,
                "One good week in between, a holiday say, and the count begins again: a decline "
                "with pauses never rings.",
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

EXERCISES = (HOW_OFTEN, HOLM, WINDOW, POLICY)
