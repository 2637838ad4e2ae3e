"""A share fell between two months: what the mix of payments did, and what the rates did."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ...features import featurize
from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial

_NONE = -1.0
"""Stands for a missing payment type among the codes."""


def _kinds(records: pd.DataFrame) -> pd.DataFrame:
    """By kind of payment: n, and the rate of high tips."""
    by = records["payment_type"].astype(float).fillna(_NONE)
    found = records["label"].astype(float).groupby(by.to_numpy()).agg(["size", "mean"])
    return found.set_axis(["n", "rate"], axis=1)


def _split(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    one, two = _kinds(before), _kinds(after)
    was, now = float(before["label"].mean()), float(after["label"].mean())
    common = one.index.intersection(two.index)
    weights = two.loc[common, "n"] / two.loc[common, "n"].sum()
    reweighted = float(weights @ one.loc[common, "rate"])
    matched = float(weights @ two.loc[common, "rate"])
    return {
        "mix": reweighted - was,
        "rates": matched - reweighted,
        "new": now - matched,
        "total": now - was,
    }


def _at_later_rates(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    one, two = _kinds(before), _kinds(after)
    common = one.index.intersection(two.index)
    shares = one.loc[common, "n"] / one.loc[common, "n"].sum()
    weights = two.loc[common, "n"] / two.loc[common, "n"].sum()
    rates = float(shares @ (two.loc[common, "rate"] - one.loc[common, "rate"]))
    matched = float(weights @ two.loc[common, "rate"])
    now, was = float(after["label"].mean()), float(before["label"].mean())
    return {"mix": matched - was - rates, "rates": rates, "new": now - matched, "total": now - was}


def _interaction_lost(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    return {**_split(before, after), "rates": _at_later_rates(before, after)["rates"]}


def _of_the_known(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    known = [each[each["payment_type"].notna()] for each in (before, after)]
    return _split(known[0], known[1])


def _unweighted(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    right, one, two = _split(before, after), _kinds(before), _kinds(after)
    rates = float((two["rate"] - one["rate"]).mean())
    return {**right, "mix": right["total"] - rates - right["new"], "rates": rates}


def _absent_as_zero(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    one, two = _kinds(before), _kinds(after)
    every = one.index.union(two.index)
    one, two = one.reindex(every, fill_value=0), two.reindex(every, fill_value=0)
    shares, weights = one["n"] / one["n"].sum(), two["n"] / two["n"].sum()
    mix = float(np.sum((weights - shares) * one["rate"]))
    rates = float(np.sum(weights * (two["rate"] - one["rate"])))
    return {"mix": mix, "rates": rates, "new": 0.0, "total": mix + rates}


@cache
def _month(month: str) -> pd.DataFrame:
    found = featurize(material.trips(month), keep="payment_type")
    found = found[["payment_type", "high_tip"]].set_axis(["payment_type", "label"], axis=1)
    records: pd.DataFrame = found.astype({"label": "int64"})
    return records


def _made(rng: np.random.Generator, kinds: list[float]) -> pd.DataFrame:
    shares = rng.dirichlet(np.full(len(kinds), 2.0))
    n = int(rng.integers(30, 200))
    # Each kind is there at least once.
    drawn = rng.choice(len(kinds), n, p=shares)
    at = rng.permutation(np.concatenate([np.arange(len(kinds)), drawn]))
    rate = rng.uniform(0.05, 0.95, len(kinds))
    label = (rng.random(len(at)) < rate[at]).astype(np.int64)
    return pd.DataFrame({"payment_type": np.array(kinds)[at], "label": label})


def _cases(rng: np.random.Generator) -> list[Case]:
    february, april = _month("2020-02"), _month("2020-04")
    nan = float("nan")
    drawn = [material.some(_month(month), rng, 100, 600) for month in ("2020-02", "2020-05")]
    return [
        Case("February and April 2020", (february, april)),
        Case("April and February 2020", (april, february)),
        Case("trips of February and May 2020, drawn at random", (drawn[0], drawn[1])),
        Case("one month and itself", (drawn[1], drawn[1])),
        Case("a kind that only the later month has", (_made(rng, [1, 2]), _made(rng, [1, 2, 4]))),
        Case("a kind that only the earlier has", (_made(rng, [1, 2, 3]), _made(rng, [1, 2]))),
        Case(
            "payment missing in the later month only", (_made(rng, [1, 2]), _made(rng, [1, 2, nan]))
        ),
        Case(
            "payment missing in both, one code 0",
            (_made(rng, [0, 1, 2, nan]), _made(rng, [0, 1, 2, nan])),
        ),
        Case("kinds of each month's own", (_made(rng, [1, 3, nan]), _made(rng, [nan, 1, 0, 5]))),
        Case("one kind in both", (_made(rng, [1, 2]), _made(rng, [1, 4]))),
    ]


MIX = Exercise(
    name="monitoring-mix",
    title="Did the tips fall, or did the mix?",
    kind="write a function",
    level=3,
    minutes=30,
    section="sec-monitoring-split",
    slide="sec-slide-monitoring-split",
    examine=Trial(
        reference=_split,
        cases=_cases,
        cost="The part that is called the model's decides whether somebody retrains it.",
        misconceptions=(
            Misconception(
                "the mix at the later month's rates",
                _at_later_rates,
                "The parts add up, so nobody doubts them; but it is another path, and beside a "
                "report that took the stated one the same fall has two explanations.",
            ),
            Misconception(
                "the interaction lost",
                _interaction_lost,
                "The parts don't add up to the fall. The remainder is called noise, and it is "
                "largest in the months that changed most.",
            ),
            Misconception(
                "missing payment left out",
                _of_the_known,
                "The records that a broken field or a new channel brings are in the fall and in "
                "none of its parts: the split explains another fall than the one on the chart.",
            ),
            Misconception(
                "unweighted means of the kinds",
                _unweighted,
                "A rare kind with a handful of disputes counts as much as all card trips, and a "
                "team looks for a change in rates that hardly any passenger made.",
            ),
            Misconception(
                "a kind that was not there given a rate of zero",
                _absent_as_zero,
                "A new kind of payment shows up as tips that rose within a kind: credit for an "
                "improvement that nobody made.",
            ),
        ),
    ),
)
