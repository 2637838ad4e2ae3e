"""Render a project with the embedded engine: pages in parallel, checked, then written."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from debugml.errors import RenderError
from debugml.render import keys
from debugml.render.cache import Cache
from debugml.render.cells import Cell, Part, Prose, outside_code, parse, replace_inlines
from debugml.render.checks import inspect
from debugml.render.execute import run_parts
from debugml.render.metadata import texts
from debugml.render.notebook import notebook, wanted
from debugml.render.outputs import cell_markdown, inline_markdown
from debugml.render.pandoc import convert
from debugml.render.project import Project
from debugml.render.source import Source, expand_shortcodes, read_source
from debugml.render.write import write_site


@dataclass
class PageReport:
    """What happened to one page."""

    name: str
    ran: int = 0
    converted: bool = False
    written: bool = False
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What happened to the site."""

    pages: list[PageReport]
    output: Path
    problems: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether anything kept a page from being rendered."""
        return bool(self.problems) or any(page.problems for page in self.pages)


Listener = Callable[[PageReport, str], None]


def render_site(
    project: Project,
    selected: Iterable[str] = (),
    *,
    force: bool = False,
    listen: Listener = lambda page, event: None,
) -> Report:
    """Render the project, or some of its pages.

    A page that fails keeps its previous HTML; the others are written. Problems
    are in the report, not raised.

    Parameters
    ----------
    project : Project
    selected : iterable of str
        Sources to render; all where it is empty.
    force : bool
        Whether to run every page again.
    listen : callable
        Called with a page's report and ``"cell i/n"``, ``"done"`` or ``"failed"``.
    """
    chosen = tuple(selected) or project.pages
    sources: dict[str, Source] = {}
    reports = {name: PageReport(name) for name in chosen}
    problems: list[str] = []
    changed: list[str] = []
    for name in project.pages:
        try:
            sources[name] = read_source(project, name)
        except RenderError as error:
            if name in reports:
                reports[name].problems.append(str(error))
                listen(reports[name], "failed")
    work = [name for name in chosen if name in sources]
    converted: dict[str, dict[str, Any]] = {}

    async def everything() -> None:
        slots = asyncio.Semaphore(min(2, os.cpu_count() or 1))

        async def one(name: str) -> None:
            async with slots:
                report = reports[name]
                start = time.monotonic()
                try:
                    converted[name] = await _page(project, sources[name], force, report, listen)
                except RenderError as error:
                    report.problems.extend(str(error).split("\x1e"))
                report.seconds = time.monotonic() - start
                listen(report, "failed" if report.problems else "done")

        # The longest first: at the end it would run alone.
        longest = sorted(work, key=lambda name: -len(parse(sources[name])))
        async with asyncio.TaskGroup() as group:
            for name in longest:
                group.create_task(one(name))

    _run(everything)
    for kind in ("executed", "converted", "reached"):
        Cache(project.cache / kind).prune()
    try:
        written = write_site(
            project, sources, converted, complete=set(chosen) == set(project.pages)
        )
        for name, found in written.problems.items():
            reports[name].problems.extend(found)
        changed = list(written.changed)
        for name, report in reports.items():
            report.written = name.removesuffix(".qmd") + ".html" in changed
    except RenderError as error:
        problems.append(str(error))
    return Report(list(reports.values()), project.output, problems, changed)


async def _page(
    project: Project, source: Source, force: bool, report: PageReport, listen: Listener
) -> dict[str, Any]:
    """One page's converted pieces, from the cache where nothing changed."""
    executions = Cache(project.cache / "executed")
    conversions = Cache(project.cache / "converted")
    parts = parse(source)
    key = keys.execution_key(project, source, parts)
    results: list[Any] | None = None
    if key is not None:
        results = None if force else executions.get(key)
        if results is None:
            results = await run_parts(
                parts,
                folder=_folder(project, source),
                environment={**os.environ, **project.environment},
                figure=keys.figure_settings(source),
                progress=lambda done, total: listen(report, f"cell {done}/{total}"),
            )
            executions.put(key, results)
            report.ran = sum(isinstance(part, Cell) for part in parts) or 1
    conversion = keys.conversion_key(project, source, key)
    found: dict[str, Any] | None = None if force else conversions.get(conversion)
    if found is None:
        found = await asyncio.to_thread(_convert, project, source, parts, results)
        conversions.put(conversion, found)
        report.converted = True
    return found


