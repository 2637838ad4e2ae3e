"""Estimates: what a forest's figures would be without labels, beside what they were."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..features import LABEL, TIME, featurize
from ..metrics import THRESHOLD, ScoreCounts, always_yes_f1, f1_score
from ..monitoring.estimate import Estimator
from ..summary import Floats
from ..training import Forest, predict_proba
from .base import ALL_MONTHS, TRAIN, in_memory, model_of, payment, result

CALIBRATION = "2020-02"
"""The first month after the training month: its labels are there before the estimate."""

FALL = ("2020-04", "2020-05")

Month = tuple[pd.DataFrame, npt.NDArray[Any]]
"""Features of a month, and how each trip was paid."""


class Scored(NamedTuple):
    """One month under one forest."""

    labels: npt.NDArray[Any]
    probabilities: Floats
    paid: npt.NDArray[Any]
    times: pd.Series[Any]


@result
def estimates(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Estimated and true figures: trained on month t, calibrated on t + 1, used from t + 2 on.

    Two estimators: one knows the probabilities; the other, ``…_by_payment``, is calibrated
    within payment type too (card, cash, missing, other). Payment is no feature: the second
    supposes that it is on record before the tip is. As TLC records no cash tips, it thereby
    knows the label of every cash trip.

    Parameters
    ----------
    months : tuple of str
        In a row; each but the last two is a training month.

    Returns
    -------
    DataFrame, one row a training month and a later month
        ``train``, ``month``, ``n``; ``f1``, ``accuracy``, ``base_rate`` with
        ``…_estimated``, ``…_low``, ``…_high`` (95 %: see `monitoring.estimate.Estimate`),
        ``…_error`` (estimated − true), ``…_by_payment`` and ``…_by_payment_error``;
        ``f1_by_payment_low``, ``f1_by_payment_high``; ``f1_uncalibrated`` (from the forest's
        own probabilities); ``f1_before``, ``accuracy_before`` and ``always_yes_before`` (true,
        in the calibration month: what a naive forecast would repeat); ``always_yes_f1``,
        ``auc``, ``skill``, ``skill_own_rate`` as in `metrics.Score`.
    """
    known = {month: _month(month) for month in months}
    rows: list[dict[str, Any]] = []
    for at, train in enumerate(months[:-2]):
        model = model_of(train, seed)
        calibration, *later = _score(model, [known[m] for m in months[at + 1 :]])
        plain, within = _estimator(calibration), _estimator(calibration, by_payment=True)
        before = _truth(calibration)
        for month, scored in zip(months[at + 2 :], later, strict=True):
            found = plain.estimate(scored.probabilities, seed=seed)
            paid = within.estimate(scored.probabilities, groups=scored.paid, seed=seed)
            truth = _truth(scored, model.base_rate)
            row: dict[str, Any] = {"train": train, "month": month, "n": found.n}
            for name in ("f1", "accuracy", "base_rate"):
                estimated, by_payment = getattr(found, name), getattr(paid, name)
                row |= {
                    name: truth[name],
                    f"{name}_estimated": estimated,
                    f"{name}_low": getattr(found, f"{name}_low"),
                    f"{name}_high": getattr(found, f"{name}_high"),
                    f"{name}_error": estimated - truth[name],
                    f"{name}_by_payment": by_payment,
                    f"{name}_by_payment_error": by_payment - truth[name],
                }
            row |= {
                "f1_by_payment_low": paid.f1_low,
                "f1_by_payment_high": paid.f1_high,
                "f1_uncalibrated": _uncalibrated_f1(scored.probabilities),
                "f1_before": before["f1"],
                "accuracy_before": before["accuracy"],
                "always_yes_before": float(always_yes_f1(before["base_rate"])),
            }
            rows.append(row | {k: truth[k] for k in _BESIDE})
    return pd.DataFrame(rows)


