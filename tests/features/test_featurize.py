"""Features and label, against a second computation row by row in plain Python."""

from __future__ import annotations

import datetime as dt
import math
import struct
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import debugml as dm
from debugml.errors import SchemaError, SettingError

START = dt.datetime(2020, 3, 2, 9, 30)  # a Monday


def trip(pickup: dt.datetime = START, minutes: float = 10.0, **changed: Any) -> dict[str, Any]:
    row = {
        "tpep_pickup_datetime": pickup,
        "tpep_dropoff_datetime": pickup + dt.timedelta(minutes=minutes),
        "passenger_count": 1.0,
        "trip_distance": 2.0,
        "PULocationID": 10.0,
        "DOLocationID": 20.0,
        "RatecodeID": 1.0,
        "fare_amount": 10.0,
        "tip_amount": 3.0,
    }
    return row | changed


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    times = ["tpep_pickup_datetime", "tpep_dropoff_datetime"]
    return pd.DataFrame(rows).astype(dict.fromkeys(times, "datetime64[us]"))


def float32(value: float) -> float:
    """As the nearest float of 32 bits; missing is −1."""
    if value is None or math.isnan(value):
        return -1.0
    return float(struct.unpack("f", struct.pack("f", value))[0])


def by_hand(row: dict[str, Any]) -> list[float]:
    """The eleven features and the label of one trip, without pandas or NumPy."""
    pickup, dropoff = row["tpep_pickup_datetime"], row["tpep_dropoff_datetime"]
    span = dropoff - pickup
    seconds = span.days * 86400 + span.seconds + span.microseconds / 1e6
    weekday, hour = pickup.weekday(), pickup.hour
    return [
        float(weekday),
        float(hour),
        1.0 if weekday in (0, 1, 2, 3, 4) and hour in range(8, 19) else 0.0,
        float(pickup.minute),
        float32(row["passenger_count"]),
        float32(row["trip_distance"]),
        float32(seconds),
        float32(row["trip_distance"] / (seconds + 1e-7)),
        float32(row["PULocationID"]),
        float32(row["DOLocationID"]),
        float32(row["RatecodeID"]),
        1.0 if row["tip_amount"] / row["fare_amount"] > 0.2 else 0.0,
    ]


def same_as_by_hand(trips: pd.DataFrame) -> None:
    features = dm.featurize(trips)
    kept = [row for row in trips.to_dict("records") if row["fare_amount"] > 0]
    assert len(features) == len(kept)
    found = features[[*dm.FEATURES, dm.LABEL]].astype("float64").to_numpy()
    expected = np.array([by_hand(row) for row in kept]).reshape(found.shape)
    np.testing.assert_array_equal(found, expected)
    assert list(features["tpep_dropoff_datetime"]) == [r["tpep_dropoff_datetime"] for r in kept]


@pytest.mark.parametrize("month", ["2018-01", "2019-02", "2020-05"])
def test_real_trips_row_by_row(month: str) -> None:
    same_as_by_hand(dm.load(month).sample(1500, random_state=7).reset_index(drop=True))


moments = st.datetimes(dt.datetime(2019, 1, 1), dt.datetime(2021, 1, 1))
money = st.floats(-50, 500).map(lambda x: round(x, 2))
codes = st.one_of(st.integers(0, 265).map(float), st.just(float("nan")))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            trip,
            moments,
            st.floats(-3000, 5000),
            passenger_count=codes,
            trip_distance=st.floats(0, 300),
            PULocationID=codes,
            RatecodeID=codes,
            fare_amount=money,
            tip_amount=money,
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_trips_row_by_row(rows: list[dict[str, Any]]) -> None:
    same_as_by_hand(frame(*rows))


def test_types_and_columns() -> None:
    features = dm.featurize(frame(trip()))
    assert list(features.columns) == [*dm.FEATURES, "high_tip", "tpep_dropoff_datetime"]
    assert {str(t) for t in features[list(dm.FEATURES)].dtypes} == {"float32"}
    assert str(features["high_tip"].dtype) == "int8"


