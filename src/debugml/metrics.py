"""How good is a yes-or-no forecast, beside what always saying yes would score?

Every figure comes from one mergeable summary: how often each probability was
given to a label 0 and to a label 1. So a month scored at once, by partition or
by batch gives the same digits.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import RecordsError
from .labels import as_probabilities, check_lengths, zeros_and_ones
from .summary import Floats, ValueCounts

THRESHOLD = 0.5
"""A probability above it is a yes; a tie is a no, as a forest's vote has it."""


def f1_score(tp: npt.ArrayLike, fp: npt.ArrayLike, fn: npt.ArrayLike) -> Any:
    """F1 from counts, element by element: 2 tp / (2 tp + fp + fn); 0 where nothing is positive.

    The convention for 0/0 (no positive label and no positive prediction) is
    scikit-learn's default, 0.

    Examples
    --------
    >>> float(f1_score(6, 2, 2))
    0.75
    """
    hits = 2 * np.asarray(tp, dtype=np.float64)
    whole = hits + np.asarray(fp) + np.asarray(fn)
    return np.divide(hits, whole, out=np.zeros_like(whole), where=whole > 0)


def always_yes_f1(base_rate: npt.ArrayLike) -> Any:
    """F1 of saying yes to everything: recall 1, precision the base rate b, so 2b / (1 + b).

    Examples
    --------
    >>> round(float(always_yes_f1(0.5)), 3)
    0.667
    """
    rate = np.asarray(base_rate, dtype=np.float64)
    return 2 * rate / (1 + rate)


@dataclass(frozen=True)
class Score:
    """One forecast's figures over one set of records.

    Attributes
    ----------
    n : int
        Records scored.
    base_rate : float
        Share of records whose label is 1.
    f1, precision, recall : float
        At a decision threshold of 0.5. Where a denominator is 0, the figure is 0
        (scikit-learn's default) and `notes` says so.
    always_yes_f1 : float
        F1 of saying yes to everything, 2b / (1 + b).
    auc : float
        Chance that a random positive gets a higher probability than a random negative,
        ties counted half. NaN if all labels are the same; `notes` says so.
    log_loss : float
        Mean negative log-likelihood in nats; probabilities are kept 2.2e-16 away from 0
        and 1, as scikit-learn keeps them.
    brier : float
        Mean squared difference between probability and label.
    skill : float
        1 − Brier / Brier of the constant forecast at the *training* base rate. NaN if that
        forecast has no error or its rate is not known; `notes` says so.
    skill_own_rate : float
        The same against the constant forecast at these records' own base rate, which nobody
        knows in advance.
    notes : tuple of str
        Which figures are undefined here, and by which convention they were set.
    """

    n: int
    base_rate: float
    f1: float
    precision: float
    recall: float
    always_yes_f1: float
    auc: float
    log_loss: float
    brier: float
    skill: float
    skill_own_rate: float
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The figures by name, without the notes."""
        figures = asdict(self)
        del figures["notes"]
        return figures

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each figure, and the notes."""
        return pd.DataFrame([self.to_dict() | {"notes": "; ".join(self.notes)}])


