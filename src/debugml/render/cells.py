"""A page's parts: Markdown, executable cells, and expressions inside the prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from debugml.errors import RenderError
from debugml.render.source import Line, Source
from debugml.render.yamlmap import YamlMap

_CELL = re.compile(r"^(\s*)(`{3,}|~{3,})\s*\{([\w.+-]+)((?:[ ,].*)?)\}\s*$")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})(.*)$")
_INLINE = re.compile(r"(?<!`)`\{(\w+)\}\s+([^`]+)`(?!`)")
_OPTION = re.compile(r"^#\|\s?(.*)$")

# Options of a cell, each with the type of its value.
_TEXT, _FLAG, _NUMBER, _LIST = (str,), (bool,), (int, float), (list, str)
CELL_OPTIONS: dict[str, tuple[type, ...]] = {
    "label": _TEXT,
    "fig-cap": _TEXT,
    "fig-alt": _TEXT,
    "fig-width": _NUMBER,
    "fig-height": _NUMBER,
    "tbl-cap": _TEXT,
    "lst-label": _TEXT,
    "lst-cap": _TEXT,
    "echo": _FLAG,
    "eval": _FLAG,
    "output": (bool, str),
    "include": _FLAG,
    "warning": _FLAG,
    "error": _FLAG,
    "code-fold": (bool, str),
    "code-summary": _TEXT,
    "code-line-numbers": (bool, str, int),
    "code-overflow": _TEXT,
    "classes": _LIST,
    "column": _TEXT,
    "output-location": _TEXT,
}
_CHOICES = {
    "output": (True, False, "asis"),
    "code-fold": (True, False, "show"),
    "output-location": ("default", "fragment", "slide", "column", "column-fragment"),
    "column": ("margin", "page", "body", "screen", "body-outset", "page-inset", "screen-inset"),
    "code-overflow": ("wrap", "scroll"),
}
# Settings that a page's front matter may give all of its cells.
_EXECUTE = {
    "echo": True,
    "eval": True,
    "output": True,
    "warning": True,
    "error": False,
    "include": True,
}


@dataclass(frozen=True)
class Cell:
    """One executable cell.

    Attributes
    ----------
    code : str
        The code that runs, without its option lines.
    options : dict
        The options as written, the page's defaults beneath them.
    where : str
        ``file:line`` of the opening fence.
    lines : tuple of Line
        The code's lines, for pointing into the source file.
    """

    code: str
    options: dict[str, Any]
    where: str
    lines: tuple[Line, ...]

    @property
    def label(self) -> str:
        """The cell's label, empty where it has none."""
        return str(self.options.get("label", ""))

    def line_at(self, number: int) -> str:
        """``file:line`` of the code's line `number`, counted from one."""
        if 1 <= number <= len(self.lines):
            return self.lines[number - 1].where
        return self.where


@dataclass(frozen=True)
class Inline:
    """An expression inside the prose: its value replaces it."""

    expression: str
    where: str


@dataclass(frozen=True)
class Prose:
    """A stretch of Markdown: its lines, and the expressions inside them in order."""

    lines: tuple[Line, ...]
    inlines: tuple[Inline, ...]


Part = Cell | Prose


def parse(source: Source) -> list[Part]:
    """Split a page into cells and prose.

    Raises
    ------
    RenderError
        If a cell is not Python, is indented, or has an option that the engine
        does not know.
    """
    parts: list[Part] = []
    prose: list[Line] = []
    inlines: list[Inline] = []
    labels: dict[str, str] = {}
    lines = source.lines
    index = 0
    fence = ""

    def flush() -> None:
        if prose:
            parts.append(Prose(tuple(prose), tuple(inlines)))
            prose.clear()
            inlines.clear()

    while index < len(lines):
        line = lines[index]
        opening = None if fence else _CELL.match(line.text)
        if opening:
            end = _closing(lines, index, opening.group(2))
            flush()
            cell = _cell(source, opening, line, lines[index + 1 : end])
            if cell.label:
                if cell.label in labels:
                    raise RenderError(
                        f"{cell.where}: label {cell.label} is already used at {labels[cell.label]}"
                    )
                labels[cell.label] = cell.where
            parts.append(cell)
            index = end + 1
            continue
        fence = _track(fence, line.text)
        if not fence:
            inlines.extend(_inlines(line))
        prose.append(line)
        index += 1
    flush()
    return parts


