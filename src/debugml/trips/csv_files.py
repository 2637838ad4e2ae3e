"""TLC's CSV files, plain or compressed: headers with blanks, empty lines, rows too long."""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv

from ..errors import DataError, SchemaError
from .convert import CODES
from .eras import LONG_ROWS
from .schema import ARROW_TYPES

_WRONG_TYPE = re.compile(r"In CSV column #(\d+): .*conversion error to \w+.*: invalid value (.*)")
"""Arrow counts columns from 0 and doesn't name them."""

_BLOCK = 1 << 20


def csv_names(path: Path, *, compressed: bool) -> list[str]:
    """The column names in a file's header; where its rows are longer, empty names besides.

    Raises
    ------
    DataError
        If a compressed file is damaged.
    """
    with _text(path, compressed=compressed) as file:
        header = file.readline(_BLOCK).decode("utf-8-sig", "replace").strip()
        names = [name.strip().strip('"').strip() for name in header.split(",")]
        while (line := file.readline(_BLOCK)) and not line.strip():
            pass
        first = line.decode("utf-8", "replace").strip().split(",")
    # Rows of the second half of 2016 have two fields more than the header, both empty.
    surplus = first[len(names) :]
    return names + [""] * len(surplus) if not any(surplus) else names


def read_csv(path: Path, names: list[str], needed: Mapping[str, str], *, texts: bool) -> pa.Table:
    """Some columns of a file, under the file's own names.

    Parameters
    ----------
    path : Path
        ``.csv``, or ``.gz``.
    names : list of str
        As `csv_names` gives them.
    needed : mapping
        From our names to the file's, of the columns to read.
    texts : bool
        Whether the file is of an era that wrote codes as text.

    Raises
    ------
    DataError
        If the file is cut or damaged, or a row has the wrong number of fields.
    SchemaError
        If a value is not of its column's type.
    """
    compressed = path.name.endswith(".gz")
    if not compressed:
        require_whole_csv(path, compressed=False)
    kinds = {
        theirs: pa.string() if texts and our in CODES else ARROW_TYPES[our]
        for our, theirs in needed.items()
    }
    # Arrow wants names that differ.
    unique = [name or f"empty field {place}" for place, name in enumerate(names)]
    long_rows: list[int] = []

    def left_out(row: Any) -> str:
        if row.actual_columns <= row.expected_columns:
            return "error"
        long_rows.append(row.actual_columns)
        return "skip"

    known = any(month in path.name for month in LONG_ROWS)
    with _text(path, compressed=compressed) as file:
        source = _Ending(file)
        try:
            table = pa.csv.read_csv(
                source if compressed else path,
                read_options=pa.csv.ReadOptions(column_names=unique, skip_rows=1),
                parse_options=pa.csv.ParseOptions(invalid_row_handler=left_out if known else None),
                convert_options=pa.csv.ConvertOptions(
                    column_types=kinds, include_columns=list(kinds), strings_can_be_null=True
                ),
            )
        except pa.ArrowInvalid as error:
            raise _refused(path, error, unique, kinds) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _cut(path, error) from error
    if compressed and source.last != b"\n":
        raise _no_end(path)
    if long_rows:
        warnings.warn(
            f"{path.name}: rows with too many fields, which TLC's file of that month is known to "
            f"have, are left out: {len(long_rows)}",
            stacklevel=2,
        )
    return table


def require_whole_csv(path: Path, *, compressed: bool) -> None:
    """Check that the last line has its end, and a compressed file its own.

    Raises
    ------
    DataError
        If not.
    """
    with _text(path, compressed=compressed) as file:
        if not compressed:
            file.seek(-1, 2)
        last = b""
        try:
            while block := file.read(_BLOCK):
                last = block[-1:]
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _cut(path, error) from error
    if last != b"\n":
        # Even if every field is there, the last number may have lost its end.
        raise _no_end(path)


class _Ending:
    """A file that remembers the last byte that was read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.last, self.closed = file, b"", False

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.last = data[-1:] or self.last
        return data

    def close(self) -> None:
        self.closed = True


def _text(path: Path, *, compressed: bool) -> IO[bytes]:
    if not compressed:
        return path.open("rb")
    with path.open("rb") as file:
        start = file.read(2)
    if start != b"\x1f\x8b":
        raise DataError(f"{path}: not a gzip file. It may be damaged: fetch it again")
    return gzip.open(path)  # type: ignore[return-value]


def _no_end(path: Path) -> DataError:
    return DataError(
        f"{path}: its last line has no end, so its last trip may be cut off. "
        "Fetch it again; if you know that it is whole, end it with a line break"
    )


def _cut(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: not a whole gzip file ({error}). It may be cut off: fetch it again")


def _refused(
    path: Path, error: Exception, names: list[str], kinds: Mapping[str, pa.DataType]
) -> DataError:
    said = str(error).strip().splitlines()[0]
    if match := _WRONG_TYPE.search(str(error)):
        column = names[int(match[1])]
        return SchemaError(
            f"{path}: column {column} holds {match[2]}, expected {kinds[column]} "
            f"({said}). Repair that row, or fetch the file again"
        )
    return DataError(
        f"{path}: a row does not fit TLC's columns ({said}). "
        "The file may be cut mid-row or edited: fetch it again or repair that row"
    )
