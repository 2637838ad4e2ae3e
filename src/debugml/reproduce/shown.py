"""Every figure of the talk and the book, and what it rests on; and these as runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from .. import machine, settings
from ..errors import RenderError
from ..lineage import Artifact, Lineage, Run
from ..lineage.tables import holds
from ..render.project import Project, load_project
from ..trips import digests
from .flow import Flow
from .pages import Step, steps
from .sources import UNKNOWN, Drawn, Result, Trips


def shown(root: Path, pages: Iterable[str] = ()) -> pd.DataFrame:
    """Every figure on the project's pages, found by reading them; nothing is run.

    Parameters
    ----------
    root : Path
        A folder of the project.
    pages : iterable of str
        Pages, such as ``"talk/slides.qmd"``; all where none is given.

    Returns
    -------
    DataFrame, one row a figure in a cell
        ``page``, ``label`` (of the cell; empty where it has none), ``heading`` (id of the
        slide or section), ``figure`` (``"alarms.falls"``), ``results`` (tuple of the calls
        that give them, sorted), ``months`` (tuple: loaded on the page itself).

    Raises
    ------
    RenderError
        If there is no project, or a page can't be read.
    """
    project = load_project(root)
    rows = [
        {
            "page": step.page,
            "label": step.label,
            "heading": step.heading,
            "figure": drawn.figure,
            "results": tuple(sorted(str(s) for s in drawn.sources if isinstance(s, Result))),
            "months": tuple(sorted(s.month for s in drawn.sources if isinstance(s, Trips))),
        }
        for step, found in figures_on(project, pages)
        for drawn in found
    ]
    return pd.DataFrame(rows, columns=["page", "label", "heading", "figure", "results", "months"])


def figures_on(project: Project, pages: Iterable[str] = ()) -> Iterator[tuple[Step, list[Drawn]]]:
    """Each cell of the pages, and the figures that it draws.

    Raises
    ------
    RenderError
        If a page or the code in it can't be read.
    """
    for page in pages or project.pages:
        flow = Flow()
        for step in steps(project, page):
            try:
                yield step, flow.read(step.code)
            except SyntaxError as error:
                raise RenderError(
                    f"{step.where}: not plain Python ({error.msg}), so its figures are unknown"
                ) from error


def record_shown(store: Lineage, root: Path) -> int:
    """Add to a lineage store which slides and figures rest on which results and months.

    A result counts as the newest that the store knows under its name and parameters; one
    that was never computed is left out.

    Returns
    -------
    int
        How many runs were added: none where nothing has changed since the last time.

    Raises
    ------
    RenderError
        If there is no project, or a page can't be read.
    StoreError
        If the store can't be read or written.
    """
    project = load_project(root)
    newest = _newest(store)
    runs = [
        run
        for step, drawn in figures_on(project)
        if drawn and (run := _run(project, step, drawn, newest)) is not None
    ]
    with store.reading() as connection:
        lacking = [run for run in runs if not holds(connection, run)]
    for run in lacking:
        store.add(run)
    return len(lacking)


Newest = dict[tuple[str, str], tuple[Artifact, str]]


def _newest(store: Lineage) -> Newest:
    """By name and parameters, each result's last artifact, and when it was made."""
    query = (
        "SELECT run.name, run.parameters, run.started, artifact.digest, artifact.rows"
        " FROM run JOIN made ON made.run = run.id JOIN artifact ON artifact.id = made.artifact"
        " WHERE artifact.kind = 'result' ORDER BY run.started, run.id"
    )
    found: Newest = {}
    with store.reading() as connection:
        for name, parameters, started, digest, rows in connection.execute(query):
            same = json.dumps(json.loads(parameters), sort_keys=True)
            found[name, same] = Artifact(digest, name, "result", rows), started
    return found


def _run(project: Project, step: Step, drawn: list[Drawn], newest: Newest) -> Run | None:
    used: list[Artifact] = []
    written = (project.root / step.page).stat().st_mtime
    dates = [datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds")]
    for source in sorted({source for each in drawn for source in each.sources}):
        if isinstance(source, Trips):
            used += _files(source.month)
        elif source in newest:
            artifact, started = newest[source]
            used.append(artifact)
            dates.append(started)
    if not used:
        return None
    name = step.label or step.where
    made_of = [step.page, name, *(artifact.digest for artifact in used)]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    kind = "slide" if step.format == "revealjs" else "figure"
    return Run(
        name="show",
        used=tuple(used),
        made=(Artifact(digest, name, kind),),
        parameters={"page": step.page, "figures": [each.figure for each in drawn]},
        code=hashlib.sha256(step.code.encode()).hexdigest(),
        engine=settings.engine(),
        device=machine.device(),
        versions=machine.versions(),
        # The same run each time that it is looked at, until page or results change.
        started=max(dates),
    )


def _files(month: str) -> list[Artifact]:
    if month == UNKNOWN:
        return []
    return [Artifact(digest, name, "trips") for name, digest in digests(month).items()]
