"""Write the site: pages, assets and what pages refer to, each file whole; then the index."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from debugml.errors import RenderError
from debugml.render import navigation, search
from debugml.render.cache import Cache, digest, locked, write_if_changed
from debugml.render.checks import dead_link, inspect, internal, link_pattern
from debugml.render.keys import engine_digest
from debugml.render.metadata import plain_title
from debugml.render.notebook import notebook_name, wanted
from debugml.render.page import LIBS, REVEAL, assemble, stylesheets
from debugml.render.pandoc import convert
from debugml.render.project import Project
from debugml.render.source import Source

ASSETS = Path(__file__).parent / "assets"
_FRAME_IDS = {"quarto-document-content", "quarto-header", "TOC", "title-block-header"}
_CSS_TARGET = re.compile(r"""(?:@import\s+|url\()\s*["']?([^"')\s;]+)""")
_REVEAL_FILES = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")


@dataclass(frozen=True)
class Written:
    """What was written, and what kept pages from it.

    Attributes
    ----------
    changed : tuple of str
        Files of the site that are new or say something else now.
    problems : dict
        By source, dead links and missing files.
    """

    changed: tuple[str, ...]
    problems: dict[str, list[str]]


def write_site(
    project: Project,
    sources: Mapping[str, Source],
    converted: Mapping[str, dict[str, Any]],
    *,
    complete: bool,
) -> Written:
    """Write every page that has no problem, and what the pages need.

    Parameters
    ----------
    project : Project
    sources : mapping
        All readable pages.
    converted : mapping
        Pieces of the pages rendered this time.
    complete : bool
        Whether these are all the pages: then files that no page needs any more go.

    Raises
    ------
    RenderError
        If the navigation is wrong, or an asset cannot be found.
    """
    titles = {name: plain_title(project, source) for name, source in sources.items()}
    for name in project.pages:
        titles.setdefault(name, Path(name).stem)
    menus = navigation.build(project, titles, footer_html(project))
    with locked(project.root / ".debugml" / "render.lock"):
        anchors = _anchors(project, converted)
        problems: dict[str, list[str]] = {}
        changed: list[str] = []
        copies: dict[str, Path] = {}
        notebooks = {notebook_name(one) for one in sources.values() if wanted(one)}
        for name, pieces in converted.items():
            source = sources[name]
            found = list(pieces["problems"])
            files, missing = _files(project, source, pieces, notebooks)
            found += missing + _dead_links(source, pieces, anchors)
            if found:
                problems[name] = found
                continue
            text = assemble(project, source, pieces, menus)
            if write_if_changed(project.output / source.html_name, text.encode()):
                changed.append(source.html_name)
            made = pieces["notebook"].encode()
            if made and write_if_changed(project.output / notebook_name(source), made):
                changed.append(notebook_name(source))
            copies.update({file: project.root / file for file in files})
        copies.update(_assets(decks=any(one.format == "revealjs" for one in sources.values())))
        copies.update(_resources(project))
        pages_changed = bool(changed)
        for file, path in copies.items():
            if write_if_changed(project.output / file, path.read_bytes()):
                changed.append(file)
        stale = False
        if complete and not problems:
            kept = {name.removesuffix(".qmd") + ".html" for name in project.pages}
            stale = _remove_stale(project.output, kept.union(copies, notebooks))
        if menus.search and (
            pages_changed or stale or not (project.output / search.FOLDER).is_dir()
        ):
            search.index(project.output)
    return Written(tuple(changed), problems)


def footer_html(project: Project) -> tuple[str, str, str]:
    """The footer's texts in HTML; converted once and kept."""
    given = navigation.footer_texts(project)
    cache = Cache(project.cache / "converted")
    key = digest("footer-1", given, project.variables, engine_digest())
    found = cache.get(key)
    if found is None:
        settings = {"format": "html", "folder": "", "profiles": [], "citations": False}
        found = [
            convert(text, folder=project.root, metadata={}, settings=settings).fields["body"]
            if text
            else ""
            for text in given
        ]
        cache.put(key, found)
    return found[0], found[1], found[2]


def _anchors(
    project: Project, converted: Mapping[str, dict[str, Any]]
) -> dict[str, frozenset[str] | None]:
    """Anchors of every page: of this run, else of the HTML written before, else unknown."""
    found: dict[str, frozenset[str] | None] = {}
    for name in project.pages:
        page = name.removesuffix(".qmd") + ".html"
        if name in converted:
            found[page] = frozenset(converted[name]["ids"]) | _FRAME_IDS
        else:
            try:
                found[page] = frozenset(inspect((project.output / page).read_text("utf-8")).ids)
            except (OSError, ValueError):
                found[page] = None
    return found


def _dead_links(
    source: Source, pieces: dict[str, Any], anchors: Mapping[str, frozenset[str] | None]
) -> list[str]:
    found = []
    for link in pieces["links"]:
        reason = dead_link(source.html_name, link, anchors)
        if reason:
            found.append(f"{source.find(link_pattern(link))}: link to {link}: {reason}")
    return found


def _files(
    project: Project, source: Source, pieces: dict[str, Any], made: set[str]
) -> tuple[list[str], list[str]]:
    """Files of the project that a page shows or links to, and those that are missing.

    Those in ``made``, paths in the site, are written along with the pages.
    """
    files, missing = [], []
    targets = [(link, "image") for link in pieces["resources"]]
    for link in pieces["links"]:
        path = urlsplit(link).path
        if internal(link) and path and not path.endswith((".html", "/")):
            targets.append((link, "link to"))
    targets += [("/" + name, "style sheet") for name in stylesheets(project, source)]
    for target, kind in targets:
        if not internal(target):
            if kind == "image" and not target.startswith("data:"):
                where = source.find(link_pattern(target))
                missing.append(f"{where}: {target} is not in the project: pages open offline")
            continue
        path = unquote(urlsplit(target).path)
        folder = "" if path.startswith("/") else posixpath.dirname(source.name)
        file = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
        if file in made:
            continue
        if file.startswith("../") or not (project.root / file).is_file():
            missing.append(f"{source.find(link_pattern(target))}: {kind} {file}: no such file")
        else:
            files += sorted(_behind(project, file))
    return files, missing


def _assets(*, decks: bool) -> dict[str, Path]:
    """The engine's own scripts and styles, and reveal.js where there is a deck."""
    found = {f"{LIBS}/{path.name}": path for path in sorted(ASSETS.iterdir()) if path.is_file()}
    if decks:
        found.update({f"{REVEAL}/{name}": _reveal() / name for name in _REVEAL_FILES})
    return found


def _behind(project: Project, sheet: str) -> set[str]:
    """A style sheet and the files that it names, as paths in the project."""
    found: set[str] = set()
    waiting = [sheet]
    while waiting:
        name = waiting.pop()
        path = project.root / name
        if name in found or name.startswith("../") or not path.is_file():
            continue
        found.add(name)
        if path.suffix == ".css":
            for target in _CSS_TARGET.findall(path.read_text("utf-8")):
                if internal(target) and not target.startswith("#"):
                    joined = posixpath.join(posixpath.dirname(name), urlsplit(target).path)
                    waiting.append(posixpath.normpath(joined))
    return found


def _resources(project: Project) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for pattern in project.section("project").get("resources") or []:
        for path in sorted(project.root.glob(pattern)):
            if path.is_file():
                found[path.relative_to(project.root).as_posix()] = path
    return found


def _reveal() -> Path:
    from importlib.util import find_spec

    spec = find_spec("sphinx_revealjs")
    if spec is None or not spec.submodule_search_locations:
        raise RenderError("the deck needs reveal.js: pip install 'debugml[talk]'")
    folder = Path(spec.submodule_search_locations[0]) / "_static" / "revealjs"
    if not (folder / "dist" / "reveal.js").is_file():
        raise RenderError(f"sphinx-revealjs carries no reveal.js under {folder.name}: reinstall it")
    return folder


def _remove_stale(output: Path, wanted: set[str]) -> bool:
    """Remove files that no page needs any more; returns whether a page was among them."""
    removed_page = False
    for path in sorted(output.rglob("*"), reverse=True):
        name = path.relative_to(output).as_posix()
        if name == search.FOLDER or name.startswith(search.FOLDER + "/"):
            continue
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif name not in wanted:
            path.unlink(missing_ok=True)
            removed_page |= path.suffix == ".html"
    for left in output.glob(".pagefind-*"):
        shutil.rmtree(left, ignore_errors=True)
    return removed_page
