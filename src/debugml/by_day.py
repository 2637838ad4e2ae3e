"""What figures are made of, added up by day; and the figures of such sums.

Trips of a day have weather and traffic in common, so days are what is resampled: a resample
weights the sums of the days and reads the same figures from them (Efron and Tibshirani 1993).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .labels import as_probabilities, zeros_and_ones
from .losses import floored_losses
from .metrics import THRESHOLD, always_yes_f1, f1_score
from .summary import Floats

N, TP, YES, POSITIVE, ERROR, CONSTANT, LOSS, PROBABILITY = range(8)
"""Places of the sums: records, true positives, decisions for yes, positives, squared error of
the forecast and of the constant one, `floored_losses`, probability."""


def day_sums(
    day: npt.ArrayLike,
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    base_rate: float,
    yes: npt.ArrayLike | None = None,
) -> Floats:
    """What all figures are made of, added up by day.

    Parameters
    ----------
    day : int array of shape (n,)
        Of each record, counted from 0.
    labels : array of shape (n,)
        0 or 1.
    p : array of shape (n,)
        Probability of label 1.
    base_rate : float
        The constant forecast that skill compares with.
    yes : array of shape (n,), optional
        Decisions, 0 or 1; by default yes where the probability is above 0.5.

    Returns
    -------
    float64 array of shape (days, 8)

    Examples
    --------
    >>> day_sums([0, 0], [0, 1], [0.25, 1.0], 0.5).round(3).tolist()
    [[2.0, 1.0, 1.0, 1.0, 0.062, 0.5, 0.289, 1.25]]
    """
    summed = summands(labels, p, base_rate, yes)
    return np.column_stack([np.bincount(np.asarray(day), weights=column) for column in summed])


def summands(
    labels: npt.ArrayLike, p: npt.ArrayLike, base_rate: float, yes: npt.ArrayLike | None = None
) -> tuple[npt.NDArray[Any], ...]:
    """What each record adds to the eight sums of `day_sums`: arrays of shape (n,).

    Examples
    --------
    >>> [column.tolist() for column in summands([1], [0.75], 0.5)][:5]
    [[1.0], [True], [True], [True], [0.0625]]
    """
    y, forecast = zeros_and_ones(labels, "label"), as_probabilities(p)
    said = forecast > THRESHOLD if yes is None else zeros_and_ones(yes, "decision")
    squares = (forecast - y) ** 2, (base_rate - y) ** 2
    return np.ones(len(y)), y & said, said, y, *squares, floored_losses(y, p), forecast


def _f1(sums: Floats) -> Floats:
    tp = sums[..., TP]
    found: Floats = f1_score(tp, sums[..., YES] - tp, sums[..., POSITIVE] - tp)
    return found


def _above_always_yes(sums: Floats) -> Floats:
    found: Floats = _f1(sums) - always_yes_f1(sums[..., POSITIVE] / sums[..., N])
    return found


def _skill(sums: Floats) -> Floats:
    error, constant = sums[..., ERROR], sums[..., CONSTANT]
    # Both without error: no better than the constant.
    return 1 - np.divide(error, constant, out=np.ones_like(error), where=constant > 0)


def _skill_own_rate(sums: Floats) -> Floats:
    # The constant's squared errors add up to n b (1 − b).
    positives = sums[..., POSITIVE]
    return 1 - sums[..., ERROR] / (positives * (1 - positives / sums[..., N]))


def _log_loss(sums: Floats) -> Floats:
    return np.asarray(sums[..., LOSS] / sums[..., N])


def _calibration(sums: Floats) -> Floats:
    return np.abs(sums[..., PROBABILITY] - sums[..., POSITIVE]) / sums[..., N]


Figure = Callable[[Floats], Floats]

FIGURES: dict[str, Figure] = {
    "f1": _f1,
    "f1_above_always_yes": _above_always_yes,
    "skill": _skill,
    "skill_own_rate": _skill_own_rate,
    "log_loss": _log_loss,
    "calibration": _calibration,
}
"""By name: F1; F1 − F1 of always saying yes; 1 − Brier / that of the constant forecast at the
training base rate, and at the scored records' own; log loss, floored; calibration in the large,
|mean probability − base rate|. Each from sums of shape (..., 8)."""
