"""Which forest? The same one grown by several libraries, on the real trips."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

import pandas as pd

from .. import settings
from ..engines import in_partitions
from ..features import featurize
from ..lineage.notes import note
from ..training import fit_forest, fitted, score
from ..training.with_xgboost_dask import in_use
from ..trips import load, months_between
from .base import YEAR_2020, files_of, result

BEFORE_2020 = tuple(months_between("2018-01", "2019-12"))

WAYS = (("sklearn", "pandas"), ("xgboost", "pandas"), ("xgboost", "dask"))
"""Kinds of forest, and the engine that holds the rows. On a GPU cuML joins them."""


@result
def forests_compared(
    train: tuple[str, ...] = BEFORE_2020, months: tuple[str, ...] = YEAR_2020, seed: int = 0
) -> pd.DataFrame:
    """Each kind of forest on the same real trips: how good it is, and how long its fit took.

    All have 100 trees of depth 10. Where no cluster is in use, Dask has one worker, with as
    many threads as there are cores.

    Returns
    -------
    DataFrame, one row a kind and engine
        ``kind``, ``engine``, ``train_rows``; the figures of `metrics.Score` on all the months
        together; ``fit_seconds``, measured once, from rows in memory to the forest, on the
        machine that made the result. All else is exact for one version of the libraries.

    Raises
    ------
    SettingError
        If xgboost or Dask is not installed.
    """
    later, rows = featurize(load(months, engine="pandas")), []
    here = settings.engine()
    ways = [*WAYS, *([("cuml", here)] if here in ("cudf", "dask-cudf") else [])]
    for kind, engine in ways:
        # A client of our own is started before the clock is.
        with in_use() if engine == "dask" else nullcontext():
            features = featurize(load(train, engine=engine))
            if in_partitions(features):
                features = features.persist()
                len(features)
            model, run = fitted(
                partial(fit_forest, features, seed=seed, kind=kind),
                f"{kind} forest on {engine}, {train[0]} to {train[-1]}, seed {seed}",
                files_of(train),
                {"train": list(train), "kind": kind, "engine": engine, "seed": seed},
            )
        note(run)
        rows.append(
            {"kind": kind, "engine": engine, "train_rows": model.rows}
            | score(model, later).to_dict()
            | {"fit_seconds": run.seconds}
        )
    return pd.DataFrame(rows)
