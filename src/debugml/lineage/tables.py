"""The store's tables, and how a run is written to them and read back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .records import Artifact, Run

VERSION = 1
APPLICATION = 0x6462676D
"""The letters "dbgm": what SQLite files of debugml's carry in their header."""

SCHEMA = """
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


def version_of(connection: sqlite3.Connection) -> int:
    """The format that a file says it has; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_foreign(connection: sqlite3.Connection) -> bool:
    """Whether a database is somebody else's, whatever number it gives to its format."""
    # In one read: another process may just be preparing.
    query = (
        "SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version),"
        " (SELECT json_group_array(name) FROM sqlite_master WHERE type = 'table')"
    )
    application, version, names = connection.execute(query).fetchone()
    if application:
        return bool(application != APPLICATION)
    tables = set(json.loads(names))
    # The first stores carried no such letters, and had these tables.
    return bool(tables) and not (version == 1 and tables >= {"run", "artifact", "used", "made"})


def holds(connection: sqlite3.Connection, run: Run) -> bool:
    """Whether a run of that identity is there (`Run.identity`)."""
    values = [run.name, run.started, run.code, _text(run.parameters)]
    query = "SELECT id FROM run WHERE name = ? AND started = ? AND code = ? AND parameters = ?"
    if run.made:
        # By the index on artifacts: a store may hold many runs, of which few made these bytes.
        query = (
            "SELECT run.id FROM artifact JOIN made ON made.artifact = artifact.id"
            " JOIN run ON run.id = made.run WHERE run.name = ? AND run.started = ?"
            " AND run.code = ? AND run.parameters = ? AND artifact.digest = ?"
        )
        values.append(min(artifact.digest for artifact in run.made))
    sides = {"used": run.used, "made": run.made}
    return any(
        all(
            _digests(artifacts_of(connection, table, number)) == _digests(side)
            for table, side in sides.items()
        )
        for (number,) in connection.execute(query, values).fetchall()
    )


def _digests(artifacts: tuple[Artifact, ...]) -> list[str]:
    return sorted(artifact.digest for artifact in artifacts)


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), sort_keys=True)


def insert(connection: sqlite3.Connection, run: Run) -> int:
    """Write a run with its artifacts; its number. The caller's transaction makes it whole."""
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
            _text(run.parameters),
            _text(run.versions),
        ),
    )
    number = int(cursor.lastrowid or 0)
    for table, artifacts in (("used", run.used), ("made", run.made)):
        for artifact in artifacts:
            connection.execute(
                # Not OR IGNORE, which would pass over a missing name as well.
                "INSERT INTO artifact (digest, name, kind, rows) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (digest, name, kind) DO NOTHING",
                (artifact.digest, artifact.name, artifact.kind, artifact.rows),
            )
            connection.execute(
                f"INSERT INTO {table} SELECT ?, id FROM artifact"
                " WHERE digest = ? AND name = ? AND kind = ?",
                (number, artifact.digest, artifact.name, artifact.kind),
            )
    return number


def run_of(row: sqlite3.Row, used: tuple[Artifact, ...], made: tuple[Artifact, ...]) -> Run:
    """A row of the table of runs, with its artifacts, as a `Run`."""
    return Run(
        name=row["name"],
        used=used,
        made=made,
        parameters=dict(_parsed(row["parameters"])),
        code=row["code"],
        engine=row["engine"],
        device=row["device"],
        versions=dict(_parsed(row["versions"])),
        started=row["started"],
        seconds=row["seconds"],
    )


@lru_cache(maxsize=1024)
def _parsed(text: str) -> dict[str, Any]:
    # Versions are the same in thousands of runs, and parameters often.
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def artifacts_of(connection: sqlite3.Connection, table: str, run: int) -> tuple[Artifact, ...]:
    """What a run used or made (the table), in its order."""
    query = (
        f"SELECT artifact.digest, name, kind, rows FROM artifact JOIN {table}"
        f" ON {table}.artifact = artifact.id WHERE {table}.run = ? ORDER BY {table}.rowid"
    )
    return tuple(Artifact(*row) for row in connection.execute(query, (run,)))


def whole_run(connection: sqlite3.Connection, row: sqlite3.Row) -> Run:
    """A row of the table of runs with its artifacts, read for it."""
    sides = (artifacts_of(connection, table, row["id"]) for table in ("used", "made"))
    return run_of(row, *sides)


def is_locked(error: BaseException) -> bool:
    """Whether another process holds the file.

    Examples
    --------
    >>> is_locked(sqlite3.OperationalError("another error"))
    False
    """
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
