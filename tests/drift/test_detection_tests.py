"""The detection pipeline's tests: against other computations, brute force, and the null."""

from __future__ import annotations

import tracemalloc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel

from debugml.drift.detection import (
    chi_squared_test,
    clopper_pearson,
    domain_auc,
    domain_test,
    ks_p_values,
    ks_test,
    median_distance,
    mmd_squared,
    mmd_test,
)
from debugml.errors import RecordsError, SettingError

SEEDS = st.integers(0, 10_000)


def normals(seed: int, n: int, k: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, k)) + shift


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 40), st.integers(1, 40), st.integers(1, 3), st.booleans())
def test_ks_is_scipys_in_every_dimension(seed: int, n: int, m: int, k: int, ties: bool) -> None:
    one, other = normals(seed, n, k), normals(seed + 1, m, k, 0.5)
    if ties:
        one, other = one.round(), other.round()
    d, p = ks_p_values(one, other)
    theirs = [stats.ks_2samp(a, b) for a, b in zip(one.T, other.T, strict=True)]
    assert d == pytest.approx([t.statistic for t in theirs], abs=1e-12)
    assert p == pytest.approx([t.pvalue for t in theirs], abs=1e-9)
    assert ks_test(one, other).p_value == pytest.approx(min(1, k * p.min()), abs=1e-12)


def test_a_tiny_p_stays_above_zero() -> None:
    one, other = np.arange(60.0), np.arange(60.0) + 100
    p = ks_test(np.column_stack([one, one]), np.column_stack([other, one])).p_value
    assert 0 < p == pytest.approx(2 * stats.ks_2samp(one, other).pvalue, rel=1e-12)


def test_chi_squared_is_scipys_where_counts_are_large() -> None:
    one, other = np.repeat([0, 1, 2], [40, 30, 30]), np.repeat([0, 1, 2], [20, 50, 40])
    theirs = stats.chi2_contingency([[40, 30, 30], [20, 50, 40]], correction=False)
    ours = chi_squared_test(one, other)
    assert ours == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


def test_chi_squared_of_small_counts_is_near_fishers_exact_test() -> None:
    one, other = np.repeat([0, 1], [8, 2]), np.repeat([0, 1], [2, 8])
    exact = stats.fisher_exact([[8, 2], [2, 8]]).pvalue
    found = chi_squared_test(one, other).p_value
    assert found == chi_squared_test(one, other).p_value
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / 999))
    # A category that only one sample has is no reason to stop.
    assert chi_squared_test([0, 0, 0], [0, 0, 1]).p_value > 0.5
    assert chi_squared_test([7, 7], [7, 7]) == (0.0, 1.0)


def naive_mmd(one: np.ndarray, other: np.ndarray, sigma: float) -> float:
    def k(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.exp(-np.sum((x - y) ** 2) / (2 * sigma**2)))

    n, m = len(one), len(other)
    xx = sum(k(one[i], one[j]) for i in range(n) for j in range(n) if i != j)
    yy = sum(k(other[i], other[j]) for i in range(m) for j in range(m) if i != j)
    xy = sum(k(x, y) for x in one for y in other)
    return xx / (n * (n - 1)) + yy / (m * (m - 1)) - 2 * xy / (n * m)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(2, 12), st.integers(2, 12), st.floats(0.2, 5), st.floats(-1e3, 1e3))
def test_mmd_is_the_double_loop(seed: int, n: int, m: int, sigma: float, far: float) -> None:
    one, other = normals(seed, n, 3, far), normals(seed + 1, m, 3, far + 0.3)
    ours = mmd_squared(one, other, sigma)
    assert ours == pytest.approx(naive_mmd(one, other, sigma), abs=1e-9)
    assert ours == pytest.approx(mmd_squared(other, one, sigma), abs=1e-12)


def test_mmd_over_several_blocks_is_the_whole_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = normals(0, 60, 2), normals(1, 45, 2, 0.4)
    whole = mmd_test(one, other, 60, seed=3)
    gamma = 1 / (2 * median_distance(one, other, seed=3) ** 2)
    xx, yy, xy = rbf_kernel(one, gamma=gamma), rbf_kernel(other, gamma=gamma), None
    xy = rbf_kernel(one, other, gamma=gamma)
    expected = (xx.sum() - 60) / (60 * 59) + (yy.sum() - 45) / (45 * 44) - 2 * xy.mean()
    assert whole.statistic == pytest.approx(expected, abs=1e-12)
    monkeypatch.setattr("debugml.drift.detection.mmd.BLOCK", 16)
    blocks = mmd_test(one, other, 60, seed=3)
    assert blocks.statistic == pytest.approx(whole.statistic, abs=1e-12)
    assert blocks.p_value == whole.p_value