class ScoreCounts:
    """Mergeable summary: the probabilities given to label 0 and to label 1."""

    def __init__(self, negatives: ValueCounts, positives: ValueCounts) -> None:
        self.negatives = negatives
        self.positives = positives

    @classmethod
    def of(cls, labels: npt.ArrayLike, probabilities: npt.ArrayLike) -> ScoreCounts:
        """Summary of records.

        Parameters
        ----------
        labels : array of shape (n,)
            0 or 1.
        probabilities : array of shape (n,)
            Of label 1, in [0, 1].

        Raises
        ------
        RecordsError
            If lengths differ, a label is not 0 or 1, or a probability is outside [0, 1].
        """
        check_lengths(labels=labels, probabilities=probabilities)
        y = zeros_and_ones(labels, "label")
        p = as_probabilities(probabilities)
        return cls(ValueCounts.of(p[~y]), ValueCounts.of(p[y]))

    def merge(self, other: ScoreCounts) -> ScoreCounts:
        """Summary of both sets of records."""
        return ScoreCounts(
            self.negatives.merge(other.negatives), self.positives.merge(other.positives)
        )

    def score(self, train_base_rate: float | None = None) -> Score:
        """All figures.

        Parameters
        ----------
        train_base_rate : float, optional
            Base rate of the month that the model was trained on: the constant forecast
            that `Score.skill` compares with.

        Raises
        ------
        RecordsError
            If there are no records.

        Examples
        --------
        >>> s = ScoreCounts.of([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9]).score(train_base_rate=0.5)
        >>> s.f1, s.auc, round(s.skill, 2), round(s.always_yes_f1, 3)
        (0.5, 0.75, 0.26, 0.667)
        """
        return self.sums().score(train_base_rate)

    def sums(self) -> ScoreSums:
        """What the figures are made of."""
        zeros, ones = self.negatives, self.positives
        at = np.array([THRESHOLD])
        not_above = zeros.up_to(ones.values)
        below = zeros.up_to(np.nextafter(ones.values, -np.inf))
        return ScoreSums(
            zeros=zeros.n,
            ones=ones.n,
            fp=zeros.n - int(zeros.up_to(at)[0]),
            tp=ones.n - int(ones.up_to(at)[0]),
            squares=self._total(lambda p, y: (p - y) ** 2),
            surprise=self._total(_negative_log_likelihood),
            pairs=float(((below + not_above) / 2) @ ones.counts),
        )

    def _total(self, loss: Any) -> float:
        zeros, ones = self.negatives, self.positives
        return float(loss(zeros.values, 0.0) @ zeros.counts + loss(ones.values, 1.0) @ ones.counts)


@dataclass(frozen=True)
class ScoreSums:
    """Sums over records, from which every figure of a `Score` follows.

    Attributes
    ----------
    zeros, ones : int
        Records of label 0 and of label 1.
    fp, tp : int
        How many of each have a probability above the threshold.
    squares, surprise : float
        Squared errors; negative log-likelihoods, in nats.
    pairs : float
        Pairs of one record each in which the 1 has the higher probability; ties are half.
    """

    zeros: int
    ones: int
    fp: int
    tp: int
    squares: float
    surprise: float
    pairs: float

    def score(self, train_base_rate: float | None = None) -> Score:
        """As `ScoreCounts.score`."""
        n, tp, fp = self.zeros + self.ones, self.tp, self.fp
        if n == 0:
            raise RecordsError("no records to score: the frame is empty")
        notes: list[str] = []
        if tp + fp == 0:
            notes.append("nothing was predicted positive: precision set to 0")
        if self.ones == 0:
            notes.append("no label is positive: recall set to 0")
        if tp + fp + self.ones == 0:
            notes.append("nothing is positive: F1 set to 0")
        if self.zeros == 0 or self.ones == 0:
            notes.append("all labels are the same: AUC is undefined")
        pairs = self.zeros * self.ones
        base_rate = self.ones / n
        return Score(
            n=n,
            base_rate=base_rate,
            f1=float(f1_score(tp, fp, self.ones - tp)),
            precision=tp / (tp + fp) if tp + fp else 0.0,
            recall=tp / self.ones if self.ones else 0.0,
            always_yes_f1=float(always_yes_f1(base_rate)),
            auc=self.pairs / pairs if pairs else float("nan"),
            log_loss=self.surprise / n,
            brier=self.squares / n,
            skill=self._skill(train_base_rate, "training base rate", notes),
            skill_own_rate=self._skill(base_rate, "own base rate", notes),
            notes=tuple(notes),
        )

    def _skill(self, rate: float | None, said: str, notes: list[str]) -> float:
        if rate is None:
            notes.append("training base rate not given: skill is undefined")
            return float("nan")
        n = self.zeros + self.ones
        constant = (self.zeros * rate**2 + self.ones * (1 - rate) ** 2) / n
        if constant == 0:
            notes.append(f"the constant forecast at the {said} has no error: skill is undefined")
            return float("nan")
        return 1 - self.squares / n / constant


def _negative_log_likelihood(p: Floats, y: float) -> Floats:
    least = np.finfo(np.float64).eps
    kept = np.clip(p, least, 1 - least)
    return -np.log(kept) if y else -np.log1p(-kept)