def test_no_rows_keep_the_types() -> None:
    features = dm.featurize(frame(trip(fare_amount=0.0)))
    assert len(features) == 0
    assert features.dtypes.equals(dm.featurize(frame(trip())).dtypes)


@pytest.mark.parametrize(
    ("fare", "tip", "high"),
    [(10.0, 2.0, 0), (10.0, 2.01, 1), (10.0, 0.0, 0), (5.0, 1.0, 0), (10.0, math.nan, 0)],
)
def test_label_is_strictly_above_a_fifth(fare: float, tip: float, high: int) -> None:
    assert dm.featurize(frame(trip(fare_amount=fare, tip_amount=tip)))["high_tip"].item() == high


def test_refunds_free_rides_and_missing_fares_go() -> None:
    fares = [0.0, -10.0, 0.01, math.nan]
    features = dm.featurize(frame(*(trip(fare_amount=fare) for fare in fares)))
    assert len(features) == 1 and features.index.tolist() == [0]


@pytest.mark.parametrize(
    ("day", "hour", "work"),
    [(2, 8, 1), (2, 7, 0), (2, 18, 1), (2, 19, 0), (6, 18, 1), (7, 12, 0), (8, 12, 0)],
)
def test_work_hours(day: int, hour: int, work: int) -> None:
    pickup = dt.datetime(2020, 3, day, hour, 59)
    assert dm.featurize(frame(trip(pickup)))["work_hours"].item() == work


def test_missing_is_minus_one_everywhere() -> None:
    nothing = dict.fromkeys(
        ["passenger_count", "trip_distance", "PULocationID", "DOLocationID", "RatecodeID"],
        math.nan,
    )
    features = dm.featurize(frame(trip(tpep_pickup_datetime=pd.NaT, **nothing)))
    assert (features[list(dm.FEATURES)] == -1).all(axis=None)


@pytest.mark.parametrize("minutes", [24 * 60, 24 * 60 + 1, 3 * 24 * 60 + 5])
def test_trips_over_a_day(minutes: int) -> None:
    trips = frame(trip(minutes=minutes))
    assert dm.featurize(trips)["trip_time"].item() == minutes * 60
    # The published pipeline starts again at 0 after each day.
    assert dm.featurize_as_published(trips)["trip_time"].item() == minutes * 60 % 86400


def test_dropoff_before_pickup() -> None:
    trips = frame(trip(minutes=-10))
    right, published = dm.featurize(trips), dm.featurize_as_published(trips)
    assert right["trip_time"].item() == -600
    assert right["trip_speed"].item() == pytest.approx(2 / -600)
    assert published["trip_time"].item() == 86400 - 600


def test_no_time_at_all_has_a_finite_speed() -> None:
    speed = dm.featurize(frame(trip(minutes=0)))["trip_speed"].item()
    assert speed == pytest.approx(2e7) and math.isfinite(speed)


END_OF_MARCH = dt.datetime(2020, 3, 31)
MICRO = dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("dropoff", "right", "published"),
    [
        (END_OF_MARCH - MICRO, True, True),
        (END_OF_MARCH, True, True),  # midnight itself is what the published end means
        (END_OF_MARCH + MICRO, True, False),
        (dt.datetime(2020, 3, 31, 12), True, False),
        (dt.datetime(2020, 4, 1) - MICRO, True, False),
        (dt.datetime(2020, 4, 1), False, False),
        (dt.datetime(2020, 3, 1), True, True),
        (dt.datetime(2020, 3, 1) - MICRO, False, False),
    ],
)
def test_dates(dropoff: dt.datetime, right: bool, published: bool) -> None:
    trips = frame(trip(dropoff - dt.timedelta(minutes=5), minutes=5))
    assert trips["tpep_dropoff_datetime"].item() == dropoff
    span = ("2020-03-01", "2020-03-31")
    assert len(dm.featurize(trips, *span)) == right
    assert len(dm.featurize_as_published(trips, *span)) == published


