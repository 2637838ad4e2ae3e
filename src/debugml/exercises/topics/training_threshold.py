"""The exercise on the price of a mistake: a threshold is chosen, and pays on months not seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import material
from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied

Floats = npt.NDArray[np.float64]

_LEAST_SAVED = 0.5
_MOST_ABOVE = 0.05
_ALIKE = 1e-9


@dataclass(frozen=True)
class _Errors:
    """Shares of wrong "no" and of wrong "yes" by threshold; below all probabilities comes first."""

    thresholds: Floats
    no: Floats
    yes: Floats

    @classmethod
    def of(cls, records: pd.DataFrame) -> _Errors:
        ordered = records.sort_values("probability", kind="stable")
        p, label = ordered["probability"].to_numpy(float), ordered["label"].to_numpy(int)
        last = np.append(p[1:] > p[:-1], True)
        no = np.append(0, np.cumsum(label)[last]) / len(p)
        yes = (label == 0).sum() / len(p) - np.append(0, np.cumsum(1 - label)[last]) / len(p)
        return cls(np.append(-np.inf, p[last]), no, yes)

    def cost(self, threshold: float, price: float) -> float:
        at = int(np.searchsorted(self.thresholds, threshold, side="right")) - 1
        return float(self.no[at] + price * self.yes[at])

    def least(self, price: float) -> float:
        return float((self.no + price * self.yes).min())

    def constant(self, price: float) -> float:
        """Of the cheaper of always-yes and always-no."""
        return float(min(price * self.yes[0], self.no[-1]))

    def f1(self, threshold: float) -> float:
        at = int(np.searchsorted(self.thresholds, threshold, side="right")) - 1
        return float(self._f1()[at])

    def best_f1(self) -> float:
        return float(self._f1().max())

    def _f1(self) -> Floats:
        right = self.no[-1] - self.no
        f1: Floats = 2 * right / (2 * right + self.no + self.yes)
        return f1


@dataclass(frozen=True)
class _Round:
    """One decision: what is known, at what price, and the month that judges it."""

    says: str
    known: pd.DataFrame
    later: _Errors
    price: float


_PAIRS = (("2020-02", "2020-03"), ("2020-04", "2020-05"))


def _rounds(rng: np.random.Generator) -> list[_Round]:
    found = []
    powers = {"the forest": 1.0, "a model that says too little": rng.uniform(1.8, 2.6)}
    powers["a model that says too much"] = rng.uniform(0.35, 0.55)
    for model, power in powers.items():
        for past, month in _PAIRS if model == "the forest" else _PAIRS[:1]:
            columns = ["label", "probability"]
            known = material.some(material.scored(past)[columns], rng, 5000, 6000)
            later = material.scored(month)[columns]
            # A power keeps the order of the trips, and spoils what the probabilities promise.
            known, later = (
                each.assign(probability=each["probability"] ** power) for each in (known, later)
            )
            judge = _Errors.of(later)
            spans = ((0.25, 0.5), (0.7, 0.9), (1.1, 1.35), (2.5, 4.0))
            for price in (float(rng.uniform(*span)) for span in spans):
                found.append(_Round(f"{model}, {past} known, {month} judged", known, judge, price))
    return found


def _chosen(answer: Any, one: _Round) -> float | Raised:
    given = call(answer, copied((one.known, one.price)))
    if isinstance(given, Raised):
        return given
    if isinstance(given, (bool, np.bool_)) or not isinstance(given, (int, float, np.number)):
        return Raised(f"gave a {type(given).__name__}, where one number is wanted.")
    if math.isnan(float(given)):
        return Raised("gave NaN, where one number is wanted.")
    # Probabilities lie between 0 and 1: what is further out, infinity included, decides the same.
    return float(np.clip(given, -1.0, 2.0))


def _priced(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of past trips and a price.")
        return
    rounds = _rounds(rng)
    chosen: list[float] = []
    for one in rounds:
        given = _chosen(answer, one)
        if isinstance(given, Raised):
            yield Finding(False, f"{one.says}: your function {given.says}")
            return
        chosen.append(given)
    again = _chosen(answer, rounds[0])
    if again != chosen[0]:
        yield Finding(
            False,
            "Asked twice about the same trips and the same price, your function gave two "
            "thresholds.",
            "Nobody can say afterwards which decision was taken, or why.",
        )
        return

    costs = [one.later.cost(at, one.price) for one, at in zip(rounds, chosen, strict=True)]
    least = [one.later.least(one.price) for one in rounds]
    constant = [one.later.constant(one.price) for one in rounds]
    name, why = _habit(rounds, chosen)
    excess = [mine - theirs for mine, theirs in zip(costs, constant, strict=True)]
    worst = int(np.argmax(excess))
    if excess[worst] > _MOST_ABOVE:
        one = rounds[worst]
        yield Finding(
            False,
            f"{one.says}, a wrong “yes” at {one.price:.2f}: your threshold costs "
            f"{costs[worst]:.3f} a trip, and a constant {constant[worst]:.3f}.",
            why or "Servers, a model and a team, to lose against one answer for everybody.",
            name,
        )
    else:
        yield Finding(True, f"In {len(rounds)} decisions, never much dearer than a constant.")
    saved = (sum(constant) - sum(costs)) / (sum(constant) - sum(least))
    if saved >= _LEAST_SAVED:
        yield Finding(True, f"It saves {_percent(saved)} of what hindsight would have saved.")
    elif excess[worst] <= _MOST_ABOVE:
        yield Finding(
            False,
            f"Over {len(rounds)} decisions it saves {_percent(saved)} of what hindsight would have "
            "saved against a constant: less than half.",
            why or "What the model knows is paid for, and hardly used.",
            name,
        )


def _habit(rounds: list[_Round], chosen: list[float]) -> tuple[str, str]:
    """The common way of choosing that these thresholds come from, and what it costs."""
    ats = np.array(chosen).reshape(-1, 4)
    prices = np.array([one.price for one in rounds]).reshape(-1, 4)
    if np.ptp(ats, axis=1).max() < _ALIKE:
        if np.abs(ats - 0.5).max() < _ALIKE:
            return (
                "0.5 because it is the default",
                "One half is a price list too: both mistakes cost the same. Who pays another "
                "price pays for that at every trip.",
            )
        known = [_Errors.of(rounds[at].known) for at in range(0, len(rounds), 4)]
        short = [each.best_f1() - each.f1(at) for each, at in zip(known, ats[:, 0], strict=True)]
        if max(short) < 0.002:
            return (
                "the threshold that is best for F1",
                "F1 has a price of its own, which nobody agreed to, and it charges it whatever "
                "a mistake costs you.",
            )
        return (
            "one threshold for every price",
            "Someone whose wrong “yes” is dear gets the decisions of someone whose wrong “yes” "
            "is cheap.",
        )
    if np.abs(ats - prices / (1 + prices)).max() < 0.002:
        return (
            "probabilities taken at their word",
            "The sum is right for a model that keeps its promises. When the model stops doing "
            "so, every decision is taken at a price that nobody named.",
        )
    if (ats[:, 0] > ats[:, -1]).all():
        return (
            "the price the wrong way round",
            "The dearer a wrong “yes”, the more often it says “yes”: the bill grows on both ends.",
        )
    constant = [
        np.isin(round(one.later.cost(at, one.price), 9), _both(one))
        for one, at in zip(rounds, chosen, strict=True)
    ]
    if all(constant):
        return (
            "a constant in place of a decision",
            "It never loses much, and never uses what the model knows about a single trip.",
        )
    return "", ""


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %").replace("-", "−")


def _both(one: _Round) -> list[float]:
    return [round(float(one.price * one.later.yes[0]), 9), round(float(one.later.no[-1]), 9)]


THRESHOLD = Exercise(
    name="training-threshold",
    title="Which threshold, at that price?",
    kind="choose and defend",
    level=3,
    minutes=30,
    section="sec-training-value",
    slide="sec-slide-training-caveats",
    examine=_priced,
)
