"""What a period's truth is: fell, did not, or nobody knows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_periods import made_up_pair, made_up_period
from sklearn.metrics import brier_score_loss, f1_score

from debugml.alarms import DID_NOT, FELL, SUSPECT, UNDECIDED, Pair, Period, truth
from debugml.errors import RecordsError, SettingError


def test_figures_are_those_of_scikit_learn() -> None:
    pair = made_up_pair(right=0.7)
    f1 = truth([pair], "f1", 0.02).iloc[0]
    skill = truth([pair], "skill", 0.02).iloc[0]
    for column, period in (("before", pair.reference), ("after", pair.current)):
        assert f1[column] == pytest.approx(f1_score(period.y, period.p > 0.5))
        constant = np.full(period.n, pair.base_rate)
        expected = 1 - brier_score_loss(period.y, period.p) / brier_score_loss(period.y, constant)
        assert skill[column] == pytest.approx(expected)
        base_rate = period.y.mean()
        own = 1 - brier_score_loss(period.y, period.p) / (base_rate * (1 - base_rate))
        found = {
            name: truth([pair], name, 0.02).iloc[0][column]
            for name in ("difference", "skill_own_rate")
        }
        yes = f1_score(period.y, np.ones(period.n))
        assert found["difference"] == pytest.approx(f1[column] - yes)
        assert found["skill_own_rate"] == pytest.approx(own)


def test_three_answers() -> None:
    found = [
        truth([made_up_pair(right=right)], "f1", 0.05)["truth"].item()
        for right in (0.6, 0.8, 0.755)
    ]
    assert found == [FELL, DID_NOT, UNDECIDED]


def test_a_rise_is_no_fall_and_a_wider_tolerance_forgives() -> None:
    assert truth([made_up_pair(right=0.95)], "f1", 0.0)["truth"].item() == DID_NOT
    fell = made_up_pair(right=0.7)
    assert truth([fell], "f1", 0.02)["truth"].item() == FELL
    assert truth([fell], "f1", 0.5)["truth"].item() == DID_NOT


def test_suspect_data_stay_out() -> None:
    pairs = [made_up_pair(right=0.5), made_up_pair(right=0.5, suspect=True)]
    assert truth(pairs, "f1", 0.02)["truth"].tolist() == [FELL, SUSPECT]


def test_days_that_differ_widen_the_interval() -> None:
    """The same records, once spread over all days and once with good and bad days."""
    even = made_up_period("2020-03", right=0.7, seed=3)
    order = np.argsort((even.y == (even.p > 0.5)), kind="stable")
    uneven = Period("2020-03", even.features, even.times, even.y[order], even.p[order])
    reference = made_up_period("2020-02")
    widths = []
    for current in (even, uneven):
        row = truth([Pair(reference, current, 0.5)], "f1", 0.02).iloc[0]
        widths.append(row["high"] - row["low"])
    assert widths[1] > 3 * widths[0]


def test_the_interval_holds_no_change_as_often_as_it_says() -> None:
    reference = [made_up_period("2020-02", a_day=40, seed=s) for s in range(60)]
    current = [made_up_period("2020-03", a_day=40, seed=1000 + s) for s in range(60)]
    pairs = [Pair(a, b, 0.5) for a, b in zip(reference, current, strict=True)]
    table = truth(pairs, "f1", 0.0, draws=300)
    held = ((table["low"] <= 0) & (table["high"] >= 0)).sum()
    # 95 % of 60 is 57; fewer than 51 would come by chance once in a hundred.
    assert held >= 51


def test_bad_input_says_what_to_give() -> None:
    pair = made_up_pair()
    with pytest.raises(SettingError, match="no figure 'auc': choose f1, difference, skill"):
        truth([pair], "auc", 0.02)
    with pytest.raises(SettingError, match=r"tolerance of -0\.1"):
        truth([pair], "f1", -0.1)
    short = made_up_period("2020-03", days=7)
    with pytest.raises(SettingError, match=r"2020-03 has 7 days: .* needs 14"):
        truth([Pair(pair.reference, short, 0.5)], "f1", 0.02)
    with pytest.raises(RecordsError, match="2 features, 1 times"):
        Period("a", pd.DataFrame({"x": [1, 2]}), pair.current.times[:1], [0, 1], [0.1, 0.2])
    with pytest.raises(RecordsError, match="period a has no records"):
        Period("a", pd.DataFrame({"x": []}), pair.current.times[:0], [], [])
    with pytest.raises(RecordsError, match="a label is 2"):
        Period("a", pd.DataFrame({"x": [1]}), pair.current.times[:1], [2], [0.1])
    with pytest.raises(RecordsError, match="a probability is 9"):
        Period("a", pd.DataFrame({"x": [1]}), pair.current.times[:1], [0], [9.0])
    other = Period("b", pd.DataFrame({"y": [1.0]}), pair.current.times[:1], [0], [0.1])
    with pytest.raises(RecordsError, match="features of 2020-02 and b differ"):
        Pair(pair.reference, other, 0.5)
