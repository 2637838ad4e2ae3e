"""Exercises on trips: what was recorded, what was not, and which column to doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta

from .. import material
from ..calling import Raised, call
from ..exercise import Exercise, Finding, Misconception
from ..trial import Case, Trial, copied

# --- who pays cash? ---------------------------------------------------------------

_KINDS = ("card", "cash", "missing", "other")


def _shares(trips: pd.DataFrame) -> dict[str, float]:
    kind = np.select(
        [trips["payment_type"].isna(), trips["payment_type"] == 1, trips["payment_type"] == 2],
        ["missing", "card", "cash"],
        "other",
    )
    return {name: float(np.mean(kind == name)) for name in _KINDS}


def _of_the_known(trips: pd.DataFrame) -> dict[str, float]:
    known = trips[trips["payment_type"].notna()]
    return {**_shares(known), "missing": 0.0} if len(known) else dict.fromkeys(_KINDS, 0.0)


def _known_beside_missing(trips: pd.DataFrame) -> dict[str, float]:
    missing = float(trips["payment_type"].isna().mean())
    return {**_of_the_known(trips), "missing": missing}


def _missing_as_other(trips: pd.DataFrame) -> dict[str, float]:
    found = _shares(trips)
    return {**found, "missing": 0.0, "other": found["other"] + found["missing"]}


def _payment_cases(rng: np.random.Generator) -> list[Case]:
    months = ["2019-03", "2020-05", *rng.choice(material.MONTHS, 2)]
    cases = [Case(f"{month}, the whole sample", (material.trips(month),)) for month in months]
    for month in rng.choice(["2020-04", "2020-05", "2020-12"], 4):
        frame = material.some(material.trips(month), rng, 5, 400)
        cases.append(Case(f"trips of {month} drawn at random", (frame,)))
    return cases


PAYMENT_SHARES = Exercise(
    name="trips-payment-shares",
    title="Who pays cash?",
    kind="write a function",
    level=1,
    minutes=10,
    section="sec-trips-mix",
    slide="sec-slide-monitoring-mix",
    examine=Trial(
        reference=_shares,
        cases=_payment_cases,
        cost="Every split of a score by payment rests on these shares.",
        misconceptions=(
            Misconception(
                "shares of the known only",
                _of_the_known,
                "Where many records have no payment type, a share among the others says "
                "that cash hardly moved, and the records that moved the score are on no chart.",
            ),
            Misconception(
                "shares with different denominators",
                _known_beside_missing,
                "The shares add up to more than one: a chart of them stacked looks right until "
                "many values are missing.",
            ),
            Misconception(
                "missing is just another value",
                _missing_as_other,
                "Disputes and lost fields are two faults with two owners; in one bar, the second "
                "grows unseen.",
            ),
        ),
    ),
)

# --- none of n --------------------------------------------------------------------


def _at_most(seen: int, n: int) -> float:
    return 1.0 if seen >= n else float(beta.ppf(0.95, seen + 1, n - seen))


def _normal_bound(seen: int, n: int) -> float:
    share = seen / n
    return share + 1.645 * float(np.sqrt(share * (1 - share) / n))


def _two_sided(seen: int, n: int) -> float:
    return 1.0 if seen >= n else float(beta.ppf(0.975, seen + 1, n - seen))


def _count_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for month in ("2020-02", "2020-04"):
        records = material.trips(month)
        silent = records[records["payment_type"].isna() & (records["fare_amount"] > 0)]
        high = int((silent["tip_amount"] > 0.2 * silent["fare_amount"]).sum())
        cases.append(Case(f"records of {month} without a payment type", (high, len(silent))))
    cases += [Case("none of 18 trips", (0, 18)), Case("18 of 18 trips", (18, 18))]
    for _ in range(5):
        n = int(rng.integers(3, 3000))
        cases.append(Case("counts drawn at random", (int(rng.integers(0, n)), n)))
    return cases


NONE_SEEN = Exercise(
    name="trips-none-seen",
    title="None seen. How many may there be?",
    kind="write a function",
    level=2,
    minutes=15,
    section="sec-trips-sample",
    slide="sec-slide-trips-load",
    examine=Trial(
        reference=_at_most,
        cases=_count_cases,
        cost="A monitor that shows zero is read as “never”, until the day when it is not.",
        misconceptions=(
            Misconception(
                "none seen, so none there",
                lambda seen, n: seen / n,
                "A quiet day has 20 records: a fault that hits one in ten of them is missed one "
                "day in eight, and reported as absent.",
            ),
            Misconception(
                "the normal interval at the edge",
                _normal_bound,
                "At zero its width is zero as well: it is surest where you know least.",
            ),
            Misconception(
                "a two-sided level for a one-sided bound",
                _two_sided,
                "The bound holds in 97.5 % of cases where 95 % was asked: the alarm waits longer.",
            ),
        ),
    ),
)

# --- which column is broken? ------------------------------------------------------

_COLUMNS = (
    "passenger_count",
    "trip_distance",
    "RatecodeID",
    "PULocationID",
    "DOLocationID",
    "payment_type",
    "tolls_amount",
)
_LARGEST_QUIET = 0.15
_LEAST_FOUND = 0.8


def _window(month: str) -> list[pd.DataFrame]:
    at = material.MONTHS.index(month)
    around = material.MONTHS[at - 2 : at + 3]
    return [material.trips(each)[list(_COLUMNS)] for each in around]


def _broken(frame: pd.DataFrame, column: str, how: str, rng: np.random.Generator) -> pd.DataFrame:
    found = frame.copy()
    hit = rng.random(len(found)) < rng.uniform(0.15, 0.4)
    values = found[column].astype(float)
    if how == "set to zero":
        found[column] = values.mask(hit, 0.0)
    elif how == "lost":
        found[column] = values.mask(hit)
    else:
        found[column] = values.mask(hit, 99.0)
    return found


def _suspect(answer: Any, frames: list[pd.DataFrame]) -> set[str] | Raised:
    given = call(answer, copied((frames,)))
    if isinstance(given, Raised):
        return given
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        return Raised("is to return a set of column names.")
    return {str(each) for each in given}


def _find_broken(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of five months' frames.")
        return
    fault = _suspect(answer, _window("2019-02"))
    if isinstance(fault, Raised):
        yield Finding(False, f"Your function {fault.says}")
        return
    if "passenger_count" not in fault:
        yield Finding(
            False,
            "February 2019 has one broken column, and your check does not name it.",
            "The model is trained on it, and the alarm that rings later is answered by retraining.",
        )
        return
    yield Finding(True, "February 2019: the broken column is named.")

    # Months without a known fault in the window, 2020's spring among them: the world moved, the
    # columns did not break. July 2019, when one kind of record began to arrive, is left out.
    quiet = ["2018-04", "2018-07", "2018-10", "2020-03", "2020-04", "2020-09"]
    rung = []
    for month in quiet:
        named = _suspect(answer, _window(month))
        if isinstance(named, Raised):
            yield Finding(False, f"On {month}, your function {named.says}")
            return
        rung += [f"{column} in {month}" for column in sorted(named)]
    share = len(rung) / (len(quiet) * len(_COLUMNS))
    if share > _LARGEST_QUIET:
        moved = [each for each in rung if each.endswith(("2020-03", "2020-04"))]
        yield Finding(
            False,
            f"It names {len(rung)} of {len(quiet) * len(_COLUMNS)} columns in months that nobody "
            f"broke, {rung[0]} among them.",
            "A check that cries every month is muted within two.",
            "a change in the world taken for a fault" if len(moved) > len(rung) / 2 else "",
        )
    else:
        yield Finding(True, f"{len(rung)} false alarms in {len(quiet)} months that nobody broke.")

    missed: dict[str, int] = {}
    found = total = 0
    for how in ("set to zero", "lost", "written over with 99"):
        for column in rng.choice(["passenger_count", "RatecodeID", "PULocationID"], 3):
            month = str(rng.choice(["2018-05", "2018-09", "2020-09", "2020-10"]))
            frames = list(_window(month))
            frames[2] = _broken(frames[2], column, how, rng)
            named = _suspect(answer, frames)
            total += 1
            if not isinstance(named, Raised) and column in named:
                found += 1
            else:
                missed[how] = missed.get(how, 0) + 1
    if found >= _LEAST_FOUND * total:
        yield Finding(True, f"{found} of {total} columns that we broke at random are named.")
        return
    worst = max(missed, key=lambda how: missed[how])
    yield Finding(
        False,
        f"{found} of {total} columns that we broke at random are named; most often it misses a "
        f"column whose values were {worst}.",
        "A check that knows one fault only finds it once: the next fault is another one.",
        "a check for the fault that you know" if worst != "set to zero" else "",
    )


BROKEN_COLUMN = Exercise(
    name="trips-broken-column",
    title="Which column is broken in February 2019?",
    kind="choose and defend",
    level=3,
    minutes=30,
    section="sec-trips-fault",
    slide="sec-slide-trips-fault",
    examine=_find_broken,
)

EXERCISES = (PAYMENT_SHARES, NONE_SEEN, BROKEN_COLUMN)
