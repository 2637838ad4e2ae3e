"""Which artifact does somebody mean? A digest, the start of one, a name, or one of its rows."""

from __future__ import annotations

import difflib
import re
import sqlite3
from dataclasses import dataclass

from ..errors import SettingError
from .records import Artifact

SHORTEST = 6
"""Hex digits that the start of a digest must have, lest it be met by chance."""

_SHOWN = 5
_PREFIX = re.compile(r"[0-9a-f]+")
_ROW = re.compile(r"(.+)#([0-9]+)", re.DOTALL)
_DIGITS = 15

_ARTIFACTS = """
SELECT id, digest, name, kind, rows,
       max(coalesce((SELECT max(run) FROM made WHERE made.artifact = a.id), 0),
           coalesce((SELECT max(run) FROM used WHERE used.artifact = a.id), 0)) AS seen
FROM artifact AS a WHERE {condition} ORDER BY seen DESC, id DESC
"""


@dataclass(frozen=True)
class Found:
    """What a reference means.

    Attributes
    ----------
    number : int
        The artifact's key in the store.
    artifact : Artifact
    row : int, optional
        One record of it, from 0.
    versions : int
        Artifacts of that name and kind, this one included; it is the one seen last.
    """

    number: int
    artifact: Artifact
    row: int | None
    versions: int


def find(connection: sqlite3.Connection, reference: str) -> Found:
    """The artifact that a reference means.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a store, with rows by name (`Lineage.reading`).
    reference : str
        A name; a digest, or at least six digits of its start; a part of a name that no other
        name has; each also with ``#`` and the row of a predictions artifact, from 0.

    Raises
    ------
    SettingError
        If nothing, or more than one thing, is meant, or there is no such row.

    Examples
    --------
    >>> import tempfile; from pathlib import Path
    >>> from debugml.lineage import Lineage, Run
    >>> made = Artifact("ab12cd34", "predictions 2020-03", "predictions", 9912)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Lineage(Path(folder) / "lineage.sqlite")
    ...     _ = store.record(Run("replay", (), (made,), {}, "c0de", "pandas", "laptop", {}))
    ...     with store.reading() as connection:
    ...         found = find(connection, "ab12cd#17")
    >>> found.artifact.name, found.row
    ('predictions 2020-03', 17)
    """
    try:
        reference.encode()
    except UnicodeEncodeError as error:
        raise SettingError(f"{reference!r} is not valid text: name it by its digest") from error
    name, row = reference, None
    rows = _named(connection, reference)
    if not rows and (parted := _ROW.fullmatch(reference)):
        if len(parted[2]) > _DIGITS:
            raise SettingError(
                f"there is no row of {len(parted[2])} digits: give its number, as NAME#17"
            )
        name, row = parted[1], int(parted[2])
        rows = _named(connection, name)
    rows = rows or _by_digest(connection, name) or _by_part(connection, name)
    if not rows:
        raise SettingError(_unknown(connection, name))
    number, *about = tuple(rows[0])[:5]
    found = Found(number, Artifact(*about), row, len({r["digest"] for r in rows}))
    if row is not None:
        _check_row(found.artifact, row)
    return found


def _named(connection: sqlite3.Connection, name: str) -> list[sqlite3.Row]:
    return _of_one_kind(name, _rows(connection, "name = ?", name))


def _by_part(connection: sqlite3.Connection, part: str) -> list[sqlite3.Row]:
    if not part:
        return []
    rows = _rows(connection, "instr(lower(name), lower(?))", part)
    names = list(dict.fromkeys((row["name"], row["kind"]) for row in rows))
    if len(names) > 1:
        shown = "; ".join(f"{name} ({kind})" for name, kind in names[:_SHOWN])
        more = f"; and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise SettingError(f"{part!r} is part of several names: {shown}{more}. Give one whole")
    return rows


def _by_digest(connection: sqlite3.Connection, start: str) -> list[sqlite3.Row]:
    start = start.lower()
    # Text from the prefix up to the next one: a range, which the index knows.
    rows = _rows(connection, "digest = ?", start)
    if not rows and _PREFIX.fullmatch(start) and len(start) >= SHORTEST:
        rows = _rows(connection, "digest >= ? AND digest < ?", start, f"{start}g")
    digests = list(dict.fromkeys(row["digest"] for row in rows))
    if len(digests) > 1:
        shown = "; ".join(f"{d[:12]} {_name_of(rows, d)}" for d in digests[:_SHOWN])
        raise SettingError(f"{len(digests)} digests begin with {start}: {shown}. Give more digits")
    return rows[:1]


def _of_one_kind(name: str, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
    kinds = {row["kind"]: row["digest"] for row in reversed(rows)}
    if len(kinds) > 1:
        shown = "; ".join(f"{kind} {digest[:12]}" for kind, digest in sorted(kinds.items()))
        raise SettingError(f"{name!r} names things of several kinds: {shown}. Give a digest")
    return rows


def _rows(connection: sqlite3.Connection, condition: str, *values: str) -> list[sqlite3.Row]:
    return connection.execute(_ARTIFACTS.format(condition=condition), values).fetchall()


def _name_of(rows: list[sqlite3.Row], digest: str) -> str:
    return next(str(row["name"]) for row in rows if row["digest"] == digest)


def _check_row(artifact: Artifact, row: int) -> None:
    if artifact.kind != "predictions" or artifact.rows is None:
        raise SettingError(
            f"{artifact.name} ({artifact.kind}) has no numbered records: leave out #{row}, or name "
            "an artifact of predictions"
        )
    if row >= artifact.rows:
        last = f"rows 0 to {artifact.rows - 1:,}" if artifact.rows else "no rows"
        raise SettingError(f"there is no row {row:,} in {artifact.name}: it has {last}")


def _unknown(connection: sqlite3.Connection, name: str) -> str:
    every = connection.execute("SELECT DISTINCT name, digest FROM artifact").fetchall()
    if not every:
        return f"there is no artifact {name!r}: the store holds no runs yet. Compute a result first"
    if _PREFIX.fullmatch(name) and len(name) < SHORTEST:
        return f"{name!r} names nothing; of a digest, give {SHORTEST} digits or more"
    known = {str(row["name"]).lower(): str(row["name"]) for row in every}
    known |= {str(row["digest"])[:12]: str(row["digest"])[:12] for row in every}
    near = [known[match] for match in difflib.get_close_matches(name.lower(), known, _SHOWN, 0.5)]
    hint = f"Near: {'; '.join(near)}" if near else "See them by: debugml lineage list"
    return f"there is no artifact {name!r}. {hint}"
