"""`load`: the same trips from any form of file, in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import debugml as dm
from debugml.trips import COLUMNS, files

NAME = "yellow_tripdata_2020-01"


def test_csv_and_parquet_of_the_same_trips_are_equal(tmp_path: Path, january: pd.DataFrame) -> None:
    csv, parquet = tmp_path / "csv", tmp_path / "parquet"
    csv.mkdir()
    parquet.mkdir()
    january.to_csv(csv / f"{NAME}.csv", index=False)
    january.to_parquet(parquet / f"{NAME}.parquet")
    pd.testing.assert_frame_equal(dm.load("2020-01", source=csv), january, check_exact=True)
    pd.testing.assert_frame_equal(dm.load("2020-01", source=parquet), january, check_exact=True)


def test_tlc_integer_columns_and_later_columns(tmp_path: Path, january: pd.DataFrame) -> None:
    """As TLC publishes them: integer counts, nanoseconds, and columns that came later."""
    theirs = january.fillna({"passenger_count": 0, "RatecodeID": 99, "VendorID": 0}).astype(
        {"passenger_count": "int64", "RatecodeID": "int64", "VendorID": "int32"}
        | {"tpep_pickup_datetime": "datetime64[ns]"}
    )
    theirs = theirs.assign(airport_fee=1.25, cbd_congestion_fee=0.75)
    theirs.to_parquet(tmp_path / f"{NAME}.parquet")
    loaded = dm.load("2020-01", source=tmp_path)
    assert {n: str(t) for n, t in loaded.dtypes.items()} == COLUMNS
    assert (loaded["passenger_count"] == theirs["passenger_count"]).all()


def test_files_of_2018_have_no_congestion_surcharge(tmp_path: Path, january: pd.DataFrame) -> None:
    old = january.drop(columns="congestion_surcharge")
    for suffix in ("csv", "parquet"):
        folder = tmp_path / suffix
        folder.mkdir()
        path = folder / f"{NAME}.{suffix}"
        old.to_csv(path, index=False) if suffix == "csv" else old.to_parquet(path)
        loaded = dm.load("2020-01", source=folder)
        assert list(loaded.columns) == list(COLUMNS)
        assert loaded["congestion_surcharge"].isna().all()
        assert str(loaded["congestion_surcharge"].dtype) == "float64"
        pd.testing.assert_frame_equal(loaded[list(old.columns)], old)
        assert len(dm.featurize(loaded)) == len(dm.featurize(january))


def test_column_entirely_missing_loads_as_missing(tmp_path: Path, january: pd.DataFrame) -> None:
    january.assign(passenger_count=None).to_parquet(tmp_path / f"{NAME}.parquet")
    assert dm.load("2020-01", source=tmp_path)["passenger_count"].isna().all()


@pytest.mark.parametrize("quirk", ["windows", "mark", "blank", "quoted", "reordered"])
def test_harmless_quirks_of_csv_files(tmp_path: Path, january: pd.DataFrame, quirk: str) -> None:
    few = january.head(50)
    given = few[list(few.columns)[::-1]] if quirk == "reordered" else few
    lines = given.to_csv(index=False).splitlines()
    if quirk == "quoted":
        lines[0] = ",".join(f'"{name}"' for name in lines[0].split(","))
    if quirk == "blank":  # as TLC's own files of 2017 have it
        lines.insert(1, "")
    text = ("\r\n" if quirk == "windows" else "\n").join(lines) + "\n"
    mark = "\ufeff" if quirk == "mark" else ""
    (tmp_path / f"{NAME}.csv").write_bytes((mark + text).encode())
    pd.testing.assert_frame_equal(dm.load("2020-01", source=tmp_path), few)


def test_parquet_is_preferred(tmp_path: Path, january: pd.DataFrame) -> None:
    january.head(3).to_csv(tmp_path / f"{NAME}.csv", index=False)
    january.head(5).to_parquet(tmp_path / f"{NAME}.parquet")
    assert len(dm.load("2020-01", source=tmp_path)) == 5


def test_loaded_by_dropoff_with_ties_as_in_the_file(tmp_path: Path, january: pd.DataFrame) -> None:
    shuffled = january.sample(frac=1, random_state=1)
    shuffled.to_parquet(tmp_path / f"{NAME}.parquet")
    loaded = dm.load("2020-01", source=tmp_path)
    expected = shuffled.iloc[
        np.argsort(shuffled["tpep_dropoff_datetime"].to_numpy(), kind="stable")
    ]
    pd.testing.assert_frame_equal(loaded, expected.reset_index(drop=True))
    assert january["tpep_dropoff_datetime"].duplicated().any(), "no ties: the test shows nothing"


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory, january: pd.DataFrame) -> Path:
    """A folder of some trips, not in order, as Parquet and as CSV."""
    folder = tmp_path_factory.mktemp("forms")
    few = january.head(200).sample(frac=1, random_state=2)
    for suffix in ("parquet", "csv"):
        (folder / suffix).mkdir()
    few.to_parquet(folder / "parquet" / f"{NAME}.parquet")
    few.to_csv(folder / "csv" / f"{NAME}.csv", index=False)
    return folder


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(list(COLUMNS)), min_size=1), st.sampled_from(["parquet", "csv"]))
def test_some_columns_are_those_of_all(forms: Path, names: set[str], form: str) -> None:
    some = dm.load("2020-01", source=forms / form, columns=names)
    whole = dm.load("2020-01", source=forms / form)
    pd.testing.assert_frame_equal(some, whole[[name for name in COLUMNS if name in names]])
    assert whole["tpep_dropoff_datetime"].is_monotonic_increasing


def test_only_the_columns_asked_for_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[list[str]] = []
    real = files._read_parquet
    monkeypatch.setattr(
        files,
        "_read_parquet",
        lambda path, names, groups: read.append(names) or real(path, names, groups),
    )
    dm.load("2020-01", columns=["tip_amount"])
    # Dask knows which it needs, and says so to what reads a partition.
    lazy = dm.load(["2020-01", "2020-02"], engine="dask")
    found = lazy[["tip_amount"]].compute(scheduler="synchronous")
    lazy["tip_amount"].sum().compute(scheduler="synchronous")
    # The time of dropoff is the order of the trips.
    assert read == [["tpep_dropoff_datetime", "tip_amount"]] * 5
    assert found.columns.tolist() == ["tip_amount"]
    whole = dm.load(["2020-01", "2020-02"])["tip_amount"]
    np.testing.assert_array_equal(found["tip_amount"], whole)
    backwards = lazy[["tip_amount", "VendorID"]].compute(scheduler="synchronous")
    assert backwards.columns.tolist() == ["tip_amount", "VendorID"]


def test_a_large_file_is_several_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of whole row groups, in the file's order; the sum of them is the month."""
    monkeypatch.setattr(files.groups_of, "__defaults__", (5_000,))
    month = dm.load("2020-01", source="sample")
    path = tmp_path / "yellow_tripdata_2020-01.parquet"
    month.to_parquet(path, index=False, row_group_size=2_000)
    assert files.groups_of(path) == [(0, 1), (2, 3), (4,)]
    assert files.groups_of(path, 1_500) == [(0,), (1,), (2,), (3,), (4,)]
    lazy = dm.load("2020-01", source=tmp_path, engine="dask")
    assert lazy.npartitions == 3
    assert lazy.map_partitions(len).compute(scheduler="synchronous").tolist() == [4000, 4000, 2000]
    whole = lazy.compute(scheduler="synchronous").reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, month)


def test_several_months_follow_one_another() -> None:
    both = dm.load(["2020-02", "2020-01"])
    assert len(both) == 20_000
    assert both.index.equals(pd.RangeIndex(20_000))
    pd.testing.assert_frame_equal(both.iloc[:10_000], dm.load("2020-02"))


def test_a_caller_may_change_its_frame(january: pd.DataFrame) -> None:
    mine = dm.load("2020-01")
    mine.loc[:, "fare_amount"] = -1.0
    assert (dm.load("2020-01")["fare_amount"] > 0).any()


def test_months_between_crosses_years() -> None:
    months = dm.months_between("2018-11", "2020-02")
    assert months[:3] == ["2018-11", "2018-12", "2019-01"] and len(months) == 16
    assert dm.months_between("2020-01", "2020-01") == ["2020-01"]
