"""Lag models: never before the event, by the record alone, and what each one promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from made_up_lags import BY_PAYMENT, MODELS, frames, models, scored
from scipy.stats import kstest

from debugml.deployment.lag import (
    ByGroup,
    Constant,
    LagModel,
    Lognormal,
    Nightly,
    NoLag,
    Outage,
)
from debugml.errors import SchemaError, SettingError

RECORDS = scored()


def delays(model: LagModel, records: pd.DataFrame = RECORDS) -> pd.Series[Any]:
    return model.arrivals(records) - records["time"]


@settings(max_examples=30, deadline=None)
@given(models, frames)
def test_nothing_arrives_before_it_happens(model: LagModel, records: pd.DataFrame) -> None:
    arrived = model.arrivals(records)
    assert (arrived >= records["time"]).all()
    assert arrived.index.equals(records.index)
    assert str(arrived.dtype) == "datetime64[us]"


@settings(max_examples=30, deadline=None)
@given(models, frames, st.randoms(use_true_random=False))
def test_a_record_arrives_by_itself(model: LagModel, records: pd.DataFrame, random: Any) -> None:
    together = model.arrivals(records)
    order = random.sample(range(len(records)), len(records))
    cut = random.randrange(len(records) + 1)
    parts = [records.iloc[order[:cut]], records.iloc[order[cut:]]]
    apart = pd.concat([model.arrivals(part) for part in parts]).sort_index()
    pd.testing.assert_series_equal(apart, together, check_names=False)
    alone = [model.arrivals(records.iloc[[i]]).iloc[0] for i in range(min(5, len(records)))]
    assert alone == list(together.iloc[: len(alone)])


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_label_does_not_decide(model: LagModel) -> None:
    turned = RECORDS.assign(label=1 - RECORDS["label"])
    assert model.arrivals(turned).equals(model.arrivals(RECORDS))
    assert model.arrivals(RECORDS.drop(columns="label")).equals(model.arrivals(RECORDS))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_unit_and_index_of_the_times_do_not_matter(model: LagModel) -> None:
    expected = model.arrivals(RECORDS)
    for unit in ("s", "ns"):
        other = RECORDS.assign(time=RECORDS["time"].dt.as_unit(unit))
        assert model.arrivals(other).equals(expected)
    twins = RECORDS.set_axis([0] * len(RECORDS))
    assert list(model.arrivals(twins)) == list(expected)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_no_records_no_arrivals(model: LagModel) -> None:
    nothing = model.arrivals(RECORDS.iloc[:0])
    assert len(nothing) == 0 and str(nothing.dtype) == "datetime64[us]"


def test_constant() -> None:
    assert (delays(Constant("36h")) == pd.Timedelta(days=1.5)).all()
    assert (delays(Constant(pd.Timedelta(0))) == pd.Timedelta(0)).all()


def test_lognormal_has_the_distribution_that_it_names() -> None:
    records = scored(20_000)
    logs = np.log(delays(Lognormal("6h", 0.8, seed=1), records) / pd.Timedelta(hours=6)) / 0.8
    assert kstest(logs, "norm").pvalue > 0.01
    # Neither the time of day nor the probability tells how late a record is.
    hour = records["time"].dt.hour + records["time"].dt.minute / 60
    assert abs(np.corrcoef(logs, hour)[0, 1]) < 0.03
    assert abs(np.corrcoef(logs, records["probability"])[0, 1]) < 0.03
    assert abs(np.corrcoef(logs[1:], logs[:-1])[0, 1]) < 0.03


def test_seeds_are_independent_and_repeatable() -> None:
    records = scored(20_000)
    draws = [np.log(delays(Lognormal("6h", seed=s), records) / pd.Timedelta("1h")) for s in (0, 1)]
    assert abs(np.corrcoef(*draws)[0, 1]) < 0.03
    assert delays(Lognormal("6h", seed=1), records).equals(delays(Lognormal("6h", seed=1), records))
    assert (delays(Lognormal("6h", sigma=0)) == pd.Timedelta("6h")).all()


def test_without_probabilities_the_event_time_draws() -> None:
    bare = RECORDS[["time"]]
    assert delays(Lognormal("6h"), bare).nunique() > 300
    assert not delays(Lognormal("6h"), bare).equals(delays(Lognormal("6h")))


def test_a_wild_sigma_still_gives_dates() -> None:
    assert delays(Lognormal("300D", sigma=500.0)).max() == pd.Timedelta(days=36_525)


def test_by_group_uses_each_groups_model() -> None:
    model = ByGroup("payment_type", {1: Constant("1h"), 2: Constant("2h")}, Constant("9h"))
    paid = RECORDS["payment_type"]
    assert paid.isna().any() and (paid == 4).any()
    expected = paid.map({1: "1h", 2: "2h"}).fillna("9h")
    assert (delays(model) == pd.to_timedelta(expected)).all()


def test_by_group_of_text() -> None:
    records = RECORDS.assign(flag=pd.array((["Y", "N", None] * 200)[:400], dtype="string"))
    model = ByGroup("flag", {"Y": Constant("1h")}, otherwise=Constant("2h"))
    late = delays(model, records) == pd.Timedelta("2h")
    assert (late == (records["flag"] != "Y").fillna(True).astype(bool)).all()


@settings(max_examples=30, deadline=None)
@given(frames, models, st.integers(0, 23), st.integers(0, 59))
def test_nightly_lands_at_its_clock_time_and_at_the_first(
    records: pd.DataFrame, after: LagModel, hour: int, minute: int
) -> None:
    landed = Nightly(f"{hour:02d}:{minute:02d}", after=after).arrivals(records)
    assert ((landed.dt.hour == hour) & (landed.dt.minute == minute)).all()
    assert (landed == landed.dt.floor("min")).all()
    waited = landed - after.arrivals(records)
    assert ((waited >= pd.Timedelta(0)) & (waited < pd.Timedelta(days=1))).all()


@pytest.mark.parametrize("after", MODELS.values(), ids=MODELS)
def test_an_outage_empties_its_window(after: LagModel) -> None:
    start, end = pd.Timestamp("2020-03-09 07:00"), pd.Timestamp("2020-03-11 19:30")
    due = after.arrivals(RECORDS)
    arrived = Outage(start, str(end), after=after).arrivals(RECORDS)
    assert not ((arrived >= start) & (arrived < end)).any()
    held = (due >= start) & (due < end)
    assert (arrived[held] == end).all()
    assert arrived[~held].equals(due[~held])


def test_what_arrives_at_the_ends_of_an_outage() -> None:
    start, end = pd.Timestamp("2020-03-08"), pd.Timestamp("2020-03-12")
    tick = pd.Timedelta(microseconds=1)
    records = pd.DataFrame({"time": [start - tick, start, end - tick, end]})
    assert list(Outage(start, end).arrivals(records)) == [start - tick, end, end, end]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Constant("-1h"), "delay is '-1h'"),
        (lambda: Constant("soon"), "delay is 'soon'"),
        (lambda: Constant("NaT"), "delay is 'NaT'"),
        (lambda: Lognormal("-1h"), "median is '-1h'"),
        (lambda: Lognormal("1h", sigma=-0.1), "sigma is -0.1"),
        (lambda: Lognormal("1h", sigma=float("nan")), "sigma is nan"),
        (lambda: Nightly("2 am"), "at is '2 am'"),
        (lambda: Nightly("24:00"), "at is '24:00'"),
        (lambda: Nightly(2), "at is 2"),  # type: ignore[arg-type]
        (lambda: Outage("2020-03-12", "2020-03-08"), "swap"),
        (lambda: Outage("2020-03-12", "2020-03-12"), "not after its start"),
        (lambda: Outage("in March", "2020-03-12"), "start is 'in March'"),
        (lambda: Outage("2020-03-12", "NaT"), "end is 'NaT'"),
        (lambda: Outage("2020-03-12", "2020-03-13T00:00Z"), "without a zone"),
        (lambda: ByGroup("payment_type", {float("nan"): NoLag()}, NoLag()), "otherwise"),
    ],
)
def test_a_lag_that_makes_no_sense_is_refused(make: Any, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        make()


def test_columns_that_a_lag_needs() -> None:
    with pytest.raises(SchemaError, match=r"no column payment_type: name it in keep"):
        BY_PAYMENT.arrivals(RECORDS.drop(columns="payment_type"))
    with pytest.raises(SchemaError, match="no column time"):
        NoLag().arrivals(RECORDS.drop(columns="time"))
