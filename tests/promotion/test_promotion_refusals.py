"""What the gate, its folds and its plans refuse, each with the way out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_candidates import made_up_candidate, made_up_month, truth_of

import debugml as dm
from debugml.alarms import Period
from debugml.errors import RecordsError, SettingError
from debugml.promotion import (
    Candidate,
    Draws,
    Facts,
    Gate,
    Served,
    folds,
    plan,
    reviewed,
    slice_skills,
)
from debugml.promotion.rolling import again
from debugml.promotion.service import CONSTANT

MONTHS = {f"2019-0{i}": made_up_month(f"2019-0{i}", seed=i) for i in range(1, 5)}
GATE = Gate.default()


def fit(_: str, frame: pd.DataFrame) -> dm.Forest:
    return dm.fit_forest(frame, 10, 4)


@pytest.fixture(scope="module")
def turns() -> list[tuple[dm.Forest, Candidate]]:
    return list(folds(MONTHS, fit))


def test_a_gate_with_nothing_to_ask_does_not_promote() -> None:
    month = made_up_month("2020-02")
    left = ("f1_above_always_yes", "skill", "worst_slice", "calibration", "data")
    only_champion = GATE.without(*left)
    good = made_up_candidate(month, truth_of(month))
    with pytest.raises(SettingError, match=r"nothing to ask about challenger: .* Give one, or add"):
        only_champion.decide(good)
    assert only_champion.decide(good, good).outcome == "promote"
    with pytest.raises(SettingError, match="this gate asks for nothing: leave one of them in"):
        only_champion.without("f1_against_champion", "log_loss_against_champion")


@pytest.mark.parametrize("validate", ["2020-02", "2020-01", "2019-12"])
def test_a_model_is_validated_on_a_later_month(validate: str) -> None:
    month = made_up_month("2020-02")
    model = fit("", month)
    with pytest.raises(SettingError, match=f"trained on 2020-02 and validated on {validate}"):
        Candidate.of(model, month, months=("2020-02", validate), train=month)


def test_months_before_are_before() -> None:
    month = made_up_month("2020-02")
    late = [Facts.of("2020-01", month), Facts.of("2020-02", month)]
    with pytest.raises(SettingError, match="2020-02 is named as a month before 2020-02"):
        Candidate.of(fit("", month), month, months=("2020-02", "2020-03"), before=late)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (["2019-01", "2019-03"], "2019-03 stands after 2019-01"),
        (["2019-02", "2019-01"], "2019-01 stands after 2019-02"),
    ],
)
def test_folds_are_of_months_in_a_row(order: list[str], said: str) -> None:
    with pytest.raises(RecordsError, match=f"{said}: give months in a row"):
        list(folds({name: MONTHS[name] for name in order}, fit))


def test_a_candidate_of_before_has_the_facts_of_the_new_month(
    turns: list[tuple[dm.Forest, Candidate]],
) -> None:
    (model, first), _, (_, third) = turns
    later = again(model, first, third)
    assert [f.month for f in later.facts] == ["2019-04"]
    assert [f.month for f in later.before] == ["2019-01", "2019-02", "2019-03"]
    assert np.array_equal(later.period.p, dm.predict_proba(model, MONTHS["2019-04"]))
    assert later.base_rate == first.base_rate


def test_a_review_is_asked_a_month_after_each_release(
    turns: list[tuple[dm.Forest, Candidate]],
) -> None:
    gate = GATE.without("f1_above_always_yes", "f1_against_champion")
    history = pd.DataFrame(
        {
            "train": ["2019-01", "2019-02", "2019-03"],
            "champion": ["none", "2019-01", "2019-02"],
            "outcome": ["promote", "promote", "promote"],
        }
    )
    decisions: list[dm.promotion.Decision] = []
    table = reviewed(turns, history, gate, decisions.append)
    # The first has no predecessor, the last no month after it.
    assert table["release"].unique().tolist() == ["2019-02"]
    assert table["criterion"].tolist() == ["log_loss_against_champion", "data"]
    row = table.iloc[0]
    assert (row["previous"], row["month"]) == ("2019-01", "2019-04")
    y = MONTHS["2019-04"][dm.LABEL].to_numpy()
    one, two = (
        np.mean(dm.losses.floored_losses(y, dm.predict_proba(model, MONTHS["2019-04"])))
        for model, _ in turns[:2]
    )
    assert row["value"] == pytest.approx(one - two)
    assert [d.subject for d in decisions] == ["forest 2019-02"]
    held = reviewed(turns, history.assign(outcome="hold"), gate)
    assert held.empty and list(held) == list(table)


def test_plans_and_ways_that_are_none() -> None:
    with pytest.raises(SettingError, match="no histories to plan by: give"):
        plan({})
    one = pd.DataFrame({"train": ["a"], "validate": ["b"], "in_service": ["none"]})
    with pytest.raises(SettingError, match="the history of two is of other months than that of on"):
        plan({"one": one, "two": one.assign(validate="c")})
    ways = pd.DataFrame([("2019-02", "constant", CONSTANT)], columns=["month", "way", "model"])
    served = Served(MONTHS, ways, fit, draws=100)
    with pytest.raises(SettingError, match="no way 'nope' was planned: take one of constant"):
        served.means("nope")
    with pytest.raises(SettingError, match="month 2019-03 was not planned: take some of 2019-02"):
        served.means("constant", ["2019-03"])
    with pytest.raises(SettingError, match="no months: take"):
        served.means("constant", [])


@pytest.mark.parametrize(
    ("month", "model", "said"),
    [
        ("2019-01", CONSTANT, "2019-01 is the first frame.* give the month before"),
        ("2019-07", CONSTANT, "2019-07 is planned, but there is no frame of it"),
        ("2019-02", "2018-07", "2018-07 is planned"),
    ],
)
def test_what_cannot_be_served_is_refused(month: str, model: str, said: str) -> None:
    ways = pd.DataFrame([(month, "way", model)], columns=["month", "way", "model"])
    with pytest.raises(RecordsError, match=said):
        Served(MONTHS, ways, fit, draws=100)
    backwards = {name: MONTHS[name] for name in sorted(MONTHS, reverse=True)}
    with pytest.raises(RecordsError, match="give the frames in order of time"):
        Served(backwards, ways, fit, draws=100)


def test_slices_of_missing_values_and_of_text_have_names() -> None:
    times = pd.Series(pd.date_range("2020-02-01", periods=56, freq="12h"))
    x = pd.DataFrame({"rate": [1.0, np.nan] * 28, "kind": ["card", "cash"] * 28})
    period = Period("2020-02", x, times, [0, 1, 1, 0] * 14, [0.2, 0.5, 0.8, 0.5] * 14)
    table = slice_skills(period, 0.5, ["rate", "kind"], 20, Draws(28, 100)).set_index("slice")
    assert set(table.index) == {"rate 1", "rate missing", "kind card", "kind cash"}
    assert table.loc["rate missing", "skill"] == pytest.approx(0)
    assert table.loc["rate missing", "skill"] == table.loc["kind cash", "skill"]


def test_months_as_long_have_draws_of_their_own() -> None:
    def drawn(start: str) -> np.ndarray:
        times = pd.Series(pd.date_range(start, periods=28))
        zeros = np.zeros(28)
        return Draws.of(Period("a", pd.DataFrame({"x": zeros}), times, zeros, zeros), 50).weights

    assert np.array_equal(drawn("2019-02-01"), drawn("2019-02-02"))
    assert not np.array_equal(drawn("2019-02-01"), drawn("2019-03-01"))
