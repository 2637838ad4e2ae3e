"""Exercises on features: an end date, a duration, and what was known when a trip began."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..difference import difference
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .features_known import KNOWN_THEN

_PICKUP, _DROPOFF = "tpep_pickup_datetime", "tpep_dropoff_datetime"
_COLUMNS = [_PICKUP, _DROPOFF, "PULocationID", "fare_amount"]

# --- where did 31 March go? -------------------------------------------------------


def _rows(trips: pd.DataFrame, keep: Any) -> pd.DataFrame:
    found: pd.DataFrame = trips[keep]
    return found


def _between(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    day = trips[_DROPOFF].dt.normalize()
    return _rows(trips, (day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last)))


def _until_midnight(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    ended = trips[_DROPOFF]
    return _rows(trips, (ended >= pd.Timestamp(first)) & (ended <= pd.Timestamp(last)))


def _before_midnight(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    ended = trips[_DROPOFF]
    return _rows(trips, (ended >= pd.Timestamp(first)) & (ended < pd.Timestamp(last)))


def _by_pickup(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    day = trips[_PICKUP].dt.normalize()
    return _rows(trips, (day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last)))


def _as_text(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    day = trips[_DROPOFF].dt.strftime("%Y-%m-%d")
    return _rows(trips, (day >= first) & (day <= last))


def _midnight_twice(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    ended, after = trips[_DROPOFF], pd.Timestamp(last) + pd.Timedelta(days=1)
    return _rows(trips, (ended >= pd.Timestamp(first)) & (ended <= after))


def _last_second(trips: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    ended, end = trips[_DROPOFF], pd.Timestamp(last) + pd.Timedelta("23:59:59")
    return _rows(trips, (ended >= pd.Timestamp(first)) & (ended <= end))


def _wrong_rows(given: Any, right: Any) -> str:
    """As `difference`, for rows of trips: which days are missing; the index is left aside."""
    if not isinstance(given, pd.DataFrame) or not isinstance(right, pd.DataFrame):
        return difference(given, right)
    if len(given.columns) != len(right.columns) or set(given.columns) != set(right.columns):
        return difference(given.iloc[:0], right.iloc[:0]) or "a column is there twice"
    given = given[list(right.columns)].reset_index(drop=True)
    if given.equals(right.reset_index(drop=True)):
        return ""
    mine, theirs = (
        pd.to_datetime(each[_DROPOFF], errors="coerce").dt.date.value_counts()
        for each in (given, right)
    )
    off = mine.sub(theirs, fill_value=0).astype(int)
    said = []
    for part, what in ((off[off < 0], "missing"), (off[off > 0], "too many")):
        if len(part):
            day = min(part.index)
            more = f", and of {len(part) - 1} other days" if len(part) > 1 else ""
            said.append(f"{abs(part[day]):,} of the trips that ended on {day}{more} are {what}")
    return " and ".join(said) or "the rows are not the trips as they were given"


def _around_midnight(first: str, last: str, rng: np.random.Generator) -> pd.DataFrame:
    """Trips that end at, just before and just after the two ends, and between."""
    start, end = pd.Timestamp(first), pd.Timestamp(last) + pd.Timedelta(days=1)
    near = [pd.Timedelta(each) for each in ("-1us", "0s", "1us", "-1s", "1s", "-500ms", "2h")]
    middle = [end - pd.Timedelta(days=1) + pd.Timedelta(each) for each in ("0s", "1us", "-1us")]
    ends = [*(start + each for each in near), *(end + each for each in near), *middle]
    frame = pd.DataFrame({_DROPOFF: pd.Series(ends).astype("datetime64[us]")})
    frame[_PICKUP] = frame[_DROPOFF] - pd.to_timedelta(rng.integers(60, 7200, len(ends)), "s")
    frame["PULocationID"] = rng.integers(1, 264, len(ends)).astype(float)
    frame["fare_amount"] = rng.integers(5, 60, len(ends)).astype(float)
    mixed = frame.iloc[rng.permutation(len(frame))]
    return mixed[_COLUMNS]


def _day_cases(rng: np.random.Generator) -> list[Case]:
    march = material.trips("2020-03")[_COLUMNS]
    cases = [
        Case("March 2020, from the 1st to the 31st", (march, "2020-03-01", "2020-03-31")),
        Case("31 March 2020 alone", (march, "2020-03-31", "2020-03-31")),
        Case("March 2020, asked for without zeros", (march, "2020-3-2", "2020-3-15")),
    ]
    leap = material.trips("2020-02")[_COLUMNS]
    cases.append(Case("the last days of February 2020", (leap, "2020-02-25", "2020-02-29")))
    for month in rng.choice(material.MONTHS, 2):
        frame = material.some(material.trips(month)[_COLUMNS], rng, 500, 3000)
        first, last = np.sort(rng.integers(1, 29, 2))
        days = f"{month}-{first:02}", f"{month}-{last:02}"
        cases.append(Case("days of a month drawn at random", (frame, *days)))
    for first, last in (("2019-12-31", "2019-12-31"), ("2020-04-28", "2020-05-03")):
        edge = _around_midnight(first, last, rng)
        cases.append(Case("trips that end around midnight", (edge, first, last)))
    cases.append(Case("days on which no trip ended", (march, "2020-06-01", "2020-06-02")))
    return cases


_LOST = (
    "No model that is trained by the month ever learns from a month's last day, and a daily job "
    "that asks for one day gets an empty frame."
)

LAST_DAY = Exercise(
    name="features-last-day",
    title="Where did 31 March go?",
    kind="find the bug",
    level=1,
    minutes=8,
    section="sec-features-end",
    slide="sec-slide-features-bugs",
    examine=Trial(
        reference=_between,
        cases=_day_cases,
        cost="Every count and every score of a month rests on which trips are in it, and nobody "
        "sees a filter that drops some.",
        explain=_wrong_rows,
        misconceptions=(
            Misconception(
                "an exclusive end date",
                _until_midnight,
                _LOST,
            ),
            Misconception(
                "an exclusive end date",
                _before_midnight,
                _LOST,
            ),
            Misconception(
                "counting by pickup",
                _by_pickup,
                "The label is known at the dropoff. Trips across midnight are scored in one "
                "month here and in another one there, and the two totals never agree.",
            ),
            Misconception(
                "dates compared as text",
                _as_text,
                "It works until somebody types a day without its zero. Then the filter keeps "
                "the wrong days and raises nothing.",
            ),
            Misconception(
                "midnight counted twice",
                _midnight_twice,
                "A trip that ends at midnight is in two months: the months add up to more "
                "than the year.",
            ),
            Misconception(
                "the last second as the end of the day",
                _last_second,
                "It holds as long as times are whole seconds. The day a supplier sends "
                "fractions, trips fall between two days and are in neither.",
            ),
        ),
    ),
)

# --- only a minute long? ----------------------------------------------------------


def _seconds(trips: pd.DataFrame) -> pd.Series:
    took = trips[_DROPOFF].to_numpy() - trips[_PICKUP].to_numpy()
    return pd.Series(took / np.timedelta64(1, "s"), index=trips.index)


def _seconds_part(trips: pd.DataFrame) -> pd.Series:
    return (trips[_DROPOFF] - trips[_PICKUP]).dt.seconds


def _days_and_seconds(trips: pd.DataFrame) -> pd.Series:
    took = (trips[_DROPOFF] - trips[_PICKUP]).dt
    return took.days * 86_400 + took.seconds


def _nanoseconds(trips: pd.DataFrame) -> pd.Series:
    took = trips[_DROPOFF] - trips[_PICKUP]
    return took.astype("int64").where(took.notna()) / 1e9


def _clock_cases(rng: np.random.Generator) -> list[Case]:
    cases = [Case("November 2020, the whole sample", (material.trips("2020-11")[_COLUMNS],))]
    month = str(rng.choice(["2020-09", "2020-10", "2020-12"]))
    frame = material.some(material.trips(month)[_COLUMNS], rng, 1000, 3000)
    cases.append(Case("trips of a month drawn at random", (frame,)))
    for unit in ("s", "us", "ns"):
        size = int(rng.integers(40, 200))
        took = rng.integers(-7200, 3 * 86_400, size).astype(float)
        took[:6] = [86_400, 86_460, 0, -60, -86_400, 1]
        if unit != "s":
            took[6::2] += rng.choice([0.4, 0.5, 0.6], len(took[6::2]))
        start = pd.Timestamp("2020-11-01") + pd.to_timedelta(rng.integers(0, 2_000_000, size), "s")
        frame = pd.DataFrame({_PICKUP: start})
        # In microseconds first: a float of seconds would bring its rounding along.
        frame[_DROPOFF] = start + pd.to_timedelta((took * 1e6).round().astype("int64"), "us")
        kind: Any = f"datetime64[{unit}]"
        frame = frame.astype(kind).iloc[rng.permutation(size)]
        frame.iloc[:2, 0], frame.iloc[2:4, 1] = pd.NaT, pd.NaT
        cases.append(Case(f"times drawn at random, kept in {_UNITS[unit]}", (frame,)))
    late = material.some(material.trips("2020-10")[_COLUMNS], rng, 1, 3)
    return [*cases, Case("a trip or three", (late,))]


_UNITS = {"s": "seconds", "us": "microseconds", "ns": "nanoseconds"}

TINY_TRIP_TIME = Exercise(
    name="features-tiny-trip-time",
    title="Why is a trip sometimes only a minute long?",
    kind="find the bug",
    level=1,
    minutes=10,
    section="sec-features-clock",
    slide="sec-slide-features-bugs",
    examine=Trial(
        reference=_seconds,
        cases=_clock_cases,
        cost="Trip time and trip speed are two of the features. A wrong duration gives both a "
        "value that looks possible, so nothing is raised and no range check rings.",
        misconceptions=(
            Misconception(
                "the seconds part of a duration",
                _seconds_part,
                "A trip of a day and a minute is served to the model as a trip of a minute, and "
                "a clock that went back by a minute as a trip of nearly a day.",
            ),
            Misconception(
                "negative ones made positive",
                lambda trips: _seconds(trips).abs(),
                "A clock that ran backwards looks like an ordinary trip. The fault of a meter "
                "is no longer on any chart.",
            ),
            Misconception(
                "negative ones set to zero",
                lambda trips: _seconds(trips).clip(lower=0),
                "A trip without a duration has a speed without a limit, and the record that "
                "would have shown the broken clock is gone.",
            ),
            Misconception(
                "missing taken for zero",
                lambda trips: _seconds(trips).fillna(0),
                "A lost time becomes the shortest trip of the month. Nobody can count the lost "
                "ones afterwards.",
            ),
            Misconception(
                "whole seconds only",
                _days_and_seconds,
                "One system cuts the fraction off, the other keeps it: training and serving "
                "differ on every record of a supplier that sends fractions.",
            ),
            Misconception(
                "nanoseconds assumed",
                _nanoseconds,
                "A file that keeps its times in another unit gives durations that are a thousand "
                "times too short, from the day on which a library changes its default.",
            ),
        ),
    ),
)

EXERCISES = (LAST_DAY, TINY_TRIP_TIME, KNOWN_THEN)
