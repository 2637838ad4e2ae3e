"""A figure as it was drawn, and what came of drawing it twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..errors import DataError
from ..figures.provenance import ATTRIBUTE
from .compare import Difference, difference, leaves, measured
from .pages import Step


@dataclass(frozen=True)
class Figure:
    """A figure that a cell drew.

    Attributes
    ----------
    name : str
        ``"alarms.falls"``.
    arguments : dict of str to object
        What it was drawn from, taken apart: see `compare.leaves`.
    entries : list of dict
        The provenance that its frames carried.
    """

    name: str
    arguments: dict[str, Any]
    entries: list[dict[str, Any]]

    @property
    def months(self) -> list[str]:
        """The months that it rests on, sorted."""
        return sorted({month for entry in self.entries for month in entry.get("months", [])})


@dataclass(frozen=True)
class Outcome:
    """What came of drawing one figure twice.

    Where a result that it rests on was kept nowhere, the first drawing computed that too: that
    both are the same then says nothing of what readers see.

    Attributes
    ----------
    step : Step
    figure : str
    difference : Difference, optional
        None where it was drawn from the same both times.
    months : list of str
    left_out : list of str
        Columns of measured time, which were not compared.
    seconds : float
        Time that its cell took with everything computed anew.
    unkept : list of str
        Calls of results that it rests on and that were not kept when it was first drawn.
    rests : bool
        Whether it rests on a kept result at all; a formula or trips loaded on the page are
        none.
    """

    step: Step
    figure: str
    difference: Difference | None
    months: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    seconds: float = 0.0
    unkept: list[str] = field(default_factory=list)
    rests: bool = True

    @property
    def status(self) -> str:
        """In one word: "differs"; else "unkept" where there was nothing to compare with; "same".

        Examples
        --------
        >>> step = Step("page.qmd", "html", "fig-year", "", "", "page.qmd:9")
        >>> Outcome(step, "alarms.falls", None, unkept=["alarm_history()"]).status
        'unkept'
        """
        if self.difference is not None:
            return "differs"
        return "unkept" if self.unkept else "same"


def figure_of(where: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Figure:
    """A figure from the call that drew it.

    Parameters
    ----------
    where : str
        ``file:line`` of the cell, for the message.
    name : str
    args, kwargs : tuple, dict
        As it was called.

    Raises
    ------
    DataError
        If it was drawn from something that can't be compared.

    Examples
    --------
    >>> figure_of("page.qmd:9", "drift.two_normals", ((0.1, 0.2),), {}).arguments
    {'argument 1[0]': 0.1, 'argument 1[1]': 0.2}
    """
    given = {**{f"argument {at}": value for at, value in enumerate(args, 1)}, **kwargs}
    arguments: dict[str, Any] = {}
    for said, value in given.items():
        try:
            arguments |= leaves(value, said)
        except DataError as error:
            raise DataError(f"{where}: {name}: {error}") from error
    frames = [value for value in arguments.values() if isinstance(value, pd.DataFrame)]
    entries = [entry for frame in frames for entry in frame.attrs.get(ATTRIBUTE) or []]
    return Figure(name, arguments, entries)


def outcome_of(
    step: Step, kept: Figure | None, fresh: Figure | None, tolerance: float, seconds: float
) -> Outcome:
    """What came of two drawings of a figure; None stands for one that was not drawn.

    Parameters
    ----------
    step : Step
        The cell.
    kept, fresh : Figure, optional
        Drawn from kept results, and from those computed anew.
    tolerance : float
        See `compare.difference`.
    seconds : float

    Examples
    --------
    >>> step = Step("page.qmd", "html", "fig-gap", "", "", "page.qmd:9")
    >>> one, two = (figure_of("page.qmd:9", "drift.two_normals", (d,), {}) for d in (0.1, 0.2))
    >>> str(outcome_of(step, one, two, 1e-9, 0.0).difference)
    'argument 1: kept 0.1, anew 0.2, up to 0.1 apart'
    """
    if kept is None or fresh is None or kept.name != fresh.name:
        one, two = (figure.name if figure else "no figure" for figure in (kept, fresh))
        return Outcome(step, one if kept else two, Difference("drawn", one, two))
    found = None
    if list(kept.arguments) != list(fresh.arguments):
        one, two = (", ".join(figure.arguments) for figure in (kept, fresh))
        found = Difference("arguments", one, two)
    for said, value in kept.arguments.items():
        found = found or difference(value, fresh.arguments[said], tolerance, said)
    left_out = sorted({name for value in kept.arguments.values() for name in measured(value)})
    return Outcome(step, kept.name, found, fresh.months, left_out, seconds)