def test_mmd_p_is_that_of_all_deals() -> None:
    one, other = np.array([0.0, 0.3, 0.9, 1.4]), np.array([0.8, 1.6, 2.2, 2.9])
    pooled, sigma = np.concatenate([one, other])[:, None], median_distance(one, other)
    observed, reached, deals = naive_mmd(one[:, None], other[:, None], sigma), 0, 0
    for chosen in combinations(range(8), 4):
        rest = [i for i in range(8) if i not in chosen]
        reached += naive_mmd(pooled[list(chosen)], pooled[rest], sigma) >= observed - 1e-12
        deals += 1
    found = mmd_test(one, other, permutations=4000, seed=1).p_value
    exact = reached / deals
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000))


def test_mmd_p_is_never_zero_and_whole_where_all_is_the_same() -> None:
    assert mmd_test(np.zeros(9), np.full(9, 50.0), permutations=19).p_value == 1 / 20
    # No deal differs from another: all are at least as far apart.
    assert mmd_test(np.ones(5), np.ones(6), permutations=19) == (pytest.approx(0, abs=1e-12), 1.0)
    codes = np.repeat([0.0, 1.0], [30, 2])
    assert mmd_test(codes, codes, permutations=50).p_value > 0.5


def test_mmd_is_the_same_for_the_same_seed() -> None:
    one, other = normals(0, 30, 2), normals(1, 30, 2)
    assert mmd_test(one, other, seed=5) == mmd_test(one, other, seed=5)
    ps = {mmd_test(one, other, 50, seed=s, bandwidth=1.0).p_value for s in range(8)}
    assert len(ps) > 1


def test_mmd_memory_is_linear_in_n() -> None:
    def peak(n: int) -> int:
        one, other = normals(0, n, 4), normals(1, n, 4)
        tracemalloc.start()
        mmd_test(one, other, permutations=20)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    small, large = peak(1000), peak(4000)
    assert large < 4.4 * small
    # The kernel alone would be 8 bytes for each pair of the 8,000 rows.
    assert large < 8 * 8000**2 / 10


@pytest.mark.filterwarnings("error")
def test_mmd_refuses_what_overflows_and_takes_what_does_not() -> None:
    one, other = np.arange(8.0), np.arange(8.0) + 100
    for test in (mmd_test, mmd_squared, median_distance):
        with pytest.raises(RecordsError, match=r"1\.07e\+202 are too large to compare: scale"):
            test(one * 1e200, other * 1e200)
    with pytest.raises(RecordsError, match="in bandwidths of 1e-160"):
        mmd_test(one, other, bandwidth=1e-160)
    far = mmd_test(one * 1e140, other * 1e140)
    assert far.statistic == pytest.approx(mmd_test(one, other).statistic)
    assert far.p_value == mmd_test(one, other).p_value
    # The bandwidth's rows are a part of all: what it did not see is refused as well.
    many = np.zeros(3000)
    with pytest.raises(RecordsError, match="too large"):
        mmd_test(many, np.append(many, 1e200))


def test_median_distance_is_that_of_all_pairs() -> None:
    one, other = normals(0, 20, 3), normals(1, 25, 3)
    pooled = np.concatenate([one, other])
    pairs = [np.linalg.norm(a - b) for a, b in combinations(pooled, 2)]
    assert median_distance(one, other) == pytest.approx(np.median(pairs), rel=1e-12)
    thinned = median_distance(normals(0, 3000, 3), normals(1, 3000, 3))
    # The distance of two normal rows is √2 times the root of a chi-squared with 3 degrees.
    assert thinned == pytest.approx(np.sqrt(2 * stats.chi2.median(3)), rel=0.1)
    codes = np.repeat([0.0, 1.0], [99, 1])
    assert median_distance(codes[:50], codes[50:]) == pytest.approx(0.02)


