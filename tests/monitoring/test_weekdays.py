"""A baseline by day of the week: what it expects, and how often it cries wolf."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.errors import RecordsError
from debugml.monitoring import TOO_FEW, Monitor
from debugml.monitoring.weekdays import WeekdayBaseline


def stream(start: str, days: int, n: int, seed: int, spread: float = 0.0) -> pd.DataFrame:
    """Always yes, whose F1 is the base rate's: 0.6 in the week, 0.4 on weekends."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(start, periods=days)
    rate = np.where(dates.day_of_week >= 5, 0.4, 0.6) + rng.normal(0, spread, days)
    labels = rng.random((days, n)) < rate[:, None]
    frame = {"time": dates.repeat(n), "label": labels.ravel().astype(int), "yes": 1}
    return pd.DataFrame(frame)


def test_expected_is_the_f1_of_each_weekday() -> None:
    before = stream("2020-01-06", 56, 200, seed=1)
    baseline = WeekdayBaseline.fit(Monitor.of(before, prediction="yes"))
    rate = before["label"].groupby(before["time"].dt.day_of_week).mean()
    np.testing.assert_allclose(baseline.table["expected"], 2 * rate / (1 + rate), atol=0.002)
    assert baseline.table["days"].tolist() == [8] * 7
    assert baseline.table["n"].sum() == len(before)


def test_a_usual_weekend_is_no_alarm_and_a_bad_weekday_is() -> None:
    monitor = Monitor.of(stream("2020-01-06", 56, 400, seed=1), prediction="yes")
    baseline = WeekdayBaseline.fit(monitor)
    after = stream("2020-03-02", 14, 400, seed=2)
    # On Wednesday 11 March the share of yes falls to what a Sunday has.
    fallen = after["time"] == "2020-03-11"
    rng = np.random.default_rng(0)
    after.loc[fallen, "label"] = (rng.random(fallen.sum()) < 0.4).astype(int)
    compared = baseline.compare(Monitor.of(after, prediction="yes").daily())
    found = compared.loc[compared["unusual"], "day"].dt.day.tolist()
    assert 11 in found and len(found) <= 2
    weekend = compared["day"].dt.day_of_week >= 5
    assert compared.loc[weekend, "f1"].max() < compared.loc[~weekend, "usual_low"].min()


@pytest.mark.parametrize("spread", [0.0, 0.05])
def test_one_day_in_twenty_is_unusual_by_chance(spread: float) -> None:
    """Also where days differ by more than their number of records explains."""
    flagged = []
    for seed in range(12):
        before = stream("2020-01-06", 84, 150, 2 * seed, spread)
        after = stream("2020-04-06", 56, 150, 2 * seed + 1, spread)
        baseline = WeekdayBaseline.fit(Monitor.of(before, prediction="yes"))
        daily = Monitor.of(after, prediction="yes").daily(draws=300)
        flagged.append(baseline.compare(daily)["unusual"].mean())
    assert 0.02 <= np.mean(flagged) <= 0.09


def test_spread_between_days_is_found() -> None:
    found = []
    for seed in range(8):
        frame = stream("2020-01-06", 112, 400, seed, spread=0.05)
        found.append(WeekdayBaseline.fit(Monitor.of(frame, prediction="yes")).between_days)
    # F1 moves by about 1 / (1 + b)² × 2 ≈ 0.85 of the base rate's move.
    assert np.mean(found) == pytest.approx(0.05 * 0.85, rel=0.25)
    still = [
        WeekdayBaseline.fit(Monitor.of(stream("2020-01-06", 112, 400, s), prediction="yes"))
        for s in range(8)
    ]
    assert np.mean([baseline.between_days for baseline in still]) < 0.01


def test_days_of_too_few_records_are_not_judged() -> None:
    baseline = WeekdayBaseline.fit(Monitor.of(stream("2020-01-06", 28, 200, 3), prediction="yes"))
    daily = Monitor.of(stream("2020-03-02", 7, 20, 4), prediction="yes").daily()
    assert (daily["interval"] == TOO_FEW).all()
    compared = baseline.compare(daily)
    assert compared["f1"].isna().all() and not compared["unusual"].any()
    assert compared["expected"].notna().all()


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(RecordsError, match=r"weekday 5, 6 \(Monday is 0\)"):
        WeekdayBaseline.fit(Monitor.of(stream("2020-01-06", 12, 200, 5), prediction="yes"))
    with pytest.raises(RecordsError, match="has no auc"):
        WeekdayBaseline.fit(Monitor.of(stream("2020-01-06", 28, 200, 5), prediction="yes"), "auc")


def test_real_weekends_are_lower_before_anything_is_wrong(train: pd.DataFrame) -> None:
    replayed = dm.replay(dm.fit_forest(train, 20), dm.months_between("2019-10", "2019-12"))
    expected = WeekdayBaseline.fit(replayed.monitor()).table["expected"]
    assert expected[[5, 6]].max() < expected[[1, 2, 3]].min()


def test_a_day_without_the_figure_is_left_out() -> None:
    frame = stream("2020-01-06", 28, 200, 6)
    p = np.random.default_rng(0).random(len(frame))
    frame = frame.assign(probability=(p + frame["label"]) / 2)
    expected = WeekdayBaseline.fit(Monitor.of(frame[200 * 7 :]), "auc").table["expected"]
    # Of one label only, the first Monday has no AUC.
    frame.loc[:199, "label"] = 1
    baseline = WeekdayBaseline.fit(Monitor.of(frame), "auc")
    assert baseline.table["days"].tolist() == [3, 4, 4, 4, 4, 4, 4]
    assert baseline.table["expected"][0] == pytest.approx(expected[0])


def test_days_without_intervals_are_refused() -> None:
    monitor = Monitor.of(stream("2020-01-06", 28, 200, 7), prediction="yes")
    with pytest.raises(RecordsError, match="ask the monitor for daily with draws"):
        WeekdayBaseline.fit(monitor).compare(monitor.daily(draws=0))


def test_error_is_that_of_days_of_unequal_size() -> None:
    expected, errors, spread = [], [], []
    for seed in range(40):
        sizes = (100, 100, 100, 3000)
        weeks = [
            stream(str(start.date()), 7, n, 4 * seed + i, spread=0.08)
            for i, (start, n) in enumerate(
                zip(pd.date_range("2020-01-06", periods=4, freq="7D"), sizes, strict=True)
            )
        ]
        baseline = WeekdayBaseline.fit(Monitor.of(pd.concat(weeks), prediction="yes"))
        expected.append(baseline.table["expected"])
        errors.append(baseline.table["error"])
        spread.append(baseline.between_days)
    found = np.std(expected, axis=0, ddof=1)
    # 280 values: their standard deviation is known to about 4 %.
    assert np.sqrt(np.mean(np.square(errors)) / np.mean(found**2)) == pytest.approx(1, abs=0.12)
    # F1 moves by 2 / (1 + b)² of the base rate's move: 0.78 in the week, 1.02 on weekends.
    assert np.sqrt(np.mean(np.square(spread))) == pytest.approx(0.08 * 0.86, rel=0.12)
