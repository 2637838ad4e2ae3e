"""Each era's files, written here with the era's own header and faults, load as the same trips."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from faulty_server import serving

import debugml as dm
from debugml.errors import DataError, SchemaError
from debugml.trips import COLUMNS, COORDINATES, eras

NAN = float("nan")

# The same two trips in every file: what `load` should give, in order of dropoff.
ZONED: dict[str, list[Any]] = {
    "VendorID": [1.0, 2.0],
    "tpep_pickup_datetime": ["{}-05 10:00:00", "{}-05 10:05:00"],
    "tpep_dropoff_datetime": ["{}-05 10:20:00", "{}-05 10:30:30"],
    "passenger_count": [1.0, 5.0],
    "trip_distance": [2.63, 4.55],
    "RatecodeID": [1.0, 2.0],
    "store_and_fwd_flag": ["N", "Y"],
    "PULocationID": [142.0, 236.0],
    "DOLocationID": [43.0, 42.0],
    "payment_type": [1.0, 2.0],
    "fare_amount": [8.9, 12.1],
    "extra": [0.5, 0.0],
    "mta_tax": [0.5, 0.5],
    "tip_amount": [2.0, 0.0],
    "tolls_amount": [0.0, 4.15],
    "improvement_surcharge": [0.3, 0.3],
    "total_amount": [12.2, 17.05],
    "congestion_surcharge": [2.5, 0.0],
    "airport_fee": [0.0, 1.25],
    "cbd_congestion_fee": [0.75, 0.0],
}
PLACES = {
    "pickup_longitude": [-73.991957, -73.982102],
    "pickup_latitude": [40.721567, 40.73629],
    "dropoff_longitude": [-73.993803, -73.95585],
    "dropoff_latitude": [40.695922, 40.76803],
}
LATE = ("congestion_surcharge", "airport_fee", "cbd_congestion_fee")

H2009 = (
    "vendor_name,Trip_Pickup_DateTime,Trip_Dropoff_DateTime,Passenger_Count,Trip_Distance,"
    "Start_Lon,Start_Lat,Rate_Code,store_and_forward,End_Lon,End_Lat,Payment_Type,Fare_Amt,"
    "surcharge,mta_tax,Tip_Amt,Tolls_Amt,Total_Amt"
)
H2010 = (
    "vendor_id,pickup_datetime,dropoff_datetime,passenger_count,trip_distance,pickup_longitude,"
    "pickup_latitude,rate_code,store_and_fwd_flag,dropoff_longitude,dropoff_latitude,payment_type,"
    "fare_amount,surcharge,mta_tax,tip_amount,tolls_amount,total_amount"
)
H2015 = (
    "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,"
    "pickup_longitude,pickup_latitude,RateCodeID,store_and_fwd_flag,dropoff_longitude,"
    "dropoff_latitude,payment_type,fare_amount,extra,mta_tax,tip_amount,tolls_amount,"
    "improvement_surcharge,total_amount"
)
H2016 = (
    "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,RatecodeID,"
    "store_and_fwd_flag,PULocationID,DOLocationID,payment_type,fare_amount,extra,mta_tax,"
    "tip_amount,tolls_amount,improvement_surcharge,total_amount"
)
H2019 = f"{H2016},congestion_surcharge"

ENDS = "-73.991957,40.721567", "-73.993803,40.695922", "-73.982102,40.73629", "-73.95585,40.76803"


def placed_rows(m: str, vendors: str, payments: str, rates: str, flags: str, more: str) -> str:
    """Two trips with coordinates, the later dropoff first."""
    v, p, r, f = (text.split("|") for text in (vendors, payments, rates, flags))
    a, b, c, d = ENDS
    one = (
        f"{v[0]},{m}-05 10:00:00,{m}-05 10:20:00,1,2.63,{a},{r[0]},{f[0]},{b},{p[0]},8.9,0.5,0.5,2"
    )
    two = f"{v[1]},{m}-05 10:05:00,{m}-05 10:30:30,5,4.55,{c},{r[1]},{f[1]},{d},{p[1]},12.1,0,0.5,0"
    return f"{two},4.15,{more}17.05\n{one},0,{more}12.2\n"


def zoned_rows(m: str, *ends: str) -> str:
    """Two trips with zone ids, the later dropoff first."""
    one = f"1,{m}-05 10:00:00,{m}-05 10:20:00,1,2.63,1,N,142,43,1,8.9,0.5,0.5,2,0,0.3,12.2"
    two = f"2,{m}-05 10:05:00,{m}-05 10:30:30,5,4.55,2,Y,236,42,2,12.1,0,0.5,0,4.15,0.3,17.05"
    return f"{two}{ends[1]}\n{one}{ends[0]}\n"


CSV: dict[str, tuple[str, str]] = {
    "2009-01": (H2009, placed_rows("2009-01", "CMT|VTS", "Credit|CASH", "|2", "|1", "")),
    "2009-12": (H2009, placed_rows("2009-12", "CMT|VTS", "CREDIT|Cash ", "1|2", "0|1", "")),
    "2010-01": (H2010, placed_rows("2010-01", "CMT|VTS", "CRD|CSH", "1|2", "N|Y", "")),
    "2013-06": (H2010, placed_rows("2013-06", "CMT|VTS", "CRE|CAS", "1|2", "N|Y", "")),
    # Blanks before the names, an empty line after them, and Windows' line ends.
    "2014-01": (
        H2010.replace(",", ", ") + "\r\n",
        placed_rows("2014-01", "CMT|VTS", "CRD|CSH", "1|2", "N|Y", "").replace("\n", "\r\n"),
    ),
    "2015-01": (H2015, placed_rows("2015-01", "1|2", "1|2", "1|2", "N|Y", "0.3,")),
    "2016-06": (
        H2015.replace("RateCodeID", "RatecodeID"),
        placed_rows("2016-06", "1|2", "1|2", "1|2", "N|Y", "0.3,"),
    ),
    "2016-07": (H2016, zoned_rows("2016-07", ",,", ",,")),
    "2017-01": (f"{H2016}\r\n", zoned_rows("2017-01", "", "")),
    "2018-12": (H2016, zoned_rows("2018-12", "", "")),
    "2019-01": (H2019, zoned_rows("2019-01", ",2.5", ",0")),
    "2022-04": (H2019, zoned_rows("2022-04", ",2.5", ",0")),
}


def parquet_of(names: Iterable[str], month: str) -> dict[str, Any]:
    """Two trips with zone ids under TLC's names, the later dropoff first."""
    found = {}
    for name in names:
        values = [str(v).format(month) if isinstance(v, str) else v for v in ZONED[name]][::-1]
        found[name] = pd.to_datetime(values) if name.endswith("datetime") else values
    return found


