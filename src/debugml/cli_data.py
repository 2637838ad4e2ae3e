"""`debugml data`: its commands, each importing what it needs."""

from __future__ import annotations

from typing import Annotated

import typer

from debugml.usage import OneLine, OneLineGroup, ended


class _OfData(OneLine):
    group = "data"


data_app = typer.Typer(
    cls=OneLineGroup, no_args_is_help=True, help="Fetch TLC's files, and keep them."
)

_Source = Annotated[
    str | None,
    typer.Option(help="sample, tlc, a folder, https://… or s3://…; default: DEBUGML_SOURCE."),
]
_Json = Annotated[bool, typer.Option("--json", help="JSON in place of text.")]


@data_app.command("list", cls=_OfData)
def list_(source: _Source = None, json: _Json = False) -> None:
    """List the months of a source, and which of them are in the cache."""

    def work() -> int:
        from debugml.trips.command import list_months

        return list_months(source=source, as_json=json)

    raise typer.Exit(ended(work))


@data_app.command(cls=_OfData)
def fetch(
    months: Annotated[
        list[str], typer.Argument(metavar="MONTH...", help="2020-01, or 2020-01..2020-03.")
    ],
    source: _Source = None,
) -> None:
    """Fetch months into the cache, DEBUGML_CACHE; an interrupted one goes on where it was.

    From the address of a folder of TLC's files: tlc is TLC's own. Loading a month fetches it
    too; this is to have it before the train leaves.
    """

    def work() -> int:
        from debugml.trips.command import fetch_months

        return fetch_months(months, source=source)

    raise typer.Exit(ended(work))


@data_app.command(cls=_OfData)
def verify(json: _Json = False) -> None:
    """Compare every cached file's bytes with what came.

    Exit status 0: all are the same; 1: some differ, and are named; 2: the cache can't be read.
    """

    def work() -> int:
        from debugml.trips.command import verify_all

        return verify_all(as_json=json)

    raise typer.Exit(ended(work))


@data_app.command(cls=_OfData)
def clear(
    months: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MONTH]...", help="2020-01, or 2020-01..2020-03; default: all."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Only files from this address; default: from any.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Remove files from the cache, and what is left of interrupted downloads."""

    def ask(question: str) -> bool:
        try:
            return typer.confirm(question, err=True)
        except typer.Abort:
            typer.echo("\nno answer came: give --yes to remove without one", err=True)
            return False

    def work() -> int:
        from debugml.trips import command

        return command.clear(months or (), source=source, yes=yes, ask=ask)

    raise typer.Exit(ended(work))
