"""What February left open, on real months, computed a second time by other means."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score, log_loss, roc_auc_score

import debugml as dm
from debugml import study
from debugml.horizons import embedded, zone_embeddings


@cache
def month(name: str) -> pd.DataFrame:
    return dm.featurize(dm.load(name))


def row(frame: pd.DataFrame, **where: str) -> pd.Series:
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.slow
def test_variants_by_scikit_learn_alone() -> None:
    names, train = list(dm.FEATURES), month("2020-01")
    complete = train[(train["passenger_count"] >= 0) & (train["RatecodeID"] >= 0)]
    for variant, rows, settings in (
        ("seed 3", train, {"random_state": 3}),
        ("all features", train, {"random_state": 0, "max_features": None}),
        ("missing left out", complete, {"random_state": 0}),
    ):
        forest = RandomForestClassifier(100, max_depth=10, n_jobs=-1, **settings)
        forest.fit(rows[names], rows[dm.LABEL])
        for name in ("2020-02", "2020-04"):
            y, p = month(name)[dm.LABEL], forest.predict_proba(month(name)[names])[:, 1]
            found = row(study.variants(), variant=variant, month=name)
            assert found["f1"] == pytest.approx(f1_score(y, p > 0.5), abs=1e-9)
            assert found["auc"] == pytest.approx(roc_auc_score(y, p), abs=5e-4)
            assert found["log_loss"] == pytest.approx(log_loss(y, p), abs=1e-6)
            assert found["certain"] == pytest.approx(((p == 0) | (p == 1)).mean())
            bounded = log_loss(y, p.clip(0.005, 0.995))
            assert found["log_loss_bounded"] == pytest.approx(bounded, abs=1e-9)


@pytest.mark.slow
def test_churn_and_slices_of_seeds_by_pandas() -> None:
    april = dm.load("2020-04")
    april = april[april["fare_amount"] > 0].reset_index(drop=True)
    models = [dm.fit_forest(month("2020-01"), seed=seed) for seed in range(6)]
    said = pd.DataFrame({i: dm.predict(m, month("2020-04")) for i, m in enumerate(models)})
    pairs = [(said[a] != said[b]) for a, b in combinations(said, 2)]
    found = row(study.churns(), choices="the seed", month="2020-04")
    assert found["churn"] == pytest.approx(np.mean([p.mean() for p in pairs]))
    assert found["largest"] == pytest.approx(max(p.mean() for p in pairs))
    apart = pd.concat(pairs, axis=1).mean(axis=1)
    kinds = april["payment_type"].map({1: "card", 2: "cash"}).astype(object)
    kinds = kinds.where(april["payment_type"].notna(), "missing").fillna("other")
    slices = study.disagreements()
    slices = slices[(slices["choices"] == "the seed") & (slices["month"] == "2020-04")]
    slices = slices[slices["column"] == "payment"].set_index("value")
    assert slices["disagreement"].to_dict() == pytest.approx(apart.groupby(kinds).mean().to_dict())
    assert slices["base_rate"].to_dict() == pytest.approx(
        month("2020-04")[dm.LABEL].groupby(kinds).mean().to_dict()
    )


@pytest.mark.slow
def test_a_rebuilt_embedding_by_scipys_alignment() -> None:
    january = dm.load("2020-01")
    old, new = zone_embeddings(january), zone_embeddings(january, seed=3)
    names = [n for n in dm.FEATURES if "LocationID" not in n] + list(old.names)
    train, march = embedded(month("2020-01"), old), month("2020-03")
    forest = RandomForestClassifier(100, max_depth=10, random_state=0, n_jobs=-1)
    forest.fit(train[names], train[dm.LABEL])
    turn, _ = orthogonal_procrustes(
        np.vstack([new.pickup, new.dropoff]), np.vstack([old.pickup, old.dropoff])
    )
    back = type(old)(new.pickup @ turn, new.dropoff @ turn)
    results = study.embeddings()
    for table, where in (
        (old, {"case": "as trained", "used": "as it came"}),
        (new, {"case": "seed 3", "used": "as it came"}),
        (back, {"case": "seed 3", "used": "aligned"}),
    ):
        p = forest.predict_proba(embedded(march, table)[names])[:, 1]
        found = row(results, month="2020-03", **where)
        assert found["f1"] == pytest.approx(f1_score(march[dm.LABEL], p > 0.5), abs=0.003)
        assert found["auc"] == pytest.approx(roc_auc_score(march[dm.LABEL], p), abs=0.002)


@pytest.mark.slow
def test_horizons_results_hold_what_the_pages_say() -> None:
    spreads, alarms = study.spreads(), study.embedding_alarms()
    assert row(spreads, choices="all choices", figure="log_loss", month="2020-04")["low"] > 2
    seeds = study.disagreements()
    seeds = seeds[(seeds["choices"] == "the seed") & (seeds["value"] == "missing")]
    assert (seeds["disagreement"] == 0).all()
    results = study.embeddings()
    aligned = results[(results["used"] == "aligned") & results["case"].str.startswith("seed")]
    assert (aligned["f1_versus"].abs() < 1e-3).all()
    came = alarms[(alarms["used"] == "as it came") & (alarms["case"] != "nothing rebuilt")]
    assert came[came["detector"] == "version"]["alarm"].all()
    for frame in (study.variants(), spreads, study.churns(), seeds, results, alarms):
        assert not frame.isna().any(axis=None)


def test_spread_intervals_hold_about_as_often_as_the_page_says() -> None:
    """Another simulation: plain Python loops over sets whose days add nothing of their own."""
    table = study.spread_coverage()
    assert table["held"].between(0.85, 1).all()
    assert (table["low"] <= table["held"]).all() and (table["held"] <= table["high"]).all()
    quiet = table[table["noise"] == 0]
    rng, held, sets = np.random.default_rng(11), 0, 300
    for _ in range(sets):
        one, two = rng.normal(size=6), rng.normal(size=6)
        ratios = []
        for _ in range(200):
            models = rng.integers(0, 6, 6)
            if one[models].std() > 0:
                ratios.append(two[models].std() / one[models].std())
        low, high = np.quantile(ratios, [0.025, 0.975])
        held += bool(low <= 1 <= high)
    # Two shares of 300 and 400 differ by less than this in all but 1 of 1,000 cases.
    of_six = quiet[(quiet["models"] == 6) & (quiet["ratio"] == 1)]["held"].item()
    assert abs(held / sets - of_six) < 0.08
