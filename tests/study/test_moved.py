"""What moved, on the real trips: the story's claims, and that they add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.study import moved
from debugml.study.base import payment

MONTHS = ("2020-02", "2020-04", "2020-05")


def scored(month: str, train: pd.DataFrame) -> pd.DataFrame:
    features = dm.featurize(dm.load(month), keep="payment_type")
    p = dm.predict_proba(dm.fit_forest(train), features)
    return pd.DataFrame(
        {"y": features["high_tip"], "p": p, "yes": p > 0.5, "payment": payment(features)}
    )


@pytest.fixture(scope="module")
def months(train: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {month: scored(month, train) for month in MONTHS}


@pytest.fixture(scope="module", params=["2020-04", "2020-05"])
def split(request: pytest.FixtureRequest) -> pd.DataFrame:
    return moved.change_split(after=request.param)


def value(split: pd.DataFrame, order: str, step: str, column: str = "value") -> float:
    row = split[(split["order"] == order) & (split["step"] == step)]
    return float(row[column].iloc[0])


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_ends_are_the_months_own_scores(
    split: pd.DataFrame, months: dict[str, pd.DataFrame], order: str
) -> None:
    from sklearn.metrics import f1_score

    for end in ("before", "after"):
        r = months[split[end].iloc[0]]
        assert value(split, order, end) == pytest.approx(f1_score(r["y"], r["yes"]), abs=1e-9)
    steps = split[(split["order"] == order) & (split["kind"] == "step")]
    assert steps["value"].sum() == pytest.approx(value(split, order, "total"), abs=1e-12)


def test_mix_is_scikit_learns_f1_with_pandas_weights(
    split: pd.DataFrame, months: dict[str, pd.DataFrame]
) -> None:
    from sklearn.metrics import f1_score

    before, after = (
        months[split[end].iloc[0]].assign(cell=lambda r: r["payment"] + r["y"].astype(str))
        for end in ("before", "after")
    )
    met = after[after["cell"].isin(before["cell"])]
    assert value(split, "forward", "no counterpart", "n") == len(after) - len(met)
    wanted, have = (r["cell"].value_counts(normalize=True) for r in (met, before))
    weight = before["cell"].map(wanted / have).fillna(0)
    mixed = f1_score(before["y"], before["yes"], sample_weight=weight)
    f1 = f1_score(before["y"], before["yes"])
    assert value(split, "forward", "all mix") == pytest.approx(mixed - f1, abs=1e-9)
    f1_met = f1_score(met["y"], met["yes"])
    assert value(split, "forward", "all within") == pytest.approx(f1_met - mixed, abs=1e-9)
    # Ranking: the met records, cut where they say yes as often as the reweighted do.
    rate = np.average(before["yes"], weights=weight)
    rank = met["p"].rank(ascending=False, method="average")
    cut = f1_score(met["y"], rank <= rate * len(met))
    # That cut falls on a whole record or a tie: within a few records of ours.
    assert value(split, "forward", "ranking") == pytest.approx(cut - mixed, abs=1e-3)


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_the_mix_explains_the_fall_and_the_model_does_not(split: pd.DataFrame, order: str) -> None:
    assert value(split, order, "all mix", "high") < -0.08
    # What is left to the model is no fall, whichever order.
    assert value(split, order, "all within", "high") > 0
    mix, total = value(split, order, "all mix"), value(split, order, "total")
    assert 0.9 < mix / total < 1.2
    assert value(split, order, "ranking", "low") > 0


def test_ranking_change_is_scikit_learns(months: dict[str, pd.DataFrame]) -> None:
    from sklearn.metrics import roc_auc_score

    changes = moved.ranking_change().set_index(["after", "trips"])
    keep = {
        "all": lambda r: r,
        "payment known": lambda r: r[r["payment"] != "missing"],
        "card": lambda r: r[r["payment"] == "card"],
    }
    for (after, trips), row in changes.iterrows():
        assert row["change"] == pytest.approx(row["auc_after"] - row["auc_before"], abs=1e-12)
        assert row["low"] < row["change"] < row["high"]
        if trips in keep:
            one, two = keep[trips](months["2020-02"]), keep[trips](months[after])
            assert row["auc_before"] == pytest.approx(roc_auc_score(one["y"], one["p"]), abs=1e-9)
            assert row["auc_after"] == pytest.approx(roc_auc_score(two["y"], two["p"]), abs=1e-9)
            assert (row["n_before"], row["n_after"]) == (len(one), len(two))


def test_ranking_improved_where_trips_can_be_compared() -> None:
    changes = moved.ranking_change().set_index(["trips", "after"])
    for trips in ("payment known", "card"):
        assert (changes.loc[trips, "low"] > 0).all(), trips
    # Over all trips, April's change is within a hair of what days could do by themselves.
    assert abs(changes.loc[("all", "2020-04"), "low"]) < 0.005
    assert changes.loc[("same mix and base rates", "2020-05"), "low"] > 0


@pytest.mark.parametrize("month", ["2020-02", "2020-04"])
def test_slices_are_those_of_the_month(month: str, months: dict[str, pd.DataFrame]) -> None:
    table = moved.slices(month=month)
    assert set(table["column"]) == {"hour", "weekday", "zone", "payment"}
    assert (table["column"] == "weekday").sum() == 7 and (table["month"] == month).all()
    assert (table["errors"] == "days differ").all() and not table.isna().any(axis=None)
    sizes = months[month]["payment"].value_counts()
    rows = table[table["column"] == "payment"].set_index("value")
    assert rows["n"].to_dict() == sizes[sizes >= 100].to_dict()
    assert (
        (table.groupby("column")["n"].sum() + table.groupby("column")["few"].first())
        .eq(len(months[month]))
        .all()
    )
    # No hour and no weekday stands, once all slices are counted.
    assert (table[table["column"].isin(["hour", "weekday"])]["p_holm"] > 0.05).all()
