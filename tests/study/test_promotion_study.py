"""The gate on real months, against scikit-learn and against what must hold by construction."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import brier_score_loss, f1_score, log_loss

import debugml as dm
from debugml import study
from debugml.promotion import Gate

LIMITS = {c.name: c for c in Gate.default().rules.criteria}
NAMES = list(dm.FEATURES)


def month(name: str) -> pd.DataFrame:
    return dm.featurize(dm.load(name))


def test_the_talks_model_by_another_library() -> None:
    """February 2020: forest, figures and bootstrap without the package's own."""
    train, test = month("2020-01"), month("2020-02")
    forest = RandomForestClassifier(100, max_depth=10, random_state=0, n_jobs=-1)
    p = forest.fit(train[NAMES], train[dm.LABEL]).predict_proba(test[NAMES])[:, 1]
    y, yes = test[dm.LABEL].to_numpy(), np.ones(len(test))
    rows = study.gate_talk().query("seed == 0").set_index("criterion")
    always = rows.loc["f1_above_always_yes"]
    assert always["value"] == pytest.approx(f1_score(y, p > 0.5) - f1_score(y, yes), abs=1e-9)
    constant = brier_score_loss(y, np.full(len(y), train[dm.LABEL].mean()))
    assert rows.loc["skill", "value"] == pytest.approx(1 - brier_score_loss(y, p) / constant)
    assert rows.loc["calibration", "value"] == pytest.approx(abs(p.mean() - y.mean()))
    by_day = pd.DataFrame({"tp": y * (p > 0.5), "f": y + (p > 0.5), "y": y, "n": 1})
    days = by_day.groupby(test[dm.features.TIME].dt.date.to_numpy()).sum().to_numpy()
    drawn = np.random.default_rng(9).integers(0, len(days), (2000, len(days)))
    tp, f, ones, n = days[drawn].sum(axis=1).T
    low, high = np.quantile(2 * tp / f - 2 * ones / (ones + n), [0.025, 0.975])
    assert always["low"] == pytest.approx(low, abs=0.001)
    assert always["high"] == pytest.approx(high, abs=0.001)
    assert not always["passed"] and rows["outcome"].unique().tolist() == ["hold"]
    assert rows.drop("f1_above_always_yes")["passed"].all()


def test_folds_follow_their_rules() -> None:
    table = study.rolling_folds()
    assert len(table) == len(study.ALL_MONTHS) - 1
    for name in ("f1_above_always_yes", "skill"):
        assert (table[f"{name}_met"] == (table[f"{name}_low"] > LIMITS[name].limit)).all()
        assert table[name].between(table[f"{name}_low"], table[f"{name}_high"]).all()
    assert (table["worst_slice_met"] == (table["worst_slice_high"] >= 0)).all()
    assert (table["calibration_met"] == (table["calibration"] <= 0.03)).all()
    assert (table["data_met"] == (table["data"] == 0)).all()
    by_hand = table["f1"] - table["always_yes_f1"]
    assert table["f1_above_always_yes"].to_numpy() == pytest.approx(by_hand.to_numpy())


def test_the_lower_threshold_by_another_library() -> None:
    row = study.rolling_folds().set_index("validate").loc["2020-05"]
    train, test = month("2020-04"), month("2020-05")
    rate = train[dm.LABEL].mean()
    assert row["threshold"] == pytest.approx(rate / (1 + rate))
    forest = RandomForestClassifier(100, max_depth=10, random_state=0, n_jobs=-1)
    p = forest.fit(train[NAMES], train[dm.LABEL]).predict_proba(test[NAMES])[:, 1]
    yes = p > row["threshold"]
    y = test[dm.LABEL]
    assert row["positive_rate"] == pytest.approx(yes.mean(), abs=2e-4)
    gain = f1_score(y, yes) - f1_score(y, np.ones(len(y)))
    assert row["at_threshold"] == pytest.approx(gain, abs=2e-4)


def test_a_champion_changes_only_where_a_model_is_promoted() -> None:
    for gate, part in study.gate_history().groupby("gate"):
        in_service = "none"
        for row in part.to_dict("records"):
            assert row["champion"] == in_service
            promoted = row["outcome"] == "promote"
            assert promoted == (row["failed"] == "")
            in_service = row["train"] if promoted else in_service
            assert row["in_service"] == in_service
            left_out = study.promotion.GATES[str(gate)]
            assert all(row[name] == "not asked" for name in left_out)


def test_the_suspect_month_is_held_for_its_data() -> None:
    held = study.gate_history().query("gate == 'without F1'").set_index("validate")
    for name in ("2019-02", "2019-03"):
        assert "data" in held.loc[name, "failed"]
        assert "passenger_count is 0 or less in 15.8 %" in held.loc[name, "reasons"]


