"""What a reader sees of a rendered page: headings, links, figures, tables, references, text."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

SKIPPED_TAGS = {"nav", "aside", "button", "script", "style", "annotation"}
SKIPPED_CLASSES = {"screen-reader-only", "visually-hidden"}


def seen(element: Any) -> bool:
    """Whether an element shows its text to a reader who sees the page."""
    return not any(
        one.tag in SKIPPED_TAGS
        or one.get("aria-hidden") == "true"
        or SKIPPED_CLASSES & set((one.get("class") or "").split())
        for one in (element, *element.iterancestors())
    )


@dataclass(frozen=True)
class Reading:
    """A page as read."""

    headings: list[tuple[str, str, str]]
    links: list[tuple[str, str]]
    figures: list[tuple[str, str, str]]
    tables: list[list[str]]
    references: list[str]
    code: list[str]
    notes: list[str]
    text: str


def read(path: Path, page: str) -> Reading:
    """Read a page of the site; `page` is its path in it."""
    tree = etree.fromstring(path.read_bytes(), etree.HTMLParser(encoding="utf-8"))
    found = tree.xpath("//main | //div[@class='slides']")
    assert len(found) == 1, f"{page} has {len(found)} bodies"
    main = found[0]
    return Reading(
        headings=[
            (one.tag, text_of(one), _anchor(one))
            for one in main.xpath(".//h1|.//h2|.//h3|.//h4")
            if text_of(one)
        ],
        links=[
            (text_of(one), _target(page, one.get("href"), main))
            for one in main.xpath(".//a[@href]")
            if text_of(one) and one.get("role") != "tab"
        ],
        figures=[_figure(one) for one in main.xpath(".//figure")],
        tables=[
            [text_of(cell) for cell in one.xpath(".//th|.//td")] for one in main.xpath(".//table")
        ],
        references=[text_of(one) for one in main.xpath(".//div[starts-with(@id, 'ref-')]")],
        code=[_raw(one) for one in main.xpath(".//pre")],
        notes=[_raw(one) for one in main.xpath(".//aside[@class='notes']/p")],
        text=text_of(main),
    )


def text_of(element: Any) -> str:
    """Text that is seen, spaces made one."""
    pieces = []
    for piece in element.xpath(".//text()"):
        owner = piece.getparent()
        if seen(owner.getparent() if piece.is_tail else owner):
            pieces.append(str(piece))
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def _raw(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _anchor(heading: Any) -> str:
    """The anchor of a heading: its own, or its section's; a page's title has none."""
    section = heading.getparent()
    return str(heading.get("id") or (section.get("id") if section.tag == "section" else "") or "")


def _target(page: str, link: str, main: Any) -> str:
    if re.match(r"^[a-z]+:", link):
        return link
    if link.startswith("#"):
        anchor = link.removeprefix("#").removeprefix("/")
        # On a deck what counts is the slide that the link leads to.
        slides = main.xpath(f"//*[@id='{anchor}']/ancestor-or-self::section[@id][1]")
        return "#" + (slides[-1].get("id") if slides and main.tag == "div" else anchor)
    path, mark, anchor = link.partition("#")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    return joined + mark + anchor


def _figure(figure: Any) -> tuple[str, str, str]:
    owner = figure.xpath("ancestor-or-self::*[starts-with(@id,'fig-') or starts-with(@id,'tbl-')]")
    captions = figure.xpath("./figcaption")
    images = figure.xpath(".//img/@alt | .//svg/@aria-label")
    return (
        owner[-1].get("id") if owner else "",
        text_of(captions[0]) if captions else "",
        str(images[0]) if images else "",
    )
