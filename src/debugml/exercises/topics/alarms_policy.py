"""The check of an alarm policy on trip speed: quiet weeks, one shutdown, and changes of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..calling import Raised, call
from ..exercise import Finding
from .weeks import COUNT, FIRST, GAP, START, row, table

SHUTDOWN = "2020-03-16"
"""The first week of it, by its Monday."""

_QUIET_RINGS = 1
_DELAY = 4
_SEEN_LATE = 12
_CHANGES = 10
_LEAST_FOUND = 0.8
_SMALLEST, _LARGEST = 0.15, 0.22

_LEAVES = "The alarm of the spring is the only one that this team will hear; the next event is "
_LEAVES += "smaller, and is found by a customer."


def _quiet(mondays: pd.Series[Any]) -> pd.Series[bool]:
    """2018, 2019, the weeks of 2020 before the city changed, and those from August on."""
    before, after = mondays < "2020-03-02", mondays >= "2020-08-03"
    return before | after


def _holidays(mondays: pd.Series[Any]) -> pd.Series[bool]:
    """Christmas and New Year, also while they are the reference, and the Fourth of July."""
    day = 100 * mondays.dt.month + mondays.dt.day
    found: pd.Series[bool] = (day >= 1217) | (day <= 220) | day.between(628, 705)
    return found


class _UnusableError(Exception):
    """What the answer gave is no decision."""


def _ask(answer: Any, frame: pd.DataFrame, at: int) -> bool:
    given = call(answer, (frame.iloc[: at + 1].copy(),))
    monday = f"{frame['monday'].iloc[at]:%Y-%m-%d}"
    if isinstance(given, Raised):
        raise _UnusableError(f"Asked after the week of {monday}, your function {given.says}")
    if not isinstance(given, (bool, np.bool_)):
        raise _UnusableError(
            f"Asked after the week of {monday}, your function is to return True or False; it "
            f"gave a value of type {type(given).__name__}."
        )
    return bool(given)


def _answers(answer: Any, frame: pd.DataFrame, asked: pd.Series[bool]) -> pd.Series[bool]:
    """What it says after each week that is asked about; of the others, nothing."""
    rings = [bool(asked[at]) and _ask(answer, frame, at) for at in range(len(frame))]
    return pd.Series(rings, index=frame.index, dtype=bool)


def examine_policy(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    """Judge `rings(weeks)` on three years of weeks and on changes that are made at random."""
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of the weeks so far.")
        return
    try:
        yield from _examine(answer, rng)
    except _UnusableError as error:
        yield Finding(False, str(error), "An alarm that fails is an alarm that does not ring.")


def _examine(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    weeks = table()
    quiet = _quiet(weeks["monday"])
    at = int(weeks.index[weeks["monday"] == SHUTDOWN][0])
    around = (weeks.index >= at - 1) & (weeks.index < at + _SEEN_LATE)
    rings = _answers(answer, weeks, quiet | around)
    false = rings & quiet
    sure = [week for week in range(at, at + _DELAY) if rings[week] and not rings[week - 1]]
    found = _changes_found(answer, rng)

    if false.sum() > _QUIET_RINGS:
        yield _too_often(answer, weeks, quiet, false)
    else:
        yield Finding(True, f"It rings in {false.sum()} of {quiet.sum()} quiet weeks.")
    if sure:
        yield Finding(True, f"The shutdown of 2020 rings after week {sure[0] - at + 1}.")
    else:
        early = rings[at - 1]
        late = not early and bool(rings[at + _DELAY : at + _SEEN_LATE].any())
        said = "later than that" if late else "not at all"
        yield Finding(
            False,
            f"It is to begin to ring within {_DELAY} weeks of the shutdown of March 2020, and "
            f"does so {'before it, which says nothing new' if early else said}.",
            "An alarm that is on already can't say that something began."
            if early
            else "For a month the model serves a city that it has never seen.",
            "an alarm that comes when everybody knows" if late else "",
        )
    share = f"{found} of {_CHANGES} changes that we made are found within {_DELAY} weeks"
    if found >= _LEAST_FOUND * _CHANGES:
        yield Finding(True, f"{share}.")
    else:
        tuned = bool(sure) and false.sum() <= _QUIET_RINGS
        yield Finding(
            False,
            f"{share}; four in five are wanted.",
            _LEAVES if tuned else "Such changes go on until somebody notices without an alarm.",
            "tuned to ring on the one event that you know" if tuned else "",
        )


def _too_often(
    answer: Any, weeks: pd.DataFrame, quiet: pd.Series[bool], false: pd.Series[bool]
) -> Finding:
    first = weeks["monday"][false].iloc[0]
    says = (
        f"It rings in {false.sum()} of {quiet.sum()} quiet weeks, the first that of "
        f"{first:%Y-%m-%d}; {_QUIET_RINGS} is allowed."
    )
    cost = "Whoever is woken for nothing a few times mutes the alarm, or stops believing it."
    # The same weeks, as if no test had seen a difference: whoever goes by p falls silent.
    silent = _answers(answer, weeks.assign(p=1.0), false)
    if silent.sum() < false.sum() / 2:
        cost = (
            "With so many trips the test sees every difference, also those that nobody would act "
            "on. It rings as long as the city lives."
        )
        return Finding(False, says, cost, "a level instead of a tolerance")
    if _holidays(weeks["monday"][false]).all():
        cost = "Every holiday is a page, and the person on call learns to sleep through it."
        return Finding(False, says, cost, "a holiday taken for a change")
    return Finding(False, says, cost)


def _changes_found(answer: Any, rng: np.random.Generator) -> int:
    """How many changes of speed the answer rings for, as they are made in quiet weeks."""
    found = made = 0
    begins = START + pd.to_timedelta(7 * np.arange(FIRST + 2, COUNT - 60), unit="D")
    # The reference of a holiday's weeks is another: no change is made then.
    calm = FIRST + 2 + np.flatnonzero(~_holidays(pd.Series(begins + pd.Timedelta(weeks=2))))
    while made < _CHANGES:
        begin = int(rng.choice(calm))
        factor = rng.uniform(1.15, 1.3) if rng.random() < 0.5 else rng.uniform(0.78, 0.88)
        changed = []
        for week in range(begin, begin + GAP):
            changed.append(row(week, factor))
            if not _SMALLEST <= float(str(changed[-1]["d"])) <= _LARGEST:
                break
        else:
            made += 1
            found += _found(answer, begin - FIRST, changed)
    return found


def _found(answer: Any, at: int, changed: list[dict[str, object]]) -> bool:
    """Whether the answer begins to ring in weeks that are put in the place of what came."""
    frame = pd.concat([table().iloc[:at], pd.DataFrame(changed)], ignore_index=True)
    before = _ask(answer, frame, at - 1)
    for week in range(at, at + _DELAY):
        now = _ask(answer, frame, week)
        if now and not before:
            return True
        before = now
    return False
