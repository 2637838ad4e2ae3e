"""The store of runs, and of the artifacts that they used and made.

One SQLite file in WAL mode, so that several processes can write at once and a
killed one leaves nothing half-written: a run appears whole or not at all.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import StoreError

VERSION = 1
_SCHEMA = """
CREATE TABLE run (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    started    TEXT NOT NULL,
    seconds    REAL NOT NULL,
    code       TEXT NOT NULL,
    engine     TEXT NOT NULL,
    device     TEXT NOT NULL,
    parameters TEXT NOT NULL,
    versions   TEXT NOT NULL
);
CREATE TABLE artifact (
    id     INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    name   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    rows   INTEGER,
    UNIQUE (digest, name, kind)
);
CREATE TABLE used (
    run      INTEGER NOT NULL REFERENCES run,
    artifact INTEGER NOT NULL REFERENCES artifact
);
CREATE TABLE made (
    run      INTEGER NOT NULL REFERENCES run,
    artifact INTEGER NOT NULL REFERENCES artifact
);
CREATE INDEX used_by_artifact ON used (artifact);
CREATE INDEX made_by_artifact ON made (artifact);
CREATE INDEX used_by_run ON used (run);
CREATE INDEX made_by_run ON made (run);
"""


_RUNS_BY_DIGEST = (
    "SELECT DISTINCT run.* FROM run JOIN {table} ON {table}.run = run.id"
    " JOIN artifact ON artifact.id = {table}.artifact WHERE artifact.digest = ?"
)


@dataclass(frozen=True)
class Artifact:
    """Something that a run used or made, known by its bytes.

    Attributes
    ----------
    digest : str
        SHA-256 in hex.
    name : str
        What people call it: a file's name, a result's name.
    kind : str
        ``"trips"``, ``"result"``, ``"model"``.
    rows : int, optional
    """

    digest: str
    name: str
    kind: str
    rows: int | None = None


@dataclass(frozen=True)
class Run:
    """What was done, with what, by which code, where and when.

    Attributes
    ----------
    name : str
        The function that ran.
    used, made : tuple of Artifact
    parameters : dict
        Of the function; JSON values.
    code : str
        Digest of the source that it reaches (`debugml.closure`).
    engine, device : str
        ``"pandas"``; the machine in words.
    versions : dict of str to str
        Python's and the libraries'.
    started : str
        ISO 8601, UTC.
    seconds : float
    """

    name: str
    used: tuple[Artifact, ...]
    made: tuple[Artifact, ...]
    parameters: Mapping[str, Any]
    code: str
    engine: str
    device: str
    versions: Mapping[str, str]
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    seconds: float = 0.0


class Lineage:
    """The store of runs and artifacts.

    Parameters
    ----------
    path : Path
        The SQLite file; made, with its folder, if absent.

    Raises
    ------
    StoreError
        If the file is no such store, is a newer version's, or can't be opened.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Lineage(Path(folder) / "lineage.sqlite")
    ...     trips, table = Artifact("d1", "january", "trips"), Artifact("d2", "ks", "result")
    ...     _ = store.record(Run("ks", (trips,), (table,), {}, "c0de", "pandas", "laptop", {}))
    ...     [run.name for run in store.runs_that_made("d2")]
    ['ks']
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._connect() as connection:
                self._prepare(connection)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{path}: cannot be used as a lineage store ({error}). Check the folder's "
                "permissions, or set DEBUGML_HOME to a folder that you may write to"
            ) from error

    def record(self, run: Run) -> int:
        """Write one run with its artifacts, whole; its number.

        Raises
        ------
        StoreError
            If the store can't be written.
        """
        try:
            with self._connect() as connection:
                connection.execute("BEGIN IMMEDIATE")
                return _insert(connection, run)
        except sqlite3.Error as error:
            raise StoreError(
                f"{self.path}: the run {run.name} was not recorded ({error})"
            ) from error

    def runs_that_made(self, digest: str) -> list[Run]:
        """Runs that made an artifact, newest first."""
        query = _RUNS_BY_DIGEST.format(table="made")
        return self._runs(query + " ORDER BY run.id DESC", digest)

    def runs_that_used(self, digest: str) -> list[Run]:
        """Runs that used an artifact, newest first."""
        query = _RUNS_BY_DIGEST.format(table="used")
        return self._runs(query + " ORDER BY run.id DESC", digest)

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return self._runs("SELECT * FROM run ORDER BY id DESC")

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        # Another process may be writing: wait for it rather than fail.
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        try:
            yield connection
            if connection.in_transaction:
                connection.commit()
        finally:
            # Closing rolls back what was not committed.
            connection.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _version(connection) == 0:
            if _tables(connection):
                raise StoreError(
                    f"{self.path}: a database, but not a lineage store of debugml's. Move it, or "
                    "set DEBUGML_HOME to another folder"
                )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            # Asked again inside the transaction: another process may have been first.
            if _version(connection) == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.commit()
        if (found := _version(connection)) != VERSION:
            raise StoreError(
                f"{self.path}: written by another version of debugml (format {found}, this one "
                f"knows {VERSION}). Update debugml, or set DEBUGML_HOME to another folder"
            )

    def _runs(self, query: str, *arguments: str) -> list[Run]:
        try:
            with self._connect() as connection:
                connection.row_factory = sqlite3.Row
                return [_run(connection, row) for row in connection.execute(query, arguments)]
        except sqlite3.Error as error:
            raise StoreError(
                f"{self.path}: cannot be read ({error}). Delete it: results are kept elsewhere, "
                "only the record of their runs is lost"
            ) from error


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _tables(connection: sqlite3.Connection) -> bool:
    # Looked at with the version, in one read: another process may just be preparing.
    query = "SELECT (SELECT count(*) FROM sqlite_master), (SELECT * FROM pragma_user_version)"
    tables, version = connection.execute(query).fetchone()
    return bool(tables) and version == 0


