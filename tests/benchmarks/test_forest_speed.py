"""The forest, 100 trees of depth 10: XGBoost's beside scikit-learn's fit, as ratios in one run.

The rows are made up (`made_up.features`), so nothing is said here of how good a forest is: that
is judged on the real trips, in tests/training/test_forest_parity.py.

Two things make the difference, and each is told apart. One is sampling: of more than 200,000
rows, ten trees share a pool of 200,000, of which each draws 63.2 %; scikit-learn's draw from all.
The other is the library: histograms in place of sorted values. So scikit-learn is timed with the
same sampling too (``max_samples``: 200,000 draws with replacement find as many different rows),
and XGBoost without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from made_up import features

import debugml as dm
from debugml.training import fit_on, with_xgboost

pytest.importorskip("xgboost", reason="forests of XGBoost need the extra dask")

pytestmark = pytest.mark.bench

MANY, MONTH = 640_000, 6_400_000


def seconds(work: Callable[[], Any], repeats: int = 1) -> float:
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return features("2018-01", "2020-12", MANY, seed=0)


def test_beside_scikit_learn(
    rows: pd.DataFrame, benchmark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = with_xgboost.POOL
    ours = seconds(lambda: dm.fit_forest(rows, kind="xgboost"), 2)
    theirs = seconds(lambda: dm.fit_forest(rows, kind="sklearn"))
    theirs_drawn = seconds(lambda: fit_on(rows, dm.FEATURES, max_samples=pool))
    with monkeypatch.context() as patch:
        patch.setattr(with_xgboost, "POOL", MANY)
        ours_whole = seconds(lambda: dm.fit_forest(rows, kind="xgboost"))
    model = benchmark.pedantic(dm.fit_forest, (rows,), {"kind": "xgboost"}, rounds=1)
    assert sum(len(booster.get_dump()) for booster in model.estimator) == 100
    row = {
        "n": MANY,
        "rows ten trees share": pool,
        "scikit-learn": theirs,
        "scikit-learn, max_samples": theirs_drawn,
        "XGBoost, all rows": ours_whole,
        "XGBoost": ours,
        "ratio": theirs / ours,
        "ratio of the library, same sampling": theirs_drawn / ours,
        "ratio of the library, all rows": theirs / ours_whole,
    }
    benchmark.extra_info.update(row)
    print("", *(f"{name}: {value:.4g}" for name, value in row.items()), sep="\n")
    assert theirs / ours >= 8


def test_a_month_of_a_big_city(benchmark: Any) -> None:
    rows = features("2018-01", "2020-12", MONTH, seed=0)
    model = benchmark.pedantic(dm.fit_forest, (rows,), {"kind": "xgboost"}, rounds=1)
    took = benchmark.stats["mean"]
    benchmark.extra_info.update({"n": MONTH, "seconds": took})
    print(f"\n{MONTH:,} rows: {took:.1f} s")
    assert model.rows == MONTH
    assert took < 75
