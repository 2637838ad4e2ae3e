"""Runs noted while something larger is computed: what a result did on its way.

A result that trains a forest, asks a gate and scores a month consists of several
runs. Whoever does such a step calls `note`; whoever keeps the result opens
`collecting` around its computation and has the steps' runs afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .records import Run

_open: ContextVar[tuple[list[Run], ...]] = ContextVar("lineage_collectors", default=())


def note(run: Run) -> None:
    """Hand a run to everyone who is collecting here; where nobody is, nothing happens.

    Parameters
    ----------
    run : Run

    Examples
    --------
    >>> from debugml.lineage import Run
    >>> with collecting() as runs:
    ...     note(Run("fit", (), (), {}, "c0de", "pandas", "laptop", {}))
    >>> [run.name for run in runs]
    ['fit']
    """
    for collector in _open.get():
        collector.append(run)


@contextmanager
def collecting() -> Iterator[list[Run]]:
    """Collect the runs that are noted inside the block, in their order.

    Blocks may stand inside one another: a run noted in the inner one goes to both.
    A thread that is started inside collects only if it runs in a copy of the
    context (`contextvars.copy_context`).

    Yields
    ------
    list of Run
        Filled as the block goes on.

    Examples
    --------
    >>> from debugml.lineage import Run
    >>> step = Run("fit", (), (), {}, "c0de", "pandas", "laptop", {})
    >>> with collecting() as outer:
    ...     with collecting() as inner:
    ...         note(step)
    ...     note(step)
    >>> len(outer), len(inner)
    (2, 1)
    """
    runs: list[Run] = []
    token = _open.set((*_open.get(), runs))
    try:
        yield runs
    finally:
        _open.reset(token)
