"""Exercises that break a drift detector: by the number of records, and behind its back."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from ...features import FEATURES, LABEL, TIME
from ...training import predict_proba
from .. import material
from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied
from .drift_size import exact_d

# --- p and D apart ----------------------------------------------------------------

FEWEST, MOST = 10, 200_000
SMALL, LARGE = 0.02, 0.3
SURE, UNSURE = 1e-6, 0.05


def _sample(values: Any) -> Any:
    """An array of a sample's values, or what is wrong with it."""
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return "is not an array of numbers"
    if found.ndim != 1:
        return "is not an array of one dimension"
    if not FEWEST <= len(found) <= MOST:
        return f"has {len(found):,} values, where {FEWEST} to {MOST:,} are allowed"
    if not np.isfinite(found).all():
        return "holds values that are missing or infinite"
    return found


def _pair(pair: Any, name: str) -> Any:
    """Two arrays, or what is wrong with them."""
    if isinstance(pair, (str, bytes)) or not isinstance(pair, (Sequence, np.ndarray)):
        return f"{name} is to be a pair of arrays, (reference, current)."
    if len(pair) != 2:
        return f"{name} is to be a pair of arrays; it has {len(pair)} parts."
    sides = [_sample(each) for each in pair]
    for side, found in zip(("reference", "current"), sides, strict=True):
        if isinstance(found, str):
            return f"The {side} of {name} {found}."
    return sides


def _both(pair: Any) -> tuple[float, float]:
    with warnings.catch_warnings():
        # SciPy warns where it goes from the exact p to the limit: either will do here.
        warnings.simplefilter("ignore")
        found = ks_2samp(*pair)
    return float(found.statistic), float(found.pvalue)


def _is_loud(d: float, p: float) -> bool:
    return d < SMALL and p < SURE


def _is_quiet(d: float, p: float) -> bool:
    return d > LARGE and p > UNSURE


def _loud(d: float, p: float) -> Finding:
    says = f"loud: D is {d:.4g} and p is {p:.3g}."
    if _is_loud(d, p):
        return Finding(True, says)
    if d == 0:
        return Finding(
            False,
            f"{says} The two samples have the same distribution: there is no change to be loud on.",
            "A false alarm needs a change, too small for anybody to care. With none at all, you "
            "have not found out what the test answers to.",
            "no change at all",
        )
    if d < SMALL:
        return Finding(
            False,
            f"{says} The change is small, and the test is not sure of it.",
            "On a sample the alarm stays quiet, and so it is trusted. Then it is given the full "
            "month.",
            "a small change in few records",
        )
    if p < SURE:
        return Finding(
            False,
            f"{says} The test is sure, and rightly: this change is not small.",
            "Whoever reads a tiny p as a large change will read a large p as none.",
            "p taken for size",
        )
    return Finding(
        False,
        f"{says} The change is not small, and the test is not sure either.",
        "In between, such an alarm rings or keeps quiet by chance.",
    )


def _quiet(d: float, p: float) -> Finding:
    says = f"quiet: D is {d:.4g} and p is {p:.3g}."
    if _is_quiet(d, p):
        return Finding(True, says)
    if d > LARGE:
        return Finding(
            False,
            f"{says} The change is large, and the test sees it.",
            "With so many records this alarm works. The case to fear is a segment, or an hour at "
            "night, that has few.",
            "more records than it takes to be sure",
        )
    if p > UNSURE:
        return Finding(
            False,
            f"{says} The test keeps quiet about a change that is not large.",
            "A quiet test is read as “nothing has changed”. Look at D before you believe it.",
            "no alarm taken for no change",
        )
    return Finding(
        False,
        f"{says} The change is not large, and the test sees it.",
        "A change that is missed costs most where it is large.",
    )


def _examine_pairs(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        yield Finding(False, "The answer is to be two pairs, (loud, quiet).")
        return
    pairs = [_pair(each, name) for each, name in zip(answer, ("loud", "quiet"), strict=True)]
    for found in pairs:
        if isinstance(found, str):
            yield Finding(False, found)
            return
    first, second = map(_both, pairs)
    if _is_quiet(*first) and _is_loud(*second):
        yield Finding(
            False,
            "Both pairs are right, in each other's place.",
            "The one who mutes the alarm mutes the wrong one.",
            "loud and quiet changed round",
        )
        return
    yield _loud(*first)
    yield _quiet(*second)


BREAK_P = Exercise(
    name="drift-break-p",
    title="Make p tiny and the change irrelevant",
    kind="break a detector",
    level=1,
    minutes=10,
    section="sec-drift-questions",
    slide="sec-slide-drift-questions",
    examine=_examine_pairs,
)

# --- no column moved --------------------------------------------------------------

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
