"""`debugml render`: choose the engine, show progress, say what happened."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from debugml.errors import RenderError, SettingError
from debugml.render import quarto
from debugml.render.project import Project, find_root, load_project
from debugml.render.scripts import prepared
from debugml.render.site import PageReport, Report, render_site

ENGINES = ("auto", "quarto", "embedded")


def render(
    start: Path,
    pages: Sequence[Path],
    *,
    engine: str = "auto",
    profile: str | None = None,
    force: bool = False,
) -> int:
    """Render the project around `start`; returns the exit code.

    Raises
    ------
    SettingError
        If the engine is unknown.
    RenderError
        If there is no project, it asks for what the engine lacks, or a path
        is not one of its pages.
    """
    if engine not in ENGINES:
        raise SettingError(f"unknown engine {engine!r}: choose from {', '.join(ENGINES)}")
    if engine == "quarto" or (engine == "auto" and quarto.available()):
        root = find_root(start.resolve())
        names = []
        for path in pages:
            full = (start / path).resolve()
            if not full.is_relative_to(root) or not full.exists():
                raise RenderError(f"{path}: no such file in the project {root}")
            names.append(str(full.relative_to(root)))
        return quarto.render(root, names, profile)
    project = prepared(load_project(start, profile), every_page=not pages)
    selected = [name for path in pages for name in page_names(project, start, path)]
    console = Console(stderr=True, highlight=False)
    begun = time.monotonic()
    report = show(console, project, selected, force=force)
    return summarise(console, report, time.monotonic() - begun)


def page_names(project: Project, start: Path, path: Path) -> list[str]:
    """Pages of the project that a path on the command line means.

    Raises
    ------
    RenderError
        If it means none.
    """
    full = (start / path).resolve()
    found = [
        name
        for name in project.pages
        if (page := project.root / name) == full or full in page.parents
    ]
    if not found:
        raise RenderError(f"{path} is no page of the project: see `render:` in _quarto.yml")
    return found


def show(
    console: Console, project: Project, selected: Sequence[str], *, force: bool = False
) -> Report:
    """Render with a progress bar, and one line for each page that was made anew."""
    total = len(selected or project.pages)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("rendering", total=total)

        def listen(page: PageReport, event: str) -> None:
            if event not in ("done", "failed"):
                bar.update(task, description=f"{page.name} {event}")
                return
            bar.update(task, advance=1, description=page.name)
            if event == "failed":
                console.print(f"  {page.name}: failed", style="red", markup=False)
            elif page.ran or page.converted:
                what = f"ran {page.ran} cells" if page.ran else "converted"
                console.print(f"  {page.name}: {what}, {page.seconds:.1f} s", markup=False)

        return render_site(project, selected, force=force, listen=listen)


def summarise(console: Console, report: Report, seconds: float) -> int:
    """Print problems and the outcome; returns the exit code."""
    failed = [page for page in report.pages if page.problems]
    for problem in [*report.problems, *(one for page in failed for one in page.problems)]:
        console.print(f"\nerror: {problem}", markup=False, soft_wrap=True)
    ran = sum(bool(page.ran) for page in report.pages)
    converted = sum(page.converted and not page.ran for page in report.pages)
    same = len(report.pages) - ran - converted - sum(not (p.ran or p.converted) for p in failed)
    parts = [f"{ran} run", f"{converted} converted", f"{same} unchanged"]
    if failed:
        parts.append(f"{len(failed)} failed")
    console.print(
        f"{len(report.pages)} pages: {', '.join(parts)}; "
        f"{report.output / 'index.html'} in {seconds:.1f} s",
        markup=False,
        soft_wrap=True,
    )
    return 1 if report.failed else 0
