"""The deployment topic's results, against `as_of`, scikit-learn and small sums."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import f1_score

import debugml as dm
from debugml.deployment import Lag, Replay
from debugml.study import deployment
from debugml.study.base import model_of, payment

AT = "2020-03-15 06:00"
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def forest() -> dm.Forest:
    return model_of("2020-01", 0)


@pytest.fixture(scope="module")
def late(forest: dm.Forest) -> Replay:
    lag = deployment.ASSUMED[deployment.LATE]
    return dm.replay(forest, "2020-03", lag=lag, keep="payment_type")


@pytest.fixture(scope="module")
def known() -> pd.DataFrame:
    return deployment.lag_known()


@pytest.fixture(scope="module")
def revised() -> pd.DataFrame:
    return deployment.lag_revisions()


@pytest.fixture(scope="module")
def settled() -> pd.DataFrame:
    return deployment.lag_settling()


def test_known_is_what_as_of_returns(known: pd.DataFrame, late: Replay) -> None:
    records = late.records.drop(columns=["feature_time", "label_time"])
    for name, lag in deployment.ASSUMED.items():
        days = known[known["scenario"] == name]
        seen = Replay.of(records, lag).as_of(AT)
        assert days["known"].sum() == len(seen.records)
        assert days["scored"].sum() == len(seen.records) + len(seen.waiting)
        by_day = seen.records.groupby(seen.records["time"].dt.day).size()
        assert days.set_index(days["day"].dt.day)["known"][by_day.index].equals(
            by_day.rename("known")
        )
    assert known["day"].max() == pd.Timestamp("2020-03-15") and len(known) == 5 * 15


def test_the_slide_of_15_march_says_what_is_known(known: pd.DataFrame) -> None:
    share = known.pivot(index="scenario", columns="day", values="share")
    whole = (share == 1).sum(axis=1)
    assert whole[["no lag", "nightly load", "labels two days late"]].tolist() == [14, 14, 12]
    assert whole["nightly, with an outage"] == 10
    assert whole[deployment.LATE] == 0
    assert (share.loc["nightly, with an outage", "2020-03-12":] == 0).all()


def test_revisions_by_hand(revised: pd.DataFrame, late: Replay) -> None:
    rows = revised[revised["scenario"] == "by payment"].set_index("moment")
    for at in ("2020-03-04 06:00", AT):
        moment = pd.Timestamp(at)
        today = moment.normalize()
        for records, when in ((late.as_of(moment).records, "then"), (late.records, "now")):
            inside = records[(records["time"] >= today - 7 * DAY) & (records["time"] < today)]
            f1 = f1_score(inside["label"], inside["prediction"])
            assert rows.loc[moment, f"n_{when}"] == len(inside)
            assert rows.loc[moment, f"f1_{when}"] == pytest.approx(f1, abs=1e-9)


def test_who_comes_first_matters_not_how_few(revised: pd.DataFrame) -> None:
    rows = revised.set_index(["scenario", "moment"])
    pay, fair = rows.loc["by payment"], rows.loc["at random"]
    until = slice("2020-03-03", "2020-03-22")
    # The control knows about as many labels, of the same days, and has the same truth.
    assert (fair["f1_now"] == pay["f1_now"]).all() and (fair["n_now"] == pay["n_now"]).all()
    assert (fair["n_then"][until] / pay["n_then"][until]).between(0.98, 1.02).all()
    assert (pay["error"][until] > 0.02).all() and (fair["error"][until].abs() < 0.02).all()
    assert pay["error"][until].mean() > 10 * abs(fair["error"][until].mean())


def test_a_fall_that_is_not_there(revised: pd.DataFrame) -> None:
    rows = revised[revised["scenario"] == "by payment"].set_index("moment")
    third, eighth = rows.loc["2020-03-03 06:00"], rows.loc["2020-03-08 06:00"]
    assert eighth["f1_then"] < third["f1_then"] - 0.05 and eighth["f1_now"] > third["f1_now"]
    assert eighth["always_yes_f1_then"] < third["always_yes_f1_then"] - 0.05


def test_weeks_settle_at_scikit_learns_f1(settled: pd.DataFrame, late: Replay) -> None:
    records = late.records
    for start in ("2020-03-02", "2020-03-09", "2020-03-23"):
        week = settled[settled["start"] == start].set_index("estimate")
        begin = pd.Timestamp(start)
        inside = records[(records["time"] >= begin) & (records["time"] < begin + 7 * DAY)]
        f1 = f1_score(inside["label"], inside["prediction"])
        for name in ("f1", "filled_f1", "plain_f1"):
            # With every label there, nothing is filled in.
            assert week.loc["final", name] == pytest.approx(f1, abs=1e-9)
        assert week.loc["final", "n"] == len(inside)
        assert week["error"].is_monotonic_decreasing and week["n"].is_monotonic_increasing


def test_filling_by_hand(settled: pd.DataFrame, forest: dm.Forest) -> None:
    lag = deployment.ASSUMED[deployment.LATE]
    both = dm.replay(forest, ("2020-02", "2020-03"), lag=lag, keep="payment_type")
    row = settled[(settled["start"] == "2020-03-02") & (settled["estimate"] == "first")].iloc[0]
    seen = both.as_of(row["moment"])
    before = seen.records[seen.records["time"] < "2020-03-01"]
    here, waiting = (
        part[(part["time"] >= "2020-03-02") & (part["time"] < "2020-03-09")]
        for part in (seen.records, seen.waiting)
    )
    estimator = dm.monitoring.Estimator.fit(
        before["label"], before["probability"], groups=payment(before), draws=1
    )
    chance = estimator.calibration.chance(waiting["probability"], payment(waiting))
    yes = waiting["prediction"].to_numpy() == 1
    tp = (here["label"] & here["prediction"]).sum() + chance[yes].sum()
    said = here["prediction"].sum() + yes.sum()
    ones = here["label"].sum() + chance.sum()
    assert row["filled_f1"] == pytest.approx(2 * tp / (said + ones), abs=1e-9)
    # Cash never tips on record, so what waits in cash is filled with next to nothing.
    assert chance[(waiting["payment_type"] == 2).to_numpy()].max() < 0.01


def test_filling_in_helps_only_with_the_payment_type(settled: pd.DataFrame) -> None:
    whole = (settled["end"] - settled["start"]).dt.days == 6
    first = settled[whole & (settled["estimate"] == "first")]
    assert len(first) == 4 and (first["error"] > 0.02).all()
    assert (first["filled_error"].abs() < 0.25 * first["error"]).all()
    assert (first["plain_error"].abs() > 0.75 * first["error"]).all()


def test_feeds_differ_in_all_but_the_score(forest: dm.Forest) -> None:
    ways = deployment.feeds().set_index("mode")
    trips = dm.featurize(dm.load("2020-03"), "2020-03-02", "2020-03-03")
    assert (ways["trips"] == len(trips)).all() and ways["f1"].nunique() == 1
    assert ways["f1"].iloc[0] == pytest.approx(dm.score(forest, trips).f1, abs=1e-9)
    assert ways["calls"].is_monotonic_decreasing and ways["calls"].iloc[-1] == 2
    assert ways["mean_wait_minutes"].is_monotonic_increasing
    assert (ways["mean_wait_minutes"] <= ways["longest_wait_minutes"]).all()
    assert ways["longest_wait_minutes"].tolist()[1:3] == pytest.approx([15, 60], abs=1)


def test_without_lag_nothing_is_revised(late: Replay) -> None:
    table = Replay.of(late.records.drop(columns=["feature_time", "label_time"]), Lag()).revisions()
    assert (table["error"] == 0).all()
