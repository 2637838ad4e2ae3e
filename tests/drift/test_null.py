"""Tests where nothing changed: splits are what they say, and exact tests keep their level.

Calibration, declared before it was run: seed 20201123, 1,000 random splits a test (200 of the
permutation tests), level 0.05. All assertions about rates together may fail by chance once in
a thousand seeds (family-wise 0.001, Bonferroni over the `FAMILY` of them), if the package is
right. Exact tests are held to their attainable level from both sides; KS on discrete features
from above only, where ties make it conservative. Splits by days are a finding of the study,
not a promise: nothing about them is asserted here.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from scipy import stats

import debugml as dm
from debugml.drift import ks
from debugml.drift.detection.mmd import mmd_test
from debugml.drift.null import (
    FalseAlarms,
    clopper_pearson,
    false_alarms,
    halves_by_day,
    random_halves,
    split_d,
)
from debugml.errors import RecordsError, SettingError
from debugml.features import FEATURES
from debugml.summary import ValueCounts

SEED = 20201123
SPLITS = 1000
LEVEL = 0.05
DISCRETE = tuple(name for name in FEATURES if name not in ("trip_speed",))
FAMILY = 2 * 3 + len(DISCRETE)
"""Two sides of three exact tests, one side of KS on each discrete feature."""
EACH = 0.001 / FAMILY


@pytest.fixture(scope="module")
def trips() -> pd.DataFrame:
    """An even number, so that halves are equal and exact p is cheap."""
    calm = dm.featurize(dm.load("2019-10"))
    return calm.iloc[: len(calm) // 2 * 2]


@pytest.fixture(scope="module")
def splits(trips: pd.DataFrame) -> list[np.ndarray]:
    generator = np.random.default_rng(SEED)
    return [random_halves(len(trips), generator) for _ in range(SPLITS)]


@cache
def attainable(n: int) -> tuple[float, float]:
    """The smallest D that exact p calls at the level in halves of n, and its exact p.

    D is a whole number of nths, and p jumps from one to the next: the test promises 0.05 and
    keeps the nearest p below. By scipy, from samples of zeros and ones with that D.
    """
    # From a D that no level so small calls: p is 0.14 there.
    for k in range(int(1.15 * np.sqrt(2 * n)), n):
        p = stats.ks_2samp([0] * n, [0] * (n - k) + [1] * k).pvalue
        if p <= LEVEL:
            return k / n, float(p)
    raise AssertionError(n)


def between(count: int, n: int, rate: float) -> None:
    assert stats.binom.cdf(count, n, rate) > EACH, f"{count} of {n}: fewer than {rate:.4f}"
    assert stats.binom.sf(count - 1, n, rate) > EACH, f"{count} of {n}: more than {rate:.4f}"


def test_exact_ks_keeps_its_level_on_made_up_values() -> None:
    """Fresh normal samples each time: 2,000 values in halves of 1,000."""
    generator = np.random.default_rng(SEED)
    least, rate = attainable(1000)
    alarms = 0
    for _ in range(SPLITS):
        d = split_d(generator.normal(size=2000), [random_halves(2000, generator)])
        alarms += int(d[0] > least - 1e-9)
    between(alarms, SPLITS, rate)


def test_exact_ks_keeps_its_level_on_trip_speed(
    trips: pd.DataFrame, splits: list[np.ndarray]
) -> None:
    """Ties, of which a tenth of the speeds are part, broken at random."""
    speed = trips["trip_speed"].to_numpy(dtype=float)
    order = np.lexsort([np.random.default_rng(SEED).random(len(speed)), speed])
    untied = np.empty(len(speed))
    untied[order] = np.arange(len(speed))
    least, rate = attainable(len(speed) // 2)
    alarms = split_d(untied, splits) > least - 1e-9
    between(int(alarms.sum()), SPLITS, rate)


@pytest.mark.parametrize("name", DISCRETE)
def test_ks_on_discrete_features_is_conservative(
    trips: pd.DataFrame, splits: list[np.ndarray], name: str
) -> None:
    least, rate = attainable(len(trips) // 2)
    alarms = int((split_d(trips[name], splits) > least - 1e-9).sum())
    assert stats.binom.sf(alarms - 1, SPLITS, rate) > EACH


def test_permutation_mmd_keeps_its_level(trips: pd.DataFrame) -> None:
    """19 permutations, so that p <= 0.05 means: further apart than all of them."""
    speed = trips["trip_speed"].rank().to_numpy() / len(trips)
    generator = np.random.default_rng(SEED)
    alarms = 0
    for at in range(200):
        chosen = generator.choice(speed, 80, replace=False)
        alarms += mmd_test(chosen[:40], chosen[40:], permutations=19, seed=at).p_value <= LEVEL
    between(alarms, 200, LEVEL)


def test_the_family_has_as_many_members_as_were_declared() -> None:
    assert len(DISCRETE) == 10 and FAMILY == 16


@given(st.integers(2, 50), st.integers(0, 99))
def test_random_halves_are_halves(n: int, seed: int) -> None:
    first = random_halves(n, np.random.default_rng(seed))
    assert first.sum() == n // 2 and len(first) == n


def test_every_half_is_as_likely() -> None:
    generator = np.random.default_rng(0)
    drawn = [tuple(np.flatnonzero(random_halves(4, generator))) for _ in range(6000)]
    counts = pd.Series(drawn).value_counts()
    assert len(counts) == 6 and stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("within", [False, True])
def test_days_stay_together(trips: pd.DataFrame, within: bool) -> None:
    times, generator = trips["tpep_dropoff_datetime"], np.random.default_rng(2)
    day = times.dt.normalize()
    for _ in range(5):
        first = pd.Series(halves_by_day(times, generator, within_weekdays=within))
        assert first.groupby(day.to_numpy()).nunique().eq(1).all()
        of_day = first.groupby(day.to_numpy()).first()
        assert abs(of_day.sum() - (~of_day).sum()) <= 1
        if within:
            weekday = pd.DatetimeIndex(of_day.index).day_of_week
            per_weekday = of_day.groupby(weekday).agg(["sum", "size"])
            assert (abs(2 * per_weekday["sum"] - per_weekday["size"]) <= 1).all()


def test_within_weekdays_all_choices_of_four_mondays_occur() -> None:
    times = pd.Series(pd.date_range("2019-10-07", periods=28, freq="D"))
    generator = np.random.default_rng(3)
    mondays = [
        tuple(halves_by_day(times, generator, within_weekdays=True)[::7]) for _ in range(3000)
    ]
    counts = pd.Series(mondays).value_counts()
    assert len(counts) == 6 and stats.chisquare(counts).pvalue > 0.001


def test_split_d_is_ks(trips: pd.DataFrame, splits: list[np.ndarray]) -> None:
    for name in ("pickup_hour", "trip_speed", "PULocationID"):
        values = trips[name].to_numpy(dtype=float)
        found = split_d(values, splits[:3])
        for d, first in zip(found, splits[:3], strict=True):
            plain = ks(ValueCounts.of(values[first]), ValueCounts.of(values[~first]))
            assert d == pytest.approx(plain.statistic, abs=1e-12)


@given(st.integers(0, 40), st.integers(1, 40))
def test_clopper_pearson_is_scipys(count: int, more: int) -> None:
    n = count + more
    scipys = stats.binomtest(count, n).proportion_ci(0.9)
    assert clopper_pearson(count, n, 0.9) == pytest.approx((scipys.low, scipys.high), abs=1e-9)


def test_false_alarms_counts_what_the_test_says() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3, 4]})
    masks = [np.array(m, dtype=bool) for m in ([1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1])]
    found = false_alarms(lambda one, two: one["x"].sum() > two["x"].sum(), frame, masks)
    assert (found.alarms, found.splits, found.rate) == (1, 3, 1 / 3)
    assert (found.low, found.high) == clopper_pearson(1, 3)
    assert found == FalseAlarms.of([False, False, True])


def test_what_can_not_be_split_is_refused() -> None:
    generator, frame = np.random.default_rng(0), pd.DataFrame({"x": [1, 2]})
    one_day = pd.Series(pd.to_datetime(["2020-01-01 08:00", "2020-01-01 09:00"]))
    for work, said in (
        (lambda: random_halves(1, generator), "1 records"),
        (lambda: halves_by_day(one_day, generator), "one day"),
        (lambda: halves_by_day(pd.Series([1, 2]), generator), "to_datetime"),
        (lambda: split_d([1.0, np.nan], []), "missing"),
        (lambda: split_d([1.0, np.inf], []), "infinities"),
        (lambda: split_d([1.0, 2.0], [np.array([True])]), "2 values, 1 halves"),
        (lambda: split_d([1.0, 2.0], [np.array([True, True])]), "2 of 2"),
        (lambda: false_alarms(lambda a, b: True, frame, []), "no splits"),
        (lambda: false_alarms(lambda a, b: True, frame, [np.array([True])]), "2 records, 1"),
    ):
        with pytest.raises(RecordsError, match=said):
            work()
    for work, said in (
        (lambda: clopper_pearson(3, 2), "3 of 2"),
        (lambda: clopper_pearson(0, 0), "0 of 0"),
        (lambda: clopper_pearson(1, 2, 1.0), "confidence is 1"),
    ):
        with pytest.raises(SettingError, match=said):
            work()
