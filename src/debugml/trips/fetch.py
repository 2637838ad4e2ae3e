"""Fetch a month's file into the cache: resumed where it was cut, tried again, checked, locked."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import DataError, MonthError, SchemaError
from . import cache
from .files import SUFFIXES, file_name, require_whole
from .remote import (
    AbsentError,
    Answer,
    ForbiddenError,
    HopelessError,
    PassingError,
    is_there,
    open_file,
)

if TYPE_CHECKING:
    from filelock import FileLock

T = TypeVar("T")
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Patience:
    """How long to try.

    Attributes
    ----------
    tries : int
        How often, in a row, without a byte more than before.
    first, longest : float
        Seconds to wait before the second try, and at most; each wait is twice the one before,
        less a random part of up to half, so that many who failed together don't return together.
    silence : float
        Seconds without a byte that are taken for a failure.
    """

    tries: int = 5
    first: float = 0.5
    longest: float = 30.0
    silence: float = 30.0

    def wait(self, failed: int, asked: float = 0.0) -> float:
        """Seconds to wait after so many failures in a row, or what the server asks for.

        Examples
        --------
        >>> 1.0 <= Patience().wait(3) <= 2.0
        True
        """
        longest = min(self.first * 2.0 ** (failed - 1), self.longest)
        return max(longest * (1 - random.random() / 2), min(asked, self.longest))


PATIENCE = Patience()


def fetch(source: str, month: str, patience: Patience | None = None) -> cache.Entry:
    """A month's file from an address, in the cache; fetched where it is not there yet.

    Of several processes that want the same file one fetches it, and the others wait. A terminal's
    standard error shows how far it is.

    Parameters
    ----------
    source : str
        An address, as `settings.source` gives it.
    month : str
        ``YYYY-MM``.
    patience : Patience, optional
        Default: `PATIENCE`.

    Raises
    ------
    MonthError
        If the address has no file of that month.
    DataError
        If the file can't be fetched, is not whole, or can't be written.
    """
    from filelock import FileLock

    patience = patience or PATIENCE
    if found := cache.find(source, month):
        return found
    folder = cache.folder_of(source)
    with cache.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # The system lets go of it when its process dies, however it dies.
        lock = FileLock(folder / f".{month}.lock")
        _wait_for(lock, f"{source}, {month}")
    try:
        if found := cache.find(source, month):
            return found
        return _first_there(source, month, lambda suffix: _fetched(source, month, suffix, patience))
    finally:
        lock.release()


def _wait_for(lock: FileLock, what: str) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=1)
    except Timeout:
        if sys.stderr is not None and sys.stderr.isatty():
            print(f"waiting for another process, which fetches {what}", file=sys.stderr)
        lock.acquire()


def suffix_there(source: str, month: str, patience: Patience | None = None) -> str:
    """Which file of a month an address has, without fetching it: one of `files.SUFFIXES`.

    Raises
    ------
    MonthError, DataError
        As `fetch` does.
    """
    patience = patience or PATIENCE

    def there(suffix: str) -> str:
        address = f"{source}/{file_name(month, suffix)}"
        if not _tried(address, patience, lambda: is_there(address, patience.silence)):
            raise AbsentError
        return suffix

    return _first_there(source, month, there)


def _first_there(source: str, month: str, work: Callable[[str], T]) -> T:
    """What work gives for the first of the suffixes that the address has."""
    forbidden: ForbiddenError | None = None
    for suffix in SUFFIXES:
        try:
            return work(suffix)
        except AbsentError:
            continue
        except ForbiddenError as error:
            forbidden = error
    asked = f"{source}/{file_name(month, SUFFIXES[0])}"
    if forbidden is not None:
        raise DataError(
            f"{asked}: {forbidden}. Either there is no such month (TLC publishes one about two "
            "months after its end, and its server answers 403 until then) or this address needs "
            "credentials that were not given"
        ) from forbidden
    raise MonthError(
        f"no trips of {month}: {asked} is not there, nor with .csv or .csv.gz at its end. "
        "Check month and address"
    )


def _fetched(source: str, month: str, suffix: str, patience: Patience) -> cache.Entry:
    path = cache.folder_of(source) / file_name(month, suffix)
    part = path.with_name(f"{path.name}.part")
    address = f"{source}/{path.name}"
    with _progress(path.name) as progress:

        def attempt() -> str | None:
            version = _receive(address, part, patience, progress)
            try:
                require_whole(part, suffix)
            except DataError as error:
                # Going on from here would keep what is wrong.
                part.unlink(missing_ok=True)
                said = str(error).replace(str(part), address)
                if isinstance(error, SchemaError):
                    raise DataError(f"{said} It was not kept") from error
                said = said.removeprefix(f"{address}: ").partition(". ")[0]
                raise PassingError(f"what came is not the file: {said}") from error
            return version

        version = _tried(address, patience, attempt, lambda: _length(part))
        entry = cache.keep(part, path, source, version)
        _begun(part).unlink(missing_ok=True)
        return entry


def _tried(
    address: str, patience: Patience, work: Callable[[], T], reached: Callable[[], int] = lambda: 0
) -> T:
    """What work gives, tried again as long as patience lasts; getting further renews it."""
    failed, furthest = 0, reached()
    while True:
        try:
            return work()
        except HopelessError as error:
            raise DataError(f"{address}: {error}. Check the address, or ask who runs it") from error
        except PassingError as error:
            got = reached()
            failed = 1 if got > furthest else failed + 1
            furthest = max(furthest, got)
            if failed >= patience.tries:
                kept = f" {got:,} bytes are kept, and the next try goes on there." if got else ""
                raise DataError(
                    f"{address}: {error}, and so {failed} times in a row.{kept} Try again later"
                ) from error
            time.sleep(patience.wait(failed, error.wait))


def _receive(address: str, part: Path, patience: Patience, progress: Progress) -> str | None:
    """Bring a part to the file's end; the version of the file that it now has the bytes of."""
    told = cache.read_record(_begun(part))
    version, start = told.get("version"), _length(part)
    if version is None or told.get("address") != address:
        version, start = None, 0
    answer = open_file(address, start, version, patience.silence)
    if answer.start and not _goes_on(answer, start, version, told.get("size")):
        # The server goes on with another file, or elsewhere: from the beginning, then.
        answer = open_file(address, 0, None, patience.silence)
        if answer.start:
            raise HopelessError("the server sends a part of the file where all of it was asked for")
    came = answer.start
    # What the network does comes as `PassingError`: every other error here is the disk's.
    with cache.writing(part.parent):
        if not answer.start:
            part.unlink(missing_ok=True)
            about = {"address": address, "version": answer.version, "size": answer.size}
            cache.write_record(_begun(part), about)
        with part.open("ab") as file:
            progress(came, answer.size)
            for block in answer.blocks:
                file.write(block)
                came += len(block)
                progress(came, answer.size)
            file.flush()
            # Only what is written for good, also if the power fails, may have the file's name.
            os.fsync(file.fileno())
    if answer.size is not None and came < answer.size:
        raise PassingError(f"the connection ended after {came:,} of {answer.size:,} bytes")
    return answer.version


def _begun(part: Path) -> Path:
    """What the bytes of a part are of: address, version and size of the whole file."""
    return part.with_name(f"{part.name}.json")


def _goes_on(answer: Answer, start: int, version: str | None, size: int | None) -> bool:
    return answer.start == start and answer.version in (None, version) and answer.size == size


def _length(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


@contextmanager
def _progress(name: str) -> Iterator[Progress]:
    """A bar on a terminal's standard error; nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda came, size: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress as Bars,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    parts = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    ends = (TransferSpeedColumn(), TimeRemainingColumn())
    with Bars(*parts, *ends, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None)
        yield lambda came, size: bars.update(task, completed=came, total=size)
