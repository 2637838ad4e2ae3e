"""Where a month's file is, whatever the source: in the samples, a folder, or the cache."""

from __future__ import annotations

from pathlib import Path

from .. import settings
from ..address import is_address
from ..errors import DataError
from . import cache
from .eras import CSV, PARQUET, era_of
from .fetch import PATIENCE, fetch, suffix_there
from .files import (
    SUFFIXES,
    Groups,
    file_digest,
    find_file,
    groups_of,
    has_coordinates,
    months_in,
)
from .remote import AbsentError, ForbiddenError, HopelessError, PassingError
from .samples import folder, manifest, sample_path


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
    if is_address(source):
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
    if is_address(source):
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
    if not is_address(source):
        return has_coordinates(find_file(Path(source), month))
    if entry := cache.find(source, month):
        return has_coordinates(entry.path)
    era = era_of(month, PARQUET if suffix_there(source, month) == ".parquet" else CSV)
    return era is not None and era.coordinates


def parts_of(source: str, month: str) -> list[Groups]:
    """Parts of a month that are read each on its own (`files.groups_of`).

    A month that is not on this machine yet is one part.

    Raises
    ------
    MonthError, DataError
        As `file_of` does.

    Examples
    --------
    >>> parts_of("sample", "2020-01")
    [None]
    """
    if is_address(source):
        entry = cache.find(source, month)
        return groups_of(entry.path) if entry else [None]
    return groups_of(file_of(source, month))


def listing(source: str) -> dict[str, int | None] | None:
    """The months that a source has, with bytes; none where an address can't be asked for them.

    Samples, folders and S3 can be listed; a web server answers for single files only.

    Raises
    ------
    DataError
        If the source can't be read.

    Examples
    --------
    >>> len(listing("sample"))
    36
    """
    if source == settings.SAMPLE:
        return {name[-15:-8]: (folder() / name).stat().st_size for name in sorted(manifest())}
    if not is_address(source):
        return {month: path.stat().st_size for month, path in months_in(Path(source)).items()}
    if not source.startswith("s3://"):
        return None
    from .remote_s3 import sizes

    try:
        names = sizes(source, PATIENCE.silence)
    except AbsentError:
        names = {}
    except (ForbiddenError, HopelessError, PassingError) as error:
        raise DataError(
            f"{source}: {error}. Check the address, and the credentials given"
        ) from error
    found: dict[str, int | None] = {}
    for suffix in reversed(SUFFIXES):
        for name, size in names.items():
            if name.startswith("yellow_tripdata_") and name.endswith(suffix):
                found[name.removeprefix("yellow_tripdata_").removesuffix(suffix)] = size
    return dict(sorted(found.items()))