def test_tests_keep_their_level_without_a_shift() -> None:
    # 300 draws at 5 %: more than 27 false alarms have a chance below 1 in 1,000.
    alarms = dict.fromkeys(("ks", "mmd", "classifier"), 0)
    for seed in range(300):
        one, other = np.split(normals(seed, 40, 3), 2)
        alarms["ks"] += ks_test(one, other).p_value <= 0.05
        alarms["mmd"] += mmd_test(one, other, 19, seed).p_value <= 0.05
        model = LogisticRegression()
        alarms["classifier"] += domain_test(one, other, seed, model).p_value <= 0.05
    assert max(alarms.values()) <= stats.binom.isf(1e-3, 300, 0.05), alarms
    # Permutation is exact: at 5 % with 19 deals it is to fire in about 15 of 300.
    assert alarms["mmd"] >= stats.binom.ppf(1e-3, 300, 0.05), alarms


def test_domain_test_is_a_binomial_test_of_held_out_rows() -> None:
    one, other = normals(0, 60, 2), normals(1, 60, 2, 1.5)
    found = domain_test(one, other, estimator=LogisticRegression())
    right = round(found.statistic * 60)
    assert found.p_value == pytest.approx(
        stats.binomtest(right, 60, 0.5, alternative="greater").pvalue, rel=1e-9
    )
    assert found.statistic > 0.75
    # A larger reference is thinned: to answer with the larger sample is no help.
    crowd = domain_test(normals(0, 900, 2), normals(1, 30, 2), estimator=LogisticRegression())
    assert crowd.p_value > 0.01 and crowd.statistic < 0.8


def test_domain_auc_is_the_same_without_importances() -> None:
    rng = np.random.default_rng(2)
    before = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc"))
    after = before.assign(b=before["b"] + 1)
    whole, quick = (domain_auc(before, after, permute=permute) for permute in (True, False))
    assert (quick.auc, quick.auc_low, quick.auc_high) == (whole.auc, whole.auc_low, whole.auc_high)
    assert quick.importances.empty and len(whole.importances) == 3


def test_domain_auc_names_the_column_that_moved() -> None:
    before = pd.DataFrame(normals(0, 300, 3), columns=["a", "b", "c"])
    after = pd.DataFrame(normals(1, 300, 3), columns=["a", "b", "c"])
    assert abs(domain_auc(before, after).auc - 0.5) < 0.08
    after["b"] += 2.0
    found = domain_auc(before, after, estimator=LogisticRegression())
    # Two normals two standard deviations apart: AUC = Φ(2 / √2).
    assert found.auc == pytest.approx(stats.norm.cdf(np.sqrt(2)), abs=0.04)
    assert found.auc_low <= found.auc <= found.auc_high
    top = found.importances
    assert top["column"].iloc[0] == "b" and top["importance"].iloc[0] > 0.3
    assert top["importance"].iloc[1:].abs().max() < 0.03


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.data())
def test_clopper_pearson_is_scipys(trials: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, trials))
    theirs = stats.binomtest(hits, trials).proportion_ci(method="exact")
    assert clopper_pearson(hits, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_what_cannot_be_tested_is_refused() -> None:
    with pytest.raises(RecordsError, match="current sample has 1 rows"):
        mmd_test([1.0, 2.0], [1.0])
    with pytest.raises(RecordsError, match="NaN or infinities"):
        ks_test([1.0, np.nan], [1.0])
    with pytest.raises(RecordsError, match="2 and 1 dimensions"):
        ks_test([[1.0, 2.0]], [1.0])
    with pytest.raises(RecordsError, match="shape"):
        ks_test(np.zeros((3, 0)), np.zeros((3, 0)))
    with pytest.raises(SettingError, match="bandwidth is 0"):
        mmd_squared([1.0, 2.0], [1.0, 2.0], bandwidth=0)
    with pytest.raises(SettingError, match="permutations is 0"):
        mmd_test([1.0, 2.0], [1.0, 2.0], permutations=0)
    with pytest.raises(RecordsError, match="fewer folds"):
        domain_auc(pd.DataFrame({"x": [1.0, 2.0, 3.0]}), pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(SettingError, match="5 of 3"):
        clopper_pearson(5, 3)
    assert ks_test([1.0], [2.0]).p_value == 1.0
