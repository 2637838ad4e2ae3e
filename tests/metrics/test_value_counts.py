"""Value counts: the whole of a sample but for its order, however it was split."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

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
