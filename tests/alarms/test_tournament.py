"""The table of hits and false alarms, by hand and against scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from made_up_periods import made_up_pair
from sklearn.metrics import confusion_matrix

from debugml.alarms import (
    DID_NOT,
    FELL,
    SUSPECT,
    UNDECIDED,
    Policy,
    Prices,
    always,
    decide,
    every,
    never,
    tournament,
)
from debugml.errors import RecordsError, SettingError


def table(alarms: list[bool], truths: list[str], prices: Prices | None = None) -> pd.Series:
    periods = [f"p{i}" for i in range(len(truths))]
    decisions = pd.DataFrame(
        {"period": periods, "policy": "mine", "sees": "labels", "alarm": alarms}
    )
    return tournament(decisions, pd.DataFrame({"period": periods, "truth": truths}), prices).iloc[0]


def test_by_hand() -> None:
    row = table(
        [True, True, False, False, True, True],
        [FELL, DID_NOT, FELL, DID_NOT, UNDECIDED, SUSPECT],
        Prices(false_alarm=2, miss=10),
    )
    assert row[["scored", "falls", "hits", "misses", "false_alarms"]].tolist() == [4, 2, 1, 1, 1]
    assert row["unscored_alarms"] == 2
    assert row["precision"] == row["recall"] == row["false_alarm_rate"] == 0.5
    assert row["cost"] == 12
    # Two alarms on four periods with two falls: 0, 1 or 2 hits with chance 1/6, 4/6, 1/6.
    assert row["cost_random"] == pytest.approx((24 + 4 * 12 + 0) / 6)
    assert row["p_random"] == pytest.approx(5 / 6)


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([FELL, DID_NOT, UNDECIDED])),
        min_size=1,
        max_size=30,
    )
)
def test_counts_are_a_confusion_matrix(records: list[tuple[bool, str]]) -> None:
    alarms, truths = (list(column) for column in zip(*records, strict=True))
    row = table(alarms, truths)
    judged = [i for i, t in enumerate(truths) if t != UNDECIDED]
    expected = (
        confusion_matrix(
            [truths[i] == FELL for i in judged], [alarms[i] for i in judged], labels=[False, True]
        )
        if judged
        else np.zeros((2, 2), dtype=int)
    )
    assert row["false_alarms"] == expected[0, 1]
    assert row["misses"] == expected[1, 0]
    assert row["hits"] == expected[1, 1]
    assert row["cost"] == expected[0, 1] + 5 * expected[1, 0]
    assert row["cost_random_low"] <= row["cost_random"] + 1e-9
    assert row["cost_random"] <= row["cost_random_high"] + 1e-9


def test_random_alarms_cost_what_every_way_to_place_them_costs_on_average() -> None:
    truths = [FELL, DID_NOT, DID_NOT, FELL, DID_NOT]
    row = table([True, True, False, False, False], truths)
    costs = [
        table([i in chosen for i in range(5)], truths)["cost"]
        for chosen in itertools.combinations(range(5), 2)
    ]
    assert row["cost_random"] == pytest.approx(np.mean(costs))


def test_the_dummies() -> None:
    pairs = [made_up_pair(turn=turn, a_day=10) for turn in range(7)]
    for at, pair in enumerate(pairs):
        object.__setattr__(pair.current, "name", f"p{at}")
    decisions = decide(iter(pairs), [always(), never(), every(3)])
    by = decisions.pivot(index="period", columns="policy", values="alarm")
    assert by["always"].all() and not by["never"].any()
    assert by["every 3rd"].tolist() == [False, False, True, False, False, True, False]
    truths = pd.DataFrame({"period": by.index, "truth": [FELL] + [DID_NOT] * 6})
    scored = tournament(decisions, truths).set_index("policy")
    assert scored.loc["always", "cost"] == 6 and scored.loc["never", "cost"] == 5
    assert pd.isna(scored.loc["never", "precision"])
    # Chance cannot do better or worse than always and never: they leave it no choice.
    assert scored.loc["always", "cost_random"] == 6 and scored.loc["never", "cost_random"] == 5


def test_bad_input_says_what_to_give() -> None:
    with pytest.raises(SettingError, match="two policies are called 'always'"):
        decide([], [always(), always()])
    nothing = Policy("mine", lambda pair: float("nan"), 0.5)
    with pytest.raises(RecordsError, match="'mine' has no number for 2020-03"):
        decide([made_up_pair(a_day=10)], [nothing])
    with pytest.raises(SettingError, match="every 0"):
        every(0)
    with pytest.raises(SettingError, match="price of -1"):
        table([True], [FELL], Prices(miss=-1))
    for level in (float("nan"), float("inf")):
        with pytest.raises(SettingError, match="'mine' has a threshold of"):
            Policy("mine", lambda pair: 0.0, level)
    with pytest.raises(SettingError, match="'mine' has a level of 5"):
        Policy("mine", lambda pair: 0.0, 5, side="below")
    decisions = pd.DataFrame({"period": ["a"], "policy": "x", "sees": "labels", "alarm": [True]})
    twice = pd.DataFrame({"period": ["a", "a"], "truth": [FELL, FELL]})
    with pytest.raises(RecordsError, match="two truths for period a"):
        tournament(decisions, twice)
    with pytest.raises(RecordsError, match="a truth is 'Fell': give fell, did not"):
        tournament(decisions, pd.DataFrame({"period": ["a"], "truth": ["Fell"]}))
    some = pd.DataFrame({"period": ["a", "b"], "truth": FELL})
    mixed = pd.concat([decisions, decisions.assign(period="b", policy="y")])
    with pytest.raises(RecordsError, match="policy 'x' has 1 decisions on 2 periods"):
        tournament(mixed, some)
    with pytest.raises(RecordsError, match="period a has decisions or a truth, not both"):
        tournament(decisions, pd.DataFrame({"period": [], "truth": []}))


def test_ordinals() -> None:
    said = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th"}
    said |= {21: "21st", 22: "22nd", 111: "111th", 112: "112th", 121: "121st"}
    assert {k: every(k).name for k in said} == {k: f"every {text}" for k, text in said.items()}
