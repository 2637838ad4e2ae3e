"""How good is the model while its labels are still in transit? Expected counts, no labels.

Confidence-based performance estimation: a calibrated probability says how likely each
decision is right. Added up over records, that gives the expected confusion counts, and
from these F1 and accuracy. (NannyML calls it CBPE: its documentation, "How it works:
Estimation of Performance of the Monitored Model". For accuracy without the calibration
it is the "average confidence" of Garg et al. 2022.)

It knows the new probabilities and the *old* meaning of each. Where P(label | probability)
has changed it must miss, and unlabelled records can't tell: any such estimate rests on an
assumption about what changed (Garg et al. 2022). `Estimator.misses` writes
down, when the labels are there, where it was off and by how much.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError
from ..labels import as_probabilities, check_lengths, zeros_and_ones
from ..metrics import THRESHOLD, always_yes_f1, f1_score
from ..summary import Floats
from .calibration import Calibration, Mask, as_groups


@dataclass(frozen=True)
class Estimate:
    """Expected figures of records whose labels are not, or not all, there.

    Each is computed from expected counts as it is from counts: F1 = 2 tp / (2 tp + fp + fn).

    Attributes
    ----------
    n, waiting : int
        Records, and how many of them have no label yet.
    f1, precision, recall, accuracy, base_rate, always_yes_f1 : float
        A figure whose denominator is 0 is 0.
    f1_low, f1_high, accuracy_low, accuracy_high, base_rate_low, base_rate_high : float
        95 % interval (basic bootstrap) for the figure of *these* records once their labels are
        there. It covers which days (or records) the calibration happened to see, and the
        chance in each label given its probability. It does **not** cover a change of
        P(label | probability) since then, nor what the labels of one day have in common.
    notes : tuple of str
        Groups that could not be calibrated by themselves.
    """

    n: int
    waiting: int
    f1: float
    f1_low: float
    f1_high: float
    precision: float
    recall: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    base_rate: float
    base_rate_low: float
    base_rate_high: float
    always_yes_f1: float
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The figures by name, without the notes."""
        figures = asdict(self)
        del figures["notes"]
        return figures


