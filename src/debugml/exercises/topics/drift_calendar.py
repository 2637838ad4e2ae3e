"""An exercise on what the calendar does to a comparison of months."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .drift_size import exact_d

TIME = "tpep_pickup_datetime"


def _weights(frame: pd.DataFrame, how: str) -> Any:
    at = frame[TIME].dt
    weekday = at.day_of_week.to_numpy()
    if how == "trips":
        return 1 / np.bincount(weekday, minlength=7)[weekday]
    days = at.normalize().drop_duplicates().dt.day_of_week
    if how == "day of month":
        days = frame[TIME][~pd.DataFrame({"w": weekday, "d": at.day}).duplicated().to_numpy()]
        days = days.dt.day_of_week
    per_weekday = np.bincount(days, minlength=7)[weekday].astype(float)
    return per_weekday if how == "turned round" else 1 / per_weekday


def _d_of_weeks(how: str, reference: pd.DataFrame, current: pd.DataFrame, column: str) -> float:
    """D with each trip weighted, by default so that every weekday of a month is one day."""
    points = np.unique(np.concatenate([reference[column], current[column]]))
    shares = []
    for frame in (reference, current):
        place = np.searchsorted(points, frame[column].to_numpy())
        weight = np.bincount(place, _weights(frame, how), minlength=len(points))
        shares.append(np.cumsum(weight) / weight.sum())
    return float(np.abs(shares[0] - shares[1]).max())


def _observed(reference: pd.DataFrame, current: pd.DataFrame, column: str) -> float:
    return exact_d(reference[column], current[column])


def _left_out(reference: pd.DataFrame, current: pd.DataFrame, column: str) -> float:
    return 0.0 if column == "pickup_weekday" else _observed(reference, current, column)


def _four_weeks(reference: pd.DataFrame, current: pd.DataFrame, column: str) -> float:
    first = [
        frame[frame[TIME] < frame[TIME].min().normalize() + pd.Timedelta(days=28)]
        for frame in (reference, current)
    ]
    return _observed(first[0], first[1], column)


def _part(month: str, *more: str) -> pd.DataFrame:
    trips = pd.concat([material.trips(each) for each in (month, *more)], ignore_index=True)
    return pd.DataFrame(
        {
            TIME: trips[TIME],
            "pickup_weekday": trips[TIME].dt.day_of_week,
            "pickup_hour": trips[TIME].dt.hour,
            "trip_distance": trips["trip_distance"],
        }
    )


def _cases(rng: np.random.Generator) -> list[Case]:
    columns = ["pickup_weekday", "pickup_hour", "trip_distance"]
    cases = [
        Case(f"January against {said} 2020, {column}", (_part("2020-01"), _part(month), column))
        for said, month, column in (
            ("February", "2020-02", "pickup_weekday"),
            ("March", "2020-03", "pickup_weekday"),
            ("February", "2020-02", "trip_distance"),
        )
    ]
    for _ in range(3):
        before, after = rng.choice(material.MONTHS, 2, False)
        frames = [material.some(_part(each), rng, 30, 900) for each in (before, after)]
        column = str(rng.choice(columns))
        cases.append(Case(f"trips of {before} and {after} drawn at random", (*frames, column)))
    long = material.some(_part("2019-02", "2019-03"), rng, 1500, 2500)
    cases.append(
        Case("two months in one frame", (long, _part("2019-01"), str(rng.choice(columns[:2]))))
    )
    weekdays = material.some(_part("2020-10"), rng, 200, 500)
    weekdays = weekdays[weekdays["pickup_weekday"] < 5]
    whole = material.some(_part("2020-04"), rng, 200, 500)
    far = weekdays["trip_distance"] > 2
    cases += [
        Case("no value in common", (weekdays[~far], weekdays[far], "trip_distance")),
        Case("a current sample without a weekend", (whole, weekdays, "pickup_weekday")),
        Case("a record against a month", (whole.iloc[:1], weekdays, str(rng.choice(columns)))),
    ]
    return cases


WEEKDAY = Exercise(
    name="drift-weekday",
    title="Is weekday drift drift?",
    kind="write a function",
    level=2,
    minutes=20,
    section="sec-drift-weekday",
    slide="sec-slide-drift-adjacent",
    examine=Trial(
        reference=partial(_d_of_weeks, "days"),
        cases=_cases,
        cost="Each month begins on another weekday: what is left of that is explained, month "
        "after month, as a change in the city.",
        misconceptions=(
            Misconception(
                "the calendar left in",
                _observed,
                "In nearly every month some weekday comes five times. The gap that this makes is "
                "explained as a change in the city, and a real change hides behind it.",
            ),
            Misconception(
                "leaving the weekday out",
                _left_out,
                "The chart is quiet, but hours and distances depend on the weekday too: they go "
                "on drifting with the calendar, and a real change of weekdays is on no chart.",
            ),
            Misconception(
                "the first four weeks",
                _four_weeks,
                "The last days of a month are never looked at. A fault that begins on the 29th "
                "is found a month later.",
            ),
            Misconception(
                "weights the wrong way round",
                partial(_d_of_weeks, "turned round"),
                "The weekdays that are too many count for even more: the calendar's share of D "
                "grows where it was to be taken out.",
            ),
            Misconception(
                "the same mix of trips",
                partial(_d_of_weeks, "trips"),
                "D of the weekday is always zero. When a city stops going out on Saturdays, this "
                "figure can't show it.",
            ),
            Misconception(
                "days told apart by their number in the month",
                partial(_d_of_weeks, "day of month"),
                "Right for a month, wrong for a quarter: 1 February and 1 March become one day "
                "as soon as somebody asks for a longer window.",
            ),
        ),
    ),
)
