"""Every figure of the talk and the book, and what it rests on; and these as runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ..errors import RenderError
from ..keep import Record
from ..lineage import Artifact, Lineage, Run
from ..render.project import Project, load_project
from ..trips import digests
from .flow import Flow
from .pages import Step, steps
from .present import present
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

    A result counts where it is kept under its present key: of the data, the engine and the
    code of now. One that is not is left out.

    What is shown is known by its content: the page, the code of its cell and of those before
    it in the same file, and what they used. When a file was written does not matter.

    Returns
    -------
    int
        How many runs were added: none where nothing has changed since the last time.

    Raises
    ------
    RenderError
        If there is no project, or a page can't be read.
    StoreError
        If the store can't be read or written, or a kept result's record can't be read.
    """
    project = load_project(root)
    code: dict[tuple[str, str], list[str]] = {}
    cells: list[tuple[Step, list[Drawn], str]] = []
    for step, drawn in figures_on(project):
        before = code.setdefault((step.page, step.where.rpartition(":")[0]), [])
        before.append(step.code)
        if drawn:
            cells.append((step, drawn, "\n".join(before)))
    everything = {source for _, drawn, _ in cells for each in drawn for source in each.sources}
    records = present(source for source in everything if isinstance(source, Result))
    last, added = _last(store), 0
    for step, drawn, text in cells:
        run = _run(step, drawn, text, records, last)
        if run is not None:
            store.add(run)
            added += 1
    return added


Last = dict[tuple[str, str], tuple[str, str]]


def _last(store: Lineage) -> Last:
    """By page and name, the digest of what was shown last, and when."""
    query = (
        "SELECT run.parameters, run.started, artifact.name, artifact.digest"
        " FROM run JOIN made ON made.run = run.id JOIN artifact ON artifact.id = made.artifact"
        " WHERE run.name = 'show' ORDER BY run.id"
    )
    with store.reading() as connection:
        return {
            (json.loads(parameters).get("page", ""), name): (digest, started)
            for parameters, started, name, digest in connection.execute(query)
        }


def _run(
    step: Step, drawn: list[Drawn], text: str, records: dict[Result, Record], last: Last
) -> Run | None:
    """What shows the cell's figures; None where that is known, or rests on nothing kept."""
    used: list[Artifact] = []
    dates = []
    for source in sorted({source for each in drawn for source in each.sources}):
        if isinstance(source, Trips):
            used += _files(source.month)
        elif source in records:
            used += records[source].run.made
            dates.append(records[source].run.started)
    # The line of a cell without a label changes with the prose above it.
    name = step.label or f"{step.heading or step.page}: {drawn[0].figure}"
    made_of = [step.page, name, text, *(artifact.digest for artifact in used)]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    before, shown_last = last.get((step.page, name), ("", ""))
    if not used or digest == before:
        return None
    # As old as the newest that it rests on; what comes after another version is of now.
    started = max(dates, default="")
    if started <= shown_last:
        started = datetime.now(UTC).isoformat(timespec="microseconds")
    made = Artifact(digest, name, "slide" if step.format == "revealjs" else "figure")
    parameters = {"page": step.page, "figures": [each.figure for each in drawn]}
    code = hashlib.sha256(text.encode()).hexdigest()
    return Run.here("show", used, [made], parameters, code, started=started)


def _files(month: str) -> list[Artifact]:
    if month == UNKNOWN:
        return []
    return [Artifact(digest, name, "trips") for name, digest in digests(month).items()]
