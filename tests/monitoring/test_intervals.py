"""Intervals: what is resampled and said, and that they cover what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from debugml.monitoring import OVER_DAYS, WITHIN_DAY, Monitor
from debugml.monitoring.cells import DayCells
from debugml.resampling import MIN_DAYS, resample_days, resample_records


def counts_of(table: np.ndarray) -> Monitor:
    """A monitor of decisions with these tp, fp, fn, tn on consecutive days."""
    days = {}
    for day, (tp, fp, fn, tn) in enumerate(table, start=18262):  # 2020-01-01
        days[day] = np.zeros((3, 2, 2), dtype="int64")
        days[day][0] = [[tn, fp], [fn, tp]]
    return Monitor(prediction="yes")._with(DayCells(days))


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


def test_resampled_days_are_drawn_alike() -> None:
    drawn = resample_days(3, 3000, np.random.default_rng(0))
    assert (drawn.sum(axis=1) == 3).all() and drawn.max() == 3
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.06)
    # Each day is drawn binomially: three draws, one in three.
    np.testing.assert_allclose(drawn.var(axis=0), 2 / 3, rtol=0.1)


def test_resampled_records_keep_their_number() -> None:
    cells = np.array([[30, 20], [10, 40]])
    drawn = resample_records(cells, 4000, np.random.default_rng(0))
    assert (drawn.sum(axis=(1, 2)) == 100).all()
    np.testing.assert_allclose(drawn.mean(axis=0), cells, atol=0.5)
    # The variance of a multinomial.
    np.testing.assert_allclose(drawn.var(axis=0), cells * (1 - cells / 100), rtol=0.1)


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


def test_auc_of_each_resample_is_scikit_learns() -> None:
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(4)
    times = pd.Series(pd.date_range("2020-01-01", periods=2000, freq="21min"))
    p = generator.random(2000).round(2)
    y = (generator.random(2000) < p).astype(int)
    frame = pd.DataFrame({"time": times, "label": y, "probability": p})
    whole = Monitor.of(frame).whole(draws=40, seed=9)
    days = times.dt.normalize()
    names = days.unique()
    drawn = resample_days(len(names), 40, np.random.default_rng(9))
    found = [
        roc_auc_score(y, p, sample_weight=days.map(dict(zip(names, row, strict=True))).to_numpy())
        for row in drawn
    ]
    expected = np.quantile(found, [0.025, 0.975])
    np.testing.assert_allclose([whole["auc_low"], whole["auc_high"]], expected, atol=1e-9)
    assert whole["auc_low"] < roc_auc_score(y, p) < whole["auc_high"]


def test_equal_weights_and_fading_ones_say_what_they_resample() -> None:
    counts = counts_of(np.tile([40, 20, 10, 30], (60, 1)))
    # A half-life of 7 days weighs as about 20 equal days once it has run in; of 2, as 6.
    assert counts.weighted(7, draws=10)["interval"].iloc[-1] == OVER_DAYS
    assert counts.weighted(2, draws=10)["interval"].iloc[-1] == WITHIN_DAY
    assert counts.trailing(13, draws=10)["interval"].unique().tolist() == [WITHIN_DAY]
    assert counts.trailing(14, draws=10)["interval"].iloc[-1] == OVER_DAYS


@pytest.mark.parametrize("bins", [2, 1000])
def test_a_days_interval_is_its_own_whatever_comes_later(bins: int) -> None:
    """With few bins, days of other probabilities share them."""
    labels = np.random.default_rng(0).integers(0, 2, 1000)
    frame = pd.DataFrame({"time": pd.date_range("2020-03-01", periods=2).repeat(500)})
    frame = frame.assign(label=labels, probability=np.repeat([0.9, 0.6], 500))
    first = Monitor.of(frame[:500], bins=bins).daily()
    both = Monitor.of(frame, bins=bins).daily()
    pd.testing.assert_frame_equal(both.iloc[:1], first, check_exact=True)
    assert (
        both["calibration_gap"]
        .between(both["calibration_gap_low"], both["calibration_gap_high"])
        .all()
    )


def test_days_that_have_faded_are_not_drawn() -> None:
    counts = counts_of(np.tile([40, 20, 10, 30], (60, 1)))
    last = counts.weighted(2, draws=4000).iloc[-1]
    # Of equal days the weights Σw² / (Σw)² tell the variance, whatever is drawn.
    day = counts.between("2020-01-01", "2020-01-01").whole(draws=4000)
    weights = 0.5 ** (np.arange(60) / 2)
    shrunk = np.sqrt((weights**2).sum()) / weights.sum()
    assert last["f1_high"] - last["f1_low"] == pytest.approx(
        shrunk * (day["f1_high"] - day["f1_low"]), rel=0.08
    )
    assert last["f1"] == pytest.approx(day["f1"])
