"""A gate to break: a challenger that is fine overall and harms the trips paid by card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...metrics import THRESHOLD, f1_score
from .. import material
from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied
from .rivals import meeting

_LEAST = 0.05
"""By so much the Brier score of card trips must rise, and their F1 fall."""

_SHOWN = "2020-02"
_UNSEEN = ("2020-03", "2020-04", "2020-05", "2020-10")


def _brier(label: np.ndarray, probability: np.ndarray) -> float:
    return float(np.mean((probability - label) ** 2))


def _f1(label: np.ndarray, probability: np.ndarray) -> float:
    yes = probability > THRESHOLD
    hits, false, missed = ((yes & (label == 1)), (yes & (label == 0)), (~yes & (label == 1)))
    return float(f1_score(hits.sum(), false.sum(), missed.sum()))


def _probabilities(answer: Any, records: pd.DataFrame) -> np.ndarray | Raised:
    given = call(answer, copied((records[["payment", "current"]],)))
    if isinstance(given, Raised):
        return given
    if given is None:
        return Raised("returned nothing (None): is a return missing?")
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return Raised(
            f"returned something that does not hold numbers (type {type(given).__name__})."
        )
    if found.shape != (len(records),):
        return Raised(f"returned numbers of shape {found.shape} for {len(records):,} trips.")
    if not (np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1):
        return Raised("returned a number that is no probability: each lies between 0 and 1.")
    return found


def _compared(records: pd.DataFrame, challenger: np.ndarray) -> dict[str, float]:
    """How much better it is overall, and how much worse on card trips."""
    label, current = records["label"].to_numpy(), records["current"].to_numpy()
    card = (records["payment"] == "card").to_numpy()
    return {
        "brier": _brier(label, current) - _brier(label, challenger),
        "f1": _f1(label, challenger) - _f1(label, current),
        "card_brier": _brier(label[card], challenger[card]) - _brier(label[card], current[card]),
        "card_f1": _f1(label[card], current[card]) - _f1(label[card], challenger[card]),
    }


def _moved(by: float) -> str:
    if abs(by) < 0.0005:
        return "that of the current model"
    return f"{abs(by):.3f} {'higher' if by > 0 else 'lower'}"


def _judged(found: dict[str, float], where: str) -> Finding:
    passes = found["brier"] >= 0 and found["f1"] >= 0
    by_brier, by_f1 = found["card_brier"] >= _LEAST, found["card_f1"] >= _LEAST
    card = (
        f"on card trips its Brier score is {_moved(found['card_brier'])} and its F1 "
        f"{_moved(-found['card_f1'])}"
    )
    if not passes:
        said = "Brier score" if found["brier"] < 0 else "F1"
        return Finding(
            False,
            f"{where}: the gate holds your challenger, because its overall {said} is worse.",
            "This mistake is the one that the gate does catch.",
            "harm with nothing to pay for it" if by_brier or by_f1 else "",
        )
    if by_brier and by_f1:
        return Finding(True, f"{where}: the gate promotes it, and {card}.")
    harm, harm_too = sorted((found["card_brier"], found["card_f1"]))
    if harm_too <= 0:
        name = "a gain without any harm"
    else:
        name = "harm in one score only" if harm <= 0 else ""
    return Finding(
        False,
        f"{where}: the gate promotes it, but {card}; it is to be worse by {_LEAST} or "
        "more in each.",
        "A gate is known by what gets past it. Until you have seen harm get past, you don't know "
        "which criterion is missing.",
        name,
    )


def _break_gate(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of a frame of trips.")
        return
    months = [_SHOWN, *rng.permutation(_UNSEEN)]
    passed: list[Finding] = []
    for at, month in enumerate(months):
        records = meeting(str(month))
        where = f"{month}, all of it"
        if at > 2:
            records = material.some(records, rng, 6_000, 8_000)
            where = f"{month}, trips drawn at random"
        given = _probabilities(answer, records)
        if isinstance(given, Raised):
            yield Finding(
                False,
                f"{where}: your function {given.says}",
                "A challenger that fails in the shadow costs nothing; in service, it is a page.",
            )
            return
        finding = _judged(_compared(records, given), where)
        if not finding.passed and passed:
            yield from passed
            yield Finding(
                False,
                finding.says,
                "A weakness that shows in one month only is no finding about the gate.",
                finding.misconception or "fitted to the month that was shown",
            )
            return
        if not finding.passed:
            yield finding
            return
        passed.append(finding)
    yield from passed


BREAK_GATE = Exercise(
    name="promotion-break-gate",
    title="What gets past a gate that looks at all trips at once?",
    kind="break a detector",
    level=3,
    minutes=25,
    section="sec-promotion-bad",
    slide="sec-slide-promotion-bad",
    examine=_break_gate,
)
