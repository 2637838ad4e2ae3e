"""`load`: months of trips from any source, on any engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pandas as pd

from .. import cluster, engines, settings
from ..errors import SchemaError
from ..provenance import carry, of_trips
from .files import Groups, has_coordinates, read_file
from .months import parse_months
from .schema import COLUMNS, COORDINATES, ZONES, columns_of
from .sources import digest_of, file_of, month_has_coordinates, parts_of


def load(
    months: str | Iterable[str],
    *,
    source: str | os.PathLike[str] | None = None,
    engine: str | None = None,
    columns: str | Iterable[str] | None = None,
) -> Any:
    """Trips of one month or several, in TLC's own columns, in dropoff order within a month.

    Parameters
    ----------
    months : str or iterable of str
        ``"2020-01"``, or several such, from 2009 on.
    source : str or path, optional
        ``"sample"`` (real trips that come with debugml, 10,000 a month, 2018–2020), ``"tlc"``
        (full months from where TLC publishes them), a folder of TLC's files, or the address of
        one (``https://…``, ``s3://bucket/…``), from which files are fetched once and kept
        (`settings.cache`). Default: ``DEBUGML_SOURCE``, else the samples.
    engine : str, optional
        ``"pandas"`` or ``"dask"``. Default: ``DEBUGML_ENGINE``, else pandas.
    columns : str or iterable of str, optional
        What to read; the rest of a Parquet file is left on disk. Default: all.

    Returns
    -------
    DataFrame of shape (trips, 20)
        One row a trip; money in US dollars, distance in miles, times in New York's local
        time. Where a month's file has coordinates in place of zone ids, four columns more:
        longitude and latitude of pickup and dropoff, in degrees (`eras`). Its ``attrs`` name
        the months (`debugml.provenance`). With ``engine="dask"`` a Dask DataFrame,
        fetched and read where its partitions are: one a month, or several where a large Parquet
        file is here, each in dropoff order. It carries no ``attrs``.

    Raises
    ------
    MonthError
        If a month is malformed or the source does not hold it.
    DataError, SchemaError
        If a file can't be fetched, is damaged or is not what it should be, or a column is not
        among those of trips.
    SettingError
        If source or engine is unknown.

    Examples
    --------
    >>> january = load("2020-01", source="sample")
    >>> january.shape
    (10000, 20)
    >>> float(january["trip_distance"].median())
    1.6
    >>> load("2020-01", source="sample", columns=["tip_amount", "fare_amount"]).columns.tolist()
    ['fare_amount', 'tip_amount']
    """
    chosen, on = settings.source(source), settings.engine(engine)
    asked = parse_months(months)
    if on not in engines.DISTRIBUTED:
        for month in asked:
            file_of(chosen, month)
    # Each month is asked: one that the source lacks is missed now, not in a worker later.
    kinds = {month_has_coordinates(chosen, month) for month in asked}
    whole = columns_of(columns, coordinates=True in kinds)
    meta = pd.DataFrame(columns=list(whole)).astype({n: _TYPES[n] for n in whole})
    read = partial(read_part, source=chosen, whole=whole)
    if on in engines.DISTRIBUTED:
        cluster.connect(engine=on)
        parts = [(month, groups) for month in asked for groups in parts_of(chosen, month)]
        return engines.from_parts(read, parts, meta, on)
    trips = engines.from_parts(read, [(month, None) for month in asked], meta, on)
    if on != "pandas":
        return trips
    return carry(trips, rest_on(asked, chosen, len(trips), on))


_TYPES = COLUMNS | COORDINATES


def read_part(
    part: tuple[str, Groups],
    *,
    source: str,
    whole: Sequence[str],
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Trips of one month, or of a part of it, where this runs: `load` gives it to an engine.

    Parameters
    ----------
    part : tuple of str and sequence of int
        A month, and row groups of its file (`files.groups_of`); all where that is None.
    source : str
        As `settings.source` gives it.
    whole : sequence of str
        All columns of the load.
    columns : sequence of str, optional
        Those of them that are needed: Dask asks so for fewer.

    Raises
    ------
    SchemaError
        If the file has coordinates, and the load was taken for one of zone ids.

    Examples
    --------
    >>> read_part(("2020-01", None), source="sample", whole=["tip_amount"]).shape
    (10000, 1)
    """
    month, groups = part
    path = file_of(source, month)
    if set(ZONES) & set(whole) and not set(COORDINATES) & set(whole) and has_coordinates(path):
        raise SchemaError(
            f"{path}: has coordinates, where TLC's file of that month has zone ids. "
            "Load the month with pandas, which looks before it reads"
        )
    return read_file(path, list(whole if columns is None else columns), groups)


def rest_on(months: Iterable[str], source: str, rows: int, engine: str) -> dict[str, Any]:
    """What trips of these months rest on, for their frame (`provenance.of_trips`).

    Examples
    --------
    >>> rest_on(["2020-01"], "sample", 10_000, "pandas")["months"]
    ['2020-01']
    """
    told = "" if source == settings.SAMPLE else settings.source_in_words(source)
    return of_trips(digests(months, source=source), rows, engine, told)


def digests(
    months: str | Iterable[str], *, source: str | os.PathLike[str] | None = None
) -> dict[str, str]:
    """SHA-256 of the file behind each month, by file name: what a result rests on.

    A month behind an address is fetched if it is not in the cache.

    Examples
    --------
    >>> list(digests("2020-01", source="sample"))
    ['yellow_tripdata_2020-01.parquet']
    """
    chosen = settings.source(source)
    return dict(digest_of(chosen, month) for month in parse_months(months))