@result
def estimate_meaning(
    train: str = TRAIN,
    calibration: str = CALIBRATION,
    months: tuple[str, ...] = FALL,
    seed: int = 0,
) -> pd.DataFrame:
    """What the same promised probability meant in the calibration month and later.

    Returns
    -------
    DataFrame, one row a month and tenth of the calibration month's probabilities
        ``month`` (the calibration month first); ``bin`` (0 to 9, the same edges for all
        months); ``n``; ``share`` (of the month's trips); ``promised`` (mean probability);
        ``calibrated`` (what the estimator takes it to mean), ``observed`` (share of high
        tips), ``card`` (share paid by card).
    """
    model = model_of(train, seed)
    everything = _score(model, [_month(m) for m in (calibration, *months)])
    estimator = _estimator(everything[0])
    edges = np.quantile(everything[0].probabilities, np.linspace(0, 1, 11))[1:-1]
    tables = []
    for month, scored in zip((calibration, *months), everything, strict=True):
        records = pd.DataFrame(
            {
                "bin": np.searchsorted(edges, scored.probabilities, side="right"),
                "promised": scored.probabilities,
                "calibrated": estimator.calibration.chance(scored.probabilities),
                "observed": scored.labels,
                "card": scored.paid == "card",
            }
        )
        bins = records.groupby("bin")
        table = bins.mean().reset_index()
        table.insert(0, "month", month)
        table.insert(2, "n", bins.size().to_numpy())
        table.insert(3, "share", table["n"] / len(records))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


@result
def estimate_misses(
    train: str = TRAIN,
    calibration: str = CALIBRATION,
    months: tuple[str, ...] = FALL,
    seed: int = 0,
) -> pd.DataFrame:
    """Where the estimate was off, split exactly by payment: how many trips, and how they tip.

    The error of the F1 is a sum over records (`monitoring.estimate.Estimator.misses`), so
    over payment types and decisions of share × gap, a gap being expected − actual share of
    high tips. Its change since the calibration month is share's change × mean gap + gap's
    change × mean share: the ``mix`` and the ``tips`` part. What the calibration month itself
    would leave, close to 0, is ``before``.

    Returns
    -------
    DataFrame, one row a month and payment type
        ``month``, ``payment``, ``n``, ``share``; ``share_before`` (in the calibration month);
        ``expected``, ``actual`` (shares of high tips), ``actual_before``; ``f1_error`` (this
        group's part in estimated − true) = ``mix`` + ``tips`` + ``before``; ``accuracy_error``.
    """
    model = model_of(train, seed)
    before, *later = _score(model, [_month(m) for m in (calibration, *months)])
    estimator = _estimator(before)
    first = _gaps(estimator, before)
    tables = []
    for month, scored in zip(months, later, strict=True):
        now, old = _gaps(estimator, scored).align(first, join="outer")
        now, old = now.fillna({"n": 0, "share": 0.0}), old.fillna({"n": 0, "share": 0.0})
        # A group that one of the months lacks had no gap of its own there.
        gap, old_gap = now["gap"].fillna(old["gap"]), old["gap"].fillna(now["gap"])
        yes = now.index.get_level_values("decision") == "yes"
        weight = _weights(scored, float((now["gap"] * now["share"]).sum()), yes)
        parts = pd.DataFrame(
            {
                "n": now["n"].astype("int64"),
                "n_before": old["n"],
                "expected": now["expected"].fillna(0.0),
                "actual": now["actual"].fillna(0),
                "actual_before": old["actual"].fillna(0),
                "f1_error": now["f1_error"].fillna(0.0),
                "mix": weight * (now["share"] - old["share"]) * (gap + old_gap) / 2,
                "tips": weight * (gap - old_gap) * (now["share"] + old["share"]) / 2,
                "before": weight * old["share"] * old_gap,
                "accuracy_error": now["accuracy_error"].fillna(0.0),
            }
        )
        table = parts.groupby(level="by").sum().rename_axis("payment").reset_index()
        table.insert(0, "month", month)
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    for name in ("expected", "actual"):
        whole[name] /= whole["n"].clip(lower=1)
    whole["actual_before"] /= whole["n_before"].clip(lower=1)
    whole.insert(3, "share", whole["n"] / whole.groupby("month")["n"].transform("sum"))
    whole.insert(4, "share_before", whole.pop("n_before") / len(before.labels))
    return whole


