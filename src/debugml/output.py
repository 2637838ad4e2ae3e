"""What a command prints, whoever reads it: a closed output is said, an early end is no error."""

from __future__ import annotations

import os
import sys

from .errors import SettingError


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


def let_go() -> None:
    """Nobody reads any more: what is still to be written goes nowhere.

    Else the interpreter would flush once more at its end, and complain.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
