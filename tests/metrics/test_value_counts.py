"""Value counts: the whole of a sample but for its order, however it was split."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from debugml.errors import RecordsError
from debugml.summary import ValueCounts, summarise

finite = st.floats(allow_infinity=False, allow_nan=True)
small = st.one_of(st.integers(-300, 300).map(float), st.just(float("nan")))
samples = st.one_of(st.lists(small, max_size=50), st.lists(finite, max_size=50))


def same(one: ValueCounts, other: ValueCounts) -> bool:
    return (
        one.values.tolist() == other.values.tolist()
        and one.counts.tolist() == other.counts.tolist()
        and one.missing == other.missing
    )


@settings(max_examples=300, deadline=None)
@given(samples)
def test_counts_are_a_counter(sample: list[float]) -> None:
    counts = ValueCounts.of(sample)
    expected = Counter(x for x in sample if x == x)
    assert dict(zip(counts.values.tolist(), counts.counts.tolist(), strict=True)) == expected
    assert counts.values.tolist() == sorted(expected)
    assert counts.n + counts.missing == len(sample)


@settings(max_examples=200, deadline=None)
@given(samples, samples, samples)
def test_merge_is_concatenation_associative_commutative(
    a: list[float], b: list[float], c: list[float]
) -> None:
    one, two, three = ValueCounts.of(a), ValueCounts.of(b), ValueCounts.of(c)
    whole = ValueCounts.of(a + b + c)
    assert same(one.merge(two).merge(three), whole)
    assert same(three.merge(one.merge(two)), whole)
    assert same(whole.merge(ValueCounts.of([])), whole)


@settings(deadline=None)
@given(st.lists(small, max_size=40), st.lists(finite.filter(lambda x: x == x), max_size=10))
def test_up_to(sample: list[float], points: list[float]) -> None:
    found = ValueCounts.of(sample).up_to(np.array(points, dtype=float))
    assert found.tolist() == [sum(x <= point for x in sample) for point in points]


@pytest.mark.parametrize("huge", [1e300, -1e300, 1e19, 2.0**53, 2.0**60])
def test_huge_whole_numbers(huge: float) -> None:
    counts = ValueCounts.of([huge, huge, np.nextafter(huge, np.inf)])
    assert counts.values[0] == huge and counts.counts.tolist() == [2, 1]


def counter(sample: np.ndarray) -> Counter[float]:
    return Counter(float(x) for x in sample if x == x)


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "u4", "i8", "f2", "f4", "f8", "?"])
def test_every_kind_of_number_in_small_and_large_samples(kind: str) -> None:
    generator = np.random.default_rng(0)
    for scale in (1, 100, 1e9):
        # More than one part is counted at a time, and the last one is shorter.
        numbers = generator.normal(50, 20, 150_001) * scale
        if np.dtype(kind).kind in "iu":
            limits = np.iinfo(kind)
            numbers = numbers.clip(limits.min, limits.max)
        elif kind == "f2":
            numbers = numbers.clip(-6e4, 6e4)
        sample = numbers.astype(kind)
        found = ValueCounts.of(sample)
        assert dict(zip(found.values.tolist(), found.counts.tolist(), strict=True)) == counter(
            sample
        )
        assert found.values.dtype == np.float64 and found.counts.dtype == np.int64


def test_one_fraction_at_the_end_of_many_whole_numbers() -> None:
    sample = np.append(np.arange(200_000) % 7, 3.5).astype(np.float32)
    found = ValueCounts.of(sample)
    assert found.values.tolist() == [0, 1, 2, 3, 3.5, 4, 5, 6]
    assert found.n == 200_001


def test_integers_that_become_one_float_are_one_value() -> None:
    sample = np.array([2**53, 2**53 + 1, 2**53 + 2, -(2**60)], dtype=np.int64)
    assert ValueCounts.of(sample).counts.tolist() == [1, 2, 1]
    assert ValueCounts.of(np.array([2**64 - 1], dtype=np.uint64)).values.tolist() == [2.0**64]


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "UInt8", "float[pyarrow]"])
def test_nullable_columns(kind: str) -> None:
    found = ValueCounts.of(pd.Series([1, None, 0, 1], dtype=kind))
    assert (found.values.tolist(), found.counts.tolist(), found.missing) == ([0, 1], [1, 2], 1)


def test_objects_that_are_numbers_or_missing() -> None:
    found = ValueCounts.of(np.array([1, None, pd.NA, 2.5, float("nan")], dtype=object))
    assert (found.values.tolist(), found.missing) == ([1, 2.5], 3)


@pytest.mark.parametrize(
    "wrong", [["a", "b"], [1.0, "2"], [1 + 2j], pd.to_datetime(["2020-03-01"]), [[1], {}]]
)
def test_what_is_no_number_is_refused(wrong: object) -> None:
    if isinstance(wrong, list):
        wrong = np.array(wrong, dtype=object) if isinstance(wrong[0], list | float) else wrong
    with pytest.raises(RecordsError, match="convert"):
        ValueCounts.of(wrong)  # type: ignore[arg-type]


def test_infinities_are_refused() -> None:
    for infinite in (np.inf, -np.inf):
        with pytest.raises(ValueError, match="infinities"):
            ValueCounts.of([1.0, infinite])


def test_summarise_on_dask_with_empty_and_odd_partitions() -> None:
    import dask.dataframe as dd

    frame = pd.DataFrame({"x": [3.0, 1.0, 2.0, 2.0, np.nan, 7.5, 1.0]})
    for partitions in (1, 2, 3, 5):
        parts = dd.from_pandas(frame, npartitions=partitions, sort=False)
        parts = parts[parts["x"] != 7.5]  # may leave a partition empty
        found = summarise(parts, lambda part: ValueCounts.of(part["x"]))
        assert same(found, ValueCounts.of(frame["x"][frame["x"] != 7.5]))