def test_reviews_are_of_releases_a_month_later() -> None:
    reviews = study.gate_reviews()
    history = study.gate_history().query("gate == 'without F1'")
    promoted = history[(history["outcome"] == "promote") & (history["champion"] != "none")]
    # The last release has no month in service.
    expected = promoted[promoted["validate"] < study.ALL_MONTHS[-1]]
    found = reviews.drop_duplicates("release")
    assert found["release"].tolist() == expected["train"].tolist()
    assert found["previous"].tolist() == expected["champion"].tolist()
    later = [str(pd.Period(m, "M") + 1) for m in expected["validate"]]
    assert found["month"].tolist() == later
    loss = reviews[reviews["criterion"] == "log_loss_against_champion"].set_index("release")
    assert (loss["passed"] == (loss["high"] >= -0.01)).all()
    doubted = set(reviews.loc[(reviews["criterion"] == "data") & ~reviews["passed"], "release"])
    for release, part in reviews.groupby("release"):
        worse = not loss.loc[release, "passed"] and release not in doubted
        assert (part["outcome"] == ("roll back" if worse else "hold")).all()


def test_a_review_by_another_library() -> None:
    """The forest of February 2020 against that of January, on April."""
    later, losses = month("2020-04"), []
    for train in ("2020-02", "2020-01"):
        frame = month(train)
        forest = RandomForestClassifier(100, max_depth=10, random_state=0, n_jobs=-1)
        p = forest.fit(frame[NAMES], frame[dm.LABEL]).predict_proba(later[NAMES])[:, 1]
        losses.append(log_loss(later[dm.LABEL], np.clip(p, 0.001, 0.999)))
    reviews = study.gate_reviews().query("criterion == 'log_loss_against_champion'")
    row = reviews.set_index("release").loc["2020-02"]
    assert row["value"] == pytest.approx(losses[1] - losses[0])
    assert row["low"] < row["value"] < row["high"] < 0


def test_bad_challengers_are_held_for_the_right_reason() -> None:
    cases = study.gate_cases().query("gate == 'without always-yes'").set_index("case")
    assert cases.loc["as it is", "outcome"] == "promote"
    columns = {
        "distance in km": "trip_distance",
        "no passengers": "passenger_count",
        "one RatecodeID": "RatecodeID",
        "a quarter twice": "rows are repeated",
    }
    for case, said in columns.items():
        assert cases.loc[case, "failed"] == "data", case
        assert said in cases.loc[case, "reasons"]
    assert "skill" in cases.loc["labels a row off", "failed"]
    assert "data" not in cases.loc["labels a row off", "failed"]
    assert "label" in cases.loc["a fifth of tips lost", "reasons"]
    whole = study.gate_cases().query("gate == 'every criterion'").set_index("case")
    sly = whole.loc["yes, ranked by the forest"]
    assert sly["failed"] == "f1_above_always_yes" and abs(sly["f1_above_always_yes"]) < 1e-9
    assert "skill" in whole.loc["yes, and the base rate", "failed"]


@pytest.mark.slow
def test_what_the_constant_scored_by_another_library() -> None:
    """Mean F1 and log loss of always-yes and of "no gate" in 2020, by scikit-learn."""
    months = [m for m in study.ALL_MONTHS if m >= "2019-12"]
    frames = {m: month(m) for m in months}
    found: dict[str, list[float]] = {"f1": [], "log_loss": [], "forest": []}
    for before, name in itertools.pairwise(months):
        y = frames[name][dm.LABEL]
        found["f1"].append(f1_score(y, np.ones(len(y))))
        rate = frames[before][dm.LABEL].mean()
        found["log_loss"].append(log_loss(y, np.full(len(y), rate)))
        forest = RandomForestClassifier(100, max_depth=10, random_state=0, n_jobs=-1)
        forest.fit(frames[before][NAMES], frames[before][dm.LABEL])
        p = forest.predict_proba(frames[name][NAMES])[:, 1]
        found["forest"].append(log_loss(y, np.clip(p, 0.001, 0.999)))
    worth = study.gate_worth().query("span == '2020'").set_index(["figure", "way"])["value"]
    assert worth[("f1", "constant")] == pytest.approx(np.mean(found["f1"]))
    assert worth[("log_loss", "constant")] == pytest.approx(np.mean(found["log_loss"]))
    assert worth[("log_loss", "no gate")] == pytest.approx(np.mean(found["forest"]))


def test_the_whole_gate_serves_the_constant() -> None:
    worth = study.gate_worth().set_index(["span", "figure", "way"])["value"]
    assert (study.gate_history().query("gate == 'every criterion'")["outcome"] == "hold").all()
    for span in ("all", "2018–19", "2020"):
        for figure in ("f1", "log_loss"):
            assert worth[(span, figure, "every criterion")] == worth[(span, figure, "constant")]
