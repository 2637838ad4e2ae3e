"""Random forests of cuML, on one GPU or one a worker; they predict without a GPU too.

A fitted forest is kept as Treelite's bytes, cuML's own form for exchange: small, without code,
and read on any machine that has treelite.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..engines import in_partitions, moved
from ..errors import SettingError
from ..summary import Floats

BINS = 256
_FILE = "forest.treelite"


def fit(
    train: Any, features: list[str], label: str, seed: int, n_estimators: int, max_depth: int
) -> bytes:
    """A forest of cuML, or on Dask of cuml.dask, as Treelite's bytes.

    In partitions, each worker grows its share of the trees on its own rows, so they are dealt
    out anew first (`dealt`).

    Raises
    ------
    SettingError
        If cuML is not installed.
    """
    try:
        import cuml.ensemble
    except ImportError as error:
        raise SettingError(
            "a forest of kind 'cuml' needs cuML and an NVIDIA GPU: pip install 'debugml[gpu]', "
            "or take the kind 'xgboost'"
        ) from error
    settings: dict[str, Any] = {
        "n_estimators": n_estimators,
        "max_depth": max_depth,
        "n_bins": BINS,
        "random_state": seed,
        # With more of them the seed would not hold.
        "n_streams": 1,
    }
    frame = moved(train[[*features, label]], gpu=True).astype({label: "int32"})
    if in_partitions(frame):
        from cuml.dask.ensemble import RandomForestClassifier

        frame = dealt(frame, features).persist()
        grown = RandomForestClassifier(**settings)
        grown.fit(frame[features], frame[label])
        model = grown.get_combined_model()
    else:
        model = cuml.ensemble.RandomForestClassifier(**settings)
        model.fit(frame[features], frame[label])
    found: bytes = model.as_treelite().serialize_bytes()
    return found


def dealt(frame: Any, features: list[str]) -> Any:
    """A Dask frame's rows dealt out over its partitions, whatever order they came in.

    A row goes where the hash of its features says: as good as random, and the same each time.
    Partitions in the order of time would give each worker its own months to learn from.

    Examples
    --------
    >>> import dask.dataframe as dd, pandas as pd
    >>> sorted_by_x = dd.from_pandas(pd.DataFrame({"x": range(1000)}), npartitions=4)
    >>> means = dealt(sorted_by_x, ["x"]).map_partitions(lambda part: part["x"].mean()).compute()
    >>> bool(means.between(400, 600).all())
    True
    """
    return frame.shuffle(on=list(features))


def probabilities(estimator: bytes, values: npt.NDArray[np.float32]) -> Floats:
    """Mean over the trees of the share of high tips in a row's leaf, shape (rows,).

    Raises
    ------
    SettingError
        If treelite is not installed.
    """
    # One row or many: rows by classes, after an axis of length one.
    given = _treelite().gtil.predict(_model(estimator), values)
    found: Floats = np.asarray(given, dtype=np.float64).reshape(len(values), -1)[:, -1]
    return found


def trees(estimator: bytes) -> Iterator[bytes]:
    """What decides its predictions, for a digest."""
    yield estimator


def to_files(estimator: bytes) -> dict[str, bytes]:
    """Treelite's bytes under their name."""
    return {_FILE: estimator}


def from_files(files: dict[str, bytes], features: int) -> bytes:
    """The forest for so many features from what `to_files` gave.

    Raises
    ------
    ValueError
        If Treelite can't read it, or it was trained on more or fewer features.
    """
    found = _model(files[_FILE]).num_feature
    if found != features:
        raise ValueError(f"{_FILE} has {found} features, not {features}")
    return files[_FILE]


@lru_cache(maxsize=4)
def _model(estimator: bytes) -> Any:
    treelite = _treelite()
    try:
        return treelite.Model.deserialize_bytes(estimator)
    except treelite.TreeliteError as error:
        raise ValueError(str(error).splitlines()[0]) from error


def _treelite() -> Any:
    try:
        import treelite
        import treelite.gtil
    except ImportError as error:
        raise SettingError(
            "a forest of kind 'cuml' predicts by treelite: pip install treelite"
        ) from error
    return treelite
