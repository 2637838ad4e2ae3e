"""False alarms, streams and average weeks on the real trips: the claims that pages make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import debugml as dm
from debugml.drift.null import FalseAlarms, random_halves
from debugml.features import FEATURES
from debugml.study import calendar, null, streams

PICKUP = "tpep_pickup_datetime"


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    return null.null_rates(splits=24, multivariate=2)


@pytest.fixture(scope="module")
def trips() -> pd.DataFrame:
    frame = dm.featurize(dm.load(null.CALM), keep=PICKUP)
    return frame[frame[PICKUP] < "2019-10-29"].reset_index(drop=True)


def test_each_split_and_test_has_its_row(few: pd.DataFrame) -> None:
    assert not few.isna().any(axis=None)
    assert set(few["split"]) == {"random", "days", "weekdays"}
    per_split = few.groupby("split").size()
    assert per_split.nunique() == 1
    assert set(few.loc[few["test"] == "KS", "column"]) == set(FEATURES)
    for row in few.to_dict("records"):
        again = FalseAlarms.of(np.arange(row["splits"]) < round(row["rate"] * row["splits"]))
        assert (row["rate"], row["low"], row["high"]) == (again.rate, again.low, again.high)


def test_rates_are_scipys_on_the_same_splits(few: pd.DataFrame, trips: pd.DataFrame) -> None:
    generator = np.random.default_rng([0, 0])
    halves = [random_halves(len(trips), generator) for _ in range(24)]
    rates = few[few["split"] == "random"].set_index(["test", "column"])["rate"]
    p = pd.DataFrame(
        {
            name: [stats.ks_2samp(trips[name][h], trips[name][~h]).pvalue for h in halves]
            for name in ("trip_speed", "trip_time", "pickup_hour")
        }
    )
    for name in p:
        assert rates["KS", name] == pytest.approx((p[name] <= 0.05).mean())
    weekdays = trips["pickup_weekday"].to_numpy()
    chi = [
        stats.chi2_contingency(
            [np.unique(weekdays[part], return_counts=True)[1] for part in (h, ~h)]
        ).pvalue
        for h in halves
    ]
    assert rates["chi-squared", "pickup_weekday"] == pytest.approx(np.mean(np.array(chi) <= 0.05))


def test_corrections_are_ordered(few: pd.DataFrame) -> None:
    for _, part in few.groupby("split"):
        rate = part.set_index(["test", "column"])["rate"]
        any_of = {test: rate[test, null.ANY] for test in ("KS, uncorrected", "KS, Bonferroni")}
        assert rate["KS, Holm", null.ANY] == any_of["KS, Bonferroni"] <= any_of["KS, uncorrected"]
        assert any_of["KS, uncorrected"] >= rate["KS"].max()
        assert rate["D > 0.05 shown", null.ANY] <= rate["D > 0.05", null.ANY]


def test_f1_variance_is_what_resampled_trips_have() -> None:
    rng = np.random.default_rng(0)
    cells = rng.choice(4, size=3000, p=[0.4, 0.2, 0.15, 0.25])
    f1, variance = null._f1(np.bincount(cells, minlength=4))
    drawn = rng.multinomial(3000, np.bincount(cells, minlength=4) / 3000, size=4000)
    resampled = 2 * drawn[:, 0] / (2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
    assert f1 == pytest.approx(resampled.mean(), abs=2e-3)
    assert variance == pytest.approx(resampled.var(), rel=0.1)


@pytest.mark.slow
def test_days_break_what_trips_keep() -> None:
    rates = null.null_rates(multivariate=1).set_index(["split", "test", "column"])
    speed = {s: rates.loc[s, "KS", "trip_speed"] for s in ("random", "days", "weekdays")}
    assert speed["random"]["low"] < 0.05
    assert speed["weekdays"]["low"] > 4 * 0.05 and speed["days"]["low"] > speed["weekdays"]["high"]
    for test, column in (("KS, Bonferroni", null.ANY), ("chi-squared", "high_tip")):
        assert rates.loc[("weekdays", test, column), "low"] > 0.05
        assert rates.loc[("random", test, column), "low"] < 0.05
    # The minimum-effect test keeps quiet where only days differ; a bare D does not always.
    assert rates.loc[("weekdays", "D > 0.05 shown", null.ANY), "rate"] == 0


@pytest.mark.parametrize("current", ["2020-02", "2020-03"])
def test_calendar_left_has_all_features_and_the_published_d(current: str) -> None:
    found = calendar.calendar_left(current=current, draws=50).set_index("column")
    assert set(found.index) == set(FEATURES) and not found.isna().any(axis=None)
    published = dm.published.ks(calendar.PUBLISHED["2020-01", current]).set_index("feature")
    assert found["published"].to_dict() == published["statistic"].to_dict()
    assert (found["d_chance"].between(0.018, 0.021)).all()
    assert "published" not in calendar.calendar_left("2019-01", "2019-02", draws=1)


def test_of_january_and_february_speed_and_time_are_left() -> None:
    found = calendar.calendar_left(draws=500).set_index("column")
    assert set(found.index[found["p_days"] <= 0.05]) == {"trip_speed", "trip_time"}
    weekday = found.loc["pickup_weekday"]
    assert weekday["d_left"] < weekday["d_observed"] < weekday["d_calendar"]
    assert weekday["d_chance"] < weekday["d_left"] < weekday["d_days"]


@pytest.fixture(scope="module")
def alarms() -> pd.DataFrame:
    return streams.streamed_alarms()


def test_streamed_alarms_are_counted_and_dated(alarms: pd.DataFrame) -> None:
    assert not alarms.isna().any(axis=None) and len(alarms) == 2 * 9
    assert (alarms["alarms"].eq(0) == alarms["first"].eq("none")).all()
    for row in alarms.to_dict("records"):
        days = row["days"].split()
        assert days == sorted(set(days)) and len(days) <= row["alarms"]
        assert all(f"{row['year']}-03-01" <= day <= f"{row['year']}-05-31" for day in days)
        assert not days or days[0] == row["first"]


def test_detectors_of_errors_are_quieter_than_those_of_speed(alarms: pd.DataFrame) -> None:
    calm = alarms[alarms["year"] == "2019"].set_index(["detector", "watched"])["alarms"]
    for name in ("ADWIN", "Page–Hinkley"):
        assert calm[name, "errors"] < calm[name, "trip_speed"]
    assert calm["DDM", "errors"] == 0
    assert calm["KS, D > 0.05 shown, 2300 trips", "trip_speed"] == 0
    assert calm["KS, p < 0.05, 2300 trips", "trip_speed"] > 5
    week = alarms[alarms["detector"].str.endswith("2300 trips")]
    assert week.groupby("year")["n"].first().between(29_000, 30_500).all()
