"""Simulated shifts of real trips, and the paper's orderings judged by a rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import debugml as dm
from debugml.drift.detection import clopper_pearson
from debugml.study import orderings, shifts
from debugml.study.orderings import ORDERINGS, Ordering, judge


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return dm.featurize(dm.load("2020-02"))


@pytest.fixture(scope="module")
def made(records: pd.DataFrame) -> dict[tuple[str, float, float], pd.DataFrame]:
    found = shifts._shifts(records)
    assert len({(s.kind, s.strength, s.share) for s in found}) == len(found)
    return {(s.kind, s.strength, s.share): s.apply(records) for s in found}


def test_every_kind_has_three_shares_and_the_control_is_untouched(
    made: dict[tuple[str, float, float], pd.DataFrame], records: pd.DataFrame
) -> None:
    assert made["none", 0.0, 0.0] is records
    for kind, strengths in shifts.STRENGTHS.items():
        middle = strengths[len(strengths) // 2]
        assert {share for k, s, share in made if k == kind and s == middle} == set(shifts.SHARES)
        assert {s for k, s, share in made if k == kind} == set(strengths)


def test_shifts_do_to_trips_what_their_names_say(
    made: dict[tuple[str, float, float], pd.DataFrame], records: pd.DataFrame
) -> None:
    fast = made["faster", 1.2, 1.0]
    assert np.allclose(fast["trip_time"] * fast["trip_speed"], fast["trip_distance"], atol=0.01)
    assert np.allclose(fast["trip_time"], records["trip_time"] / 1.2)
    km = made["kilometres", shifts.KM, 1.0]
    for name in ("trip_distance", "trip_speed"):
        assert np.allclose(km[name], records[name] * shifts.KM)
    assert np.array_equal(km["trip_time"], records["trip_time"])
    clock = made["clock", 2.0, 1.0]["pickup_hour"]
    assert clock.between(0, 23).all()
    assert np.array_equal((clock - records["pickup_hour"]) % 24, np.full(len(records), 2.0))
    night = made["night", 0.0, 1.0]["pickup_hour"]
    assert set(night.unique()) == {20, 21, 22, 23, 0, 1, 2, 3, 4, 5}
    short = made["short trips", 0.25, 0.5]["trip_distance"]
    assert (short <= records["trip_distance"].quantile(0.25)).mean() > 0.6
    assert made["knock-out", 0.0, 1.0]["high_tip"].sum() == 0
    gone = made["missing", 0.0, 0.5]
    assert 0.49 < (gone[["passenger_count", "RatecodeID"]] == -1).all(axis=1).mean() < 0.53


def test_trips_are_enough_for_the_largest_samples(
    made: dict[tuple[str, float, float], pd.DataFrame],
) -> None:
    # Two months are pooled: here is half of them.
    assert min(len(frame) for frame in made.values()) >= max(shifts.SIZES) * 2


def cells(by_kind: dict[str, float]) -> pd.DataFrame:
    rows = [
        {"kind": kind, "intensity": "medium", "share": share, "n": n, "representation": name}
        | {"test": test, "detected": 0.5 + (value if name == "A" else 0.0)}
        for kind, value in by_kind.items()
        for share in (0.1, 1.0)
        for n in (20, 200)
        for name, test in (("A", "ks"), ("B", "ks"))
    ]
    return pd.DataFrame(rows)


def a_less_b(margin: float = 0.0) -> Ordering:
    return Ordering("A", "here", "A less B", lambda w: w["A", "ks"] - w["B", "ks"], margin)


def test_each_kind_counts_once_and_the_interval_is_students() -> None:
    given = {"a": 0.1, "b": 0.2, "c": 0.15, "d": 0.05, "e": 0.1, "f": 0.3}
    found = judge(a_less_b(), cells(given))
    theirs = stats.ttest_1samp(list(given.values()), 0).confidence_interval(0.95)
    assert found["difference"] == pytest.approx(0.15)
    assert (found["low"], found["high"]) == pytest.approx((theirs.low, theirs.high))
    assert (found["kinds"], found["agree"], found["weak"]) == (6, 6, False)
    # Ten times the cells of a kind are no more evidence.
    again = cells({"a": 0.1}).query("share == 1")
    more = pd.concat([cells(given), *(again.assign(share=share) for share in range(2, 12))])
    assert judge(a_less_b(), more) == pytest.approx(found)


@pytest.mark.parametrize(
    ("values", "margin", "verdict", "weak"),
    [
        ([0.1, 0.2, 0.15, 0.1, 0.2, 0.1], 0.0, "held", False),
        ([-0.1, -0.2, -0.15, -0.1, -0.2, -0.1], 0.0, "not held", False),
        ([0.1, -0.2, 0.15, -0.1, 0.2, 0.1], 0.0, "undecided", False),
        ([0.3, 0.31, 0.32], 0.0, "held", True),
        ([0.01, -0.02, 0.0, 0.01, 0.02, -0.01], 0.05, "held", False),
        ([0.1, 0.2, 0.15, 0.1, 0.2, 0.1], 0.05, "not held", False),
        ([0.1, -0.2, 0.15, -0.1, 0.2, 0.1], 0.05, "undecided", False),
    ],
)
def test_the_verdict_is_the_rules(
    values: list[float], margin: float, verdict: str, weak: bool
) -> None:
    found = judge(a_less_b(margin), cells(dict(zip("abcdef", values, strict=False))))
    assert (found["verdict"], found["weak"]) == (verdict, weak)


def paper_like(best: str, bonus: float = 0.2) -> pd.DataFrame:
    """Detections that all tests share but for one representation's bonus, and one at n."""
    names = [(name, test) for name in orderings.REPRESENTATIONS for test in ("ks", "mmd")]
    names += [("BBSDh", "chi-squared"), ("Classif", "classifier")]
    rows = [
        {"kind": kind, "intensity": level, "share": share, "n": n}
        | {"representation": name, "test": test}
        | {"detected": 0.1 * np.log10(n) + 0.1 * share + bonus * (name == best) + 0.01 * i}
        for i, kind in enumerate(shifts.STRENGTHS)
        for level in shifts.INTENSITIES
        for share in shifts.SHARES
        for n in shifts.SIZES
        for name, test in names
        if test != "mmd" or n <= shifts.MMD_LARGEST
    ]
    return pd.DataFrame(rows)


