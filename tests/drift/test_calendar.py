"""Average weeks: weights counted by hand, D by scipy, and what the calendar did to January."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

import debugml as dm
from debugml.drift import ks
from debugml.drift.calendar import calendar_ks, calendar_weights
from debugml.drift.days import exchanged_days
from debugml.drift.weighted import chance_d, effective_n, weighted_d
from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.summary import ValueCounts

PICKUP = "tpep_pickup_datetime"
SPANS = {m: (f"{m}-01", str((pd.Period(m) + 1).start_time.date())) for m in ("2020-01", "2020-02")}

small = st.lists(st.integers(0, 6), min_size=1, max_size=30)


def month(name: str) -> pd.DataFrame:
    frame = dm.featurize(dm.load(name), keep=PICKUP)
    start, end = SPANS[name]
    return frame[frame[PICKUP].between(start, end, inclusive="left")]


@pytest.fixture(scope="module")
def pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    return month("2020-01"), month("2020-02")


@pytest.mark.parametrize("by", [("weekday", "hour"), ("weekday",), ("hour",)])
def test_weights_are_one_over_what_a_calendar_counts(by: tuple[str, ...]) -> None:
    rng = np.random.default_rng(1)
    start = pd.Timestamp("2020-01-01")
    times = pd.Series(start + pd.to_timedelta(rng.integers(0, 31 * 86_400, 500), "s"))
    found = calendar_weights(times, "2020-01-01", "2020-02-01", by)
    # January 2020 began on a Wednesday: five of it, Thursday and Friday, four of the others.
    fives = times.dt.day_name().isin(["Wednesday", "Thursday", "Friday"])
    expected = 1 / np.where(fives, 5, 4) if "weekday" in by else np.full(500, 1 / 31)
    assert found == pytest.approx(expected)


def test_parts_of_days_are_counted_by_the_hour() -> None:
    times = pd.Series(pd.to_datetime(["2020-01-01 06:30", "2020-01-08 05:59", "2020-01-01 07:00"]))
    # Wednesday from six on, and the next one until eight: six and seven twice, five once.
    found = calendar_weights(times, "2020-01-01 06:00", "2020-01-08 08:00")
    assert found.tolist() == [0.5, 1.0, 0.5]


def test_each_week_of_a_span_adds_up_to_an_average_week() -> None:
    hours = pd.Series(pd.date_range("2020-03-01", "2020-04-01", freq="h", inclusive="left"))
    weights = calendar_weights(hours, "2020-03-01", "2020-04-01")
    summed = pd.Series(weights).groupby([hours.dt.day_of_week, hours.dt.hour]).sum()
    assert len(summed) == 7 * 24 and summed.to_numpy() == pytest.approx(1)


@pytest.mark.parametrize(
    ("times", "span", "by", "error", "said"),
    [
        (["2020-02-01"], ("2020-01-01", "2020-02-01"), ("hour",), RecordsError, "2020-02-01"),
        (["2019-12-31"], ("2020-01-01", "2020-02-01"), ("hour",), RecordsError, "1 of 1"),
        ([None], ("2020-01-01", "2020-02-01"), ("hour",), RecordsError, "missing"),
        (["2020-01-01"], ("2020-01-01", "2020-01-07"), ("weekday",), SettingError, "1 of 7"),
        (["2020-01-01"], ("2020-01-01", "2020-01-01"), ("hour",), SettingError, "after"),
        (["2020-01-01"], ("2020-01-01 00:30", "2020-02-01"), ("hour",), SettingError, "whole"),
        (["2020-01-01"], ("soon", "2020-02-01"), ("hour",), SettingError, "soon"),
        (["2020-01-01"], ("2020-01-01", "2020-02-01"), ("month",), SettingError, "month"),
        (["2020-01-01"], ("2020-01-01", "2020-02-01"), (), SettingError, "weekday"),
    ],
)
def test_what_has_no_place_in_the_calendar_is_refused(
    times: list[str | None],
    span: tuple[str, str],
    by: tuple[str, ...],
    error: type[Exception],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        calendar_weights(pd.Series(pd.to_datetime(times)), *span, by)


def test_zoned_times_are_refused() -> None:
    times = pd.Series(pd.to_datetime(["2020-01-05"])).dt.tz_localize("America/New_York")
    with pytest.raises(RecordsError, match="zone"):
        calendar_weights(times, "2020-01-01", "2020-02-01")


@given(small, small)
def test_with_equal_weights_d_is_ks(one: list[int], other: list[int]) -> None:
    plain = ks(ValueCounts.of(one), ValueCounts.of(other))
    found = weighted_d(one, other, np.full(len(one), 0.3))
    assert found.statistic == pytest.approx(plain.statistic, abs=1e-12)
    assert (found.n_reference, found.n_current) == pytest.approx((len(one), len(other)))


@given(small, small, st.randoms(use_true_random=False))
def test_whole_weights_are_copies(one: list[int], other: list[int], random: Random) -> None:
    times = [random.randint(1, 4) for _ in one]
    copies = ks(ValueCounts.of(np.repeat(one, times)), ValueCounts.of(other)).statistic
    assert weighted_d(one, other, times).statistic == pytest.approx(copies, abs=1e-12)


def test_weighted_d_is_the_widest_gap_anywhere() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=40), rng.normal(0.3, size=50)
    w, v = rng.uniform(size=40), rng.uniform(size=50)
    everywhere = np.concatenate([one, other])
    gaps = [
        abs(w[one <= x].sum() / w.sum() - v[other <= x].sum() / v.sum()) for x in everywhere
    ]  # fmt: skip
    found = weighted_d(one, other, w, v)
    assert found.statistic == pytest.approx(max(gaps), abs=1e-12)
    assert found.location == everywhere[int(np.argmax(gaps))]
    # Kish: the variance of a weighted mean, by simulation.
    means = [np.average(rng.normal(size=40), weights=w) for _ in range(4000)]
    assert 1 / np.var(means) == pytest.approx(effective_n(w), rel=0.08)


def test_missing_values_go_with_their_weights_and_the_rest_is_refused() -> None:
    assert weighted_d([1, np.nan, 2], [1, 2], [1, 9, 1]).statistic == 0
    for values, weights, said in (
        ([np.inf], [1], "infinities"),
        ([1.0], [-1], "-1"),
        ([1.0], [np.nan], "nan"),
        ([np.nan], [1], "no value"),
        ([1.0], [0], "no value"),
        ([], [], "no value"),
        ([1.0], [1, 2], "1 reference values, 2"),
    ):
        with pytest.raises(RecordsError, match=said):
            weighted_d(values, [1.0], weights)


def test_chance_is_the_inverse_of_p_and_joins_at_the_limit() -> None:
    for n, m in ((50, 70), (5000, 4000), (250_000, 300_000)):
        d = chance_d(n, m, 0.03)
        assert stats.kstwo.sf(d, round(n * m / (n + m))) == pytest.approx(0.03, rel=0.01)
    assert chance_d(200_000, 200_000) == pytest.approx(chance_d(200_001, 200_001), rel=2e-3)
    with pytest.raises(SettingError, match="level is 1"):
        chance_d(10, 10, 1)
    for size in (0, np.nan, np.inf):
        with pytest.raises(SettingError, match=f"samples of {size}"):
            chance_d(size, size)


def test_weights_that_are_none_are_refused() -> None:
    for weights, said in (
        ([-1, 2, 3], r"a weight is -1\.0"),
        ([np.inf, 1], "a weight is inf"),
        ([np.nan], "a weight is nan"),
        ([0, 0], "no weight is above 0"),
    ):
        with pytest.raises(RecordsError, match=said):
            effective_n(weights)


def test_rates_that_did_not_change_leave_nothing_but_the_calendar() -> None:
    """Each weekday-hour has its own rate, the same in both months: all of D is the calendar."""
    rng = np.random.default_rng(3)
    rates = rng.integers(1, 5, size=(7, 24))
    frames = []
    for start, end in SPANS.values():
        hours = pd.Series(pd.date_range(start, end, freq="h", inclusive="left"))
        times = hours.repeat(rates[hours.dt.day_of_week, hours.dt.hour])
        frames.append(pd.DataFrame({"time": times, "x": times.dt.day_of_week * 24 + times.dt.hour}))
    one, two = SPANS.values()
    found = calendar_ks(*frames, ["x"], time="time", reference_span=one, current_span=two).iloc[0]
    assert found["d_left"] == pytest.approx(0, abs=1e-12)
    assert found["d_calendar"] == pytest.approx(found["d_observed"], abs=1e-12) and (
        found["d_observed"] > 0.03
    )


def test_january_and_february(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = calendar_ks(
        *pair,
        dm.FEATURES,
        time=PICKUP,
        reference_span=SPANS["2020-01"],
        current_span=SPANS["2020-02"],
    ).set_index("column")
    assert found["d_left"].is_monotonic_decreasing and not found.isna().any(axis=None)
    for name in dm.FEATURES:
        scipys = stats.ks_2samp(pair[0][name], pair[1][name], method="asymp").statistic
        assert found.loc[name, "d_observed"] == pytest.approx(scipys, abs=1e-12)
    weekday = found.loc["pickup_weekday"]
    # By hand: trips per weekday, divided by how many of it the month holds.
    per_day = [f["pickup_weekday"].value_counts().sort_index() for f in pair]
    occurs = [[4, 4, 5, 5, 5, 4, 4], [4, 4, 4, 4, 4, 5, 4]]
    one, two = (np.cumsum(t / o) / np.sum(t / o) for t, o in zip(per_day, occurs, strict=True))
    assert weekday["d_left"] == pytest.approx(np.abs(one - two).max(), abs=1e-9)
    assert weekday["d_calendar"] > weekday["d_observed"] > weekday["d_left"]
    # What the calendar hides, it hides from speed: weekends, with empty streets.
    assert found.loc["trip_speed", "d_left"] > found.loc["trip_speed", "d_observed"]
    assert (found["n_effective_reference"] < len(pair[0])).all()


@pytest.mark.parametrize("compare", [calendar_ks, exchanged_days])
def test_columns_that_can_not_be_compared_are_named(
    pair: tuple[pd.DataFrame, pd.DataFrame], compare: Callable[..., pd.DataFrame]
) -> None:
    spans = {"reference_span": SPANS["2020-01"], "current_span": SPANS["2020-02"]}
    texts = [frame.assign(paid="card") for frame in pair]
    for frames, columns, time, said in (
        (pair, ["fare"], PICKUP, "reference frame has no column fare"),
        ((pair[0], pair[1].drop(columns=PICKUP)), ["trip_speed"], PICKUP, f"no column {PICKUP}"),
        (texts, ["trip_speed", "paid"], PICKUP, "column paid of the reference frame holds str"),
        (pair, [PICKUP], PICKUP, f"column {PICKUP} of the reference frame holds datetime64"),
        (pair, [], PICKUP, "columns is empty"),
        (pair, "trip_speed", PICKUP, r"columns is the text 'trip_speed'"),
    ):
        with pytest.raises(SchemaError, match=said):
            compare(*frames, columns, time=time, **spans)


@pytest.mark.parametrize("compare", [calendar_ks, exchanged_days])
def test_whole_numbers_with_missing_ones_compare_as_floats_do(
    compare: Callable[..., pd.DataFrame],
) -> None:
    days = pd.Series(pd.date_range("2020-01-06", periods=28, freq="D"))
    frame = pd.DataFrame({"time": days, "x": np.arange(28.0)})
    frame.loc[3, "x"] = np.nan
    spans = {
        "reference_span": ("2020-01-06", "2020-01-20"),
        "current_span": ("2020-01-20", "2020-02-03"),
    }
    if compare is calendar_ks:
        spans["by"] = ("weekday",)  # type: ignore[assignment]
    whole = frame.assign(x=frame["x"].astype("Int64"))
    one, other = (compare(f[:14], f[14:], ["x"], time="time", **spans) for f in (frame, whole))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.filterwarnings("error")
def test_values_of_one_day_a_side_say_nothing_of_days() -> None:
    """Only one Wednesday a side has values: dealt to the same side, they leave the other none."""
    days = pd.Series(pd.date_range("2020-01-06", periods=28, freq="D")).repeat(40)
    frame = pd.DataFrame({"time": days.to_numpy(), "apart": np.nan, "alike": np.nan})
    for of, value in (("2020-01-08", 1.0), ("2020-01-22", 2.0)):
        frame.loc[frame["time"] == of, "apart"] = value
        frame.loc[frame["time"] == of, "alike"] = np.arange(40) % 2
    cut = frame["time"] < "2020-01-20"
    # Of the six ways to deal four Wednesdays two and two, two put both of these on one side.
    for level, d_alike in ((0.05, 1), (0.3, 1), (0.37, 0)):
        found = exchanged_days(
            frame[cut],
            frame[~cut],
            ["apart", "alike"],
            time="time",
            reference_span=("2020-01-06", "2020-01-20"),
            current_span=("2020-01-20", "2020-02-03"),
            level=level,
            draws=3000,
        )
        assert found["d_left"].tolist() == [1, 0] and found["p_days"].tolist() == [1, 1]
        assert found["d_days"].tolist() == [1, d_alike]


def test_a_span_that_can_not_be_read_is_told(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    spans = {"reference_span": ("soon", "2020-02-01"), "current_span": SPANS["2020-02"]}
    with pytest.raises(SettingError, match="span soon to 2020-02-01 can't be read"):
        exchanged_days(*pair, ["trip_speed"], time=PICKUP, **spans)


def test_exchanging_days_lists_all_deals_of_a_small_case() -> None:
    """Two weeks a side of one value a day: every deal can be listed."""
    days = pd.Series(pd.date_range("2020-01-06", periods=14, freq="D"))
    rng = np.random.default_rng(4)
    one = pd.DataFrame({"time": days, "x": rng.normal(size=14)})
    two = pd.DataFrame({"time": days + pd.Timedelta(days=14), "x": rng.normal(0.8, size=14)})
    spans = ("2020-01-06", "2020-01-20"), ("2020-01-20", "2020-02-03")
    found = exchanged_days(
        one, two, ["x"], time="time", reference_span=spans[0], current_span=spans[1], draws=4000
    ).iloc[0]
    pooled = np.concatenate([one["x"], two["x"]]).reshape(4, 7)
    deals = list(itertools.combinations(range(4), 2))
    # 6^7 deals of seven weekdays; a random part of them is listed here by another route.
    picks = rng.integers(0, 6, size=(4000, 7))
    chosen = np.array([[pooled[list(deals[k]), day] for day, k in enumerate(row)] for row in picks])
    rest = np.array(
        [
            [pooled[[i for i in range(4) if i not in deals[k]], day] for day, k in enumerate(row)]
            for row in picks
        ]
    )
    grid = np.sort(pooled.ravel())
    d = np.abs(
        (chosen.reshape(4000, 14, 1) <= grid).mean(axis=1)
        - (rest.reshape(4000, 14, 1) <= grid).mean(axis=1)
    ).max(axis=1)
    observed = stats.ks_2samp(one["x"], two["x"]).statistic
    assert found["d_left"] == pytest.approx(observed)
    assert found["p_days"] == pytest.approx((d >= observed - 1e-9).mean(), abs=0.04)
    assert found["d_days"] == pytest.approx(np.quantile(d, 0.95, method="higher"), abs=1 / 13)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_days_that_are_alike_give_p_one(seed: int) -> None:
    times = pd.Series(pd.date_range("2020-01-06", periods=28 * 24, freq="h"))
    frame = pd.DataFrame({"time": times, "x": times.dt.hour})
    cut = frame["time"] < "2020-01-20"
    found = exchanged_days(
        frame[cut],
        frame[~cut],
        ["x"],
        time="time",
        reference_span=("2020-01-06", "2020-01-20"),
        current_span=("2020-01-20", "2020-02-03"),
        draws=20,
        seed=seed,
    )
    assert found[["d_left", "p_days"]].to_numpy().tolist()[0] == pytest.approx([0, 1], abs=1e-12)


def test_exchanging_refuses_parts_of_days(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    one, two = SPANS.values()
    for changed, said in (
        ({"draws": 0}, "draws is 0"),
        ({"level": 0.0}, "level is 0"),
        ({"reference_span": ("2020-01-01", "2020-02-01 06:00")}, "whole days"),
    ):
        given = {"time": PICKUP, "reference_span": one, "current_span": two} | changed
        with pytest.raises(SettingError, match=said):
            exchanged_days(*pair, ["trip_speed"], **given)
