"""Forward from an artifact: everything that rests on it."""

from __future__ import annotations

import json
import sqlite3

import pandas as pd

from .find import find
from .store import Lineage

COLUMNS = ("kind", "name", "digest", "rows", "distance", "through", "started")

_NEXT = """
SELECT DISTINCT new.digest, new.name, new.kind, new.rows, run.name AS through, run.started
FROM artifact AS old
JOIN used ON used.artifact = old.id
JOIN run ON run.id = used.run
JOIN made ON made.run = run.id
JOIN artifact AS new ON new.id = made.artifact
WHERE old.digest IN (SELECT value FROM json_each(?))
ORDER BY run.started DESC, run.id DESC
"""


def affected(store: Lineage, reference: str) -> pd.DataFrame:
    """Everything that rests on an artifact: what to look at, or to make anew, if it is bad.

    Parameters
    ----------
    store : Lineage
    reference : str
        As for `backtrace`; a row stands for its whole artifact.

    Returns
    -------
    DataFrame, one row an artifact, the nearest first
        ``kind``, ``name``, ``digest``, ``rows`` (missing where unknown), ``distance`` (runs
        between the two, at least 1), ``through`` (name of the run that made it: the newest, if
        there are several at that distance) and ``started``, of that run. ``attrs["name"]`` is
        the artifact's own name.

    Raises
    ------
    SettingError
        If nothing, or more than one thing, is meant.
    StoreError
        If the store can't be read.

    Examples
    --------
    >>> import tempfile; from pathlib import Path
    >>> from debugml.lineage import Artifact, Run
    >>> file, forest = Artifact("d1", "2020-01", "trips"), Artifact("d2", "forest", "model")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Lineage(Path(folder) / "lineage.sqlite")
    ...     _ = store.record(Run("fit", (file,), (forest,), {}, "c0de", "pandas", "laptop", {}))
    ...     affected(store, "2020-01")[["kind", "name", "distance", "through"]]
        kind    name  distance through
    0  model  forest         1     fit
    """
    with store.reading() as connection:
        start = find(connection, reference).artifact
        rows = _reached(connection, start.digest)
    frame = pd.DataFrame(rows, columns=["digest", "name", "kind", *COLUMNS[3:]])
    frame["rows"] = frame["rows"].astype("Int64")
    frame = frame.sort_values(["distance", "kind", "name", "digest"], ignore_index=True)
    frame = frame[list(COLUMNS)]
    frame.attrs["name"] = start.name
    return frame


def _reached(connection: sqlite3.Connection, start: str) -> list[tuple[object, ...]]:
    """Level by level, so that a cycle ends and each distance is the shortest."""
    found: dict[tuple[str, str, str], tuple[object, ...]] = {}
    seen, level, distance = {start}, [start], 0
    while level:
        distance += 1
        level_next = []
        for row in connection.execute(_NEXT, (json.dumps(level),)):
            digest, name, kind, rows, through, started = row
            key = (digest, name, kind)
            if digest == start or key in found:
                continue
            found[key] = (*key, rows, distance, through, started)
            if digest not in seen:
                seen.add(digest)
                level_next.append(digest)
        level = level_next
    return list(found.values())
