"""Data checks: seeded corruptions and the real suspect month are caught, calm months pass."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from made_up_candidates import made_up_month

import debugml as dm
from debugml.errors import RecordsError, SchemaError
from debugml.features import LABEL
from debugml.promotion import DataLimits, Facts, check_data

BEFORE = [Facts.of(f"2019-1{i}", made_up_month(f"2019-1{i}", seed=i)) for i in range(3)]
MONTH = made_up_month("2020-01", seed=7)


def failed(frame: pd.DataFrame, before: list[Facts] = BEFORE) -> set[tuple[str, str]]:
    table = check_data(Facts.of("2020-01", frame), before, DataLimits())
    return {(row.check, row.column) for row in table[~table["passed"]].itertuples()}


def test_a_month_like_those_before_passes() -> None:
    assert failed(MONTH) == set()


@pytest.mark.parametrize(
    ("corrupted", "caught"),
    [
        (MONTH.assign(trip_distance=MONTH["trip_distance"] * 1.609), {("median", "trip_distance")}),
        (
            MONTH.assign(passenger_count=np.float32(0)),
            {("constant", "passenger_count"), ("zero", "passenger_count")},
        ),
        (MONTH.assign(RatecodeID=np.float32(1)), {("constant", "RatecodeID")}),
        (
            MONTH.assign(RatecodeID=MONTH["RatecodeID"].where(np.arange(len(MONTH)) % 5 > 0, -1)),
            {("missing", "RatecodeID")},
        ),
        (pd.concat([MONTH, MONTH[:60]]), {("repeated", "")}),
        (pd.concat([MONTH, MONTH]), {("repeated", ""), ("rows", "")}),
        (MONTH[:800], {("rows", "")}),
        (MONTH.assign(**{LABEL: MONTH[LABEL].where(np.arange(len(MONTH)) % 4 > 0, 0)}),
         {("label_rate", "")}),
    ],
    ids=["km", "zeroed", "constant", "missing", "some twice", "all twice", "cut", "labels lost"],
)  # fmt: skip
def test_corruptions_are_caught_and_named(
    corrupted: pd.DataFrame, caught: set[tuple[str, str]]
) -> None:
    assert failed(corrupted) == caught


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(60)), st.integers(1, 3))
def test_the_order_of_rows_does_not_matter(order: list[int], months: int) -> None:
    part = MONTH[:60]
    one, other = Facts.of("m", part), Facts.of("m", part.iloc[order])
    pd.testing.assert_frame_equal(
        check_data(one, BEFORE[:months], DataLimits()),
        check_data(other, BEFORE[:months], DataLimits()),
    )


def test_without_months_before_only_what_needs_none_is_checked() -> None:
    table = check_data(Facts.of("2020-01", MONTH), [], DataLimits())
    assert set(table["check"]) == {"repeated", "constant"}
    assert failed(MONTH.assign(work_hours=np.float32(1)), []) == {("constant", "work_hours")}


def test_one_bad_month_before_does_not_hide_or_cause_a_fault() -> None:
    bad = Facts.of("2019-12", MONTH.assign(passenger_count=np.float32(0)))
    assert failed(MONTH, [*BEFORE[1:], bad]) == set()
    assert ("zero", "passenger_count") in failed(
        MONTH.assign(passenger_count=MONTH["passenger_count"] - 2), [*BEFORE[1:], bad]
    )


def test_the_suspect_month_of_the_sample_is_caught() -> None:
    months = ("2018-11", "2018-12", "2019-01", "2019-02", "2019-03", "2019-10")
    facts = {m: Facts.of(m, dm.featurize(dm.load(m))) for m in months}
    table = check_data(facts["2019-02"], [facts[m] for m in months[:3]], DataLimits())
    # The surcharge of that month moved tips too: a check can't tell it from a fault.
    assert set(table.loc[~table["passed"], "column"]) == {"passenger_count", ""}
    zero = table[(table["check"] == "zero") & (table["column"] == "passenger_count")].iloc[0]
    assert zero["value"] == pytest.approx(0.158, abs=0.001) and not zero["passed"]
    after = check_data(facts["2019-03"], [facts[m] for m in months[1:4]], DataLimits())
    assert after["passed"].all()


def test_frames_that_cannot_be_checked() -> None:
    with pytest.raises(SchemaError, match="no column trip_time"):
        Facts.of("2020-01", MONTH.drop(columns=["trip_time"]))
    with pytest.raises(RecordsError, match="2020-01 has no rows"):
        Facts.of("2020-01", MONTH[:0])
