"""`debugml lineage`: list, backtrace, affected, review and export, as text or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from ..errors import DebugmlError, SettingError
from ..output import in_json, plain_table, require_output, write_out
from . import mlflow, openlineage
from .affected import affected
from .records import Run
from .review import review
from .store import Lineage
from .trace import MOST, backtrace
from .tree import DIGITS, for_terminal, of_affected, of_trace

FORMATS = ("openlineage", "mlflow")
LEVEL = 0.05
"""Adjusted p below which a review's text calls a value out of the ordinary."""

Store = Callable[[], Lineage]
"""Opens the store: within the command, so that its errors are one line as well."""


def list_runs(store: Store, *, most: int = 20, as_json: bool = False) -> int:
    """The newest runs: when, name, what they made, engine, seconds."""

    def told() -> str:
        runs = store().runs()
        if most < 1:
            raise SettingError(f"the number of runs is {most}: give 1 or more")
        if as_json:
            return in_json([asdict(run) for run in runs[:most]])
        if not runs:
            return "no runs yet: they are recorded when a result is computed\n"
        return f"{for_terminal(_runs(runs[:most]))}\n{_more(len(runs), most)}"

    return run(told)


def back(store: Store, reference: str, *, every: bool = False, as_json: bool = False) -> int:
    """What an artifact, or one record of a predictions artifact, rests on."""

    def told() -> str:
        trace = backtrace(store(), reference, None if every else MOST)
        return in_json(trace.to_dict()) if as_json else f"{for_terminal(of_trace(trace))}\n"

    return run(told)


def rests(store: Store, reference: str, *, every: bool = False, as_json: bool = False) -> int:
    """What rests on an artifact."""

    def told() -> str:
        frame = affected(store(), reference)
        if as_json:
            return in_json(_records(frame))
        return f"{for_terminal(of_affected(frame.attrs['name'], frame, every=every))}\n"

    return run(told)


def reviewed(
    read: Callable[[Path], pd.DataFrame],
    flagged: Path,
    others: Path,
    *,
    columns: Sequence[str] = (),
    most: int = 10,
    as_json: bool = False,
) -> int:
    """What the records of one file share that those of another don't.

    Parameters
    ----------
    read : function
        From a path to a frame, with the package's own errors.
    """

    def told() -> str:
        names = [name.strip() for text in columns for name in text.split(",") if name.strip()]
        frame = review(read(flagged), read(others), names or None)
        if most < 1:
            raise SettingError(f"the number of rows is {most}: give 1 or more")
        if as_json:
            return in_json(_records(frame))
        called = int((frame["p_adjusted"] < LEVEL).sum())
        said = (
            f"{called} of {len(frame)} values and ranges are more common among the flagged than "
            f"chance explains (adjusted p below {LEVEL:g}, Holm). A place to look, not a cause.\n"
        )
        if frame.attrs["left_out"]:
            left_out = ", ".join(map(str, frame.attrs["left_out"]))
            said += f"Without a value or range that 10 records share: {left_out}.\n"
        return f"{for_terminal(_reviewed(frame.head(most)))}\n{said}"

    return run(told)


def exported(store: Store, format: str, to: Path | None) -> int:
    """All runs, oldest first, for other tools."""

    def told() -> str:
        if format not in FORMATS:
            raise SettingError(f"format is {format!r}: give one of {', '.join(FORMATS)}")
        runs = store().runs()[::-1]
        if format == "openlineage":
            lines = openlineage.as_lines(runs)
            if to is None:
                return lines
            to.write_text(lines, "utf-8")
            return f"{len(runs):,} events in {to}\n"
        if to is None:
            raise SettingError("MLflow needs a file of its own: name it by --to mlflow.sqlite")
        written = mlflow.export(runs, to)
        return f"{written:,} runs written to {to}, {len(runs) - written:,} were there already\n"

    return run(told)


def run(told: Callable[[], str]) -> int:
    """Print what a command says; 0, or 2 after one line on standard error.

    Examples
    --------
    >>> run(lambda: "42\\n")
    42
    0
    """
    try:
        require_output()
        write_out(told())
    except (DebugmlError, OSError, MemoryError) as error:
        if sys.stderr is not None:
            print(f"error: {' '.join(str(error).split()) or 'out of memory'}", file=sys.stderr)
        return 2
    return 0


def _runs(runs: list[Run]) -> Table:
    table = plain_table("started", "run", "made", "engine")
    table.add_column("seconds", justify="right")
    for each in runs:
        made = [f"{a.name} {a.digest[:DIGITS]}" for a in each.made]
        table.add_row(
            each.started,
            Text(each.name),
            Text(", ".join(made[:2]) + (f" and {len(made) - 2} more" if len(made) > 2 else "")),
            each.engine,
            f"{each.seconds:,.1f}",
        )
    return table


def _reviewed(frame: pd.DataFrame) -> Table:
    table = plain_table("column", "value")
    for name in ("flagged", "share", "others' share", "lift", "adjusted p"):
        table.add_column(name, justify="right")
    for row in frame.to_dict("records"):
        lift = "∞" if row["lift"] == float("inf") else f"{row['lift']:.1f}"
        p = row["p_adjusted"]
        table.add_row(
            Text(str(row["column"])),
            Text(row["value"]),
            f"{row['flagged']:,}",
            f"{row['share_flagged']:.1%}",
            f"{row['share_others']:.1%}",
            lift,
            f"{p:.2g}" if p < 0.01 else f"{p:.2f}",
        )
    return table


def _more(there: int, shown: int) -> str:
    return f"and {there - shown:,} older; -n shows more\n" if there > shown else ""


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values; what is missing or infinite is null."""
    found: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return found
