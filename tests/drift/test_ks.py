"""Kolmogorov–Smirnov against scipy: D and p, with ties, missing values and any split."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import stats

from debugml.drift import ks, ks_table
from debugml.drift.buckets import gap_in_buckets
from debugml.drift.widest import Gap, widest_gap
from debugml.errors import RecordsError, SchemaError
from debugml.summary import ValueCounts

NAN = float("nan")
tied = st.one_of(st.integers(-5, 5).map(float), st.just(NAN))
spread = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False), st.integers(-5, 5).map(float), st.just(NAN)
)
samples = st.one_of(st.lists(tied, min_size=1, max_size=80), st.lists(spread, min_size=1))


def present(sample: list[float]) -> np.ndarray:
    array = np.array(sample)
    return array[~np.isnan(array)]


@pytest.mark.filterwarnings("ignore:ks_2samp. Exact calculation unsuccessful")
@settings(max_examples=300, deadline=None)
@given(samples, samples)
def test_d_and_p_are_scipys(one: list[float], other: list[float]) -> None:
    a, b = present(one), present(other)
    assume(len(a) and len(b))
    found, expected = ks(ValueCounts.of(one), ValueCounts.of(other)), stats.ks_2samp(a, b)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert (found.n_reference, found.n_current) == (len(a), len(b))


@settings(max_examples=200, deadline=None)
@given(samples, samples)
def test_location_and_sign_are_where_the_functions_part(
    one: list[float], other: list[float]
) -> None:
    a, b = present(one), present(other)
    assume(len(a) and len(b))
    found = ks(ValueCounts.of(one), ValueCounts.of(other))
    gap = (a <= found.location).mean() - (b <= found.location).mean()
    assert abs(gap) == pytest.approx(found.statistic, abs=1e-12)
    assert found.sign in (-1, 1)
    if found.statistic:
        assert np.sign(gap) == found.sign


@pytest.mark.parametrize("sizes", [(9_969, 9_950), (10_000, 10_000), (10_001, 9_000), (60_000, 3)])
@pytest.mark.parametrize("ties", [True, False])
def test_p_at_real_sizes_exact_and_asymptotic(sizes: tuple[int, int], ties: bool) -> None:
    generator = np.random.default_rng(sum(sizes) + ties)
    a, b = generator.normal(0, 1, sizes[0]), generator.normal(0.02, 1, sizes[1])
    if ties:
        a, b = a.round(1), b.round(1)
    found, expected = ks(ValueCounts.of(a), ValueCounts.of(b)), stats.ks_2samp(a, b)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert 1e-6 < found.p_value < 1, "no p to compare: the test shows nothing"


def test_every_feature_of_two_months_is_scipys(train: pd.DataFrame, march: pd.DataFrame) -> None:
    table = ks_table(train, march)
    assert len(table) == 12  # eleven features and the label
    for name, result in table.results.items():
        expected = stats.ks_2samp(train[name].astype(float), march[name].astype(float))
        assert result.statistic == pytest.approx(expected.statistic, abs=1e-12), name
        assert result.p_value == pytest.approx(expected.pvalue, abs=1e-9), name
    statistics = table.to_frame(p_value=False)["statistic"]
    assert statistics.is_monotonic_decreasing


def test_p_is_not_computed_until_it_is_read(
    train: pd.DataFrame, march: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The package binds the name `ks` to the function; the module is meant.
    module = importlib.import_module("debugml.drift.ks")

    def fail(*_: Any) -> float:
        raise AssertionError("p was computed")

    monkeypatch.setattr(module, "p_at_gap", fail)
    table = ks_table(train, march)
    assert "p_value" not in table.to_frame(p_value=False)
    with pytest.raises(AssertionError, match="p was computed"):
        _ = table["trip_time"].p_value
    monkeypatch.undo()
    first = table["trip_time"].p_value
    monkeypatch.setattr(module, "p_at_gap", fail)
    assert table["trip_time"].p_value == first  # kept


@settings(max_examples=100, deadline=None)
@given(samples, samples, st.integers(1, 5))
def test_any_split_gives_the_same_result(one: list[float], other: list[float], parts: int) -> None:
    assume(len(present(one)) and len(present(other)))
    pieces = [ValueCounts.of(one[i::parts]) for i in range(parts)]
    current = ValueCounts.of(other)
    whole = ks(ValueCounts.of(one), current)
    assert ks(reduce(ValueCounts.merge, pieces), current) == whole
    assert ks(reduce(ValueCounts.merge, pieces[::-1]), current) == whole


def test_known_cases() -> None:
    one = ValueCounts.of([1.0, 2.0, 3.0])
    same = ks(one, ValueCounts.of([3.0, 1.0, 2.0]))
    assert same.statistic == 0 and same.p_value == 1
    apart = ks(one, ValueCounts.of([7.0, 8.0]))
    assert apart.statistic == 1 and apart.sign == 1 and apart.location == 3
    assert ks(ValueCounts.of([7.0]), one).sign == -1
    constant = ks(ValueCounts.of([4.0] * 9), ValueCounts.of([4.0] * 5))
    assert constant.statistic == 0 and constant.p_value == 1


def test_missing_values_are_left_out_column_by_column() -> None:
    before = pd.DataFrame({"x": [1.0, 2.0, NAN], "y": [NAN, NAN, 5.0]})
    after = pd.DataFrame({"x": [1.0, 2.0, 9.0], "y": [5.0, NAN, 5.0]})
    table = ks_table(before, after)
    assert (table["x"].n_reference, table["x"].n_current) == (2, 3)
    assert (table["y"].n_reference, table["y"].n_current) == (1, 2)
    assert table["y"].statistic == 0


def test_nullable_and_boolean_columns() -> None:
    before = pd.DataFrame({"x": pd.array([1, None, 3], dtype="Int64"), "b": [True, False, True]})
    after = pd.DataFrame({"x": pd.array([1, 2, None], dtype="Int64"), "b": [True, True, True]})
    table = ks_table(before, after)
    assert table["x"].statistic == 0.5 and table["x"].n_reference == 2
    assert table["b"].statistic == pytest.approx(1 / 3)


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinities_are_refused_by_column(bad: float) -> None:
    fine = pd.DataFrame({"ok": [1.0], "speed": [1.0]})
    with pytest.raises(ValueError, match="column speed: the sample holds infinities"):
        ks_table(fine, pd.DataFrame({"ok": [1.0], "speed": [bad]}))


def test_empty_columns_are_refused_by_name_and_side() -> None:
    fine, empty = pd.DataFrame({"speed": [1.0]}), pd.DataFrame({"speed": [NAN, NAN]})
    with pytest.raises(ValueError, match="column speed: the current sample has no values"):
        ks_table(fine, empty)
    with pytest.raises(ValueError, match="column speed: the reference sample has no values"):
        ks_table(fine.head(0), fine)


def test_columns_that_are_not_there() -> None:
    frame = pd.DataFrame({"x": [1.0], "name": ["a"]})
    with pytest.raises(SchemaError, match="current frame has no column x"):
        ks_table(frame, frame.drop(columns="x"), ["x"])
    with pytest.raises(SchemaError, match="reference frame has no column z"):
        ks_table(frame, frame, ["x", "z"])
    with pytest.raises(SchemaError, match="no numeric column"):
        ks_table(frame[["name"]], frame[["name"]])
    assert list(ks_table(frame, frame).results) == ["x"]


def test_dask_equals_pandas(train: pd.DataFrame, march: pd.DataFrame) -> None:
    import dask.dataframe as dd

    parts = dd.from_pandas(march, npartitions=4)
    here, there = ks_table(train, march).to_frame(), ks_table(train, parts).to_frame()
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def brute(one: list[float], other: list[float]) -> Gap:
    """The gap at every value of either sample, counted one by one; the first widest."""
    a, b = present(one), present(other)
    found = [
        Gap((a <= x).sum() / len(a) - (b <= x).sum() / len(b), x, (a <= x).sum(), (b <= x).sum())
        for x in sorted({*a.tolist(), *b.tolist()})
    ]
    return max(found, key=lambda gap: abs(gap.size))


@pytest.mark.parametrize("few", [(0, 0), (2, 0), (3, 20)])
@settings(max_examples=150, deadline=None)
@given(samples, samples)
def test_the_widest_gap_is_the_first_of_all_gaps(
    few: tuple[int, int], one: list[float], other: list[float]
) -> None:
    assume(len(present(one)) and len(present(other)))
    module = importlib.import_module("debugml.drift.widest")
    with pytest.MonkeyPatch.context() as patch:
        # So low that samples of this size, too, are halved to the end.
        patch.setattr(module, "FEW", few[0])
        patch.setattr(module, "AT_ONCE", few[1])
        assert widest_gap(ValueCounts.of(one), ValueCounts.of(other)) == brute(one, other)


@settings(max_examples=200, deadline=None)
@given(samples, samples, st.sampled_from(["f4", "f8"]))
def test_buckets_find_the_same_gap(one: list[float], other: list[float], kind: str) -> None:
    a, b = (present(side).astype(kind) for side in (one, other))
    assume(len(a) and len(b))
    found = gap_in_buckets(a, b)
    assert found in (None, brute(a.tolist(), b.tolist()))


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("shift", [0.0, 0.02, 1.0])
def test_long_columns_go_by_buckets_and_agree_with_counts(kind: str, shift: float) -> None:
    generator = np.random.default_rng(1)
    # Tails far beyond the buckets, ties within them, and as many values missing.
    a = np.exp(3 * generator.normal(0, 1, 40_000)).astype(kind)
    b = np.exp(3 * generator.normal(shift, 1, 30_000)).astype(kind)
    a[::7], b[::9], a[5], b[9] = 1.5, 1.5, 3e38, -3e38
    for column in (a, b):
        column[::11] = NAN
    table = ks_table(pd.DataFrame({"x": a}), pd.DataFrame({"x": b}))
    assert gap_in_buckets(present(a), present(b)) is not None  # type: ignore[arg-type]
    assert table["x"] == ks(ValueCounts.of(a), ValueCounts.of(b))
    same = ks_table(pd.DataFrame({"x": a}), pd.DataFrame({"x": a[::-1]}))["x"]
    assert same == ks(ValueCounts.of(a), ValueCounts.of(a))


@pytest.mark.parametrize("digits", [0, 1, 2, 4])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_tied_values_in_buckets(digits: int, shift: float) -> None:
    generator = np.random.default_rng(digits)
    # A few that are not tied, between many that are.
    a, b = (generator.normal(at, 3, 90_000).round(digits) for at in (0, shift))
    a[:500], b[:400] = generator.normal(0, 3, 500), generator.normal(0, 3, 400)
    found = gap_in_buckets(a, b)
    assert found == widest_gap(ValueCounts.of(a), ValueCounts.of(b))


def test_buckets_are_left_alone_where_they_are_of_no_use() -> None:
    assert gap_in_buckets(np.array([0.5] * 9), np.array([0.5, 9.0])) is not None
    assert gap_in_buckets(np.full(9, 0.5), np.full(5, 0.5)) is None
    # Two values in nearly every bucket: all would be left to sort.
    pairs = np.repeat(np.arange(16_384), 8) + np.tile([0.1, 0.2, 0.1, 0.2], 32_768)
    assert gap_in_buckets(pairs, pairs[::-1]) is None
    assert gap_in_buckets(np.array([1, 2]), np.array([1, 2])) is None
    assert gap_in_buckets(np.array([0.5, 1.0]), np.array([0.5, 1.0], dtype="f4")) is None


@pytest.mark.parametrize("shift", [0.0, 0.001, 0.1, 9.0])
@pytest.mark.parametrize("digits", [2, 4, 12])
def test_large_samples_are_scipys(shift: float, digits: int) -> None:
    generator = np.random.default_rng(digits)
    a = generator.normal(0, 1, 30_000).round(digits).astype(np.float32)
    b = generator.normal(shift, 1, 50_001).round(digits).astype(np.float32)
    found, expected = ks(ValueCounts.of(a), ValueCounts.of(b)), stats.ks_2samp(a, b)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
    gap = (a <= found.location).mean() - (b <= found.location).mean()
    assert found.sign * gap == pytest.approx(found.statistic, abs=1e-12)


@pytest.mark.filterwarnings("ignore:ks_2samp. Exact calculation unsuccessful")
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3_000), st.integers(1, 3_000), st.integers(1, 500), st.integers(0, 2**32 - 1))
def test_unequal_sizes_to_thousands_with_ties(n: int, m: int, distinct: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    a, b = generator.integers(0, distinct, n), generator.integers(distinct // 20, distinct, m)
    found, expected = ks(ValueCounts.of(a), ValueCounts.of(b)), stats.ks_2samp(a, b)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


def test_one_value_and_missing_of_every_nullable_kind() -> None:
    assert ks(ValueCounts.of([3.0]), ValueCounts.of([3.0])).p_value == 1
    before = pd.DataFrame(
        {
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "real": pd.array([0.5, None, 1.5], dtype="Float64"),
            "flag": pd.array([True, None, False], dtype="boolean"),
        }
    )
    table = ks_table(before, before.iloc[::-1])
    assert set(table) == {"whole", "real", "flag"}
    assert all(r.statistic == 0 and r.n_reference == 2 for r in table.results.values())


def test_text_and_times_are_refused_by_column() -> None:
    frame = pd.DataFrame({"name": ["a"], "time": pd.to_datetime(["2020-03-01"])})
    with pytest.raises(RecordsError, match=r"column name: .*convert"):
        ks_table(frame, frame, ["name"])
    with pytest.raises(RecordsError, match=r"column time: values of type datetime64.* convert"):
        ks_table(frame, frame, ["time"])


def test_a_column_that_lies_spread_out_in_memory() -> None:
    block = np.random.default_rng(0).normal(size=(500, 3))
    frame = pd.DataFrame(block, columns=["x", "y", "z"])
    table = ks_table(frame, frame.add([0.0, 0.1, 5.0]))
    expected = stats.ks_2samp(block[:, 1], block[:, 1] + 0.1)
    assert table["y"].statistic == pytest.approx(expected.statistic, abs=1e-12)
    assert next(iter(table)) == "z"
