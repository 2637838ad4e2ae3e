"""Exercises on training: what a constant scores, what skill is, and what a mistake costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .training_threshold import THRESHOLD

Numbers = pd.Series

# --- what does always saying yes score? -------------------------------------------


def _always_yes(labels: Numbers) -> float:
    rate = float(np.mean(np.asarray(labels, dtype=float)))
    return 2 * rate / (1 + rate)


def _accuracy(labels: Numbers) -> float:
    return float(labels.mean())


def _macro(labels: Numbers) -> float:
    yes = np.ones(len(labels), dtype=int)
    return float(f1_score(labels, yes, average="macro", zero_division=0))


def _commoner(labels: Numbers) -> float:
    return _always_yes(labels) if labels.mean() > 0.5 else 0.0


def _label_cases(rng: np.random.Generator) -> list[Case]:
    months = ["2020-02", "2020-04", *rng.choice(material.SCORED, 1)]
    cases = [
        Case(f"{month}, the whole sample", (material.scored(month)["label"],)) for month in months
    ]
    for rate in (0.2, 0.7, rng.uniform(0.05, 0.95)):
        # An odd number: neither label is as common as the other.
        drawn = rng.random(2 * int(rng.integers(3, 200)) + 1) < rate
        cases.append(Case("labels drawn at random", (pd.Series(drawn.astype("int8")),)))
    few = int(rng.integers(2, 30))
    cases.append(Case("a night without one high tip", (pd.Series([0] * few, dtype="int8"),)))
    cases.append(Case("a night of high tips only", (pd.Series([1] * few, dtype="int8"),)))
    cases.append(Case("a single trip with a high tip", (pd.Series([1], dtype="int8"),)))
    return cases


ALWAYS_YES = Exercise(
    name="training-always-yes",
    title="What does always saying yes score?",
    kind="write a function",
    level=1,
    minutes=8,
    section="sec-training-yes",
    slide="sec-slide-monitoring-yes",
    examine=Trial(
        reference=_always_yes,
        cases=_label_cases,
        cost="A model is shipped, or kept, because its F1 beats a line that is drawn in the "
        "wrong place.",
        misconceptions=(
            Misconception(
                "accuracy for F1",
                _accuracy,
                "The line is drawn where always-yes has its accuracy, which is lower than its F1. "
                "A forest above that line passes, and a constant would have scored more.",
            ),
            Misconception(
                "macro-averaged F1",
                _macro,
                "The dashboard's F1 is that of the yes. The average over both labels halves the "
                "constant, and nearly every model beats half a constant.",
            ),
            Misconception(
                "the commoner answer for always-yes",
                _commoner,
                "In a month in which most trips have no high tip, this constant says no and its "
                "F1 drops to zero: the baseline vanishes in the very month that rings the alarm.",
            ),
        ),
    ),
)

# --- better than a constant? ------------------------------------------------------


def _gain(error: float, constant: float) -> float:
    return 1 - error / constant if constant > 0 else float("nan")


def _error(labels: Numbers, forecast: Numbers | float) -> float:
    gaps = np.asarray(forecast, dtype=float) - np.asarray(labels, dtype=float)
    return float(np.mean(gaps * gaps))


def _skill(labels: Numbers, probabilities: Numbers, train_base_rate: float) -> float:
    return _gain(_error(labels, probabilities), _error(labels, train_base_rate))


def _in_training(labels: Numbers, probabilities: Numbers, train_base_rate: float) -> float:
    expected = train_base_rate * (1 - train_base_rate)
    return _gain(_error(labels, probabilities), expected)


def _own_rate(labels: Numbers, probabilities: Numbers, train_base_rate: float) -> float:
    return _gain(_error(labels, probabilities), _error(labels, float(labels.mean())))


def _coin(labels: Numbers, probabilities: Numbers, train_base_rate: float) -> float:
    return 1 - _error(labels, probabilities) / 0.25


def _ratio(labels: Numbers, probabilities: Numbers, train_base_rate: float) -> float:
    return 1 - _skill(labels, probabilities, train_base_rate)


def _alone(labels: Numbers, probabilities: Numbers, train_base_rate: float) -> float:
    return 1 - _error(labels, probabilities)


def _skill_cases(rng: np.random.Generator) -> list[Case]:
    january = float(material.forest().base_rate)
    cases = []
    for month in ("2020-02", "2020-04", "2020-05"):
        seen = material.scored(month)
        args = (seen["label"], seen["probability"], january)
        cases.append(Case(f"{month}, trained on January 2020", args))
    for _ in range(3):
        some = material.some(material.scored(str(rng.choice(material.SCORED))), rng, 4, 300)
        args = (some["label"], some["probability"], float(rng.uniform(0.1, 0.9)))
        cases.append(Case("trips and a base rate drawn at random", args))
    n = int(rng.integers(2, 12))
    ones, wild = pd.Series(np.ones(n, dtype="int8")), pd.Series(rng.uniform(0.05, 0.95, n))
    cases.append(Case("an hour in which every tip was high", (ones, wild, january)))
    cases.append(Case("a constant that makes no error", (ones, wild, 1.0)))
    perfect = pd.Series(rng.permutation([0.0, 1.0, 1.0]))
    args = (perfect.astype("int8"), perfect, float(rng.uniform(0.2, 0.8)))
    cases.append(Case("a forecast that is always right", args))
    return cases


SKILL = Exercise(
    name="training-skill",
    title="Better than which constant?",
    kind="find the bug",
    level=2,
    minutes=15,
    section="sec-training-skill",
    slide="sec-slide-monitoring-year",
    examine=Trial(
        reference=_skill,
        cases=_skill_cases,
        cost="Skill is what tells a model that knows something from one that does not. A wrong "
        "baseline moves it in the months when it is needed.",
        misconceptions=(
            Misconception(
                "a baseline scored on another month",
                _in_training,
                "When the base rate moves, the model pays for it and its baseline does not. "
                "The model looks worse than a constant that would have done worse still, and is "
                "rolled back.",
            ),
            Misconception(
                "a constant that knows the month it is scored on",
                _own_rate,
                "Nobody knew that base rate when the forecast was due. The model is held against "
                "a rival that could not have been built.",
            ),
            Misconception(
                "a coin for a baseline",
                _coin,
                "A coin is beaten by quoting last month's rate. The further the base rate is from "
                "one half, the more a model seems to know that knows nothing else.",
            ),
            Misconception(
                "error for score",
                _ratio,
                "The figure falls when the model gets better: an alarm on it rings for every "
                "improvement, and sleeps through the fall.",
            ),
            Misconception(
                "scoring against nothing",
                _alone,
                "A report without a baseline shows a high figure for the model, and would show "
                "nearly the same figure for a constant.",
            ),
        ),
    ),
)

EXERCISES = (ALWAYS_YES, SKILL, THRESHOLD)
