"""The store of runs, and of the artifacts that they used and made.

One SQLite file in WAL mode: several processes can write at once, and a run is whole or not there.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError
from .records import Run
from .tables import (
    APPLICATION,
    SCHEMA,
    VERSION,
    holds,
    insert,
    is_foreign,
    is_locked,
    version_of,
    whole_run,
)

WAIT = 60.0
"""Seconds for which a store waits while another process writes."""

# By start: a run may be added long after it was.
_NEWEST_FIRST = " ORDER BY run.started DESC, run.id DESC"
_RUNS_BY_DIGEST = (
    "SELECT DISTINCT run.* FROM run JOIN {table} ON {table}.run = run.id"
    " JOIN artifact ON artifact.id = {table}.artifact WHERE artifact.digest = ?"
)


class Lineage:
    """The store of runs and artifacts.

    Where the file or its folder can't be written, it is opened for reading alone.

    Parameters
    ----------
    path : Path
        The SQLite file; made, with its folder, if absent.
    wait : float
        Seconds to wait while another process writes.

    Attributes
    ----------
    read_only : bool

    Raises
    ------
    StoreError
        If the file is no such store, is a newer version's, is damaged, stays locked, or
        can't be opened.

    Examples
    --------
    >>> import tempfile
    >>> from debugml.lineage import Artifact, Run
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Lineage(Path(folder) / "lineage.sqlite")
    ...     trips, table = Artifact("d1", "january", "trips"), Artifact("d2", "ks", "result")
    ...     _ = store.record(Run("ks", (trips,), (table,), {}, "c0de", "pandas", "laptop", {}))
    ...     [run.name for run in store.runs_that_made("d2")]
    ['ks']
    """

    def __init__(self, path: Path, wait: float = WAIT) -> None:
        self.path, self.wait = path, wait
        self.read_only = path.is_file() and not all(
            os.access(place, os.W_OK) for place in (path, path.parent)
        )
        if path.exists() and not path.is_file():
            raise StoreError(self._foreign("not a file"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._connect() as connection:
                self._prepare(connection)
        except (OSError, sqlite3.Error) as error:
            if is_locked(error):
                raise StoreError(self._locked()) from error
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
                raise StoreError(self._foreign("not a database")) from error
            if self.read_only and self._log():
                raise StoreError(
                    f"{path}: cannot be read while its newest runs lie in {path.name}-wal and the "
                    "folder can't be written. Copy both files to a folder that you may write to, "
                    "and name the copy by --store or DEBUGML_HOME"
                ) from error
            raise StoreError(
                f"{path}: cannot be used as a lineage store ({error}). Check the folder's "
                "permissions, or set DEBUGML_HOME to a folder that you may write to"
            ) from error

    def record(self, run: Run) -> int:
        """Write one run with its artifacts, whole; its number.

        Raises
        ------
        StoreError
            If the store can't be written, or another process keeps it locked.
        """
        with self._writing(f"the run {run.name} was") as connection:
            return insert(connection, run)

    def record_all(self, runs: Iterable[Run]) -> None:
        """Write many runs at once: all of them or none.

        Raises
        ------
        StoreError
            If the store can't be written, or another process keeps it locked.

        Examples
        --------
        >>> import tempfile
        >>> from debugml.lineage import Run
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = Lineage(Path(folder) / "lineage.sqlite")
        ...     store.record_all(Run(name, (), (), {}, "", "", "", {}, "now") for name in "ab")
        ...     [run.name for run in store.runs()]
        ['b', 'a']
        """
        written = list(runs)
        with self._writing(f"{len(written)} runs were") as connection:
            for run in written:
                insert(connection, run)

    def add_all(self, runs: Iterable[Run]) -> int:
        """Write those of many runs that are not there already: all of them or none.

        Returns
        -------
        int
            How many were written.

        Raises
        ------
        StoreError
            If the store can't be written, or another process keeps it locked.

        Examples
        --------
        >>> import tempfile
        >>> from debugml.lineage import Run
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = Lineage(Path(folder) / "lineage.sqlite")
        ...     runs = [Run(name, (), (), {}, "", "", "", {}, "now") for name in "aba"]
        ...     store.add_all(runs), store.add_all(runs)
        (2, 0)
        """
        added, given = 0, list(runs)
        what = f"the run {given[0].name} was" if len(given) == 1 else f"{len(given)} runs were"
        with self._writing(what) as connection:
            for run in given:
                if not holds(connection, run):
                    insert(connection, run)
                    added += 1
        return added

    def add(self, run: Run) -> bool:
        """Write a run unless it is there already, whichever process wrote it.

        It is the same run if its identity is the same (`Run.identity`).

        Returns
        -------
        bool
            Whether it was written.

        Raises
        ------
        StoreError
            If the store can't be written, or another process keeps it locked.

        Examples
        --------
        >>> import tempfile
        >>> from debugml.lineage import Artifact, Run
        >>> run = Run("ks", (), (Artifact("d2", "ks", "result"),), {}, "c0de", "pandas", "here", {})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = Lineage(Path(folder) / "lineage.sqlite")
        ...     store.add(run), store.add(run), len(store.runs())
        (True, False, 1)
        """
        return self.add_all([run]) == 1

    def runs_that_made(self, digest: str) -> list[Run]:
        """Runs that made an artifact, newest first."""
        query = _RUNS_BY_DIGEST.format(table="made")
        return self._runs(query + _NEWEST_FIRST, digest)

    def runs_that_used(self, digest: str) -> list[Run]:
        """Runs that used an artifact, newest first."""
        query = _RUNS_BY_DIGEST.format(table="used")
        return self._runs(query + _NEWEST_FIRST, digest)

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return self._runs(f"SELECT * FROM run{_NEWEST_FIRST}")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read from, its rows by column name; errors become `StoreError`."""
        try:
            with self._connect() as connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except (sqlite3.Error, ValueError) as error:
            if is_locked(error):
                raise StoreError(self._locked()) from error
            if not isinstance(error, (sqlite3.Error, json.JSONDecodeError)):
                raise
            raise StoreError(
                f"{self.path}: cannot be read ({error}). Move it to another place, or set "
                "DEBUGML_HOME: the runs of results that are kept are then recorded anew"
            ) from error

    @contextmanager
    def _writing(self, what: str) -> Iterator[sqlite3.Connection]:
        if self.read_only:
            raise StoreError(
                f"{self.path}: it or its folder can't be written, so {what} not recorded. "
                "Set DEBUGML_HOME to a folder that you may write to"
            )
        try:
            with self._connect() as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
        except sqlite3.Error as error:
            if is_locked(error):
                raise StoreError(self._locked(f"; {what} not recorded")) from error
            raise StoreError(f"{self.path}: {what} not recorded ({error})") from error

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        # Another process may be writing: wait for it rather than fail.
        connection = sqlite3.connect(
            self._address(), timeout=self.wait, isolation_level=None, uri=True
        )
        try:
            yield connection
            if connection.in_transaction:
                connection.commit()
        finally:
            # Closing rolls back what was not committed.
            connection.close()

    def _address(self) -> str:
        address = self.path.absolute().as_uri()
        if not self.read_only:
            return address
        # In a folder that it can't write SQLite reads a WAL file only if told that nobody else
        # writes either; what lies in a log beside it would then be overlooked.
        return f"{address}?mode=ro{'' if self._log() else '&immutable=1'}"

    def _log(self) -> bool:
        """Whether runs lie in a log beside the file."""
        log = self.path.with_name(self.path.name + "-wal")
        return log.is_file() and log.stat().st_size > 0

    def _foreign(self, what: str) -> str:
        return f"{self.path}: {what}: not a lineage store. Move it, or set DEBUGML_HOME"

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if is_foreign(connection):
            raise StoreError(self._foreign("somebody else's database"))
        if version_of(connection) == 0:
            if self.read_only:
                raise StoreError(self._foreign("an empty file that can't be written"))
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            # Asked again inside the transaction: another process may have been first.
            if version_of(connection) == 0:
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.commit()
        if (found := version_of(connection)) != VERSION:
            raise StoreError(
                f"{self.path}: written by another version of debugml (format {found}, this one "
                f"knows {VERSION}). Update debugml, or set DEBUGML_HOME to another folder"
            )

    def _locked(self, lost: str = "") -> str:
        return (
            f"{self.path}: another process has kept it locked for {self.wait:g} s{lost}. "
            "Try again when that process is done, or end it"
        )

    def _runs(self, query: str, *arguments: str) -> list[Run]:
        with self.reading() as connection:
            return [whole_run(connection, row) for row in connection.execute(query, arguments)]
