"""Traces as trees: for a terminal in its colours, for a page or a pipe as plain text."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from .records import Artifact, Run
from .trace import Trace

DIGITS = 12
"""Of a digest; 2^48 things would share them before two do by chance."""

DEPTH = 40
"""Runs behind one another that a tree shows."""

_LONGEST = 40
"""Characters of a parameter's value."""

_LISTED = 8
"""Artifacts of one kind and distance that a tree names; the rest it counts."""


def of_trace(trace: Trace) -> Tree:
    """A backtrace: under each artifact the run that made it, under a run what it used.

    Examples
    --------
    >>> file, forest = Artifact("d1", "2020-01", "trips", 9), Artifact("d2", "forest", "model")
    >>> run = Run("fit", (file,), (forest,), {"seed": 0}, "c0de", "pandas", "laptop", {}, "now")
    >>> print(plain(of_trace(Trace(forest, run, (Trace(file),)))))
    forest · model · d2
    └── fit(seed=0)
        now · pandas · code c0de
        └── 2020-01 · trips · 9 rows · d1
    """
    root = Tree(_artifact(trace), guide_style="dim")
    waiting = [(trace, root, 0)]
    while waiting:
        above, branch, depth = waiting.pop()
        if above.run is None:
            continue
        branch = branch.add(_run(above.run, above.others))
        if depth == DEPTH and len(above.runs()) > 1:
            cut = " at least" if any(link.more for link in above.walk()) else ""
            said = f"… {len(above.runs()) - 1:,} runs further back{cut}"
            branch.add(Text(said, style="dim"))
            continue
        waiting += [(below, branch.add(_artifact(below)), depth + 1) for below in above.used]
        if above.more:
            branch.add(Text(f"… and {above.more:,} more", style="dim"))
    return root


def of_affected(name: str, frame: pd.DataFrame, *, every: bool = False) -> Tree:
    """What rests on an artifact, grouped by kind.

    Parameters
    ----------
    name : str
        Of the artifact.
    frame : DataFrame
        As `affected` gives it.
    every : bool
        Name all, however many.

    Examples
    --------
    >>> row = {"kind": "model", "name": "forest", "digest": "d2", "rows": None, "distance": 1}
    >>> frame = pd.DataFrame([row | {"through": "fit", "started": "now"}])
    >>> print(plain(of_affected("2020-01", frame)))
    2020-01: 1 artifact rests on it
    └── model: 1
        └── forest · d2 · 1 run away, through fit
    """
    verb = "artifact rests" if len(frame) == 1 else "artifacts rest"
    root = Tree(Text(f"{name}: {len(frame):,} {verb} on it", style="bold"), guide_style="dim")
    for kind, part in frame.groupby("kind", sort=False):
        branch = root.add(Text(f"{kind}: {len(part):,}", style="bold"))
        shown = len(part) if every else _LISTED
        for row in part.head(shown).to_dict("records"):
            runs = "run" if row["distance"] == 1 else "runs"
            branch.add(
                Text(
                    f"{row['name']} · {row['digest'][:DIGITS]} · {row['distance']} {runs} away, "
                    f"through {row['through']}"
                )
            )
        if len(part) > shown:
            branch.add(Text(f"and {len(part) - shown:,} more", style="dim"))
    return root


def plain(tree: Any) -> str:
    """A tree or table as text, as wide as it is, without colours.

    Examples
    --------
    >>> plain(Tree("forest"))
    'forest'
    """
    # Said outright: in a notebook rich would show it, and not write it to the file.
    console = Console(
        file=StringIO(),
        width=100_000,
        force_terminal=False,
        force_jupyter=False,
        no_color=True,
        color_system=None,
    )
    return _drawn(tree, console)


def for_terminal(tree: Any) -> str:
    """As text for standard output: coloured and fitted to a terminal, `plain` into a pipe.

    Examples
    --------
    >>> for_terminal(Tree("forest"))
    'forest'
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return plain(tree)
    seen = Console()
    return _drawn(
        tree,
        Console(
            file=StringIO(),
            width=seen.width,
            force_terminal=True,
            color_system=seen.color_system,  # type: ignore[arg-type]
            no_color=seen.no_color,
        ),
    )


def _drawn(tree: Any, console: Console) -> str:
    console.print(tree)
    held = console.file
    assert isinstance(held, StringIO)
    return "\n".join(line.rstrip() for line in held.getvalue().rstrip("\n").splitlines())


def _artifact(trace: Trace) -> Text:
    artifact = trace.artifact
    row = "" if trace.row is None else f", row {trace.row:,}"
    text = Text(f"{artifact.name}{row}", style="bold")
    text.append(f" · {_about(artifact)}", style="not bold")
    if trace.versions > 1:
        text.append(f" · the last of {trace.versions} of that name", style="not bold dim")
    if trace.note:
        text.append(f" · {trace.note}", style="not bold dim")
    return text


def _about(artifact: Artifact) -> str:
    rows = [] if artifact.rows is None else [f"{artifact.rows:,} rows"]
    return " · ".join([artifact.kind, *rows, artifact.digest[:DIGITS]])


def _run(run: Run, others: int) -> Text:
    text = Text(f"{run.name}({_parameters(run.parameters)})", style="italic")
    when = run.started[:16].replace("T", " ")
    parts = [when, run.engine, f"code {run.code[:DIGITS]}" if run.code else ""]
    text.append("\n" + " · ".join(part for part in parts if part), style="not italic dim")
    if others:
        runs = "run" if others == 1 else "runs"
        text.append(f" · {others:,} other {runs} made the same", style="not italic dim")
    return text


def _parameters(parameters: Mapping[str, Any]) -> str:
    parts = [f"{name}={_short(value)}" for name, value in parameters.items() if value != ""]
    return ", ".join(parts)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
