"""A page as a notebook that runs anywhere the package is installed.

Quarto's option ``execute: keep-ipynb`` keeps what it executed: its own syntax, and every
output. This makes what a reader wants of it: the prose with its numbers in place, the code,
and no outputs, so that whoever runs it sees results of their own.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from debugml.errors import RenderError
from debugml.ipynb import notebook_text
from debugml.render import keys
from debugml.render.cells import Cell, Part, Prose, outside_code, replace_inlines
from debugml.render.metadata import plain_title, texts
from debugml.render.outputs import inline_markdown
from debugml.render.pandoc import FILTERS, READER, executable
from debugml.render.project import Project
from debugml.render.source import Source, expand_shortcodes

_MARK = re.compile("^\ue000(\\d*)\ue001$", re.M)
_CODE_CELL = re.compile(r"^`{3,}\s*\{python\}")
_NAME = re.compile(r"[^\w-]+")
_SYNTAX = re.compile(r"^:{3,}|`\{python\}|\{\{<", re.M)


def wanted(source: Source) -> bool:
    """Whether a page is also written as a notebook: one that runs code and is to keep it."""
    keeps = (source.meta.get("execute") or {}).get("keep-ipynb", False)
    runs = any(_CODE_CELL.match(line.text) for line in source.lines)
    return bool(keeps) and source.format == "html" and runs


def notebook_name(source: Source) -> str:
    """Path of the notebook in the site: beside the page, under its name."""
    return source.name.removesuffix(".qmd") + ".ipynb"


def notebook(project: Project, source: Source, parts: list[Part], results: list[Any]) -> str:
    """The notebook's file: JSON of nbformat 4.5, the same bytes for the same page.

    Boxes become quotations, references to figures the words "Figure 3", citations author and
    year with their list at the end. Links within the book keep their words only: nobody knows
    where a downloaded file lies. A cell that the page shows without running it is a code block.

    Parameters
    ----------
    project : Project
    source : Source
    parts : list of Part
        The page's parts.
    results : list
        For each stretch of prose the values of its expressions, as MIME bundles
        (`debugml.render.execute.run_parts`); what cells gave is not used.

    Raises
    ------
    RenderError
        If Pandoc fails, or something of Quarto's own syntax would be left.
    """
    cells = [part for part in parts if isinstance(part, Cell)]
    text = _pandoc(project, source, _markdown(project, source, parts, results))
    found: list[dict[str, Any]] = [_markdown_cell(_opening(project, source))]
    pieces = _MARK.split(text)
    for at, piece in enumerate(pieces):
        if at % 2:
            if piece:
                found.append(_code_cell(cells[int(piece)]))
        elif piece.strip():
            found.append(_markdown_cell(piece.strip()))
    for each in found:
        if each["cell_type"] == "markdown" and (left := _SYNTAX.search("".join(each["source"]))):
            raise RenderError(f"{source.name}: its notebook would hold {left[0]!r}")
    _name(found)
    return notebook_text(found)


def _opening(project: Project, source: Source) -> str:
    """What the notebook is, how to run it, and under which licence."""
    about = texts(project, source)
    site = project.section("website").get("title", "")
    lines = [f"# {plain_title(project, source)}"]
    if "subtitle" in about:
        lines.append(f"*{about['subtitle']}*")
    lines.append(
        f"A page of “{site}” as a notebook: its code, and its text with the numbers of the day "
        "when it was built. Outputs are left out: run it from top to bottom to see yours."
    )
    lines.append(
        "It needs the package `debugml`, which carries its data: in a clone of the project, "
        "`pip install '.[talk]'`, with Jupyter beside it. MIT licence."
    )
    return "\n\n".join(lines)


def _markdown(project: Project, source: Source, parts: list[Part], results: list[Any]) -> str:
    """The page's Markdown, each cell a div that says its number and holds its caption."""
    pieces: list[str] = []
    count = 0
    for part, outputs in zip(parts, results, strict=True):
        if isinstance(part, Prose):
            values = iter([inline_markdown(data) for data in outputs])
            for line, counts in outside_code(part.lines):
                text = expand_shortcodes(source, project, line)
                pieces.append(replace_inlines(text, values) if counts else text)
            continue
        label = part.label if part.label.startswith(("fig-", "tbl-")) else ""
        name = f"#{label} " if label else ""
        caption = part.options.get("fig-cap") or part.options.get("tbl-cap") or ""
        cell = f'::: {{{name}notebook-cell="{count}"}}\n\n{caption}\n\n:::'
        pieces += ["", cell, ""]
        count += 1
    return "\n".join(pieces)


def _pandoc(project: Project, source: Source, markdown: str) -> str:
    metadata: dict[str, Any] = {"link-citations": False, "nocite": source.meta.get("nocite", "")}
    if files := keys.bibliography(project, source):
        metadata["bibliography"] = [str(path) for path in files]
    if style := keys.style(project, source):
        metadata["csl"] = str(style)
    with tempfile.TemporaryDirectory(prefix="debugml-pandoc-") as scratch:
        given = Path(scratch) / "meta.json"
        given.write_text(json.dumps(metadata), "utf-8")
        done = subprocess.run(
            [
                executable(),
                f"--from={READER}",
                "--to=gfm+tex_math_dollars-tex_math_gfm-raw_html",
                "--wrap=none",
                f"--metadata-file={given}",
                f"--lua-filter={FILTERS / 'notebook.lua'}",
            ],
            input=markdown.encode(),
            capture_output=True,
            cwd=(project.root / source.name).parent,
            check=False,
        )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise RenderError(f"{source.name}: Pandoc failed on its notebook:\n{said}")
    return done.stdout.decode()


def _markdown_cell(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code_cell(cell: Cell) -> dict[str, Any]:
    if not cell.options["eval"]:
        return _markdown_cell(f"```python\n{cell.code}\n```")
    # A cell that is meant to fail must not stop those below it.
    tags = {"tags": ["raises-exception"]} if cell.options["error"] else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "label": cell.label,
        "metadata": tags,
        "outputs": [],
        "source": cell.code.splitlines(keepends=True),
    }


def _name(cells: list[dict[str, Any]]) -> None:
    """Give every cell an id: its label, else its place."""
    for at, cell in enumerate(cells):
        label = _NAME.sub("-", cell.pop("label", ""))[:64]
        cell["id"] = label or f"cell-{at}"
