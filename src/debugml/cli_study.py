"""`debugml study`: its commands, each importing what it needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugml.usage import OneLine, OneLineGroup, ended

if TYPE_CHECKING:
    from debugml.keep.recorded import Recorded
    from debugml.study.computing import Outcome


class _OfStudy(OneLine):
    group = "study"


study_app = typer.Typer(
    cls=OneLineGroup,
    no_args_is_help=True,
    help="The case study's results: compute them anywhere, present them elsewhere.",
)

_Source = Annotated[
    str | None, typer.Option(help="Where the trips come from; default: DEBUGML_SOURCE.")
]
_Engine = Annotated[str | None, typer.Option(help="The engine; default: DEBUGML_ENGINE.")]


@study_app.command(cls=_OfStudy)
def run(
    results: Annotated[
        list[str] | None, typer.Argument(metavar="[RESULT]...", help="Results; default: all.")
    ] = None,
    source: _Source = None,
    engine: _Engine = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A Dask scheduler; default: DEBUGML_SCHEDULER."),
    ] = None,
) -> None:
    """Compute what is not kept yet of the study's results, into DEBUGML_HOME.

    After an interruption, the same command goes on. Exit status 1: some result failed; 2: bad
    input; 130: interrupted.
    """

    def work() -> int:
        with _environment(source, engine, scheduler):
            return _computed(results or [])

    _end(work)


@study_app.command(cls=_OfStudy)
def save(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    source: _Source = None,
    engine: _Engine = None,
) -> None:
    """Save the results that are kept of this source and engine as a recorded study."""

    def work() -> int:
        from debugml.study.recording import save as write

        with _environment(source, engine):
            _show(write(folder))
        return 0

    _end(work)


@study_app.command(cls=_OfStudy)
def use(
    folder: Annotated[
        str | None, typer.Argument(metavar="[FOLDER|sample]", help="Default: show what is in use.")
    ] = None,
) -> None:
    """Have pages and calls read a recorded study, until 'debugml study use sample'."""

    def work() -> int:
        from debugml import settings
        from debugml.study.recording import use as choose

        if folder is not None:
            choose(folder)
        _in_use()
        if folder is not None and settings.study_named()[1] == "DEBUGML_STUDY":
            typer.echo("note: DEBUGML_STUDY is set, and wins over this choice", err=True)
        return 0

    _end(work)


@study_app.command(cls=_OfStudy)
def show() -> None:
    """Show which study is in use: when, where and on what it was computed."""

    def work() -> int:
        _in_use()
        return 0

    _end(work)


@study_app.command(cls=_OfStudy)
def commit() -> None:
    """Compute every result on the samples anew, into the committed folder of a clone."""

    def work() -> int:
        from debugml.study import recompute

        recompute()
        return 0

    _end(work)


def _end(work: Callable[[], int]) -> None:
    def guarded() -> int:
        from debugml.errors import DebugmlError

        try:
            return work()
        except (DebugmlError, OSError) as error:
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            return 2

    raise typer.Exit(ended(guarded))


@contextmanager
def _environment(
    source: str | None, engine: str | None, scheduler: str | None = None
) -> Iterator[None]:
    """The settings as the options change them, for this process and those that it starts."""
    from debugml import settings
    from debugml.engines import DISTRIBUTED
    from debugml.errors import SettingError

    chosen = {"DEBUGML_SOURCE": settings.source(source), "DEBUGML_ENGINE": settings.engine(engine)}
    if scheduler is not None:
        if chosen["DEBUGML_ENGINE"] not in DISTRIBUTED:
            raise SettingError(
                f"--scheduler is {scheduler!r}, but the engine is {chosen['DEBUGML_ENGINE']}: "
                f"add --engine {' or '.join(DISTRIBUTED)}"
            )
        chosen["DEBUGML_SCHEDULER"] = settings.scheduler(scheduler)
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _computed(names: list[str]) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from debugml.study.computing import calls_of, compute

    console = Console(stderr=True)
    total = len(calls_of(names))
    done: list[Outcome] = []
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("study", total=total)

        def tell(outcome: Outcome) -> None:
            done.append(outcome)
            progress.advance(bar)
            line = f"{outcome.status:8}  {outcome.call}  {outcome.seconds:.1f} s"
            console.print(
                f"{line}  {outcome.why}".rstrip(), markup=False, highlight=False, soft_wrap=True
            )

        try:
            compute(names, tell)
        except KeyboardInterrupt:
            said = f"interrupted: {len(done)} of {total} done; the same command goes on from there"
            console.print(said, highlight=False)
            raise
    failed = sum(outcome.status == "failed" for outcome in done)
    if failed:
        typer.echo(
            f"error: {failed} of {total} results failed, as said above; all others are kept. "
            "The same command tries them again",
            err=True,
        )
    return int(failed > 0)


def _in_use() -> None:
    from debugml import settings
    from debugml.keep.recorded import in_use

    study = in_use()
    if study is None:
        typer.echo("in use: the results that come with debugml, and those computed here")
        return
    typer.echo(f"in use: {study.folder} (chosen by {settings.study_named()[1]})")
    _show(study)


def _show(study: Recorded) -> None:
    from debugml.figures.origin import months_in_words
    from debugml.study.recording import missing_from, other_code

    about = study.about
    rows = "trips" if about["rows"] is None else f"{about['rows']:,} trips"
    missing, other = missing_from(study), other_code(study)
    lines = {
        "computed": f"{_minute(about['started'])} to {_minute(about['ended'])} UTC",
        "on": "; ".join(about["devices"]),
        "engine": about["engine"],
        "from": f"{rows} of {months_in_words(about['months'])}, {about['source']}"
        if about["months"]
        else "no trips",
        "results": f"{len(study.calls())}",
        "missing": ", ".join(missing) if len(missing) <= 5 else f"{len(missing)} of the pages'",
        "code": f"other than this package's: {', '.join(other)}" if other else "this package's",
    }
    for name, said in lines.items():
        if said:
            typer.echo(f"{name}: {said}")


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
