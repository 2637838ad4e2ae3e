"""Random forests grown by XGBoost on one machine: the same rule, from histograms.

XGBoost (Chen and Guestrin 2016) is made for boosting. One round of it with many parallel trees,
rows and features drawn at random, is a random forest. With squared error, no regularisation and
a base score of 0, a leaf is the mean label of the rows in it, and the forest's answer the mean
over the trees: scikit-learn's rule for a probability. For labels 0 and 1 the split with the
smallest squared error is the one with the smallest Gini impurity.

Two things differ. Splits are sought among 256 quantiles of a feature, not among all its values.
And a tree draws 63.2 % of the rows without replacement: as many different ones as scikit-learn's
tree finds among its n draws with replacement.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import exp, isqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import SettingError
from ..summary import Floats

POOL = 200_000
"""Rows that ten trees share at most. XGBoost reads every row for every tree, drawn or not."""

SHARING = 10
"""Trees that share a pool of rows."""

DRAWN = 1 - exp(-1)
"""Share of a pool that a tree draws: 63.2 %."""

BINS = 256

_AT_ONCE = 20_000
"""Rows up to which starting threads takes longer than it saves."""

Booster = Any
Boosters = tuple[Booster, ...]
"""Their predictions add up to the forest's."""


def fit(
    train: pd.DataFrame,
    features: list[str],
    label: str,
    seed: int,
    n_estimators: int,
    max_depth: int,
) -> Boosters:
    """Boosters of ten trees each, whose predictions add up to the forest's probability.

    Each booster has a pool of rows of its own, drawn without replacement: all of them, or
    `POOL` if there are more. A tree draws 63.2 % of its pool. The result is the same
    whatever the number of cores.

    Parameters
    ----------
    train : DataFrame of shape (rows, …)
        pandas.

    Raises
    ------
    SettingError
        If xgboost is not installed.
    """
    xgboost = library()
    groups = [*range(-(-n_estimators // SHARING))]
    own = np.random.default_rng(seed).spawn(len(groups))

    def grow(group: int) -> Booster:
        rows, trees = train, min(SHARING, n_estimators - group * SHARING)
        if len(train) > POOL:
            # In the order of memory, which reads faster.
            at = np.sort(own[group].choice(len(train), POOL, replace=False))
            rows = train.iloc[at]
        # One thread each: the groups are what runs side by side.
        matrix = xgboost.QuantileDMatrix(
            rows[features].to_numpy(dtype=np.float32),
            rows[label].to_numpy(dtype=np.float32),
            max_bin=BINS,
            nthread=1,
        )
        settings = parameters(len(features), trees, max_depth, int(own[group].integers(2**31)))
        settings |= {"eta": trees / n_estimators, "nthread": 1}
        return xgboost.train(settings, matrix, num_boost_round=1)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return tuple(threads.map(grow, groups))


def parameters(features: int, n_estimators: int, max_depth: int, seed: int) -> dict[str, Any]:
    """XGBoost's settings for one round that is a random forest.

    Parameters
    ----------
    features : int
        How many; each split is sought among the whole part of its root of them, at random.

    Examples
    --------
    >>> parameters(11, 100, 10, seed=0)["num_parallel_tree"]
    100
    """
    return {
        "objective": "reg:squarederror",
        "base_score": 0.0,
        "tree_method": "hist",
        "max_bin": BINS,
        "max_depth": max_depth,
        "num_parallel_tree": n_estimators,
        "eta": 1.0,
        "subsample": DRAWN,
        # A little more: XGBoost cuts the product off to a whole number.
        "colsample_bynode": min(1.0, (isqrt(features) + 0.01) / features),
        "reg_lambda": 0.0,
        "min_child_weight": 1.0,
        "seed": seed,
        "verbosity": 0,
    }


def library() -> Any:
    """XGBoost, imported when it is asked for.

    Raises
    ------
    SettingError
        If it is not installed.
    """
    try:
        import xgboost
    except ImportError as error:
        raise SettingError(
            "a forest of kind 'xgboost' needs xgboost: pip install 'debugml[dask]', or take "
            "the kind 'sklearn'"
        ) from error
    return xgboost


def probabilities(estimator: Boosters, values: npt.NDArray[np.float32]) -> Floats:
    """Mean over the trees of the mean label in a row's leaf, shape (rows,)."""

    def part(booster: Booster) -> Floats:
        found: Floats = booster.inplace_predict(values).astype(np.float64)
        return found

    if len(values) <= _AT_ONCE or len(estimator) == 1:
        parts = [part(booster) for booster in estimator]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            parts = [*threads.map(part, estimator)]
    # Sums of float32 leaves can pass 0 or 1 by a rounding.
    total: Floats = np.sum(parts, axis=0)
    return total.clip(0, 1)


def trees(estimator: Boosters) -> Iterator[bytes]:
    """What decides its predictions, for a digest: not the version that wrote it."""
    for booster in estimator:
        learner = json.loads(booster.save_raw("json"))["learner"]
        yield json.dumps(learner["gradient_booster"]["model"]["trees"], sort_keys=True).encode()


def to_files(estimator: Boosters) -> dict[str, bytes]:
    """XGBoost's own JSON, one file a booster."""
    return {f"{n:04}.json": bytes(b.save_raw("json")) for n, b in enumerate(estimator)}


def from_files(files: dict[str, bytes], features: int) -> Boosters:
    """Boosters for so many features from what `to_files` gave.

    Raises
    ------
    ValueError
        If XGBoost can't read one, or it was trained on more or fewer features.
    """
    xgboost, boosters = library(), []
    for name in sorted(files):
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(files[name]))
        if booster.num_features() != features:
            raise ValueError(f"{name} has {booster.num_features()} features, not {features}")
        boosters.append(booster)
    if not boosters:
        raise ValueError("it holds no trees")
    return tuple(boosters)
