"""An exercise on features: the tip share of a zone, from trips that had ended by then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..difference import difference
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial

_PICKUP, _DROPOFF, _ZONE, _HIGH = (
    "tpep_pickup_datetime",
    "tpep_dropoff_datetime",
    "PULocationID",
    "high_tip",
)


def _share_where(trips: pd.DataFrame, known: np.ndarray) -> pd.Series:
    """For each trip, the share of high tips among the known ones of its zone; else missing."""
    zone, high = trips[_ZONE].to_numpy(), trips[_HIGH].to_numpy(float)
    counted = known & (zone[:, None] == zone)
    n = counted.sum(axis=1)
    share = np.divide(counted @ high, n, out=np.full(len(trips), np.nan), where=n > 0)
    return pd.Series(share, index=trips.index)


def _times(trips: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return trips[_PICKUP].to_numpy(), trips[_DROPOFF].to_numpy()


def _known_then(trips: pd.DataFrame) -> pd.Series:
    began, ended = _times(trips)
    return _share_where(trips, ended < began[:, None])


def _whole_month(trips: pd.DataFrame) -> pd.Series:
    return _share_where(trips, np.ones((len(trips), len(trips)), dtype=bool))


def _all_others(trips: pd.DataFrame) -> pd.Series:
    return _share_where(trips, ~np.eye(len(trips), dtype=bool))


def _begun_before(trips: pd.DataFrame) -> pd.Series:
    began, _ = _times(trips)
    return _share_where(trips, began < began[:, None])


def _itself_too(trips: pd.DataFrame) -> pd.Series:
    began, ended = _times(trips)
    return _share_where(trips, (ended < began[:, None]) | np.eye(len(trips), dtype=bool))


def _ended_by_its_end(trips: pd.DataFrame) -> pd.Series:
    _, ended = _times(trips)
    return _share_where(trips, ended <= ended[:, None])


def _earlier_rows(trips: pd.DataFrame) -> pd.Series:
    return _share_where(trips, np.tri(len(trips), k=-1, dtype=bool))


def _every_zone(trips: pd.DataFrame) -> pd.Series:
    return _known_then(trips.assign(**{_ZONE: 0}))


def _labelled(month: str, rng: np.random.Generator, zones: int) -> pd.DataFrame:
    """A hundred trips or so of a month, from its busiest zones and a rare one."""
    trips = material.trips(month)
    trips = trips[(trips["fare_amount"] > 0) & (trips[_DROPOFF] > trips[_PICKUP])]
    counts = trips[_ZONE].value_counts()
    chosen = [*counts.index[:zones], *rng.choice(counts.index[30:], 2, replace=False)]
    frame = material.some(trips[trips[_ZONE].isin(chosen)], rng, 90, 150)
    high = (frame["tip_amount"] / frame["fare_amount"] > 0.2).astype(int)
    return frame[[_PICKUP, _DROPOFF, _ZONE]].assign(**{_HIGH: high})


def _crowded(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Trips in steps of five minutes: many end in the moment in which another one begins."""
    began = pd.Timestamp("2020-03-07 08:00") + pd.to_timedelta(5 * rng.integers(0, 72, size), "min")
    frame = pd.DataFrame({_PICKUP: began})
    frame[_DROPOFF] = frame[_PICKUP] + pd.to_timedelta(5 * rng.integers(1, 13, size), "min")
    frame[_ZONE] = rng.choice([79.0, 132.0, 237.0], size)
    frame[_HIGH] = rng.integers(0, 2, size)
    return frame.astype(dict.fromkeys((_PICKUP, _DROPOFF), "datetime64[us]"))


def _history_cases(rng: np.random.Generator) -> list[Case]:
    cases = [Case("trips of March 2020 in file order", (_labelled("2020-03", rng, 3),))]
    for month in rng.choice(material.MONTHS, 2):
        frame = _labelled(month, rng, 4)
        cases.append(Case("trips of a month drawn at random", (frame,)))
    frame = _labelled("2020-02", rng, 3)
    mixed = frame.iloc[rng.permutation(len(frame))]
    cases.append(Case("trips of February 2020 in no order", (mixed,)))
    for size in (int(rng.integers(60, 120)), int(rng.integers(60, 120))):
        cases.append(Case("trips that end as others begin", (_crowded(rng, size),)))
    return [*cases, Case("a single trip", (_crowded(rng, 1),))]


def _wrong_shares(given: Any, right: Any) -> str:
    """As `difference`; an array or a list stands for a Series in the trips' order."""
    if isinstance(right, pd.Series) and isinstance(given, (np.ndarray, list)):
        return difference(given, right.to_numpy())
    return difference(given, right)


_COPIED = (
    "In a quiet zone the feature is the answer. The model learns to copy it, and has nothing to "
    "copy when it is live."
)

KNOWN_THEN = Exercise(
    name="features-leak",
    title="What was known when the trip began?",
    kind="write a function",
    level=2,
    minutes=20,
    section="sec-features-leakage",
    slide="sec-slide-features-table",
    examine=Trial(
        reference=_known_then,
        cases=_history_cases,
        cost="A feature that holds more than was known then scores well in every test and falls "
        "on the first day that it is live.",
        explain=_wrong_shares,
        misconceptions=(
            Misconception(
                "the whole month's mean",
                _whole_month,
                "Each trip's own answer is in its feature, and so is the rest of the month. "
                "The gate sees a gain, the riders see none.",
            ),
            Misconception(
                "the whole month without the trip itself",
                _all_others,
                "The trip's own answer is out, the future is still in. On the day of the "
                "release there is no rest of the month to take a mean of.",
            ),
            Misconception(
                "including the trip itself",
                _itself_too,
                _COPIED,
            ),
            Misconception(
                "including the trip itself",
                _ended_by_its_end,
                _COPIED,
            ),
            Misconception(
                "trips begun taken for trips ended",
                _begun_before,
                "The riders who are still under way have not tipped yet. In a test their tips "
                "are in the file; live, the field is empty.",
            ),
            Misconception(
                "earlier rows of the file rather than earlier in time",
                _earlier_rows,
                "The feature depends on how somebody sorted the file. Sort it by another "
                "column, and the future moves into it without an error.",
            ),
            Misconception(
                "no history taken for no tips",
                lambda trips: _known_then(trips).fillna(0),
                "A new zone looks like one where nobody ever tips, and the model says “no” "
                "to its first riders with confidence.",
            ),
            Misconception(
                "one share for all zones",
                _every_zone,
                "What was asked of each zone is answered for the city. The feature hardly "
                "varies, and the drift of one zone can't be seen in it.",
            ),
        ),
    ),
)
