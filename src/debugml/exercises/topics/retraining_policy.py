"""The check of a retraining policy: histories that begin and end in months not foreseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..calling import Raised, call
from ..exercise import Finding
from .histories import MONTHS, gain_kept, played, scores

_HISTORIES = 8
_KEPT = 0.8
_FITS = 0.4
_SPRING = 30
"""Every history goes on beyond the spring of 2020, where most of the gain is."""

_CONSTANT = {"trained_rate": 0.5, "base_rate": 0.5, "brier": 0.25, "d": 0.05}


class _UnusableError(Exception):
    """What the answer gave is no decision."""


def _ask(answer: Any, known: pd.DataFrame) -> bool:
    months = "one month" if len(known) == 1 else f"{len(known)} months"
    where = f"Asked with {months} served, your function"
    given = call(answer, (known,))
    if isinstance(given, Raised):
        raise _UnusableError(f"{where} {given.says}")
    if not isinstance(given, (bool, np.bool_)):
        kind = type(given).__name__
        raise _UnusableError(f"{where} is to return True or False; it gave a value of type {kind}.")
    return bool(given)


def examine_policy(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    """Judge `retrain(known)` on histories drawn at random."""
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of the months served so far.")
        return
    try:
        yield from _examine(answer, rng)
    except _UnusableError as error:
        cost = "A decision that fails is one not to retrain, and nobody took it."
        yield Finding(False, str(error), cost)


def _examine(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    every = [(a, b) for a in range(13) for b in range(_SPRING + 1, len(MONTHS) + 1)]
    drawn = [every[at] for at in rng.choice(len(every), _HISTORIES, replace=False)]
    fitted = possible = 0
    kept: dict[str, float] = {}
    for begin, end in drawn:
        found = played(lambda known: _ask(answer, known), begin, end, scores())
        fitted += int(found["retrained"].sum())
        possible += len(found) - 1
        kept[f"{MONTHS[begin]} to {MONTHS[end - 1]}"] = gain_kept(found, begin, end, scores())
    share = fitted / possible
    enough = sum(each >= _KEPT for each in kept.values())

    name = cost = ""
    if share > _FITS or enough < _HISTORIES:
        name, cost = _mistake(answer, share)
    says = f"{fitted} fits, where retraining every month has {possible}: a share of {share:.2f}"
    if share <= _FITS:
        yield Finding(True, f"{says}.")
    else:
        over = "Every fit is a release: a gate, a person who watches, a model to keep."
        yield Finding(False, f"{says}; {_FITS} is allowed.", cost or over, name)
    if enough == _HISTORIES:
        worst = min(kept.values())
        yield Finding(True, f"In each of {_HISTORIES} histories it keeps {worst:.2f} or more.")
        return
    worst_of = min(kept, key=lambda span: kept[span])
    under = "The model is old in the months in which a new one is worth most."
    yield Finding(
        False,
        f"In {_HISTORIES - enough} of {_HISTORIES} histories it keeps less than four fifths of "
        f"the gain; the worst is {worst_of} with {kept[worst_of]:.2f}.",
        cost or under,
        name,
    )


def _mistake(answer: Any, share: float) -> tuple[str, str]:
    """What an answer that fails goes by: asked again, with some of what it sees held still."""
    begin, end = 0, len(MONTHS)
    asked: list[tuple[pd.DataFrame, bool]] = []

    def noted(known: pd.DataFrame) -> bool:
        asked.append((known.copy(), _ask(answer, known)))
        return asked[-1][1]

    played(noted, begin, end, scores())
    said = [now for _, now in asked]

    def without(*names: str) -> list[bool]:
        still = {name: _CONSTANT[name] for name in names}
        return [_ask(answer, known.assign(**still)) for known, _ in asked]

    if without(*_CONSTANT) == said:
        if not any(said):
            return (
                "never, whatever happens",
                "The first forest serves for years, and its probabilities are those of a city "
                "that is gone.",
            )
        if all(said):
            return (
                "every month, whatever happens",
                "Most of these fits change nothing that anybody could measure, and each is a "
                "release.",
            )
        return (
            "the calendar alone",
            "A calendar that begins a month later misses the one day on which a new model was "
            "worth most. What it keeps is the luck of its first month.",
        )
    if share > _FITS and sum(without("d")) < sum(said) / 2:
        return (
            "retraining on every alarm",
            "Most months differ from the last one in some column. It is the monthly calendar "
            "again, with a detector to keep.",
        )
    if share <= _FITS and without("brier") != said:
        return (
            "waiting until the score is bad",
            "The score moves with the base rate, also for a model that is as good as ever; and "
            "where it does not fall, the gain of a new forest goes unseen.",
        )
    return "", ""
