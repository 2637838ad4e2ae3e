"""Write `talk/original.qmd`, the page that shows `talk/source-map.toml`: run it after a change."""

from __future__ import annotations

import re
import tomllib
from itertools import groupby
from pathlib import Path

TALK = Path(__file__).parents[1] / "talk"

HEAD = """\
---
title: "The original talk, point by point"
subtitle: "What became of each slide of 2021."
description: "Every point of the case study's original slides, and the slide here that answers it."
toc-depth: 2
---

<!-- Written by tools/write_original.py from talk/source-map.toml. -->

::: {.lead}
This deck grew out of Shreya Shankar's slides [@shankar2021]. Here is each of them in our own words, and the slide that answers for it. **Kept** means that we say it too. **Measured** means that a statement or a question of hers has a number here. **Corrected** means that the data say otherwise; **doubted**, that we repeat it with a reason not to lean on it; **left out**, that it is missing on purpose.
:::
"""  # noqa: E501


def titles() -> dict[str, str]:
    """The title of each slide by its id, as a link can show it."""
    sources = [TALK / "slides.qmd", *sorted((TALK / "slides").glob("*.qmd"))]
    found = {}
    for path in sources:
        text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
        for title, name in re.findall(r"^#{1,2} (.+?) \{#([\w-]+)[^}]*\}$", text, flags=re.M):
            found[name] = re.sub(r"`\{python\}[^`]+`", "…", title)
    return found


def answers(point: dict, titles: dict[str, str]) -> str:
    """How a point is answered, and the links to the slides that do."""
    links = "; ".join(
        f"[{titles.get(name, name)}](slides.qmd#{name})" for name in point["answered_by"]
    )
    why = f" ({point['why']})" if "why" in point else ""
    return f"**{point['how'].capitalize()}**{why}: {links}"


def page() -> str:
    """The page's source."""
    slides = tomllib.loads((TALK / "source-map.toml").read_text("utf-8"))["slide"]
    by_id = titles()
    lines = [HEAD]
    for part, several in groupby(slides, key=lambda slide: slide["part"]):
        name = re.sub(r"\W+", "-", part.lower())
        lines.append(f"## {part} {{#sec-original-{name}}}\n")
        lines += ["| Slide | The original says | Here |", "| --: | :------ | :-------- |"]
        for slide in several:
            heading = f"**{slide['heading']}**"
            lines.append(f"| {slide['number']} | {heading} | {answers(slide, by_id)} |")
            for point in slide["points"]:
                lines.append(f"| | {point['says']} | {answers(point, by_id)} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    (TALK / "original.qmd").write_text(page(), "utf-8")
