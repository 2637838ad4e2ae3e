"""What a command prints, whoever reads it: a closed output is said, an early end is no error."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from .errors import SettingError

if TYPE_CHECKING:
    from rich.table import Table


def require_output() -> None:
    """A standard output to write to.

    Raises
    ------
    SettingError
        If it is closed.

    Examples
    --------
    >>> require_output()
    """
    if sys.stdout is None:
        raise SettingError("standard output is closed: send it to a file, or to /dev/null")


def write_out(text: str) -> None:
    """To standard output; a reader who has seen enough, as `head` has, is no error.

    Examples
    --------
    >>> write_out("42\\n")
    42
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        let_go()


def in_json(value: Any) -> str:
    """Indented JSON, with a line end.

    Examples
    --------
    >>> in_json({"n": 1})
    '{\\n  "n": 1\\n}\\n'
    """
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain_table(*columns: str) -> Table:
    """A table without lines, its columns named and left-aligned.

    Examples
    --------
    >>> [column.header for column in plain_table("month", "rows").columns]
    ['month', 'rows']
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name)
    return table


def let_go() -> None:
    """Nobody reads any more: what is still to be written goes nowhere.

    Else the interpreter would flush once more at its end, and complain.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
