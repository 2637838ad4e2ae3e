"""Exercises on horizons: churn, rebuilt embeddings, and a test that can't tell two models apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .horizons_align import ALIGN
from .horizons_break import BREAK_TEST
from .rivals import meeting

Decisions = npt.NDArray[np.int64]


def _errors(label: Decisions, one: Decisions, other: Decisions) -> tuple[int, int, int]:
    wrong, wrong_too = np.asarray(one) != label, np.asarray(other) != label
    return int(np.sum(wrong)), int(np.sum(wrong_too)), len(label)


def _said(churn: float, a: int, b: int, n: int) -> dict[str, float]:
    return {"churn": churn, "least": abs(a - b) / n, "most": min(a + b, 2 * n - a - b) / n}


def _churn(label: Decisions, one: Decisions, other: Decisions) -> dict[str, float]:
    return _said(float(np.mean(one != other)), *_errors(label, one, other))


def _score_difference(label: Decisions, one: Decisions, other: Decisions) -> dict[str, float]:
    a, b, n = _errors(label, one, other)
    return _said(abs(a - b) / n, a, b, n)


def _among_yes(label: Decisions, one: Decisions, other: Decisions) -> dict[str, float]:
    either = (one == 1) | (other == 1)
    rate = float(np.mean(one[either] != other[either])) if either.any() else 0.0
    return _said(rate, *_errors(label, one, other))


def _share_of_yes(label: Decisions, one: Decisions, other: Decisions) -> dict[str, float]:
    return _said(abs(float(one.mean() - other.mean())), *_errors(label, one, other))


def _uncapped(label: Decisions, one: Decisions, other: Decisions) -> dict[str, float]:
    a, b, n = _errors(label, one, other)
    return {**_churn(label, one, other), "most": (a + b) / n}


def _equal_could_be_same(label: Decisions, one: Decisions, other: Decisions) -> dict[str, float]:
    return {**_churn(label, one, other), "least": 0.0}


def _drawn_decisions(
    rng: np.random.Generator, n: int, wrong: float, wrong_too: float
) -> tuple[Decisions, Decisions, Decisions]:
    label = (rng.random(n) < rng.uniform(0.2, 0.8)).astype(int)
    one = np.where(rng.random(n) < wrong, 1 - label, label)
    other = np.where(rng.random(n) < wrong_too, 1 - label, label)
    return label, one, other


def _churn_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for month in ("2020-02", "2020-04"):
        records = meeting(month)
        decided = [
            (records[name] > 0.5).astype(int).to_numpy() for name in ("current", "challenger")
        ]
        says = f"the forest and a table by hour, {month}"
        cases.append(Case(says, (records["label"].to_numpy(), *decided)))
    for _ in range(3):
        drawn = _drawn_decisions(rng, int(rng.integers(20, 300)), *rng.uniform(0.05, 0.4, 2))
        cases.append(Case("two models drawn at random", drawn))
    bad = _drawn_decisions(rng, int(rng.integers(40, 300)), *rng.uniform(0.6, 0.9, 2))
    cases.append(Case("two models that are mostly wrong", bad))
    # Two of ten wrong each, and never on the same record.
    label = np.array([1, 1, 1, 0, 0, 1, 0, 1, 0, 1])
    one, other = label.copy(), label.copy()
    one[[0, 3]] = 1 - one[[0, 3]]
    other[[1, 4]] = 1 - other[[1, 4]]
    order = rng.permutation(10)
    cases.append(Case("as many errors, on other records", (label[order], one[order], other[order])))
    cases.append(Case("a model and itself", (label, one, one.copy())))
    ones = np.ones(4, dtype=int)
    cases.append(Case("always-yes and always-no", (np.array([1, 0, 0, 0]), ones, 1 - ones)))
    cases.append(Case("one record", (np.array([1]), np.array([0]), np.array([1]))))
    return cases


CHURN = Exercise(
    name="horizons-churn",
    title="Same score, same model?",
    kind="write a function",
    level=1,
    minutes=10,
    section="sec-horizons-parting",
    slide="sec-slide-horizons-parting",
    examine=Trial(
        reference=_churn,
        cases=_churn_cases,
        cost="A release note says that nothing changed. The customers whose answer changed "
        "know better.",
        misconceptions=(
            Misconception(
                "a difference of scores taken for churn",
                _score_difference,
                "Two models with the same accuracy are called equal, and the next day one "
                "answer in ten is another one.",
            ),
            Misconception(
                "a difference of yes rates taken for churn",
                _share_of_yes,
                "The dashboard compares the shares of yes of two releases, sees nothing, and "
                "every second customer may have changed sides.",
            ),
            Misconception(
                "disagreement counted among the yes only",
                _among_yes,
                "The rate has another denominator for each pair of models: a model that says "
                "yes less often seems to churn more.",
            ),
            Misconception(
                "two errors on a record counted as two differences",
                _uncapped,
                "The bound promises more churn than there are records, and whoever plans for "
                "the worst plans for the impossible.",
            ),
            Misconception(
                "no churn is always possible",
                _equal_could_be_same,
                "A challenger that is clearly better is announced as changing nothing. It can't "
                "be both.",
            ),
        ),
    ),
)

EXERCISES = (CHURN, ALIGN, BREAK_TEST)
