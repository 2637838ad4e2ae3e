"""A notebook that was handed in: its cells are run apart, and what they give to `check` is kept."""

from __future__ import annotations

import base64
import json
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import DataError
from .calling import Raised, call
from .packing import packed

_NOTEBOOK_ONLY = re.compile(r"^([ \t]*)[%!].*$", re.M)

SECONDS = 20.0
"""For one cell, in seconds."""


def cells_of(path: Path) -> tuple[str, ...]:
    """The code cells of a notebook, or a Python file as one cell.

    Raises
    ------
    DataError
        If the file is neither.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: can't be read ({error})") from error
    if path.suffix == ".py":
        return (text,)
    try:
        cells = json.loads(text)["cells"]
        return tuple("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not a Jupyter notebook (version 4)") from error


def run_cells(cells: tuple[str, ...], send: Callable[[bytes], None]) -> None:
    """Run cells one after another in one namespace, as a notebook would.

    A cell that fails is told, and the next one runs. Lines for the notebook alone (``%``, ``!``)
    are left out. Sends lists, as JSON: ``["answer", name, base64 of cloudpickle's bytes]`` and
    ``["trouble", text]``. Whoever receives them unpickles no answer, but in another fork.
    """
    import debugml.exercises as here

    def check(name: str, answer: Any = None, **_: Any) -> None:
        try:
            taken = base64.b64encode(packed(answer)).decode()
            send(json.dumps(["answer", str(name), taken]).encode())
        except Exception as error:
            trouble(f"{name}: the answer can't be taken out of the notebook ({error})")

    def trouble(said: str) -> None:
        send(json.dumps(["trouble", said]).encode())

    module = types.ModuleType("__main__")
    vars(here).update(check=check, hint=lambda *_: None)
    for number, cell in enumerate(cells, start=1):
        text = _plain(cell)
        try:
            code = compile(text, f"<cell {number}>", "exec")
        except (SyntaxError, ValueError) as error:
            trouble(f"code cell {number}: {type(error).__name__}: {error}")
            continue
        ran = call(exec, (code, module.__dict__), SECONDS)
        if isinstance(ran, Raised):
            trouble(f"code cell {number} {ran.says}")


def _plain(cell: str) -> str:
    if cell.lstrip().startswith("%%"):
        return ""
    return _NOTEBOOK_ONLY.sub(r"\1pass", cell)
