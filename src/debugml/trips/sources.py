"""Where a month's file is, whatever the source: in the samples, a folder, or the cache."""

from __future__ import annotations

from pathlib import Path

from .. import settings
from . import cache
from .eras import CSV, PARQUET, era_of
from .fetch import fetch, suffix_there
from .files import file_digest, find_file, has_coordinates
from .samples import sample_path


def file_of(source: str, month: str) -> Path:
    """A month's file on this machine; one behind an address is fetched into the cache.

    Parameters
    ----------
    source : str
        As `settings.source` gives it.
    month : str
        ``YYYY-MM``.

    Raises
    ------
    MonthError
        If the source has no such month.
    DataError
        If the file can't be fetched.

    Examples
    --------
    >>> file_of("sample", "2020-01").name
    'yellow_tripdata_2020-01.parquet'
    """
    if settings.is_address(source):
        return fetch(source, month).path
    return sample_path(month) if source == settings.SAMPLE else find_file(Path(source), month)


def digest_of(source: str, month: str) -> tuple[str, str]:
    """Name and SHA-256 of a month's file; of one behind an address by its record in the cache.

    Raises
    ------
    MonthError, DataError
        As `file_of` does.

    Examples
    --------
    >>> digest_of("sample", "2020-01")[0]
    'yellow_tripdata_2020-01.parquet'
    """
    if settings.is_address(source):
        entry = fetch(source, month)
        return entry.path.name, entry.sha256
    path = file_of(source, month)
    return path.name, file_digest(path)


def month_has_coordinates(source: str, month: str) -> bool:
    """Whether a month's file has coordinates in place of zone ids, without fetching it.

    A file that is here tells by itself; of one that is not, its era does (`eras.era_of`).

    Raises
    ------
    MonthError, DataError
        If the source has no such month, or can't be asked.

    Examples
    --------
    >>> month_has_coordinates("sample", "2020-01")
    False
    """
    if source == settings.SAMPLE:
        sample_path(month)
        return False
    if not settings.is_address(source):
        return has_coordinates(find_file(Path(source), month))
    if entry := cache.find(source, month):
        return has_coordinates(entry.path)
    era = era_of(month, PARQUET if suffix_there(source, month) == ".parquet" else CSV)
    return era is not None and era.coordinates
