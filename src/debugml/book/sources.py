"""Pages as they are written, for the pages that are made from them."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import RenderError
from ..render.cells import Part, parse
from ..render.project import Project
from ..render.source import Source, read_source


@dataclass(frozen=True)
class Written:
    """A page's source and its parts."""

    source: Source
    parts: list[Part]


def written(project: Project, name: str) -> Written | None:
    """A page, or None where it can't be read: the engine says why when it comes to that page."""
    try:
        source = read_source(project, name)
        return Written(source, parse(source))
    except RenderError:
        return None