def _insert(connection: sqlite3.Connection, run: Run) -> int:
    cursor = connection.execute(
        "INSERT INTO run (name, started, seconds, code, engine, device, parameters, versions)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.name,
            run.started,
            run.seconds,
            run.code,
            run.engine,
            run.device,
            json.dumps(run.parameters, sort_keys=True),
            json.dumps(run.versions, sort_keys=True),
        ),
    )
    number = int(cursor.lastrowid or 0)
    for table, artifacts in (("used", run.used), ("made", run.made)):
        for artifact in artifacts:
            connection.execute(
                "INSERT OR IGNORE INTO artifact (digest, name, kind, rows) VALUES (?, ?, ?, ?)",
                (artifact.digest, artifact.name, artifact.kind, artifact.rows),
            )
            connection.execute(
                f"INSERT INTO {table} SELECT ?, id FROM artifact"
                " WHERE digest = ? AND name = ? AND kind = ?",
                (number, artifact.digest, artifact.name, artifact.kind),
            )
    return number


def _run(connection: sqlite3.Connection, row: sqlite3.Row) -> Run:
    return Run(
        name=row["name"],
        used=_artifacts(connection, "used", row["id"]),
        made=_artifacts(connection, "made", row["id"]),
        parameters=json.loads(row["parameters"]),
        code=row["code"],
        engine=row["engine"],
        device=row["device"],
        versions=json.loads(row["versions"]),
        started=row["started"],
        seconds=row["seconds"],
    )


def _artifacts(connection: sqlite3.Connection, table: str, run: int) -> tuple[Artifact, ...]:
    query = (
        f"SELECT artifact.digest, name, kind, rows FROM artifact JOIN {table}"
        f" ON {table}.artifact = artifact.id WHERE {table}.run = ? ORDER BY {table}.rowid"
    )
    return tuple(Artifact(*row) for row in connection.execute(query, (run,)))
