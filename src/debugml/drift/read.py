"""Anyone's table: a CSV or Parquet file as a DataFrame, or one clear line that says why not."""

from __future__ import annotations

import codecs
import gzip
import re
import stat
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError, SchemaError

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")
_LOOKED_AT = 100
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table from a file: Parquet, or CSV with commas and a head, also gzipped.

    What the file is, is told by its first bytes, not by its name. Text that reads as ISO 8601
    dates or times becomes times, and Parquet's decimals become floats. The index that pandas
    wrote is left out unless chosen: in CSV a column without a name; in Parquet the columns that
    the file's own metadata call its index, which ``attrs["index"]`` names.

    Parameters
    ----------
    path : Path
    columns : sequence of str, optional
        Read these only. Default: all.

    Raises
    ------
    DataError
        If the file is absent, a folder or a pipe, can't be opened, is empty, damaged or no table.
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
    parquet = _is_parquet(path, start)
    with _clear_errors(path, "Parquet" if parquet else "CSV"):
        frame = _parquet(path, columns) if parquet else _csv(path, start, columns)
    if not len(frame):
        raise DataError(f"{path} has no rows: a comparison needs at least one")
    return frame


def column_names(path: Path) -> list[str]:
    """The names of a table's columns, of which it reads no more than the head.

    Raises
    ------
    DataError
        As `read_table`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "trips.csv"
    ...     _ = file.write_text('"fare, total",paid\\n5.5,card\\n')
    ...     column_names(file)
    ['fare, total', 'paid']
    """
    start = _start(path)
    parquet = _is_parquet(path, start)
    with _clear_errors(path, "Parquet" if parquet else "CSV"):
        if parquet:
            import pyarrow.parquet as pq

            return list(pq.read_schema(path).names)
        return [name for name in _head(path, _csv_settings(path, start)) if name]


def _start(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(f"{path} is a folder: name one CSV or Parquet file in it")
        if not stat.S_ISREG(mode):
            # It is read more than once, and a pipe gives its bytes once.
            raise DataError(f"{path} is a pipe or a device: save what it gives to a file first")
        with path.open("rb") as file:
            start = file.read(4096)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(path) as unpacked:
                start = unpacked.read(4096)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: check the name of the file") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged_gzip(path, error) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or _line(error)
        raise DataError(f"{path} can't be opened: {reason}") from error
    if not start.strip():
        raise DataError(f"{path} is empty: give a CSV or Parquet file with rows")
    return start


def _is_parquet(path: Path, start: bytes) -> bool:
    if start[:4] != b"PAR1":
        return False
    if _packed(path):
        raise DataError(f"{path} is a Parquet file within gzip: unpack it first")
    return True


@contextmanager
def _clear_errors(path: Path, kind: str) -> Iterator[None]:
    """pandas, Arrow and the unpackers raise errors of all kinds; each becomes one clear line."""
    try:
        yield
    except (DataError, MemoryError):
        raise
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not in UTF-8: save it in that encoding") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged_gzip(path, error) from error
    except Exception as error:
        raise DataError(f"{path} can't be read as {kind}: {_told(error, kind)}") from error


def _damaged_gzip(path: Path, error: BaseException) -> DataError:
    if isinstance(error, EOFError):
        return DataError(f"{path} is cut short, in the midst of its gzip data: copy it again")
    return DataError(f"{path} is damaged ({_line(error)}): copy it, or pack it by gzip, again")


def _told(error: BaseException, kind: str) -> str:
    line = _line(error).rstrip(".")
    if kind == "Parquet":
        return f"it is cut short, damaged or of an unknown kind ({line}); copy or write it again"
    quote = "put values that hold commas in quotation marks"
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", line):
        head, at, values = found.groups()
        return f"line {at} has {values} values and the head {head} names; {quote}"
    if line.startswith("Length of header"):
        return f"rows have more values than the head has names; name every column, or {quote}"
    if found := re.search(r"EOF inside string starting at row (\d+)", line):
        return f"a quotation mark in row {int(found[1]) + 1} is never closed; close it or remove it"
    return f"{line}; write it again, with commas and a head"


def _parquet(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names, schema = file.schema_arrow.names, file.schema_arrow
        # Of the levels of the index, a range is not stored, and told by no name.
        levels = (schema.pandas_metadata or {}).get("index_columns", [])
        index = [name for name in names if name in levels and columns is None]
        if names and len(index) == len(names):
            raise SchemaError(f"{path} has no column but its index: choose {_some(names)} by name")
        names = [name for name in _wanted(path, names, columns) if name not in index]
        table = file.read(columns=names)
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            floats = table.column(at).cast(pa.float64())
            table = table.set_column(at, pa.field(field.name, pa.float64()), floats)
    frame: pd.DataFrame = table.to_pandas(
        date_as_object=False,
        ignore_metadata=True,
        # Lists and structs keep a type that tells what they are; pandas has them as objects.
        types_mapper=lambda kind: pd.ArrowDtype(kind) if pa.types.is_nested(kind) else None,
    )
    frame.attrs["index"] = index
    return frame


def _csv(path: Path, start: bytes, columns: Sequence[str] | None) -> pd.DataFrame:
    given = _csv_settings(path, start)
    there = _head(path, given)
    names = _wanted(path, [name for name in there if name], columns)
    with warnings.catch_warnings():
        # A row longer than the head would lose its last values; with `usecols` silently.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        frame = pd.read_csv(path, low_memory=False, **given)
    frame.columns = pd.Index(there)
    typed: pd.DataFrame = frame[names].apply(_dates)
    return typed


def _csv_settings(path: Path, start: bytes) -> dict[str, Any]:
    """How pandas is to read it, once its first bytes look like CSV."""
    if start[:4] in _UTF_32 or start[:2] in _UTF_16 or _every_other_nul(start):
        kind = "UTF-32" if start[:4] in _UTF_32 else "UTF-16"
        raise DataError(f"{path} is in {kind}, not in UTF-8: save it in that encoding")
    if b"\0" in start:
        raise DataError(f"{path} is neither CSV nor Parquet: give a file of one of these kinds")
    head = start.splitlines()[0].decode("utf-8-sig", errors="replace")
    for separator, said in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if separator in head and "," not in head:
            raise DataError(f"{path} is separated by {said}: write it with commas")
    packed = "gzip" if _packed(path) else None
    return {"compression": packed, "encoding": "utf-8-sig", "index_col": False}


def _every_other_nul(start: bytes) -> bool:
    """UTF-16 without a mark, of a head in ASCII."""
    even, odd = start[:20:2], start[1:20:2]
    return len(odd) > 1 and any(
        not zeros.strip(b"\0") and b"\0" not in text for zeros, text in ((even, odd), (odd, even))
    )


def _head(path: Path, given: dict[str, Any]) -> list[str]:
    first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, **given)
    return [str(name) for name in first.iloc[0]]


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
