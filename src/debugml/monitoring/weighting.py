"""Scored records of a period, alike ones counted together, so that weights are cheap to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..errors import RecordsError, SchemaError
from ..labels import as_probabilities, zeros_and_ones
from ..metrics import always_yes_f1, f1_score
from ..resampling import require_times, resample_days
from ..summary import Floats, Ints

METRICS = (
    *("f1", "accuracy", "precision", "recall", "difference", "auc", "brier"),
    *("positive_rate", "base_rate", "always_yes_f1"),
)


@dataclass(frozen=True)
class Tally:
    """Counts of records that share day, group, label, decision and probability.

    Attributes
    ----------
    groups : tuple of int64 arrays of shape (cells,)
        Each cell's group by the first column, by the first two, and so on.
    day : int64 array of shape (cells,)
        The day's number, from 0.
    y, yes, p, n : float64 arrays of shape (cells,)
        Label, decision, probability (ascending), and how many records.
    """

    groups: tuple[Ints, ...]
    day: Ints
    y: Floats
    yes: Floats
    p: Floats
    n: Floats

    @property
    def days(self) -> int:
        """How many days have records."""
        return int(self.day.max()) + 1

    @cached_property
    def runs(self) -> Ints:
        """Where each run of equal probabilities starts."""
        return np.flatnonzero(np.diff(self.p, prepend=-1.0) > 0)

    def resamples(
        self, draws: int, over_days: bool, generator: np.random.Generator
    ) -> Iterator[Floats]:
        """Each cell's records in each resample: of days, or of records within each day."""
        if over_days:
            for often in resample_days(self.days, draws, generator):
                yield self.n * often[self.day]
            return
        of_day = [np.flatnonzero(self.day == day) for day in range(self.days)]
        for _ in range(draws):
            drawn = np.zeros_like(self.n)
            for at in of_day:
                n = self.n[at].sum()
                drawn[at] = generator.multinomial(int(n), self.n[at] / n)
            yield drawn


def two_periods(
    before: pd.DataFrame, after: pd.DataFrame, by: Sequence[str], read: Mapping[str, str]
) -> tuple[Tally, Tally]:
    """Tallies of two periods, whose groups have the same numbers in both.

    Parameters
    ----------
    by : sequence of str
        Columns that make the groups; a missing value is a value.
    read : mapping
        Columns of ``time`` and ``label``, and as wanted of ``yes`` and ``p``.

    Raises
    ------
    SchemaError
        If a column is missing.
    RecordsError
        If a period is empty, a time is missing, or a value is not what it should be.

    Examples
    --------
    >>> days = pd.DataFrame({"t": pd.to_datetime(["2020-02-01", "2020-02-02"]), "y": [1, 0]})
    >>> one, two = two_periods(days, days[:1], ["y"], {"time": "t", "label": "y"})
    >>> one.groups[0].tolist(), two.groups[0].tolist(), one.days
    ([1, 0], [1], 2)
    """
    wanted = list(dict.fromkeys([*by, *read.values()]))
    for said, frame in (("before", before), ("after", after)):
        lacking = [name for name in wanted if name not in frame.columns]
        if lacking:
            raise SchemaError(f"{said} has no column {', '.join(lacking)}: name one that it has")
        if frame.empty:
            raise RecordsError(f"{said} has no records: there is no change to split")
    both = pd.concat([before[wanted], after[wanted]], ignore_index=True)
    require_times(both[read["time"]])
    columns = {
        "second": np.arange(len(both)) >= len(before),
        "p": as_probabilities(both[read["p"]]) if "p" in read else 0.0,
        "day": both[read["time"]].dt.normalize(),
        "y": zeros_and_ones(both[read["label"]], "label"),
        "yes": zeros_and_ones(both[read["yes"]], "prediction") if "yes" in read else False,
    }
    for level in range(len(by)):
        group = both.groupby(list(by[: level + 1]), dropna=False, observed=True)
        columns[f"group{level}"] = group.ngroup()
    cells = pd.DataFrame(columns).groupby(list(columns)).size().rename("n").reset_index()
    one, two = (_period(part, len(by)) for _, part in cells.groupby("second"))
    return one, two


def _period(part: pd.DataFrame, levels: int) -> Tally:
    return Tally(
        groups=tuple(part[f"group{level}"].to_numpy() for level in range(levels)),
        day=pd.factorize(part["day"])[0].astype(np.int64),
        **{name: part[name].to_numpy(dtype=np.float64) for name in ("y", "yes", "p", "n")},
    )


def cut(cells: Tally, weights: Floats, positives: float) -> Floats:
    """Say yes to the most probable records, until they weigh this much.

    Returns
    -------
    float64 array of shape (cells,)
        Share of each cell that is a yes: 1 above the cut, 0 below; among those tied at the
        cut the share that is needed.

    Examples
    --------
    >>> day = pd.DataFrame({"t": pd.Timestamp("2020-02-01"), "y": [0, 0, 1], "p": [0.1, 0.5, 0.5]})
    >>> one, _ = two_periods(day, day, ["y"], {"time": "t", "label": "y", "p": "p"})
    >>> cut(one, np.array([4.0, 1.0, 3.0]), 3).tolist()
    [0.0, 0.75, 0.75]
    """
    tied = np.add.reduceat(weights, cells.runs)
    above = np.cumsum(tied[::-1])[::-1] - tied
    share = np.divide(positives - above, tied, out=np.zeros_like(tied), where=tied > 0)
    found: Floats = np.repeat(share.clip(0, 1), np.diff(cells.runs, append=len(cells.p)))
    return found


def weighted_metric(metric: str, cells: Tally, weights: Floats, yes: Floats) -> float:
    """One of `METRICS` on weighted cells, decided as `yes` says; NaN if it is undefined.

    Precision, recall and F1 are 0 where nothing is positive, scikit-learn's default.

    Examples
    --------
    >>> day = pd.DataFrame({"t": pd.Timestamp("2020-02-01"), "y": [1, 0], "yes": [1, 1]})
    >>> one, _ = two_periods(day, day, ["y"], {"time": "t", "label": "y", "yes": "yes"})
    >>> weighted_metric("precision", one, np.array([1.0, 3.0]), one.yes)  # the label 0 comes first
    0.75
    """
    total = weights.sum()
    if total <= 0:
        return float("nan")
    y = cells.y
    if metric == "auc":
        return _auc(cells, weights)
    if metric == "brier":
        return float(weights @ (cells.p - y) ** 2 / total)
    positives, said, tp = weights @ y, weights @ yes, weights @ (y * yes)
    f1, always = f1_score(tp, said - tp, positives - tp), always_yes_f1(positives / total)
    figures = {
        "f1": f1,
        "always_yes_f1": always,
        "difference": f1 - always,
        "accuracy": (total - positives - said + 2 * tp) / total,
        "precision": tp / said if said else 0.0,
        "recall": tp / positives if positives else 0.0,
        "positive_rate": said / total,
        "base_rate": positives / total,
    }
    return float(figures[metric])


def _auc(cells: Tally, weights: Floats) -> float:
    tied = np.add.reduceat(weights, cells.runs)
    ones = np.add.reduceat(weights * cells.y, cells.runs)
    zeros = tied - ones
    pairs = zeros.sum() * ones.sum()
    if pairs <= 0:
        return float("nan")
    # Zeros below, and half of those tied.
    return float((np.cumsum(zeros) - zeros / 2) @ ones / pairs)
