"""A forest of XGBoost is as good as scikit-learn's, on the real trips: F1 and AUC of each month."""

from __future__ import annotations

import pandas as pd
import pytest

import debugml as dm

pytest.importorskip("xgboost", reason="forests of XGBoost need the extra dask")

WITHIN = 0.01
"""As much as scikit-learn's own forest moves from seed to seed on one month."""


def scores(model: dm.Forest, months: list[str]) -> pd.DataFrame:
    rows = [dm.score(model, dm.featurize(dm.load(month))).to_dict() for month in months]
    return pd.DataFrame(rows, index=months)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "months"),
    [
        (["2020-01"], dm.months_between("2020-02", "2020-12")),
        (["2019-01"], dm.months_between("2019-02", "2019-12")),
        # More than a pool of rows: each tree draws from a part of them.
        (dm.months_between("2018-01", "2019-12"), dm.months_between("2020-01", "2020-12")),
    ],
    ids=["January 2020", "January 2019", "two years"],
)
def test_f1_and_auc_agree_in_every_month(train: list[str], months: list[str]) -> None:
    rows = dm.featurize(dm.load(train))
    usual, other = (scores(dm.fit_forest(rows, kind=k), months) for k in ("sklearn", "xgboost"))
    apart = (usual - other)[["f1", "auc", "brier"]].astype(float)
    assert (apart.abs() <= WITHIN).all(axis=None), apart
    # Not by a lean to one side either.
    assert (apart.mean().abs() <= WITHIN / 2).all(), apart.mean()