def typed(values: dict[str, Any], **kinds: Any) -> pa.Table:
    counts = ("VendorID", "PULocationID", "DOLocationID", "payment_type", "passenger_count")
    columns = {}
    for name, column in values.items():
        kind = kinds.get(name, pa.int64() if name in counts else None)
        plain = list(column)
        columns[name] = pa.array([None, None] if kind == pa.null() else plain, type=kind)
    return pa.table(columns)


def first_years(header: str, month: str, *, nothing: bool) -> pa.Table:
    """The reissue of 2009 and 2010: the old names, times as text."""
    names = header.split(",")
    ours = [*eras.ERAS[0].columns.values()]
    values = {n: [str(v).format(month) for v in ZONED[n]] for n in ours if n.endswith("datetime")}
    values |= {n: (ZONED | PLACES)[n] for n in ours if n not in values}
    values["VendorID"] = ["CMT", "VTS"]
    values["payment_type"] = ["Credit", "CASH"] if nothing else ["CRD", "CSH"]
    values["RatecodeID"] = [None, 2.0] if nothing else ["1", "2"]
    values["store_and_fwd_flag"] = [None, 1.0] if nothing else ["N", "Y"]
    values["passenger_count"] = [1, 5]
    return pa.table({name: values[our][::-1] for name, our in zip(names, ours, strict=True)})


