"""Folds, a gated history and what was in service: on made-up months, worked by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from made_up_candidates import made_up_month
from sklearn.metrics import f1_score, log_loss

import debugml as dm
from debugml.errors import RecordsError
from debugml.features import LABEL
from debugml.lineage import Artifact
from debugml.promotion import (
    Decision,
    Gate,
    Served,
    cleared,
    folds,
    gated_history,
    plan,
    rolling_validation,
)
from debugml.promotion.service import CONSTANT

MONTHS = {f"2019-0{i}": made_up_month(f"2019-0{i}", seed=i) for i in range(1, 6)}
FORESTS: dict[str, dm.Forest] = {}


def fit(month: str, frame: pd.DataFrame) -> dm.Forest:
    if month not in FORESTS:
        FORESTS[month] = dm.fit_forest(frame, 20, 4)
    return FORESTS[month]


def test_every_fold_trains_on_a_month_and_validates_on_the_next() -> None:
    table = rolling_validation(folds(MONTHS, fit), Gate.default())
    names = list(MONTHS)
    assert list(zip(table["train"], table["validate"], strict=True)) == list(
        itertools.pairwise(names)
    )
    row, test = table.iloc[1], MONTHS["2019-03"]
    p = dm.predict_proba(FORESTS["2019-02"], test)
    assert row["f1"] == pytest.approx(f1_score(test[LABEL], p > 0.5))
    assert row["log_loss"] == pytest.approx(log_loss(test[LABEL], p))
    assert (table["f1_above_always_yes_low"] <= table["f1_above_always_yes"]).all()
    counts = cleared(table).set_index("criterion")
    assert counts.loc["all", "met"] == (table["failed"] == "").sum() == 4
    assert (counts["folds"] == 4).all()


def test_a_decision_rests_on_the_files_that_its_data_checks_compare_with() -> None:
    files = {month: Artifact(f"d{month}", month, "trips") for month in MONTHS}
    by_name = {candidate.name: candidate for _, candidate in folds(MONTHS, fit, files, before=2)}
    used = [a.name for a in by_name["forest 2019-04"].used if a.kind == "trips"]
    assert used == ["2019-02", "2019-03", "2019-04", "2019-05"]
    assert [facts.month for facts in by_name["forest 2019-04"].before] == ["2019-02", "2019-03"]
    first = [a.name for a in by_name["forest 2019-01"].used if a.kind == "trips"]
    assert first == ["2019-01", "2019-02"]


def test_a_month_with_wrong_labels_is_held_and_the_champion_stays() -> None:
    rng = np.random.default_rng(0)
    wrong = dict(MONTHS)
    wrong["2019-03"] = MONTHS["2019-03"].assign(
        **{LABEL: rng.permutation(MONTHS["2019-03"][LABEL].to_numpy())}
    )
    decisions: list[Decision] = []
    # By luck, so small forests differ in log loss by more than the margin.
    gate = Gate.default().without("log_loss_against_champion")
    turns = folds(wrong, lambda _, frame: dm.fit_forest(frame, 20, 4))
    table = gated_history(turns, gate, record=decisions.append)
    assert table["train"].tolist() == ["2019-01", "2019-02", "2019-03", "2019-04"]
    # Fold 2 is validated on labels that nobody can predict, fold 3 was trained on them.
    assert table["outcome"].tolist() == ["promote", "hold", "hold", "promote"]
    assert table["in_service"].tolist() == ["2019-01", "2019-01", "2019-01", "2019-04"]
    assert table["champion"].tolist() == ["none", "2019-01", "2019-01", "2019-01"]
    assert "f1_against_champion" in table["failed"].iloc[2]
    assert table["f1_against_champion"].iloc[0] == "not asked"
    assert [d.outcome for d in decisions] == table["outcome"].tolist()


def test_a_plan_waits_for_the_validation_month() -> None:
    history = pd.DataFrame(
        {
            "train": ["01", "02", "03"],
            "validate": ["02", "03", "04"],
            "in_service": ["none", "02", "02"],
        }
    )
    table = plan({"gate": history}).pivot(index="month", columns="way", values="model")
    assert table["gate"].tolist() == [CONSTANT, "02"]
    assert table["no gate"].tolist() == ["02", "03"]
    assert table["no gate, as old"].tolist() == ["01", "02"]
    assert table.index.tolist() == ["03", "04"]


def test_what_was_served_scores_as_scikit_learn_says() -> None:
    ways = pd.DataFrame(
        [("2019-03", "forest", "2019-01"), ("2019-03", "constant", CONSTANT),
         ("2019-04", "forest", "2019-02"), ("2019-04", "constant", CONSTANT)],
        columns=["month", "way", "model"],
    )  # fmt: skip
    served = Served(MONTHS, ways, fit, draws=200)
    monthly = served.monthly.set_index(["month", "way"])
    for month, before in (("2019-03", "2019-02"), ("2019-04", "2019-03")):
        y = MONTHS[month][LABEL]
        constant = monthly.loc[(month, "constant")]
        assert constant["f1"] == pytest.approx(f1_score(y, np.ones(len(y))))
        rate = MONTHS[before][LABEL].mean()
        assert constant["log_loss"] == pytest.approx(log_loss(y, np.full(len(y), rate)))
    means = served.means("constant").set_index(["figure", "way"])
    expected = served.monthly.query("way == 'forest'")["log_loss"].mean()
    row = means.loc[("log_loss", "forest")]
    assert row["value"] == pytest.approx(expected)
    assert row["low"] < row["difference"] < row["high"] < 0
    alike = means.loc[("f1", "constant")]
    assert (alike["difference"], alike["low"], alike["high"]) == (0, 0, 0)


def test_one_month_is_not_enough() -> None:
    with pytest.raises(RecordsError, match="1 months: give two or more"):
        rolling_validation(folds({"2019-01": MONTHS["2019-01"]}))
