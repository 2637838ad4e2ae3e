"""The table of benchmarks that `make bench` writes, for the page that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError

COLUMNS = (
    "topic", "what", "n", "records", "ours", "unit", "beside", "theirs", "ratio",
    "at_least", "at_most", "reached", "note", "run",
)  # fmt: skip


def read(path: str | Path) -> pd.DataFrame:
    """The rows of the table, in its order, each with the run that measured it.

    Parameters
    ----------
    path : str or Path
        ``talk/benchmarks.json``, as ``make bench`` writes it.

    Returns
    -------
    DataFrame, one row a measurement
        ``topic``, ``what``; ``n`` and ``records``: on how many of which; ``ours`` in ``unit``;
        ``theirs``, of what is ``beside`` it, and ``ratio``, theirs / ours, both missing where
        nothing is; the target, ``at_least`` for the ratio or ``at_most`` for ours, and whether it
        was ``reached``; ``note``; ``run`` (UTC), ``machine`` and ``versions``.

    Raises
    ------
    DataError
        If the file is not there, or is no such table.

    Examples
    --------
    >>> import tempfile
    >>> row = dict.fromkeys(COLUMNS) | {"what": "a nap", "ours": 1.5, "run": "2026-01-01 12:00"}
    >>> runs = {"2026-01-01 12:00": {"machine": "a laptop", "versions": {"python": "3.11"}}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "benchmarks.json"
    ...     _ = path.write_text(json.dumps({"runs": runs, "rows": [row]}))
    ...     read(path)[["what", "ours", "machine", "versions"]].values.tolist()
    [['a nap', 1.5, 'a laptop', 'python 3.11']]
    """
    try:
        found = json.loads(Path(path).read_text("utf-8"))
        rows = [
            {name: each[name] for name in COLUMNS}
            | {
                "machine": found["runs"][each["run"]]["machine"],
                "versions": _versions(found["runs"][each["run"]]["versions"]),
            }
            for each in found["rows"]
        ]
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}. `make bench` writes it") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: not a table of benchmarks ({type(error).__name__}: {error}). "
            "`make bench` writes it anew"
        ) from error
    columns = [*COLUMNS, "machine", "versions"]
    return pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(("ours", "theirs", "ratio", "at_least", "at_most"), "float64")
    )


def shown(found: pd.DataFrame, topics: Iterable[str]) -> dict[str, Any]:
    """What `figures.table` needs to show the rows of some topics; missed targets are marked.

    Parameters
    ----------
    found : DataFrame
        As `read` gives it.
    topics : iterable of str
        Which rows, by ``topic``.

    Returns
    -------
    dict
        Arguments of `figures.table`, by name.
    """
    rows = found[found["topic"].isin(list(topics))].reset_index(drop=True)
    notes = list(dict.fromkeys(note for note in rows["note"] if note))
    frame = pd.DataFrame(
        {
            "what": _each(rows, lambda row: row["what"] + _mark(notes, row["note"])),
            "n": rows["n"],
            "records": rows["records"],
            "ours": _each(rows, lambda row: _amount(row["ours"], row["unit"])),
            "beside": _each(rows, _theirs),
            "ratio": rows["ratio"],
            "target": _each(rows, _target),
        }
    )
    return {
        "frame": frame,
        "formats": {"n": ",d", "ratio": ".3g"},
        "labels": {
            "what": "measured",
            "records": "on",
            "beside": "theirs",
            "ratio": ("ratio", "theirs / ours"),
        },
        "highlight": [place for place, reached in enumerate(rows["reached"]) if not reached],
        "note": " ".join(f"({place}) {note}." for place, note in enumerate(notes, 1)),
    }


def _each(rows: pd.DataFrame, say: Any) -> list[Any]:
    return [say(row) for row in rows.to_dict("records")]


def _mark(notes: list[str], note: str) -> str:
    return f" ({notes.index(note) + 1})" if note else ""


def _amount(value: float, unit: str) -> str | None:
    return None if pd.isna(value) else f"{_plain(value)}\N{NO-BREAK SPACE}{unit}"


def _theirs(row: dict[str, Any]) -> str | None:
    took = _amount(row["theirs"], row["unit"])
    return took and f"{took}, {row['beside']}"


def _target(row: dict[str, Any]) -> str | None:
    said = []
    if pd.notna(row["at_least"]):
        said.append(f"ratio ≥\N{NO-BREAK SPACE}{row['at_least']:g}")
    if pd.notna(row["at_most"]):
        said.append(f"≤\N{NO-BREAK SPACE}{_amount(row['at_most'], row['unit'])}")
    if not said:
        return None
    return ", ".join(said) + ("" if row["reached"] else ": not reached")


def _plain(value: float) -> str:
    """Three significant digits, and no exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else f"{value:.2g}"


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())
