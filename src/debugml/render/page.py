"""A page's HTML: the converted pieces in a template."""

from __future__ import annotations

import html
import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from debugml.errors import RenderError
from debugml.render.navigation import Navigation, relative
from debugml.render.project import Project
from debugml.render.source import Source

TEMPLATES = Path(__file__).parent / "templates"
LIBS = "site_libs/debugml"
REVEAL = "site_libs/revealjs"
_HREF = re.compile(r'href="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def plain(fragment: str) -> str:
    """The text of a fragment of HTML.

    Examples
    --------
    >>> plain("<em>Drift</em> &amp; alarms")
    'Drift & alarms'
    """
    return html.unescape(_TAG.sub("", fragment)).strip()


def stylesheets(project: Project, source: Source) -> list[str]:
    """The page's own style sheets, as paths in the project."""
    return list(dict.fromkeys(path for path in _given(project, source, "css")))


def _given(project: Project, source: Source, key: str) -> list[Any]:
    """Files that an option names, as paths in the project; `text:` entries as they are.

    Those of `_quarto.yml` start at its folder, those of the page at the page's.
    """
    found: list[Any] = []
    own = (source.own.get("format") or {}).get(source.format) or {}
    here = posixpath.dirname(source.name)
    for value, folder in (
        (project.section("format", source.format).get(key), ""),
        (own.get(key) or source.own.get(key), here),
    ):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found.append(item)
            elif item:
                path = item if item.startswith("/") else f"{folder}/{item}"
                found.append(posixpath.normpath(path).lstrip("/"))
    return found


def head_texts(project: Project, source: Source) -> list[str]:
    """What `include-in-header` adds to the page's head.

    Raises
    ------
    RenderError
        If a file that it names cannot be read.
    """
    found = []
    for item in _given(project, source, "include-in-header"):
        if isinstance(item, dict):
            if set(item) != {"text"}:
                raise RenderError(f"{source.name}:1: include-in-header takes files or `text:`")
            found.append(str(item["text"]))
            continue
        try:
            found.append((project.root / item).read_text("utf-8"))
        except OSError as error:
            raise RenderError(f"{source.name}:1: include-in-header: {item}: {error}") from error
    return found


def assemble(
    project: Project, source: Source, converted: dict[str, Any], navigation: Navigation
) -> str:
    """The page's whole HTML."""
    fields = converted["fields"]
    here = source.html_name
    before, after = navigation.neighbours(here)
    title = plain(fields["title"])
    description = plain(fields["description"]) or str(
        project.section("website").get("description", "")
    )
    values = {
        "lang": str(source.option("lang", "en")),
        "page": here,
        "fields": fields,
        "authors": converted["authors"],
        "title": title,
        "page_title": " – ".join(part for part in (title, navigation.title) if part)
        if title != navigation.title
        else title,
        "description": description,
        "css": [relative(here, name) for name in stylesheets(project, source)],
        "head": head_texts(project, source),
        "libs": relative(here, LIBS),
        "reveal": relative(here, REVEAL),
        "home": relative(here, "index.html"),
        "root": relative(here, "."),
        "navigation": navigation,
        "footer": [_relative_links(here, text) for text in navigation.footer],
        "relative": lambda target: relative(here, target),
        "before": before,
        "after": after,
        "toc_title": str(source.option("toc-title", "On this page")),
    }
    if source.format == "revealjs":
        return _deck(source, values)
    rendered: str = _environment().get_template("page.html").render(values)
    return rendered


def _relative_links(page: str, fragment: str) -> str:
    """HTML of the site's frame, whose links start at the site's root, for one page."""
    return _HREF.sub(lambda match: f'href="{relative(page, match.group(1))}"', fragment)


_REVEAL_DEFAULTS: dict[str, Any] = {
    "width": 1280,
    "height": 720,
    "margin": 0.05,
    "center": False,
    "controls": True,
    "progress": True,
    "hash": True,
    "history": True,
    "transition": "none",
    "backgroundTransition": "none",
    "navigationMode": "linear",
    "slideNumber": False,
    "hashOneBasedIndex": False,
    "fragmentInURL": False,
    "pdfSeparateFragments": False,
}


def _deck(source: Source, values: dict[str, Any]) -> str:
    settings = dict(_REVEAL_DEFAULTS)
    options = (source.own.get("format") or {}).get("revealjs") or {}
    for key in _REVEAL_DEFAULTS:
        name = re.sub(r"([A-Z])", lambda match: "-" + match.group(1).lower(), key)
        value = options.get(name, source.meta.get(name))
        if value is not None and (key not in ("margin",) or isinstance(value, int | float)):
            settings[key] = value
    if settings["slideNumber"] is True:
        settings["slideNumber"] = "c/t"
    attributes = options.get("title-slide-attributes") or {}
    values["title_attributes"] = " ".join(
        f'{key}="{html.escape(str(value))}"' for key, value in attributes.items()
    )
    values["settings"] = settings
    values["slide_footer"] = str(options.get("footer", ""))
    rendered: str = _environment().get_template("deck.html").render(values)
    return rendered
