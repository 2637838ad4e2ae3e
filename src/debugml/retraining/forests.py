"""Forests of one history and one window: each is fitted once, each month predicted once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError
from ..features import FEATURES, LABEL
from ..losses import floored_losses
from ..metrics import Score, ScoreCounts
from ..summary import Floats
from ..training import Forest, predict_proba
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
    _predicted: dict[tuple[int, int], Floats] = field(default_factory=dict)
    _scores: dict[tuple[int, int], Score] = field(default_factory=dict)
    _references: dict[int, Reference] = field(default_factory=dict)

    def forest(self, turn: int) -> Forest:
        """The forest trained on what the window holds when `turn` begins."""
        if turn not in self._forests:
            records = self._records(turn)
            clock = time.perf_counter()
            self._forests[turn] = fit(records, self.seed, self.size, self.history.months[turn])
            self.seconds[turn] = time.perf_counter() - clock
        return self._forests[turn]

    def drawn(self, turn: int) -> int:
        """Records × trees that the fit drew: its cost, whatever the machine."""
        return min(self.size.drawn, self.forest(turn).rows) * self.size.trees

    def predicted(self, trained: int, month: int) -> Floats:
        """Probability of each record of a month by the forest trained when `trained` began."""
        if (trained, month) not in self._predicted:
            p = predict_proba(self.forest(trained), self.history.frames[month])
            self._predicted[trained, month] = p.to_numpy()
        return self._predicted[trained, month]

    def score(self, trained: int, month: int) -> Score:
        """How that forest does on all records of that month, once every label is there."""
        if (trained, month) not in self._scores:
            labels = self.history.frames[month][LABEL].to_numpy()
            counts = ScoreCounts.of(labels, self.predicted(trained, month))
            self._scores[trained, month] = counts.score(self.forest(trained).base_rate)
        return self._scores[trained, month]

    def floored(self, trained: int, month: int) -> float:
        """The same by log loss, with no probability nearer to 0 or 1 than `losses.FLOOR`."""
        labels = self.history.frames[month][LABEL].to_numpy()
        return float(floored_losses(labels, self.predicted(trained, month)).mean())

    def reference(self, turn: int) -> Reference:
        """At most 10,000 random training records, each with its out-of-bag probability."""
        if turn not in self._references:
            model, records = self.forest(turn), self._records(turn)
            chosen = np.arange(len(records))
            if len(records) > DRAWN:
                generator = np.random.default_rng([self.seed, turn, 1])
                chosen = np.sort(generator.choice(len(records), DRAWN, replace=False))
            votes = out_of_bag_votes(model, records, chosen)
            judged = ~np.isnan(votes)
            self._references[turn] = Reference(records.iloc[chosen[judged]], votes[judged])
        return self._references[turn]

    def _records(self, turn: int) -> pd.DataFrame:
        records, ages = self.history.training(turn)
        generator = np.random.default_rng([self.seed, turn])
        places = np.flatnonzero(self.window.keeps(ages, generator))
        self.read[turn] = len(places)
        if len(places) > self.size.pool:
            places = np.sort(generator.choice(places, self.size.pool, replace=False))
        return records.iloc[places]


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
    from sklearn.ensemble import RandomForestClassifier

    if records[LABEL].nunique() < 2:
        raise RecordsError(
            f"{len(records)} records without two different labels are there to train for {said}: "
            "assume a shorter lag, or a window that reaches further back"
        )
    estimator = RandomForestClassifier(
        n_estimators=size.trees,
        max_depth=size.depth,
        max_samples=min(size.drawn, len(records)),
        random_state=seed,
        n_jobs=-1,
    )
    estimator.fit(records[list(FEATURES)], records[LABEL])
    # Threads add the trees' votes in any order, which changes the last digits.
    estimator.set_params(n_jobs=1)
    return Forest(estimator, FEATURES, float(records[LABEL].mean()), len(records))


def out_of_bag_votes(model: Forest, records: pd.DataFrame, chosen: npt.NDArray[np.int64]) -> Floats:
    """Probability of chosen training records by the trees that did not draw them.

    `debugml.training.out_of_bag` asks all records, which for years of them takes longer
    than the fit.

    Parameters
    ----------
    model : Forest
    records : DataFrame of shape (n, …)
        Those that it was trained on, in that order.
    chosen : int array of shape (k,)
        Places of the records to ask.

    Returns
    -------
    float64 array of shape (k,)
        NaN where every tree drew the record.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> month = featurize(load("2020-01"))
    >>> model = fit(month, 0, Size(trees=40), "2020-02")
    >>> out_of_bag_votes(model, month, np.array([0, 9])).shape
    (2,)
    """
    # The trees compare in float32, which the features are.
    values = records[list(model.features)].iloc[chosen].to_numpy(dtype=np.float32)
    votes, asked = np.zeros(len(chosen)), np.zeros(len(chosen))
    samples = model.estimator.estimators_samples_
    for tree, drawn in zip(model.estimator.estimators_, samples, strict=True):
        unseen = np.ones(len(records), dtype=bool)
        unseen[drawn] = False
        out = unseen[chosen]
        if out.any():
            votes[out] += tree.predict_proba(values[out])[:, 1]
            asked[out] += 1
    found: Floats = np.divide(votes, asked, out=np.full(len(chosen), np.nan), where=asked > 0)
    return found
