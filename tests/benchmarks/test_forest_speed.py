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

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from made_up import features
from timing import best, seconds

import debugml as dm
from debugml.training import fit_on, with_xgboost

pytest.importorskip("xgboost", reason="forests of XGBoost need the extra dask")

pytestmark = pytest.mark.bench

MANY, MONTH = 640_000, 6_400_000


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return features("2018-01", "2020-12", MANY, seed=0)


def test_beside_scikit_learn(
    rows: pd.DataFrame, benchmark: Any, row: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = with_xgboost.POOL
    models = []
    ours = best(benchmark, lambda: models.append(dm.fit_forest(rows, kind="xgboost")), 2)
    assert sum(len(booster.get_dump()) for booster in models[0].estimator) == 100
    theirs = seconds(lambda: dm.fit_forest(rows, kind="sklearn"))
    theirs_drawn = seconds(lambda: fit_on(rows, dm.FEATURES, max_samples=pool))
    with monkeypatch.context() as patch:
        patch.setattr(with_xgboost, "POOL", MANY)
        ours_whole = seconds(lambda: dm.fit_forest(rows, kind="xgboost"))
    fit = "a forest of 100 trees of depth 10 by XGBoost"
    pooled = f"ten trees share {pool:,} rows, of which each draws 63 %"
    row(fit, n=MANY, ours=ours, beside="scikit-learn", theirs=theirs, at_least=8, note=pooled)
    row(
        fit,
        n=MANY,
        ours=ours,
        beside=f"scikit-learn, {pool:,} draws a tree",
        theirs=theirs_drawn,
        note=pooled,
    )
    row(f"{fit}, trees of all rows", n=MANY, ours=ours_whole, beside="scikit-learn", theirs=theirs)


def test_a_month_of_a_big_city(benchmark: Any, row: Callable[..., None]) -> None:
    rows = features("2018-01", "2020-12", MONTH, seed=0)
    took = best(benchmark, lambda: dm.fit_forest(rows, kind="xgboost"), 1)
    row("a forest of 100 trees of depth 10 by XGBoost", n=MONTH, ours=took, at_most=75)
