"""Run a page's cells with kept results and with all computed anew, and compare the figures."""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from .. import settings
from ..errors import RenderError, SettingError
from ..figures.provenance import capturing
from ..keep import Computed, anew
from ..render.project import Project, load_project
from .outcome import Figure, Outcome, figure_of, outcome_of
from .pages import Step, steps
from .present import kept_of, present
from .shown import figures_on
from .sources import Result, Source

TOLERANCE = 1e-9
ALL = "*"
"""In place of a name: every figure."""


def reproduce(
    start: Path,
    name: str,
    *,
    page: str | None = None,
    tolerance: float = TOLERANCE,
    computed: Computed | None = None,
) -> Iterator[Outcome]:
    """Draw figures twice, from kept results and from results computed anew.

    The cells of each page run in order, in a fresh namespace, up to the last that is meant.
    The results that the figures rest on are computed anew, with all that these rest on; each
    once, also where several pages ask for it. Other results are read as ever.

    Parameters
    ----------
    start : Path
        A folder of the project.
    name : str
        A figure function, ``"alarms.falls"``; a cell's label, ``"slide-alarms-rang"``; or
        `ALL`, every figure.
    page : str, optional
        Only there.
    tolerance : float
        See `compare.difference`.
    computed : dict, optional
        Filled with the results that are computed anew.

    Yields
    ------
    Outcome
        One a figure, page by page.

    Raises
    ------
    SettingError
        If no figure has that name (it names those that come near), the tolerance is negative,
        or a recorded study is in use.
    RenderError
        If there is no project, or a cell fails or ends the program.
    DataError
        If a figure is drawn from something that can't be compared.
    """
    if not tolerance >= 0:
        raise SettingError(f"the tolerance is {tolerance}: give 0 or more, such as 1e-9")
    project = load_project(start)
    with _inside(project):
        recorded = settings.study()
    if recorded is not None:
        raise SettingError(
            f"a recorded study is in use ({recorded}), and what it was computed from is not here: "
            "unset DEBUGML_STUDY, or run: debugml study use sample"
        )
    by_page: dict[str, list[Step]] = {}
    read: dict[str, set[Result]] = {}
    for step, sources in _meant(project, name, page):
        by_page.setdefault(step.page, []).append(step)
        read[step.where] = {source for source in sources if isinstance(source, Result)}
    asked = set().union(*read.values())
    # Before a page runs, for that keeps what it computes.
    known = {result for result in asked if kept_of(result)}
    unkept, begun = known - present(known).keys(), _now()
    computed = {} if computed is None else computed
    for at, wanted in by_page.items():
        kept = {step.where: drawn for step, drawn, _ in run_page(project, at, wanted[-1])}
        entries = [e for s in wanted for f in kept[s.where] for e in f.entries if "result" in e]
        # What the code was read to rest on, and what the frames say themselves.
        rests = {result.name for result in asked} | {e["result"] for e in entries}
        # Parameters that could not be read from the code: kept just now, so not before.
        unread = [e for e in entries if _result(e) not in asked]
        unkept |= {_result(e) for e in unread if e["started"] >= begun}
        with anew(computed, only=rests):
            # To its end inside the block: a generator would go on outside it.
            again = list(run_page(project, at, wanted[-1]))
        fresh = {step.where: (drawn, seconds) for step, drawn, seconds in again}
        for step in wanted:
            drawn, seconds = fresh[step.where]
            for one, two in zip_longest(kept[step.where], drawn):
                if name in (ALL, step.label, (one or two).name):
                    outcome = outcome_of(step, one, two, tolerance, seconds)
                    results = {_result(e) for e in (one or two).entries if "result" in e}
                    yield replace(
                        outcome,
                        unkept=sorted(map(str, unkept & (results | read[step.where]))),
                        rests=bool(results | read[step.where]),
                    )


def run_page(
    project: Project, page: str, last: Step | None = None
) -> Iterator[tuple[Step, list[Figure], float]]:
    """Run a page's cells in a fresh namespace: each with its figures and its seconds.

    Parameters
    ----------
    page : str
    last : Step, optional
        The cell to stop after; default: the page's last.

    Raises
    ------
    RenderError
        If the page can't be read or a cell fails.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with _inside(project):
        for step in steps(project, page):
            clock = time.perf_counter()
            with capturing() as calls, contextlib.redirect_stdout(io.StringIO()):
                _run(step, namespace)
            figures = [figure_of(step.where, *call) for call in calls]
            yield step, figures, time.perf_counter() - clock
            if last is not None and step.where == last.where:
                return


def _meant(project: Project, name: str, page: str | None) -> list[tuple[Step, set[Source]]]:
    """The cells that a name means, and what their figures rest on."""
    if page is not None and page not in project.pages:
        raise SettingError(f"{page} is no page of the project{_near(page, project.pages)}")
    found: list[tuple[Step, set[Source]]] = []
    known: set[str] = set()
    for step, drawn in figures_on(project, [page] if page else ()):
        names = {each.figure for each in drawn}
        if names:
            known |= {*names, step.label}
        if names and (name in (ALL, step.label) or name in names):
            found.append((step, {source for each in drawn for source in each.sources}))
    if not found:
        where = f" on {page}" if page else ""
        raise SettingError(
            f"no figure{where} is called {name!r}{_near(name, known)}; "
            "see: debugml reproduce --list"
        )
    return found


def _run(step: Step, namespace: dict[str, Any]) -> None:
    try:
        exec(compile(step.code, step.where, "exec"), namespace)
    except (Exception, SystemExit) as error:
        line = next(
            (
                f" {f.lineno}"
                for f in traceback.extract_tb(error.__traceback__)[::-1]
                if f.filename == step.where
            ),
            "",
        )
        said = " ".join(str(error).split())
        raise RenderError(
            f"{step.where}: the cell failed in its line{line}: {type(error).__name__}: {said}"
        ) from error


@contextlib.contextmanager
def _inside(project: Project) -> Iterator[None]:
    """In the project's folder, with its environment, and with no window for figures."""
    added = {"MPLBACKEND": "Agg", **project.environment}
    added = {name: value for name, value in added.items() if name not in os.environ}
    os.environ.update(added)
    try:
        with contextlib.chdir(project.root):
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _result(entry: dict[str, Any]) -> Result:
    return Result(entry["result"], json.dumps(entry["parameters"], sort_keys=True))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _near(name: str, known: Iterable[str]) -> str:
    """A hint at names that come near, empty where none does."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    near += [each for each in sorted(known) if name and name in each and each not in near][:3]
    return f". Near: {', '.join(near)}" if near else ""