def replace_inlines(text: str, values: Iterator[str]) -> str:
    """A line of prose with each expression replaced by the next value."""
    return _INLINE.sub(lambda match: next(values), text)


def outside_code(lines: Sequence[Line]) -> Iterator[tuple[Line, bool]]:
    """Lines of prose, each with whether expressions in it count (not in a code block)."""
    fence = ""
    for line in lines:
        fence = _track(fence, line.text)
        yield line, not fence


def _track(fence: str, text: str) -> str:
    """The fence that is open after a line of text."""
    match = _FENCE.match(text)
    if not match:
        return fence
    ticks, rest = match.group(1), match.group(2)
    if not fence:
        return ticks if ticks[0] == "~" or "`" not in rest else ""
    closes = ticks[0] == fence[0] and len(ticks) >= len(fence) and not rest.strip()
    return "" if closes else fence


def _closing(lines: Sequence[Line], start: int, ticks: str) -> int:
    for index in range(start + 1, len(lines)):
        text = lines[index].text.strip()
        if len(text) >= len(ticks) and set(text) == {ticks[0]}:
            return index
    raise RenderError(f"{lines[start].where}: this cell is never closed with {ticks}")


def _inlines(line: Line) -> Iterator[Inline]:
    for match in _INLINE.finditer(line.text):
        language, expression = match.groups()
        if language != "python":
            raise RenderError(
                f"{line.where}: inline `{{{language}}}`: the embedded engine runs Python only"
            )
        yield Inline(expression.strip(), line.where)


def _cell(source: Source, opening: re.Match[str], line: Line, body: Sequence[Line]) -> Cell:
    indent, _, language, rest = opening.groups()
    if language != "python":
        raise RenderError(
            f"{line.where}: cell in `{{{language}}}`: the embedded engine runs Python cells only"
        )
    if indent:
        raise RenderError(f"{line.where}: a cell starts in the first column")
    if rest.strip(" ,"):
        raise RenderError(f"{line.where}: write cell options as `#|` lines: {rest.strip()}")
    count = 0
    while count < len(body) and _OPTION.match(body[count].text):
        count += 1
    options = _options(line, body[:count])
    execute = {**_EXECUTE, **(source.meta.get("execute") or {})}
    for key in _EXECUTE:
        options.setdefault(key, execute.get(key))
    for key in ("code-fold", "code-summary", "code-line-numbers"):
        default = source.option(key)
        if default is not None:
            options.setdefault(key, default)
    code = list(body[count:])
    while code and not code[0].text.strip():
        code.pop(0)
    while code and not code[-1].text.strip():
        code.pop()
    return Cell("\n".join(one.text for one in code), options, line.where, tuple(code))


def _options(opening: Line, lines: Sequence[Line]) -> dict[str, Any]:
    text = "\n".join(_OPTION.sub(r"\1", line.text) for line in lines)
    file = YamlMap(text, opening.file, first_line=lines[0].number if lines else opening.number)
    for key, value in file.data.items():
        where = file.where(key)
        if key not in CELL_OPTIONS:
            raise RenderError(f"{where}: the embedded engine does not know the cell option `{key}`")
        if not isinstance(value, CELL_OPTIONS[key]) or (
            key in _CHOICES and value not in _CHOICES[key]
        ):
            raise RenderError(f"{where}: cell option `{key}` cannot be {value!r} here")
    return file.data
