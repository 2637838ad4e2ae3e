"""An exercise on a drift figure that leaves out what is new, gone or missing."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ...drift import psi
from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial


def _counts(
    reference: pd.Series[Any], current: pd.Series[Any], classes: str = "both"
) -> tuple[Any, Any]:
    """Records of each class; missing is a class, written as a value that no code has."""
    sides = [side.fillna(-np.inf) for side in (reference, current)]
    chosen = {"both": pd.concat(sides), "reference": sides[0], "current": sides[1]}[classes]
    names = np.unique(chosen)
    first, second = (side.value_counts().reindex(names, fill_value=0) for side in sides)
    return first.to_numpy(float), second.to_numpy(float)


def _psi(reference: Any, current: Any) -> float:
    return psi(*_counts(reference, current))


def _psi_of(classes: str, reference: Any, current: Any) -> float:
    # One sample's list of classes: what the other has beyond it is lost.
    p, q = (np.where(each > 0, each, 0.5) for each in _counts(reference, current, classes))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def _psi_dropped(reference: Any, current: Any) -> float:
    p, q = (each / each.sum() for each in _counts(reference, current))
    seen = (p > 0) & (q > 0)
    return float(((q - p)[seen] * np.log(q[seen] / p[seen])).sum())


def _psi_clipped(least: float, reference: Any, current: Any) -> float:
    p, q = (np.maximum(each / each.sum(), least) for each in _counts(reference, current))
    return float(((q - p) * np.log(q / p)).sum())


def _psi_known(reference: pd.Series[Any], current: pd.Series[Any]) -> float:
    known = reference.dropna(), current.dropna()
    return _psi(*known) if all(map(len, known)) else 0.0


def _codes(rng: np.random.Generator, codes: list[float]) -> pd.Series[Any]:
    shares = rng.dirichlet(np.full(len(codes), 2.0))
    drawn = rng.choice(codes, int(rng.integers(30, 600)), p=shares)
    # Each code at least once: what a case is about must not depend on luck.
    return pd.Series(rng.permutation(np.concatenate([codes, drawn])))


def _psi_cases(rng: np.random.Generator) -> list[Case]:
    pairs = [("payment_type", "2019-03", "2020-05"), ("RatecodeID", "2020-02", "2020-10")]
    cases = [
        Case(
            f"{name}, {before} against {after}",
            (material.trips(before)[name], material.trips(after)[name]),
        )
        for name, before, after in pairs
    ]
    nan = float("nan")
    sides: dict[str, tuple[list[float], list[float]]] = {
        "a category that is new": ([1, 2, 3], [1, 2, 3, 4]),
        "a category that is gone": ([1, 2, 5, 99], [1, 2, 5]),
        "values that begin to be missing": ([1, 2], [1, 2, nan]),
        "values that are missing no more": ([1, 2, nan], [1, 2]),
        "one category new and another gone": ([0, 1, 2, nan], [1, 2, 3, nan]),
        "no category in common": ([1, 2], [3, 4]),
        "the same categories": ([1, 2, 3], [1, 2, 3]),
    }
    cases += [
        Case(says, (_codes(rng, one), _codes(rng, other))) for says, (one, other) in sides.items()
    ]
    nothing = pd.Series(np.full(int(rng.integers(2, 9)), nan))
    return [*cases, Case("nothing but missing values", (nothing, nothing[:1]))]


_TINY = (
    "The constant decides the figure: the same few records of a new code pass the customary "
    "mark or do not, as somebody wrote more zeros or fewer."
)

MISSING = Exercise(
    name="drift-missing",
    title="Where did the new category go?",
    kind="find the bug",
    level=1,
    minutes=10,
    section="sec-drift-measures",
    slide="sec-slide-drift-monday",
    examine=Trial(
        reference=_psi,
        cases=_psi_cases,
        cost="A column can begin to fail in a way that its own drift figure does not count.",
        misconceptions=(
            Misconception(
                "empty classes dropped",
                _psi_dropped,
                "A code that was never seen before is the plainest sign of a change upstream, "
                "and it is the one that adds nothing to the figure.",
            ),
            Misconception(
                "missing values left out",
                _psi_known,
                "A column that loses half of its values can have the PSI of a healthy one.",
            ),
            Misconception(
                "classes of the reference only",
                partial(_psi_of, "reference"),
                "A new code has no place in the list: its records vanish, and the shares of the "
                "others are taken of too few.",
            ),
            Misconception(
                "classes of the current month only",
                partial(_psi_of, "current"),
                "The yardstick changes each month: a category that disappears leaves no trace, "
                "and two months' figures can't be compared.",
            ),
            *(
                Misconception("a tiny constant for zero", partial(_psi_clipped, least), _TINY)
                for least in (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10)
            ),
        ),
    ),
)
