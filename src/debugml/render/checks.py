"""What Quarto only warns about, and this engine refuses: dead links, images without a text."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Contents:
    """What a page's HTML refers to and offers.

    Attributes
    ----------
    ids : tuple of str
        Anchors.
    links : tuple of str
        Targets of its links, as written in the HTML.
    resources : tuple of str
        Sources of images and media, as written.
    problems : tuple of (str, str)
        Images that say nothing to a reader who cannot see them, and how they are written.
    """

    ids: tuple[str, ...]
    links: tuple[str, ...]
    resources: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


def inspect(fragment: str) -> Contents:
    """Read what a fragment of HTML refers to; the fragment itself is never rewritten."""
    tree = _parse(fragment)
    ids: dict[str, None] = {}
    links: dict[str, None] = {}
    resources: dict[str, None] = {}
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.get("id"):
            ids[element.get("id")] = None
        if element.tag == "a" and element.get("href"):
            links[element.get("href")] = None
        if element.tag in ("img", "video", "audio", "source", "iframe") and element.get("src"):
            resources[element.get("src")] = None
        for name in ("data-background-image", "data-background-video"):
            if element.get(name):
                resources[element.get(name)] = None
    return Contents(tuple(ids), tuple(links), tuple(resources), tuple(_missing_alt(tree)))


def missing_alt(fragment: str) -> Iterator[tuple[str, str]]:
    """Images and drawings without alternative text: what is wrong, and how each is written."""
    if "<img" in fragment or "<svg" in fragment:
        yield from _missing_alt(_parse(fragment))


def _parse(fragment: str) -> Any:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    return etree.fromstring(f"<div>{fragment}</div>".encode(), parser)


def _missing_alt(tree: Any) -> Iterator[tuple[str, str]]:
    for element in tree.iter("img", "svg"):
        if element.get("aria-hidden") == "true" or element.get("role") == "presentation":
            continue
        if any(parent.get("aria-hidden") == "true" for parent in element.iterancestors()):
            continue
        if element.tag == "img":
            if not (element.get("alt") or "").strip():
                source = element.get("src") or ""
                shown = source if len(source) < 80 else source[:40] + "…"
                yield f"an image without alternative text ({shown})", source
        elif not (element.get("aria-label") or element.get("aria-labelledby")):
            inside = element.iterancestors("svg", "button", "a")
            if element.find("title") is None and next(inside, None) is None:
                yield "an svg without aria-label or title", "<svg"


def internal(link: str) -> bool:
    """Whether a link leads to this site rather than elsewhere."""
    parts = urlsplit(link)
    return not parts.scheme and not parts.netloc


def dead_link(page: str, link: str, anchors: Mapping[str, frozenset[str] | None]) -> str | None:
    """Why a link leads nowhere, or None.

    Parameters
    ----------
    page : str
        Path of the page that holds the link, in the site.
    link : str
        Its target as written.
    anchors : mapping
        Pages of the site with their anchors; None where these are not known.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = page
    if parts.path:
        joined = posixpath.join(posixpath.dirname(page), unquote(parts.path))
        target = posixpath.normpath(joined)
        if parts.path.endswith("/"):
            target = posixpath.join(target, "index.html")
    if target.startswith("../"):
        return "it leads out of the site"
    if target not in anchors:
        return None if not target.endswith(".html") else f"the site has no page {target}"
    known = anchors[target]
    fragment = unquote(parts.fragment)
    if known is None or not fragment or fragment.startswith("/"):
        return None
    return None if fragment in known else f"{target} has no anchor #{fragment}"


def link_pattern(link: str) -> str:
    """A pattern that finds a link in the page's source."""
    parts = urlsplit(link)
    stem = posixpath.basename(parts.path).removesuffix(".html")
    if parts.fragment and not parts.path:
        return r"\(#" + re.escape(parts.fragment) + r"\)"
    anchor = re.escape("#" + parts.fragment) if parts.fragment else ""
    return re.escape(stem) + r"(\.qmd|\.html)?" + anchor