def _folder(project: Project, source: Source) -> Path:
    if project.section("project").get("execute-dir") == "project":
        return project.root
    return (project.root / source.name).parent


def markdown_of(
    project: Project, source: Source, parts: list[Part], results: list[Any] | None
) -> str:
    """The page's Markdown with the results of its code in place.

    Raises
    ------
    RenderError
        With every problem found, separated by record separators.
    """
    pieces: list[str] = []
    problems: list[str] = []
    count = 0
    for index, part in enumerate(parts):
        outputs = results[index] if results is not None else []
        if isinstance(part, Prose):
            values = iter([inline_markdown(data) for data in outputs])
            text: list[str] = []
            for line, counts in outside_code(part.lines):
                try:
                    expanded = expand_shortcodes(source, project, line)
                except RenderError as error:
                    problems.append(str(error))
                    continue
                text.append(replace_inlines(expanded, values) if counts else expanded)
            pieces.append("\n".join(text))
            continue
        count += 1
        try:
            pieces.append(cell_markdown(part, outputs, count))
        except RenderError as error:
            problems.append(str(error))
    if problems:
        raise RenderError("\x1e".join(problems))
    return "\n\n".join(pieces)


def _convert(
    project: Project, source: Source, parts: list[Part], results: list[Any] | None
) -> dict[str, Any]:
    markdown = markdown_of(project, source, parts, results)
    deck = source.format == "revealjs"
    placed = any(line.text.lstrip().startswith("::: {#refs}") for line in source.lines)
    bibliography = keys.bibliography(project, source)
    for path in bibliography:
        if not path.is_file():
            raise RenderError(f"{source.name}:1: the bibliography {path.name} does not exist")
    toc = bool(source.option("toc", False)) and not deck
    converted = convert(
        markdown,
        folder=(project.root / source.name).parent,
        metadata=texts(project, source),
        settings={
            "format": source.format,
            "folder": Path(source.name).parent.as_posix().removeprefix("."),
            "profiles": list(project.profiles),
            "number_sections": bool(source.option("number-sections", False)) and not deck,
            "placed_refs": placed,
            "citations": bool(bibliography),
        },
        bibliography=bibliography,
        csl=keys.style(project, source),
        toc_depth=int(source.option("toc-depth", 3)) if toc else 0,
        incremental=bool(source.option("incremental", False)),
    )
    contents = inspect(converted.fields["body"] + converted.fields["appendix"])
    problems = [
        f"{source.find(_token(token))}: {what}: {token}" for what, token in converted.problems
    ]
    told = {token for _, token in converted.problems}
    problems += [
        f"{source.find(_token(token))}: {what}"
        for what, token in contents.problems
        if token not in told
    ]
    made = notebook(project, source, parts, results) if results and wanted(source) else ""
    return {
        "fields": converted.fields,
        "authors": list(converted.authors),
        "problems": problems,
        "ids": list(contents.ids),
        "links": list(contents.links),
        "resources": list(contents.resources),
        "notebook": made,
    }


def _token(token: str) -> str:
    return re.escape(token) + (r"(?![\w-])" if token[-1:].isalnum() else "")


def _run(main: Callable[[], Any]) -> None:
    """Run a coroutine on a loop of its own, so that Ctrl-C ends it in good order.

    The loop lives in a thread: there nbclient leaves the signals alone, and the
    interrupt cancels the pages, which then shut their kernels down.
    """
    outcome: Future[None] = Future()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = Future()

    async def body() -> None:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        await main()

    def target() -> None:
        try:
            asyncio.run(body())
            outcome.set_result(None)
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=target, name="debugml-render", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.2)
    except KeyboardInterrupt:
        loop, task = started.result(5)
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        raise
    outcome.result()
