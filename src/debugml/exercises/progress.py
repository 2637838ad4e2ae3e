"""What a student has tried and passed, kept on this machine alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .. import settings
from ..errors import StoreError
from .verdict import Verdict

_TABLES = """
create table if not exists tries (
  exercise text not null, at text not null, passed integer not null, seconds real not null
) strict;
create table if not exists hints (exercise text primary key, shown integer not null) strict;
"""


@dataclass(frozen=True)
class Record:
    """How far somebody got with one exercise.

    Attributes
    ----------
    tries : int
        Checks so far.
    passed : str
        When it first passed, UTC; empty if it has not.
    hints : int
        That were shown.
    """

    tries: int = 0
    passed: str = ""
    hints: int = 0


class Progress:
    """Tries and hints, in one SQLite file; several notebooks may write at once.

    Parameters
    ----------
    path : Path, optional
        Default: ``exercises.sqlite`` in ``DEBUGML_HOME``.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings.home() / "exercises.sqlite"

    def tried(self, verdict: Verdict) -> None:
        """Keep the outcome of a check."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._open() as store:
            store.execute(
                "insert into tries values (?, ?, ?, ?)",
                (verdict.exercise, now, verdict.passed, verdict.seconds),
            )

    def hinted(self, exercise: str, there: int) -> int:
        """Count one more hint; its number, or one more than there are."""
        with self._open() as store:
            store.execute(
                "insert into hints values (?, 1)"
                " on conflict do update set shown = min(shown + 1, ?)",
                (exercise, there + 1),
            )
            row = store.execute("select shown from hints where exercise = ?", (exercise,))
            return int(row.fetchone()[0])

    def records(self) -> dict[str, Record]:
        """All that is known, by exercise."""
        if not self.path.exists():
            return {}
        with self._open() as store:
            tries = store.execute(
                "select exercise, count(*), coalesce(min(case when passed then at end), '')"
                " from tries group by exercise"
            ).fetchall()
            hints = dict(store.execute("select exercise, shown from hints").fetchall())
        found = {name: Record(int(n), str(at), hints.get(name, 0)) for name, n, at in tries}
        for name, shown in hints.items():
            found.setdefault(name, Record(hints=shown))
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as store:
                store.execute("pragma journal_mode = wal")
                store.executescript(_TABLES)
                with store:
                    yield store
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self.path}: your progress can't be kept ({error}); name a folder that you can "
                "write to in DEBUGML_HOME"
            ) from error