@dataclass(frozen=True)
class Estimator:
    """Calibrated once on labelled records, it estimates records without labels.

    `fit` makes one. The decision is taken on the model's own probability; the calibrated
    one only says how likely the decision is right.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(size=4000)
    >>> estimator = Estimator.fit(rng.uniform(size=4000) < p, p)
    >>> later = rng.beta(4, 2, size=4000)  # other records; a probability means what it meant
    >>> found = estimator.estimate(later)
    >>> labels = rng.uniform(size=4000) < later
    >>> bool(found.accuracy_low < np.mean(labels == (later > 0.5)) < found.accuracy_high)
    True
    """

    calibration: Calibration
    threshold: float = THRESHOLD

    @classmethod
    def fit(
        cls,
        labels: npt.ArrayLike,
        probabilities: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        times: pd.Series[Any] | None = None,
        threshold: float = THRESHOLD,
        draws: int = 200,
        seed: int = 0,
    ) -> Estimator:
        """Calibrate on labelled records that the model did not learn from.

        Parameters
        ----------
        labels : array of shape (n,)
            0 or 1.
        probabilities : array of shape (n,)
            Of label 1, as the model gave them.
        groups : array of shape (n,), optional
            Calibrate within each group: any column that is there before the label is. Groups
            with fewer than 100 records are calibrated on all.
        times : Series of datetime64, shape (n,), optional
            If they span 14 days or more, the interval resamples days; else records.
        threshold : float
            A probability above it is a yes.
        draws, seed : int
            Resamples behind the interval.

        Raises
        ------
        RecordsError
            If there are no records, lengths differ, or a value is missing or out of range.
        SettingError
            If there are no draws.
        """
        return cls(
            Calibration.fit(
                labels, probabilities, groups=groups, times=times, draws=draws, seed=seed
            ),
            threshold,
        )

    def estimate(
        self,
        probabilities: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        landed: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        seed: int = 0,
    ) -> Estimate:
        """The figures that these records will have, by expectation.

        Parameters
        ----------
        probabilities : array of shape (n,)
            Of the records without a label.
        groups : array of shape (n,), optional
            Of the same records; needed if `fit` had groups.
        landed : (labels, probabilities), optional
            The period's other records, whose labels are there. They count as they are: truth
            where there is truth, expectation where there is none.
        seed : int
            Fixes the interval's draws.

        Raises
        ------
        RecordsError
            If there are no records at all, lengths differ, or a value is out of range.
        SettingError
            If groups are given and the calibration had none, or the other way round.
        """
        p = as_probabilities(probabilities)
        truth = np.zeros(4) if landed is None else self._truth(*landed)
        n = len(p) + int(truth.sum())
        if n == 0:
            raise RecordsError("no records to estimate: give probabilities, or labels that landed")
        figures = _figures(truth + _counts(p > self.threshold, self.calibration.chance(p, groups)))
        spread = _figures(truth + self._drawn(p, groups, np.random.default_rng(seed)))
        bounds = {
            f"{name}_{side}": float(np.quantile(spread[name], at))
            for name in ("f1", "accuracy", "base_rate")
            for side, at in (("low", 0.025), ("high", 0.975))
        }
        return Estimate(
            n=n,
            waiting=len(p),
            notes=self.calibration.notes(groups),
            **{name: float(value) for name, value in figures.items()},
            **bounds,
        )

    def misses(
        self,
        labels: npt.ArrayLike,
        probabilities: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        by: npt.ArrayLike | None = None,
    ) -> pd.DataFrame:
        """Once the labels are there: where the estimate was off, and by how much, exactly.

        Let m be the expected less the actual number of labels 1, among the records predicted
        yes and among those predicted no. With F1 as it is, and D = yes predicted + labels 1,
        the estimate's error is

        - ((2 − F1) m_yes − F1 m_no) / (D + m_yes + m_no) for F1,
        - (m_yes − m_no) / n for accuracy,

        which are sums over records, so each group has its part in them.

        Parameters
        ----------
        labels, probabilities, groups : array of shape (n,)
            As for `fit`.
        by : array of shape (n,), optional
            Split by this column.

        Returns
        -------
        DataFrame, one row a group of ``by`` and decision
            ``by``, ``decision`` ("yes" or "no"), ``n``, ``expected``, ``actual`` (labels 1),
            ``miss`` (expected − actual), ``f1_error``, ``accuracy_error``: the part in
            estimate − truth. They add up to the whole error.

        Raises
        ------
        RecordsError, SettingError
            As `estimate` does.
        """
        y, p = zeros_and_ones(labels, "label"), as_probabilities(probabilities)
        check_lengths(labels=y, probabilities=p)
        if len(y) == 0:
            raise RecordsError("no records to compare: give those whose labels are there")
        yes = p > self.threshold
        records = pd.DataFrame(
            {
                "by": "all" if by is None else as_groups(by, len(y)),
                "decision": np.where(yes, "yes", "no"),
                "n": 1,
                "expected": self.calibration.chance(p, groups),
                "actual": y.astype(np.int64),
            }
        )
        table = records.groupby(["by", "decision"], as_index=False).sum()
        miss = table["expected"] - table["actual"]
        said = (table["decision"] == "yes").astype(np.float64)
        f1 = float(_figures(_counts(yes, y.astype(np.float64)))["f1"])
        whole = yes.sum() + table["expected"].sum()
        return table.assign(
            miss=miss,
            f1_error=(2 * said - f1) * miss / whole if whole else 0.0,
            accuracy_error=(2 * said - 1) * miss / len(y),
        )

    def _truth(self, labels: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
        y, p = zeros_and_ones(labels, "label"), as_probabilities(probabilities)
        check_lengths(labels=y, probabilities=p)
        return _counts(p > self.threshold, y.astype(np.float64))

    def _drawn(self, p: Floats, groups: npt.ArrayLike | None, rng: np.random.Generator) -> Floats:
        """Counts tp, fp, fn, tn in each draw, of shape (draws, 4)."""
        names = None if groups is None else as_groups(groups, len(p))
        sides = []
        for side in (p > self.threshold, p <= self.threshold):
            ones = self.calibration.draw(p[side], None if names is None else names[side], rng)
            sides += [ones, side.sum() - ones]
        return np.stack(sides, axis=1)


def _counts(yes: Mask, chance: Floats) -> Floats:
    """Expected tp, fp, fn, tn of records with these chances of label 1."""
    tp, ones = chance[yes].sum(), chance.sum()
    fp, fn = yes.sum() - tp, ones - tp
    return np.array([tp, fp, fn, len(yes) - tp - fp - fn])


def _figures(counts: Floats) -> dict[str, Any]:
    """Figures from counts tp, fp, fn, tn in the last dimension."""
    tp, fp, fn, tn = np.moveaxis(counts, -1, 0)
    n = tp + fp + fn + tn
    rate = (tp + fn) / n
    return {
        "f1": f1_score(tp, fp, fn),
        "precision": _share(tp, tp + fp),
        "recall": _share(tp, tp + fn),
        "accuracy": (tp + tn) / n,
        "base_rate": rate,
        "always_yes_f1": always_yes_f1(rate),
    }


def _share(part: Floats, whole: Floats) -> Any:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