def test_every_ordering_can_be_judged_and_finds_what_was_put_in() -> None:
    found = pd.DataFrame([judge(o, paper_like("BBSDs")) for o in ORDERINGS])
    assert not found.isna().any(axis=None) and found["ordering"].is_unique
    by = found.set_index(found["ordering"].str.split().str[0])
    assert found["difference"].iloc[0] == pytest.approx(0.2)
    assert by.loc["Hard", "difference"] == pytest.approx(0.2)
    assert by.loc["Shifts", "difference"] == pytest.approx(0.09)
    assert by.loc["More", "difference"] == pytest.approx(0.1)
    # KS and MMD are alike; UAE is behind by the bonus of another.
    assert found["difference"].iloc[1] == pytest.approx(0, abs=1e-12)
    assert found["difference"].iloc[2] == pytest.approx(-0.2)
    # Of the control there is no claim.
    assert (found["kinds"] <= len(shifts.STRENGTHS)).all()


def test_the_best_other_is_chosen_on_other_kinds() -> None:
    table = paper_like("none")
    # PCA shines on one kind only: chosen there, it would look better than it is.
    shines = (table["kind"] == "noise") & (table["representation"] == "PCA")
    table.loc[shines, "detected"] += 0.5
    wide = table.pivot(index=orderings.CELL, columns=orderings.DETECTOR, values="detected")
    by_kind = orderings._best_of("BBSDs", "ks")(wide).groupby(level="kind").mean()
    assert by_kind.to_numpy() == pytest.approx(np.zeros(len(by_kind)), abs=1e-12)


@pytest.mark.slow
def test_shift_power_on_real_trips_is_tidy_and_sees_gross_shifts() -> None:
    table = shifts.shift_power.function(sizes=(20, 200), repeats=10)
    assert not table.isna().any(axis=None)
    # Fourteen detectors, 33 shifts, two sizes.
    assert len(table) == 14 * 33 * 2
    assert table.equals(shifts.shift_power.function(sizes=(20, 200), repeats=10))
    assert dict(table[["representation", "dimensions"]].to_numpy())["BBSDs"] == 1
    gross = table[(table["kind"] == "missing") & (table["share"] == 1.0) & (table["n"] == 200)]
    assert (gross["detected"] > 0.8).all()
    null = table[table["kind"] == "none"]
    # 280 tests at 5 %, not independent: a tenth would be too many.
    assert null["detected"].mean() < 0.1
    row = null.iloc[0]
    assert (row["low"], row["high"]) == clopper_pearson(round(row["detected"] * 10), 10)
