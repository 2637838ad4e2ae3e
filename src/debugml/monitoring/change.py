"""What moved? A change in a metric, split into what the mix did and what the model did.

Knows no taxis: two frames of scored records and column names in, one frame out.
Reweight, then compare (DiNardo, Fortin and Lemieux 1996): give the records of the
earlier period weights under which a column's shares are those of the later one, and
score them again. What that changes is the mix; what remains is within the groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
import pandas as pd

from ..errors import RecordsError, SettingError
from ..resampling import MIN_DAYS
from ..summary import Floats
from .report import OVER_DAYS, WITHIN_DAY
from .weighting import METRICS, Tally, cut, two_periods, weighted_metric

WITHIN, RANKING, THRESHOLD = "within groups", "ranking", "threshold"
NO_COUNTERPART = "no counterpart"
SUMS = ("total", "all mix", "all within")
PARTED = ("f1", "accuracy", "precision", "recall", "difference")
"""Metrics of decisions, whose part within groups is parted into ranking and threshold."""


def split_change(
    before: pd.DataFrame,
    after: pd.DataFrame,
    by: str | Sequence[str],
    *,
    metric: str = "f1",
    time: str = "time",
    label: str = "label",
    probability: str | None = "probability",
    prediction: str = "prediction",
    reverse: bool = False,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Split the change in a metric between two periods into steps that add up to it.

    The path runs over these states; each step is the metric at its end minus that at its
    start:

    1. `before`;
    2. `before`, reweighted to `after`'s shares of the first column; then to its joint shares
       of the first two, and so on: with ``by=("payment", "label")`` first the mix of
       payments, then the base rate within each;
    3. (step "ranking", see below) `after`, cut where it says yes as often as state 2 does;
    4. `after`, decided as it was, without the records that have no counterpart;
    5. `after` (step "no counterpart"): groups that `before` does not have can't be made by
       reweighting it (Ñopo 2008), so 2 to 4 leave them out, and this step tells their part.

    With the label among the columns, states 2 to 4 have the same groups and labels in the
    same shares: what differs is the model's probabilities given both. For AUC that step is
    "ranking". For the metrics of decisions, "ranking" compares two sets that say yes equally
    often, and "threshold" is what saying yes more or less often adds. Without the label, or
    for other metrics, or with ``probability=None``, there is one step, "within groups".

    The path is one of several: a step's value depends on what was changed before it.
    ``reverse=True`` reweights `after` to `before` and walks back; see how much it matters.
    Reweighting takes the groups as they are: it is arithmetic, and says no more about causes
    than the columns do.

    Parameters
    ----------
    before, after : DataFrame
        Scored records of two periods that have no records in common.
    by : str or sequence of str
        Columns whose shares are the mix, in the order of the steps, each within those
        before it. A missing value is a group of its own.
    metric : str
        ``f1``, ``accuracy``, ``precision``, ``recall``, ``difference`` (F1 − always-yes),
        ``auc``, ``brier``, ``positive_rate``, ``base_rate`` or ``always_yes_f1``.
    time, label, probability, prediction : str
        Names of the columns. Of the last two, only what the metric needs is read. Ties in
        the probability at the cut of state 3 say yes in the share that is needed.
    reverse : bool
        The other order. Rows still run from before to after.
    draws, seed : int
        Bootstrap resamples behind the intervals, and what fixes them.

    Returns
    -------
    DataFrame
        A row for ``before``, one a step, one for ``after``; then the ``total`` change, the
        columns' steps together (``all mix``) and those within groups (``all within``).
        ``step``; ``kind`` (``level``, ``step``, or ``sum`` of steps); ``value`` (of a level
        the metric, else the change); ``low``, ``high`` (95 % percentile interval);
        ``metric_after_step``; ``n``, the records of the state reached (of a reweighted one
        the effective number, Kish 1965; of "no counterpart" the records that have none);
        their ``share`` in their period; and ``interval``, which says what was resampled. Each
        period's days are resampled apart from the other's if both have 14 or more, else
        records within each day; shares and missing counterparts are found anew in each
        resample. The model stays as it is.

    Raises
    ------
    SchemaError
        If a column is missing.
    SettingError
        If the metric is not known, or there are no columns or draws.
    RecordsError
        If a period is empty, no group is in both, the metric is undefined on the way, a time
        is missing, or a label, prediction or probability is not what it should be.

    Examples
    --------
    >>> one = pd.DataFrame({"time": pd.Timestamp("2020-02-01"), "kind": list("aaab"),
    ...                     "label": [1, 1, 0, 0], "prediction": [1, 1, 1, 1]})
    >>> two = one.assign(time=pd.Timestamp("2020-04-01"), kind=list("abbb"), label=[1, 0, 0, 0])
    >>> split = split_change(one, two, "kind", metric="precision", draws=50)
    >>> split.set_index("step")["value"].round(3).to_dict()
    {'before': 0.5, 'kind': -0.333, 'within groups': 0.083, 'no counterpart': 0.0,
     'after': 0.25, 'total': -0.25, 'all mix': -0.333, 'all within': 0.083}
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    names = {"time": time, "label": label, "yes": prediction, "p": probability or ""}
    parted = metric in PARTED and label in columns and probability is not None
    _check(columns, metric, draws)
    read = {k: names[k] for k in ("time", "label", *_reads(metric, parted))}
    one, two = two_periods(before, after, columns, read)

    def states(of_one: Floats, of_two: Floats) -> list[State]:
        """From before to after, whichever is reweighted."""
        if reverse:
            return list(_path(two, of_two, one, of_one, parted))[::-1]
        return list(_path(one, of_one, two, of_two, parted))

    def values(path: list[State]) -> list[float]:
        return [weighted_metric(metric, *state) for state in path]

    path = states(one.n, two.n)
    levels = values(path)
    if np.isnan(levels).any():
        raise RecordsError(
            f"{metric} is undefined on the way: no group is in both periods, or a state holds "
            "one label only. Take coarser columns or another metric"
        )
    generator = np.random.default_rng(seed)
    over_days = min(one.days, two.days) >= MIN_DAYS
    resamples = zip(
        one.resamples(draws, over_days, generator),
        two.resamples(draws, over_days, generator),
        strict=True,
    )
    drawn = [values(states(*weights)) for weights in resamples]
    rows = partial(_rows, columns=len(columns), reverse=reverse)
    # A resample in which the metric is undefined on the way says nothing.
    low, high = np.nanquantile(rows(np.array(drawn)), [0.025, 0.975], axis=0)

    within = (RANKING, THRESHOLD) if parted else (_within(metric, label in columns),)
    steps = [*columns, *within, NO_COUNTERPART]
    n, share = _behind(path, reverse=reverse)
    both = len(before) + len(after)
    return pd.DataFrame(
        {
            "step": ["before", *(steps[::-1] if reverse else steps), "after", *SUMS],
            "kind": ["level", *["step"] * len(steps), "level", *["sum"] * len(SUMS)],
            "value": rows(np.array(levels)),
            "low": low,
            "high": high,
            "metric_after_step": [*levels, *[levels[-1]] * (1 + len(SUMS))],
            "n": [*n, *[both] * len(SUMS)],
            "share": [*share, *[1.0] * len(SUMS)],
            "interval": OVER_DAYS if over_days else WITHIN_DAY,
        }
    )


State: TypeAlias = tuple[Tally, Floats, Floats]
"""Cells, their weights, and the share of each that is decided yes."""


def _path(first: Tally, one: Floats, second: Tally, two: Floats, parted: bool) -> Iterator[State]:
    """The states from the first period, with these weights, to the second."""
    common = np.bincount(first.groups[-1], one, minlength=second.groups[-1].max() + 1) > 0
    matched = two * common[second.groups[-1]]
    yield first, one, first.yes
    weights = one
    for mine, theirs in zip(first.groups, second.groups, strict=True):
        groups = max(mine.max(), theirs.max()) + 1
        have, want = np.bincount(mine, one, groups), np.bincount(theirs, matched, groups)
        ratio = np.divide(want, have, out=np.zeros(groups), where=have > 0)
        weights = one * ratio[mine]
        yield first, weights, first.yes
    if parted:
        yield second, matched, cut(second, matched, float(weights @ first.yes))
    yield second, matched, second.yes
    yield second, two, second.yes


def _rows(levels: Floats, columns: int, *, reverse: bool) -> Floats:
    """Values of the table's rows, from the metric in each state from before to after."""
    steps = np.diff(levels, axis=-1)
    first, last = levels[..., :1], levels[..., -1:]
    mix, within = slice(columns), slice(columns, -1)
    if reverse:
        mix, within = slice(-columns, None), slice(1, -columns)
    sums = [steps[..., part].sum(axis=-1, keepdims=True) for part in (mix, within)]
    return np.concatenate([first, steps, last, last - first, *sums], axis=-1)


