"""What a policy may look at when it decides: what has arrived, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from ..alarms import Pair, Period
from ..errors import SettingError
from ..features import FEATURES, LABEL, TIME
from .forests import Forests

Sees = Literal["nothing", "features", "probabilities", "labels", "the future"]
"""What a policy must be able to see; only an oracle sees the future."""


@dataclass(frozen=True)
class View:
    """One decision: the model in service, and what is there on the first of a month.

    Attributes
    ----------
    forests : Forests
        Of the window that is asked about.
    turn : int
        The month that begins, by its place in the history.
    serving : int
        The turn at which the model in service was trained.
    sees : str
        ``"labels"``: last month's records whose label is there. ``"features"`` and
        ``"probabilities"``: all of last month's records, every label given as 0.
        ``"nothing"``: two records that stand for none. ``"the future"``: also `ahead`.
    """

    forests: Forests
    turn: int
    serving: int
    sees: Sees

    @property
    def month(self) -> str:
        """The month that begins."""
        return self.forests.history.months[self.turn]

    @property
    def decision(self) -> int:
        """Decisions before this one; the first is at the start of the third month."""
        return self.turn - 2

    @property
    def age(self) -> int:
        """Months since the model in service was trained."""
        return self.turn - self.serving

    @cached_property
    def pair(self) -> Pair:
        """Training records and last month's, as the alarms compare them.

        What the model says of its training records is out-of-bag.
        """
        if self.sees in ("nothing", "the future"):
            nothing = _nothing(self.month)
            return Pair(nothing, nothing, 0.5, self.decision)
        reference = self.forests.reference(self.serving)
        before, records = reference.records, self._last_month()
        p = self.forests.predicted(self.serving, self.turn - 1)[records.index]
        # A policy that sees no labels gets none: there is no column to read them from.
        labels = records[LABEL] if LABEL in records else np.zeros(len(records))
        return Pair(
            Period(
                f"trained for {self.forests.history.months[self.serving]}",
                before[list(FEATURES)],
                before[TIME],
                before[LABEL],
                reference.probabilities,
            ),
            Period(
                self.forests.history.months[self.turn - 1],
                records[list(FEATURES)],
                records[TIME],
                labels,
                p,
            ),
            self.forests.forest(self.serving).base_rate,
            self.decision,
        )

    def ahead(self, figure: Literal["f1", "log_loss_floored"]) -> tuple[float, float]:
        """The month's figure if the model stays, and if a new one replaces it: for oracles.

        Raises
        ------
        SettingError
            If the policy does not declare that it sees the future.
        """
        if self.sees != "the future":
            raise SettingError(
                f"a policy that sees {self.sees} asked for {self.month}, which is still to come: "
                "only an oracle, declared by sees='the future', may"
            )
        if figure == "log_loss_floored":
            stays, new = (self.forests.floored(t, self.turn) for t in (self.serving, self.turn))
        else:
            stays, new = (self.forests.score(t, self.turn).f1 for t in (self.serving, self.turn))
        return stays, new

    def _last_month(self) -> pd.DataFrame:
        history, before = self.forests.history, self.turn - 1
        if self.sees == "labels":
            return history.labelled(before, self.turn)
        return history.scored(before, self.turn)


def _nothing(month: str) -> Period:
    features = pd.DataFrame(0.0, index=[0], columns=list(FEATURES))
    return Period(month, features, pd.Series([pd.Timestamp(month)]), [0], [0.5])
