"""A stream's window is what a batch of the same values is; river's detectors, as river has them."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import debugml as dm
from debugml.drift import ks
from debugml.drift.ks import KSResult
from debugml.drift.rules import above, exceeds, significant
from debugml.drift.streaming import RiverDetector, WindowedKS, watch
from debugml.errors import RecordsError, SettingError
from debugml.summary import ValueCounts

numbers = st.one_of(st.integers(-3, 3).map(float), st.floats(-2, 2))
streams = st.lists(st.one_of(numbers, st.just(float("nan"))), min_size=1, max_size=60)


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30), streams, st.integers(1, 12))
def test_the_window_is_the_batch_of_the_last_values(
    reference: list[float], values: list[float], window: int
) -> None:
    counts = ValueCounts.of(reference)
    detector = WindowedKS(counts, window=window, every=1, rule=above(0.5))
    came: list[float] = []
    for value in values:
        detector.update(value)
        if value == value:
            came.append(value)
        if not came:
            continue
        found, batch = detector.result, ks(counts, ValueCounts.of(came[-window:]))
        assert found.statistic == batch.statistic
        assert (found.n_reference, found.n_current) == (batch.n_reference, batch.n_current)
        # The location is one where the gap is that wide, whichever came first.
        gap = found.at_reference / found.n_reference - found.at_current / found.n_current
        assert gap == found.sign * found.statistic
        if found.statistic > 0:
            assert found.at_reference == int(counts.up_to(np.array([found.location]))[0])
            assert found.at_current == sum(v <= found.location for v in came[-window:])


@settings(deadline=None)
@given(streams, st.lists(st.integers(0, 60), max_size=4), st.integers(1, 7))
def test_how_the_stream_is_cut_makes_no_difference(
    values: list[float], cuts: list[int], every: int
) -> None:
    reference = ValueCounts.of([0.0, 0.5, 1.0])
    one, other = (WindowedKS(reference, 5, every, above(0.5)) for _ in range(2))
    whole = one.update(values)
    parts = np.split(np.array(values), sorted(c for c in cuts if c <= len(values)))
    assert whole == [alarm for part in parts for alarm in other.update(part)]
    assert one.seen == len(values)


def test_alarms_are_where_the_rule_begins_to_hold() -> None:
    """By batches: a look every 10, once the window of 30 is full; only rising edges count."""
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=200), rng.normal(2, size=200), rng.normal(size=200)])
    counts = ValueCounts.of(rng.normal(size=500))
    looks = range(29, 600, 10)
    held = [ks(counts, ValueCounts.of(values[at - 29 : at + 1])).statistic > 0.5 for at in looks]
    rises = [at for at, now, was in zip(looks, held, [False, *held], strict=False) if now > was]
    assert 1 <= len(rises) < sum(held)
    assert WindowedKS(counts, 30, 10, above(0.5)).update(values) == rises


def test_missing_values_have_a_position_and_no_place() -> None:
    detector = WindowedKS(ValueCounts.of([0, 1]), window=2, every=1, rule=above(0.9))
    assert detector.update([np.nan, 5, np.nan]) == []
    assert detector.update(6) == [3]
    assert detector.result.n_current == 2


def test_what_can_not_be_compared_is_refused_and_nothing_of_it_taken() -> None:
    detector = WindowedKS(ValueCounts.of([0.0, 1.0]))
    with pytest.raises(RecordsError, match="infinities"):
        detector.update([1.0, np.inf])
    for refused in (lambda: detector.update(["a"]), lambda: watch(detector, [1.0, "a"])):
        with pytest.raises(RecordsError, match=r"no number.*'a'.*encode"):
            refused()
    assert detector.seen == 0
    with pytest.raises(RecordsError, match="no value has come"):
        _ = detector.result
    with pytest.raises(RecordsError, match="reference has no values"):
        WindowedKS(ValueCounts.of([np.nan]))
    with pytest.raises(SettingError, match="window 0"):
        WindowedKS(ValueCounts.of([1]), window=0)
    with pytest.raises(SettingError, match="every 0"):
        WindowedKS(ValueCounts.of([1]), every=0)


def test_rules_by_hand() -> None:
    def seen(d: float) -> KSResult:
        return KSResult(d, 0.0, 1, 10_000, 1000, 0, 0)

    # scipy's p of D = 0.05 at these sizes is 0.0197.
    assert significant(0.05)(seen(0.05)) and not significant(0.01)(seen(0.05))
    assert not significant(0.05, looks=3)(seen(0.05))
    assert above(0.05)(seen(0.0501)) and not above(0.05)(seen(0.05))
    # Solved for D: the tolerance plus sqrt(log(4 / level) / 2) (1/√n + 1/√m).
    needed = 0.05 + np.sqrt(np.log(4 / 0.05) / 2) * (1 / 100 + 1 / np.sqrt(1000))
    assert exceeds(0.05)(seen(needed + 1e-9)) and not exceeds(0.05)(seen(needed - 1e-9))
    for wrong in (
        lambda: above(1.0),
        lambda: significant(0),
        lambda: significant(looks=0),
        lambda: significant(looks=np.nan),
        lambda: exceeds(-0.1),
        lambda: exceeds(0.1, level=2),
    ):
        with pytest.raises(SettingError):
            wrong()


def test_a_stream_without_change_keeps_the_level_that_looks_correct_for() -> None:
    """200 streams from the reference's own distribution: at most 5 % may alarm at all.

    Declared: seed 7, level 0.05 over each stream; the bound is 0.999 of Binomial(200, 0.05).
    """
    rng = np.random.default_rng(7)
    alarmed = 0
    for _ in range(200):
        detector = WindowedKS(
            ValueCounts.of(rng.normal(size=2000)), 100, 50, significant(0.05, looks=9)
        )
        alarmed += bool(detector.update(rng.normal(size=500)))
    assert alarmed <= 21


@pytest.mark.parametrize("name", ["PageHinkley", "ADWIN", "DDM"])
def test_the_adapter_adds_nothing_to_river(name: str) -> None:
    from river import drift
    from river.drift import binary

    rng = np.random.default_rng(1)
    values = np.concatenate([rng.random(800) < 0.2, rng.random(800) < 0.7]).astype(float)
    own = {"PageHinkley": drift.PageHinkley, "ADWIN": drift.ADWIN, "DDM": binary.DDM}[name]()
    expected = []
    for at, value in enumerate(values):
        own.update(bool(value) if name == "DDM" else value)
        if own.drift_detected:
            expected.append(at)
    # river's own false alarms are river's; the change is found within a hundred values.
    assert any(800 <= at < 900 for at in expected)
    found = watch(RiverDetector(name), values)
    assert found["position"].tolist() == expected
    assert found["value"].tolist() == values[expected].tolist()
    # Missing values shift positions and change nothing else.
    holes = np.insert(values, 100, np.nan)
    assert (watch(RiverDetector(name), holes)["position"] - 1).tolist() == expected


def test_settings_are_rivers_and_wrong_ones_are_told() -> None:
    values = np.repeat([0.0, 1.0], 200)
    quick, slow = (RiverDetector("PageHinkley", threshold=t).update(values) for t in (1, 60))
    assert quick[0] < slow[0]
    with pytest.raises(SettingError, match=r"KSWIN.*PageHinkley"):
        RiverDetector("KSWIN")
    with pytest.raises(SettingError, match=r"ADWIN.*treshold"):
        RiverDetector("ADWIN", treshold=1)


def test_rivers_detectors_refuse_what_they_can_not_hold() -> None:
    detector = RiverDetector("DDM")
    with pytest.raises(RecordsError, match=r"0\.5"):
        detector.update([0, 1, 0.5])
    with pytest.raises(RecordsError, match="infinities"):
        RiverDetector("ADWIN").update([np.inf])
    assert detector.seen == 0


def test_without_river_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "river.drift", None)
    with pytest.raises(SettingError, match=r"debugml\[streaming\]"):
        RiverDetector("ADWIN")


def test_watch_says_when_and_goes_on_from_where_a_detector_is() -> None:
    times = pd.date_range("2020-03-01", periods=40, freq="h")
    detector = WindowedKS(ValueCounts.of(np.arange(10)), 10, 5, above(0.9))
    calm, changed = np.arange(20) % 10, np.full(20, 50.0)
    assert watch(detector, calm, times[:20]).empty
    found = watch(detector, changed, times[20:])
    assert found.to_dict("records") == [{"position": 9, "time": times[29], "value": 50.0}]
    assert list(watch(detector, []).columns) == ["position", "value"]
    with pytest.raises(RecordsError, match="40 times"):
        watch(detector, changed, times)


def test_real_speeds_in_april_are_nothing_like_january(train: pd.DataFrame) -> None:
    april = dm.featurize(dm.load("2020-04")).sort_values("tpep_dropoff_datetime", kind="stable")
    detector = WindowedKS(ValueCounts.of(train["trip_speed"]), 500, 100, exceeds(0.1, looks=100))
    assert detector.update(april["trip_speed"])[0] == 499
    batch = ks(ValueCounts.of(train["trip_speed"]), ValueCounts.of(april["trip_speed"].tail(500)))
    assert detector.result == batch