def _behind(path: list[State], *, reverse: bool) -> tuple[Floats, Floats]:
    """Records behind the rows of levels and steps, and their share of their period's."""
    # Kish (1965): as many unweighted records would be as uncertain.
    n = np.array([w.sum() ** 2 / (w**2 / cells.n).sum() for cells, w, _ in path])
    whole = np.array([cells.n.sum() for cells, _, _ in path])
    # Each step has the records of the state that it reaches, but for those without any match.
    row, matched, end = (1, 1, 0) if reverse else (len(n) - 1, -2, -1)
    at = np.array([*range(len(n)), len(n) - 1])
    n, whole, lost = n[at], whole[at], n[end] - n[matched]
    n[row], whole[row] = lost, whole[at[end]]
    return n, n / whole


def _reads(metric: str, parted: bool) -> tuple[str, ...]:
    if metric in ("auc", "brier"):
        return ("p",)
    return ("yes", "p") if parted else ("yes",)


def _within(metric: str, labelled: bool) -> str:
    return RANKING if metric == "auc" and labelled else WITHIN


def _check(by: tuple[str, ...], metric: str, draws: int) -> None:
    if metric not in METRICS:
        raise SettingError(f"metric is {metric!r}: take one of {', '.join(METRICS)}")
    if not by or len(set(by)) < len(by):
        raise SettingError(f"by is {by!r}: name one column or several, each once")
    if draws < 1:
        raise SettingError(f"draws is {draws}: an interval needs resamples, say 1000")
