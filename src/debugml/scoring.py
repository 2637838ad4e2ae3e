"""`Score` of a frame on any engine: exact, and never all probabilities in one place.

AUC compares every record of label 1 with every one of label 0, so it needs them in the order
of their probability. On Dask they are moved once, so that each partition has one range of
probabilities; pairs within a range are counted where it lies, pairs across ranges follow
from the numbers of records. What moves is each partition's different probabilities with
their counts, never a feature.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .engines import by_part, by_range, in_partitions, to_pandas
from .metrics import Score, ScoreCounts, ScoreSums
from .summary import Floats, ValueCounts, summarise


def score_frame(
    frame: Any, label: str, probability: str, train_base_rate: float | None = None
) -> Score:
    """All figures of a frame of scored records.

    Parameters
    ----------
    frame : DataFrame of shape (n, …)
        Of any engine. Each record has a label, 0 or 1, and a probability.
    label, probability : str
        The columns.
    train_base_rate : float, optional
        See `metrics.ScoreCounts.score`.

    Returns
    -------
    Score
        The same on any engine and for any split, but for the last digits of ``log_loss``,
        ``brier`` and the skills, which are sums of many.

    Raises
    ------
    RecordsError
        If there are no records, a label is not 0 or 1, or a probability is outside [0, 1].

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 1, 1], "p": [0.1, 0.6, 0.4, 0.9]})
    >>> score_frame(frame, "y", "p").auc
    0.75
    """
    columns = [label, probability]
    if not in_partitions(frame):
        return _counts(to_pandas(frame[columns]), *columns).score(train_base_rate)
    counted = by_part(frame[columns], _distinct, *columns)
    by_probability = by_range(counted, "probability", _bounds(counted))
    return summarise(by_probability, _Ranges.of).sums().score(train_base_rate)


def _counts(part: pd.DataFrame, label: str, probability: str) -> ScoreCounts:
    return ScoreCounts.of(part[label].to_numpy(), part[probability].to_numpy())


def _distinct(part: Any, label: str, probability: str) -> pd.DataFrame:
    """Each probability of a part once, with its numbers of labels 0 and 1."""
    counts = _counts(to_pandas(part), label, probability)
    values = np.union1d(counts.negatives.values, counts.positives.values)
    found: dict[str, npt.NDArray[Any]] = {"probability": values}
    for name, side in (("zeros", counts.negatives), ("ones", counts.positives)):
        each = np.zeros(len(values), dtype=np.int64)
        each[np.searchsorted(values, side.values)] = side.counts
        found[name] = each
    return pd.DataFrame(found)


def _bounds(counted: Any) -> list[float]:
    """Ranges with about as many records each, as the first partition has them; any would do."""
    first: pd.DataFrame = counted.partitions[0].compute()
    between: Floats = np.empty(0)
    if len(first):
        between = np.quantile(
            first["probability"], np.arange(1, counted.npartitions) / counted.npartitions
        )
    bounds: list[float] = np.unique(np.concatenate([[0.0], between, [1.0]])).tolist()
    return bounds


@dataclass(frozen=True)
class _Ranges:
    """Mergeable summary: the sums of ranges of probability that do not overlap."""

    by_lowest: dict[float, ScoreSums]

    @classmethod
    def of(cls, part: pd.DataFrame) -> _Ranges:
        if part.empty:
            return cls({})
        # Of several partitions, a probability comes several times.
        part = part.groupby("probability", as_index=False).sum()
        values = part["probability"].to_numpy()
        sides = []
        for name in ("zeros", "ones"):
            counts = part[name].to_numpy()
            sides.append(ValueCounts(values[counts > 0], counts[counts > 0]))
        return cls({float(values[0]): ScoreCounts(*sides).sums()})

    def merge(self, other: _Ranges) -> _Ranges:
        return _Ranges(self.by_lowest | other.by_lowest)

    def sums(self) -> ScoreSums:
        """Of all records, the pairs across ranges included."""
        ordered = [self.by_lowest[lowest] for lowest in sorted(self.by_lowest)]
        totals = {f.name: sum(getattr(s, f.name) for s in ordered) for f in fields(ScoreSums)}
        zeros = np.cumsum([0, *(s.zeros for s in ordered)]).tolist()
        across = sum(below * s.ones for below, s in zip(zeros, ordered, strict=False))
        return ScoreSums(**totals | {"pairs": float(totals["pairs"] + across)})
