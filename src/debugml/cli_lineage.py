"""`debugml lineage`: its commands, each importing what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from debugml.usage import OneLine, OneLineGroup


class _OfLineage(OneLine):
    group = "lineage"


lineage_app = typer.Typer(
    cls=OneLineGroup, no_args_is_help=True, help="Where did this number come from?"
)

_Store = Annotated[
    Path | None, typer.Option(help="A lineage store; default: the one in DEBUGML_HOME.")
]
_Json = Annotated[bool, typer.Option("--json", help="JSON in place of text.")]
_Reference = Annotated[
    str,
    typer.Argument(
        help="A name, a part of one, a digest or 6 digits of it; NAME#ROW for one prediction."
    ),
]


def _opening(store: Path | None) -> Any:
    """How to open the store that is asked for: a file, or the study's own."""

    def opened() -> Any:
        from debugml.errors import StoreError

        if store is None:
            return _ledger()
        if not store.is_file():
            raise StoreError(f"{store} does not exist: name a lineage store, or leave --store out")
        from debugml.lineage import Lineage

        return Lineage(store)

    return opened


def _ledger() -> Any:
    """The study's ledger; in the project's folder with what its pages show."""
    here = Path.cwd()
    if any((folder / "_quarto.yml").is_file() for folder in (here, *here.parents)):
        try:
            from debugml.reproduce.command import ledger_here

            return ledger_here(here)
        except ModuleNotFoundError as error:
            # Pages are read with what the extra installs; the runs need none of it.
            if (error.name or "").partition(".")[0] == "debugml":
                raise
            said = f"slides and figures are left out: reading them needs {error.name}"
            typer.echo(f"{said} (pip install 'debugml[talk]')", err=True)
    from debugml.study.ledger import ledger

    return ledger()


@lineage_app.command("list", cls=_OfLineage)
def lineage_list(
    most: Annotated[int, typer.Option("-n", "--most", help="How many runs.")] = 20,
    json: _Json = False,
    store: _Store = None,
) -> None:
    """List the newest runs: when, name, what they made, engine, seconds."""
    from debugml.lineage.command import list_runs

    raise typer.Exit(list_runs(_opening(store), most=most, as_json=json))


@lineage_app.command(cls=_OfLineage)
def backtrace(
    reference: _Reference,
    every: Annotated[bool, typer.Option("--all", help="Follow all, not the nearest 250.")] = False,
    json: _Json = False,
    store: _Store = None,
) -> None:
    """Show what a thing rests on: runs, models, decisions, down to the files."""
    from debugml.lineage.command import back

    raise typer.Exit(back(_opening(store), reference, every=every, as_json=json))


@lineage_app.command(cls=_OfLineage)
def affected(
    reference: _Reference,
    every: Annotated[bool, typer.Option("--all", help="Name all of each kind.")] = False,
    json: _Json = False,
    store: _Store = None,
) -> None:
    """Show everything that rests on a thing: what to doubt if it is bad."""
    from debugml.lineage.command import rests

    raise typer.Exit(rests(_opening(store), reference, every=every, as_json=json))


@lineage_app.command(cls=_OfLineage)
def review(
    flagged: Annotated[Path, typer.Argument(help="The flagged records: CSV or Parquet.")],
    others: Annotated[Path, typer.Argument(help="Records to compare with, in the same columns.")],
    columns: Annotated[
        list[str] | None, typer.Option(help="Columns, as a,b or one by one; default: all.")
    ] = None,
    most: Annotated[int, typer.Option("-n", "--most", help="How many rows.")] = 10,
    json: _Json = False,
) -> None:
    """Rank what flagged records share that others don't: values and ranges of columns."""
    from debugml.drift.read import read_table
    from debugml.lineage.command import reviewed

    raise typer.Exit(
        reviewed(read_table, flagged, others, columns=columns or [], most=most, as_json=json)
    )


@lineage_app.command(cls=_OfLineage)
def export(
    format: Annotated[str, typer.Option(help="openlineage or mlflow.")] = "openlineage",
    to: Annotated[Path | None, typer.Option(help="File to write; default: print.")] = None,
    store: _Store = None,
) -> None:
    """Export all runs: OpenLineage events as JSON lines, or an MLflow database."""
    from debugml.lineage.command import exported

    raise typer.Exit(exported(_opening(store), format, to))
