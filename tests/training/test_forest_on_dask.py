"""XGBoost's forest on a Dask cluster: rows stay where they lie, and partitions bias nobody."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.training import with_xgboost_dask

distributed = pytest.importorskip("distributed", reason="needs the extra dask")
pytest.importorskip("xgboost", reason="forests of XGBoost need the extra dask")
dd = pytest.importorskip("dask.dataframe", reason="needs the extra dask")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield cluster


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return dm.featurize(dm.load(["2019-11", "2019-12", "2020-01"]))


def test_forest_is_fitted_where_the_rows_lie(
    cluster: Any, rows: pd.DataFrame, march: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazy = dm.featurize(dm.load(["2019-11", "2019-12", "2020-01"], engine="dask"))

    def gathered(*_: Any, **__: Any) -> None:
        raise AssertionError("the frame comes to the client")

    with monkeypatch.context() as patch:
        patch.setattr(type(lazy), "compute", gathered)
        model = dm.fit_forest(lazy)
        again = dm.fit_forest(lazy)
    assert model.kind == "xgboost" and model.rows == len(rows)
    assert model.base_rate == rows["high_tip"].mean()
    assert len(model.estimator[0].get_dump()) == 100
    assert dm.model_digest(again) == dm.model_digest(model)
    here = dm.score(dm.fit_forest(rows, kind="xgboost"), march)
    there = dm.score(model, march)
    assert there.f1 == pytest.approx(here.f1, abs=0.01)
    assert there.auc == pytest.approx(here.auc, abs=0.01)
    # It predicts on the workers what it predicts here.
    p = dm.predict_proba(model, dd.from_pandas(march, npartitions=2)).compute()
    np.testing.assert_array_equal(p, dm.predict_proba(model, march))


def test_partitions_by_label_make_no_other_forest(
    cluster: Any, rows: pd.DataFrame, march: pd.DataFrame
) -> None:
    # The worst order: half of the partitions without a single yes, and one without a row.
    ordered = rows.sort_values("high_tip", ignore_index=True)
    lazy = dd.concat(
        [dd.from_pandas(ordered, npartitions=4), dd.from_pandas(rows.head(0), npartitions=1)]
    )
    sorted_rows = dm.score(dm.fit_forest(lazy), march)
    mixed = dm.score(dm.fit_forest(rows, kind="xgboost"), march)
    assert sorted_rows.f1 == pytest.approx(mixed.f1, abs=0.01)
    assert sorted_rows.auc == pytest.approx(mixed.auc, abs=0.01)
    assert sorted_rows.brier == pytest.approx(mixed.brier, abs=0.005)


def test_of_very_many_rows_the_workers_hold_ten_pools(
    cluster: Any, rows: pd.DataFrame, march: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    monkeypatch.setattr(with_xgboost_dask, "POOL", 1_000)
    import xgboost.dask

    matrix = xgboost.dask.DaskQuantileDMatrix

    def counted(client: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        held.append(len(data))
        return matrix(client, data, *args, **kwargs)

    monkeypatch.setattr(xgboost.dask, "DaskQuantileDMatrix", counted)
    model = dm.fit_forest(dd.from_pandas(rows, npartitions=4))
    assert held == [pytest.approx(10_000, abs=10)]
    # Known of all rows, though drawn from some.
    assert model.rows == len(rows) and model.base_rate == rows["high_tip"].mean()
    assert dm.score(model, march).auc > 0.55


def test_a_worker_killed_on_the_way_is_made_up_for(
    cluster: Any, rows: pd.DataFrame, march: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    import xgboost.dask

    lazy = dd.from_pandas(rows, npartitions=4)
    whole = dm.score(dm.fit_forest(lazy), march)
    train, times = xgboost.dask.train, []

    def killing(*args: Any, **kwargs: Any) -> Any:
        times.append(1)
        if len(times) == 1:
            victim = next(iter(cluster.workers.values())).process.pid
            threading.Timer(0.2, os.kill, (victim, signal.SIGKILL)).start()
            kwargs["num_boost_round"] = 200
        return train(*args, **kwargs)

    monkeypatch.setattr(xgboost.dask, "train", killing)
    model = dm.fit_forest(lazy)
    assert len(times) > 1 and len(model.estimator[0].get_dump()) == 100
    after = dm.score(model, march)
    assert after.f1 == pytest.approx(whole.f1, abs=0.01)
    assert after.auc == pytest.approx(whole.auc, abs=0.01)


def test_an_error_of_the_fit_is_not_tried_again(
    cluster: Any, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    import xgboost.dask

    times = []

    def failing(*_: Any, **__: Any) -> None:
        times.append(1)
        raise RuntimeError("out of trees")

    monkeypatch.setattr(xgboost.dask, "train", failing)
    with pytest.raises(RuntimeError, match="out of trees"):
        dm.fit_forest(dd.from_pandas(rows, npartitions=2))
    assert len(times) == 1
