"""Exercises on deployment: which labels had arrived, when, and what a score was that morning."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .deployment_settling import SETTLING

Frame = pd.DataFrame
Moment = pd.Timestamp

# --- when is nine tenths of a day known? ------------------------------------------


def _moment_known(records: Frame, share: float) -> Moment | None:
    landed = np.sort(records["label_time"].dropna().to_numpy())
    needed = math.ceil(share * len(records))
    return pd.Timestamp(landed[needed - 1]) if len(landed) >= needed else None


def _by_quantile(records: Frame, share: float) -> Moment | None:
    moment: Any = records["label_time"].quantile(share)
    return None if pd.isna(moment) else moment


def _of_the_arrived(records: Frame, share: float) -> Moment | None:
    arrived = records[records["label_time"].notna()]
    return _moment_known(arrived, share) if len(arrived) else None


def _of_the_ended(records: Frame, share: float) -> Moment | None:
    return _moment_known(records.assign(label_time=records["time"]), share)


def _waits(times: pd.Series[Any], rng: np.random.Generator, never: float) -> pd.Series[Any]:
    """Times of arrival: some within a day, some after three, and some never."""
    n = len(times)
    hours = np.where(rng.random(n) < 0.7, rng.lognormal(2.5, 1.0, n), rng.uniform(60, 90, n))
    late = times + pd.Series(pd.to_timedelta((hours * 3600).round(), unit="s"), index=times.index)
    return late.mask(rng.random(n) < never)


def _when_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for month, share in (("2020-03", 0.9), ("2020-04", float(rng.uniform(0.3, 0.9)))):
        seen = material.scored(month)
        day = pd.Timestamp(month) + pd.Timedelta(days=int(rng.integers(0, 28)))
        some = seen[seen["time"].dt.normalize() == day][["time"]].reset_index(drop=True)
        some = some.assign(label_time=_waits(some["time"], rng, 0.03)).sample(
            frac=1, random_state=rng
        )
        cases.append(Case(f"trips of {day:%Y-%m-%d}, under waits drawn at random", (some, share)))

    def made(n: int, never: int) -> Frame:
        times = pd.Series(
            pd.Timestamp("2020-03-02") + pd.to_timedelta(rng.integers(0, 86400, n), unit="s")
        )
        late = _waits(times, rng, 0.0)
        late[rng.permutation(n)[:never]] = pd.NaT
        return pd.DataFrame({"time": times, "label_time": late})

    for share in (0.25, 0.5, 0.75):
        n = 4 * int(rng.integers(2, 9))
        cases.append(Case("a share that one label's arrival makes exactly", (made(n, 0), share)))
    n = 8 * int(rng.integers(1, 6))
    cases.append(Case("the last label that is needed, and no more come", (made(n, n // 4), 0.75)))
    cases.append(Case("one label too few ever comes", (made(n, n // 4 + 1), 0.75)))
    cases.append(Case("all labels wanted, one never comes", (made(n, 1), 1.0)))
    cases.append(Case("all labels wanted, and all come", (made(n, 0), 1.0)))
    cases.append(Case("a single trip", (made(1, 0), float(rng.uniform(0.1, 0.9)))))
    return cases


WHEN_KNOWN = Exercise(
    name="deployment-when-known",
    title="When are nine tenths of a day known?",
    kind="write a function",
    level=1,
    minutes=10,
    section="sec-deployment-known",
    slide="sec-slide-deployment-known",
    examine=Trial(
        reference=_moment_known,
        cases=_when_cases,
        cost="The first figure of a day is drawn too early, from fewer labels than was agreed, "
        "or never.",
        misconceptions=(
            Misconception(
                "a quantile between two arrivals",
                _by_quantile,
                "At the moment that it names, one label is still missing. A label that never "
                "comes is left out of the count as well, so a failed load looks like a punctual "
                "one.",
            ),
            Misconception(
                "labels that never come left out",
                _of_the_arrived,
                "When a load fails for one group, the rest of the day is declared complete, and "
                "the score is that of the groups that came.",
            ),
            Misconception(
                "the trip's end for the label's arrival",
                _of_the_ended,
                "By this clock every day is complete at midnight. The dashboard is trusted "
                "each morning for labels that it does not have.",
            ),
        ),
    ),
)

# --- which labels had arrived? ----------------------------------------------------

_COLUMNS = ["tpep_pickup_datetime", "tpep_dropoff_datetime", "payment_type"]
_ENDED = "tpep_dropoff_datetime"
_NO_WAIT = (
    "The slowest labels are treated as the fastest. The test before release contains trips of "
    "which nobody knew the tip, and promises what production can't hold."
)
Waits = dict[int, pd.Timedelta]


def _there(trips: Frame, waits: Waits, otherwise: pd.Timedelta) -> pd.Series[Any]:
    wait = [waits.get(kind, otherwise) for kind in trips["payment_type"]]
    return trips[_ENDED] + pd.Series(wait, index=trips.index, dtype="timedelta64[us]")


def _arrived(trips: Frame, moment: Moment, waits: Waits, otherwise: pd.Timedelta) -> Frame:
    return trips[_there(trips, waits, otherwise) <= moment]


def _no_wait_if_missing(trips: Frame, moment: Moment, waits: Waits, _: pd.Timedelta) -> Frame:
    return trips[_there(trips, waits, pd.Timedelta(0)).le(moment) | ~_named(trips, waits)]


def _no_wait_from_the_end(trips: Frame, moment: Moment, waits: Waits, _: pd.Timedelta) -> Frame:
    return trips[_there(trips, waits, pd.Timedelta(0)) <= moment]


def _never_if_missing(trips: Frame, moment: Moment, waits: Waits, _: pd.Timedelta) -> Frame:
    return trips[_there(trips, waits, pd.Timedelta(0)).le(moment) & _named(trips, waits)]


def _named(trips: Frame, waits: Waits) -> pd.Series[Any]:
    return trips["payment_type"].isin(list(waits))


def _as_ended(trips: Frame, moment: Moment, _: Waits, __: pd.Timedelta) -> Frame:
    return trips[trips[_ENDED] <= moment]


def _from_pickup(trips: Frame, moment: Moment, waits: Waits, otherwise: pd.Timedelta) -> Frame:
    begun = trips.assign(**{_ENDED: trips["tpep_pickup_datetime"]})
    return trips[_there(begun, waits, otherwise) <= moment]


def _strictly(trips: Frame, moment: Moment, waits: Waits, otherwise: pd.Timedelta) -> Frame:
    return trips[_there(trips, waits, otherwise) < moment]


def _arrived_cases(rng: np.random.Generator) -> list[Case]:
    def drawn(
        month: str, codes: tuple[int, ...], at: float, tied: object = None
    ) -> tuple[Any, ...]:
        typical = {1: rng.uniform(6, 48), 2: rng.uniform(60, 100), 3: rng.uniform(100, 140)}
        waits = {code: pd.Timedelta(minutes=round(60 * typical[code])) for code in codes}
        otherwise = pd.Timedelta(minutes=int(rng.integers(7 * 1440, 9 * 1440)))
        trips = material.trips(month)[_COLUMNS]
        missing = trips[trips["payment_type"].isna()]
        some = pd.concat([material.some(trips, rng, 90, 120), material.some(missing, rng, 10, 20)])
        some = some.reset_index(drop=True).sample(frac=1, random_state=rng)
        middle: Any = some[_ENDED].quantile(at)
        moment: Moment = middle.floor("s")
        if tied is not None:
            kind = some["payment_type"]
            same = some[kind.isna() if tied == "missing" else kind == tied]
            moment = _there(same.iloc[[0]], waits, otherwise).iloc[0]
        return some, moment, waits, otherwise

    cases = []
    for month in ("2020-03", "2020-05"):
        says = f"trips of {month}, and a moment in the midst of it"
        cases.append(Case(says, drawn(month, (1, 2), float(rng.uniform(0.4, 0.7)))))
    says = "a label that arrives at that very moment"
    cases += [Case(says, drawn("2020-03", (1, 2), 0.5, tied)) for tied in (1, 2, "missing")]
    args = drawn("2020-04", (1, 2, 3), float(rng.uniform(0.5, 0.8)))
    cases.append(Case("three payment types with a wait of their own", args))
    some, _, waits, otherwise = drawn("2020-02", (1, 2), 0.5)
    first = _there(some, waits, otherwise).min() - pd.Timedelta(minutes=1)
    cases.append(Case("a minute before the first label", (some, first, waits, otherwise)))
    last = some[_ENDED].max() + pd.Timedelta("30D")
    cases.append(Case("a month later, when all are there", (some, last, waits, otherwise)))
    return cases


ARRIVED = Exercise(
    name="deployment-arrived",
    title="Which labels had arrived?",
    kind="find the bug",
    level=2,
    minutes=15,
    section="sec-deployment-training",
    slide="sec-slide-deployment-replay",
    examine=Trial(
        reference=_arrived,
        cases=_arrived_cases,
        cost="A test of the past uses rows that nobody had. Its score can't be repeated in "
        "production, and no error says why.",
        misconceptions=(
            Misconception("a missing wait taken for none", _no_wait_if_missing, _NO_WAIT),
            Misconception("a missing wait taken for none", _no_wait_from_the_end, _NO_WAIT),
            Misconception(
                "a missing wait taken for never",
                _never_if_missing,
                "A group of trips is never judged. If the model fails on them, no score of yours "
                "will show it.",
            ),
            Misconception(
                "training on labels not yet arrived",
                _as_ended,
                "The model of the past is fitted on labels of its own future. It looks good in "
                "every backtest, and can't be built on the day of the release.",
            ),
            Misconception(
                "the pickup for the dropoff",
                _from_pickup,
                "Every label comes early by the length of its trip. The longest trips are known "
                "before they have ended.",
            ),
            Misconception(
                "a strict bound",
                _strictly,
                "A nightly load stamps all of its rows with one moment. At that moment the "
                "monitor misses the whole night.",
            ),
        ),
    ),
)

EXERCISES = (WHEN_KNOWN, ARRIVED, SETTLING)
