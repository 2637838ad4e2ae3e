"""A figure that a slide draws step by step, and a page or a print shows whole.

Each step only adds: what is drawn in no step is there from the beginning, and all steps together
are the complete figure. On a slide the steps are reveal.js fragments; elsewhere their marks mean
nothing, so the same picture serves the book.
"""

import re
from typing import Any

__all__ = ["appears", "step_of"]

_GID = re.compile(r"build-(\d+)(?:-\d+)?")


def appears(step: int, *artists: Any) -> None:
    """Let artists appear on a slide at a step, counted from 1.

    ``artists`` are matplotlib artists, or nested sequences and containers of them (bars, stems,
    what ``ax.plot`` returns).

    Raises
    ------
    ValueError
        If ``step`` is below 1: what is always there needs no step.

    >>> from debugml.figures.style import canvas, close
    >>> with canvas("strip") as (fig, ax):
    ...     appears(1, ax.plot([0, 1], [0.7, 0.6]), ax.text(0, 0.7, "here"))
    ...     [step_of(artist.get_gid()) for artist in (*ax.lines, *ax.texts)]
    [1, 1]
    >>> close(fig)
    """
    if step < 1:
        raise ValueError(f"step {step}: steps are counted from 1; what is always there needs none")
    for artist in artists:
        if hasattr(artist, "set_gid"):
            artist.set_gid(f"build-{step}")
        elif artist is not None:
            appears(step, *artist)


def step_of(gid: str | None) -> int | None:
    """The step in which what has this id appears, or None where it is always there.

    >>> step_of("build-3"), step_of("axes_1"), step_of(None)
    (3, None, None)
    """
    found = _GID.fullmatch(gid or "")
    return int(found[1]) if found else None
