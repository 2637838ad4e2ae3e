"""Stream or batch: the same end, other waits, other numbers of calls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.deployment import Fed, compare_feeds, feed
from debugml.errors import RecordsError, SchemaError, SettingError

MODES = {"record by record": None, "every 15 minutes": "15min", "nightly": "1D"}


@pytest.fixture(scope="module")
def model(train: pd.DataFrame) -> dm.Forest:
    return dm.fit_forest(train, n_estimators=5)


@pytest.fixture(scope="module")
def some(march: pd.DataFrame) -> pd.DataFrame:
    """Trips of two and a half days, out of order."""
    time = march["tpep_dropoff_datetime"]
    inside = march[(time >= "2020-03-13 12:00") & (time < "2020-03-16")]
    return inside.sample(80, random_state=1)


@pytest.fixture(scope="module")
def fed(model: dm.Forest, some: pd.DataFrame) -> dict[str, Fed]:
    return {name: feed(model, some, every) for name, every in MODES.items()}


def test_all_ways_count_the_same(model: dm.Forest, some: pd.DataFrame, fed: dict[str, Fed]) -> None:
    stream = dm.deployment.replay_features(model, [some])
    for one in fed.values():
        pd.testing.assert_frame_equal(one.monitor.confusion(), stream.monitor().confusion())
        whole = one.monitor.whole(draws=0)
        assert whole["f1"] == dm.score(model, some).f1
        assert whole["n"] == one.trips == 80


def test_waits_and_calls_by_hand(some: pd.DataFrame, fed: dict[str, Fed]) -> None:
    times = np.sort(some["tpep_dropoff_datetime"].to_numpy())
    assert fed["record by record"].calls == 80
    assert (fed["record by record"].waits == pd.Timedelta(0)).all()
    for name, minutes in (("every 15 minutes", 15), ("nightly", 24 * 60)):
        closes = []
        for moment in pd.DatetimeIndex(times):
            passed = moment.hour * 60 + moment.minute
            end = moment.normalize() + pd.Timedelta(minutes=(passed // minutes + 1) * minutes)
            closes.append(end)
        assert fed[name].calls == len(set(closes))
        assert list(fed[name].waits) == [c - t for c, t in zip(closes, times, strict=True)]
        assert fed[name].waits.max() <= pd.Timedelta(minutes=minutes)
    assert fed["nightly"].calls == 3


def test_a_record_on_the_edge_waits_for_the_next_batch(
    model: dm.Forest, some: pd.DataFrame
) -> None:
    edge = some.head(2).assign(
        tpep_dropoff_datetime=pd.to_datetime(["2020-03-02 00:00", "2020-03-01 23:59"])
    )
    nightly = feed(model, edge, "1D")
    assert nightly.calls == 2
    assert list(nightly.waits / pd.Timedelta(minutes=1)) == [1, 24 * 60]


def test_the_table_compares(model: dm.Forest, some: pd.DataFrame, fed: dict[str, Fed]) -> None:
    table = compare_feeds(model, some, MODES).set_index("mode")
    assert list(table.index) == list(MODES)
    assert table["calls"].to_dict() == {name: one.calls for name, one in fed.items()}
    assert table["f1"].nunique() == 1 and (table["trips"] == 80).all()
    assert table["mean_wait_minutes"].is_monotonic_increasing
    waits = fed["nightly"].waits / pd.Timedelta(minutes=1)
    assert table.loc["nightly", "mean_wait_minutes"] == pytest.approx(waits.mean())
    assert table.loc["nightly", "longest_wait_minutes"] == waits.max()
    assert (table[["predict_ms_per_trip", "monitor_ms_per_trip"]] > 0).all(axis=None)
    # 80 calls of a forest cost many times what 3 do; a machine's noise is far below that.
    cost = table["predict_ms_per_trip"]
    assert cost["record by record"] > 3 * cost["nightly"]


def test_dask_is_gathered_into_one_stream(
    model: dm.Forest, some: pd.DataFrame, fed: dict[str, Fed]
) -> None:
    dd = pytest.importorskip("dask.dataframe")
    lazy = feed(model, dd.from_pandas(some.reset_index(drop=True), npartitions=3), "1D")
    assert lazy.calls == fed["nightly"].calls
    pd.testing.assert_frame_equal(lazy.monitor.confusion(), fed["nightly"].monitor.confusion())


@pytest.mark.parametrize("every", ["0min", "-1h", "often"])
def test_an_interval_must_be_one(model: dm.Forest, some: pd.DataFrame, every: str) -> None:
    with pytest.raises(SettingError, match=f"every is '{every}'"):
        feed(model, some, every)


def test_records_must_be_there(model: dm.Forest, some: pd.DataFrame) -> None:
    with pytest.raises(RecordsError, match="no records to feed"):
        feed(model, some.iloc[:0])
    with pytest.raises(SchemaError, match="high_tip"):
        feed(model, some.drop(columns="high_tip"))
    with pytest.raises(RecordsError, match="a time is missing"):
        feed(model, some.assign(tpep_dropoff_datetime=pd.NaT))
