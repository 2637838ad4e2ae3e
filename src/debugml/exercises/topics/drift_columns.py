"""An exercise that breaks a monitor of the inputs: no column moves, and the model is lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from ...features import FEATURES, LABEL, TIME
from ...training import predict_proba
from .. import material
from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied
from .drift_size import exact_d

_LARGEST_D = 0.01
_LARGEST_OUTPUT_D = 0.03
_LARGEST_AUC = 0.47
_GUESSING = 0.02
_LOST = "Whoever trusts the monitors on the inputs trusts this model for as long as labels take."


def _probability(features: pd.DataFrame) -> Any:
    numbers = features[list(FEATURES)].astype("float32")
    return predict_proba(material.forest(), numbers).to_numpy().round(9)


@cache
def _probability_of(month: str) -> Any:
    return _probability(material.features(month))


def _auc(labels: Any, probability: Any) -> float:
    return float(roc_auc_score(labels, probability))


def _shape(given: Any, month: pd.DataFrame) -> str:
    """What is wrong with a frame before anything is computed from it."""
    if given is None:
        return "returned nothing (None): is a return missing?"
    if not isinstance(given, pd.DataFrame):
        return f"gave a {type(given).__name__}, where a DataFrame is wanted."
    if lacking := [name for name in month if name not in given]:
        return f"gave a frame without the column {lacking[0]}."
    if len(given) != len(month):
        return f"gave {len(given):,} rows, where the month has {len(month):,}."
    if not given.columns.is_unique or not given.index.equals(month.index):
        return "gave a frame whose index or columns are not those of the month."
    try:
        with np.errstate(over="ignore"):
            numbers = given[list(FEATURES)].to_numpy(dtype="float32")
    except (TypeError, ValueError):
        return "gave features that are not numbers."
    if not np.isfinite(numbers).all():
        return "gave features that are missing or infinite."
    return ""


def _kept(given: pd.Series[Any], right: pd.Series[Any]) -> bool:
    try:
        return bool((given == right).all())
    except TypeError:
        return False


def _verdict_on(given: pd.DataFrame, month: pd.DataFrame, said: str) -> Finding | None:
    """The first condition that a frame of the right shape does not meet."""
    if not all(_kept(given[name], month[name]) for name in (LABEL, TIME)):
        return Finding(
            False,
            f"On {said}, labels or dropoff times are not those of the month, row by row.",
            "In production, labels are what happened. Rewrite them and you have hidden the "
            "fault, or made one; the features that the model was given stay what they were.",
            "labels shuffled instead of features",
        )
    d = {name: exact_d(month[name], given[name]) for name in FEATURES}
    widest = max(d, key=lambda name: d[name])
    if d[widest] > _LARGEST_D:
        return Finding(
            False,
            f"On {said}, the D of {widest} is {d[widest]:.4f}: the test of that column sees it.",
            "This fault is found on its first day. The one to fear is one that no column shows.",
            "a shift that a column shows",
        )
    after = _probability(given)
    output = exact_d(_probability_of(said), after)
    auc = _auc(month[LABEL], after)
    if output > _LARGEST_OUTPUT_D:
        return Finding(
            False,
            f"On {said}, no column moved, but the D of the forest's probabilities is {output:.3f}: "
            "whoever watches the output sees it.",
            "A monitor on the output notices rows that are no real trips. It would not notice "
            "real trips that behave in another way.",
            "columns shuffled one by one",
        )
    if auc > _LARGEST_AUC:
        says = f"On {said}, no monitor sees anything, but AUC is {auc:.3f}, "
        says += f"where at most {_LARGEST_AUC} is asked."
        if abs(auc - 0.5) < _GUESSING:
            return Finding(
                False,
                says,
                "A model that guesses is of no use. One that is turned round does harm: it is "
                "wrong most often where it is surest, and there it is trusted most.",
                "noise where a reversal was asked",
            )
        return Finding(
            False,
            says,
            "The other columns carry the model: a fault of this size is one that nobody misses.",
            "too little changed",
        )
    return None


def _examine_frames(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of a month's frame.", _LOST)
        return
    months = ["2020-02", str(rng.choice([m for m in material.SCORED if m != "2020-02"]))]
    for said in months:
        month = material.features(said)
        given = call(answer, copied((month,)))
        wrong = given.says if isinstance(given, Raised) else _shape(given, month)
        if wrong:
            yield Finding(False, f"On {said}, your function {wrong}", _LOST)
            return
        if mistake := _verdict_on(given, month, said):
            yield mistake
            return
    yield Finding(
        True,
        f"{' and '.join(months)}: every column and the output are where they were, and the forest "
        "is worse than a coin.",
    )


BREAK_COLUMNS = Exercise(
    name="drift-break-columns",
    title="No column moved, and the model is lost",
    kind="break a detector",
    level=3,
    minutes=30,
    section="sec-drift-limits",
    slide="sec-slide-drift-shifts",
    examine=_examine_frames,
)