ALL_2011 = [*list(ZONED)[:-1]]
NULLS = {"congestion_surcharge": pa.null(), "airport_fee": pa.null()}
NS, US = pa.timestamp("ns"), pa.timestamp("us")
TIMES_US = {"tpep_pickup_datetime": US, "tpep_dropoff_datetime": US}

PARQUET: dict[str, Callable[[], pa.Table]] = {
    "2009-01": lambda: first_years(H2009, "2009-01", nothing=True),
    "2010-07": lambda: first_years(H2010, "2010-07", nothing=False),
    "2011-01": lambda: typed(
        parquet_of(ALL_2011, "2011-01"), **NULLS, improvement_surcharge=pa.null()
    ),
    "2015-06": lambda: typed(parquet_of(ALL_2011, "2015-06"), **NULLS, **TIMES_US),
    "2019-02": lambda: typed(
        parquet_of(ALL_2011, "2019-02"), airport_fee=pa.null(), passenger_count=pa.float64()
    ),
    "2022-01": lambda: typed(parquet_of(ALL_2011, "2022-01"), passenger_count=pa.float64()),
    "2024-01": lambda: typed(
        parquet_of(ALL_2011, "2024-01"),
        VendorID=pa.int32(),
        PULocationID=pa.int32(),
        DOLocationID=pa.int32(),
        store_and_fwd_flag=pa.large_string(),
        **TIMES_US,
    ).rename_columns([*ALL_2011[:-1], "Airport_fee"]),
    "2025-03": lambda: typed(
        parquet_of(ZONED, "2025-03"), VendorID=pa.int32(), **TIMES_US
    ).rename_columns([*ALL_2011[:-1], "Airport_fee", "cbd_congestion_fee"]),
}


def expected(month: str, *, placed: bool, without: Iterable[str] = ()) -> pd.DataFrame:
    values = {
        name: [str(v).format(month) if isinstance(v, str) else v for v in column]
        for name, column in ZONED.items()
    }
    if placed:
        values |= {**PLACES, "PULocationID": [NAN] * 2, "DOLocationID": [NAN] * 2}
    values |= {name: [NAN, NAN] for name in without}
    types = COLUMNS | (COORDINATES if placed else {})
    return pd.DataFrame(values).astype(types)[list(types)]


def without_of(month: str, format: str) -> list[str]:
    """What a month's file of that format does not have, or has empty."""
    lacking = ["cbd_congestion_fee"] if month < "2025" else []
    lacking += ["airport_fee"] if format == "CSV" or month < "2022" else []
    lacking += ["congestion_surcharge"] if month < "2019" else []
    early = month < "2015" if format == "CSV" else month < "2012"
    return lacking + (["improvement_surcharge"] if early else [])


def check(folder: Path, month: str, format: str) -> None:
    era = eras.era_of(month, format)
    assert era is not None
    found = dm.load(month, source=folder)
    wanted = expected(month, placed=era.coordinates, without=without_of(month, format))
    if month == "2009-01":  # empty where TLC had nothing
        wanted.loc[0, "RatecodeID"] = NAN
        wanted.loc[0, "store_and_fwd_flag"] = None
    pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
@pytest.mark.parametrize("month", CSV)
def test_csv_of_each_era(tmp_path: Path, month: str, suffix: str) -> None:
    header, rows = CSV[month]
    text = f"{header}\n{rows}".encode()
    path = tmp_path / f"yellow_tripdata_{month}.{suffix}"
    path.write_bytes(gzip.compress(text) if suffix == "csv.gz" else text)
    check(tmp_path, month, "CSV")


