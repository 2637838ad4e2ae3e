"""The story of 21 March: against a computation of its own, and down to the hashes of the files."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

import debugml as dm
from debugml import study
from debugml.lineage import Lineage, affected, backtrace
from debugml.study.shipped import story
from debugml.trips import samples


@pytest.fixture(scope="module")
def scored() -> pd.DataFrame:
    """March by scikit-learn's own forest, in dropoff order, with TLC's columns."""
    names = list(dm.FEATURES)
    one = dm.featurize(dm.load("2020-01"))
    forest = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=0, n_jobs=-1)
    forest.fit(one[names], one[dm.LABEL])
    carried = ["payment_type", "fare_amount", "tip_amount"]
    march = dm.featurize(dm.load("2020-03"), "2020-03-01", "2020-03-31", carried)
    march = march.sort_values(dm.features.TIME, kind="stable", ignore_index=True)
    march["p"] = forest.predict_proba(march[names])[:, 1]
    return march


def test_the_day_is_what_another_forest_says(scored: pd.DataFrame) -> None:
    day = scored[scored[dm.features.TIME].dt.date == pd.Timestamp("2020-03-21").date()]
    found = study.flagged_day()
    assert found["row"].tolist() == day.index.tolist()
    assert np.allclose(found["probability"], day["p"], atol=1e-12)
    assert found["label"].tolist() == day["high_tip"].tolist()
    assert (found["wrong"] == (found["prediction"] != found["label"])).all()
    cash = (day["payment_type"] == 2).to_numpy()
    assert ((found["payment"] == "cash") == cash).all()
    # TLC records no tips in cash: such a label is 0 by construction.
    assert (found.loc[cash, "tip_amount"] == 0).all() and (found.loc[cash, "label"] == 0).all()
    one = study.surest_wrong(found)
    wrong = day[(day["p"] > 0.5) & (day["high_tip"] == 0)]
    assert one["row"] == wrong["p"].idxmax() and one["payment"] == "cash"


@pytest.mark.parametrize("first", [21, 1])
def test_the_review_counts_what_another_forest_got_wrong(scored: pd.DataFrame, first: int) -> None:
    yes = scored[(scored["p"] > 0.5) & (scored[dm.features.TIME].dt.day >= first)]
    wrong, right = yes[yes["high_tip"] == 0], yes[yes["high_tip"] == 1]
    found = study.flagged_review(first=first)
    assert set(found["wrong"]) == {len(wrong)} and set(found["right"]) == {len(right)}
    top = found.iloc[0]
    assert (top["column"], top["value"], top["others"]) == ("payment", "cash", 0)
    assert top["flagged"] == (wrong["payment_type"] == 2).sum()
    if first == 21:
        assert (found["p_adjusted"].iloc[1:] > 0.05).all(), "no feature stands out"
    card = study.flagged_review(first=first, payments="card")
    assert set(card["wrong"]) == {(wrong["payment_type"] == 1).sum()}
    assert "payment" not in set(card["column"])


def test_payments_add_up_and_their_intervals_hold_the_shares() -> None:
    found = study.flagged_payments()
    whole = found.groupby(["span", "group"])
    assert (whole["trips"].sum() == whole["n"].first()).all()
    assert np.allclose(whole["share"].sum(), 1)
    assert ((found["low"] <= found["share"]) & (found["share"] <= found["high"])).all()
    said = found.set_index("days")["interval"].groupby(level=0).first()
    assert said.to_dict() == {
        1: "within-day noise only",
        11: "within-day noise only",
        31: "days resampled",
    }
    day = found[(found["span"] == "day") & (found["group"] == "wrong yes")].set_index("payment")
    bad = study.flagged_day()
    wrong = bad[bad["wrong"] & (bad["prediction"] == 1)]
    assert day["trips"].to_dict() == wrong["payment"].value_counts().to_dict()


def test_the_chain_ends_in_files_of_these_bytes() -> None:
    links = study.flagged_chain()
    assert list(links["kind"]) == [
        *("predictions", "release", "model", "trips", "decision", *["trips"] * 4, "trips", "label"),
    ]
    for row in links[links["kind"] == "trips"].to_dict("records"):
        path = samples.folder() / row["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(row["digest"])
    model = dm.fit_forest(dm.featurize(dm.load("2020-01")))
    digest = links.loc[links["kind"] == "model", "digest"].iloc[0]
    assert dm.model_digest(model).startswith(digest)
    assert (
        "no tip" not in links["detail"].iloc[-1]
        and "tip on record 0.00" in links["detail"].iloc[-1]
    )
    parents = dict(zip(links["place"], links["parent"], strict=True))
    assert all(parents[place] < place for place in parents), "each stands after what rests on it"


def test_the_gate_held_and_the_release_says_so() -> None:
    told = story("2020-03", "2020-01", seed=0)
    decide, release = (next(r for r in told.runs if r.name == n) for n in ("decide", "release"))
    assert release.parameters["gate"] == "hold"
    assert decide.made[0] in release.used
    assert "always saying yes" in decide.parameters["reasons"][0]
    # The same decision as the one that the chapter on promotion shows.
    checks = study.gate_talk(seeds=(0,))
    reason = checks.loc[~checks["passed"], "reason"].iloc[0]
    assert reason == decide.parameters["reasons"][0]


def test_a_prediction_of_the_released_month_is_traced_in_the_ledger() -> None:
    told = story("2020-03", "2020-01", seed=0)
    with tempfile.TemporaryDirectory() as folder:
        store = Lineage(Path(folder) / "lineage.sqlite")
        store.record_all(told.runs)
        trace = backtrace(store, "predictions 2020-03#9583")
        rests = affected(store, "yellow_tripdata_2020-01.parquet")
        of_checks = affected(store, "yellow_tripdata_2019-11.parquet")
    assert [r.name for r in trace.runs()] == ["replay", "release", "fit_forest", "decide"]
    months = sorted(a.name[-15:-8] for a in trace.files())
    # The gate's data checks read the three months before the training month.
    assert months == ["2019-10", "2019-11", "2019-12", "2020-01", "2020-02", "2020-03"]
    assert list(of_checks["kind"]) == ["decision", "release", "predictions"]
    assert set(rests["kind"]) == {"model", "decision", "release", "predictions"}


def test_what_rests_on_a_month_names_results_that_read_it() -> None:
    rests = study.what_rests("2019-02")
    assert "alarm_history" in set(rests["name"])
    assert "lag_known" not in set(rests["name"]), "that one is about March 2020"
    assert (rests["distance"] >= 1).all()
