"""A monitor's figures against naive loops and scikit-learn, in any order and split."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import brier_score_loss, precision_score, recall_score, roc_auc_score

from debugml.errors import RecordsError, SettingError, StoreError
from debugml.monitoring import TOO_FEW, Monitor, cumulative_f1

bits = st.integers(0, 1)
# Multiples of 1/1000 fall on the edges of bins, where a slip would show.
probabilities = st.integers(0, 1000).map(lambda k: k / 1000) | st.floats(0, 1)
moments = st.datetimes(dt.datetime(2020, 2, 20), dt.datetime(2020, 3, 20))
Record = tuple[dt.datetime, int, float]
records = st.lists(st.tuples(moments, bits, probabilities), min_size=1, max_size=40)


def naive_f1(labels: Iterable[int], predictions: Iterable[int]) -> float:
    """F1 as the textbook has it, record by record; 0 where nothing is positive."""
    tp = fp = fn = 0
    for y, yes in zip(labels, predictions, strict=True):
        tp, fp, fn = tp + (y and yes), fp + (not y and yes), fn + (y and not yes)
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0


def frame_of(rows: list[Record]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["time", "label", "probability"])
    return frame.astype({"time": "datetime64[us]", "label": "int64", "probability": "float64"})


def same(one: Monitor, other: Monitor) -> None:
    assert one.settings == other.settings
    mine, yours = one._cells.days, other._cells.days
    assert mine.keys() == yours.keys()
    for day in mine:
        np.testing.assert_array_equal(mine[day], yours[day])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(bits, bits), max_size=60))
def test_cumulative_f1_is_the_naive_loop(rows: list[tuple[int, int]]) -> None:
    y, yes = [r[0] for r in rows], [r[1] for r in rows]
    expected = [naive_f1(y[: i + 1], yes[: i + 1]) for i in range(len(rows))]
    np.testing.assert_allclose(cumulative_f1(y, yes), expected, atol=1e-12)


def test_cumulative_f1_goes_on_from_block_to_block() -> None:
    rng = np.random.default_rng(3)
    y, yes = rng.integers(0, 2, 100_000), rng.integers(0, 2, 100_000)
    yes[:3] = y[:3] = 0
    tp, below = np.cumsum(y * yes), np.cumsum(y + yes)
    np.testing.assert_array_equal(cumulative_f1(y, yes), 2 * tp / np.maximum(below, 1))


@settings(max_examples=60, deadline=None)
@given(records)
def test_each_day_is_what_scikit_learn_says(rows: list[Record]) -> None:
    daily = Monitor(train_base_rate=0.4).update(frame_of(rows)).daily(draws=0, minimum=1)
    days = sorted({t.date() for t, _, _ in rows})
    assert daily["start"].dt.date.tolist() == daily["end"].dt.date.tolist() == days
    for (_, row), day in zip(daily.iterrows(), days, strict=True):
        y, p = (
            np.array(v) for v in zip(*((y, p) for t, y, p in rows if t.date() == day), strict=True)
        )
        yes = (p > 0.5).astype(int)
        assert row["n"] == row["n_effective"] == len(y) and row["days"] == 1
        assert row["base_rate"] == pytest.approx(y.mean())
        assert row["f1"] == pytest.approx(naive_f1(y, yes), abs=1e-12)
        assert row["always_yes_f1"] == pytest.approx(naive_f1(y, np.ones_like(y)), abs=1e-12)
        assert row["difference"] == pytest.approx(row["f1"] - row["always_yes_f1"], abs=1e-12)
        assert row["precision"] == pytest.approx(precision_score(y, yes, zero_division=0))
        assert row["recall"] == pytest.approx(recall_score(y, yes, zero_division=0))
        assert row["positive_rate"] == pytest.approx(yes.mean())
        assert row["mean_probability"] == pytest.approx(p.mean(), abs=1e-7)
        assert row["calibration_gap"] == pytest.approx(p.mean() - y.mean(), abs=1e-7)
        brier = brier_score_loss(y, p)
        quoted = brier_score_loss(y, np.full(len(y), 0.4))
        assert row["skill"] == pytest.approx(1 - brier / quoted, abs=1e-6)
        if 0 < y.mean() < 1:
            own = brier_score_loss(y, np.full(len(y), y.mean()))
            assert row["skill_own_rate"] == pytest.approx(1 - brier / own, abs=1e-6)
            binned = np.maximum(np.ceil(p * 1000), 1)
            assert row["auc"] == pytest.approx(roc_auc_score(y, binned), abs=1e-12)
        else:
            assert math.isnan(row["auc"]) and math.isnan(row["skill_own_rate"])


@settings(max_examples=60, deadline=None)
@given(records)
def test_decisions_alone_give_the_same_decisions_figures(rows: list[Record]) -> None:
    frame = frame_of(rows)
    decided = frame.assign(yes=(frame["probability"] > 0.5).astype(int)).drop(columns="probability")
    whole = Monitor.of(frame).daily(draws=0, minimum=1)
    part = Monitor.of(decided, prediction="yes").daily(draws=0, minimum=1)
    assert "auc" not in part and "calibration_gap" not in part
    pd.testing.assert_frame_equal(part, whole[list(part)])
    pd.testing.assert_frame_equal(
        Monitor.of(frame).confusion(), Monitor.of(decided, prediction="yes").confusion()
    )


@settings(max_examples=60, deadline=None)
@given(records)
def test_weeks_run_from_monday_to_sunday(rows: list[Record]) -> None:
    weekly = Monitor.of(frame_of(rows)).weekly(draws=0, minimum=1)
    mondays = [t.date() - dt.timedelta(days=t.weekday()) for t, _, _ in rows]
    assert weekly["n"].tolist() == [mondays.count(m) for m in sorted(set(mondays))]
    for (_, row), monday in zip(weekly.iterrows(), sorted(set(mondays)), strict=True):
        inside = [r for r, m in zip(rows, mondays, strict=True) if m == monday]
        y, yes = [r[1] for r in inside], [int(r[2] > 0.5) for r in inside]
        assert row["f1"] == pytest.approx(naive_f1(y, yes), abs=1e-12)
        assert row["start"].date() == min(r[0].date() for r in inside)
        assert row["end"].date() == max(r[0].date() for r in inside)


@settings(max_examples=60, deadline=None)
@given(records, st.sampled_from([1, 3, 7]), st.sampled_from([0.5, 7.0]))
def test_windows_are_loops_over_records(rows: list[Record], length: int, half_life: float) -> None:
    monitor = Monitor.of(frame_of(rows))
    views = {
        "cumulative": (monitor.cumulative(draws=0, minimum=1), lambda age: age >= 0),
        "trailing": (monitor.trailing(length, draws=0, minimum=1), lambda age: 0 <= age < length),
        "weighted": (
            monitor.weighted(half_life, draws=0, minimum=1),
            lambda age: 0.5 ** (age / half_life) if age >= 0 else 0,
        ),
    }
    for name, (view, weigh) in views.items():
        for _, row in view.iterrows():
            w = np.array([weigh((row["end"].date() - t.date()).days) for t, _, _ in rows], float)
            y = np.array([r[1] for r in rows])
            yes = np.array([r[2] > 0.5 for r in rows])
            hits, whole = 2 * w @ (y & yes), w @ y + w @ yes
            assert row["f1"] == pytest.approx(hits / whole if whole else 0, abs=1e-9), name
            assert row["base_rate"] == pytest.approx(w @ y / w.sum()), name
            assert row["n"] == (w > 0).sum(), name
            assert row["n_effective"] == pytest.approx(w.sum() ** 2 / (w @ w), abs=0.06), name


@settings(max_examples=60, deadline=None)
@given(records, st.integers(1, 6), st.randoms(use_true_random=False))
def test_any_order_and_split_ends_in_the_same_state(
    rows: list[Record], parts: int, random: st.DataObject
) -> None:
    whole = Monitor.of(frame_of(rows))
    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    pieces = [shuffled[i::parts] for i in range(parts)]
    same(reduce(Monitor.update, [frame_of(piece) for piece in pieces], Monitor()), whole)
    same(reduce(Monitor.merge, [Monitor.of(frame_of(piece)) for piece in pieces]), whole)
    same(reduce(Monitor.update, [frame_of([row]) for row in shuffled], Monitor()), whole)


def test_record_by_record_is_the_month(train: pd.DataFrame) -> None:
    """Real trips, as float probabilities of a forest, one night after the other."""
    import debugml as dm

    stream = dm.replay(dm.fit_forest(train, n_estimators=10), "2020-03").records
    whole = Monitor.of(stream)
    nightly = reduce(
        Monitor.update, (part for _, part in stream.groupby(stream["time"].dt.date)), Monitor()
    )
    same(nightly, whole)
    assert whole.n == len(stream)
    auc = whole.whole(draws=0)["auc"]
    assert auc == pytest.approx(roc_auc_score(stream["label"], stream["probability"]), abs=1e-4)


def test_a_frame_on_dask_gives_the_same() -> None:
    dask = pytest.importorskip("dask.dataframe")
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2020-03-01") + pd.to_timedelta(rng.integers(0, 10**6, 500), "s")
    frame = pd.DataFrame(
        {"time": times, "label": rng.integers(0, 2, 500), "probability": rng.random(500)}
    )
    same(Monitor.of(dask.from_pandas(frame, npartitions=4)), Monitor.of(frame))


def test_saved_and_loaded_it_goes_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    times = pd.date_range("2020-02-25", periods=300, freq="47min")
    frame = pd.DataFrame({"t": times, "y": rng.integers(0, 2, 300), "p": rng.random(300)})
    settings = {"time": "t", "label": "y", "probability": "p", "train_base_rate": 0.5}
    first = Monitor.of(frame[:120], **settings)
    first.save(tmp_path / "monitor.parquet")
    again = Monitor.load(tmp_path / "monitor.parquet")
    same(again, first)
    same(again.update(frame[120:]), Monitor.of(frame, **settings))
    again.save(tmp_path / "monitor.parquet")
    same(Monitor.load(tmp_path / "monitor.parquet"), again)
    Monitor().save(tmp_path / "empty.parquet")
    assert Monitor.load(tmp_path / "empty.parquet").n == 0
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_file_of_another_make_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none\.parquet: not a monitor"):
        Monitor.load(tmp_path / "none.parquet")
    pd.DataFrame({"day": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(StoreError, match="not a monitor"):
        Monitor.load(tmp_path / "other.parquet")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(StoreError, match="not a monitor"):
        Monitor.load(tmp_path / "torn.parquet")
    with pytest.raises(StoreError, match="can't be written"):
        Monitor().save(tmp_path / "nowhere" / "monitor.parquet")


def test_between_keeps_both_ends() -> None:
    frame = frame_of([(dt.datetime(2020, 3, day, 23, 59), 1, 0.7) for day in range(1, 8)])
    monitor = Monitor.of(frame)
    assert monitor.between("2020-03-02", "2020-03-04").confusion().index.day.tolist() == [2, 3, 4]
    assert monitor.between(end="2020-03-03").n == 3 and monitor.between("2020-03-06").n == 2
    assert monitor.n == 7


def test_days_are_local_and_end_at_midnight() -> None:
    times = pd.to_datetime(["2020-03-01 23:59:59.999999", "2020-03-02 00:00:00.0"])
    frame = pd.DataFrame({"time": times, "label": 1, "probability": 0.7})
    assert Monitor.of(frame).confusion().index.day.tolist() == [1, 2]
    frame["time"] = times.tz_localize("America/New_York")
    assert Monitor.of(frame).confusion().index.day.tolist() == [1, 2]


def test_a_point_of_few_records_says_so() -> None:
    rows = [(dt.datetime(2020, 3, 1), i % 2, 0.7) for i in range(99)]
    rows += [(dt.datetime(2020, 3, 2), i % 2, 0.7) for i in range(100)]
    few, enough = (row for _, row in Monitor.of(frame_of(rows)).daily(draws=20).iterrows())
    assert few["interval"] == TOO_FEW == "too few" and enough["interval"] != TOO_FEW
    for name in ("f1", "f1_low", "auc", "difference", "calibration_gap_high"):
        assert math.isnan(few[name]) and not math.isnan(enough[name]), name
    assert few["n"] == 99 and few["base_rate"] == pytest.approx(49 / 99)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": [1, math.nan]}, "label is nan"),
        ({"label": [1, 2]}, "label is 2"),
        ({"probability": [0.2, 1.7]}, r"probability is 1\.7"),
        ({"probability": [0.2, math.nan]}, "probability is nan"),
        ({"time": [pd.Timestamp("2020-03-01"), pd.NaT]}, "time is missing"),
        ({"time": [1, 2]}, "times of type int64"),
    ],
)
def test_a_bad_batch_is_refused_whole(change: dict[str, list[object]], message: str) -> None:
    good = frame_of([(dt.datetime(2020, 3, 1), 1, 0.7), (dt.datetime(2020, 3, 2), 0, 0.2)])
    monitor = Monitor.of(good)
    with pytest.raises(RecordsError, match=message):
        monitor.update(good.assign(**change))
    same(monitor, Monitor.of(good))


def test_wrong_columns_and_settings_are_named() -> None:
    with pytest.raises(RecordsError, match="no column time, probability"):
        Monitor().update(pd.DataFrame({"label": [1]}))
    with pytest.raises(RecordsError, match="prediction is 2"):
        Monitor(prediction="yes").update(
            pd.DataFrame({"time": pd.to_datetime(["2020-03-01"]), "label": [1], "yes": [2]})
        )
    with pytest.raises(SettingError, match=r"threshold of 0\.50005"):
        Monitor(threshold=0.50005)
    with pytest.raises(SettingError, match="base rate of 56"):
        Monitor(train_base_rate=56)
    with pytest.raises(SettingError, match="different threshold"):
        Monitor().merge(Monitor(threshold=0.4))
    with pytest.raises(RecordsError, match="no records"):
        Monitor().daily()
    monitor = Monitor.of(frame_of([(dt.datetime(2020, 3, 1), 1, 0.7)]))
    with pytest.raises(SettingError, match="'fortnight' is no period"):
        monitor.by_period("fortnight")
    with pytest.raises(SettingError, match="window of 0 days"):
        monitor.trailing(0)
    with pytest.raises(SettingError, match="half-life of 0 days"):
        monitor.weighted(0)
    with pytest.raises(SettingError, match="minimum of 0"):
        monitor.daily(minimum=0)


def test_settings_of_numpy_are_saved(tmp_path: Path) -> None:
    monitor = Monitor(train_base_rate=np.float32(0.5), bins=np.int64(100))
    monitor.save(tmp_path / "monitor.parquet")
    assert Monitor.load(tmp_path / "monitor.parquet").settings == monitor.settings


@pytest.mark.parametrize("freq", ["2W", "h", "2D", "soon"])
def test_what_is_no_calendar_period_is_refused(freq: str) -> None:
    frame = pd.DataFrame({"time": pd.date_range("2020-03-01", periods=20), "label": 1, "yes": 1})
    monitor = Monitor.of(frame, prediction="yes")
    with pytest.raises(SettingError, match=f"'{freq}' is n"):
        monitor.by_period(freq)
    with pytest.raises(SettingError, match="write it as '2020-03-15'"):
        monitor.between(freq)
    assert monitor.by_period("W-SAT", draws=0)["days"].tolist() == [7, 7, 6]


def test_no_intervals_where_none_were_asked_for() -> None:
    frame = frame_of([(dt.datetime(2020, 3, 1), i % 2, 0.7) for i in range(100)])
    row = Monitor.of(frame).daily(draws=0).iloc[0]
    assert math.isnan(row["f1_low"]) and row["interval"] == "no intervals asked for"


def test_nullable_columns_count_and_their_gaps_are_refused() -> None:
    frame = frame_of([(dt.datetime(2020, 3, 1), i % 2, 0.25 * i) for i in range(4)])
    for kind in ("Int8", "boolean", "object"):
        same(Monitor.of(frame.astype({"label": kind})), Monitor.of(frame))
    same(Monitor.of(frame.astype({"probability": "Float64"})), Monitor.of(frame))
    gap = frame.astype({"label": "boolean", "probability": "Float64"})
    gap.loc[1, "label"] = pd.NA
    with pytest.raises(RecordsError, match="label is nan"):
        Monitor.of(gap)
    with pytest.raises(RecordsError, match=r"probability is the text '0\.3'"):
        Monitor.of(frame.assign(probability="0.3"))
