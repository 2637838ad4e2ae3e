"""Navbar, sidebar and the way from page to page, from `_quarto.yml`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from debugml.errors import RenderError
from debugml.render.project import Project


@dataclass(frozen=True)
class Item:
    """One entry of a menu: a link, or a section that holds others.

    Attributes
    ----------
    text : str
        What it says.
    page : str
        Path of the page's HTML in the site, or a URL, or empty for a section.
    items : tuple of Item
        Entries of a section.
    """

    text: str
    page: str = ""
    items: tuple[Item, ...] = field(default=())

    def flat(self) -> Iterator[Item]:
        """This entry and all below it."""
        yield self
        for item in self.items:
            yield from item.flat()


@dataclass(frozen=True)
class Navigation:
    """The site's menus."""

    title: str
    left: tuple[Item, ...]
    right: tuple[Item, ...]
    sidebar: tuple[Item, ...]
    search: bool
    footer: tuple[str, str, str]
    turns_pages: bool

    def neighbours(self, page: str) -> tuple[Item | None, Item | None]:
        """The entries before and after a page in the sidebar."""
        if not self.turns_pages:
            return None, None
        order = [item for top in self.sidebar for item in top.flat() if item.page]
        for index, item in enumerate(order):
            if item.page == page:
                before = order[index - 1] if index else None
                after = order[index + 1] if index + 1 < len(order) else None
                return before, after
        return None, None


def build(
    project: Project, titles: Mapping[str, str], footer: tuple[str, str, str] = ("", "", "")
) -> Navigation:
    """Read the menus; an entry without text takes the page's title.

    Raises
    ------
    RenderError
        If an entry names a page that the project does not hold, or is of a
        kind that the engine lacks.
    """
    website = project.section("website")
    navbar = project.section("website", "navbar")
    sidebar = project.section("website", "sidebar")
    return Navigation(
        title=str(website.get("title", "")),
        left=_items(navbar.get("left"), titles),
        right=_items(navbar.get("right"), titles),
        sidebar=_items(sidebar.get("contents"), titles),
        search=website.get("search", True) is not False,
        footer=footer,
        turns_pages=bool(website.get("page-navigation", False)),
    )


def footer_texts(project: Project) -> tuple[str, str, str]:
    """The footer's left, centre and right, in Markdown.

    Raises
    ------
    RenderError
        If one is a list of entries, which the engine lacks.
    """
    given = project.section("website").get("page-footer") or {}
    if isinstance(given, str):
        given = {"center": given}
    found = []
    for side in ("left", "center", "right"):
        text = given.get(side, "")
        if not isinstance(text, str):
            raise RenderError(f"_quarto.yml: page-footer.{side}: the embedded engine takes a text")
        found.append(text)
    return found[0], found[1], found[2]


def relative(page: str, target: str) -> str:
    """A link from one page of the site to another."""
    if "://" in target or target.startswith(("#", "mailto:")):
        return target
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def _items(given: Any, titles: Mapping[str, str]) -> tuple[Item, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise RenderError(f"_quarto.yml: the embedded engine expects a list of entries: {given!r}")
    return tuple(_item(entry, titles) for entry in given)


def _item(entry: Any, titles: Mapping[str, str]) -> Item:
    if isinstance(entry, str):
        return Item(_title(entry, titles), _page(entry, titles))
    if not isinstance(entry, dict):
        raise RenderError(f"_quarto.yml: not a menu entry: {entry!r}")
    unknown = set(entry) - {"text", "href", "section", "contents", "aria-label"}
    if unknown:
        raise RenderError(
            f"_quarto.yml: the embedded engine does not know {', '.join(sorted(unknown))} "
            f"in the menu entry {entry!r}"
        )
    href = entry.get("href", "")
    if "section" in entry or "contents" in entry:
        text = entry.get("section") or entry.get("text", "")
        if text in titles:
            href, text = text, titles[text]
        page = _page(href, titles) if href else ""
        return Item(str(text), page, _items(entry.get("contents"), titles))
    return Item(str(entry.get("text") or _title(href, titles)), _page(href, titles))


def _title(href: str, titles: Mapping[str, str]) -> str:
    return titles.get(href.lstrip("/"), href)


def _page(href: str, titles: Mapping[str, str]) -> str:
    if "://" in href or href.startswith("mailto:"):
        return href
    path, hash_mark, anchor = href.lstrip("/").partition("#")
    if path.endswith(".qmd"):
        if path not in titles:
            raise RenderError(
                f"_quarto.yml: a menu leads to {path}, which is not a page of the project"
            )
        path = path.removesuffix(".qmd") + ".html"
    return path + hash_mark + anchor
