"""Where a figure comes from: gathered from its frames, and shown behind a small mark.

A result frame says in its ``attrs`` what made it (`debugml.keep`). `sourced`, on every
function that draws, gathers these from the arguments and puts them on the figure, whose
HTML then ends with a mark that opens them.

>>> import pandas as pd
>>> from debugml.figures.tables import table
>>> frame = pd.DataFrame({"month": ["2020-02"], "F1": [0.729]})
>>> frame.attrs["provenance"] = [{"result": "scores", "months": ["2020-02"], "rows": 9950}]
>>> table(frame).provenance
Provenance(figure='tables.table', entries=({'result': 'scores', ...},), unnamed=0)
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar

import pandas as pd

from .origin import label, panel

ATTRIBUTE = "provenance"
"""The key of a frame's ``attrs`` under which its provenance lies: a list of dicts."""

Call: TypeAlias = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A figure's name, and the arguments that it was drawn from."""


@dataclass(frozen=True)
class Provenance:
    """What a figure rests on.

    Attributes
    ----------
    figure : str
        Module and name of the function that drew it, ``"alarms.falls"``.
    entries : tuple of dict
        One for each result, month of trips or publication, as the frames carry them.
    unnamed : int
        How many frames carried nothing: they were computed on the page.
    """

    figure: str
    entries: tuple[dict[str, Any], ...]
    unnamed: int

    def mark(self, kind: str) -> str:
        """The mark in HTML; ``kind`` is what the reader calls it, "figure" or "table".

        Before it a line that says what the figure shows, if not the samples (`origin.label`).

        >>> Provenance("drift.two_normals", (), 0).mark("figure")[:47]
        '<details class="dm-provenance" data-pagefind-ig'
        """
        title = f"Where this {kind} comes from"
        said = label(self.entries)
        # The theme takes the tag "sample" off a slide that shows other trips.
        elsewhere = " dm-elsewhere" if any(entry.get("source") for entry in self.entries) else ""
        line = f'<p class="dm-recorded{elsewhere}">{escape(said)}</p>' if said else ""
        return (
            f'{line}<details class="dm-provenance" data-pagefind-ignore="all">'
            f'<summary aria-label="{title}" title="{title}"></summary>'
            f'<div class="dm-origin"><p>{title}</p>'
            f"{panel(self.figure, self.entries, self.unnamed)}</div></details>"
        )


class Shown(Protocol):
    """A picture or a table."""

    provenance: Provenance | None


P = ParamSpec("P")
S = TypeVar("S", bound=Shown)

_listening: ContextVar[tuple[list[Call], ...]] = ContextVar("listening", default=())
_drawing: ContextVar[bool] = ContextVar("drawing", default=False)


def sourced(function: Callable[P, S]) -> Callable[P, S]:
    """Decorator: what the function draws says what it was drawn from.

    A figure that is part of another has no mark of its own: the outer one speaks for both.

    >>> from debugml.figures import alarms
    >>> alarms.roster.__name__
    'roster'
    """
    name = f"{function.__module__.rpartition('figures.')[2]}.{function.__name__}"

    @functools.wraps(function)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> S:
        if _drawing.get():
            return function(*args, **kwargs)
        token = _drawing.set(True)
        try:
            shown = function(*args, **kwargs)
        finally:
            _drawing.reset(token)
        shown.provenance = _gather(name, [*args, *kwargs.values()])
        for calls in _listening.get():
            calls.append((name, args, dict(kwargs)))
        return shown

    # By this mark a test knows that no figure was forgotten.
    drawn.__dict__["sourced"] = name
    return drawn


@contextmanager
def capturing() -> Iterator[list[Call]]:
    """Within it, each figure drawn is noted: its name and its arguments.

    >>> from debugml.figures import drift
    >>> with capturing() as calls:
    ...     shown = drift.two_normals((0.1,))
    >>> calls
    [('drift.two_normals', ((0.1,),), {})]
    """
    calls: list[Call] = []
    token = _listening.set((*_listening.get(), calls))
    try:
        yield calls
    finally:
        _listening.reset(token)


def made_from(frame: pd.DataFrame, *sources: pd.DataFrame | pd.Series[Any]) -> pd.DataFrame:
    """The same frame, which now carries the provenance of all that it was made from.

    For frames put together from parts, where pandas forgets it: a frame from a dict, a
    merge, a concatenation of different results.

    >>> one, two = pd.DataFrame({"n": [1]}), pd.DataFrame({"n": [2]})
    >>> one.attrs["provenance"], two.attrs["provenance"] = [{"result": "one"}], [{"result": "two"}]
    >>> made_from(pd.concat([one, two]), one, two).attrs
    {'provenance': [{'result': 'one'}, {'result': 'two'}]}
    """
    frame.attrs[ATTRIBUTE] = list(_gather("", list(sources)).entries)
    return frame


def _gather(name: str, arguments: list[Any]) -> Provenance:
    entries: dict[str, dict[str, Any]] = {}
    unnamed = 0
    for frame in _frames(arguments):
        carried = frame.attrs.get(ATTRIBUTE) or []
        unnamed += not carried
        for entry in carried:
            entries.setdefault(json.dumps(entry, sort_keys=True, default=str), dict(entry))
    return Provenance(name, tuple(entries.values()), unnamed)


def _frames(value: Any) -> Iterator[pd.DataFrame | pd.Series[Any]]:
    """The frames in an argument, also in lists and dicts."""
    if isinstance(value, pd.DataFrame | pd.Series):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _frames(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _frames(part)
