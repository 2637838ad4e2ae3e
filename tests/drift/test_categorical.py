"""Chi-squared and Cramér's V: against scipy, the small-count rule by hand, the level kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from scipy import stats
from scipy.stats.contingency import association

from debugml.drift.categorical import MIN_EXPECTED, CategoryCounts, aligned, chi_squared
from debugml.errors import RecordsError, SchemaError

frequent = st.lists(
    st.tuples(st.integers(20, 90), st.integers(20, 90)), min_size=2, max_size=8
)  # at least 20 of 2 · 20 … 90 · 8: every class is expected often enough
some = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), min_size=1, max_size=9).filter(
    lambda rows: all(sum(side) for side in zip(*rows, strict=True))
)


@given(frequent)
def test_statistic_p_and_v_are_scipys(rows: list[tuple[int, int]]) -> None:
    table = np.array(rows).T
    found, expected = chi_squared(*table), stats.chi2_contingency(table, correction=False)
    assert found.pooled == 0
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert found.degrees_of_freedom == expected.dof
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.cramers_v == pytest.approx(association(table, method="cramer"), abs=1e-9)


@given(some)
def test_after_pooling_every_class_is_expected_often_enough(rows: list[tuple[int, int]]) -> None:
    one, other = np.array(rows).T
    found = chi_squared(one, other)
    classes = found.degrees_of_freedom + 1
    present = sum(1 for row in rows if sum(row))
    assert classes == present - max(0, found.pooled - 1)
    if found.degrees_of_freedom == 0:
        assert (found.statistic, found.p_value, found.cramers_v) == (0, 1, 0)
        return
    # The same pooling, by the rule's own words: the rarest go, one after the other.
    whole, smaller = one.sum() + other.sum(), min(one.sum(), other.sum())
    columns = sorted(((a + b, a, b) for a, b in rows if a + b), key=lambda c: c[0])
    pooled = columns[: found.pooled]
    kept = columns[found.pooled :]
    if pooled:
        kept.append(tuple(np.sum(pooled, axis=0)))
    assert all(total * smaller >= MIN_EXPECTED * whole for total, _, _ in kept)
    totals = sorted(total for total, _, _ in columns)
    if found.pooled:  # one fewer would have left a rare class, or too rare an "other"
        short = totals[: found.pooled - 1]
        left = totals[found.pooled - 1 :]
        assert (
            min(left) * smaller < MIN_EXPECTED * whole
            or sum(short) * smaller < MIN_EXPECTED * whole
        )


@given(some)
def test_symmetric_and_nothing_for_the_same_counts(rows: list[tuple[int, int]]) -> None:
    one, other = np.array(rows).T
    assert chi_squared(one, other).statistic == pytest.approx(chi_squared(other, one).statistic)
    same = chi_squared(one, one)
    assert same.statistic == 0 and same.p_value == 1 and same.cramers_v == 0


def test_pooling_by_hand() -> None:
    # Half of 200: the classes of 2, 3 and 6 are expected 1, 1.5 and 3 times, together 5.5.
    found = chi_squared([50, 44, 1, 2, 3], [50, 45, 1, 1, 3])
    assert (found.pooled, found.degrees_of_freedom) == (3, 2)
    assert found.statistic == pytest.approx(
        stats.chi2_contingency([[50, 44, 6], [50, 45, 5]], correction=False).statistic
    )
    # The class of 3 alone is expected 1.5 times: the rarest of the rest comes in.
    found = chi_squared([50, 9, 1], [50, 8, 2])
    assert (found.pooled, found.degrees_of_freedom) == (2, 1)
    # It takes in all there is, and nothing is left to test.
    assert chi_squared([50, 1], [50, 0]).p_value == 1
    assert chi_squared([7], [9]).cramers_v == 0


def test_v_is_one_where_no_class_is_shared() -> None:
    found = chi_squared([40, 0, 60], [0, 70, 0])
    assert found.cramers_v == pytest.approx(1)


def test_the_level_is_kept_with_rare_classes() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.5, 0.3, 0.1, 0.05, 0.02, 0.01, 0.01, 0.005, 0.005])
    p = [
        chi_squared(rng.multinomial(150, shares), rng.multinomial(400, shares)).p_value
        for _ in range(4000)
    ]
    assert 0.038 < np.mean(np.array(p) <= 0.05) < 0.062  # three standard errors and a half


def test_counts_of_a_column_merge_over_any_split_and_forget_empty_categories() -> None:
    column = pd.Series(["card", "cash", None, "card", "dispute"], dtype="category")
    whole = CategoryCounts.of(column)
    assert whole == CategoryCounts({"card": 2, "cash": 1, "dispute": 1}, 1)
    assert CategoryCounts.of(column[:2]).merge(CategoryCounts.of(column[2:])) == whole
    assert CategoryCounts.of(column[:1]) == CategoryCounts({"card": 1}, 0)
    assert whole.n == 4


def test_codes_are_the_same_whole_or_float() -> None:
    whole = CategoryCounts.of(pd.Series([1, 2, 2]))
    floats = CategoryCounts.of(pd.Series([1.0, 2.0, np.nan]))
    names, one, other = aligned(whole, floats)
    assert (names, one.tolist(), other.tolist()) == ([1, 2], [1, 2], [1, 1])


def test_lists_are_refused() -> None:
    with pytest.raises(SchemaError, match="one plain value a row"):
        CategoryCounts.of(pd.Series([[1], [2]]))


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [([1], [1, 2], "1 and 2 classes"), ([0], [3], "has no records"), ([-1], [3], "is -1")],
)
def test_what_is_no_count_is_refused(one: list[int], other: list[int], said: str) -> None:
    with pytest.raises(RecordsError, match=said):
        chi_squared(one, other)
