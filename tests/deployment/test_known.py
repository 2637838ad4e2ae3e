"""On a clock: no peeking under any lag, and late truth ends in the whole metric."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from made_up_lags import BY_PAYMENT, MODELS, frames, lags, moments, scored
from sklearn.metrics import f1_score

import debugml as dm
from debugml.deployment import Lag, Replay
from debugml.deployment.lag import ByGroup, Constant, LagModel, Lognormal, Nightly, NoLag, Outage
from debugml.errors import RecordsError, SchemaError, SettingError

ALL = pytest.mark.parametrize("late", MODELS.values(), ids=MODELS)
FAR = "2199-01-01"
TICK = pd.Timedelta(microseconds=1)
THEN = ["n_then", "f1_then", "always_yes_f1_then", "base_rate_then"]


def changed_future(stream: Replay, moment: pd.Timestamp, lag: Lag, *, delete: bool) -> Replay:
    """The same stream, had all that is not known by the moment been otherwise."""
    records = stream.records
    known = records[["feature_time", "label_time"]].max(axis=1) <= moment
    other = records.assign(label=records["label"].where(known, 1 - records["label"]))
    if delete:
        other = other[records["feature_time"] <= moment]
    return Replay.of(other.drop(columns=["feature_time", "label_time"]), lag)


@settings(max_examples=30, deadline=None)
@given(frames, lags, moments, st.integers(0))
def test_nothing_that_is_not_there_yet_shows(
    records: pd.DataFrame, lag: Lag, moment: pd.Timestamp, which: int
) -> None:
    stream = Replay.of(records, lag)
    arrivals = stream.records[["feature_time", "label_time"]].iloc[which % len(records)]
    # A moment out of the blue, and the last ones before something arrives.
    for now in (moment, *(arrivals - TICK)):
        seen = stream.as_of(now)
        for delete in (False, True):
            other = changed_future(stream, now, lag, delete=delete).as_of(now)
            pd.testing.assert_frame_equal(seen.records, other.records)
            pd.testing.assert_frame_equal(seen.waiting, other.waiting)
        assert "label" not in seen.waiting and "label_time" not in seen.waiting
        for frame in (seen.records, seen.waiting):
            assert (frame.select_dtypes("datetime") <= now).all(axis=None)
            assert frame.index.equals(pd.RangeIndex(len(frame)))


@settings(max_examples=15, deadline=None)
@given(frames, lags)
def test_each_record_is_known_from_its_arrival_on(records: pd.DataFrame, lag: Lag) -> None:
    stream = Replay.of(records, lag)
    known_from = stream.records[["feature_time", "label_time"]].max(axis=1)
    for arrival in known_from.iloc[:3]:
        assert len(stream.as_of(arrival).records) == (known_from <= arrival).sum()
        assert len(stream.as_of(arrival - TICK).records) == (known_from < arrival).sum()


@settings(max_examples=15, deadline=None)
@given(frames, lags, moments)
def test_no_morning_uses_what_comes_later(
    records: pd.DataFrame, lag: Lag, moment: pd.Timestamp
) -> None:
    stream = Replay.of(records, lag)
    other = changed_future(stream, moment, lag, delete=False)
    one, two = (s.revisions(days=3) for s in (stream, other))
    past = one["moment"] <= moment
    pd.testing.assert_frame_equal(
        one.loc[past, ["moment", *THEN]], two.loc[past, ["moment", *THEN]]
    )
    one, two = (s.settling(after=[0, 2]) for s in (stream, other))
    past, then = one["moment"] <= moment, ["moment", "n", "f1", "base_rate"]
    pd.testing.assert_frame_equal(one.loc[past, then], two.loc[past, then])
    # Nor do records that are still to come; without them, some mornings may be missing.
    fewer = changed_future(stream, moment, lag, delete=True)
    if len(fewer.records):
        one, two = (s.revisions(days=3).set_index("moment")[THEN] for s in (stream, fewer))
        both = one.index.intersection(two.index)
        both = both[both <= moment]
        pd.testing.assert_frame_equal(one.loc[both], two.loc[both])
        # What it lacks at the start are mornings on which nothing was known.
        lost = one.index[(one.index <= moment) & (one.index < two.index[0])]
        assert (one.loc[lost, "n_then"] == 0).all()


@settings(max_examples=15, deadline=None)
@given(frames, lags)
def test_what_is_known_only_grows(records: pd.DataFrame, lag: Lag) -> None:
    stream = Replay.of(records, lag)
    seen = [stream.as_of(m) for m in pd.date_range("2020-02-28", periods=40, freq="17h")]
    known = [len(s.records) for s in seen]
    scored_by_then = [len(s.records) + len(s.waiting) for s in seen]
    assert known == sorted(known) and scored_by_then == sorted(scored_by_then)
    assert seen[0].records.empty and np.isnan(seen[0].share)
    last = stream.as_of(FAR)
    assert last.share == 1 and len(last.waiting) == 0
    pd.testing.assert_frame_equal(last.records, stream.records)


@ALL
def test_late_truth_converges_to_the_whole_metric(late: LagModel, model_march: Replay) -> None:
    stream = Replay.of(model_march.records[[*scored(1).columns]], Lag(labels=late))
    whole, final = model_march.monitor(), stream.as_of(FAR).monitor()
    pd.testing.assert_frame_equal(final.confusion(), whole.confusion())
    assert final.whole(draws=0)["f1"] == whole.whole(draws=0)["f1"]
    y, yes = model_march.records["label"], model_march.records["prediction"]
    month = stream.settling(freq="M").set_index("estimate")
    assert month.loc["final", "f1"] == pytest.approx(f1_score(y, yes), abs=1e-12)
    assert month.loc["final", ["n", "share", "error"]].tolist() == [len(y), 1, 0]
    last = stream.revisions(days=31).iloc[-1]
    assert last["n_then"] == last["n_now"] > 0 and last["error"] == 0


@pytest.fixture(scope="module")
def model_march(model: dm.Forest) -> Replay:
    return dm.replay(model, "2020-03", keep="payment_type")


def test_both_must_have_arrived() -> None:
    stream = Replay.of(
        pd.DataFrame(
            {
                "time": pd.to_datetime(["2020-03-01"] * 2).as_unit("us"),
                "label": [1, 0],
                "probability": [0.9, 0.2],
                "prediction": [1, 0],
                "payment_type": [1.0, 2.0],
            }
        ),
        # The label of the first comes before its features.
        Lag(
            features=ByGroup("payment_type", {1: Constant("3D")}, NoLag()),
            labels=ByGroup("payment_type", {1: Constant("1D")}, Constant("5D")),
        ),
    )
    assert len(stream.as_of("2020-02-29").waiting) == 0
    at_2 = stream.as_of("2020-03-02")
    assert at_2.records.empty and at_2.waiting["payment_type"].tolist() == [2.0]
    at_4 = stream.as_of("2020-03-04")
    assert at_4.records["label"].tolist() == [1] and at_4.share == 0.5
    assert stream.as_of("2020-03-06").share == 1
    assert stream.known_days("2020-03-04").iloc[0].tolist()[1:] == [2, 2, 1, 0.5]


def naive_figures(part: pd.DataFrame) -> tuple[int, float, float]:
    """n, F1, base rate, by scikit-learn."""
    if part.empty:
        return 0, np.nan, np.nan
    f1 = f1_score(part["label"], part["prediction"], zero_division=0)
    return len(part), f1, part["label"].mean()


@ALL
def test_revisions_are_what_a_loop_over_as_of_finds(late: LagModel) -> None:
    stream = Replay.of(scored(120), Lag(features=Constant("3h"), labels=late))
    table = stream.revisions(at="07:30", days=5)
    assert table["moment"].iloc[0] == pd.Timestamp("2020-03-02 07:30")
    assert (table["moment"].diff().dropna() == pd.Timedelta(days=1)).all()
    for row in table.itertuples():
        first = row.moment.normalize() - pd.Timedelta(days=5)
        expected = []
        for moment in (row.moment, FAR):
            known = stream.as_of(moment).records
            inside = (known["time"] >= first) & (known["time"] < row.moment.normalize())
            expected += naive_figures(known[inside])
        found = [row.n_then, row.f1_then, row.base_rate_then]
        found += [row.n_now, row.f1_now, row.base_rate_now]
        np.testing.assert_allclose(np.array(found, float), expected, rtol=1e-12)
        np.testing.assert_equal(row.error, row.f1_then - row.f1_now)
        assert first <= row.start <= row.end < row.moment
    # Afterwards all truth has landed, or the window has left the replay.
    last = table.iloc[-1]
    assert last["n_then"] == last["n_now"] or last["moment"].normalize() == pd.Timestamp(
        "2020-03-26"
    )


@ALL
@pytest.mark.parametrize("freq", ["D", "W"])
def test_settling_is_what_a_loop_over_as_of_finds(late: LagModel, freq: str) -> None:
    # Eight days, over the outage's start.
    stream = Replay.of(scored(120).head(50), Lag(labels=late))
    table = stream.settling(freq=freq, after=[0, 3])
    asked = ["first", "after 0 days", "after 3 days", "final"]
    assert table["estimate"].tolist() == asked * (len(table) // 4)
    for row in table.itertuples():
        truth = stream.records
        known = stream.as_of(row.moment).records
        inside = [
            part[(part["time"] >= row.start) & (part["time"] < row.end + pd.Timedelta(days=1))]
            for part in (known, truth)
        ]
        n, f1, rate = naive_figures(inside[0])
        whole_n, whole_f1, whole_rate = naive_figures(inside[1])
        np.testing.assert_allclose(
            [row.n, row.share, row.f1, row.base_rate, row.error, row.base_rate_error],
            [n, n / whole_n, f1, rate, f1 - whole_f1, rate - whole_rate],
            rtol=1e-12,
            atol=1e-12,
        )
        if row.estimate == "first":
            before = stream.as_of(row.moment - pd.Timedelta(days=1)).records["time"]
            known_before = (before >= row.start) & (before < row.end + pd.Timedelta(days=1))
            morning_after = row.end + pd.Timedelta(days=1, hours=6)
            assert n > 0 and (row.moment == morning_after or not known_before.any())
        if row.estimate == "final":
            assert n == whole_n


def test_where_nothing_is_known_nothing_is_said() -> None:
    stream = Replay.of(scored(), Lag(labels=Constant("10D")))
    early = stream.revisions().iloc[:5]
    assert (early["n_then"] == 0).all() and (early["n_now"] > 0).all()
    assert early[["f1_then", "base_rate_then", "always_yes_f1_then", "error"]].isna().all(axis=None)
    day = stream.settling().iloc[1]
    assert day["estimate"] == "after 0 days" and day["n"] == day["share"] == 0
    assert np.isnan(day["f1"]) and np.isnan(day["error"])


def test_without_lag_each_morning_is_right_at_once() -> None:
    table = Replay.of(scored()).revisions()
    assert (table["n_then"] == table["n_now"]).all() and (table["error"] == 0).all()
    assert len(table) == 21


def test_what_comes_first_biases_the_first_estimate() -> None:
    # By construction: 6 yes paid by card, known at once; 4 no paid in cash, 3 days late.
    times = pd.date_range("2020-03-01 10:00", periods=10, freq="min", unit="us")
    records = pd.DataFrame(
        {
            "time": times,
            "label": [1] * 6 + [0] * 4,
            "probability": 0.8,
            "prediction": 1,
            "payment_type": [1.0] * 6 + [2.0] * 4,
        }
    )
    lag = Lag(labels=ByGroup("payment_type", {1: NoLag(), 2: Constant("3D")}, NoLag()))
    table = Replay.of(records, lag).settling(after=[0, 2, 3]).set_index("estimate")
    # First: 6 of 6 are right. In the end precision is .6 and recall 1, so F1 is .75.
    assert table["f1"].tolist() == pytest.approx([1, 1, 1, 0.75, 0.75])
    assert table["base_rate"].tolist() == pytest.approx([1, 1, 1, 0.6, 0.6])
    assert table["error"].tolist() == pytest.approx([0.25, 0.25, 0.25, 0, 0])
    assert table["share"].tolist() == pytest.approx([0.6, 0.6, 0.6, 1, 1])
    # Where cash is as quick as card, all is right at once.
    level = Replay.of(records, Lag(labels=Constant("1h"))).settling()
    assert (level["error"] == 0).all()


def test_cash_that_comes_late_flatters_real_mornings(model_march: Replay) -> None:
    columns = [*scored(1).columns]
    lag = Lag(labels=Nightly("02:00", after=BY_PAYMENT))
    days = Replay.of(model_march.records[columns], lag).settling()
    first = days[(days["estimate"] == "first") & (days["start"] <= "2020-03-20")]
    assert (first["error"] > 0).all() and (first["base_rate_error"] > 0.1).all()
    # The same share of truth, had every trip the same chance to be early: no such bias.
    fair = Lag(labels=Nightly("02:00", after=Lognormal("24h", sigma=1.0)))
    days = Replay.of(model_march.records[columns], fair).settling()
    first = days[(days["estimate"] == "first") & (days["start"] <= "2020-03-20")]
    assert first["share"].mean() < 0.5 and abs(first["base_rate_error"].mean()) < 0.03


def test_known_days_of_an_outage() -> None:
    stream = Replay.of(scored(), Lag(labels=Outage("2020-03-08", "2020-03-12")))
    during = stream.known_days("2020-03-11 23:59").set_index("day")["share"]
    assert (during[:"2020-03-07"] == 1).all() and (during["2020-03-08":] == 0).all()
    over = stream.known_days("2020-03-12").set_index("day")["share"]
    assert (over[:"2020-03-11"] == 1).all() and (over["2020-03-13":] == 0).all()


@ALL
def test_known_days_add_up_to_as_of(late: LagModel) -> None:
    stream = Replay.of(scored(), Lag(features=Constant("5h"), labels=late))
    for moment in ("2020-03-05", "2020-03-15 06:00", FAR):
        table, seen = stream.known_days(moment), stream.as_of(moment)
        assert table["known"].sum() == len(seen.records)
        assert table["scored"].sum() == len(seen.records) + len(seen.waiting)
        assert table["trips"].sum() == len(stream.records)
        assert table["day"].is_unique and (table["share"] == table["known"] / table["trips"]).all()


@ALL
def test_dask_equals_pandas(late: LagModel) -> None:
    dd = pytest.importorskip("dask.dataframe")
    records, lag = scored(100), Lag(features=Constant("1h"), labels=late)
    here = Replay.of(records, lag)
    there = Replay.of(dd.from_pandas(records, npartitions=4), lag)
    pd.testing.assert_frame_equal(there.records.compute(), here.records)
    for table in (lambda s: s.revisions(), lambda s: s.settling(freq="W")):
        pd.testing.assert_frame_equal(table(there), table(here))
    moment = "2020-03-12 06:00"
    pd.testing.assert_frame_equal(there.known_days(moment), here.known_days(moment))
    one, other = there.as_of(moment), here.as_of(moment)
    for name in ("records", "waiting"):
        got = getattr(one, name).compute().reset_index(drop=True)
        pd.testing.assert_frame_equal(got, getattr(other, name))
    assert one.share == other.share


def test_replays_by_engine_keep_and_lag(model: dm.Forest) -> None:
    pytest.importorskip("dask")
    lag = Lag(labels=Nightly(after=BY_PAYMENT))
    here = dm.replay(model, "2020-03", lag=lag, keep="payment_type")
    there = dm.replay(model, "2020-03", lag=lag, keep=["payment_type"], engine="dask")
    assert list(here.records.columns)[-1] == "payment_type"
    assert list(there.records.columns) == list(here.records.columns)
    pd.testing.assert_frame_equal(there.revisions(), here.revisions())
    plain = dm.replay(model, "2020-03").records
    own = ["time", "label", "probability", "prediction", "feature_time"]
    pd.testing.assert_frame_equal(here.records[own], plain[own])


def test_the_errors_say_what_to_do(model: dm.Forest, march: pd.DataFrame) -> None:
    stream = Replay.of(scored())
    with pytest.raises(SettingError, match="moment is 'noon'"):
        stream.as_of("noon")
    with pytest.raises(SettingError, match="days is 0"):
        stream.revisions(days=0)
    with pytest.raises(SettingError, match="at is '6'"):
        stream.revisions(at="6")
    with pytest.raises(SettingError, match="-1 days"):
        stream.settling(after=[-1])
    with pytest.raises(SchemaError, match="no column label"):
        Replay.of(scored().drop(columns="label"))
    with pytest.raises(SchemaError, match=r"no column payment_type: name it in keep"):
        dm.replay(model, "2020-03", lag=Lag(labels=BY_PAYMENT))
    with pytest.raises(SchemaError, match="no column payment_type: featurize with keep"):
        dm.deployment.replay_features(model, [march], keep="payment_type")
    with pytest.raises(SettingError, match="keep names time"):
        dm.deployment.replay_features(model, [march.assign(time=0)], keep="time")
    nothing = Replay.of(scored().iloc[:0])
    for ask in (nothing.revisions, nothing.settling, lambda: nothing.known_days("2020-03-01")):
        with pytest.raises(RecordsError, match="no records"):
            ask()
    timeless = scored()
    timeless.loc[3, "time"] = pd.NaT
    with pytest.raises(RecordsError, match="a time is missing"):
        Replay.of(timeless).revisions()


class Moved:
    """A lag model of one's own: each time moved, every second record lost."""

    def __init__(self, by: str, lost: bool = False) -> None:
        self.by, self.lost = pd.Timedelta(by), lost

    def arrivals(self, records: pd.DataFrame) -> pd.Series:
        moved = records["time"] + self.by
        return moved.mask(records["time"].dt.second % 2 == 0) if self.lost else moved


def test_a_label_that_never_arrives_is_never_known() -> None:
    stream = Replay.of(scored(), Lag(labels=Moved("1h", lost=True)))
    known = len(stream.as_of(FAR).records)
    assert 0 < known == stream.records["label_time"].notna().sum() < len(stream.records)
    assert stream.known_days(FAR)["known"].sum() == known
    assert stream.settling(after=[]).groupby("estimate")["n"].sum()["final"] == known
    assert stream.revisions(days=100)["n_now"].iloc[-1] == known


def test_no_lag_of_ones_own_peeks() -> None:
    with pytest.raises(SettingError, match=r"label_time .*: nothing arrives before it happens"):
        Replay.of(scored(), Lag(labels=Moved("-1h")))


def test_times_of_a_replay_are_checked() -> None:
    records = scored()
    for time, said in (
        (records["time"].where(records.index > 0), "a time is missing"),
        (records["time"].astype(str), "convert them by pandas.to_datetime"),
        (records["time"].dt.tz_localize("UTC"), "convert them to local times"),
    ):
        with pytest.raises(RecordsError, match=said):
            Replay.of(records.assign(time=time))
    with pytest.raises(SettingError, match="'soon' is no period"):
        Replay.of(records).settling(freq="soon")
