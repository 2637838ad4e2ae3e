"""Read one of TLC's monthly files, CSV or Parquet, and say clearly when it can't be read."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import DataError, MonthError
from .convert import convert
from .csv_files import csv_names, read_csv, require_whole_csv
from .eras import our_names
from .schema import ARROW_TYPES, COLUMNS, COORDINATES, TIME

T = TypeVar("T")

SUFFIXES = (".parquet", ".csv", ".csv.gz")
"""Of TLC's monthly files, in order of preference."""

Groups = Sequence[int] | None
"""Some row groups of a Parquet file, by number; None for the whole of any file."""

PART = 1_000_000
"""Rows of a partition at most, where a file's row groups allow it."""


def file_name(month: str, suffix: str) -> str:
    """A month's file name.

    Examples
    --------
    >>> file_name("2020-01", ".parquet")
    'yellow_tripdata_2020-01.parquet'
    """
    return f"yellow_tripdata_{month}{suffix}"


def suffix_of(path: Path) -> str:
    """Which of `SUFFIXES` a file has; Parquet's where it has none of them.

    Examples
    --------
    >>> suffix_of(Path("yellow_tripdata_2009-01.csv.gz"))
    '.csv.gz'
    """
    return next((s for s in reversed(SUFFIXES) if path.name.endswith(s)), SUFFIXES[0])


def months_in(folder: Path) -> dict[str, Path]:
    """The months that a folder has, sorted, each with the file that is preferred."""
    found: dict[str, Path] = {}
    for suffix in reversed(SUFFIXES):
        for path in folder.glob(file_name("????-??", suffix)):
            found[path.name.removeprefix("yellow_tripdata_").removesuffix(suffix)] = path
    return dict(sorted(found.items()))


def find_file(folder: Path, month: str) -> Path:
    """A month's file in a folder: Parquet if there, else CSV, else compressed CSV.

    Raises
    ------
    MonthError
        If the folder has no file of that month, naming the months that it has.
    """
    for suffix in SUFFIXES:
        path = folder / file_name(month, suffix)
        if path.exists():
            return path
    names = list(months_in(folder))
    present = f"{names[0]} to {names[-1]} ({len(names)} files)" if names else "none"
    raise MonthError(
        f"no trips of {month}: {folder} has no yellow_tripdata_{month}.parquet, .csv or .csv.gz. "
        f"Months there: {present}. Ask for one of them, or put the file there"
    )


def read_file(
    path: Path, columns: Sequence[str] | None = None, groups: Groups = None
) -> pd.DataFrame:
    """All trips of one file, or of some of its row groups, in TLC's columns, by dropoff time.

    Parameters
    ----------
    path : Path
        ``.parquet``, ``.csv`` or ``.csv.gz``, of any era (`eras`).
    columns : sequence of str, optional
        What to read, of `schema.COLUMNS` and `schema.COORDINATES`, in this order; default: all
        that its era has.
    groups : sequence of int, optional
        Row groups of a Parquet file, as `groups_of` gives them; default: all.

    Returns
    -------
    DataFrame of shape (trips, columns)
        Types of `schema.COLUMNS`; a column that the file lacks is missing throughout.

    Raises
    ------
    DataError
        If the file is empty, cut, damaged or may not be read.
    SchemaError
        If a column is missing or of the wrong type.
    """
    names = _opened(path, _names)
    era, found = our_names(path, names)
    if columns is None:
        columns = (*COLUMNS, *COORDINATES) if era.coordinates else tuple(COLUMNS)
    # In the file's own order of columns; the time of dropoff is needed to sort.
    needed = {our: found[our] for our in dict.fromkeys((TIME, *columns)) if our in found}
    if suffix_of(path) == ".parquet":
        table = _opened(path, lambda path: _read_parquet(path, list(needed.values()), groups))
    else:
        table = _opened(path, lambda path: read_csv(path, names, needed, texts=era.texts))
    if table.num_rows == 0:
        raise DataError(f"{path}: has a header but no trips. Fetch it again")
    read = {our: table.column(theirs) for our, theirs in needed.items()}
    del table
    dropoff = convert(path, TIME, read[TIME], texts=era.texts).to_numpy()
    # By numpy, as pandas does: stable, missing times last. TLC's own files are seldom in order.
    order = None if (dropoff[:-1] <= dropoff[1:]).all() else np.argsort(dropoff, kind="stable")
    values: dict[str, object] = {}
    for name in columns:
        # One column at a time: two copies of a whole month are never in memory.
        column = read.pop(name) if name in read else pa.chunked_array([pa.nulls(len(dropoff))])
        values[name] = _values(convert(path, name, column, texts=era.texts), order)
    return pd.DataFrame(values, copy=False)


