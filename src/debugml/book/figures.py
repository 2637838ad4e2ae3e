"""The index of figures: every figure and table of the book, and the slide that shows it too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..render.cells import Cell, outside_code
from ..render.project import Project
from .sources import Written, written

_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*\{[^}]*#([\w-]+)[^}]*\}\s*$")
_KINDS = {"fig": "Figure", "tbl": "Table"}
_EXPRESSION = re.compile(r"`\{python\}[^`]*`")
_WRITTEN = "<!-- Written from the chapters and slides before each render: edit those. -->"


@dataclass(frozen=True)
class Shown:
    """A figure or table in a cell.

    Attributes
    ----------
    label, caption : str
        As the cell gives them; Markdown.
    call : str
        The cell's last expression, written in one way: slide and chapter share it.
    heading, heading_id : str
        What it stands under.
    """

    label: str
    caption: str
    call: str
    heading: str
    heading_id: str


def index_of_figures(project: Project) -> str:
    """The page's text: by chapter, in the sidebar's order, each with its slide."""
    deck = written(project, "talk/slides.qmd")
    slides = {one.call: one for one in shown(deck)} if deck else {}
    pieces = [
        '---\ntitle: "Figures and tables"\n'
        'description: "All that the book shows, chapter by chapter."\n---',
        _WRITTEN,
        "Each with its caption, in the order of the book. Where a slide shows it too, the slide is "
        "named. The small mark at a figure's corner opens the record of what it was made from.",
    ]
    for name in _chapters(project):
        page = written(project, name)
        topic = Path(name).stem
        href = name.removeprefix("talk/")
        lines = list(_lines(page, href, slides)) if page else []
        if page and lines:
            pieces.append(f"## {page.source.title} {{#sec-figures-{topic}}}")
            pieces.append("\n".join(lines))
    return "\n\n".join(pieces) + "\n"


def shown(page: Written) -> Iterator[Shown]:
    """What a page's cells show, in its order."""
    heading = heading_id = ""
    for part in page.parts:
        if isinstance(part, Cell):
            if part.options["eval"] and part.options["include"] and part.options["output"]:
                caption = part.options.get("fig-cap") or part.options.get("tbl-cap") or ""
                yield Shown(part.label, str(caption), last_call(part.code), heading, heading_id)
            continue
        for line, counts in outside_code(part.lines):
            if counts and (match := _HEADING.match(line.text)):
                heading, heading_id = match.groups()


def last_call(code: str) -> str:
    """The last expression of a cell, in one way of writing; empty where it ends otherwise.

    Examples
    --------
    >>> last_call("n = 2\\ndm.figures.drift.gaps( n,\\n  scale = 1 )")
    'dm.figures.drift.gaps(n, scale=1)'
    """
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return ""
    return ast.unparse(body[-1].value) if body and isinstance(body[-1], ast.Expr) else ""


def _lines(page: Written, href: str, slides: dict[str, Shown]) -> Iterator[str]:
    counts = dict.fromkeys(_KINDS, 0)
    for one in shown(page):
        kind = one.label.partition("-")[0]
        if kind not in _KINDS:
            continue
        counts[kind] += 1
        caption = _EXPRESSION.sub("…", one.caption).rstrip(".")
        line = f"- [{_KINDS[kind]} {counts[kind]}]({href}#{one.label})"
        line += f": {caption}." if caption else ""
        slide = slides.get(one.call)
        if slide and slide.heading_id:
            # A title with a number in it is known only when the deck has run.
            title = "" if _EXPRESSION.search(slide.heading) else slide.heading
            line += " Slide: " if title else " "
            line += f"[{title or 'Slide'}](slides.qmd#{slide.heading_id})."
        # A number and its sign stay on one line.
        yield line.replace(" %", "\u00a0%")


def _chapters(project: Project) -> list[str]:
    """The chapters in the order in which the sidebar has them, the others after them."""
    folder = project.root / "talk" / "chapters"
    present = [p.relative_to(project.root).as_posix() for p in sorted(folder.glob("*.qmd"))]
    ordered = list(_entries(project.section("website", "sidebar").get("contents")))
    return [*(n for n in ordered if n in present), *(n for n in present if n not in ordered)]


def _entries(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, list):
        for one in given:
            yield from _entries(one)
    elif isinstance(given, dict):
        yield from _entries(given.get("href"))
        yield from _entries(given.get("contents"))
