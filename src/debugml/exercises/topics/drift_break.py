"""An exercise that breaks an alarm on p: by the number of records."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import ks_2samp

from ..exercise import Exercise, Finding

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
