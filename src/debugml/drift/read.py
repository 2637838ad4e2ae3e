"""Anyone's table: a CSV or Parquet file as a DataFrame, or one clear line that says why not."""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError, SchemaError

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")
_LOOKED_AT = 100


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table from a file: Parquet, or CSV with commas and a head, also gzipped.

    What the file is, is told by its first bytes, not by its name. Text that reads as ISO 8601
    dates or times becomes times, and Parquet's decimals become floats. A CSV column without a
    name, as pandas writes its index, is left out.

    Parameters
    ----------
    path : Path
    columns : sequence of str, optional
        Read these only. Default: all.

    Raises
    ------
    DataError
        If the file is absent, a folder, can't be opened, is empty or no table.
    SchemaError
        If it has no such column, or one name twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "trips.csv"
    ...     _ = file.write_text("fare,paid\\n5.5,card\\n8.0,cash\\n")
    ...     read_table(file, columns=["fare"])
       fare
    0   5.5
    1   8.0
    """
    start = _start(path)
    try:
        parquet = start[:4] == b"PAR1"
        frame = _parquet(path, columns) if parquet else _csv(path, start, columns)
    except (DataError, MemoryError):
        raise
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not in UTF-8: save it in that encoding") from error
    except Exception as error:
        # pandas, Arrow and the unpackers raise errors of all kinds.
        raise DataError(f"{path} can't be read as a table: {_line(error)}") from error
    if not len(frame):
        raise DataError(f"{path} has no rows: a comparison needs at least one")
    return frame


def _start(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder: name one CSV or Parquet file in it")
        with path.open("rb") as file:
            start = file.read(4096)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(path) as unpacked:
                start = unpacked.read(4096)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: check the name of the file") from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or _line(error)
        raise DataError(f"{path} can't be opened: {reason}") from error
    if not start.strip():
        raise DataError(f"{path} is empty: give a CSV or Parquet file with rows")
    return start


def _parquet(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = _wanted(path, file.schema_arrow.names, columns)
        table = file.read(columns=names)
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            floats = table.column(at).cast(pa.float64())
            table = table.set_column(at, pa.field(field.name, pa.float64()), floats)
    frame: pd.DataFrame = table.to_pandas(date_as_object=False, ignore_metadata=True)
    return frame


def _csv(path: Path, start: bytes, columns: Sequence[str] | None) -> pd.DataFrame:
    if b"\0" in start:
        raise DataError(f"{path} is neither CSV nor Parquet: give a file of one of these kinds")
    head = start.splitlines()[0].decode("utf-8-sig", errors="replace")
    for separator, said in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if separator in head and "," not in head:
            raise DataError(f"{path} is separated by {said}: write it with commas")
    packed: Any = "gzip" if _packed(path) else None
    given: dict[str, Any] = {"compression": packed, "encoding": "utf-8-sig", "index_col": False}
    first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, **given)
    there = [str(name) for name in first.iloc[0]]
    names = _wanted(path, [name for name in there if name], columns)
    with warnings.catch_warnings():
        # A row longer than the head would lose its last values; with `usecols` silently.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        frame = pd.read_csv(path, low_memory=False, **given)
    frame.columns = pd.Index(there)
    typed: pd.DataFrame = frame[names].apply(_dates)
    return typed


def _packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _wanted(path: Path, there: list[str], columns: Sequence[str] | None) -> list[str]:
    if not there:
        raise SchemaError(f"{path} has no column with a name: give a table with a head")
    twice = [name for at, name in enumerate(there) if name in there[:at]]
    if twice:
        raise SchemaError(f"{path} has column {twice[0]} more than once: rename one")
    absent = [name for name in columns or [] if name not in there]
    if absent:
        raise SchemaError(f"{path} has no column {', '.join(absent)}: it has {_some(there)}")
    return there if columns is None else [name for name in there if name in columns]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more


def _dates(column: pd.Series[Any]) -> pd.Series[Any]:
    """CSV knows no types: times come as text, in which no two months share a value."""
    if not pd.api.types.is_string_dtype(column.dtype):
        return column
    some = column.dropna().iloc[:_LOOKED_AT]
    if not len(some) or not all(isinstance(v, str) and _DATE.fullmatch(v) for v in some):
        return column
    try:
        return pd.to_datetime(column, format="ISO8601", utc=True)
    except ValueError:
        return column


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
