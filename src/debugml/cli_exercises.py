"""`debugml exercises` and `debugml doctor`: the commands, each importing what it needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from debugml.usage import OneLine, OneLineGroup, ended


class _OfExercises(OneLine):
    group = "exercises"


exercises_app = typer.Typer(
    cls=OneLineGroup, no_args_is_help=True, help="Learn by doing: exercises that check themselves."
)

_Json = Annotated[bool, typer.Option("--json", help="JSON in place of text.")]


@exercises_app.command("list", cls=_OfExercises)
def list_(json: _Json = False) -> None:
    """List all exercises: name, title, kind, level, minutes."""
    from debugml.exercises.command import list_all

    raise typer.Exit(_said(lambda: list_all(as_json=json)))


@exercises_app.command(cls=_OfExercises)
def new(
    topic: Annotated[str, typer.Argument(help="A topic of the book, or all.")],
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to; default: here.")
    ] = Path(),
) -> None:
    """Write a notebook of your own with a topic's exercises; none is ever overwritten."""
    from debugml.exercises.command import new as write

    raise typer.Exit(_said(lambda: write(topic, folder)))


@exercises_app.command(cls=_OfExercises)
def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="NOTEBOOK|DIR...", help="Notebooks, or their folder.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of the cases that are drawn at random.")] = 2020,
    json: _Json = False,
) -> None:
    """Check notebooks that were handed in, and sum up.

    Their code runs in processes of its own, with limits; that contains accidents, not attackers.
    Where you don't trust the authors, run this in a container without network. Exit status 0:
    all passed; 1: some did not; 2: bad input.
    """
    from debugml.exercises.command import check_paths

    raise typer.Exit(_said(lambda: check_paths(paths, seed=seed, as_json=json)))


@exercises_app.command(cls=_OfExercises)
def hint(name: Annotated[str, typer.Argument(help="The exercise.")]) -> None:
    """Print the next hint for an exercise."""
    from debugml.exercises.checking import hint as next_hint

    def work() -> int:
        next_hint(name)
        return 0

    raise typer.Exit(_said(work))


@exercises_app.command(cls=_OfExercises)
def status(json: _Json = False) -> None:
    """Show what you have tried and passed; it is kept on this machine alone."""
    from debugml.exercises.command import status as show

    raise typer.Exit(_said(lambda: show(as_json=json)))


def doctor(json: _Json = False) -> None:
    """Look at your environment: is everything here that the exercises need?

    Exit status 0: ready; 1: something is at fault, and the line says what to do.
    """

    def work() -> int:
        from dataclasses import asdict

        from debugml.exercises.doctor import FAULT, OK, examine
        from debugml.output import write_out

        if json:
            import json as library

            looked = list(examine())
            write_out(library.dumps([asdict(each) for each in looked], indent=2) + "\n")
        else:
            looked = []
            for each in examine():
                looked.append(each)
                mark = {OK: "✓", FAULT: "✗"}.get(each.state, "!")
                write_out(f"{mark} {each.what}: {each.says}\n")
        faults = sum(each.state == FAULT for each in looked)
        if not json:
            write_out("Ready.\n" if not faults else f"{faults} to repair, see ✗.\n")
        return 1 if faults else 0

    raise typer.Exit(_said(work))


def _said(work: Callable[[], int]) -> int:
    """The status of a command's work; the package's own errors are one line, and status 2."""
    import sys

    from debugml.errors import DebugmlError

    def told() -> int:
        try:
            return work()
        except (DebugmlError, OSError) as error:
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
            return 2

    return ended(told)
