"""Intervals: what is resampled and said, and that they cover what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from debugml.monitoring import (
    OVER_DAYS,
    WITHIN_DAY,
    DayCounts,
)
from debugml.resampling import MIN_DAYS, resample_counts, resampled_auc


def counts_of(cells: np.ndarray) -> DayCounts:
    """Day counts with these tp, fp, fn, tn on consecutive days."""
    index = pd.date_range("2020-01-01", periods=len(cells), name="day")
    return DayCounts(pd.DataFrame(cells, index=index, columns=["tp", "fp", "fn", "tn"]))


def test_label_switches_at_fourteen_days() -> None:
    cells = np.tile([40, 20, 10, 30], (MIN_DAYS, 1))
    assert MIN_DAYS == 14
    assert counts_of(cells).whole(draws=50)["interval"] == OVER_DAYS == "days resampled"
    below = counts_of(cells[1:]).whole(draws=50)["interval"]
    assert below == WITHIN_DAY == "within-day noise only"
    monthly = counts_of(np.tile([40, 20, 10, 30], (44, 1))).by_period("M", draws=50)
    assert monthly["days"].tolist() == [31, 13]
    assert monthly["interval"].tolist() == [OVER_DAYS, WITHIN_DAY]


def test_equal_days_leave_no_noise_between_days() -> None:
    cells = np.tile([40, 20, 10, 30], (20, 1))
    whole = counts_of(cells).whole()
    assert whole["f1_low"] == whole["f1"] == whole["f1_high"]
    # Below 14 days, records are drawn: the noise of a binomial shows.
    part = counts_of(cells[:5]).whole()
    assert part["f1_low"] < part["f1"] < part["f1_high"]


def test_resamples_over_days_are_sums_of_days() -> None:
    generator = np.random.default_rng(0)
    cells = np.array([[1, 0, 0, 0], [0, 10, 0, 0], [0, 0, 100, 0]])
    drawn = resample_counts(cells, 500, generator, over_days=True)
    picked = drawn[:, :3] / [1, 10, 100]
    assert (picked.sum(axis=1) == 3).all() and (picked == picked.round()).all()
    np.testing.assert_allclose(picked.mean(axis=0), 1, atol=0.15)


def test_resamples_of_records_keep_each_days_size() -> None:
    generator = np.random.default_rng(0)
    cells = np.array([[30, 20, 10, 40], [1, 2, 3, 4]])
    drawn = resample_counts(cells, 4000, generator, over_days=False)
    assert (drawn.sum(axis=1) == 110).all()
    np.testing.assert_allclose(drawn.mean(axis=0), cells.sum(axis=0), atol=0.5)
    # The variance of a multinomial, day by day.
    share = cells / cells.sum(axis=1, keepdims=True)
    variance = (cells.sum(axis=1, keepdims=True) * share * (1 - share)).sum(axis=0)
    np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=0.1)


def coverage(over_days: bool, truth: float, repeats: int = 300) -> float:
    """How often the interval of a simulated span holds the true F1."""
    generator = np.random.default_rng(11)
    held = 0
    for _ in range(repeats):
        # Days differ in how well the model does: precision and recall move together.
        quality = generator.normal(0.7, 0.08 if over_days else 0.0, 28 if over_days else 7)
        quality = quality.clip(0.05, 0.95)
        tp = generator.binomial(100, quality)
        fp = generator.binomial(100, 1 - quality)
        cells = np.column_stack([tp, fp, 100 - tp, 100 - fp])
        whole = counts_of(cells).whole(draws=400, seed=int(generator.integers(1 << 31)))
        held += whole["f1_low"] <= truth <= whole["f1_high"]
    return held / repeats


def test_intervals_over_days_cover() -> None:
    # F1 = 2·70 / (2·70 + 30 + 30) = 0.7 for the average day.
    assert 0.88 <= coverage(over_days=True, truth=0.7) <= 0.985


def test_intervals_over_records_cover_when_days_are_alike() -> None:
    assert 0.91 <= coverage(over_days=False, truth=0.7) <= 0.985


def test_difference_is_paired() -> None:
    """Base rates that swing between days move both figures, hardly their difference."""
    rate = np.tile([20, 80], 15)
    tp, fn = (rate * 0.9).astype(int), (rate * 0.1).astype(int)
    fp = ((100 - rate) * 0.9).astype(int)
    whole = counts_of(np.column_stack([tp, fp, fn, 100 - tp - fn - fp])).whole()
    assert whole["difference"] == pytest.approx(whole["f1"] - whole["always_yes_f1"], abs=1e-12)
    width = whole["difference_high"] - whole["difference_low"]
    assert width < (whole["f1_high"] - whole["f1_low"]) / 5


def test_always_yes_differs_from_itself_by_nothing() -> None:
    cells = np.array([[n, 100 - n, 0, 0] for n in range(30, 60)])
    whole = counts_of(cells).whole()
    for name in ("difference", "difference_low", "difference_high"):
        assert whole[name] == pytest.approx(0, abs=1e-12)


def test_same_seed_same_interval() -> None:
    counts = counts_of(np.random.default_rng(1).integers(1, 50, (20, 4)))
    assert counts.whole(seed=5) == counts.whole(seed=5)
    assert counts.whole(seed=5) != counts.whole(seed=6)
    pd.testing.assert_frame_equal(counts.daily(seed=5), counts.daily(seed=5))


def test_no_records() -> None:
    empty = DayCounts.of(pd.Series([], dtype="datetime64[us]"), [], [])
    with pytest.raises(ValueError, match="no records"):
        empty.whole()
    assert len(empty.daily()) == 0 and "f1_low" in empty.daily()
    assert len(empty.cumulative()) == 0


@pytest.fixture
def scored() -> tuple[pd.Series, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    times = pd.Series(pd.date_range("2020-01-01", periods=2000, freq="21min"))
    p = generator.random(2000).round(2)
    return times, (generator.random(2000) < p).astype(int), p


def test_auc_interval_holds_the_point(
    scored: tuple[pd.Series, np.ndarray, np.ndarray],
) -> None:
    from sklearn.metrics import roc_auc_score

    times, y, p = scored
    low, high = resampled_auc(times, y, p)
    assert low < roc_auc_score(y, p) < high
    assert 0.01 < high - low < 0.1
    # Order of the records is no part of it.
    order = np.random.default_rng(0).permutation(len(y))
    assert resampled_auc(times.iloc[order], y[order], p[order]) == (low, high)


def test_auc_of_each_resample_is_scikit_learns(
    scored: tuple[pd.Series, np.ndarray, np.ndarray],
) -> None:
    from sklearn.metrics import roc_auc_score

    times, y, p = scored
    days = times.dt.normalize()
    names = days.unique()
    generator = np.random.default_rng(9)
    found = []
    for _ in range(30):
        weight = np.bincount(generator.integers(0, len(names), len(names)), minlength=len(names))
        of_day = dict(zip(names, weight, strict=True))
        found.append(roc_auc_score(y, p, sample_weight=days.map(of_day).to_numpy()))
    expected = np.quantile(found, [0.025, 0.975])
    np.testing.assert_allclose(resampled_auc(times, y, p, draws=30, seed=9), expected, atol=1e-12)


def test_auc_interval_is_refused_where_it_means_nothing(
    scored: tuple[pd.Series, np.ndarray, np.ndarray],
) -> None:
    times, y, p = scored
    with pytest.raises(ValueError, match=r"13 days.*at least 14"):
        resampled_auc(times[: 13 * 68], y[: 13 * 68], p[: 13 * 68])
    with pytest.raises(ValueError, match="all labels are the same"):
        resampled_auc(times, np.ones_like(y), p)
