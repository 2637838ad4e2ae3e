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

from debugml.drift import ks, ks_table, p_by_size
from debugml.drift.ks import MAX_KSTWO, asymptotic_p
from debugml.errors import SchemaError
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

    monkeypatch.setattr(module, "_scipy_p", fail)
    table = ks_table(train, march)
    assert "p_value" not in table.to_frame(p_value=False)
    with pytest.raises(AssertionError, match="p was computed"):
        _ = table["trip_time"].p_value
    monkeypatch.undo()
    first = table["trip_time"].p_value
    monkeypatch.setattr(module, "_scipy_p", fail)
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


@pytest.mark.slow
@pytest.mark.parametrize("n", [200_010, 1_000_000, 6_400_000])
def test_the_limit_is_near_scipy_where_it_takes_over(n: int) -> None:
    size = n / 2
    assert size > MAX_KSTWO
    # From a p near 1 to one of 1e-10.
    for scaled in np.linspace(0.4, 3.4, 7):
        d = scaled / np.sqrt(size)
        expected = stats.kstwo.sf(d, np.round(size))
        assert asymptotic_p(d, n, n) == pytest.approx(expected, rel=0.01)


def test_p_by_size_is_scipys_at_equal_sizes() -> None:
    found = p_by_size([0.01, 0.05], [20_000, 50_000])
    assert found[["statistic", "n"]].values.tolist() == [
        [0.01, 20_000],
        [0.01, 50_000],
        [0.05, 20_000],
        [0.05, 50_000],
    ]
    # Two samples built to have this D exactly.
    a = np.arange(20_000)
    expected = stats.ks_2samp(a, a + 200)
    assert expected.statistic == pytest.approx(0.01)
    assert found["p_value"][0] == pytest.approx(expected.pvalue, abs=1e-9)
    assert found["p_value"].between(0, 1).all()
