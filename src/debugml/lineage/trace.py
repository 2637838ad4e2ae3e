"""Back from an artifact: the run that made it, what that run used, and so on to the files.

What a backtrace gives is why-provenance at the grain of whole artifacts (Cheney, Chiticariu
and Tan 2009, "Provenance in Databases: Why, How, and Where"): everything that was at hand
when a thing was made, not the part of it that mattered.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import SettingError
from .find import find
from .records import Artifact, Run
from .store import Lineage
from .tables import run_of

ABOVE, CYCLE = "shown above", "a cycle"

MOST = 250
"""Links of a trace: a reader looks at tens, and so many are read in hundredths of a second."""

_MAKER = """
SELECT artifact.digest, artifact.name, artifact.kind, artifact.rows, made.run,
       count(DISTINCT made.run) AS makers,
       max((same.id = artifact.id) || run.started || char(1) || printf('%020d', run.id))
FROM artifact
LEFT JOIN artifact AS same ON same.digest = artifact.digest
LEFT JOIN made ON made.artifact = same.id
LEFT JOIN run ON run.id = made.run
WHERE artifact.id = ?
"""
_USED = "SELECT artifact FROM used WHERE run = ? ORDER BY rowid LIMIT ?"
_MADE = (
    "SELECT digest, name, kind, rows FROM made JOIN artifact ON artifact.id = made.artifact"
    " WHERE made.run = ? ORDER BY made.rowid LIMIT ?"
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
    more : int
        Artifacts that the run used and that are left out here: see ``most`` of `backtrace`.
    """

    artifact: Artifact
    run: Run | None = None
    used: tuple[Trace, ...] = ()
    others: int = 0
    row: int | None = None
    versions: int = 1
    note: str = ""
    more: int = 0

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
        """What it all rests on: artifacts that no recorded run made, each once.

        Of a trace with links left out, those that it shows.
        """
        ends = [t.artifact for t in self.walk() if t.run is None and not t.note]
        return list(dict.fromkeys(ends))

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what was asked for, the runs from the last one back, files, links left out."""
        return {
            "artifact": asdict(self.artifact),
            "row": self.row,
            "versions": self.versions,
            "runs": [asdict(run) for run in self.runs()],
            "files": [asdict(artifact) for artifact in self.files()],
            "left_out": sum(trace.more for trace in self.walk()),
        }

    def __str__(self) -> str:
        from .tree import of_trace, plain

        return plain(of_trace(self))


def backtrace(store: Lineage, reference: str, most: int | None = MOST) -> Trace:
    """Everything that an artifact rests on, as far back as the store knows.

    Parameters
    ----------
    store : Lineage
    reference : str
        A name, a digest or at least six digits of its start, a part of one name; with ``#17``
        behind it, one record of a predictions artifact.
    most : int, optional
        Links to follow, the nearest first; None follows all. Where some are left out,
        ``Trace.more`` says how many, and the runs name so many artifacts at most as well.

    Returns
    -------
    Trace
        Where several runs made the same bytes, it follows the newest. An artifact that occurs
        again is not followed a second time, and a cycle is cut where it closes.

    Raises
    ------
    SettingError
        If nothing, or more than one thing, is meant, there is no such row, or ``most`` is
        below 1.
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
    if most is not None and most < 1:
        raise SettingError(f"the number of links is {most}: give 1 or more")
    with store.reading() as connection:
        found = find(connection, reference)
        links, uses = _behind(connection, found.number, most)
    return replace(_grown(found.number, links, uses), row=found.row, versions=found.versions)


@dataclass(frozen=True)
class _Link:
    """An artifact, the key of its newest run, and how many runs made the same bytes."""

    artifact: Artifact
    run: int | None
    makers: int


@dataclass(frozen=True)
class _Use:
    """A run, the keys of what it used, and how many more there are."""

    run: Run
    used: list[int]
    more: int


_Links = dict[int, _Link]
_Uses = dict[int, _Use]


def _behind(connection: sqlite3.Connection, root: int, most: int | None) -> tuple[_Links, _Uses]:
    """Artifacts and runs behind one, the nearest first, until so many links are found.

    Small questions to the indexes: their number hangs on ``most``, not on the store's size.
    """
    links, uses = {root: _link(connection, root)}, _Uses()
    waiting, left, named = deque([root]), most, most
    while waiting:
        number = links[waiting.popleft()].run
        if number is None or number in uses:
            continue
        used = [key for (key,) in connection.execute(_USED, (number, _limit(left)))]
        for key in used:
            if key not in links:
                links[key] = _link(connection, key)
                waiting.append(key)
        # One at least: what the trace came by.
        made = tuple(
            Artifact(*row)
            for row in connection.execute(_MADE, (number, _limit(named and max(named, 1))))
        )
        more = 0
        if left is not None and named is not None:
            left, named = left - len(used), max(named - len(made), 1)
            if not left:
                query = "SELECT count(*) FROM used WHERE run = ?"
                more = connection.execute(query, (number,)).fetchone()[0] - len(used)
        row = connection.execute("SELECT * FROM run WHERE id = ?", (number,)).fetchone()
        whole = run_of(row, tuple(links[key].artifact for key in used), made)
        uses[number] = _Use(whole, used, more)
    return links, uses


def _limit(left: int | None) -> int:
    # SQLite takes a negative limit for none.
    return -1 if left is None else left


def _link(connection: sqlite3.Connection, key: int) -> _Link:
    *about, run, makers, _ = connection.execute(_MAKER, (key,)).fetchone()
    return _Link(Artifact(*about), run, makers)


def _grown(root: int, links: _Links, uses: _Uses) -> Trace:
    """The tree, first top down for what is shown where, then bottom up.

    Without recursion: a chain of runs may be longer than Python's stack.
    """
    nodes: list[tuple[int, int, str]] = []  # key, parent's place, note
    shown: set[str] = set()
    path: list[str] = []  # digests that led here
    above: set[str] = set()
    waiting: list[tuple[int, int, int]] = [(root, -1, 0)]
    while waiting:
        key, parent, depth = waiting.pop()
        while len(path) > depth:
            above.discard(path.pop())
        link, note = links[key], ""
        digest = link.artifact.digest
        if link.run is not None:
            if digest in shown:
                note = CYCLE if digest in above else ABOVE
            shown.add(digest)
        nodes.append((key, parent, note))
        if link.run is not None and not note:
            path.append(digest)
            above.add(digest)
            place = len(nodes) - 1
            waiting += [(used, place, depth + 1) for used in reversed(uses[link.run].used)]
    below: list[list[Trace]] = [[] for _ in nodes]
    for place in range(len(nodes) - 1, -1, -1):
        key, parent, note = nodes[place]
        link = links[key]
        use = None if link.run is None or note else uses[link.run]
        trace = Trace(
            link.artifact,
            use.run if use else None,
            tuple(reversed(below[place])),
            max(link.makers - 1, 0),
            note=note,
            more=use.more if use else 0,
        )
        if parent < 0:
            return trace
        below[parent].append(trace)
    raise AssertionError("a tree has a root")
