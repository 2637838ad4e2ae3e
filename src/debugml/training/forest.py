"""A random forest, its predictions and its score."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..engines import by_part, to_pandas
from ..errors import RecordsError, SchemaError
from ..features import FEATURES, LABEL
from ..metrics import THRESHOLD, Score, ScoreCounts, zeros_and_ones
from ..summary import Floats, summarise

BLOCK = 65_536
"""Rows that a thread looks up at a time: they fit a processor's cache."""


@dataclass(frozen=True)
class Forest:
    """A trained random forest, and what it needs to be used and judged later.

    Attributes
    ----------
    estimator : sklearn.ensemble.RandomForestClassifier
    features : tuple of str
        The columns that it was trained on, in order.
    base_rate : float
        Share of high tips among its training trips: the constant forecast to beat.
    rows : int
        Training trips.
    """

    estimator: Any
    features: tuple[str, ...]
    base_rate: float
    rows: int


def fit_forest(
    train: pd.DataFrame,
    n_estimators: int = 100,
    max_depth: int = 10,
    seed: int = 0,
) -> Forest:
    """A random forest for high tips, the same for the same rows and seed.

    The defaults are the published model's: 100 trees of depth 10 (Shankar 2021).

    Parameters
    ----------
    train : DataFrame of shape (rows, 13)
        As `debugml.featurize` gives it.
    n_estimators, max_depth : int
        Trees, and levels in each.
    seed : int
        Fixes the draws of rows and features.

    Raises
    ------
    SchemaError
        If a feature or the label is missing.
    RecordsError
        If there are no rows, or all labels are the same.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> model = fit_forest(train, n_estimators=10)
    >>> model.rows
    9969
    """
    return fit_on(train, FEATURES, seed, n_estimators=n_estimators, max_depth=max_depth)


def fit_on(
    train: pd.DataFrame,
    features: Sequence[str],
    seed: int = 0,
    **settings: Any,
) -> Forest:
    """A random forest for high tips on columns of one's own, with other settings.

    `fit_forest` with the published ones. Every forest of the project is fitted here.

    Parameters
    ----------
    train : DataFrame of shape (rows, …)
        Holds `features` and ``high_tip``.
    features : sequence of str
        Columns to train on, in order.
    seed : int
    settings
        For `sklearn.ensemble.RandomForestClassifier`, over 100 trees of depth 10.

    Raises
    ------
    SchemaError
        If a feature or the label is missing.
    RecordsError
        If there are no rows, or all labels are the same.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1.0] * 20, "high_tip": [0, 1] * 20})
    >>> fit_on(frame, ["x"], n_estimators=5).base_rate
    0.5
    """
    from sklearn.ensemble import RandomForestClassifier

    _require(train, [*features, LABEL])
    train = to_pandas(train)
    zeros_and_ones(train[LABEL], "label")
    if train[LABEL].nunique() < 2:
        raise RecordsError(
            f"{len(train)} rows without two different labels: a forest can't learn from them"
        )
    chosen: dict[str, Any] = {"n_estimators": 100, "max_depth": 10, **settings}
    estimator = RandomForestClassifier(random_state=seed, n_jobs=-1, **chosen)
    estimator.fit(train[list(features)], train[LABEL])
    # Threads add the trees' votes in any order, which changes the last digits.
    estimator.set_params(n_jobs=1)
    return Forest(estimator, tuple(features), float(train[LABEL].mean()), len(train))


def predict_proba(model: Forest, features: Any) -> Any:
    """Probability of a high tip for each row.

    Returns
    -------
    Series of float64, shape (rows,)
        With the frame's index; pandas or Dask, as the frame is.

    Raises
    ------
    SchemaError
        If a column that the model was trained on is missing.
    RecordsError
        If a value is infinite.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> p = predict_proba(fit_forest(train, n_estimators=10), train)
    >>> bool(p.between(0, 1).all())
    True
    """
    _require(features, list(model.features))
    return by_part(features, _probabilities, model, meta=("probability", "float64"))


def predict(model: Forest, features: Any) -> Any:
    """Decision for each row: 1 where the probability is above 0.5, else 0 (int8).

    Examples
    --------
    >>> from debugml import featurize, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> sorted(predict(fit_forest(train, n_estimators=10), train).unique().tolist())
    [0, 1]
    """
    return (predict_proba(model, features) > THRESHOLD).astype("int8").rename("prediction")


def score(model: Forest, features: Any) -> Score:
    """The model's figures on labelled rows, beside always-yes and the base rate.

    Raises
    ------
    SchemaError
        If a feature or the label is missing.
    RecordsError
        If there are no rows.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> model = fit_forest(featurize(load("2020-01", source="sample")))
    >>> february = score(model, featurize(load("2020-02", source="sample")))
    >>> february.f1 < february.always_yes_f1
    True
    """
    _require(features, [*model.features, LABEL])
    counts = summarise(features, _Scorer(model))
    return counts.score(train_base_rate=model.base_rate)


@dataclass(frozen=True)
class _Scorer:
    """From a frame of features to its `ScoreCounts`; an object, so that it can travel."""

    model: Forest

    def __call__(self, part: pd.DataFrame) -> ScoreCounts:
        return ScoreCounts.of(part[LABEL].to_numpy(), predict_proba(self.model, part).to_numpy())


def _probabilities(features: pd.DataFrame, model: Forest) -> pd.Series[float]:
    if len(features) == 0:
        return pd.Series([], index=features.index, dtype="float64", name="probability")
    # The trees compare in float32, which the features are.
    values = np.ascontiguousarray(features[list(model.features)], dtype=np.float32)
    if np.isinf(values).any():
        name = model.features[int(np.flatnonzero(np.isinf(values).any(axis=0))[0])]
        raise RecordsError(f"column {name} holds an infinite value: leave such rows out")
    blocks = [values[at : at + BLOCK] for at in range(0, len(values), BLOCK)]
    if len(blocks) == 1:
        shares = [_share(model, values)]
    else:
        # Trees let other threads run. A row's votes add up in one order, whatever its block.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            shares = list(threads.map(partial(_share, model), blocks))
    return pd.Series(np.concatenate(shares), index=features.index, name="probability")


def _share(model: Forest, values: npt.NDArray[np.float32]) -> Floats:
    """The trees' mean vote for each row."""
    votes = np.zeros(len(values))
    # As the forest's own method, which spends more on each call than a tree on one record.
    for tree in model.estimator.estimators_:
        votes += tree.predict_proba(values, check_input=False)[:, 1]
    votes /= len(model.estimator.estimators_)
    return votes


def _require(frame: Any, names: list[str]) -> None:
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise SchemaError(
            f"the frame has no column {', '.join(lacking)}: give what featurize returns"
        )
