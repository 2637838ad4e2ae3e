"""A test to break: two models that it can't tell apart, and that part on one slice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

from ...metrics import THRESHOLD, f1_score
from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied
from .rivals import meeting

Array = npt.NDArray[np.float64]

_NEAR = 0.001
"""Two scores this near are one score to the test."""

_LOSS = 0.05
"""By no more than that may a model score below the forest."""

_PART = 0.9
"""Share of the slice on which decisions must differ."""


def _slices(rng: np.random.Generator) -> list[tuple[str, pd.DataFrame, npt.NDArray[np.bool_]]]:
    march, april, may = (meeting(month) for month in ("2020-03", "2020-04", "2020-05"))
    october = meeting("2020-10")
    hour = int(rng.integers(8, 20))
    at_random = rng.random(len(may)) < rng.uniform(0.05, 0.15)
    evening = october["time"].dt.hour.isin([hour, hour + 1]).to_numpy()
    return [
        ("Sundays of March 2020", march, (march["time"].dt.dayofweek == 6).to_numpy()),
        ("incomplete trips of April 2020", april, (april["payment"] == "missing").to_numpy()),
        ("cash trips of October 2020", october, (october["payment"] == "cash").to_numpy()),
        ("two hours of the day in October 2020", october, evening),
        ("trips of May 2020 drawn at random", may, at_random),
    ]


def _pair(answer: Any, args: tuple[Any, ...]) -> tuple[Array, Array] | Raised:
    given = call(answer, copied(args))
    if isinstance(given, Raised):
        return given
    if given is None:
        return Raised("returned nothing (None): is a return missing?")
    if not isinstance(given, (tuple, list, np.ndarray)) or len(given) != 2:
        return Raised(
            f"returned one value of type {type(given).__name__}, where two arrays are wanted."
        )
    found = []
    for each in given:
        try:
            one = np.asarray(each, dtype=float)
        except (TypeError, ValueError):
            return Raised("returned something that is not an array of numbers.")
        if one.shape != args[0].shape:
            n = len(args[0])
            return Raised(f"returned numbers of shape {one.shape} for {n:,} trips.")
        if not (np.isfinite(one).all() and one.min() >= 0 and one.max() <= 1):
            return Raised("returned a number that is no probability: each lies between 0 and 1.")
        found.append(one)
    return found[0], found[1]


def _scores(label: npt.NDArray[np.int64], probability: Array) -> dict[str, float]:
    yes = probability > THRESHOLD
    hits, false, missed = yes & (label == 1), yes & (label == 0), ~yes & (label == 1)
    return {
        "F1": float(f1_score(hits.sum(), false.sum(), missed.sum())),
        "AUC": float(roc_auc_score(label, probability)),
    }


def _judged(
    says: str,
    label: npt.NDArray[np.int64],
    forest: Array,
    inside: npt.NDArray[np.bool_],
    pair: tuple[Array, Array],
) -> Finding:
    one, other = (_scores(label, each) for each in pair)
    yes, too = (each > THRESHOLD for each in pair)
    for name, least in _scores(label, forest).items():
        worse = min(one[name], other[name])
        if worse < least - _LOSS:
            return Finding(
                False,
                f"{says}: one of your models has an {name} of {worse:.3f}, the forest {least:.3f}.",
                "A model that is plainly worse is held by any test; what gets past is the one "
                "that scores as well.",
                "parted, and bad enough to be noticed",
            )
    if (yes != too)[~inside].any():
        return Finding(
            False,
            f"{says}: the two differ on {(yes != too)[~inside].sum():,} trips outside the slice.",
            "Differences all over are found by any random check of some records; those in one "
            "slice are not.",
            "churn spread over all trips",
        )
    share = float((yes != too)[inside].mean())
    if share < _PART:
        return Finding(
            False,
            f"{says}: in the slice the two differ on {share:.1%} of trips; {_PART:.0%} are wanted.",
            "That two models with equal scores may be equal is what everybody hopes.",
            "equal scores from equal models" if share == 0 else "",
        )
    for name in ("F1", "AUC"):
        if abs(one[name] - other[name]) > _NEAR:
            even = abs(int(yes.sum()) - int(too.sum())) <= 0.1 * inside.sum()
            names = {
                "F1": "as many yes, so the same F1" if even else "",
                "AUC": "equal F1 taken for equal ranking",
            }
            return Finding(
                False,
                f"{says}: the test tells them apart, {name} {one[name]:.4f} and {other[name]:.4f}.",
                "A difference that the test sees is settled before the release. The others wait "
                "for the month in which their slice grows.",
                names[name],
            )
    return Finding(
        True,
        f"{says}: F1 {one['F1']:.3f} and {other['F1']:.3f}, AUC {one['AUC']:.3f} and "
        f"{other['AUC']:.3f}, and {share:.1%} of the slice decided differently.",
    )


def _break_test(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of labels, probabilities and a slice.")
        return
    for says, records, inside in _slices(rng):
        label = records["label"].to_numpy()
        forest = records["current"].to_numpy()
        pair = _pair(answer, (label, forest, inside))
        if isinstance(pair, Raised):
            yield Finding(
                False,
                f"{says}: your function {pair.says}",
                "What can't be scored can't be compared: the test stays green and says nothing.",
            )
            return
        finding = _judged(says, label, forest, inside, pair)
        yield finding
        if not finding.passed:
            return


BREAK_TEST = Exercise(
    name="horizons-break-test",
    title="Which two models look the same to F1 and AUC?",
    kind="break a detector",
    level=3,
    minutes=25,
    section="sec-horizons-parting",
    slide="sec-slide-horizons-parting",
    examine=_break_test,
)
