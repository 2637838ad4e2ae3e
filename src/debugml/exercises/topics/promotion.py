"""Exercises on promotion: a gate, a paired interval, a figure to read, and a gate to break."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import material
from ..difference import difference, shown
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .promotion_break import BREAK_GATE
from .promotion_intervals import INTERVALS
from .promotion_paired import PAIRED, paired
from .rivals import meeting

_RIVALS = ("current", "constant")
_NUMBERS = ("low", "estimate", "high")


def _missing(number: Any) -> bool:
    return number is None or math.isnan(number)


def _measured(evidence: Mapping[str, Any], rival: str) -> bool:
    gain = evidence.get(rival)
    return gain is not None and not any(_missing(gain.get(name)) for name in _NUMBERS)


def _not_beaten(evidence: Mapping[str, Any]) -> list[str]:
    def beaten(rival: str) -> bool:
        return _measured(evidence, rival) and evidence[rival]["low"] > 0

    return [rival for rival in _RIVALS if not beaten(rival)]


def _of_those_there(evidence: Mapping[str, Any]) -> list[str]:
    return [rival for rival in _not_beaten(evidence) if rival in evidence]


def _by_the_estimate(evidence: Mapping[str, Any]) -> list[str]:
    return [r for r in _RIVALS if not (_measured(evidence, r) and evidence[r]["estimate"] > 0)]


def _unless_worse(evidence: Mapping[str, Any]) -> list[str]:
    return [r for r in _RIVALS if not _measured(evidence, r) or evidence[r]["high"] < 0]


def _unless_a_number_says_no(evidence: Mapping[str, Any]) -> list[str]:
    lows: dict[str, Any] = {rival: (evidence.get(rival) or {}).get("low") for rival in _RIVALS}
    return [rival for rival, low in lows.items() if not _missing(low) and low <= 0]


def _current_alone(evidence: Mapping[str, Any]) -> list[str]:
    return [rival for rival in _not_beaten(evidence) if rival == "current"]


def _gain(low: float, high: float) -> dict[str, float]:
    return {"low": low, "estimate": (low + high) / 2, "high": high}


def _month_evidence(month: str) -> dict[str, dict[str, float]]:
    records = meeting(month)
    constant = records.assign(current=material.forest().base_rate)
    found = {}
    for rival, frame in (("current", records), ("constant", constant)):
        whole = paired(frame)
        found[rival] = {name: whole["gain" if name == "estimate" else name] for name in _NUMBERS}
    return found


def _random_gain(rng: np.random.Generator) -> dict[str, float]:
    middle, half = rng.normal(0.004, 0.01), rng.uniform(0.001, 0.012)
    return _gain(float(middle - half), float(middle + half))


def _apart(given: Any, right: Any) -> str:
    said = difference(given, right)
    # Both lists in full: they are short, and "0 values for 1" helps nobody.
    return f"gave {shown(given)}, where {shown(right)} is right" if said else ""


def _gate_cases(rng: np.random.Generator) -> list[Case]:
    above, wide = _gain(0.002, 0.01), _gain(-0.003, 0.009)
    nan = math.nan
    cases = [
        Case("both rivals clearly beaten", ({"current": above, "constant": above},)),
        Case("an interval that contains zero", ({"current": above, "constant": wide},)),
        Case("an interval that begins at zero", ({"current": _gain(0, 0.01), "constant": above},)),
        Case("no comparison with the constant", ({"current": above},)),
        Case("no comparison at all", ({},)),
        Case("an interval of None", ({"current": above, "constant": None},)),
        Case("a missing number", ({"current": {**above, "low": nan}, "constant": above},)),
        Case("a missing number", ({"current": above, "constant": {**above, "high": nan}},)),
        Case("a missing number", ({"current": {**above, "estimate": None}, "constant": above},)),
        Case("a number that is not there", ({"current": above, "constant": {"low": 0.002}},)),
        Case(
            "a third rival, not beaten",
            ({"last year's": _gain(-0.02, -0.01), "constant": above, "current": above},),
        ),
        Case(
            "two rivals that are both better",
            ({"constant": _gain(-0.02, -0.01), "current": _gain(-0.03, -0.01)},),
        ),
    ]
    for month in ("2020-02", "2020-04"):
        cases.append(Case(f"a table by hour and the forest, {month}", (_month_evidence(month),)))
    for _ in range(8):
        drawn = {rival: _random_gain(rng) for rival in _RIVALS}
        cases.append(Case("intervals drawn at random", (drawn,)))
    return cases


GATE = Exercise(
    name="promotion-gate",
    title="What does your gate say when a number is missing?",
    kind="write a function",
    level=1,
    minutes=10,
    section="sec-promotion-gate",
    slide="sec-slide-promotion-gate",
    examine=Trial(
        reference=_not_beaten,
        cases=_gate_cases,
        explain=_apart,
        cost="A gate is asked once a release, and everybody after it trusts its answer.",
        misconceptions=(
            Misconception(
                "scoring against nothing",
                _of_those_there,
                "The job that scores the constant fails one night. From then on the gate is "
                "easier to pass, and no log says so.",
            ),
            Misconception(
                "better than the current model is good enough",
                _current_alone,
                "A bad model is replaced by one that is a little less bad, again and again. "
                "That a constant would do as well, nobody is told.",
            ),
            Misconception(
                "better on average, by chance",
                _by_the_estimate,
                "Of challengers that change nothing, half get through. Each costs a release, "
                "and each is reported as progress.",
            ),
            Misconception(
                "not shown to be worse, so better",
                _unless_worse,
                "The fewer records there are, the easier it is to pass: a day's data lets "
                "nearly anything through.",
            ),
            Misconception(
                "a missing number passes",
                _unless_a_number_says_no,
                "NaN is neither above nor below a limit. A score that could not be computed "
                "promotes the model that broke it.",
            ),
        ),
    ),
)


def warm() -> None:
    """The months in which two models meet."""
    for month in material.SCORED:
        meeting(month)


EXERCISES = (GATE, INTERVALS, PAIRED, BREAK_GATE)
