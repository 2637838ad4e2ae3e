"""A month of 6.4 million records: cumulative and daily F1, beside what users write today.

Ratios within one run, so that they mean the same on any machine. `make bench` runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import pytest
from timing import best, seconds

from debugml.monitoring import Monitor, cumulative_f1

pytestmark = pytest.mark.bench

RECORDS = 6_400_000
SIMULATED = "simulated records"


@pytest.fixture(scope="module")
def stream() -> pd.DataFrame:
    """As many records as January 2020 has trips, in order of time."""
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.integers(0, 31 * 86_400, RECORDS))
    return pd.DataFrame(
        {
            "time": np.datetime64("2020-03-01", "us") + seconds.astype("timedelta64[s]"),
            "label": (rng.random(RECORDS) < 0.56).astype("int8"),
            "prediction": (rng.random(RECORDS) < 0.8).astype("int8"),
        }
    )


def with_pandas(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """F1 so far after each record, and of each day, as one writes it with pandas."""
    tp = (frame["label"] == 1) & (frame["prediction"] == 1)
    fp = (frame["label"] == 0) & (frame["prediction"] == 1)
    fn = (frame["label"] == 1) & (frame["prediction"] == 0)
    so_far = 2 * tp.cumsum() / (2 * tp.cumsum() + fp.cumsum() + fn.cumsum())
    counts = pd.DataFrame({"tp": tp, "fp": fp, "fn": fn})
    days = counts.groupby(frame["time"].dt.normalize()).sum()
    daily = 2 * days["tp"] / (2 * days["tp"] + days["fp"] + days["fn"])
    return so_far.to_numpy(), daily.to_numpy()


def with_pandas_so_far(frame: pd.DataFrame) -> np.ndarray:
    """The cumulative line alone: three cumulative sums and their ratio."""
    tp = (frame["label"] == 1) & (frame["prediction"] == 1)
    fp = (frame["label"] == 0) & (frame["prediction"] == 1)
    fn = (frame["label"] == 1) & (frame["prediction"] == 0)
    hits, false, missed = tp.cumsum(), fp.cumsum(), fn.cumsum()
    return (2 * hits / (2 * hits + false + missed)).to_numpy()


def with_river(frame: pd.DataFrame, *, each: bool) -> tuple[np.ndarray, np.ndarray]:
    """The same, updating two of river's metrics one record at a time.

    ``each``: read the cumulative F1 after each record, not only at the end of each day.
    """
    metrics = pytest.importorskip("river.metrics")
    days = frame["time"].dt.day.tolist()
    labels, predictions = (frame["label"] == 1).tolist(), (frame["prediction"] == 1).tolist()
    whole, so_far = metrics.F1(), []
    daily: dict[int, Any] = {}
    for day, label, prediction in zip(days, labels, predictions, strict=True):
        if day not in daily:
            if daily and not each:
                so_far.append(whole.get())
            daily[day] = metrics.F1()
        whole.update(label, prediction)
        if each:
            so_far.append(whole.get())
        daily[day].update(label, prediction)
    if not each:
        so_far.append(whole.get())
    return np.array(so_far), np.array([metric.get() for metric in daily.values()])


def ours(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """F1 so far after each record, and of each day."""
    monitor = Monitor.of(frame, prediction="prediction")
    so_far = cumulative_f1(frame["label"], frame["prediction"])
    return so_far, monitor.daily(draws=0)["f1"].to_numpy()


def ours_by_day(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """F1 so far at the end of each day, and of each day: what a dashboard shows."""
    monitor = Monitor.of(frame, prediction="prediction")
    return monitor.cumulative(draws=0)["f1"].to_numpy(), monitor.daily(draws=0)["f1"].to_numpy()


def test_all_give_the_same(stream: pd.DataFrame) -> None:
    part = stream.iloc[:: RECORDS // 20_000]
    expected = with_pandas(part)
    for found in (ours(part), with_river(part, each=True)):
        np.testing.assert_allclose(found[0], expected[0], atol=1e-12)
        np.testing.assert_allclose(found[1], expected[1], atol=1e-12)
    last = part.groupby(part["time"].dt.day).size().cumsum() - 1
    for found in (ours_by_day(part), with_river(part, each=False)):
        np.testing.assert_allclose(found[0], expected[0][last], atol=1e-12)


@pytest.mark.parametrize("way", ["after each record", "after each day"])
def test_twice_as_fast_as_cumsum_with_pandas(
    stream: pd.DataFrame, way: str, benchmark: Any, row: Callable[..., None]
) -> None:
    each = way == "after each record"
    row(
        f"cumulative F1 {way}, and daily F1",
        n=RECORDS,
        records=SIMULATED,
        ours=best(benchmark, lambda: (ours if each else ours_by_day)(stream), 5),
        beside="pandas cumsum" if each else "pandas cumsum, cumulative F1 alone",
        theirs=seconds(lambda: (with_pandas if each else with_pandas_so_far)(stream), 5),
        at_least=2,
    )


@pytest.mark.parametrize("way", ["after each record", "after each day"])
def test_a_hundred_and_fifty_times_as_fast_as_river(
    stream: pd.DataFrame, way: str, benchmark: Any, row: Callable[..., None]
) -> None:
    pytest.importorskip("river")
    each = way == "after each record"
    # River's cost grows with the number of records, so an eighth of them stands for all.
    part = stream.iloc[: RECORDS // 8]
    row(
        f"cumulative F1 {way}, and daily F1",
        n=RECORDS,
        records=SIMULATED,
        ours=best(benchmark, lambda: (ours if each else ours_by_day)(stream), 5),
        beside=f"river {version('river')}",
        theirs=8 * seconds(lambda: with_river(part, each=each), 2),
        at_least=150,
        note="river's time is 8 times that of an eighth of the records",
    )
