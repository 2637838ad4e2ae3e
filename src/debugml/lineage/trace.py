"""Back from an artifact: the run that made it, what that run used, and so on to the files.

What a backtrace gives is why-provenance at the grain of whole artifacts (Cheney, Chiticariu
and Tan 2009, "Provenance in Databases: Why, How, and Where"): everything that was at hand
when a thing was made, not the part of it that mattered.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from .find import find
from .records import Artifact, Run
from .store import Lineage
from .tables import run_of

ABOVE, CYCLE = "shown above", "a cycle"

_CLOSURE = """
WITH RECURSIVE up (artifact, run) AS (
    SELECT :number, ({maker_of} :number {newest})
    UNION
    SELECT used.artifact, ({maker_of} used.artifact {newest})
    FROM up JOIN used ON used.run = up.run
)
SELECT up.artifact AS number, up.run AS run, digest, name, kind, rows,
       (SELECT count(DISTINCT made.run) FROM artifact AS same
        JOIN made ON made.artifact = same.id WHERE same.digest = artifact.digest) AS makers
FROM up JOIN artifact ON artifact.id = up.artifact
""".format(
    maker_of=(
        "SELECT made.run FROM artifact AS mine JOIN artifact AS same ON same.digest = mine.digest"
        " JOIN made ON made.artifact = same.id JOIN run ON run.id = made.run WHERE mine.id ="
    ),
    newest="ORDER BY same.id = mine.id DESC, run.started DESC, run.id DESC LIMIT 1",
)
_EDGES = (
    "SELECT run, artifact, digest, name, kind, rows FROM {table} JOIN artifact"
    " ON artifact.id = {table}.artifact WHERE run IN (SELECT value FROM json_each(?))"
    " ORDER BY {table}.rowid"
)


@dataclass(frozen=True)
class Trace:
    """An artifact, the run that made it, and a trace of each artifact that this run used.

    Attributes
    ----------
    artifact : Artifact
    run : Run, optional
        The newest that made it; None for what no recorded run made, such as a file.
    used : tuple of Trace
    others : int
        Further runs that made the same bytes.
    row : int, optional
        The record that was asked for.
    versions : int
        Artifacts of the name that was asked for; this is the one seen last.
    note : str
        Why the branch ends here: ``""``, ``"shown above"`` or ``"a cycle"``.
    """

    artifact: Artifact
    run: Run | None = None
    used: tuple[Trace, ...] = ()
    others: int = 0
    row: int | None = None
    versions: int = 1
    note: str = ""

    def walk(self) -> Iterator[Trace]:
        """This trace and every one below it, each before what it rests on."""
        waiting = [self]
        while waiting:
            trace = waiting.pop()
            yield trace
            waiting += reversed(trace.used)

    def runs(self) -> list[Run]:
        """The runs, from the last one back."""
        return [trace.run for trace in self.walk() if trace.run is not None]

    def files(self) -> list[Artifact]:
        """What it all rests on: artifacts that no recorded run made, each once."""
        ends = [t.artifact for t in self.walk() if t.run is None and not t.note]
        return list(dict.fromkeys(ends))

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what was asked for, the runs from the last one back, and the files."""
        return {
            "artifact": asdict(self.artifact),
            "row": self.row,
            "versions": self.versions,
            "runs": [asdict(run) for run in self.runs()],
            "files": [asdict(artifact) for artifact in self.files()],
        }

    def __str__(self) -> str:
        from .tree import of_trace, plain

        return plain(of_trace(self))


