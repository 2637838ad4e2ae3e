"""The study of evidence: sizes of the tests, published p-values, p against n."""

from __future__ import annotations

import pandas as pd
import pytest

import debugml as dm
from debugml.drift.ks import ks
from debugml.study import evidence
from debugml.summary import ValueCounts

DIFFERENT = {"seed": 7}  # not the committed results' seed: the findings don't hang on it


@pytest.fixture(scope="module")
def questions() -> pd.DataFrame:
    found: pd.DataFrame = evidence.two_questions.function(repeats=400, **DIFFERENT)
    return found


def test_neither_test_errs_more_often_than_its_level(questions: pd.DataFrame) -> None:
    # 400 repeats: three standard errors above 0.05.
    most = 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5
    harmless = questions[questions["true_d"] <= 0.05]
    assert (harmless[["alarm", "alarm_asymptotic"]] <= most).all(axis=None)
    assert (questions.loc[questions["true_d"] >= 0.05, "all_clear"] <= most).all()
    assert (questions.loc[questions["true_d"] == 0, "ks"] <= most).all()


def test_with_records_enough_both_speak_and_ks_always_does(questions: pd.DataFrame) -> None:
    at = questions.set_index(["n", "true_d"])
    assert at.loc[(1_000_000, 0.025), "all_clear"] == 1
    assert at.loc[(1_000_000, 0.1), "alarm"] == 1
    assert at.loc[(1_000_000, 0.025), "ks"] == 1
    assert at.loc[(100, 0.1), "cant_tell"] > 0.9
    shares = questions["alarm"] + questions["all_clear"] + questions["cant_tell"]
    assert shares.to_numpy() == pytest.approx(1)
    assert not questions.isna().any(axis=None)


def test_bootstrap_is_refused_near_zero_and_narrower_away_from_it() -> None:
    table = evidence.bootstrap_coverage.function(
        true_ds=(0.02, 0.3), sizes=(1_000,), repeats=60, **DIFFERENT
    )
    near, far = (row for _, row in table.iterrows())
    assert near["refused"] > 0.9 and far["refused"] == 0
    assert far["coverage"] > 0.8 and far["width"] < far["dkw_width"] / 2
    assert (table["dkw_coverage"] >= 0.95).all()
    assert not table.isna().any(axis=None)


@pytest.mark.parametrize("months", ["january_february", "january_march"])
def test_published_p_values_agree_with_their_ds(months: str) -> None:
    table = evidence.published_check.function(months)
    assert len(table) == 11 and table["anchor"].sum() == 1
    assert table["inside"].all()
    # A wrong size would show: one of ten million rows instead predicts none of them.
    wrong = [
        dm.study.evidence.predict_p(d, (5e6, 5.001e6), evidence.ROUNDING)
        for d in table["statistic"]
    ]
    positive = table["p_published"] > 0
    hits = [
        low <= p <= high for (low, high), p in zip(wrong, table["log10_p_published"], strict=True)
    ]
    assert not pd.Series(hits)[positive].any()
    # February has fewer days than January, and March ended in a shutdown.
    assert (table["implied_rows_high"] < dm.published.january_rows()["featurized"]).all()
    assert not table.isna().any(axis=None)


def test_cps_ends_at_the_d_of_all_trips() -> None:
    months = {"reference": ("2018-01",), "current": ("2019-01",)}
    table = evidence.cps.function("trip_speed", **months, repeats=9, **DIFFERENT)
    frames = [dm.featurize(dm.load(m))["trip_speed"] for m in ("2018-01", "2019-01")]
    whole = ks(*(ValueCounts.of(f) for f in frames))
    last = table.iloc[-1]
    assert last["n"] == min(len(f) for f in frames)
    # Of the larger side a few trips are left out.
    assert last["d"] == pytest.approx(whole.statistic, abs=0.01)
    # D settles, its band narrows; below and above lie the other's.
    assert (table["d_high"] - table["d_low"]).is_monotonic_decreasing
    assert (table["p_low"] <= table["p"]).all() and (table["p"] <= table["p_high"]).all()
    assert not table.isna().any(axis=None)


def test_significant_d_falls_with_the_root_of_n() -> None:
    table = evidence.significant_d.function(tests=(1,)).set_index("n")["statistic"]
    assert table.is_monotonic_decreasing
    assert table[100] / table[1_000_000] == pytest.approx(100, rel=0.05)
