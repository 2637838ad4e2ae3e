"""`debugml drift`: two files compared, an alarm by a stated rule, in the exit status."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError, DebugmlError, SchemaError, SettingError
from ..output import require_output, write_out
from .read import column_names, read_table
from .table import compare
from .view import caption, terminal, view

FORMATS = ("table", "json", "html")

RULE = (
    "alarm if a column is drifted: its minimum-effect test rejects that it moved by no more than "
    "the tolerance, at the level, adjusted by Holm over the columns"
)
"""When the exit status is 1."""


def run(
    reference: Path,
    current: Path,
    *,
    columns: Sequence[str] = (),
    categorical: Sequence[str] = (),
    tolerance: str = "0.1",
    level: str = "0.05",
    format: str = "table",
) -> int:
    """Compare two files and print the comparison.

    Parameters
    ----------
    reference, current : Path
        CSV, gzipped too, or Parquet.
    columns, categorical : sequence of str
        Names, or several in one text with commas between, unless the whole text is the name of
        a column; an empty sequence means all columns.
    tolerance, level : str
        As the command line has them.
    format : "table", "json" or "html"

    Returns
    -------
    int
        The exit status: 0 no alarm, 1 alarm by `RULE`, 2 bad input, with one line on stderr.

    Examples
    --------
    >>> run(Path("absent.csv"), Path("absent.csv"))
    2
    """
    try:
        if format not in FORMATS:
            raise SettingError(f"format is {format!r}: give one of {', '.join(FORMATS)}")
        require_output()
        share, chance = _number("tolerance", tolerance), _number("level", level)
        found = _compared(reference, current, columns, categorical, share, chance)
        alarm = bool((found["verdict"] == "drifted").any())
        if format == "table":
            text = as_text(found, alarm)
        elif format == "json":
            text = as_json(found, alarm, str(reference), str(current))
        else:
            text = as_page(found, alarm, f"{reference.name} → {current.name}")
        write_out(text)
    except (DebugmlError, OSError, MemoryError) as error:
        # To `print`, no file is standard output.
        if sys.stderr is not None:
            print(f"error: {' '.join(str(error).split()) or 'out of memory'}", file=sys.stderr)
        return 2
    return int(alarm)


def as_json(frame: pd.DataFrame, alarm: bool, reference: str, current: str) -> str:
    """Strict JSON: the rule, the settings, and a record for each column; undefined is null.

    Examples
    --------
    >>> found = compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]}))
    >>> kept = json.loads(as_json(found, False, "a.csv", "b.csv"))
    >>> kept["alarm"], kept["columns"][0]["effect"], kept["columns"][0]["cramers_v"]
    (False, 0.5, None)
    """
    from importlib.metadata import version

    attrs = frame.attrs
    said = {
        "debugml": version("debugml"),
        "alarm": alarm,
        "rule": RULE,
        "tolerance": attrs["tolerance"],
        "level": attrs["level"],
        "correction": attrs["correction"],
        "reference": {"file": reference, "rows": attrs["rows_reference"]},
        "current": {"file": current, "rows": attrs["rows_current"]},
        "left_out": attrs["left_out"],
        "columns": [
            {str(name): _plain(value) for name, value in record.items()}
            for record in frame.to_dict("records")
        ],
    }
    return json.dumps(said, indent=2, allow_nan=False) + "\n"


def as_page(frame: pd.DataFrame, alarm: bool, title: str) -> str:
    """One HTML page with the whole table; it fetches nothing.

    Examples
    --------
    >>> found = compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]}))
    >>> page = as_page(found, False, "a.csv → b.csv")
    >>> page.startswith("<!doctype html>"), "<h1>No alarm</h1>" in page
    (True, True)
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Drift: {escape(title)}</title>\n"
        "<style>body { font-family: system-ui, sans-serif; margin: 2rem; }</style>\n"
        f"</head>\n<body>\n<h1>{_headline(alarm)}</h1>\n<p>Rule: {escape(RULE)}.</p>\n"
        f"{view(frame, title).as_raw_html()}\n</body>\n</html>\n"
    )


def as_text(frame: pd.DataFrame, alarm: bool) -> str:
    """What a terminal shows: coloured and fitted to it, or plain and as wide as it is, if piped.

    Examples
    --------
    >>> found = compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]}))
    >>> print(as_text(found, False).splitlines()[1])
    x       can't tell   0.500  0.000 to 1.000         1  0.0% → 0.0%
    """
    from rich.console import Console
    from rich.text import Text

    held = StringIO()
    to_person = sys.stdout.isatty()
    seen = Console() if to_person else None
    console = Console(
        file=held,
        width=seen.width if seen else 100_000,
        force_terminal=to_person,
        color_system=seen.color_system if seen else None,  # type: ignore[arg-type]
        no_color=seen.no_color if seen else True,
        highlight=False,
    )
    console.print(terminal(frame))
    notes = frame.loc[frame["note"] != "", ["column", "note"]]
    for name, note in notes.itertuples(index=False):
        console.print(Text(f"{name}: {note}"))
    console.print(Text(f"{_headline(alarm)}. {caption(frame)}"))
    return "".join(f"{line.rstrip()}\n" for line in held.getvalue().splitlines())


def _compared(
    reference: Path,
    current: Path,
    columns: Sequence[str],
    categorical: Sequence[str],
    tolerance: float,
    level: float,
) -> pd.DataFrame:
    there = column_names(reference) if columns or categorical else []
    columns = _names("columns", columns, there)
    categorical = _names("categorical", categorical, there)
    before, after = (read_table(path, columns or None) for path in (reference, current))
    if not columns and not set(before.columns) & set(after.columns):
        raise SchemaError(f"{reference} and {current} share no column: give tables of one kind")
    try:
        found = compare(before, after, columns or None, categorical or None, tolerance, level)
    except DebugmlError as error:
        text = str(error).replace(
            "name the columns to compare", "name those to compare by --columns"
        )
        for said, path in (("reference", reference), ("current", current)):
            text = text.replace(f"the {said} frame", str(path))
        raise DataError(text) from error
    index = [*before.attrs.get("index", []), *after.attrs.get("index", [])]
    found.attrs["left_out"].update(dict.fromkeys(index, "is the index of its data frame"))
    return found


def _names(said: str, given: Sequence[str], there: Sequence[str]) -> list[str]:
    found: list[str] = []
    for text in given:
        names = [text] if text in there else [name.strip() for name in text.split(",")]
        if not any(names):
            raise SettingError(
                f"--{said} is {text!r}, which names no column: give names, as a,b, or leave it out"
            )
        found += filter(None, names)
    return list(dict.fromkeys(found))


def _number(said: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingError(f"{said} is {text!r}: give a number, as 0.1") from None


def _headline(alarm: bool) -> str:
    return "Alarm" if alarm else "No alarm"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