def test_published_faults_change_nothing_else() -> None:
    trips = dm.load("2020-11")
    right, published = dm.featurize(trips), dm.featurize_as_published(trips)
    same = (right["trip_time"] >= 0) & (right["trip_time"] < 86400)
    assert 0 < (~same).sum() < 50
    pd.testing.assert_frame_equal(right[same], published[same])
    touched = ["trip_time", "trip_speed"]
    pd.testing.assert_frame_equal(right.drop(columns=touched), published.drop(columns=touched))


def test_input_is_left_as_it_was(january: pd.DataFrame) -> None:
    before = january.copy()
    dm.featurize(january, "2020-01-05", "2020-01-06")
    dm.featurize_as_published(january)
    pd.testing.assert_frame_equal(january, before)


def test_order_is_kept() -> None:
    trips = dm.load("2020-02").sample(frac=1, random_state=0)
    kept = trips[trips["fare_amount"] > 0]["tpep_dropoff_datetime"].to_numpy()
    assert (dm.featurize(trips)["tpep_dropoff_datetime"].to_numpy() == kept).all()


@pytest.mark.parametrize("day", ["2020-02-30", "March", "2020-03-01 10:00", "31.03.2020", 5])
def test_a_day_must_be_one(day: Any) -> None:
    with pytest.raises(SettingError, match=r"end is .*'2020-03-31'"):
        dm.featurize(frame(trip()), end=day)


def test_end_before_start() -> None:
    with pytest.raises(SettingError, match="swap"):
        dm.featurize(frame(trip()), "2020-03-02", "2020-03-01")


def test_missing_columns_are_named() -> None:
    for make in (dm.featurize, dm.featurize_as_published):
        with pytest.raises(SchemaError, match="no column fare_amount, tip_amount"):
            make(frame(trip()).drop(columns=["tip_amount", "fare_amount"]))


def test_dask_equals_pandas(january: pd.DataFrame) -> None:
    import dask.dataframe as dd

    parts = dd.from_pandas(january, npartitions=3)
    for make in (dm.featurize, dm.featurize_as_published):
        lazy = make(parts, "2020-01-05", "2020-01-20")
        assert not isinstance(lazy, pd.DataFrame)
        pd.testing.assert_frame_equal(
            lazy.compute().reset_index(drop=True), make(january, "2020-01-05", "2020-01-20")
        )


def test_kept_columns_follow_unchanged(january: pd.DataFrame) -> None:
    kept = ["payment_type", "store_and_fwd_flag", "fare_amount"]
    for make in (dm.featurize, dm.featurize_as_published):
        plain, carried = make(january, end="2020-01-20"), make(january, None, "2020-01-20", kept)
        assert list(carried.columns) == [*plain.columns, *kept]
        pd.testing.assert_frame_equal(carried[plain.columns], plain)
    charged = january[january["fare_amount"] > 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(dm.featurize(january, keep=kept)[kept], charged[kept])
    one = dm.featurize(january, keep="payment_type")
    assert list(one.columns)[-1] == "payment_type" and one["payment_type"].isna().any()


def test_kept_columns_must_be_there_and_new(january: pd.DataFrame) -> None:
    with pytest.raises(SchemaError, match="no column weather"):
        dm.featurize(january, keep=["payment_type", "weather"])
    with pytest.raises(SettingError, match="keep names trip_distance"):
        dm.featurize(january, keep="trip_distance")


def test_dask_keeps_the_same_columns(january: pd.DataFrame) -> None:
    import dask.dataframe as dd

    lazy = dm.featurize(dd.from_pandas(january, npartitions=3), keep=["payment_type"])
    assert list(lazy.columns)[-1] == "payment_type"
    pd.testing.assert_frame_equal(
        lazy.compute().reset_index(drop=True), dm.featurize(january, keep=["payment_type"])
    )
