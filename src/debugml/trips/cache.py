"""Files that were fetched from an address, kept with what they were when they came.

Beside each file lies a record, ``….json``: where it is from, its size and SHA-256, the server's
name for its version, and when it came. A file counts only with its record, and only as long as
size and time of change are those on record; `verify` reads every byte.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import settings
from ..errors import DataError
from .files import SUFFIXES, file_digest, file_name

_NAME = re.compile(r"yellow_tripdata_(\d{4}-\d{2})(\.parquet|\.csv|\.csv\.gz)")


@dataclass(frozen=True)
class Entry:
    """A cached file, and its record.

    Attributes
    ----------
    path : Path
        The file.
    source : str
        The address of its folder.
    size : int
        Bytes.
    sha256 : str
        Of those bytes, in hex.
    version : str or None
        The server's ETag or time of change.
    fetched : str
        When it came, in UTC, as ISO 8601 writes it.
    changed : int
        The file's time of change, in nanoseconds.
    """

    path: Path
    source: str
    size: int
    sha256: str
    version: str | None
    fetched: str
    changed: int

    @property
    def month(self) -> str:
        """The file's month."""
        return month_of(self.path)


def folder_of(source: str) -> Path:
    """Where the files of an address are kept: a folder named after it.

    Examples
    --------
    >>> folder_of("https://server/trips").name[:13]
    'server-trips-'
    """
    told = source
    if source.startswith("s3://"):
        from .remote_s3 import endpoint

        # The same bucket at another server is another bucket.
        told = f"{endpoint() or ''} {source}"
    short = re.sub(r"[^A-Za-z0-9.]+", "-", source.partition("://")[2])[:60]
    return settings.cache() / f"{short}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def find(source: str, month: str) -> Entry | None:
    """A month's file from an address, if it is in the cache and as it came."""
    for suffix in SUFFIXES:
        entry = _entry(folder_of(source) / file_name(month, suffix))
        if entry is not None and _unchanged(entry):
            return entry
    return None


def entries(source: str | None = None) -> list[Entry]:
    """All cached files, of one address or of any, by folder and month; also changed ones."""
    folders = [folder_of(source)] if source else sorted(_folders())
    found = (_entry(path) for folder in folders for path in sorted(folder.glob("yellow_*")))
    return [entry for entry in found if entry is not None]


def remains(source: str | None = None) -> list[Path]:
    """What else is there: interrupted downloads, and files without a record that can be read."""
    folders = [folder_of(source)] if source else sorted(_folders())
    found = (path for folder in folders for path in sorted(folder.glob("yellow_*")))
    return [
        path
        for path in found
        if path.suffix == ".part" or (_NAME.fullmatch(path.name) and _entry(path) is None)
    ]


def month_of(path: Path) -> str:
    """The month of a file of the cache, whole or not.

    Examples
    --------
    >>> month_of(Path("yellow_tripdata_2020-01.parquet.part"))
    '2020-01'
    """
    return path.name.removeprefix("yellow_tripdata_")[:7]


def verify(entry: Entry) -> str | None:
    """What is wrong with a cached file, by all of its bytes; nothing if it is as it came."""
    try:
        size = entry.path.stat().st_size
        if size != entry.size:
            return f"has {size:,} bytes, came with {entry.size:,}"
        with entry.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if found != entry.sha256:
        return f"has SHA-256 {found[:12]}…, came with {entry.sha256[:12]}…"
    return None


def keep(part: Path, path: Path, source: str, version: str | None) -> Entry:
    """Give a whole download its name; the record comes first, so that no file is without one.

    Raises
    ------
    DataError
        If the cache can't be written.
    """
    with writing(path.parent):
        stat = part.stat()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        digest = file_digest(part)
        entry = Entry(path, source, stat.st_size, digest, version, now, stat.st_mtime_ns)
        told = {name: value for name, value in asdict(entry).items() if name != "path"}
        write_record(_record(path), told)
        part.replace(path)
    return entry


def remove(path: Path) -> None:
    """Take a file out of the cache, whole or not, with its record.

    Raises
    ------
    DataError
        If the cache can't be written.
    """
    with writing(path.parent):
        path.unlink(missing_ok=True)
        _record(path).unlink(missing_ok=True)


def write_record(path: Path, told: dict[str, Any]) -> None:
    """Write a small JSON file; who reads it meanwhile finds the old one or the new one, whole."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(told, indent=1), "utf-8")
    new.replace(path)


def read_record(path: Path) -> dict[str, Any]:
    """What such a file says; nothing where there is none, or none that can be read."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say clearly why something could not be written to the cache.

    Raises
    ------
    DataError
        If the disk is full, or the folder is not to be written to.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(
                f"{folder}: the disk is full ({error.strerror}). Make room, also by `debugml data "
                "clear`, or name another folder as DEBUGML_CACHE; what has come is kept"
            ) from error
        raise DataError(
            f"{folder}: the cache cannot be written ({error.strerror or error}). "
            "Name a folder of your own as DEBUGML_CACHE, or see to this one's permissions"
        ) from error


def _folders() -> Iterator[Path]:
    return (path for path in settings.cache().glob("*") if path.is_dir())


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _entry(path: Path) -> Entry | None:
    if not _NAME.fullmatch(path.name) or not path.is_file():
        return None
    told = read_record(_record(path))
    try:
        entry = Entry(path=path, **told)
    except TypeError:
        return None
    return entry


def _unchanged(entry: Entry) -> bool:
    try:
        stat = entry.path.stat()
    except OSError:
        return False
    if stat.st_size != entry.size:
        return False
    # A copy of the cache has other times, and the same bytes.
    return stat.st_mtime_ns == entry.changed or file_digest(entry.path) == entry.sha256
