"""Estimates without labels, on the story's months: computed again by hand, and what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import accuracy_score, f1_score

import debugml as dm
from debugml import study
from debugml.study.base import model_of

STORY = ("2020-01", "2020-02", "2020-04", "2020-05")
FIGURES = ("f1", "accuracy", "base_rate")


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return study.estimates.function(STORY)


@pytest.fixture(scope="module")
def misses() -> pd.DataFrame:
    return study.estimate_misses.function()


@pytest.fixture(scope="module")
def april() -> dict[str, Any]:
    """April, scored and calibrated by scikit-learn alone."""
    model = model_of("2020-01", 0)
    found: dict[str, Any] = {}
    for name, month in (("february", "2020-02"), ("april", "2020-04")):
        trips = dm.load(month)
        features = dm.featurize(trips)
        x = features[list(dm.FEATURES)]
        found[name] = (
            model.estimator.predict_proba(x)[:, 1],
            features["high_tip"].to_numpy(),
            trips.loc[trips["fare_amount"] > 0, "payment_type"].to_numpy(),
        )
    p, y, _ = found["february"]
    curve = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    found["chance"] = curve.predict(found["april"][0])
    return found


def test_pairs_are_every_later_month_after_the_calibration(pairs: pd.DataFrame) -> None:
    assert list(zip(pairs["train"], pairs["month"], strict=True)) == [
        ("2020-01", "2020-04"),
        ("2020-01", "2020-05"),
        ("2020-02", "2020-05"),
    ]
    assert not pairs.isna().any(axis=None)


def test_estimate_and_truth_by_other_code(pairs: pd.DataFrame, april: dict[str, Any]) -> None:
    row = pairs.iloc[0]
    p, y, _ = april["april"]
    yes, chance = p > 0.5, april["chance"]
    assert row["f1"] == pytest.approx(f1_score(y, yes))
    assert row["accuracy"] == pytest.approx(accuracy_score(y, yes))
    tp = chance[yes].sum()
    assert row["f1_estimated"] == pytest.approx(2 * tp / (yes.sum() + chance.sum()))
    right = tp + (1 - chance)[~yes].sum()
    assert row["accuracy_estimated"] == pytest.approx(right / len(y))
    p, y, _ = april["february"]
    assert row["f1_before"] == pytest.approx(f1_score(y, p > 0.5))
    assert row["always_yes_before"] == pytest.approx(f1_score(y, np.ones(len(y))))


def test_errors_are_differences_and_intervals_hold_the_estimate(pairs: pd.DataFrame) -> None:
    for name in FIGURES:
        for suffix in ("estimated", "by_payment"):
            error = "error" if suffix == "estimated" else "by_payment_error"
            gap = pairs[f"{name}_{suffix}"] - pairs[name]
            np.testing.assert_allclose(pairs[f"{name}_{error}"], gap, atol=1e-12)
        assert pairs[f"{name}_estimated"].between(pairs[f"{name}_low"], pairs[f"{name}_high"]).all()
    low, high = pairs["f1_by_payment_low"], pairs["f1_by_payment_high"]
    assert pairs["f1_by_payment"].between(low, high).all()


def test_it_misses_april_and_payment_mends_most_of_it(pairs: pd.DataFrame) -> None:
    story = pairs[pairs["train"] == "2020-01"]
    assert (story["f1_error"] > 0.09).all()
    assert (story["f1"] < story["f1_low"] - 0.08).all()  # far outside its interval
    assert (story["f1_by_payment_error"].abs() < story["f1_error"] / 3).all()
    assert (story["base_rate_by_payment_error"].abs() < 0.01).all()


def test_misses_add_up_to_the_error(pairs: pd.DataFrame, misses: pd.DataFrame) -> None:
    whole = misses.groupby("month").sum(numeric_only=True)
    story = pairs[pairs["train"] == "2020-01"].set_index("month")
    for name in ("f1_error", "accuracy_error"):
        np.testing.assert_allclose(whole[name], story[name], atol=1e-12)
    parts = misses["mix"] + misses["tips"] + misses["before"]
    summed = parts.groupby(misses["month"]).sum()
    np.testing.assert_allclose(summed, whole["f1_error"], atol=1e-12)
    # The calibration month itself leaves next to nothing.
    assert whole["before"].abs().max() < 0.003
    np.testing.assert_allclose(whole[["share", "share_before"]], 1)
    assert whole["n"].to_dict() == story["n"].to_dict()


def test_misses_of_cash_by_hand(misses: pd.DataFrame, april: dict[str, Any]) -> None:
    p, y, paid = april["april"]
    cash, yes = paid == 2, p > 0.5
    row = misses[(misses["month"] == "2020-04") & (misses["payment"] == "cash")].iloc[0]
    assert (row["n"], row["actual"]) == (cash.sum(), 0)
    assert row["expected"] == pytest.approx(april["chance"][cash].mean())
    f1 = f1_score(y, yes)
    wrong = (2 - f1) * april["chance"][cash & yes].sum() - f1 * april["chance"][cash & ~yes].sum()
    assert row["f1_error"] == pytest.approx(wrong / (yes.sum() + april["chance"].sum()))
    assert row["share_before"] == pytest.approx((april["february"][2] == 2).mean())


def test_most_of_the_miss_is_the_mix_of_payment(misses: pd.DataFrame) -> None:
    whole = misses.groupby("month")[["f1_error", "mix", "tips"]].sum()
    assert (whole["mix"] > 0.8 * whole["f1_error"]).all()
    assert (whole["tips"].abs() < 0.2 * whole["f1_error"]).all()


def test_meaning_of_a_probability_by_hand(april: dict[str, Any]) -> None:
    bins = study.estimate_meaning.function()
    assert list(bins["month"].unique()) == ["2020-02", "2020-04", "2020-05"]
    np.testing.assert_allclose(bins.groupby("month")["share"].sum(), 1)
    february = bins[bins["month"] == "2020-02"]
    assert february["share"].between(0.098, 0.102).all()
    # Calibrated on this very month: right on average, and near in each tenth.
    gap = (february["calibrated"] - february["observed"]) * february["n"]
    assert abs(gap.sum()) < 1e-6 and gap.abs().max() < 0.02 * february["n"].max()
    edge = np.quantile(april["february"][0], 0.9)
    p, y, paid = april["april"]
    last = bins[(bins["month"] == "2020-04") & (bins["bin"] == 9)].iloc[0]
    high = p >= edge
    assert (last["n"], last["observed"]) == (high.sum(), pytest.approx(y[high].mean()))
    assert last["card"] == pytest.approx((paid[high] == 1).mean())
    # The twist: the same promise, kept less often.
    wide = bins.pivot(index="bin", columns="month", values="observed")
    assert (wide.loc[1:, "2020-04"] < wide.loc[1:, "2020-02"] - 0.08).all()


def test_errors_by_hand(pairs: pd.DataFrame) -> None:
    errors = study.estimate_errors(pairs).set_index("span")
    assert errors["pairs"].to_dict() == {
        "all": 3,
        "2020-03 to 2020-05": 3,
        "trained on 2020-01": 2,
    }
    row, story = errors.loc["trained on 2020-01"], pairs[pairs["train"] == "2020-01"]
    assert row["estimated"] == pytest.approx(story["f1_error"].abs().mean())
    assert row["unchanged"] == pytest.approx((story["f1_before"] - story["f1"]).abs().mean())
    assert row["always_yes"] == pytest.approx(
        (story["always_yes_before"] - story["f1"]).abs().mean()
    )
    assert row["skill"] == pytest.approx(story["skill"].mean())
    assert row["covered"] == 0
    assert row["by_payment"] < row["estimated"] / 3


@pytest.mark.slow
def test_all_pairs_and_the_honest_table() -> None:
    pairs = study.estimates()
    assert len(pairs) == 34 * 35 // 2
    errors = study.estimate_errors(pairs).set_index("span")
    everything = errors.loc["all"]
    assert everything["by_payment"] < everything["estimated"] < everything["unchanged"]
    # Of the accuracy, the estimate is no better than "as last month"; by payment it is.
    assert everything["accuracy"] > everything["accuracy_unchanged"]
    assert everything["accuracy_by_payment"] < everything["accuracy_unchanged"]
    # As near as NannyML's CBPE came on such months: 0.021.
    assert errors.loc["trained on 2018-01", "estimated"] == pytest.approx(0.02, abs=0.003)