def estimate_errors(pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors of the F1, estimated and naive, with the skill beside them.

    Parameters
    ----------
    pairs : DataFrame
        `estimates`.

    Returns
    -------
    DataFrame, one row a span
        ``span``, ``pairs``; ``skill`` (mean, against the training base rate) and
        ``skill_own_rate``; the errors ``estimated``, ``by_payment``, ``uncalibrated``,
        ``unchanged`` (F1 stays what it was in the calibration month) and ``always_yes`` (the F1
        of saying yes at that month's base rate); ``covered``, ``covered_by_payment`` (share of
        true F1 within the interval); ``accuracy``, ``accuracy_by_payment``,
        ``accuracy_unchanged`` (errors of the accuracy).
    """
    month, train = pairs["month"], pairs["train"]
    spans = {
        "all": month > "",
        "before 2020-03": month < "2020-03",
        "2020-03 to 2020-05": month.between("2020-03", "2020-05"),
        "from 2020-06": month > "2020-05",
        "trained on 2018-01": train == "2018-01",
        f"trained on {TRAIN}": train == TRAIN,
    }
    errors = pd.DataFrame(
        {
            "estimated": pairs["f1_estimated"] - pairs["f1"],
            "by_payment": pairs["f1_by_payment"] - pairs["f1"],
            "uncalibrated": pairs["f1_uncalibrated"] - pairs["f1"],
            "unchanged": pairs["f1_before"] - pairs["f1"],
            "always_yes": pairs["always_yes_before"] - pairs["f1"],
            "accuracy": pairs["accuracy_error"],
            "accuracy_by_payment": pairs["accuracy_by_payment_error"],
            "accuracy_unchanged": pairs["accuracy_before"] - pairs["accuracy"],
        }
    ).abs()
    errors["covered"] = pairs["f1"].between(pairs["f1_low"], pairs["f1_high"])
    inside = pairs["f1"].between(pairs["f1_by_payment_low"], pairs["f1_by_payment_high"])
    errors["covered_by_payment"] = inside
    errors[["skill", "skill_own_rate"]] = pairs[["skill", "skill_own_rate"]]
    rows = [
        {"span": span, "pairs": int(chosen.sum()), **errors[chosen].mean().to_dict()}
        for span, chosen in spans.items()
        if chosen.any()
    ]
    return pd.DataFrame(rows)


_BESIDE = ("always_yes_f1", "auc", "skill", "skill_own_rate")


def _month(month: str) -> Month:
    features = featurize(in_memory(month), keep="payment_type")
    return features, payment(features).to_numpy()


def _score(model: Forest, months: list[Month]) -> list[Scored]:
    # Threads over months, not over trees, whose votes would add up in any order.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(partial(predict_proba, model), [f for f, _ in months]))
    return [
        Scored(features[LABEL].to_numpy(), p.to_numpy(), paid, features[TIME])
        for p, (features, paid) in zip(found, months, strict=True)
    ]


def _estimator(month: Scored, *, by_payment: bool = False) -> Estimator:
    groups = month.paid if by_payment else None
    return Estimator.fit(month.labels, month.probabilities, groups=groups, times=month.times)


def _truth(month: Scored, train_base_rate: float | None = None) -> dict[str, Any]:
    figures = ScoreCounts.of(month.labels, month.probabilities).score(train_base_rate).to_dict()
    right = month.labels == (month.probabilities > THRESHOLD)
    return figures | {"accuracy": float(right.mean())}


def _uncalibrated_f1(p: Floats) -> float:
    yes = p > THRESHOLD
    tp = p[yes].sum()
    return float(f1_score(tp, yes.sum() - tp, p.sum() - tp))


def _gaps(estimator: Estimator, month: Scored) -> pd.DataFrame:
    """`Estimator.misses` by payment, with each cell's share of trips and its gap."""
    table = estimator.misses(month.labels, month.probabilities, by=month.paid)
    table = table.assign(share=table["n"] / len(month.labels), gap=table["miss"] / table["n"])
    return table.set_index(["by", "decision"])


def _weights(month: Scored, miss: float, yes: npt.NDArray[np.bool_]) -> Floats:
    """What a trip's gap adds to the error of the F1: see `Estimator.misses`."""
    f1 = _truth(month)["f1"]
    share_yes = (month.probabilities > THRESHOLD).mean()
    weights: Floats = (2.0 * yes - f1) / (share_yes + month.labels.mean() + miss)
    return weights
