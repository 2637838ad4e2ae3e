"""The store's tables, and how a run is written to them and read back."""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache
from typing import Any

from .records import Artifact, Run

VERSION = 1
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
    """Whether a file without a format holds somebody else's tables."""
    # Looked at with the version, in one read: another process may just be preparing.
    query = "SELECT (SELECT count(*) FROM sqlite_master), (SELECT * FROM pragma_user_version)"
    tables, version = connection.execute(query).fetchone()
    return bool(tables) and version == 0


def holds(connection: sqlite3.Connection, run: Run) -> bool:
    """Whether a run of that name, start and made digests is there."""
    query = "SELECT id FROM run WHERE name = ? AND started = ?"
    if run.made:
        query = (
            "SELECT run.id FROM artifact JOIN made ON made.artifact = artifact.id"
            " JOIN run ON run.id = made.run WHERE run.name = ? AND run.started = ?"
            " AND artifact.digest = ?"
        )
    digests = sorted(artifact.digest for artifact in run.made)
    for (number,) in connection.execute(query, (run.name, run.started, *digests[:1])).fetchall():
        if sorted(a.digest for a in artifacts_of(connection, "made", number)) == digests:
            return True
    return False


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
            json.dumps(run.parameters, sort_keys=True),
            json.dumps(run.versions, sort_keys=True),
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
