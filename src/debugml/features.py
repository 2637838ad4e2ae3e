"""What the model sees, and what it is asked: eleven features and one label."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd

from .engines import by_part, weekday
from .errors import SchemaError, SettingError
from .trips.schema import COORDINATES

FEATURES = (
    "pickup_weekday",
    "pickup_hour",
    "work_hours",
    "pickup_minute",
    "passenger_count",
    "trip_distance",
    "trip_time",
    "trip_speed",
    "PULocationID",
    "DOLocationID",
    "RatecodeID",
)
LABEL = "high_tip"
TIME = "tpep_dropoff_datetime"
HIGH_TIP = 0.2
"""A tip is high above this share of the fare."""

MISSING = -1.0
NEEDED = (
    "tpep_pickup_datetime",
    TIME,
    "passenger_count",
    "trip_distance",
    "PULocationID",
    "DOLocationID",
    "RatecodeID",
    "fare_amount",
    "tip_amount",
)
"""Columns of trips that `featurize` reads."""


def featurize(
    trips: Any,
    start: str | None = None,
    end: str | None = None,
    keep: str | Iterable[str] = (),
    *,
    fill_zones: bool = False,
) -> Any:
    """Features, label and dropoff time of trips, in the order given.

    Trips with a fare of zero or less are left out: the label would divide by it.
    Weekday, hour and minute are the pickup's; Monday is 0. Work hours are 8:00 to
    18:59 from Monday to Friday. Trip time is in seconds, speed in miles a second.

    Parameters
    ----------
    trips : DataFrame of shape (trips, …)
        As `debugml.load` gives them, on any engine.
    start, end : str, optional
        First and last dropoff *day* to keep, ``YYYY-MM-DD``, both included whole.
    keep : str or iterable of str
        Columns of the trips to carry along unchanged, such as ``payment_type``: for
        slicing the results. The model does not see them.
    fill_zones : bool
        Take zone ids as missing, −1, where trips have coordinates in place of them: in months
        before 2011 (Parquet) or July 2016 (CSV).

    Returns
    -------
    DataFrame of shape (rows, 13 + kept columns)
        The eleven `FEATURES` as float32 with −1 for missing; ``high_tip`` (int8, 1 if the
        tip is above a fifth of the fare; a missing tip counts as none);
        ``tpep_dropoff_datetime``; the columns to keep. Its ``attrs`` are the trips'.

    Raises
    ------
    SchemaError
        If a column that it needs, or is to keep, is missing, or trips have coordinates in
        place of zone ids.
    SettingError
        If a date is not ``YYYY-MM-DD``, the end lies before the start, or a column to keep
        has the name of one that is there anyway.

    Examples
    --------
    >>> from debugml import load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> train.shape, round(float(train["high_tip"].mean()), 3)
    ((9969, 13), 0.562)
    """
    first, last = _days(start, end)
    # The day after the last, compared with `<`, keeps the last day to its final second.
    after = None if last is None else last + pd.Timedelta(days=1)
    return _by_part(trips, first, after, keep, published=False, fill_zones=fill_zones)


def featurize_as_published(
    trips: Any,
    start: str | None = None,
    end: str | None = None,
    keep: str | Iterable[str] = (),
    *,
    fill_zones: bool = False,
) -> Any:
    """The published pipeline's features, with its two faults kept, for teaching only.

    It differs from `featurize` in two points, each from the notebook published with
    Shankar (2021):

    - Trip time is the *seconds part* of a duration, which starts again at 0 after a day
      (and turns a dropoff before the pickup into almost a day).
    - The end date means its midnight, so the last day's trips are dropped: with
      ``end="2020-03-31"`` there is no 31 March.

    Parameters, returned columns and errors are those of `featurize`.

    Examples
    --------
    >>> from debugml import load
    >>> march = load("2020-03", source="sample")
    >>> kept = featurize_as_published(march, "2020-03-01", "2020-03-31")
    >>> str(kept["tpep_dropoff_datetime"].max().date())
    '2020-03-30'
    """
    return _by_part(trips, *_days(start, end), keep, published=True, fill_zones=fill_zones)


def _days(start: str | None, end: str | None) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    first, last = _day(start, "start"), _day(end, "end")
    if first is not None and last is not None and last < first:
        raise SettingError(f"end {end} lies before start {start}: swap them")
    return first, last


def _day(text: str | None, said: str) -> pd.Timestamp | None:
    if text is None:
        return None
    try:
        return pd.Timestamp(datetime.strptime(text, "%Y-%m-%d"))
    except (ValueError, TypeError) as error:
        raise SettingError(f"{said} is {text!r}: write a day as in '2020-03-31'") from error


def names_of(columns: str | Iterable[str]) -> tuple[str, ...]:
    """Column names: one of them, or several; each once.

    Examples
    --------
    >>> names_of("payment_type"), names_of(["VendorID", "VendorID"])
    (('payment_type',), ('VendorID',))
    """
    return tuple(dict.fromkeys([columns] if isinstance(columns, str) else columns))


def _by_part(
    trips: Any,
    first: pd.Timestamp | None,
    before: pd.Timestamp | None,
    keep: str | Iterable[str],
    *,
    published: bool,
    fill_zones: bool,
) -> Any:
    carried = names_of(keep)
    there = [name for name in carried if name in (*FEATURES, LABEL, TIME)]
    if there:
        raise SettingError(f"keep names {', '.join(there)}, which featurize gives: leave it out")
    lacking = [name for name in (*NEEDED, *carried) if name not in trips.columns]
    if lacking:
        raise SchemaError(
            f"the trips have no column {', '.join(lacking)}: give featurize what load returns"
        )
    if not fill_zones and any(name in trips.columns for name in COORDINATES):
        raise SchemaError(
            "some of these trips have coordinates in place of the zone ids that the features need: "
            "zone ids begin in 2011 (Parquet) or July 2016 (CSV). Load later months, or take them "
            "as missing: featurize(trips, fill_zones=True)"
        )
    part = partial(_featurize, first=first, before=before, carried=carried, published=published)
    return by_part(trips, part)


def _featurize(
    trips: Any,
    *,
    first: pd.Timestamp | None,
    before: pd.Timestamp | None,
    carried: tuple[str, ...],
    published: bool,
) -> Any:
    # Only what pandas and cuDF share: a frame of any engine's parts goes through here.
    keep = trips["fare_amount"] > 0
    if first is not None:
        keep &= trips[TIME] >= first
    if before is not None:
        keep &= (trips[TIME] <= before) if published else (trips[TIME] < before)
    trips = trips[keep].reset_index(drop=True)

    pickup = trips["tpep_pickup_datetime"].dt
    day, hour = weekday(trips["tpep_pickup_datetime"]), pickup.hour
    duration = trips[TIME] - trips["tpep_pickup_datetime"]
    seconds = duration.dt.seconds if published else duration / pd.Timedelta(seconds=1)
    work_hours = (day <= 4) & (hour >= 8) & (hour <= 18)
    features = trips[[name for name in FEATURES if name in trips.columns]].assign(
        pickup_weekday=day,
        pickup_hour=hour,
        # A comparison with a missing time is False, which would read as "not at work".
        work_hours=work_hours.astype("float32").where(hour.notna()),
        pickup_minute=pickup.minute,
        trip_time=seconds,
        # As published: the small term keeps a trip of no time from dividing by zero.
        trip_speed=trips["trip_distance"] / (seconds + 1e-7),
    )
    features = features[list(FEATURES)].astype("float32").fillna(MISSING)
    # On a GPU a comparison with a missing tip is missing too; here it is a "no".
    high = (trips["tip_amount"] / trips["fare_amount"]).fillna(0) > HIGH_TIP
    more = {LABEL: high.astype("int8"), TIME: trips[TIME]}
    return features.assign(**more, **{name: trips[name] for name in carried})
