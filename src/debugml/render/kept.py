"""After a render by Quarto: the notebooks that it kept, made into those that readers download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from debugml.errors import RenderError
from debugml.render.cache import write_if_changed
from debugml.render.cells import Part, Prose, parse
from debugml.render.notebook import notebook, notebook_name, wanted
from debugml.render.project import load_project
from debugml.render.source import read_source

_KEPT = ".quarto_ipynb"


def write_notebooks(root: Path) -> list[str]:
    """Write the notebook of every page whose executed one Quarto kept, and remove that one.

    The embedded engine writes them itself; a page that Quarto did not execute keeps the
    notebook of its last render.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    list of str
        Their paths in the site.

    Raises
    ------
    RenderError
        If a kept notebook is of another version of its page, or Pandoc is absent.
    """
    project = load_project(root)
    written = []
    for name in project.pages:
        kept = root / (name.removesuffix(".qmd") + _KEPT)
        if not kept.is_file():
            continue
        source = read_source(project, name)
        if wanted(source):
            parts = parse(source)
            made = notebook(project, source, parts, _values(kept, name, parts))
            write_if_changed(project.output / notebook_name(source), made.encode())
            written.append(notebook_name(source))
        kept.unlink()
    return written


def _values(kept: Path, name: str, parts: list[Part]) -> list[list[dict[str, str]]]:
    """What the expressions in each part's prose gave, as Quarto's notebook says it."""
    cells = json.loads(kept.read_text("utf-8"))["cells"]
    said: list[dict[str, Any]] = [
        each for cell in cells for each in cell["metadata"].get("user_expressions", [])
    ]
    asked = [inline for part in parts if isinstance(part, Prose) for inline in part.inlines]
    if [each["expression"].strip() for each in said] != [one.expression for one in asked]:
        raise RenderError(f"{kept.name} is of another version of {name}: render it again")
    values = iter([each["result"]["data"] for each in said])
    return [
        [next(values) for _ in part.inlines] if isinstance(part, Prose) else [] for part in parts
    ]
