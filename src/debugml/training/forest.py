"""A random forest, its predictions and its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..engines import by_part, through_pandas
from ..features import LABEL
from ..metrics import THRESHOLD, Score
from ..scoring import score_frame
from .kinds import KINDS, finite, require


@dataclass(frozen=True)
class Forest:
    """A trained random forest, and what it needs to be used and judged later.

    Attributes
    ----------
    estimator : object
        Of kind ``"sklearn"``, a `sklearn.ensemble.RandomForestClassifier`; of kind
        ``"xgboost"``, a tuple of `xgboost.Booster` whose predictions add up; of kind
        ``"cuml"``, Treelite's bytes.
    features : tuple of str
        The columns that it was trained on, in order.
    base_rate : float
        Share of high tips among its training trips: the constant forecast to beat.
    rows : int
        Training trips.
    kind : str
        The library that grew it: one of `settings.FORESTS`.
    """

    estimator: Any
    features: tuple[str, ...]
    base_rate: float
    rows: int
    kind: str = "sklearn"


def predict_proba(model: Forest, features: Any) -> Any:
    """Probability of a high tip for each row.

    Returns
    -------
    Series of float64, shape (rows,)
        With the frame's index, and of its engine.

    Raises
    ------
    SchemaError
        If a column that the model was trained on is missing.
    RecordsError
        If a value is infinite.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> p = predict_proba(fit_forest(train, n_estimators=10), train)
    >>> bool(p.between(0, 1).all())
    True
    """
    require(features, list(model.features))
    return by_part(features, through_pandas, _probabilities, model)


def predict(model: Forest, features: Any) -> Any:
    """Decision for each row: 1 where the probability is above 0.5, else 0 (int8).

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
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
    >>> from debugml import featurize, fit_forest, load
    >>> model = fit_forest(featurize(load("2020-01", source="sample")))
    >>> february = score(model, featurize(load("2020-02", source="sample")))
    >>> february.f1 < february.always_yes_f1
    True
    """
    require(features, [*model.features, LABEL])
    scored = features[[LABEL]].assign(probability=predict_proba(model, features))
    return score_frame(scored, LABEL, "probability", model.base_rate)


def _probabilities(features: pd.DataFrame, model: Forest) -> pd.Series[float]:
    if len(features) == 0:
        return pd.Series([], index=features.index, dtype="float64", name="probability")
    # The trees compare in float32, which the features are.
    values = np.ascontiguousarray(features[list(model.features)], dtype=np.float32)
    if np.isinf(values).any():
        for name, column in zip(model.features, values.T, strict=True):
            finite(name, column)
    found = KINDS[model.kind].probabilities(model.estimator, values)
    return pd.Series(found, index=features.index, name="probability")
