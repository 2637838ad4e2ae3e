"""F1 by day, week and since release, against naive loops."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from debugml.monitoring import DayCounts, cumulative_f1

bits = st.integers(0, 1)
records = st.lists(
    st.tuples(st.datetimes(dt.datetime(2020, 2, 20), dt.datetime(2020, 3, 20)), bits, bits),
    min_size=1,
    max_size=40,
)


def naive_f1(labels: Iterable[int], predictions: Iterable[int]) -> float:
    """F1 as the textbook has it, record by record; 0 where nothing is positive."""
    tp = fp = fn = 0
    for y, yes in zip(labels, predictions, strict=True):
        tp, fp, fn = tp + (y and yes), fp + (not y and yes), fn + (y and not yes)
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0


Record = tuple[dt.datetime, int, int]


def day_counts(rows: list[Record]) -> DayCounts:
    times = pd.Series([t for t, _, _ in rows], dtype="datetime64[us]")
    return DayCounts.of(times, [y for _, y, _ in rows], [p for _, _, p in rows])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(bits, bits), max_size=60))
def test_cumulative_f1_is_the_naive_loop(rows: list[tuple[int, int]]) -> None:
    y, yes = [r[0] for r in rows], [r[1] for r in rows]
    found = cumulative_f1(y, yes)
    expected = [naive_f1(y[: i + 1], yes[: i + 1]) for i in range(len(rows))]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(records)
def test_daily_is_a_loop_over_days(rows: list[Record]) -> None:
    daily = day_counts(rows).daily(draws=5)
    days = sorted({t.date() for t, _, _ in rows})
    assert daily["start"].dt.date.tolist() == days
    for (_, row), day in zip(daily.iterrows(), days, strict=True):
        y, yes = zip(*((y, p) for t, y, p in rows if t.date() == day), strict=True)
        assert row["n"] == len(y)
        assert row["base_rate"] == pytest.approx(np.mean(y))
        assert row["f1"] == pytest.approx(naive_f1(y, yes), abs=1e-12)
        always = naive_f1(y, [1] * len(y))
        assert row["always_yes_f1"] == pytest.approx(always, abs=1e-12)
        assert row["difference"] == pytest.approx(row["f1"] - always, abs=1e-12)
        assert row["days"] == 1 and row["interval"] == "within-day noise only"


@settings(max_examples=60, deadline=None)
@given(records)
def test_weeks_run_from_monday_to_sunday(rows: list[Record]) -> None:
    weekly = day_counts(rows).by_period("W", draws=5)
    mondays = [t.date() - dt.timedelta(days=t.weekday()) for t, _, _ in rows]
    assert len(weekly) == len(set(mondays))
    assert weekly["n"].tolist() == [mondays.count(m) for m in sorted(set(mondays))]
    for (_, row), monday in zip(weekly.iterrows(), sorted(set(mondays)), strict=True):
        inside = [r for r, m in zip(rows, mondays, strict=True) if m == monday]
        y, yes = [r[1] for r in inside], [r[2] for r in inside]
        assert row["f1"] == pytest.approx(naive_f1(y, yes), abs=1e-12)
        assert row["start"].date() == min(r[0].date() for r in inside)
        assert row["end"].date() == max(r[0].date() for r in inside)


@settings(max_examples=60, deadline=None)
@given(records, st.integers(1, 6))
def test_any_split_merges_to_the_same_table(rows: list[Record], parts: int) -> None:
    whole = day_counts(rows).table
    pieces = [day_counts(rows[i::parts]) for i in range(parts)]
    pd.testing.assert_frame_equal(reduce(DayCounts.merge, pieces).table, whole)
    backwards = reduce(lambda a, b: b.merge(a), pieces)
    pd.testing.assert_frame_equal(backwards.table, whole)
    assert whole.dtypes.eq("int64").all() and whole.index.name == "day"


@settings(max_examples=60, deadline=None)
@given(records)
def test_cumulative_by_day_ends_at_the_whole(rows: list[Record]) -> None:
    counts = day_counts(rows)
    table = counts.cumulative()
    assert table["n"].iloc[-1] == len(rows)
    y, yes = [r[1] for r in rows], [r[2] for r in rows]
    assert table["cumulative_f1"].iloc[-1] == pytest.approx(naive_f1(y, yes), abs=1e-12)
    assert table["cumulative_f1"].iloc[-1] == counts.whole(draws=5)["f1"]
    # Record by record in time order, each day's last value is that day's.
    ordered = sorted(rows)
    by_record = cumulative_f1([r[1] for r in ordered], [r[2] for r in ordered])
    last = {t.date(): value for (t, _, _), value in zip(ordered, by_record, strict=True)}
    np.testing.assert_allclose(table["cumulative_f1"], list(last.values()), atol=1e-12)


def test_the_day_ends_at_midnight() -> None:
    times = pd.Series(pd.to_datetime(["2020-03-01 23:59:59.999999", "2020-03-02 00:00:00.0"]))
    assert len(DayCounts.of(times, [1, 1], [1, 1]).table) == 2


def test_what_is_missing_or_no_label_is_refused() -> None:
    time = pd.Series(pd.to_datetime(["2020-03-01", "2020-03-01"]))
    with pytest.raises(ValueError, match="label is nan"):
        DayCounts.of(time, [1, math.nan], [1, 1])
    with pytest.raises(ValueError, match=r"prediction is 0\.7"):
        DayCounts.of(time, [1, 1], [0.7, 1])
    with pytest.raises(ValueError, match="time is missing"):
        DayCounts.of(pd.Series([time[0], pd.NaT]), [1, 1], [1, 1])
    with pytest.raises(ValueError, match="label is 2"):
        cumulative_f1([1, 2], [0, 1])
