"""Replay: every trip of the month once, in dropoff order, and the same on any engine."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import f1_score

import debugml as dm
from debugml.deployment import Replay, replay_features
from debugml.errors import MonthError, SettingError


@pytest.fixture(scope="module")
def replayed(model: dm.Forest) -> Replay:
    return dm.replay(model, "2020-03")


def test_records_are_the_months_trips_by_dropoff(replayed: Replay, march: pd.DataFrame) -> None:
    records = replayed.records
    time = march["tpep_dropoff_datetime"]
    inside = march[(time >= "2020-03-01") & (time < "2020-04-01")]
    own = ["time", "label", "probability", "prediction", "feature_time", "label_time"]
    assert list(records.columns) == own
    assert records["feature_time"].equals(records["time"])
    assert records["label_time"].equals(records["time"])
    assert records["time"].is_monotonic_increasing
    assert len(records) == len(inside) < len(march)
    assert records["time"].iloc[-1].day == 31
    assert records["label"].sum() == inside["high_tip"].sum()
    assert ((records["probability"] > 0.5) == (records["prediction"] == 1)).all()


def test_probabilities_belong_to_their_trips(
    replayed: Replay, model: dm.Forest, march: pd.DataFrame
) -> None:
    # march is by dropoff already, so the records line up with it.
    inside = march[march["tpep_dropoff_datetime"].dt.month == 3]
    expected = dm.predict_proba(model, inside).to_numpy()
    assert (replayed.records["probability"].to_numpy() == expected).all()
    assert (replayed.records["label"].to_numpy() == inside["high_tip"].to_numpy()).all()


def test_cumulative_ends_at_the_f1_of_the_whole(replayed: Replay) -> None:
    records, cumulative = replayed.records, replayed.cumulative()
    whole = f1_score(records["label"], records["prediction"])
    assert cumulative["cumulative_f1"].iloc[-1] == pytest.approx(whole, abs=1e-12)
    assert cumulative["n"].tolist() == list(range(1, len(records) + 1))
    assert cumulative["time"].equals(records["time"])
    by_day = replayed.monitor().cumulative()
    assert by_day["f1"].iloc[-1] == pytest.approx(whole, abs=1e-12)


def test_daily_has_each_day_once(replayed: Replay) -> None:
    daily = replayed.monitor().daily(draws=10, minimum=1)
    assert daily["start"].dt.day.tolist() == list(range(1, 32))
    assert daily["n"].sum() == len(replayed.records)
    records = replayed.records
    for day in (1, 15, 31):
        part = records[records["time"].dt.day == day]
        expected = f1_score(part["label"], part["prediction"])
        assert daily["f1"].iloc[day - 1] == pytest.approx(expected, abs=1e-12)


def test_weekly_sums_to_the_month(replayed: Replay) -> None:
    weekly = replayed.weekly(draws=10)
    # 1 March 2020 was a Sunday: a week of one day, then four whole ones, then two days.
    assert weekly["days"].tolist() == [1, 7, 7, 7, 7, 2]
    assert weekly["n"].sum() == len(replayed.records)


def test_several_months_are_one_stream(model: dm.Forest) -> None:
    apart = [dm.replay(model, month).records for month in ("2020-02", "2020-03")]
    both = dm.replay(model, ["2020-02", "2020-03"]).records
    # Apart, a trip from the end of February into March belongs to neither.
    assert len(both) > len(apart[0]) + len(apart[1])
    assert both["time"].is_monotonic_increasing
    assert set(apart[0]["time"]) | set(apart[1]["time"]) <= set(both["time"])
    backwards = dm.replay(model, ["2020-03", "2020-02"]).records
    assert backwards["time"].is_monotonic_increasing
    assert backwards["label"].sum() == both["label"].sum()


def test_trips_over_a_months_end_are_kept_within_the_span(model: dm.Forest) -> None:
    months = ["2020-01", "2020-02"]
    trips = pd.concat([dm.load(month) for month in months])
    ended = trips["tpep_dropoff_datetime"]
    inside = (ended >= "2020-01-01") & (ended < "2020-03-01") & (trips["fare_amount"] > 0)
    crossing = dm.load("2020-01")["tpep_dropoff_datetime"] >= "2020-02-01"
    assert crossing.any()
    assert len(dm.deployment.replay(model, months).records) == inside.sum()


def test_on_features_of_ones_own(model: dm.Forest, march: pd.DataFrame) -> None:
    halves = [march.iloc[5000:], march.iloc[:5000]]
    pd.testing.assert_frame_equal(
        replay_features(model, halves).records, replay_features(model, [march]).records
    )


def test_errors_are_loads(model: dm.Forest) -> None:
    with pytest.raises(MonthError):
        dm.replay(model, "2031-01")
    with pytest.raises(SettingError):
        dm.replay(model, "2020-03", engine="spark")


@pytest.mark.slow
def test_a_cluster_of_two_processes_gives_the_same_results(
    model: dm.Forest, train: pd.DataFrame, replayed: Replay
) -> None:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        assert len(client.scheduler_info()["workers"]) == 2
        months = ["2020-01", "2020-02", "2020-03"]
        trips = dm.load(months, engine="dask")
        assert trips.npartitions == 3
        pd.testing.assert_frame_equal(
            trips.compute().reset_index(drop=True), dm.load(months), check_exact=True
        )
        features, expected = dm.featurize(trips), dm.featurize(dm.load(months))
        pd.testing.assert_frame_equal(
            features.compute().reset_index(drop=True), expected, check_exact=True
        )
        assert repr(dm.score(model, features)) == repr(dm.score(model, expected))

        stream = dm.replay(model, "2020-03", engine="dask")
        assert not isinstance(stream.records, pd.DataFrame)
        pd.testing.assert_frame_equal(stream.daily(), replayed.daily(), check_exact=True)
        pd.testing.assert_frame_equal(stream.weekly(), replayed.weekly(), check_exact=True)
        pd.testing.assert_frame_equal(stream.cumulative(), replayed.cumulative(), check_exact=True)
        both = dm.replay(model, ["2020-03", "2020-02"], engine="dask").cumulative()
        here = dm.replay(model, ["2020-03", "2020-02"]).cumulative()
        pd.testing.assert_frame_equal(both, here, check_exact=True)

        table = dm.drift.ks_table(train, dm.featurize(dm.load("2020-03", engine="dask")))
        here_table = dm.drift.ks_table(train, dm.featurize(dm.load("2020-03")))
        pd.testing.assert_frame_equal(table.to_frame(), here_table.to_frame(), check_exact=True)

        # scikit-learn's gets all rows in one place; their order decides the draws.
        lazy = dm.featurize(dm.load("2020-01", engine="dask"))
        lazy = dm.fit_forest(lazy, n_estimators=5, kind="sklearn")
        own = dm.fit_forest(train, n_estimators=5)
        assert (dm.predict_proba(lazy, train) == dm.predict_proba(own, train)).all()


def test_skill_is_against_the_models_own_training_month(train: pd.DataFrame) -> None:
    model = dm.fit_forest(train, n_estimators=5)
    whole = dm.replay(model, "2020-03").monitor().whole(draws=0)
    march = dm.featurize(dm.load("2020-03"), "2020-03-01", "2020-03-31")
    assert whole["skill"] == pytest.approx(dm.score(model, march).skill, abs=1e-6)
    known = dm.replay(model, "2020-03").as_of("2020-03-15")
    assert "skill" in known.monitor().daily(draws=0)
