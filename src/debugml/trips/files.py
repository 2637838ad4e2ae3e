"""Read one of TLC's monthly files, CSV or Parquet, and say clearly when it can't be read."""

from __future__ import annotations

import errno
import hashlib
import re
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ..errors import DataError, MonthError, SchemaError
from .schema import ARROW_TYPES, COLUMNS, conform, require_columns

SUFFIXES = (".parquet", ".csv")

_WRONG_TYPE = re.compile(r"In CSV column #(\d+): .*conversion error to \w+.*: invalid value (.*)")
"""Arrow counts columns from 0 and doesn't name them."""


def find_file(folder: Path, month: str) -> Path:
    """A month's file in a folder: Parquet if there, else CSV.

    Raises
    ------
    MonthError
        If the folder has no file of that month, naming the months that it has.
    """
    for suffix in SUFFIXES:
        path = folder / f"yellow_tripdata_{month}{suffix}"
        if path.exists():
            return path
    names = {p.stem[-7:] for s in SUFFIXES for p in folder.glob(f"yellow_tripdata_????-??{s}")}
    present = f"{min(names)} to {max(names)} ({len(names)} files)" if names else "none"
    raise MonthError(
        f"no trips of {month}: {folder} has no yellow_tripdata_{month}.parquet or .csv. "
        f"Months there: {present}. Ask for one of them, or put the file there"
    )


def read_file(path: Path) -> pd.DataFrame:
    """All trips of one file, in TLC's columns, sorted by dropoff time.

    Parameters
    ----------
    path : Path
        ``.parquet`` or ``.csv``.

    Returns
    -------
    DataFrame of shape (trips, 18)
        Columns and types of `schema.COLUMNS`.

    Raises
    ------
    DataError
        If the file is empty, cut, damaged or may not be read.
    SchemaError
        If a column is missing or of the wrong type.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        if path.stat().st_size == 0:
            raise DataError(f"{path}: the file is empty (0 bytes). Fetch it again")
        table = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (PermissionError, IsADirectoryError) as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). "
            "Expected a file that you may read: check its kind and permissions"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error}). Fetch it again") from error
    if table.num_rows == 0:
        raise DataError(f"{path}: has a header but no trips. Fetch it again")
    trips: pd.DataFrame = conform(path, table).to_pandas().astype(COLUMNS)
    return trips.sort_values("tpep_dropoff_datetime", kind="stable", ignore_index=True)


def _read_parquet(path: Path) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            present = file.schema_arrow.names
            require_columns(path, present)
            return file.read(columns=[name for name in COLUMNS if name in present])
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path}: not a whole Parquet file ({_first_line(error)}). "
            "It may be cut off or damaged: fetch it again"
        ) from error


def _read_csv(path: Path) -> pa.Table:
    with path.open("rb") as file:
        header = file.readline().decode("utf-8-sig", "replace").strip()
        file.seek(-1, 2)
        ends_whole = file.read(1) == b"\n"
    present = [name.strip().strip('"') for name in header.split(",")]
    require_columns(path, present)
    if not ends_whole:
        # Even if every field is there, the last number may have lost its end.
        raise DataError(
            f"{path}: its last line has no end, so its last trip may be cut off. "
            "Fetch it again; if you know that it is whole, end it with a line break"
        )
    wanted = {name: kind for name, kind in ARROW_TYPES.items() if name in present}
    try:
        return pa.csv.read_csv(
            path,
            read_options=pa.csv.ReadOptions(column_names=present, skip_rows=1),
            convert_options=pa.csv.ConvertOptions(
                column_types=wanted, include_columns=list(wanted), strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        if match := _WRONG_TYPE.search(str(error)):
            column = present[int(match[1])]
            raise SchemaError(
                f"{path}: column {column} holds {match[2]}, expected {wanted[column]} "
                f"({_first_line(error)}). Repair that row, or fetch the file again"
            ) from error
        raise DataError(
            f"{path}: a row does not fit TLC's columns ({_first_line(error)}). "
            "The file may be cut mid-row or edited: fetch it again or repair that row"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; read once for each version of the file."""
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, mtime: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
