"""The exercise on k bad weeks of the last n, and on ringing once for each episode."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from ...metrics import f1_score
from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial


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
        Case("a bad first week, one is enough", ([0.4, 0.4, 0.6, 0.6, 0.4], 0.5, 1, 2)),
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