def groups_of(path: Path, rows: int = PART) -> list[Groups]:
    """A file's row groups in parts of so many rows, or of one group that has more.

    Parquet alone has row groups: any other file is one part, which is None.

    Raises
    ------
    DataError
        If the file can't be read.
    """
    if suffix_of(path) != ".parquet":
        return [None]
    with _opened(path, _parquet) as file:
        counts = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    parts: list[list[int]] = []
    held = 0
    for at, count in enumerate(counts):
        if not parts or held + count > rows:
            parts.append([])
            held = 0
        parts[-1].append(at)
        held += count
    return [None] if len(parts) <= 1 else [tuple(part) for part in parts]


def require_whole(path: Path, suffix: str) -> None:
    """Check that a file ends where it should, and is TLC's: Parquet's footer, a CSV's last line.

    Parameters
    ----------
    path : Path
        The file, whatever it is called.
    suffix : str
        Which of `SUFFIXES` it is to have.

    Raises
    ------
    DataError, SchemaError
        If it is cut, damaged or something else.
    """
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty (0 bytes). Fetch it again")
    if suffix == ".parquet":
        our_names(path, _parquet_names(path))
    else:
        our_names(path, csv_names(path, compressed=suffix.endswith(".gz")))
        require_whole_csv(path, compressed=suffix.endswith(".gz"))


def has_coordinates(path: Path) -> bool:
    """Whether a file has coordinates in place of zone ids: its header or footer tells.

    Raises
    ------
    DataError, SchemaError
        If it can't be read, or lacks columns.
    """
    return our_names(path, _opened(path, _names))[0].coordinates


def _names(path: Path) -> list[str]:
    suffix = suffix_of(path)
    if suffix == ".parquet":
        return _parquet_names(path)
    return csv_names(path, compressed=suffix.endswith(".gz"))


def _opened(path: Path, read: Callable[[Path], T]) -> T:
    """What a function reads from a file, with clear errors where the system lets it not."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        if path.stat().st_size == 0:
            raise DataError(f"{path}: the file is empty (0 bytes). Fetch it again")
        return read(path)
    except (PermissionError, IsADirectoryError) as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). "
            "Expected a file that you may read: check its kind and permissions"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error}). Fetch it again") from error


def _parquet_names(path: Path) -> list[str]:
    with _parquet(path) as file:
        names: list[str] = file.schema_arrow.names
        return names


def _read_parquet(path: Path, columns: list[str], groups: Groups) -> pa.Table:
    with _parquet(path) as file:
        try:
            if groups is None:
                return file.read(columns=columns)
            return file.read_row_groups(list(groups), columns=columns)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path}: not a whole Parquet file ({str(error).strip().splitlines()[0]}). "
        "It may be cut off or damaged: fetch it again"
    )


def _values(column: pa.ChunkedArray, order: Any) -> Any:
    """A column as pandas holds it, in an order or the file's own; an array to write to."""
    if column.type == ARROW_TYPES["store_and_fwd_flag"]:
        texts = column.to_pandas().astype("string").array
        return texts if order is None else texts[order]
    array = column.to_numpy()
    if order is not None:
        return array[order]
    return array if array.flags.writeable else array.copy()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; read once for each version of the file."""
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, mtime: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
