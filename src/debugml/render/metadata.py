"""The texts of a page's front matter, ready for Pandoc."""

from __future__ import annotations

import datetime
import re
from typing import Any

from debugml.errors import RenderError
from debugml.render.project import Project
from debugml.render.source import Line, Source, expand_shortcodes

_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")
_TEXTS = ("title", "subtitle", "description", "abstract", "institute")


def texts(project: Project, source: Source) -> dict[str, Any]:
    """Title, authors, date and the settings of citations, with shortcodes replaced.

    Raises
    ------
    RenderError
        If a shortcode is unknown, or the date changes from day to day.
    """

    def expand(value: Any) -> str:
        return expand_shortcodes(source, project, Line(str(value), source.name, 1))

    found: dict[str, Any] = {}
    for key in _TEXTS:
        if source.meta.get(key) is not None:
            found[key] = expand(source.meta[key])
    authors = source.meta.get("author") or []
    for author in authors if isinstance(authors, list) else [authors]:
        name = author.get("name", "") if isinstance(author, dict) else author
        found.setdefault("author", []).append(expand(name))
    if source.meta.get("date") is not None:
        found["date"] = _date(source, expand(source.meta["date"]))
    if source.meta.get("nocite"):
        found["nocite"] = str(source.meta["nocite"])
    found["link-citations"] = bool(source.meta.get("link-citations", True))
    found["lang"] = str(source.option("lang", "en"))
    found["pagetitle"] = source.title
    return found


def plain_title(project: Project, source: Source) -> str:
    """The title as menus show it: shortcodes replaced, without Markdown's marks."""
    line = Line(source.title, source.name, 1)
    return _MARKS.sub("", expand_shortcodes(source, project, line)).strip()


def _date(source: Source, text: str) -> str:
    if text in ("today", "now", "last-modified"):
        raise RenderError(f"{source.name}:1: write the date out: `{text}` changes by itself")
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return text
    if source.format == "revealjs":
        return text  # Quarto leaves a deck's date as it is written
    return f"{day:%B} {day.day}, {day.year}"
