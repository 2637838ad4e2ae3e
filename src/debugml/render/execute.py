"""Run a page's cells in a Jupyter kernel of this interpreter."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from debugml.errors import RenderError
from debugml.render.cells import Cell, Inline, Part, Prose
from debugml.render.kernel import started

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")

# Set without importing matplotlib: the inline backend reads it when first used. And at its
# end a kernel need not look through all it has imported for garbage, which takes a second.
_SETUP = """\
__import__("atexit").register(__import__("gc").freeze)
get_ipython().config.InlineBackend.figure_formats = {formats!r}
get_ipython().config.InlineBackend.rc = {{"figure.figsize": {size!r}, "figure.dpi": 96}}
"""
_SIZE = """\
get_ipython().config.InlineBackend.rc["figure.figsize"] = {size!r}
if "matplotlib.pyplot" in __import__("sys").modules:
    __import__("sys").modules["matplotlib.pyplot"].rcParams["figure.figsize"] = {size!r}
"""


async def run_parts(
    parts: list[Part],
    *,
    folder: Path,
    environment: Mapping[str, str],
    figure: tuple[str, tuple[float, float]] = ("svg", (7.0, 5.0)),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Any]:
    """Outputs of each part: a list of Jupyter outputs for a cell, of values for prose.

    Parameters
    ----------
    parts : list of Part
        The page's parts, in order; they share one kernel.
    folder : Path
        The cells' working folder.
    environment : mapping
        The kernel's whole environment.
    figure : tuple
        Image format and size in inches of matplotlib's figures.
    progress : callable
        Called with the cells done and their total.

    Raises
    ------
    RenderError
        If a cell fails, with its file, line, source and traceback.
    """
    from nbclient.exceptions import DeadKernelError
    from nbformat import v4

    total = sum(isinstance(part, Cell) for part in parts)
    results: list[Any] = []
    async with started(folder, environment) as client:

        async def execute(code: str, *, hidden: bool = False) -> Any:
            cell = v4.new_code_cell(code)  # type: ignore[no-untyped-call]
            client.nb.cells.append(cell)
            index = len(client.nb.cells) - 1
            return await client.async_execute_cell(cell, index, store_history=not hidden)

        async def run(cell: Cell) -> list[Any]:
            size = _size(cell, figure[1])
            if size != figure[1]:
                await execute(_SIZE.format(size=size), hidden=True)
            try:
                ran = await execute(cell.code)
            except DeadKernelError as error:
                raise RenderError(
                    f"{cell.where}: the kernel died while it ran this cell\n\n{_shown(cell)}"
                ) from error
            if size != figure[1]:
                await execute(_SIZE.format(size=figure[1]), hidden=True)
            _raise_on_error(cell, ran.outputs)
            return _joined([dict(output) for output in ran.outputs])

        await execute(_SETUP.format(formats=[figure[0]], size=figure[1]), hidden=True)
        done = 0
        for part in parts:
            if isinstance(part, Prose):
                results.append([await _evaluate(client, inline) for inline in part.inlines])
                continue
            runs = part.options["eval"] and part.code.strip()
            results.append(await run(part) if runs else [])
            done += 1
            progress(done, total)
    return results


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a cell printed in one piece, in however many messages a slow one sent it."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        last = found[-1] if found else {}
        both = output["output_type"] == "stream" == last.get("output_type")
        if both and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            found.append(output)
    return found


def _size(cell: Cell, default: tuple[float, float]) -> tuple[float, float]:
    return (
        float(cell.options.get("fig-width", default[0])),
        float(cell.options.get("fig-height", default[1])),
    )


def _shown(cell: Cell) -> str:
    return "\n".join(f"    {line}" for line in cell.code.split("\n"))


def _raise_on_error(cell: Cell, outputs: list[Any]) -> None:
    if cell.options["error"]:
        return
    for output in outputs:
        if output["output_type"] != "error":
            continue
        traceback = _ANSI.sub("", "\n".join(output["traceback"]))
        found = _CELL_LINE.search(traceback)
        where = cell.line_at(int(found.group(1))) if found else cell.where
        name = f" {cell.label}" if cell.label else ""
        raise RenderError(
            f"{where}: cell{name} failed: {output['ename']}: {output['evalue']}\n\n"
            f"{_shown(cell)}\n\n{traceback}"
        )


async def _evaluate(client: Any, inline: Inline) -> dict[str, str]:
    """The value of an expression, as a MIME bundle."""
    message = client.kc.execute("", user_expressions={"0": inline.expression}, store_history=False)
    while True:
        try:
            reply = await client.kc.get_shell_msg(timeout=5)
        except Exception as error:
            if type(error).__name__ != "Empty":
                raise
            if not await client.km.is_alive():
                raise RenderError(f"{inline.where}: the kernel died") from None
            continue
        if reply["parent_header"].get("msg_id") == message:
            break
        await asyncio.sleep(0)
    result = reply["content"]["user_expressions"]["0"]
    if result["status"] != "ok":
        raise RenderError(
            f"{inline.where}: `{{python}} {inline.expression}` failed: "
            f"{result.get('ename')}: {result.get('evalue')}"
        )
    data: dict[str, str] = result["data"]
    return data
