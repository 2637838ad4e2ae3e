"""What a forest says of its own training rows, by the trees that did not draw them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SettingError
from ..summary import Floats
from .fit import fit_forest
from .forest import Forest, predict_proba


def out_of_bag(
    model: Forest, train: pd.DataFrame, rows: npt.NDArray[np.int64] | None = None
) -> Floats:
    """Probability of training rows by the trees that did not draw them (Breiman 2001).

    What a forest says of its own training rows flatters it; this does not.

    Parameters
    ----------
    model : Forest
    train : DataFrame of shape (n, …)
        The rows that it was trained on, in that order.
    rows : int array of shape (k,), optional
        Places of the rows to ask; by default all, which for years of them takes longer than
        the fit did.

    Returns
    -------
    float64 array of shape (n,) or (k,)
        NaN where every tree drew the row; with 100 trees hardly ever.

    Raises
    ------
    SettingError
        If the forest is not scikit-learn's: the others don't tell which rows a tree drew.
    RecordsError
        If these are more or fewer rows than the model was trained on.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> p = out_of_bag(fit_forest(train, n_estimators=40), train)
    >>> p.shape, bool(((p >= 0) & (p <= 1)).all())
    ((9969,), True)
    """
    if model.kind != "sklearn":
        raise SettingError(
            f"a forest of kind {model.kind!r} does not tell which rows each tree drew: use "
            "`unseen`, fit it with kind='sklearn' (DEBUGML_FOREST=sklearn), or ask for others"
        )
    if len(train) != model.rows:
        raise RecordsError(
            f"{len(train)} rows, and the model was trained on {model.rows}: give those"
        )
    chosen = np.arange(len(train)) if rows is None else rows
    # The trees compare in float32, which the features are.
    values = train[list(model.features)].iloc[chosen].to_numpy(dtype=np.float32)
    votes, asked = np.zeros(len(chosen)), np.zeros(len(chosen))
    samples = model.estimator.estimators_samples_
    for tree, drawn in zip(model.estimator.estimators_, samples, strict=True):
        unseen = np.ones(len(train), dtype=bool)
        unseen[drawn] = False
        out = unseen[chosen]
        if out.any():
            votes[out] += tree.predict_proba(values[out])[:, 1]
            asked[out] += 1
    found: Floats = np.divide(votes, asked, out=np.full(len(chosen), np.nan), where=asked > 0)
    return found


def unseen(model: Forest, train: pd.DataFrame, seed: int = 0) -> Floats:
    """Probability of each training row by trees that have not learned from it.

    Of scikit-learn's forest, `out_of_bag`. The other libraries don't tell which rows a tree drew:
    there, two more forests are fitted, each on every other row, and each answers for the rows of
    the other (cross-fitting).

    Parameters
    ----------
    model : Forest
    train : DataFrame of shape (n, …)
        The rows that it was trained on, in that order.
    seed : int
        Of the two forests.

    Returns
    -------
    float64 array of shape (n,)

    Raises
    ------
    RecordsError
        If these are more or fewer rows than the model was trained on, or half of them can't be
        learned from.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> unseen(fit_forest(train, n_estimators=40), train).shape
    (9969,)
    """
    if model.kind == "sklearn":
        return out_of_bag(model, train)
    found = np.empty(len(train))
    for side in (0, 1):
        other = fit_forest(train.iloc[1 - side :: 2], seed=seed, kind=model.kind)
        found[side::2] = predict_proba(other, train.iloc[side::2])
    return found
