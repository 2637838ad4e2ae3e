"""What a figure can rest on: kept results, and trips that its page loads."""

from __future__ import annotations

import json
from typing import NamedTuple

from .. import study

UNKNOWN = "unknown"
"""Stands for what only running the code would tell."""


class Result(NamedTuple):
    """A kept result, and its parameters as JSON: keys sorted, defaults included.

    Examples
    --------
    >>> parameters = study.slices.parameters(month="2020-04")
    >>> str(Result("slices", json.dumps(parameters, sort_keys=True)))
    "slices(month='2020-04')"
    """

    name: str
    parameters: str

    def __str__(self) -> str:
        """The call that gives it, without what is the default."""
        own = json.loads(self.parameters)
        if own == UNKNOWN:
            return f"{self.name}(…)"
        defaults = getattr(study, self.name).parameters()
        changed = {name: value for name, value in own.items() if value != defaults.get(name)}
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


class Trips(NamedTuple):
    """A month's trips, loaded on the page."""

    month: str


Source = Result | Trips
Sources = frozenset[Source]


class Drawn(NamedTuple):
    """A figure's name, ``"alarms.falls"``, and what its arguments rest on."""

    figure: str
    sources: Sources
