"""From counts to figures: F1, AUC, skill and calibration, for many resamples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..metrics import always_yes_f1, f1_score
from ..summary import Floats

DECISIONS = ("f1", "precision", "recall", "positive_rate", "difference")
PROBABILITIES = ("auc", "skill_own_rate", "calibration_gap")
SKILL = "skill"


@dataclass(frozen=True)
class Counts:
    """Counts of sets of records, one set a row: a window, or its resamples.

    Attributes
    ----------
    zeros, ones : array of shape (sets, bins)
        Records of label 0 and of label 1, by bin of the probability, ascending.
    sums : array of shape (sets, 3)
        Sum of the probabilities, of those with label 1, and of all squared.
    """

    zeros: Floats
    ones: Floats
    sums: Floats

    @classmethod
    def of(cls, cells: Floats, sums: Floats) -> Counts:
        """From cells by label, shape (sets, 2, bins), and one or more rows of sums."""
        return cls(cells[:, 0], cells[:, 1], np.atleast_2d(sums))


def measure(
    counts: Counts,
    yes: npt.NDArray[np.bool_],
    *,
    probabilities: bool = True,
    train_base_rate: float | None = None,
) -> dict[str, Floats]:
    """All figures of each set of records.

    Parameters
    ----------
    yes : bool array of shape (bins,)
        Which bins are a yes.
    probabilities : bool
        False: records came with decisions only, so AUC, skill and calibration are left out.
    train_base_rate : float, optional
        The constant forecast behind ``skill``, which is left out without it.

    Returns
    -------
    dict of float64 arrays of shape (sets,)
        ``base_rate, always_yes_f1, f1, precision, recall, positive_rate, difference`` (F1 −
        always-yes) and ``auc, skill, skill_own_rate, mean_probability, calibration_gap`` (mean
        probability − base rate). 0 where precision or recall has no denominator, as
        `metrics.Score` has it; NaN where AUC or skill is undefined.

    Examples
    --------
    >>> counts = Counts(np.array([[2.0, 1.0]]), np.array([[1.0, 4.0]]), np.array([[4.4, 3.4, 2.7]]))
    >>> figures = measure(counts, np.array([False, True]))
    >>> round(float(figures["f1"][0]), 3), round(float(figures["auc"][0]), 3)
    (0.8, 0.733)
    """
    n0, n1 = counts.zeros.sum(axis=1), counts.ones.sum(axis=1)
    n = n0 + n1
    tp, fp = counts.ones[:, yes].sum(axis=1), counts.zeros[:, yes].sum(axis=1)
    base_rate = n1 / n
    f1 = f1_score(tp, fp, n1 - tp)
    figures = {
        "base_rate": base_rate,
        "always_yes_f1": always_yes_f1(base_rate),
        "f1": f1,
        "precision": _ratio(tp, tp + fp, 0.0),
        "recall": _ratio(tp, n1, 0.0),
        "positive_rate": (tp + fp) / n,
        "difference": f1 - always_yes_f1(base_rate),
    }
    if not probabilities:
        return figures
    total, of_ones, squared = counts.sums.T
    brier = (squared - 2 * of_ones + n1) / n
    below = np.cumsum(counts.zeros, axis=1) - counts.zeros / 2
    figures["auc"] = _ratio((below * counts.ones).sum(axis=1), n0 * n1, np.nan)
    if train_base_rate is not None:
        quoted = (n0 * train_base_rate**2 + n1 * (1 - train_base_rate) ** 2) / n
        figures[SKILL] = 1 - _ratio(brier, quoted, np.nan)
    figures["skill_own_rate"] = 1 - _ratio(brier, base_rate * (1 - base_rate), np.nan)
    figures["mean_probability"] = total / n
    figures["calibration_gap"] = total / n - base_rate
    return figures


def _ratio(above: Floats, below: Floats, otherwise: float) -> Floats:
    out = np.full(len(above), otherwise)
    np.divide(above, below, out=out, where=below > 0)
    return out
