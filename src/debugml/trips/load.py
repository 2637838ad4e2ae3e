"""`load`: months of trips from any source, on any engine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from .. import cluster, engines, settings
from ..provenance import carry, of_trips
from .files import file_digest, find_file, read_file
from .months import parse_months
from .samples import sample_path
from .schema import COLUMNS


def load(
    months: str | Iterable[str],
    *,
    source: str | os.PathLike[str] | None = None,
    engine: str | None = None,
) -> Any:
    """Trips of one month or several, in TLC's own columns, in dropoff order within a month.

    Parameters
    ----------
    months : str or iterable of str
        ``"2020-01"``, or several such.
    source : str or path, optional
        ``"sample"`` (real trips that come with debugml, 10,000 a month, 2018–2020) or a
        folder of TLC's files. Default: ``DEBUGML_SOURCE``, else the samples.
    engine : str, optional
        ``"pandas"`` or ``"dask"``. Default: ``DEBUGML_ENGINE``, else pandas.

    Returns
    -------
    DataFrame of shape (trips, 18)
        One row a trip; money in US dollars, distance in miles, times in New York's local
        time. Its ``attrs`` name the months (`debugml.provenance`). With ``engine="dask"`` a
        Dask DataFrame of one partition a month, which carries no ``attrs``.

    Raises
    ------
    MonthError
        If a month is malformed or the source does not hold it.
    DataError, SchemaError
        If a file is damaged or is not what it should be.
    SettingError
        If source or engine is unknown.

    Examples
    --------
    >>> january = load("2020-01", source="sample")
    >>> january.shape
    (10000, 18)
    >>> float(january["trip_distance"].median())
    1.6
    """
    chosen = settings.source(source)
    paths = [_path(chosen, month) for month in parse_months(months)]
    on = settings.engine(engine)
    if on in engines.DISTRIBUTED:
        cluster.connect(engine=on)
    meta = pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    trips = engines.from_parts(read_file, paths, meta, on)
    if on != "pandas":
        return trips
    return carry(trips, of_trips(_digests(paths), len(trips), on))


def digests(
    months: str | Iterable[str], *, source: str | os.PathLike[str] | None = None
) -> dict[str, str]:
    """SHA-256 of the file behind each month, by file name: what a result rests on.

    Examples
    --------
    >>> list(digests("2020-01", source="sample"))
    ['yellow_tripdata_2020-01.parquet']
    """
    chosen = settings.source(source)
    return _digests([_path(chosen, month) for month in parse_months(months)])


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: file_digest(path) for path in paths}


def _path(source: str, month: str) -> Path:
    return sample_path(month) if source == settings.SAMPLE else find_file(Path(source), month)
