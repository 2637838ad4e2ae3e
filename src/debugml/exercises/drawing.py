"""Figures that are drawn for one student: another seed, another figure, another answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import CheckError
from ..figures.picture import Picture
from .difference import difference, shown
from .exercise import Finding
from .roster import exercise


@dataclass(frozen=True)
class Drawn:
    """A figure for one seed; shows itself in a notebook.

    Attributes
    ----------
    seed : int
    picture : Picture
    data : DataFrame
        What the figure shows, for whoever would rather read numbers.
    """

    seed: int
    picture: Picture
    data: pd.DataFrame

    def answer(self, **readings: Any) -> dict[str, Any]:
        """What was read off this figure, to be given to `check`."""
        return {"seed": self.seed, **readings}

    def _repr_mimebundle_(self, **settings: Any) -> Any:
        return self.picture._repr_mimebundle_(**settings)


@dataclass(frozen=True)
class Reading:
    """The check of what somebody read off a figure that was drawn for a seed.

    Attributes
    ----------
    drawn : callable
        From a seed to the figure and its data.
    right : callable
        From a seed to the right readings, by name.
    cost : str
        What misreading such a figure costs in production.
    misconceptions : mapping
        From a name to a function of the seed: the readings that somebody who has it would give
        (some of them will do), and what it costs.
    """

    drawn: Callable[[int], tuple[Picture, pd.DataFrame]]
    right: Callable[[int], Mapping[str, Any]]
    cost: str
    misconceptions: Mapping[str, tuple[Callable[[int], Mapping[str, Any]], str]]

    def __call__(self, answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
        seed = answer.get("seed") if isinstance(answer, Mapping) else None
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            yield Finding(False, "The answer is to be made by .answer(…) of your figure.")
            return
        right = self.right(answer["seed"])
        off = {
            name: said
            for name, value in right.items()
            if (said := difference(answer.get(name), value))
        }
        if not off:
            yield Finding(True, f"Right for the figure of seed {answer['seed']}.")
            return
        names = ", ".join(off)
        given = ", ".join(f"{name} = {shown(answer.get(name))}" for name in off)
        says = f"Look again at {names}: the figure of seed {answer['seed']} does not show {given}."
        for name, (wrong, cost) in self.misconceptions.items():
            theirs = wrong(answer["seed"])
            mistaken = any(key in off for key in theirs)
            if mistaken and not any(difference(answer.get(k), v) for k, v in theirs.items()):
                yield Finding(False, says, cost, name)
                return
        yield Finding(False, says, self.cost)


def draw(name: str, seed: int) -> Drawn:
    """The figure of an exercise, drawn for a seed of yours.

    Parameters
    ----------
    name : str
    seed : int
        Any whole number: your birthday, say.

    Returns
    -------
    Drawn

    Raises
    ------
    CheckError
        If there is no such exercise, or it has no figure.

    Examples
    --------
    >>> draw("monitoring-flat-line", seed=3).data.columns[0]
    'panel'
    """
    examine = exercise(name).examine
    if not isinstance(examine, Reading):
        raise CheckError(f"{name} has no figure of its own")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise CheckError(f"seed is {seed!r}: give a whole number, 0 or more")
    picture, data = examine.drawn(seed)
    return Drawn(seed, picture, data)
