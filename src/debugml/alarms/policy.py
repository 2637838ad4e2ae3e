"""A policy: what it measures, where it draws the line, and what it must be able to see."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ..errors import RecordsError, SettingError
from .periods import Pair

Sees = Literal["nothing", "features", "probabilities", "labels"]
"""What has to be there: labels come last, often weeks late."""


@dataclass(frozen=True)
class Policy:
    """One way to decide between an alarm and none.

    Attributes
    ----------
    name : str
        Short, for tables.
    measure : function
        From a `Pair` to one number.
    threshold : float
        Where the line is; it is fixed before any outcome is looked at.
    side : str
        ``"above"``: alarm if the measure is above the threshold (sizes, falls); ``"below"``:
        alarm if below (p-values).
    sees : str
        ``"features"``, ``"probabilities"`` (no labels of the current period), ``"labels"`` or
        ``"nothing"``.

    Raises
    ------
    SettingError
        If the threshold is not a finite number, or that of a p-value not between 0 and 1.

    Examples
    --------
    >>> policy = Policy("D > 0.1", lambda pair: 0.25, 0.1)
    >>> policy.calls(0.25), policy.calls(0.1)
    (True, False)
    """

    name: str
    measure: Callable[[Pair], float]
    threshold: float
    side: Literal["above", "below"] = "above"
    sees: Sees = "features"

    def __post_init__(self) -> None:
        if not math.isfinite(self.threshold):
            raise SettingError(
                f"policy {self.name!r} has a threshold of {self.threshold}: give a number"
            )
        if self.side == "below" and not 0 < self.threshold < 1:
            raise SettingError(
                f"policy {self.name!r} has a level of {self.threshold}: give one between 0 and 1"
            )

    def calls(self, value: float) -> bool:
        """Whether the policy raises an alarm at this value of its measure."""
        return value > self.threshold if self.side == "above" else value < self.threshold


def decide(pairs: Iterable[Pair], policies: Sequence[Policy]) -> pd.DataFrame:
    """What each policy measured and decided, pair by pair.

    Parameters
    ----------
    pairs : iterable of Pair
        May be a generator: one pair is held at a time.
    policies : sequence of Policy

    Returns
    -------
    DataFrame, one row a pair and policy
        ``period`` (the current one), ``policy``, ``sees``, ``value``, ``threshold``,
        ``alarm``.

    Raises
    ------
    SettingError
        If two policies share a name.
    RecordsError
        If a policy has no number for a pair.

    Examples
    --------
    >>> from debugml.alarms import Pair, Period, always
    >>> times = pd.Series(pd.to_datetime(["2020-03-01"] * 2))
    >>> period = Period("2020-03", pd.DataFrame({"x": [1, 2]}), times, [0, 1], [0.2, 0.8])
    >>> decide([Pair(period, period, 0.5)], [always()])["alarm"].tolist()
    [True]
    """
    names = [policy.name for policy in policies]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingError(f"two policies are called {twice[0]!r}: give each its own name")
    rows = []
    for pair in pairs:
        for policy in policies:
            value = float(policy.measure(pair))
            if value != value:
                raise RecordsError(
                    f"policy {policy.name!r} has no number for {pair.current.name}: "
                    "give the pair what it measures, or leave the policy out"
                )
            rows.append(
                {
                    "period": pair.current.name,
                    "policy": policy.name,
                    "sees": policy.sees,
                    "value": value,
                    "threshold": float(policy.threshold),
                    "alarm": policy.calls(value),
                }
            )
    return pd.DataFrame(rows)
