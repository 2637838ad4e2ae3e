"""Forests of one history and one window: each is fitted once, each month predicted once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import RecordsError
from ..features import FEATURES, LABEL
from ..lineage import Artifact, Run, note
from ..losses import floored_losses
from ..metrics import Score, ScoreCounts
from ..summary import Floats
from ..training import Forest, fit_on, fitted, out_of_bag, predict_proba
from .history import History
from .windows import Window

DRAWN = 10_000
"""Records that each tree draws at most, and records that stand for the training data."""

POOL = 30_000
"""Records that a forest is fitted on at most: three times what a tree draws."""


@dataclass(frozen=True)
class Size:
    """How large each forest is.

    Attributes
    ----------
    trees, depth : int
        The published model's: 100 trees of depth 10 (Shankar 2021).
    drawn : int
        Records that each tree draws, with replacement: at most these, and at most all.
    pool : int
        Records that all trees draw from: a window that holds more is thinned at random, since
        a fit's time grows with the records that its trees could have drawn.
    """

    trees: int = 100
    depth: int = 10
    drawn: int = DRAWN
    pool: int = POOL


PUBLISHED = Size()


@dataclass(frozen=True)
class Reference:
    """Training records, and what trees say of them that did not draw them (Breiman 2001)."""

    records: pd.DataFrame
    probabilities: Floats


@dataclass
class Forests:
    """What has been fitted and predicted so far; policies that ask for the same share it.

    Parameters
    ----------
    history : History
    window : Window
    seed : int
        Fixes the draws of records, rows and features.
    size : Size

    Attributes
    ----------
    seconds, read : dict from turn
        How long each fit took, and how many records its window held.
    """

    history: History
    window: Window
    seed: int = 0
    size: Size = PUBLISHED
    seconds: dict[int, float] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)
    _forests: dict[int, Forest] = field(default_factory=dict)
    _runs: dict[int, Run] = field(default_factory=dict)
    _predicted: dict[tuple[int, int], Floats] = field(default_factory=dict)
    _scores: dict[tuple[int, int], Score] = field(default_factory=dict)
    _references: dict[int, Reference] = field(default_factory=dict)

    def forest(self, turn: int) -> Forest:
        """The forest trained on what the window holds when `turn` begins.

        Each time, whoever collects runs (`debugml.lineage.collecting`) is told of its training.
        """
        if turn not in self._forests:
            month = self.history.months[turn]
            records, files = self._records(turn)
            self._forests[turn], self._runs[turn] = fitted(
                lambda: fit(records, self.seed, self.size, month),
                f"forest for {month}, {self.window.name}, seed {self.seed}",
                files,
                {"serves": month, "window": self.window.name, "seed": self.seed},
            )
            self.seconds[turn] = self._runs[turn].seconds
        note(self._runs[turn])
        return self._forests[turn]

    def drawn(self, turn: int) -> int:
        """Records × trees that the fit drew: its cost, whatever the machine."""
        return min(self.size.drawn, self.forest(turn).rows) * self.size.trees

    def predicted(self, trained: int, month: int) -> Floats:
        """Probability of each record of a month by the forest trained when `trained` began."""
        model = self.forest(trained)
        if (trained, month) not in self._predicted:
            p = predict_proba(model, self.history.frames[month])
            self._predicted[trained, month] = p.to_numpy()
        return self._predicted[trained, month]

    def score(self, trained: int, month: int) -> Score:
        """How that forest does on all records of that month, once every label is there."""
        model, p = self.forest(trained), self.predicted(trained, month)
        if (trained, month) not in self._scores:
            labels = self.history.frames[month][LABEL].to_numpy()
            self._scores[trained, month] = ScoreCounts.of(labels, p).score(model.base_rate)
        return self._scores[trained, month]

    def floored(self, trained: int, month: int) -> float:
        """The same by log loss, with no probability nearer to 0 or 1 than `losses.FLOOR`."""
        labels = self.history.frames[month][LABEL].to_numpy()
        return float(floored_losses(labels, self.predicted(trained, month)).mean())

    def reference(self, turn: int) -> Reference:
        """At most 10,000 random training records, each with its out-of-bag probability."""
        model = self.forest(turn)
        if turn not in self._references:
            records, _ = self._records(turn)
            chosen = np.arange(len(records))
            if len(records) > DRAWN:
                generator = np.random.default_rng([self.seed, turn, 1])
                chosen = np.sort(generator.choice(len(records), DRAWN, replace=False))
            votes = out_of_bag(model, records, chosen)
            judged = ~np.isnan(votes)
            self._references[turn] = Reference(records.iloc[chosen[judged]], votes[judged])
        return self._references[turn]

    def _records(self, turn: int) -> tuple[pd.DataFrame, list[Artifact]]:
        """What the window holds, and the files that it came from."""
        records, ages = self.history.training(turn)
        generator = np.random.default_rng([self.seed, turn])
        places = np.flatnonzero(self.window.keeps(ages, generator))
        self.read[turn] = len(places)
        if len(places) > self.size.pool:
            places = np.sort(generator.choice(places, self.size.pool, replace=False))
        months = turn - 1 - np.unique(ages[places])[::-1]
        return records.iloc[places], [
            self.history.files[month] for month in months if self.history.files
        ]


def fit(records: pd.DataFrame, seed: int, size: Size, said: str) -> Forest:
    """A forest whose trees draw the same number of records, however many there are.

    With a month's records it is `debugml.fit_forest`, tree by tree.

    Parameters
    ----------
    records : DataFrame
        Features and label.
    said : str
        The month that it is to serve, for the error.

    Raises
    ------
    RecordsError
        If there are no records, or all labels are the same.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load, model_digest
    >>> month = featurize(load("2020-01"))
    >>> same = fit_forest(month, n_estimators=2)
    >>> model_digest(fit(month, 0, Size(trees=2), "2020-02")) == model_digest(same)
    True
    """
    if records[LABEL].nunique() < 2:
        raise RecordsError(
            f"{len(records)} records without two different labels are there to train for {said}: "
            "assume a shorter lag, or a window that reaches further back"
        )
    return fit_on(
        records,
        FEATURES,
        seed,
        n_estimators=size.trees,
        max_depth=size.depth,
        max_samples=min(size.drawn, len(records)),
    )
