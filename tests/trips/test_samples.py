"""The samples are what the manifest says, and a damaged one is named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import debugml as dm
from debugml.errors import DataError
from debugml.trips import COLUMNS, samples

MONTHS = dm.months_between("2018-01", "2020-12")
AFTER_2020 = ("airport_fee", "cbd_congestion_fee")


@pytest.fixture
def own_folder(samples_copy: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.FixtureRequest | Path:
    """The samples' folder is a copy, and nothing of it was checked yet."""
    files = json.loads((samples.folder() / "manifest.json").read_text())
    (samples_copy / "manifest.json").write_text(json.dumps(files))
    monkeypatch.setattr(samples, "folder", lambda: samples_copy)
    samples.manifest.cache_clear()
    samples.sample_path.cache_clear()
    yield samples_copy
    samples.manifest.cache_clear()
    samples.sample_path.cache_clear()


def test_manifest_is_the_folder() -> None:
    manifest = samples.manifest()
    found = {p.name: p for p in samples.folder().glob("*.parquet")}
    assert sorted(found) == sorted(manifest)
    assert sorted(found) == [f"yellow_tripdata_{month}.parquet" for month in MONTHS]
    for name, path in found.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest[name]["sha256"], name
        assert pq.ParquetFile(path).metadata.num_rows == manifest[name]["rows"] == 10_000, name


@pytest.mark.parametrize("month", MONTHS)
def test_every_month_has_the_columns_types_and_order(month: str) -> None:
    trips = dm.load(month)
    assert list(trips.columns) == list(COLUMNS)
    assert {n: str(t) for n, t in trips.dtypes.items()} == COLUMNS
    assert trips[list(AFTER_2020)].isna().all(axis=None)
    dropoff = trips["tpep_dropoff_datetime"]
    assert dropoff.is_monotonic_increasing
    assert dropoff.notna().all() and trips["tpep_pickup_datetime"].notna().all()
    # TLC files a trip by its pickup; a sample must not mix months.
    pickup_month = trips["tpep_pickup_datetime"].dt.strftime("%Y-%m")
    assert (pickup_month == month).mean() > 0.99


@pytest.mark.parametrize("month", ["2018-01", "2020-01"])
def test_files_on_disk_have_tlc_types(month: str) -> None:
    path = samples.folder() / f"yellow_tripdata_{month}.parquet"
    schema = {f.name: str(f.type) for f in pq.read_schema(path)}
    assert list(schema) == [name for name in COLUMNS if name not in AFTER_2020]
    assert schema["tpep_pickup_datetime"] == schema["tpep_dropoff_datetime"] == "timestamp[us]"
    assert schema["VendorID"] == schema["PULocationID"] == schema["payment_type"] == "int64"
    assert schema["passenger_count"] == schema["fare_amount"] == "double"


def test_the_passenger_count_fault_of_february_2019_is_still_there() -> None:
    # The chapters teach it: if the samples change, they must too.
    shares = {
        month: float((dm.load(month)["passenger_count"] == 0).mean())
        for month in ("2018-12", "2019-01", "2019-02", "2019-03")
    }
    assert shares["2019-01"] == 0
    assert shares["2019-02"] == pytest.approx(0.158, abs=0.002)
    assert shares["2018-12"] < 0.03 and shares["2019-03"] < 0.03


def test_cash_trips_never_have_a_tip_worth_the_name() -> None:
    trips = dm.load("2020-01")
    paid = trips[trips["fare_amount"] > 0]
    cash = dm.featurize(trips)["high_tip"].to_numpy()[(paid["payment_type"] == 2).to_numpy()]
    assert len(cash) > 2000 and cash.mean() < 0.001


def test_tampered_sample_is_named(own_folder: Path) -> None:
    path = own_folder / "yellow_tripdata_2020-01.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"yellow_tripdata_2020-01\.parquet.*install debugml"):
        dm.load("2020-01")
    assert len(dm.load("2020-02")) == 10_000


def test_replaced_sample_is_named_even_if_it_is_a_whole_file(own_folder: Path) -> None:
    path = own_folder / "yellow_tripdata_2020-01.parquet"
    path.write_bytes((own_folder / "yellow_tripdata_2020-02.parquet").read_bytes())
    with pytest.raises(DataError, match="2020-01"):
        dm.load("2020-01")


def test_absent_sample_is_named(own_folder: Path) -> None:
    (own_folder / "yellow_tripdata_2020-01.parquet").unlink()
    with pytest.raises(DataError, match=r"yellow_tripdata_2020-01\.parquet.*[Ii]nstall"):
        dm.load("2020-01")


@pytest.mark.parametrize("text", ["", "[]", '{"files": ', "{}"])
def test_broken_manifest_is_named(own_folder: Path, text: str) -> None:
    (own_folder / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=r"manifest\.json.*Install"):
        dm.load("2020-01")


def test_a_sample_is_hashed_once_a_process(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digested: list[Path] = []
    real = samples.file_digest
    monkeypatch.setattr(samples, "file_digest", lambda p: digested.append(p) or real(p))
    dm.load("2020-01")
    dm.load("2020-01")
    assert len(digested) == 1


def test_digests_are_of_the_bytes(own_folder: Path) -> None:
    from debugml.trips import digests

    path = own_folder / "yellow_tripdata_2020-01.parquet"
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digests("2020-01") == {path.name: expected}
    # An edited file of one's own folder gets a new digest within the same process.
    before = digests("2020-01", source=own_folder)
    pd.read_parquet(path).head(10).to_parquet(path)
    assert digests("2020-01", source=own_folder) != before


def test_samples_hold_no_infinities() -> None:
    numbers = dm.load(["2018-01", "2020-04"]).select_dtypes("number").to_numpy()
    assert not np.isinf(numbers).any()
