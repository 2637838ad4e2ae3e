"""The reference: a page for each public module, and one that lists all names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..render.cells import Cell
from ..render.project import Project
from .entry import Link, entry, sections, summary
from .names import Name, modules, read
from .sources import Written, written

FOLDER = "talk/api"
_CALL = re.compile(r"\bdm\.([A-Za-z_][\w.]*)")
_WRITTEN = "<!-- Written from the docstrings before each render: edit those. -->"
# Topics whose module has another name than their chapter.
_TOPICS = {"metrics": "training", "published": "training", "study": "lineage"}


@dataclass(frozen=True)
class Chapter:
    """A page of the book: its path from the reference, its title, and the names it calls."""

    href: str
    title: str
    calls: frozenset[str]


def reference(project: Project) -> dict[str, str]:
    """The reference's pages: their text by their path in the project.

    Parameters
    ----------
    project : Project
        Its chapters say which names they call.

    Raises
    ------
    RenderError
        If griffe is not installed.
    """
    found = read()
    names = {name.path: name for module in found for name in module.all()}
    chapters = list(_chapters(project))
    tops = {f"debugml.{top}": f"debugml.{module}.{top}" for top, module in modules()[1].items()}
    used: dict[str, list[str]] = {}
    for chapter in chapters:
        for call in chapter.calls:
            if path := _called(call, names, tops):
                used.setdefault(path, []).append(f"[{chapter.title}]({chapter.href})")
    pages = {f"{FOLDER}/{m.page}.qmd": _page(m, names, used, chapters) for m in _with_pages(found)}
    pages[f"{FOLDER}/index.qmd"] = _index(found, tops, names)
    return pages


def _with_pages(found: Iterable[Name]) -> Iterator[Name]:
    for module in found:
        yield module
        yield from (n for n in module.all() if n.about.is_module and n.page != module.page)


def anchors(project_pages: Mapping[str, str]) -> set[str]:
    """Every anchor that the pages offer.

    Examples
    --------
    >>> anchors({"talk/api/drift.qmd": "## ks {#debugml.drift.ks}"})
    {'debugml.drift.ks'}
    """
    return {
        a for text in project_pages.values() for a in re.findall(r"\{#(debugml\.[\w.]+)[ }]", text)
    }


def _chapters(project: Project) -> Iterator[Chapter]:
    for path in sorted((project.root / "talk" / "chapters").glob("*.qmd")):
        page = written(project, path.relative_to(project.root).as_posix())
        if page is not None:
            calls = {call.rstrip(".") for text in _code(page) for call in _CALL.findall(text)}
            yield Chapter(f"../chapters/{path.name}", page.source.title, frozenset(calls))


def _code(page: Written) -> Iterator[str]:
    for part in page.parts:
        if isinstance(part, Cell):
            yield part.code
        else:
            yield from (inline.expression for inline in part.inlines)


def _called(call: str, names: Mapping[str, Name], tops: Mapping[str, str]) -> str | None:
    """The public name that a call means: the longest that it starts with."""
    parts = ["debugml", *call.split(".")]
    for end in range(len(parts), 1, -1):
        path = ".".join(parts[:end])
        path = tops.get(path, path)
        if path in names and not names[path].about.is_module:
            return path
    return None


def _page(
    module: Name, names: Mapping[str, Name], used: Mapping[str, list[str]], chapters: list[Chapter]
) -> str:
    link = _linker(module, names)
    pieces = [_front(module.path, summary(module.about)), _WRITTEN]
    top = module.page.partition(".")[0]
    topic = _TOPICS.get(top, top)
    for chapter in chapters:
        if chapter.href == f"../chapters/{topic}.qmd":
            pieces.append(f"Chapter: [{chapter.title}]({chapter.href}).")
    pieces += _rest(module, link)
    for name in module.inside:
        pieces += _entries(name, 2, names, used)
    return "\n\n".join(pieces) + "\n"


def _entries(
    name: Name, level: int, names: Mapping[str, Name], used: Mapping[str, list[str]]
) -> Iterator[str]:
    link = _linker(name, names)
    if name.about.is_module:
        shown = name.path.split(".", 1)[1]
        yield f"{'#' * level} {shown} {{#{name.path}}}"
        if shown == name.page:
            yield f"{summary(name.about, link)} Its names have [a page of their own]({shown}.qmd)."
            return
        yield from sections(name.about, link)
    else:
        yield entry(name, level, link, dict.fromkeys(used.get(name.path, ())))
    for inner in name.inside:
        yield from _entries(inner, level + 1, names, used)


def _rest(module: Name, link: Link) -> list[str]:
    """A module's docstring after its first paragraph, which is the page's description."""
    found = sections(module.about, link)
    if not found:
        return []
    return [text for text in [found[0].partition("\n\n")[2], *found[1:]] if text]


def _linker(at: Name, names: Mapping[str, Name], page: str = "") -> Link:
    """Where a name that stands in the docstring of another leads, from that one's page."""
    here = page or at.page
    scopes = []
    path = at.path
    while path:
        scopes.append(path)
        path = path.rpartition(".")[0]
    # A module's files call each other by their own names: `effect.d_bounds` is `drift.d_bounds`.
    by_definition = {name.about.canonical_path: name.path for name in names.values()}

    def link(said: str) -> str | None:
        if not re.fullmatch(r"[A-Za-z_][\w.]*", said):
            return None
        for scope in ("", *(f"{scope}." for scope in scopes)):
            path = scope + said
            path = path if path in names else by_definition.get(path, "")
            if path and path != at.path:
                return _href(names[path], here)
        return None

    return link


def _href(name: Name, here: str) -> str:
    """From the page of one module to a name: a module with a page of its own has no anchor."""
    if name.path == f"debugml.{name.page}":
        return f"{name.page}.qmd"
    return f"#{name.path}" if name.page == here else f"{name.page}.qmd#{name.path}"


def _index(found: list[Name], tops: Mapping[str, str], names: Mapping[str, Name]) -> str:
    short = [
        f"[`dm.{top.removeprefix('debugml.')}`]({names[path].page}.qmd#{path})"
        for top, path in sorted(tops.items())
        if path in names
    ]
    pieces = [
        _front("API reference", "Every public name of the package, by module."),
        _WRITTEN,
        "After `import debugml as dm`, a module is `dm.drift`, and a function of it "
        "`dm.drift.ks_table`. These have a short name as well: " + ", ".join(short) + ".",
    ]
    for module in found:
        link = _linker(module, names, "index")
        pieces.append(f"## {module.path} {{#{module.path}}}")
        pieces.append(f"{summary(module.about, link)} [Page]({module.page}.qmd)")
        pieces.append("\n".join(_listed(module, "", names)))
    return "\n\n".join(pieces) + "\n"


def _listed(module: Name, indent: str, names: Mapping[str, Name]) -> Iterator[str]:
    for name in module.inside:
        shown = name.path.removeprefix(f"{module.path}.")
        said = summary(name.about, _linker(name, names, "index"))
        yield f"{indent}- [`{shown}`]({_href(name, '')})" + (f": {said}" if said else "")
        if name.about.is_module:
            yield from _listed(name, indent + "    ", names)


def _front(title: str, description: str) -> str:
    said = json.dumps(description, ensure_ascii=False)
    return f"---\ntitle: {json.dumps(title)}\ndescription: {said}\n---"
