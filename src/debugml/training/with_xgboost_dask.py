"""Random forests grown by XGBoost on a Dask cluster, where the rows lie.

The workers agree on quantiles and add up their histograms, so each tree is one of all rows: it
does not matter that a partition holds one month only. Which rows a tree draws is up to each
worker, so another partitioning, or another number of workers, gives another forest of the same
kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import SettingError
from . import with_xgboost
from .with_xgboost import BINS, DRAWN, POOL, SHARING, Boosters

TRIES = 3
"""Fits before a cluster that loses a worker each time is given up."""


def fit(
    train: Any,
    features: list[str],
    label: str,
    seed: int,
    n_estimators: int,
    max_depth: int,
    rows: int,
) -> Boosters:
    """One booster of all trees. No row leaves the workers; if one is lost, fitting starts anew.

    As on one machine, a tree draws 63.2 % of the rows, or as many as of a pool of `POOL` if
    there are more. Of a larger frame the workers draw ten pools once, and keep no more in memory.

    Parameters
    ----------
    train : Dask DataFrame
        In partitions of pandas.
    rows : int
        How many it has.

    Raises
    ------
    SettingError
        If xgboost or distributed is not installed.
    """
    with_xgboost.library()
    from xgboost import dask as on_dask

    data = train[[*features, label]]
    share = min(1.0, POOL * SHARING / rows)
    if share < 1:
        data = data.sample(frac=share, random_state=seed)
    settings = with_xgboost.parameters(len(features), n_estimators, max_depth, seed)
    settings["subsample"] = DRAWN * min(1.0, POOL / (rows * share))
    with in_use() as client:
        for left in reversed(range(TRIES)):
            workers = set(client.nthreads())
            try:
                # What a lost worker held is computed again by the others.
                held = data.persist()
                matrix = on_dask.DaskQuantileDMatrix(
                    client, held[features], held[label], max_bin=BINS
                )
                booster = on_dask.train(client, settings, matrix, num_boost_round=1)["booster"]
                break
            except Exception:
                if not left or set(client.nthreads()) == workers:
                    raise
    # It predicts inside of tasks, which run side by side.
    booster.set_param({"nthread": 1})
    return (booster,)


@contextmanager
def in_use() -> Iterator[Any]:
    """The client in use; without one, a worker in this process for as long as it takes."""
    try:
        from distributed import Client, get_client
    except ImportError as error:
        raise SettingError(
            "a forest of kind 'xgboost' on Dask needs distributed: pip install 'debugml[dask]'"
        ) from error
    try:
        client = get_client()
    except ValueError:
        client = None
    if client is not None:
        yield client
        return
    make: Any = Client
    # Any free port, of this machine alone: another cluster may run beside this.
    with make(processes=False, n_workers=1, dashboard_address="127.0.0.1:0") as client:
        yield client
