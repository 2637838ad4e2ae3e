"""Every way in which a file can be wrong ends in one clear error of the package's own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import debugml as dm
from debugml.errors import DataError, DebugmlError, MonthError, SchemaError, SettingError

MONTH = "2020-01"
CSV = f"yellow_tripdata_{MONTH}.csv"
PARQUET = f"yellow_tripdata_{MONTH}.parquet"


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    return dm.load(MONTH, source="sample").head(40)


@pytest.fixture(scope="module")
def lines(few: pd.DataFrame) -> list[str]:
    return few.to_csv(index=False).splitlines()


def refused(folder: Path, kind: type[DebugmlError], *said: str) -> str:
    """Loading from the folder ends in this error; its message has all of this."""
    with pytest.raises(DebugmlError) as caught:
        dm.load(MONTH, source=folder)
    assert type(caught.value) is kind, repr(caught.value)
    message = str(caught.value)
    for words in said:
        assert words in message, message
    assert "Traceback" not in message and "\n" not in message
    return message


@pytest.mark.parametrize(
    "text",
    [
        "2020",
        "2020-1",
        "2020-13",
        "2020-00",
        "01-2020",
        "2020/01",
        " 2020-01",
        "2020-01\n",
        "",
        "january",
        "2008-12",
        "２０２０-01x",
        None,
        202001,
    ],
)
def test_bad_month_text(text: object) -> None:
    with pytest.raises(MonthError, match=re.escape(repr(text)) + ".*'2020-01'"):
        dm.load([text])  # type: ignore[list-item]


def test_no_month() -> None:
    with pytest.raises(MonthError, match="no month"):
        dm.load([])


def test_month_asked_for_twice() -> None:
    with pytest.raises(MonthError, match=r"2020-01.*twice"):
        dm.load(["2020-01", "2020-02", "2020-01"])


def test_months_between_wants_order() -> None:
    with pytest.raises(MonthError, match="2020-01 lies before 2020-02"):
        dm.months_between("2020-02", "2020-01")


def test_absent_month_of_the_samples_says_which_there_are() -> None:
    with pytest.raises(MonthError, match=r"2017-12.*2018-01 to 2020-12.*source"):
        dm.load("2017-12")


def test_absent_month_of_a_folder_says_which_there_are(samples_copy: Path) -> None:
    with pytest.raises(MonthError) as caught:
        dm.load("2020-06", source=samples_copy)
    message = str(caught.value)
    assert "yellow_tripdata_2020-06.parquet" in message and str(samples_copy) in message
    assert "2020-01 to 2020-02 (2 files)" in message


def test_folder_without_any_month(tmp_path: Path) -> None:
    refused(tmp_path, MonthError, "Months there: none", "put the file there")


def test_unknown_source_is_named_by_where_it_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match=r"^source is '/nowhere'.*'sample'"):
        dm.load(MONTH, source="/nowhere")
    monkeypatch.setenv("DEBUGML_SOURCE", "/nowhere")
    with pytest.raises(SettingError, match=r"^DEBUGML_SOURCE is '/nowhere'.*'sample'"):
        dm.load(MONTH)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://server/x", "begin with https://"),
        ("file:///tmp", "by its path alone"),
        ("https://", "names no server"),
        ("s3://", "names no bucket"),
        ("https://server:port/x", "not an address"),
        ("https://a b/x", "names no server"),
        ("https://server/x?key=1", "without '?'"),
        ("https://me:secret@server/x", "password"),
    ],
)
def test_addresses_that_are_none(address: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("source", "DEBUGML_SOURCE"):
        monkeypatch.setenv("DEBUGML_SOURCE", address)
        with pytest.raises(SettingError, match=f"^{name} ") as caught:
            dm.load(MONTH, source=address if name == "source" else None)
        assert said in str(caught.value) and "secret" not in str(caught.value)


def test_unknown_engine_is_named_by_where_it_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match=r"^engine is 'polars'.*pandas, dask"):
        dm.load(MONTH, engine="polars")
    monkeypatch.setenv("DEBUGML_ENGINE", "polars")
    with pytest.raises(SettingError, match=r"^DEBUGML_ENGINE is 'polars'.*pandas, dask"):
        dm.load(MONTH)


def test_environment_chooses_the_source(
    samples_copy: Path, monkeypatch: pytest.MonkeyPatch, few: pd.DataFrame
) -> None:
    few.to_parquet(samples_copy / PARQUET)
    monkeypatch.setenv("DEBUGML_SOURCE", str(samples_copy))
    assert len(dm.load(MONTH)) == 40
    assert len(dm.load(MONTH, source="sample")) == 10_000
    monkeypatch.setenv("DEBUGML_SOURCE", "")
    assert len(dm.load(MONTH)) == 10_000


@pytest.mark.parametrize("engine", ["pandas", "dask"])
def test_unknown_columns(engine: str) -> None:
    with pytest.raises(SchemaError, match=r"no column tips, Fare.*tip_amount"):
        dm.load(MONTH, columns=["tips", "fare_amount", "Fare"], engine=engine)
    with pytest.raises(SchemaError, match="no column was asked for"):
        dm.load(MONTH, columns=[], engine=engine)
    with pytest.raises(SchemaError, match="no column 3"):
        dm.load(MONTH, columns=[3], engine=engine)  # type: ignore[list-item]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_missing_column(tmp_path: Path, few: pd.DataFrame, suffix: str) -> None:
    path = tmp_path / f"yellow_tripdata_{MONTH}.{suffix}"
    write = few.drop(columns=["tip_amount", "RatecodeID"])
    write.to_csv(path, index=False) if suffix == "csv" else write.to_parquet(path)
    refused(tmp_path, SchemaError, str(path), "no column RatecodeID, tip_amount", "VendorID")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("trip_distance", "far", "double"),
        ("tpep_pickup_datetime", "yesterday", "timestamp"),
        ("payment_type", "card", "double"),
    ],
)
def test_wrong_type_in_csv(
    tmp_path: Path, few: pd.DataFrame, column: str, value: str, expected: str
) -> None:
    path = tmp_path / CSV
    wrong = few.astype({column: object})
    wrong.loc[7, column] = value
    wrong.to_csv(path, index=False)
    refused(tmp_path, SchemaError, str(path), f"column {column}", value, expected, "Repair")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("trip_distance", "far", "double"),
        ("tpep_pickup_datetime", 1_577_836_800, "timestamp"),
        ("tpep_dropoff_datetime", "2020-01-01 10:00:00", "timestamp"),
        ("fare_amount", pd.Timestamp("2020-01-01"), "double"),
        ("passenger_count", [1, 2], "double"),
    ],
)
def test_wrong_type_in_parquet(
    tmp_path: Path, few: pd.DataFrame, column: str, value: object, expected: str
) -> None:
    path = tmp_path / PARQUET
    few.assign(**{column: pd.Series([value] * len(few))}).to_parquet(path)
    refused(tmp_path, SchemaError, str(path), f"column {column}", f"expected {expected}", "Repair")


@pytest.mark.parametrize("name", [CSV, PARQUET])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    refused(tmp_path, DataError, str(tmp_path / name), "0 bytes", "Fetch it again")


def test_header_only(tmp_path: Path, few: pd.DataFrame, lines: list[str]) -> None:
    (tmp_path / CSV).write_text(lines[0] + "\n")
    refused(tmp_path, DataError, str(tmp_path / CSV), "no trips", "Fetch it again")
    few.head(0).to_parquet(tmp_path / PARQUET)
    refused(tmp_path, DataError, str(tmp_path / PARQUET), "no trips", "Fetch it again")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.99999])
def test_truncated_parquet(samples_copy: Path, share: float) -> None:
    path = samples_copy / PARQUET
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    refused(samples_copy, DataError, str(path), "not a whole Parquet file", "fetch it again")


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_parquet_damaged_inside(samples_copy: Path, place: float) -> None:
    path = samples_copy / PARQUET
    damaged = bytearray(path.read_bytes())
    at = int(len(damaged) * place)
    damaged[at : at + 200] = b"\0" * 200
    path.write_bytes(damaged)
    refused(samples_copy, DataError, str(path), "damaged")


def test_csv_cut_mid_row(tmp_path: Path, lines: list[str]) -> None:
    text = "\n".join([*lines[:5], lines[5][:40]])
    (tmp_path / CSV).write_text(text)
    refused(tmp_path, DataError, str(tmp_path / CSV), "cut off", "Fetch it again")
    # The same with a line break after it, as some downloaders leave it.
    (tmp_path / CSV).write_text(text + "\n")
    refused(tmp_path, DataError, str(tmp_path / CSV), "20 columns", "cut mid-row")


def test_csv_cut_inside_the_last_number(tmp_path: Path, lines: list[str]) -> None:
    # All fields are there: only the missing line break tells "2.5" from "2.50" cut.
    (tmp_path / CSV).write_text("\n".join(lines)[:-1])
    refused(tmp_path, DataError, str(tmp_path / CSV), "last line", "cut off", "line break")


def test_csv_with_a_row_too_long(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / CSV).write_text("\n".join([*lines[:5], lines[5] + ",9,9", *lines[6:]]) + "\n")
    refused(tmp_path, DataError, str(tmp_path / CSV), "does not fit", "22")


@pytest.mark.parametrize("name", [CSV, PARQUET])
def test_a_web_page_in_place_of_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<html><body>403 Forbidden</body></html>\n")
    with pytest.raises(DataError, match=re.escape(str(tmp_path / name))):
        dm.load(MONTH, source=tmp_path)


@pytest.mark.parametrize("name", [CSV, PARQUET])
def test_binary_rubbish(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError, match=re.escape(str(tmp_path / name))):
        dm.load(MONTH, source=tmp_path)


@pytest.mark.parametrize("name", [CSV, PARQUET])
def test_folder_in_place_of_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    refused(tmp_path, DataError, str(tmp_path / name), "Is a directory", "check its kind")


@pytest.mark.parametrize("name", [CSV, PARQUET])
def test_file_that_may_not_be_read(
    name: str, few: pd.DataFrame, as_nobody: Callable[[Callable[[], str]], str]
) -> None:
    # Not under pytest's folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        few.to_csv(path, index=False) if name == CSV else few.to_parquet(path)
        Path(folder).chmod(0o755)
        path.chmod(0)

        def attempt() -> str:
            try:
                dm.load(MONTH, source=folder)
            except DataError as error:
                return str(error)
            return "it loaded"

        message = as_nobody(attempt)
    assert str(path) in message and "Permission denied" in message, message
    assert "permissions" in message
