"""The columns that every loaded month has, in TLC's own names, and their types.

TLC's files changed over the years; `eras` maps each of them onto these columns. One that a
file does not have yet (`congestion_surcharge` began in 2019) is filled with missing values.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

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
    "airport_fee": "float64",
    "cbd_congestion_fee": "float64",
}

COORDINATES: dict[str, str] = {
    "pickup_longitude": "float64",
    "pickup_latitude": "float64",
    "dropoff_longitude": "float64",
    "dropoff_latitude": "float64",
}
"""Where trips of the first years began and ended, in degrees; their zone ids are missing."""

ZONES = ("PULocationID", "DOLocationID")

TIME = "tpep_dropoff_datetime"

_ARROW = {
    "float64": pa.float64(),
    "datetime64[us]": pa.timestamp("us"),
    "string": pa.string(),
}

ARROW_TYPES: dict[str, pa.DataType] = {
    name: _ARROW[kind] for name, kind in (COLUMNS | COORDINATES).items()
}


def columns_of(asked: str | Iterable[str] | None, *, coordinates: bool) -> tuple[str, ...]:
    """The columns of a load, each once, in the order of `COLUMNS`, coordinates last.

    Parameters
    ----------
    asked : str or iterable of str, optional
        Names; all where none are given.
    coordinates : bool
        Whether some of the months have coordinates in place of zone ids.

    Raises
    ------
    SchemaError
        If trips have no column of a name, or no zone ids where only zone ids are asked for.

    Examples
    --------
    >>> columns_of(["tip_amount", "fare_amount"], coordinates=False)
    ('fare_amount', 'tip_amount')
    """
    there = (*COLUMNS, *COORDINATES) if coordinates else tuple(COLUMNS)
    if asked is None:
        return there
    names = [asked] if isinstance(asked, str) else list(asked)
    if not names:
        raise SchemaError("no column was asked for: name some, or leave columns out for all")
    unknown = [name for name in names if name not in there]
    if any(name in COORDINATES for name in unknown):
        raise SchemaError(
            f"these months have no column {', '.join(unknown)}: their trips' ends are zone ids, "
            "PULocationID and DOLocationID. Coordinates end in 2010 (Parquet) or June 2016 (CSV)"
        )
    if unknown:
        raise SchemaError(
            f"trips have no column {', '.join(map(str, unknown))}: choose from {', '.join(there)}"
        )
    zones = [name for name in names if name in ZONES]
    if coordinates and zones and not any(name in COORDINATES for name in names):
        raise SchemaError(
            f"{', '.join(zones)} would be missing: some of these months have coordinates in place "
            "of zone ids, which begin in 2011 (Parquet) or July 2016 (CSV). Take later months, or "
            "name pickup_longitude as well to take zone ids as missing"
        )
    return tuple(name for name in there if name in names)
