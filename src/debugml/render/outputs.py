"""What cells gave, as Markdown: the same choices of MIME type as Quarto's."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from debugml.errors import RenderError
from debugml.render.cells import Cell

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
_PRIORITY = ("text/html", "text/markdown", *_IMAGES, "text/latex", "text/plain")
_INLINE_PRIORITY = ("text/html", "text/markdown", "text/plain")
_QUOTED = re.compile(r"""^(['"]).*\1$""", re.S)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()>#+\-.!,|$~^<@])")
_MPL_REPR = re.compile(r"^(?:[<(\[].*[>)\]]|Text\([-\d].*)$", re.S)


def inline_markdown(data: dict[str, str]) -> str:
    """Markdown of an expression's value: plain text is escaped, Markdown objects are kept.

    Examples
    --------
    >>> inline_markdown({"text/plain": "'0.73 *'"})
    '0\\\\.73 \\\\*'
    >>> inline_markdown({"text/plain": "42"})
    '42'
    """
    for mime in _INLINE_PRIORITY:
        if mime not in data:
            continue
        value = data[mime]
        if mime == "text/html":
            return f"`{value}`{{=html}}"
        if mime == "text/markdown":
            return value
        if _QUOTED.match(value):
            return _SPECIAL.sub(r"\\\1", value[1:-1])
        return value
    return ""


def cell_markdown(cell: Cell, outputs: list[dict[str, Any]], count: int) -> str:
    """A cell's Markdown: its code where shown, and its outputs.

    Raises
    ------
    RenderError
        If a captioned cell displays nothing or too much, or an image has no
        alternative text.
    """
    options = cell.options
    if not options["include"]:
        return ""
    output = options["output"]
    shown = [] if output is False else [one for one in outputs if _is_shown(one, outputs, options)]
    blocks: list[str] = []
    if options["echo"]:
        blocks.append(_code(cell))
    label = cell.label
    caption = options.get("fig-cap") or options.get("tbl-cap") or ""
    is_float = label.startswith(("fig-", "tbl-"))
    displays = [one for one in shown if one["output_type"] in ("display_data", "execute_result")]
    captioned = (is_float or caption) and output not in ("asis", False) and options["eval"]
    if captioned and len(displays) != 1:
        count_text = "nothing" if not displays else f"{len(displays)} results"
        raise RenderError(
            f"{cell.where}: cell {label or 'with a caption'} displays {count_text}; "
            "a captioned cell displays exactly one figure or table"
        )
    parts = [_output(cell, one, options, caption, is_float) for one in shown]
    if options["output"] == "asis":
        return "\n\n".join([*blocks, *parts])
    rendered = [part for part in parts if part]
    location = options.get("output-location", "default")
    if rendered and location != "default" and blocks:
        return _placed(cell, count, blocks, rendered, location)
    if not (blocks or rendered):
        return ""
    return _fenced(_cell_attributes(cell, count, is_float), "\n\n".join([*blocks, *rendered]))


def _cell_attributes(cell: Cell, count: int, is_float: bool) -> str:
    label = cell.label
    names = [".cell"]
    classes = cell.options.get("classes", [])
    for name in classes.split() if isinstance(classes, str) else classes:
        names.append("." + str(name).lstrip("."))
    if cell.options.get("column"):
        names.append(f".column-{cell.options['column']}")
    if label:
        names.insert(0, f"#cell-{label}" if is_float else f"#{label}")
    return " ".join([*names, f"execution_count={count}"])


def _placed(cell: Cell, count: int, code: list[str], outputs: list[str], location: str) -> str:
    """Code and output of a slide's cell, apart from each other."""
    is_float = cell.label.startswith(("fig-", "tbl-"))
    attributes = _cell_attributes(cell, count, is_float)
    inner = "\n\n".join(outputs)
    code_text = "\n\n".join(code)
    if location == "fragment":
        return _fenced(attributes, code_text + "\n\n" + _fenced(".fragment", inner))
    if location == "slide":
        return _fenced(attributes, code_text) + "\n\n## {.output-location-slide}\n\n" + inner
    kind = ".column .fragment" if location == "column-fragment" else ".column"
    columns = _fenced(".column", code_text) + "\n\n" + _fenced(kind, inner)
    return _fenced(attributes + " .columns .column-output-location", columns)


def _fenced(attributes: str, inner: str) -> str:
    colons = max((len(run) for run in re.findall(r"^:{3,}", inner, re.M)), default=2) + 1
    bar = ":" * max(colons, 4)
    return f"{bar} {{{attributes}}}\n\n{inner}\n\n{bar}"


def _ticks(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _code(cell: Cell) -> str:
    names = [".python", ".cell-code"]
    if "lst-label" in cell.options:
        names.insert(0, "#" + cell.options["lst-label"].lstrip("#"))
    for key in ("code-fold", "code-summary", "code-line-numbers", "lst-cap"):
        value = cell.options.get(key)
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            names.append(f'{key}="{html.escape(text)}"')
    if cell.options.get("code-overflow"):
        names.append(f".code-overflow-{cell.options['code-overflow']}")
    ticks = _ticks(cell.code)
    return f"{ticks} {{{' '.join(names)}}}\n{cell.code}\n{ticks}"


def _is_shown(
    output: dict[str, Any], outputs: list[dict[str, Any]], options: dict[str, Any]
) -> bool:
    kind = output["output_type"]
    if kind == "stream" and output["name"] == "stderr":
        return bool(options["warning"])
    if kind == "execute_result" and list(output["data"]) == ["text/plain"]:
        # What matplotlib's calls return, beside the figure that they drew.
        text = output["data"]["text/plain"].strip()
        images = any(
            mime in one.get("data", {})
            for one in outputs
            if one["output_type"] == "display_data"
            for mime in _IMAGES
        )
        if images and _MPL_REPR.match(text):
            return False
        return not text.startswith(("<matplotlib", "[<matplotlib", "<Figure"))
    return bool(kind != "display_data" or output["data"])


def _output(
    cell: Cell, output: dict[str, Any], options: dict[str, Any], caption: str, is_float: bool
) -> str:
    kind = output["output_type"]
    asis = options["output"] == "asis"
    if kind == "stream":
        text = _ANSI.sub("", output["text"])
        if asis and output["name"] == "stdout":
            return text
        return _fenced(f".cell-output .cell-output-{output['name']}", _plain(text))
    if kind == "error":
        text = _ANSI.sub("", "\n".join(output["traceback"]))
        text = text or f"{output['ename']}: {output['evalue']}"
        return _fenced(".cell-output .cell-output-error", _plain(text))
    data = output["data"]
    mime = next((one for one in _PRIORITY if one in data), None)
    if mime is None:
        raise RenderError(
            f"{cell.where}: output of type {', '.join(sorted(data)) or 'nothing'} "
            "cannot be shown by the embedded engine"
        )
    body = _display(cell, mime, data[mime])
    if asis:
        return body
    classes = ".cell-output .cell-output-display"
    if mime == "text/markdown":
        classes += " .cell-output-markdown"
    if is_float or caption:
        target = f"#{cell.label}" if is_float else ".quarto-uncaptioned"
        classes = f"{target} {classes} float={'tbl' if options.get('tbl-cap') else 'fig'}"
        # The caption is the float's last paragraph, as in Quarto's own Markdown.
        body = f"{body}\n\n{caption}" if caption else body
    return _fenced(classes, body)


def _plain(text: str) -> str:
    text = text.rstrip("\n")
    ticks = _ticks(text)
    return f"{ticks}\n{text}\n{ticks}"


def _display(cell: Cell, mime: str, value: str) -> str:
    if mime == "text/html":
        _check_html(cell, value)
        ticks = _ticks(value)
        return f"{ticks}{{=html}}\n{value}\n{ticks}"
    if mime in ("text/markdown", "text/latex"):
        return value
    if mime in _IMAGES:
        alt = cell.options.get("fig-alt")
        if not alt:
            raise RenderError(
                f"{cell.where}: the cell shows an image without alternative text: add `#| fig-alt:`"
            )
        data = value.encode() if mime == "image/svg+xml" else base64.b64decode(value)
        uri = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        image = f'<img src="{uri}" class="img-fluid figure-img" alt="{html.escape(alt)}">'
        return f"```{{=html}}\n<p>{image}</p>\n```"
    return _plain(_ANSI.sub("", value))


def _check_html(cell: Cell, value: str) -> None:
    from debugml.render.checks import missing_alt

    for problem, _ in missing_alt(value):
        raise RenderError(f"{cell.where}: the cell's output holds {problem}")
