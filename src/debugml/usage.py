"""Commands that scripts call: wrong usage is one line, and a crash no answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class OneLine(TyperCommand):
    """A command that scripts call: wrong usage is one line on standard error, and status 2."""

    group = ""

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """Read the command line, and say in one line what is wrong with it."""
        try:
            return super().make_context(*arguments, **settings)
        except Exception as error:
            raise _in_one_line(error, f"{self.group} {self.name}".lstrip()) from error


class OneLineGroup(TyperGroup):
    """Commands that scripts call: an unknown one is one line on standard error, and status 2."""

    def resolve_command(self, *arguments: Any) -> Any:
        """Find the command, or say in one line that there is none."""
        try:
            return super().resolve_command(*arguments)
        except Exception as error:
            raise _in_one_line(error, str(self.name)) from error


def ended(work: Callable[[], int]) -> int:
    """The status that a command's work ends with: its own; 130 if interrupted; 2 if it crashes.

    Python's own status for a crash is 1, which of such a command is an answer.

    Examples
    --------
    >>> ended(lambda: 1)
    1
    """
    try:
        return work()
    except KeyboardInterrupt:
        return 130
    except Exception:
        traceback.print_exc()
        return 2


def _in_one_line(error: Exception, command: str) -> Exception:
    """Wrong usage said in one line, and the exit that follows; any other error as it is."""
    # Where typer keeps the class of these errors depends on its version.
    message = getattr(error, "format_message", None)
    if message is None:
        return error
    said = " ".join(message().split()).rstrip(".")
    typer.echo(f"error: {said}; see: debugml {command} --help", err=True)
    return typer.Exit(2)
