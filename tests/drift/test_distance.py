"""Distances beside D: against scipy, against other formulas, by their properties, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from debugml.drift.binning import BINS, Bins, with_missing
from debugml.drift.distance import jensen_shannon, psi, scaled_wasserstein, total_variation
from debugml.drift.ks import ks
from debugml.errors import RecordsError
from debugml.summary import ValueCounts

pairs = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12).filter(
    lambda rows: all(sum(side) for side in zip(*rows, strict=True))
)
numbers = st.lists(
    st.one_of(st.integers(-5, 5).map(float), st.floats(-1e6, 1e6, allow_subnormal=False)),
    min_size=1,
    max_size=60,
)


def sides(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(rows)
    return table[:, 0], table[:, 1]


@given(pairs)
def test_jensen_shannon_is_scipys_distance_in_bits(rows: list[tuple[int, int]]) -> None:
    a, b = sides(rows)
    # Its square, the divergence: the root of a rounding error is no rounding error.
    expected = jensenshannon(a / a.sum(), b / b.sum(), base=2) ** 2
    assert jensen_shannon(a, b) ** 2 == pytest.approx(np.nan_to_num(expected), abs=1e-12)


@given(pairs)
def test_total_variation_is_the_largest_gap_of_any_set_of_classes(
    rows: list[tuple[int, int]],
) -> None:
    a, b = sides(rows)
    gaps = a / a.sum() - b / b.sum()
    sets = np.array(np.meshgrid(*[[0, 1]] * len(gaps))).reshape(len(gaps), -1)
    assert total_variation(a, b) == pytest.approx((gaps @ sets).max(), abs=1e-12)


@given(pairs)
def test_psi_is_both_divergences_of_the_smoothed_shares(rows: list[tuple[int, int]]) -> None:
    a, b = ([], [])
    for x, y in rows:
        if x or y:
            a.append(x or 0.5)
            b.append(y or 0.5)
    assert psi(*sides(rows)) == pytest.approx(
        stats.entropy(a, b) + stats.entropy(b, a), rel=1e-9, abs=1e-12
    )


@given(pairs)
def test_symmetric_and_bounded_and_blind_to_order_and_to_empty_classes(
    rows: list[tuple[int, int]],
) -> None:
    a, b = sides(rows)
    turned = np.random.default_rng(0).permutation(len(a))
    for measure in (total_variation, jensen_shannon, psi):
        found = measure(a, b)
        assert found == pytest.approx(measure(b, a), abs=1e-7)
        assert found == pytest.approx(measure(a[turned], b[turned]), abs=1e-7)
        assert found == measure(np.append(a, 0), np.append(b, 0))
        assert 0 <= found <= (math.inf if measure is psi else 1)
        assert measure(a, a) == 0
    # Pinsker's and Lin's inequalities tie the two: the divergence lies between them.
    assert total_variation(a, b) ** 2 / (2 * math.log(2)) <= jensen_shannon(a, b) ** 2 + 1e-12
    assert jensen_shannon(a, b) ** 2 <= total_variation(a, b) + 1e-12


@given(pairs, st.integers(1, 11))
def test_coarser_classes_bring_samples_closer(rows: list[tuple[int, int]], cut: int) -> None:
    a, b = sides(rows)
    cut = min(cut, len(a))
    merged = [np.append(c[:cut], c[cut:].sum()) for c in (a, b)]
    assert total_variation(*merged) <= total_variation(a, b) + 1e-12
    assert jensen_shannon(*merged) <= jensen_shannon(a, b) + 1e-7


def test_psi_by_hand_and_where_a_class_is_empty() -> None:
    assert psi([50, 50], [30, 70]) == pytest.approx(0.2 * math.log(7 / 3))
    # 1 of 101 and half of 100.5 records: shares of the totals with the half added.
    p, q = np.array([100, 0.5]) / 100.5, np.array([100, 1]) / 101
    assert psi([100, 0], [100, 1]) == pytest.approx(((q - p) * np.log(q / p)).sum())


def test_psi_without_drift_is_what_chance_adds() -> None:
    rng = np.random.default_rng(0)
    draws = [
        psi(rng.multinomial(2000, [0.1] * 10), rng.multinomial(500, [0.1] * 10))
        for _ in range(2000)
    ]
    assert np.mean(draws) == pytest.approx(9 * (1 / 2000 + 1 / 500), rel=0.04)


@settings(max_examples=200)
@given(numbers, numbers)
def test_wasserstein_is_scipys_over_the_references_deviation(
    one: list[float], other: list[float]
) -> None:
    spread = np.std(one)
    assume(spread > 1e-3)
    found = scaled_wasserstein(ValueCounts.of(one), ValueCounts.of(other))
    assert found == pytest.approx(stats.wasserstein_distance(one, other) / spread, rel=1e-9)


@given(numbers)
def test_wasserstein_of_a_shift_is_the_shift(one: list[float]) -> None:
    array = np.round(one)
    assume(array.std() > 0)
    shifted = scaled_wasserstein(ValueCounts.of(array), ValueCounts.of(array + 64))
    assert shifted == pytest.approx(64 / array.std(), rel=1e-9)
    # In other units the same.
    assert shifted == pytest.approx(
        scaled_wasserstein(ValueCounts.of(array * -8), ValueCounts.of((array + 64) * -8)), rel=1e-9
    )


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e308])
def test_wasserstein_is_defined_for_constants_and_at_any_size(scale: float) -> None:
    one, two = ValueCounts.of([scale]), ValueCounts.of([scale / 2] * 9)
    assert scaled_wasserstein(one, one) == 0
    assert scaled_wasserstein(one, two) == pytest.approx(2)
    spread = ValueCounts.of([0, scale])
    assert scaled_wasserstein(spread, one) == pytest.approx(1)
    assert 0 < scaled_wasserstein(one, spread) <= 2


def test_bins_end_at_deciles_that_occur() -> None:
    sample = ValueCounts.of(np.random.default_rng(0).normal(size=1000))
    bins = Bins.of(sample)
    assert np.isin(bins.points, sample.values).all()
    assert bins.count(sample).tolist() == [100] * BINS
    far = ValueCounts.of([-1e9, 1e9, 1e9])
    assert bins.count(far).tolist() == [1, *[0] * 8, 2]


@given(numbers, numbers)
def test_bins_count_what_a_loop_counts(one: list[float], other: list[float]) -> None:
    bins = Bins.of(ValueCounts.of(one))
    expected = [0] * (len(bins.points) + 1)
    for value in other:
        if bins.codes:
            places = [at for at, point in enumerate(bins.points) if value == point]
        else:
            places = [at for at, point in enumerate(bins.points) if value <= point]
        expected[places[0] if places else -1] += 1
    assert bins.count(ValueCounts.of(other)).tolist() == expected


@given(numbers, numbers)
def test_d_is_at_most_the_total_variation_of_finest_classes_and_above_that_of_bins_cut(
    one: list[float], other: list[float]
) -> None:
    a, b = ValueCounts.of(one), ValueCounts.of(other)
    points = np.union1d(a.values, b.values)
    finest = [np.diff(side.up_to(points), prepend=0) for side in (a, b)]
    assert ks(a, b).statistic <= total_variation(*finest) + 1e-12
    bins = Bins.of(a)
    assert total_variation(bins.count(a), bins.count(b)) <= total_variation(*finest) + 1e-12


def test_codes_tied_deciles_constants_and_nothing() -> None:
    codes = Bins.of(ValueCounts.of(np.arange(20)))
    assert codes.codes and len(codes.points) == 20
    assert not Bins.of(ValueCounts.of(np.arange(21))).codes
    # Nine of ten values are 0.5: all deciles are tied, and 0.5 is a bin between the others.
    tied = Bins.of(ValueCounts.of([0.5] * 9 + [0.7]))
    assert not tied.codes
    assert tied.count(ValueCounts.of([0.1, 0.4, 0.5, 0.6, 0.7, 9])).tolist() == [2, 1, 3]
    constant = Bins.of(ValueCounts.of([0.5] * 9))
    assert constant.count(ValueCounts.of([0.4, 0.5, 0.6])).tolist() == [1, 1, 1]
    # Deciles 0.1 to 0.5, then 0.7 four times: a bin for what lies between, one for 0.7.
    half = ValueCounts.of([*np.arange(1, 6) / 10, *[0.7] * 5])
    assert Bins.of(half).count(half).tolist() == [1, 1, 1, 1, 1, 0, 5, 0]
    nothing = Bins.of(ValueCounts.of([]))
    assert nothing.count(ValueCounts.of([1.5, 2])).tolist() == [2]


def test_missing_is_a_class_only_if_there_is_any() -> None:
    a, b = np.array([3, 1]), np.array([2, 2])
    assert [side.tolist() for side in with_missing(a, b, 0, 0)] == [[3, 1], [2, 2]]
    assert [side.tolist() for side in with_missing(a, b, 0, 2)] == [[3, 1, 0], [2, 2, 2]]


@pytest.mark.parametrize("measure", [total_variation, jensen_shannon, psi])
@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ([1, 2], [1], "2 and 1 classes"),
        ([1, -1], [1, 1], "a count of the reference sample is -1"),
        ([1, 1], [1, float("nan")], "a count of the current sample is nan"),
        ([1, 1], [0, 0], "the current sample has no records"),
        ([], [], "the reference sample has no records"),
    ],
)
def test_what_is_no_count_is_refused(measure, one, other, said) -> None:
    with pytest.raises(RecordsError, match=said):
        measure(one, other)


def test_wasserstein_of_no_values_is_refused() -> None:
    with pytest.raises(RecordsError, match="the current sample has no values"):
        scaled_wasserstein(ValueCounts.of([1]), ValueCounts.of([float("nan")]))