@pytest.mark.parametrize("month", PARQUET)
def test_parquet_of_each_era(tmp_path: Path, month: str) -> None:
    pq.write_table(PARQUET[month](), tmp_path / f"yellow_tripdata_{month}.parquet")
    check(tmp_path, month, "Parquet")


def test_every_era_has_a_file_here() -> None:
    tested = {(eras.era_of(m, "CSV") or m).name for m in CSV}  # type: ignore[union-attr]
    tested |= {(eras.era_of(m, "Parquet") or m).name for m in PARQUET}  # type: ignore[union-attr]
    assert tested == {era.name for era in eras.ERAS}


def test_eras_follow_one_another_without_gaps() -> None:
    for format in ("CSV", "Parquet"):
        ours = [era for era in eras.ERAS if era.format == format]
        assert ours[0].first == "2009-01"
        for before, after in pairwise(ours):
            assert dm.months_between(before.last, after.first) == [before.last, after.first]
    assert eras.era_of("2022-05", "CSV") is None
    assert eras.era_of("2031-01", "Parquet") is eras.ERAS[-1]
    assert len(eras.table()) == len(eras.ERAS)


PAID = {
    "Credit": 1, "CREDIT": 1, "Cre": 1, "CRD": 1, "Cash": 2, "CAS": 2, "CSH": 2, "No Charge": 3,
    "NOC": 3, "No ": 3, "Dispute": 4, "DIS": 4, "UNK": 5, "2": 2, "": NAN, "NA": NAN, "?": NAN,
}  # fmt: skip


def test_payments_written_as_text(tmp_path: Path) -> None:
    row = CSV["2010-01"][1].splitlines()[0]
    rows = [row.replace("CSH", text).replace("2010-01", "2012-01") for text in PAID]
    (tmp_path / "yellow_tripdata_2012-01.csv").write_text("\n".join([H2010, *rows]) + "\n")
    found = dm.load("2012-01", source=tmp_path)["payment_type"]
    np.testing.assert_array_equal(found, [float(code) for code in PAID.values()])


def test_rate_codes_as_text_are_checked(tmp_path: Path) -> None:
    rows = CSV["2010-01"][1].replace(",2,Y", ",two,Y")
    (tmp_path / "yellow_tripdata_2010-01.csv").write_text(f"{H2010}\n{rows}")
    with pytest.raises(SchemaError, match=r"column RatecodeID.*double"):
        dm.load("2010-01", source=tmp_path)


@pytest.mark.parametrize("month", ["2010-02", "2010-04"])
def test_known_rows_with_too_many_fields(tmp_path: Path, month: str) -> None:
    rows = CSV["2010-01"][1].replace("2010-01", month)
    long = rows.splitlines()[0].replace("CMT", "CMT,CMT") + ",9"
    (tmp_path / f"yellow_tripdata_{month}.csv").write_text(f"{H2010}\n{rows}{long}\n")
    if month == "2010-04":
        with pytest.raises(DataError, match="does not fit"):
            dm.load(month, source=tmp_path)
        return
    with pytest.warns(UserWarning, match=r"too many fields.* left out: 1$"):
        assert len(dm.load(month, source=tmp_path)) == 2


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_compressed_csv_cut_off(tmp_path: Path, cut: int) -> None:
    header, rows = CSV["2019-01"]
    whole = gzip.compress(f"{header}\n{rows * 500}".encode())
    (tmp_path / "yellow_tripdata_2019-01.csv.gz").write_bytes(whole[:-cut])
    with pytest.raises(DataError, match=r"2019-01\.csv\.gz: .*(gzip|cut off)"):
        dm.load("2019-01", source=tmp_path)


def test_compressed_csv_that_is_none_or_has_no_end(tmp_path: Path) -> None:
    header, rows = CSV["2019-01"]
    path = tmp_path / "yellow_tripdata_2019-01.csv.gz"
    path.write_text(f"{header}\n{rows}")
    with pytest.raises(DataError, match="not a gzip file"):
        dm.load("2019-01", source=tmp_path)
    path.write_bytes(gzip.compress(f"{header}\n{rows}"[:-1].encode()))
    with pytest.raises(DataError, match="last line has no end"):
        dm.load("2019-01", source=tmp_path)


