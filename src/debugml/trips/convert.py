"""A file's columns, whatever their types, as the types of `schema.COLUMNS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SchemaError
from .eras import TEXTS
from .schema import ARROW_TYPES


def convert(file: object, name: str, column: pa.ChunkedArray, *, texts: bool) -> pa.ChunkedArray:
    """One column, in the type that it has in every month.

    Parameters
    ----------
    file : object
        What an error calls the file.
    name : str
        The column's name in `schema.COLUMNS`.
    column : ChunkedArray
        Its values as the file has them.
    texts : bool
        Whether the file is of an era that wrote times and codes as text (`eras.Era.texts`).

    Raises
    ------
    SchemaError
        If the values are not of its type, naming file, column and a value.

    Examples
    --------
    >>> convert("a file", "payment_type", pa.chunked_array([["CRD", "Cash "]]), texts=True)
    <pyarrow.lib.ChunkedArray object at ...>
    [
      [
        1,
        2
      ]
    ]
    """
    kind = ARROW_TYPES[name]
    try:
        if texts and name in TEXTS:
            return _known_texts(name, column)
        if texts and _is_text(column.type) and pa.types.is_floating(kind):
            return _each(column, kind, lambda text: float(text) if text else None)
        return _cast(column, kind, texts=texts)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        values = column.drop_null()
        shown = values[0].as_py() if len(values) else None
        raise SchemaError(
            f"{file}: column {name} is {column.type} (such as {shown!r}), expected {kind} "
            f"({error}). Repair the column, or load the file as TLC publishes it"
        ) from error


def _cast(column: pa.ChunkedArray, kind: pa.DataType, *, texts: bool) -> pa.ChunkedArray:
    if pa.types.is_null(column.type):
        return pa.chunked_array([pa.nulls(len(column), kind)])
    if pa.types.is_timestamp(kind) and texts and _is_text(column.type):
        return pc.cast(column, kind)
    if pa.types.is_timestamp(kind) and not pa.types.is_timestamp(column.type):
        raise pa.ArrowInvalid("a time was expected")
    if pa.types.is_floating(kind) and pa.types.is_temporal(column.type):
        raise pa.ArrowInvalid("a number was expected")
    if pa.types.is_timestamp(kind) and column.type.tz is not None:
        raise pa.ArrowInvalid("a local time without a zone was expected, as TLC writes it")
    if pa.types.is_timestamp(kind):
        # Nanoseconds below a microsecond carry nothing in these files.
        return pc.cast(column, kind, safe=False)
    return pc.cast(column, kind)


def _known_texts(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Codes that may be text, or numbers already; a text that nobody knows is missing."""
    known, kind = TEXTS[name], ARROW_TYPES[name]

    def code(text: str) -> float | str | None:
        if text in known:
            return known[text]
        if kind == pa.string():
            return text or None
        return float(text) if text.replace(".", "", 1).isdigit() else None

    return _each(pc.cast(column, pa.string()), kind, code)


def _each(
    column: pa.ChunkedArray, kind: pa.DataType, function: Callable[[str], Any]
) -> pa.ChunkedArray:
    """A function of text, once for each different text, without blanks and in capitals."""
    coded = pa.chunked_array(column).combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    texts = [(text or "").strip().upper() for text in coded.dictionary.to_pylist()]
    values = pa.array([function(text) for text in texts], type=kind)
    return pa.chunked_array([values.take(coded.indices)])


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


CODES = ("RatecodeID", *TEXTS)
"""Columns that a CSV of an era with texts is read as text."""
