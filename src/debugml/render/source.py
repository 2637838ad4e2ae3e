"""A page's source: front matter, includes expanded, every line's origin kept."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugml.errors import RenderError
from debugml.render.project import EXECUTE_KEYS, FORMAT_KEYS, Project, check_jupyter
from debugml.render.yamlmap import YamlMap, merge

_INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(.+?)\s*>\}\}\s*$")
_SHORTCODE = re.compile(r"(\{?)\{\{<\s*(/?[\w./-]*)\s*(.*?)\s*>\}\}(\}?)")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})(.*)$")
_FRONT_KEYS = {
    "title", "subtitle", "author", "date", "description", "abstract", "format", "execute",
    "jupyter", "bibliography", "csl", "nocite", "link-citations", "lang", "toc", "toc-depth",
    "toc-title", "number-sections", "pagetitle", "institute", "search", "sidebar",
    "page-navigation", "css", "engine", "code-fold", "code-summary", "title-slide-attributes",
    "html-math-method", "fig-format", "code-line-numbers",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a page after its includes, and where it was written."""

    text: str
    file: str
    number: int

    @property
    def where(self) -> str:
        """``file:line``, as messages show it."""
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Source:
    """A page as written.

    Attributes
    ----------
    name : str
        Path of the page in the project, with ``/``.
    meta : dict
        Front matter, the project's defaults beneath it.
    own : dict
        Front matter as written.
    format : str
        ``"html"`` or ``"revealjs"``.
    lines : tuple of Line
        The body, includes expanded, shortcodes still in place.
    """

    name: str
    meta: dict[str, Any]
    own: dict[str, Any]
    format: str
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """The title, or the file's name where the page has none."""
        return str(self.meta.get("title") or Path(self.name).stem)

    @property
    def html_name(self) -> str:
        """Path of the written page in the site."""
        return self.name.removesuffix(".qmd") + ".html"

    def option(self, key: str, default: Any = None) -> Any:
        """A setting of the page's format, of the page, or of the project."""
        formats = self.meta.get("format")
        if isinstance(formats, dict) and isinstance(formats.get(self.format), dict):
            options = formats[self.format]
            if key in options:
                return options[key]
        return self.meta.get(key, default)

    def find(self, pattern: str) -> str:
        """``file:line`` of the first line that matches, or of the page's start."""
        compiled = re.compile(pattern)
        for line in self.lines:
            if compiled.search(line.text):
                return line.where
        return f"{self.name}:1"


def read_source(project: Project, name: str) -> Source:
    """Read one page and expand its includes.

    Raises
    ------
    RenderError
        If a file is missing or includes itself, or the front matter asks for
        what the engine lacks.
    """
    for folder in (project.root / name).parents:
        if (folder / "_metadata.yml").exists():
            raise RenderError(f"{name}:1: the embedded engine does not know _metadata.yml files")
        if folder == project.root:
            break
    text = _read(project.root / name, name)
    front, first = _split(text, name)
    file = YamlMap(front, name, first_line=2)
    page_format = _validate(file)
    own = dict(file.data)
    if isinstance(own.get("format"), str):
        own["format"] = {page_format: {}}
    elif isinstance(own.get("format"), dict):
        own["format"] = {
            key: value if isinstance(value, dict) else {} for key, value in own["format"].items()
        }
    defaults = {key: project.config[key] for key in _INHERITED if key in project.config}
    meta = merge(defaults, own)
    body = text.split("\n")[first - 1 :]
    lines = _expand(project, name, name, body, first, (name,))
    return Source(name, meta, own, page_format, tuple(lines))


_INHERITED = (
    "format", "bibliography", "csl", "link-citations", "execute", "lang", "number-sections",
    "author", "date",
)  # fmt: skip


def expand_shortcodes(source: Source, project: Project, line: Line) -> str:
    """A line with its shortcodes replaced: ``var``, ``meta``, ``env``, ``pagebreak``.

    Raises
    ------
    RenderError
        If a shortcode or the name in it is unknown.
    """

    def replace(match: re.Match[str]) -> str:
        escaped, name, rest, closing = match.groups()
        if escaped and closing:
            return match.group(0)[1:-1]
        parts = rest.split()
        if name == "var" and len(parts) == 1:
            return escaped + _lookup(project.variables, parts[0], line, "_variables.yml") + closing
        if name == "meta" and len(parts) == 1:
            return escaped + _lookup(source.meta, parts[0], line, "the front matter") + closing
        if name == "env" and parts:
            environment = {**project.environment, **os.environ}
            default = parts[1].strip("\"'") if len(parts) > 1 else None
            value = environment.get(parts[0].strip("\"'"), default)
            if value is None:
                raise RenderError(f"{line.where}: the environment has no {parts[0]}")
            return escaped + value + closing
        if name == "pagebreak" and not parts:
            return '<div style="page-break-after: always;"></div>'
        if name == "include":
            raise RenderError(f"{line.where}: an include stands alone on its line")
        raise RenderError(
            f"{line.where}: unknown shortcode `{name}`: the embedded engine knows "
            "include, var, meta, env and pagebreak"
        )

    return _SHORTCODE.sub(replace, line.text)


