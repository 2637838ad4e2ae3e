"""The page's comparison of forests: the same trips for each, and the same quality."""

from __future__ import annotations

import sys

import pytest

import debugml as dm
from debugml import study
from debugml.errors import SettingError
from debugml.lineage.notes import collecting

pytest.importorskip("xgboost", reason="forests of XGBoost need the extra dask")
pytest.importorskip("distributed", reason="needs the extra dask")

TRAIN, MONTHS = ("2019-12", "2020-01"), ("2020-02", "2020-04")


@pytest.mark.slow
def test_each_kind_is_scored_on_the_same_months() -> None:
    with collecting() as runs:
        table = study.forests_compared.function(TRAIN, MONTHS)
    assert list(zip(table["kind"], table["engine"], strict=True)) == [
        ("sklearn", "pandas"),
        ("xgboost", "pandas"),
        ("xgboost", "dask"),
    ]
    train, later = dm.featurize(dm.load(TRAIN)), dm.featurize(dm.load(MONTHS))
    assert (table["train_rows"] == len(train)).all() and (table["n"] == len(later)).all()
    own = dm.score(dm.fit_forest(train), later)
    assert table["f1"][0] == pytest.approx(own.f1, abs=1e-9)
    assert table["auc"][0] == pytest.approx(own.auc, abs=1e-9)
    assert table["always_yes_f1"].nunique() == 1
    assert table["fit_seconds"].tolist() == [run.seconds for run in runs] and len(runs) == 3
    assert {artifact.name for run in runs for artifact in run.used} == {
        f"yellow_tripdata_{month}.parquet" for month in TRAIN
    }


def test_the_libraries_make_forests_of_one_quality() -> None:
    table = study.forests_compared()
    assert (table["train_rows"] > 235_000).all() and (table["n"] > 115_000).all()
    spread = table[["f1", "auc"]].max() - table[["f1", "auc"]].min()
    assert (spread < 0.01).all(), table
    assert (table["auc"] > 0.6).all() and (table["skill"] > 0.05).all()
    took = table.set_index(["kind", "engine"])["fit_seconds"]
    assert took["sklearn", "pandas"] > 2 * took["xgboost", "pandas"]


def test_without_xgboost_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(SettingError, match=r"pip install 'debugml\[dask\]'"):
        study.forests_compared.function(("2020-01",), ("2020-02",))
