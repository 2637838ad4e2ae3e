"""The original talk, point by point: the map of its slides as a page."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from ..errors import RenderError
from ..render.cells import Cell, outside_code
from ..render.project import Project
from .sources import Written, written

MAP = "talk/source-map.toml"
_TITLE = re.compile(r"^#{1,2} (.+?) \{#([\w-]+)[^}]*\}\s*$")
_EXPRESSION = re.compile(r"`\{python\}[^`]*`")
_HEAD = """\
---
title: "The original talk, point by point"
subtitle: "What became of each slide of 2021."
description: "Every point of the case study's original slides, and the slide here that answers it."
toc-depth: 2
---

<!-- Written from talk/source-map.toml before each render: edit that. -->

::: {.lead}
This deck grew out of Shreya Shankar's slides [@shankar2021]. Here is each of them in our own \
words, and the slide that answers for it. **Kept** means that we say it too. **Measured** means \
that a statement or a question of hers has a number here. **Corrected** means that the data say \
otherwise; **doubted**, that we repeat it with a reason not to lean on it; **left out**, that it \
is missing on purpose.
:::
"""


def original(project: Project) -> str:
    """The page's text.

    Raises
    ------
    RenderError
        If the map is missing, is no TOML, or lacks an entry.
    """
    deck = written(project, "talk/slides.qmd")
    titles = slide_titles(deck) if deck else {}
    lines = [_HEAD]
    try:
        slides = tomllib.loads((project.root / MAP).read_text("utf-8"))["slide"]
        for part, several in groupby(slides, key=lambda slide: slide["part"]):
            name = re.sub(r"\W+", "-", part.lower())
            lines.append(f"## {part} {{#sec-original-{name}}}\n")
            lines += ["| Slide | The original says | Here |", "| --: | :------ | :-------- |"]
            for slide in several:
                heading = f"**{slide['heading']}**"
                lines.append(f"| {slide['number']} | {heading} | {answer(slide, titles)} |")
                for point in slide["points"]:
                    lines.append(f"| | {point['says']} | {answer(point, titles)} |")
            lines.append("")
    except OSError as error:
        raise RenderError(f"{MAP}: {error.strerror}; the page on the original needs it") from error
    except tomllib.TOMLDecodeError as error:
        raise RenderError(f"{MAP}: {error}") from error
    except KeyError as error:
        raise RenderError(f"{MAP}: an entry lacks {error}; its first lines say how") from error
    return "\n".join(lines)


def slide_titles(deck: Written) -> dict[str, str]:
    """The title of each slide by its id, up to where a cell would fill something in."""
    found = {}
    for part in deck.parts:
        if isinstance(part, Cell):
            continue
        for line, counts in outside_code(part.lines):
            if counts and (match := _TITLE.match(line.text)):
                said, *filled = _EXPRESSION.split(match[1])
                found[match[2]] = f"{said.rstrip()} …" if filled else said
    return found


def answer(point: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """How a point is answered, with links to the slides that do.

    Examples
    --------
    >>> point = {"answered_by": ["sec-slide-plan"], "how": "kept"}
    >>> answer(point, {"sec-slide-plan": "Twelve questions"})
    '**Kept**: [Twelve questions](slides.qmd#sec-slide-plan)'
    """
    names = point["answered_by"]
    links = "; ".join(f"[{titles.get(name, name)}](slides.qmd#{name})" for name in names)
    why = f" ({point['why']})" if "why" in point else ""
    return f"**{point['how'].capitalize()}**{why}: {links}"