def _lookup(values: dict[str, Any], dotted: str, line: Line, holder: str) -> str:
    value: Any = values
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        raise RenderError(f"{line.where}: {holder} has no value {dotted!r}")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(path: Path, shown: str) -> str:
    try:
        return path.read_text("utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        raise RenderError(f"{shown}: no such page") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"{shown}: cannot be read: {error}") from error


def _split(text: str, name: str) -> tuple[str, int]:
    """Front matter, and the number of the first line after it."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return "", 1
    for index in range(1, len(lines)):
        if lines[index].rstrip() in ("---", "..."):
            return "\n".join(lines[1:index]), index + 2
    raise RenderError(f"{name}:1: the front matter has no closing `---`")


def _validate(file: YamlMap) -> str:
    """Refuse unknown keys and formats; returns the page's format."""
    for key in file.data:
        if key not in _FRONT_KEYS and key not in FORMAT_KEYS["html"] | FORMAT_KEYS["revealjs"]:
            raise RenderError(f"{file.where(key)}: the embedded engine does not know `{key}`")
    check_jupyter(file)
    if file.data.get("engine", "jupyter") != "jupyter":
        raise RenderError(f"{file.where('engine')}: only `engine: jupyter` is supported")
    for key in file.data.get("execute") or {}:
        if key not in EXECUTE_KEYS:
            raise RenderError(
                f"{file.where('execute', key)}: the embedded engine does not know `execute.{key}`"
            )
    given = file.data.get("format") or "html"
    formats = [given] if isinstance(given, str) else list(given)
    for name in formats:
        if name not in FORMAT_KEYS:
            raise RenderError(
                f"{file.where('format', name)}: unknown format `{name}`: "
                "the embedded engine writes html and revealjs"
            )
        options = given.get(name) if isinstance(given, dict) else None
        for key in options if isinstance(options, dict) else {}:
            if key not in FORMAT_KEYS[name] | _FRONT_KEYS:
                raise RenderError(
                    f"{file.where('format', name, key)}: the embedded engine does not know "
                    f"`format.{name}.{key}`"
                )
            if key == "html-math-method" and isinstance(options, dict) and options[key] != "mathml":
                raise RenderError(
                    f"{file.where('format', name, key)}: the embedded engine writes mathematics as "
                    "mathml only: it needs no script"
                )
    if len(formats) != 1:
        raise RenderError(f"{file.where('format')}: a page has one format here")
    return formats[0]


def _expand(
    project: Project, page: str, name: str, lines: list[str], first: int, stack: tuple[str, ...]
) -> list[Line]:
    """Lines of a file with its includes in place, each with its origin.

    As in Quarto, a path in an include is relative to the page, not to the
    included file, and one that starts with ``/`` to the project.
    """
    result: list[Line] = []
    fence = ""
    for number, text in enumerate(lines, first):
        match = _INCLUDE.match(text)
        if match:
            given = match.group(1).strip("\"'")
            base = project.root if given.startswith("/") else (project.root / page).parent
            path = Path(os.path.normpath(base / given.lstrip("/")))
            where = f"{name}:{number}"
            if project.root not in path.parents:
                raise RenderError(f"{where}: include leaves the project: {given}")
            shown = path.relative_to(project.root).as_posix()
            if shown in stack:
                raise RenderError(f"{where}: {shown} includes itself")
            if not path.is_file():
                raise RenderError(f"{where}: included file {shown} does not exist")
            inner = _read(path, shown).split("\n")
            result.extend(_expand(project, page, shown, inner, 1, (*stack, shown)))
            # The included text must not run into the next paragraph.
            result.append(Line("", shown, len(inner)))
            continue
        fence_match = _FENCE.match(text)
        if fence_match:
            ticks = fence_match.group(1)
            if not fence:
                # Three backticks around words in one line are inline code.
                fence = "" if ticks[0] == "`" and "`" in fence_match[2] else ticks
            elif ticks[0] == fence[0] and len(ticks) >= len(fence) and not fence_match[2].strip():
                fence = ""
        result.append(Line(text, name, number))
    if fence:
        raise RenderError(f"{name}: a code block opened with {fence} is never closed")
    return result
