"""The bootstrap of D: another way of resampling, coverage away from zero, refusal near it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import debugml as dm
from debugml.drift.bootstrap import bootstrap_d
from debugml.drift.effect import d_bounds
from debugml.errors import RecordsError, SettingError
from debugml.summary import ValueCounts


def test_as_records_drawn_one_by_one(train: pd.DataFrame, march: pd.DataFrame) -> None:
    one, other = (frame["pickup_hour"].to_numpy()[:1500] for frame in (train, march))
    other = other + 2
    found = bootstrap_d(ValueCounts.of(one), ValueCounts.of(other), draws=2_000)
    generator = np.random.default_rng(5)
    drawn = [
        stats.ks_2samp(
            generator.choice(one, len(one)), generator.choice(other, len(other)), method="asymp"
        ).statistic
        for _ in range(600)
    ]
    d = stats.ks_2samp(one, other).statistic
    low, high = 2 * d - np.quantile(drawn, [0.975, 0.025])
    assert found.statistic == pytest.approx(d)
    # Quantiles of 600 draws are known to about a tenth of the interval.
    assert found.low == pytest.approx(low, abs=0.12 * (high - low))
    assert found.high == pytest.approx(high, abs=0.12 * (high - low))
    assert not found.reason


def test_refused_where_d_may_be_chance(train: pd.DataFrame) -> None:
    halves = (ValueCounts.of(train["trip_speed"][i::2]) for i in (0, 1))
    found = bootstrap_d(*halves)
    assert found.low is None and found.high is None
    assert "its lower bound is 0" in found.reason


def test_refused_just_where_the_bound_is_0() -> None:
    n = 1_000
    one = ValueCounts(np.array([0.0, 1.0]), np.array([n // 2, n // 2]))
    for ahead in range(60, 140, 2):
        other = ValueCounts(np.array([0.0, 1.0]), np.array([n // 2 - ahead, n // 2 + ahead]))
        found = bootstrap_d(one, other, draws=20)
        assert (found.low is None) == (d_bounds(ahead / n, n, n)[0] == 0)


def test_holds_the_truth_about_as_often_as_it_says_away_from_zero() -> None:
    # Shares of two: D is their difference, and its error that of two proportions.
    generator = np.random.default_rng(3)
    n, repeats, held = 2_000, 200, 0
    for seed in range(repeats):
        counts = (generator.binomial(n, p) for p in (0.5, 0.7))
        samples = (ValueCounts(np.array([0.0, 1.0]), np.array([n - k, k])) for k in counts)
        found = bootstrap_d(*samples, draws=300, seed=seed)
        assert found.low is not None and found.high is not None
        held += found.low <= 0.2 <= found.high
    assert 0.9 <= held / repeats <= 0.99


def test_seed_fixes_and_levels_nest() -> None:
    frames = [dm.featurize(dm.load(m)) for m in ("2020-02", "2020-04")]
    one, other = (ValueCounts.of(f["pickup_hour"]) for f in frames)
    again = bootstrap_d(one, other, seed=1)
    assert bootstrap_d(one, other, seed=1) == again != bootstrap_d(one, other, seed=2)
    wide = bootstrap_d(one, other, seed=1, level=0.01)
    assert again.low is not None and wide.low is not None
    assert again.high is not None and wide.high is not None
    assert 0 <= wide.low < again.low < again.statistic < again.high < wide.high <= 1


def test_settings_out_of_range() -> None:
    one = ValueCounts.of([1.0, 2.0])
    with pytest.raises(SettingError, match="1 draws"):
        bootstrap_d(one, one, draws=1)
    with pytest.raises(SettingError, match="level is 1"):
        bootstrap_d(one, one, level=1)
    with pytest.raises(RecordsError, match="current sample has no values"):
        bootstrap_d(one, ValueCounts.of([]))
