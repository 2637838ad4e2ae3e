"""The `debugml` command: a thin list, each command importing what it needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from debugml.cli_data import data_app
from debugml.cli_exercises import doctor, exercises_app
from debugml.cli_lineage import lineage_app
from debugml.cli_study import study_app
from debugml.errors import DebugmlError
from debugml.usage import OneLine, ended

app = typer.Typer(
    help="Learn to debug machine learning in production.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"debugml {version('debugml')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def render(
    pages: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Pages; all where none is given."),
    ] = None,
    engine: Annotated[str, typer.Option(help="auto, quarto or embedded.")] = "auto",
    profile: Annotated[str | None, typer.Option(help="Quarto profile.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every page again.")] = False,
) -> None:
    """Render the site and the deck into the project's output folder."""
    from debugml.render.command import render as run

    raise typer.Exit(run(Path.cwd(), pages or [], engine=engine, profile=profile, force=force))


@app.command()
def preview(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 4848,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    profile: Annotated[str | None, typer.Option(help="Quarto profile.")] = None,
) -> None:
    """Serve the site, render again what changes, and reload."""
    from debugml.render.preview import serve

    raise typer.Exit(serve(Path.cwd(), port=port, browser=browser, profile=profile))


@app.command(cls=OneLine)
def drift(
    reference: Annotated[Path, typer.Argument(help="The file to compare with: CSV or Parquet.")],
    current: Annotated[Path, typer.Argument(help="The file that may have drifted.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(help="Columns to compare, as a,b or one by one; default: all."),
    ] = None,
    categorical: Annotated[
        list[str] | None,
        typer.Option(help="Columns whose numbers are codes, as a,b or one by one."),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(metavar="SHARE", help="Largest change that does not matter.")
    ] = "0.1",
    level: Annotated[
        str, typer.Option(metavar="LEVEL", help="Chance of a wrong alarm, over all columns.")
    ] = "0.05",
    format: Annotated[str, typer.Option(help="table, json or html.")] = "table",
) -> None:
    """Compare two files' columns: by how much did each change, and is it more than matters?

    Exit status 1 is an alarm: some column moved by more than the tolerance (minimum-effect
    test at the level, Holm over the columns). 0 is none, and 2 is bad input.
    """

    def work() -> int:
        from debugml.drift.command import run

        return run(
            reference,
            current,
            columns=columns or [],
            categorical=categorical or [],
            tolerance=tolerance,
            level=level,
            format=format,
        )

    raise typer.Exit(ended(work))


@app.command(cls=OneLine)
def reproduce(
    name: Annotated[
        str | None,
        typer.Argument(help="A figure (alarms.falls) or a cell's label (slide-alarms-rang)."),
    ] = None,
    page: Annotated[str | None, typer.Option(help="Only on this page of the project.")] = None,
    tolerance: Annotated[
        float, typer.Option(help="Numbers no further apart, absolutely or as a share, are equal.")
    ] = 1e-9,
    list_: Annotated[
        bool, typer.Option("--list", help="List all figures with page, label and results.")
    ] = False,
) -> None:
    """Compute a figure's results anew, and compare what it is drawn from.

    Run it in a clone of the project. Exit status 0: the same; 1: it differs, or nothing was
    kept to compare with; 2: no such figure, no project here, or a page that can't be run.
    """
    if list_ == (name is not None):
        said = "give a figure's name, or --list; see: debugml reproduce --help"
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(2)
    try:
        here = Path.cwd()
    except OSError as error:
        said = f"the current folder is gone ({error.strerror}): change to a clone of the project"
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(2) from error

    def work() -> int:
        try:
            from debugml.reproduce.command import list_all, run

            if name is None:
                return list_all(here, page=page)
            return run(here, name, page=page, tolerance=tolerance)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.split(".")[0] == "debugml":
                raise
            said = f"{error.name} is not installed: pip install 'debugml[talk]'"
            typer.echo(f"error: {said}", err=True)
            return 2

    raise typer.Exit(ended(work))


app.add_typer(data_app, name="data")
app.add_typer(lineage_app, name="lineage")
app.add_typer(exercises_app, name="exercises")
app.add_typer(study_app, name="study")
app.command(cls=OneLine)(doctor)


def main() -> None:
    """Run the command line; the package's own errors print one message and exit 1."""
    try:
        app()
    except (DebugmlError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "debugml":
            raise
        typer.echo(
            f"error: {error.name} is not installed; this command needs more than the monitors do. "
            "Install it with: pip install 'debugml[talk]'",
            err=True,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