@pytest.fixture
def both_kinds(tmp_path: Path) -> Path:
    """A folder with a month of coordinates and one of zone ids."""
    for month in ("2010-07", "2011-01"):
        pq.write_table(PARQUET[month](), tmp_path / f"yellow_tripdata_{month}.parquet")
    return tmp_path


@pytest.mark.parametrize("engine", ["pandas", "dask"])
def test_months_of_both_kinds_have_both_columns(both_kinds: Path, engine: str) -> None:
    trips = dm.load(["2010-07", "2011-01"], source=both_kinds, engine=engine)
    trips = dm.engines.to_pandas(trips) if engine == "dask" else trips
    assert list(trips.columns) == [*COLUMNS, *COORDINATES]
    assert trips["PULocationID"].isna().tolist() == [True, True, False, False]
    assert trips["pickup_latitude"].isna().tolist() == [False, False, True, True]
    assert list(dm.load("2011-01", source=both_kinds).columns) == list(COLUMNS)


def test_dask_may_need_zones_alone_of_months_of_both_kinds(both_kinds: Path) -> None:
    trips = dm.load(["2010-07", "2011-01"], source=both_kinds, engine="dask")
    zones = trips["PULocationID"].compute(scheduler="synchronous")
    np.testing.assert_array_equal(zones, [NAN, NAN, 142, 236])


def test_coordinates_where_a_far_file_should_have_zones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its era said zone ids, before it was fetched; converted from CSV, it has coordinates."""
    table = PARQUET["2010-07"]()
    pq.write_table(table, tmp_path / "yellow_tripdata_2012-07.parquet")
    monkeypatch.setenv("DEBUGML_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path) as server:
        trips = dm.load("2012-07", source=server.address, engine="dask")
        with pytest.raises(SchemaError, match=r"2012-07\.parquet: has coordinates"):
            trips.compute(scheduler="synchronous")
        # Now it is here, and tells by itself.
        again = dm.load("2012-07", source=server.address, engine="dask")
        assert list(again.columns) == [*COLUMNS, *COORDINATES] and len(again) == 2


@pytest.mark.parametrize("make", [dm.featurize, dm.featurize_as_published])
@pytest.mark.parametrize("engine", ["pandas", "dask"])
def test_features_want_zones_or_leave_to_fill_them(
    both_kinds: Path, make: Callable[..., Any], engine: str
) -> None:
    for months in ("2010-07", ["2010-07", "2011-01"]):
        trips = dm.load(months, source=both_kinds, engine=engine)
        with pytest.raises(SchemaError, match=r"2011 \(Parquet\).*July 2016.*fill_zones=True"):
            make(trips)
    filled = dm.engines.to_pandas(make(trips, fill_zones=True))
    assert filled["PULocationID"].tolist() == [-1.0, -1.0, 142.0, 236.0]
    assert filled["RatecodeID"].tolist() == [1.0, 2.0] * 2
    assert len(make(dm.load("2011-01", source=both_kinds))) == 2


def test_columns_of_months_with_coordinates(both_kinds: Path) -> None:
    with pytest.raises(SchemaError, match=r"PULocationID would be missing.*pickup_longitude"):
        dm.load("2010-07", source=both_kinds, columns=["PULocationID", "fare_amount"])
    with pytest.raises(SchemaError, match=r"no column pickup_longitude.*zone ids"):
        dm.load("2011-01", source=both_kinds, columns="pickup_longitude")
    trips = dm.load(["2010-07", "2011-01"], source=both_kinds, columns=["tip_amount", "RatecodeID"])
    assert trips.columns.tolist() == ["RatecodeID", "tip_amount"]
    np.testing.assert_array_equal(trips["RatecodeID"], [1, 2, 1, 2])
