"""Fit a random forest, on whichever engine holds the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..engines import in_partitions, moved, to_pandas
from ..features import FEATURES, LABEL
from . import with_cuml, with_sklearn, with_xgboost, with_xgboost_dask
from .forest import Forest
from .kinds import Labels, kind_for, require


def fit_forest(
    train: Any,
    n_estimators: int = 100,
    max_depth: int = 10,
    seed: int = 0,
    kind: str | None = None,
) -> Forest:
    """A random forest for high tips, the same for the same rows, seed and kind.

    The defaults are the published model's: 100 trees of depth 10 (Shankar 2021).

    Parameters
    ----------
    train : DataFrame of shape (rows, 13)
        As `debugml.featurize` gives it, of any engine.
    n_estimators, max_depth : int
        Trees, and levels in each.
    seed : int
        Fixes the draws of rows and features. XGBoost on Dask and cuML draw on each worker:
        there the partitioning and the number of workers matter too.
    kind : str, optional
        The library that grows it. ``"sklearn"`` gathers a frame in partitions first;
        ``"xgboost"`` takes a tenth of the time or less, in partitions leaves the rows where
        they lie, and draws at most 126,000 rows a tree; ``"cuml"`` needs a GPU. Default:
        ``DEBUGML_FOREST``, else by the frame's engine, in this order for pandas, Dask and cuDF.

    Raises
    ------
    SchemaError
        If a feature or the label is missing.
    RecordsError
        If there are no rows, all labels are the same, or a feature is infinite.
    SettingError
        If debugml knows no such kind, or the library of it is not installed.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> model = fit_forest(train, n_estimators=10)
    >>> model.rows, model.kind
    (9969, 'sklearn')
    """
    kind = kind_for(train, kind)
    if kind == "sklearn":
        return fit_on(train, FEATURES, seed, n_estimators=n_estimators, max_depth=max_depth)
    features = list(FEATURES)
    require(train, [*features, LABEL])
    labels = Labels.of(train, features, LABEL)
    estimator: Any
    if kind == "cuml":
        estimator = with_cuml.fit(train, features, LABEL, seed, n_estimators, max_depth)
    elif in_partitions(train):
        rows = moved(train, gpu=False)
        estimator = with_xgboost_dask.fit(
            rows, features, LABEL, seed, n_estimators, max_depth, labels.rows
        )
    else:
        rows = to_pandas(train)
        estimator = with_xgboost.fit(rows, features, LABEL, seed, n_estimators, max_depth)
    return Forest(estimator, FEATURES, labels.share, labels.rows, kind)


def fit_on(
    train: Any,
    features: Sequence[str],
    seed: int = 0,
    **settings: Any,
) -> Forest:
    """A random forest of scikit-learn on columns of one's own, with its other settings.

    Parameters
    ----------
    train : DataFrame of shape (rows, …)
        Holds `features` and ``high_tip``; gathered if it is in partitions.
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
        If there are no rows, all labels are the same, or a feature is infinite.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1.0] * 20, "high_tip": [0, 1] * 20})
    >>> fit_on(frame, ["x"], n_estimators=5).base_rate
    0.5
    """
    require(train, [*features, LABEL])
    rows: pd.DataFrame = to_pandas(train)
    labels = Labels.of(rows, features, LABEL)
    estimator = with_sklearn.fit(rows, list(features), LABEL, seed, **settings)
    return Forest(estimator, tuple(features), labels.share, labels.rows)
