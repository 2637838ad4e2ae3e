"""Random forests of scikit-learn: the published model's own library, on one machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..summary import Floats

BLOCK = 65_536
"""Rows that a thread looks up at a time: they fit a processor's cache."""


def fit(train: pd.DataFrame, features: list[str], label: str, seed: int, **settings: Any) -> Any:
    """A fitted `sklearn.ensemble.RandomForestClassifier`; 100 trees of depth 10 by default."""
    from sklearn.ensemble import RandomForestClassifier

    chosen: dict[str, Any] = {"n_estimators": 100, "max_depth": 10, **settings}
    estimator = RandomForestClassifier(random_state=seed, n_jobs=-1, **chosen)
    estimator.fit(train[features], train[label])
    # Threads add the trees' votes in any order, which changes the last digits.
    estimator.set_params(n_jobs=1)
    return estimator


def probabilities(estimator: Any, values: npt.NDArray[np.float32]) -> Floats:
    """Mean over the trees of the share of high tips in a row's leaf, shape (rows,)."""
    blocks = [values[at : at + BLOCK] for at in range(0, len(values), BLOCK)]
    if len(blocks) == 1:
        return _share(estimator, values)
    # Trees let other threads run. A row's votes add up in one order, whatever its block.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(partial(_share, estimator), blocks)))


def _share(estimator: Any, values: npt.NDArray[np.float32]) -> Floats:
    votes = np.zeros(len(values))
    # As the forest's own method, which spends more on each call than a tree on one record.
    for tree in estimator.estimators_:
        votes += tree.predict_proba(values, check_input=False)[:, 1]
    votes /= len(estimator.estimators_)
    return votes


def trees(estimator: Any) -> Iterator[bytes]:
    """What decides its predictions, for a digest."""
    for tree in estimator.estimators_:
        state = tree.tree_.__getstate__()
        # Field by field: the padding between fields is whatever was in memory.
        for field in state["nodes"].dtype.names:
            yield state["nodes"][field].tobytes()
        yield state["values"].tobytes()
