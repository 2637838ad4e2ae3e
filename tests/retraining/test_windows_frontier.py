"""Windows and the frontier: cases worked by hand, and the frontier by brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.retraining import Window, expanding, frontier, last, recency

HALVES = st.integers(0, 8).map(lambda n: n / 2)


def names(ways: list[tuple[str, float, float]], *, lower: bool = False) -> list[str]:
    table = pd.DataFrame(ways, columns=["way", "cost", "value"])
    return list(frontier(table, "cost", "value", lower=lower)["way"])


def test_a_frontier_worked_by_hand() -> None:
    #  value
    #  0.7            d
    #  0.6     b           c costs more than b and is worse; e costs more than d and is as good
    #  0.5  a     c      e(0.7)
    ways = [("a", 0, 0.5), ("b", 1, 0.6), ("c", 2, 0.5), ("d", 3, 0.7), ("e", 4, 0.7)]
    assert names(ways) == ["a", "b", "d"]
    # With losses, the cheapest is also the best but for c, which is as low: a beats it by cost.
    assert names(ways, lower=True) == ["a"]


def test_one_way_that_is_best_and_free_is_the_whole_frontier() -> None:
    assert names([("months", 35, 0.63), ("yes", 0, 0.68), ("never", 1, 0.60)]) == ["yes"]


def test_duplicates_stay_together_and_ties_in_one_figure_do_not() -> None:
    assert names([("a", 1, 0.5), ("b", 1, 0.5), ("c", 2, 0.6)]) == ["a", "b", "c"]
    assert names([("a", 1, 0.5), ("b", 1, 0.6)]) == ["b"]  # same cost
    assert names([("a", 1, 0.5), ("b", 2, 0.5)]) == ["a"]  # same value
    assert names([("only", 7, 0.1)]) == ["only"]
    assert names([]) == []


@given(st.lists(st.tuples(HALVES, HALVES), max_size=12), st.booleans())
def test_the_frontier_by_brute_force(ways: list[tuple[float, float]], lower: bool) -> None:
    table = pd.DataFrame(ways, columns=["cost", "value"])
    found = frontier(table, "cost", "value", lower=lower)
    worth = [-value if lower else value for _, value in ways]
    unbeaten = []
    for i, (cost, _) in enumerate(ways):
        beaten = False
        for j, (other, _) in enumerate(ways):
            if (other < cost and worth[j] >= worth[i]) or (other <= cost and worth[j] > worth[i]):
                beaten = True
        if not beaten:
            unbeaten.append(i)
    assert sorted(found.index) == unbeaten
    assert found["cost"].is_monotonic_increasing


def test_a_frontier_says_what_it_lacks() -> None:
    with pytest.raises(SchemaError, match="no column price"):
        frontier(pd.DataFrame({"f1": [0.5]}), "price", "f1")
    with pytest.raises(RecordsError, match="a f1 is missing"):
        frontier(pd.DataFrame({"price": [1], "f1": [np.nan]}), "price", "f1")


def kept(window: Window, ages: list[int], seed: int = 0) -> list[bool]:
    return window.keeps(ages, np.random.default_rng(seed)).tolist()


def test_windows_worked_by_hand() -> None:
    ages = [2, 1, 1, 0]
    assert kept(last(1), ages) == [False, False, False, True]
    assert kept(last(2), ages) == [False, True, True, True]
    assert kept(expanding(), ages) == [True] * 4


def test_recency_halves_with_every_half_life() -> None:
    ages = np.repeat([0, 3, 6], 4000)
    found = recency(3).keeps(ages, np.random.default_rng(1))
    assert found[:4000].all()
    for start, share in ((4000, 0.5), (8000, 0.25)):
        # 4,000 draws: four standard errors are 0.032 at most.
        assert found[start : start + 4000].mean() == pytest.approx(share, abs=0.032)


@pytest.mark.parametrize("wrong", [0, -1, 1.5])
def test_a_window_of_no_whole_months_is_refused(wrong: float) -> None:
    with pytest.raises(SettingError, match="whole number of months"):
        last(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [0, -2, float("nan"), float("inf")])
def test_a_half_life_must_be_above_zero(wrong: float) -> None:
    with pytest.raises(SettingError, match="half-life"):
        recency(wrong)


def test_a_window_does_not_look_ahead() -> None:
    with pytest.raises(SettingError, match="-1 months"):
        kept(expanding(), [0, -1])