def backtrace(store: Lineage, reference: str) -> Trace:
    """Everything that an artifact rests on, as far back as the store knows.

    Parameters
    ----------
    store : Lineage
    reference : str
        A name, a digest or at least six digits of its start, a part of one name; with ``#17``
        behind it, one record of a predictions artifact.

    Returns
    -------
    Trace
        Where several runs made the same bytes, it follows the newest. An artifact that occurs
        again is not followed a second time, and a cycle is cut where it closes.

    Raises
    ------
    SettingError
        If nothing, or more than one thing, is meant, or there is no such row.
    StoreError
        If the store can't be read.

    Examples
    --------
    >>> import tempfile; from pathlib import Path
    >>> file, forest = Artifact("d1", "2020-01", "trips"), Artifact("d2", "forest", "model")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Lineage(Path(folder) / "lineage.sqlite")
    ...     _ = store.record(Run("fit", (file,), (forest,), {}, "c0de", "pandas", "laptop", {}))
    ...     trace = backtrace(store, "forest")
    >>> trace.run.name, [artifact.name for artifact in trace.files()]
    ('fit', ['2020-01'])
    """
    with store.reading() as connection:
        found = find(connection, reference)
        rows = connection.execute(_CLOSURE, {"number": found.number}).fetchall()
        runs = _runs(connection, sorted({row["run"] for row in rows if row["run"] is not None}))
    tree = _grown(found.number, {row["number"]: row for row in rows}, runs)
    return Trace(
        tree.artifact, tree.run, tree.used, tree.others, found.row, found.versions, tree.note
    )


_Uses = dict[int, tuple[Run, list[int]]]


def _runs(connection: sqlite3.Connection, numbers: list[int]) -> _Uses:
    """Each run whole, and the keys of what it used."""
    asked = (json.dumps(numbers),)
    edges: dict[str, dict[int, list[tuple[int, Artifact]]]] = {}
    known: dict[int, Artifact] = {}
    for table in ("used", "made"):
        side: dict[int, list[tuple[int, Artifact]]] = {number: [] for number in numbers}
        for run, key, *about in connection.execute(_EDGES.format(table=table), asked):
            if key not in known:
                known[key] = Artifact(*about)
            side[run].append((key, known[key]))
        edges[table] = side
    found: _Uses = {}
    query = "SELECT * FROM run WHERE id IN (SELECT value FROM json_each(?))"
    for row in connection.execute(query, asked):
        used, made = (edges[table][row["id"]] for table in ("used", "made"))
        whole = run_of(row, tuple(a for _, a in used), tuple(a for _, a in made))
        found[row["id"]] = whole, [key for key, _ in used]
    return found


def _grown(root: int, rows: dict[int, sqlite3.Row], runs: _Uses) -> Trace:
    """The tree, first top down for what is shown where, then bottom up.

    Without recursion: a chain of runs may be longer than Python's stack.
    """
    nodes: list[tuple[int, int, str]] = []  # key, parent's place, note
    shown: set[str] = set()
    waiting: list[tuple[int, int]] = [(root, -1)]
    while waiting:
        key, parent = waiting.pop()
        row, note = rows[key], ""
        if row["run"] is not None:
            if row["digest"] in shown:
                note = CYCLE if _closes(row["digest"], parent, nodes, rows) else ABOVE
            shown.add(row["digest"])
        nodes.append((key, parent, note))
        if row["run"] is not None and not note:
            waiting += [(used, len(nodes) - 1) for used in reversed(runs[row["run"]][1])]
    below: list[list[Trace]] = [[] for _ in nodes]
    for place in range(len(nodes) - 1, -1, -1):
        key, parent, note = nodes[place]
        row = rows[key]
        artifact = Artifact(row["digest"], row["name"], row["kind"], row["rows"])
        run = None if row["run"] is None or note else runs[row["run"]][0]
        others = max(row["makers"] - 1, 0)
        trace = Trace(artifact, run, tuple(reversed(below[place])), others, note=note)
        if parent < 0:
            return trace
        below[parent].append(trace)
    raise AssertionError("a tree has a root")


def _closes(
    digest: str, parent: int, nodes: list[tuple[int, int, str]], rows: dict[int, sqlite3.Row]
) -> bool:
    """Whether an artifact is among those that led to it."""
    while parent >= 0:
        key, parent, _ = nodes[parent]
        if rows[key]["digest"] == digest:
            return True
    return False
