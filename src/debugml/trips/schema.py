"""The columns that every loaded month has, in TLC's own names, and their types.

TLC's files changed over the years; this covers the eras in which a trip's ends
are zone ids. A column that a file's era did not have yet (`congestion_surcharge`
began in 2019) is filled with missing values; columns that came later are left out.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SchemaError

# Counts and codes are floats because they can be missing, and NaN needs a float.
COLUMNS: dict[str, str] = {
    "VendorID": "float64",
    "tpep_pickup_datetime": "datetime64[us]",
    "tpep_dropoff_datetime": "datetime64[us]",
    "passenger_count": "float64",
    "trip_distance": "float64",
    "RatecodeID": "float64",
    "store_and_fwd_flag": "string",
    "PULocationID": "float64",
    "DOLocationID": "float64",
    "payment_type": "float64",
    "fare_amount": "float64",
    "extra": "float64",
    "mta_tax": "float64",
    "tip_amount": "float64",
    "tolls_amount": "float64",
    "improvement_surcharge": "float64",
    "total_amount": "float64",
    "congestion_surcharge": "float64",
}

LATER_COLUMNS = frozenset({"congestion_surcharge"})
"""Columns that older months lack; they load as missing."""

_ARROW = {
    "float64": pa.float64(),
    "datetime64[us]": pa.timestamp("us"),
    "string": pa.string(),
}

ARROW_TYPES: dict[str, pa.DataType] = {name: _ARROW[kind] for name, kind in COLUMNS.items()}


def require_columns(path: Path, present: list[str]) -> None:
    """Check a file's header.

    Raises
    ------
    SchemaError
        Naming the file, the columns that it lacks and those that it has.
    """
    lacking = [name for name in COLUMNS if name not in present and name not in LATER_COLUMNS]
    if not lacking:
        return
    hint = "is it a yellow-taxi file of TLC's?"
    if any("longitude" in name.lower() or name.lower() == "start_lon" for name in present):
        hint = "it is from an era with coordinates instead of zone ids; take a later month"
    raise SchemaError(
        f"{path}: no column {', '.join(lacking)}; it has {', '.join(present) or 'none'}. "
        f"Expected TLC's columns with zone ids: {hint}"
    )


def conform(path: Path, table: pa.Table) -> pa.Table:
    """A table with exactly `COLUMNS`, in order, each of its type.

    Raises
    ------
    SchemaError
        If a column's values are not of its type, naming file, column and a value.
    """
    columns = []
    for name, kind in ARROW_TYPES.items():
        if name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, kind))
            continue
        column = table.column(name)
        try:
            columns.append(_cast(column, kind))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            values = column.drop_null()
            shown = values[0].as_py() if len(values) else None
            raise SchemaError(
                f"{path}: column {name} is {column.type} (such as {shown!r}), expected {kind} "
                f"({error}). Repair the column, or load the file as TLC publishes it"
            ) from error
    return pa.Table.from_arrays(columns, names=list(ARROW_TYPES))


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_null(column.type):
        return pa.chunked_array([pa.nulls(len(column), kind)])
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
