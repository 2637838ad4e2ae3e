"""The project's cells in their order, each with the heading that it stands under."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..render.cells import Cell, outside_code, parse
from ..render.project import Project
from ..render.source import read_source

_HEADING = re.compile(r"^#{1,6}\s.*\{[^}]*#([\w-]+)")


@dataclass(frozen=True)
class Step:
    """A cell of a page.

    Attributes
    ----------
    page : str
        Path of the page in the project, with ``/``.
    format : str
        ``"html"`` or ``"revealjs"``.
    label : str
        The cell's label, empty where it has none.
    heading : str
        Id of the nearest heading above that has one, else empty.
    code : str
        What runs: empty for a cell that is shown only.
    where : str
        ``file:line`` of the cell.
    """

    page: str
    format: str
    label: str
    heading: str
    code: str
    where: str


def steps(project: Project, page: str) -> list[Step]:
    """A page's cells in their order, includes expanded.

    Raises
    ------
    RenderError
        If the page can't be read.
    """
    source = read_source(project, page)
    heading, found = "", []
    for part in parse(source):
        if isinstance(part, Cell):
            code = part.code if part.options["eval"] else ""
            found.append(Step(page, source.format, part.label, heading, code, part.where))
            continue
        for line, is_prose in outside_code(part.lines):
            if is_prose and (match := _HEADING.match(line.text)):
                heading = match[1]
    return found
