"""Is the process good enough? Train on each month, validate on the next, ask the gate.

One validated model says that one month went well. The folds of three years say how often
the same recipe, run again, would have been let through.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..errors import RecordsError
from ..lineage import Artifact
from ..losses import floored_losses
from ..metrics import ScoreCounts
from ..training import Forest, fit_forest, predict_proba
from ..trips import months_between
from .candidate import Candidate
from .checks import DataLimits, Facts
from .criteria import SAID
from .decision import Decision
from .gate import Gate

Fit = Callable[[str, pd.DataFrame], Forest]
"""From a month's name and its features to a model."""

Fold = tuple[Forest, Candidate]
"""A model, and how it scored in the month after its training month."""

MET, NOT_MET, NOT_ASKED = "met", "not met", "not asked"


def folds(
    frames: Mapping[str, pd.DataFrame],
    fit: Fit | None = None,
    files: Mapping[str, Artifact] | None = None,
    before: int = DataLimits.months,
) -> Iterator[Fold]:
    """A model of each month with its scores in the next month, in order.

    Parameters
    ----------
    frames : mapping from month to DataFrame
        As `debugml.featurize` gives them: months in a row, in order of time.
    fit : function, optional
        By default `debugml.fit_forest`.
    files : mapping from month to lineage.Artifact, optional
    before : int
        Months before the training month that data checks may compare with, where there are as
        many: a decision rests on their files too.

    Raises
    ------
    RecordsError
        If there are fewer than two months, or one is out of order or missing between them.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> frames = {m: featurize(load(m, source="sample")) for m in ("2020-01", "2020-02")}
    >>> [candidate.name for _, candidate in folds(frames, lambda m, f: fit_forest(f, 5))]
    ['forest 2020-01']
    """
    if len(frames) < 2:
        raise RecordsError(f"{len(frames)} months: give two or more, to train on and to validate")
    for month, later in itertools.pairwise(frames):
        if later <= month or len(months_between(month, later)) > 2:
            raise RecordsError(
                f"{later} stands after {month}: give months in a row, in order of time"
            )
    names = list(frames)
    facts = {month: Facts.of(month, frame) for month, frame in frames.items()}
    for turn, (month, later) in enumerate(itertools.pairwise(names)):
        compared = names[max(0, turn - before) : turn]
        model = fit_forest(frames[month]) if fit is None else fit(month, frames[month])
        yield (
            model,
            Candidate.of(
                model,
                frames[later],
                months=(month, later),
                train=facts[month],
                before=[facts[m] for m in compared],
                files=[files[m] for m in (*compared, month, later) if m in files] if files else (),
            ),
        )


def rolling_validation(turns: Iterable[Fold], gate: Gate | None = None) -> pd.DataFrame:
    """Each fold before the gate, as if nothing were in service yet.

    Parameters
    ----------
    turns : iterable of pairs
        Of `folds`.
    gate : Gate, optional
        By default `Gate.default`.

    Returns
    -------
    DataFrame, one row a fold
        ``train``, ``validate``; ``n``, ``base_rate``, ``f1``, ``always_yes_f1``, ``auc``,
        ``log_loss`` (floored) in the validation month; by criterion its figure under its own
        name, with ``…_low``, ``…_high`` and ``…_met``; ``outcome``, ``failed`` (names, or ""),
        ``reasons``.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> frames = {m: featurize(load(m, source="sample")) for m in ("2020-01", "2020-02")}
    >>> gate = Gate.default().without("worst_slice")
    >>> table = rolling_validation(folds(frames, lambda m, f: fit_forest(f, 20)), gate)
    >>> table[["train", "validate", "skill_met", "outcome"]].values.tolist()
    [['2020-01', '2020-02', True, 'hold']]
    """
    gate = gate or Gate.default()
    rows = []
    for _, candidate in turns:
        decision, period = gate.decide(candidate), candidate.period
        found = ScoreCounts.of(period.y, period.p).score()
        row: dict[str, Any] = {
            "train": candidate.facts[0].month, "validate": period.name, "n": found.n,
            "base_rate": found.base_rate, "f1": found.f1, "always_yes_f1": found.always_yes_f1,
            "auc": found.auc, "log_loss": float(np.mean(floored_losses(period.y, period.p))),
        }  # fmt: skip
        for check in decision.checks.to_dict("records"):
            name = check["criterion"]
            row |= {name: check["value"], f"{name}_low": check["low"]}
            row |= {f"{name}_high": check["high"], f"{name}_met": check["passed"]}
        rows.append(row | _outcome(decision))
    return pd.DataFrame(rows)


def cleared(table: pd.DataFrame) -> pd.DataFrame:
    """In how many folds each criterion is met, and all of them.

    Parameters
    ----------
    table : DataFrame
        Of `rolling_validation`.

    Returns
    -------
    DataFrame, one row a criterion, then ``all``
        ``criterion``, ``met``, ``folds``.

    Examples
    --------
    >>> table = pd.DataFrame({"skill_met": [True, False], "outcome": ["promote", "hold"]})
    >>> cleared(table).values.tolist()
    [['skill', 1, 2], ['all', 1, 2]]
    """
    names = [name for name in SAID if f"{name}_met" in table]
    met = [int(table[f"{name}_met"].sum()) for name in names]
    met.append(int((table["outcome"] == "promote").sum()))
    return pd.DataFrame({"criterion": [*names, "all"], "met": met, "folds": len(table)})


def gated_history(
    turns: Iterable[Fold],
    gate: Gate | None = None,
    record: Callable[[Decision], object] | None = None,
) -> pd.DataFrame:
    """Month after month: the model of the month before asks to replace the last one promoted.

    It is judged on the first of the month on all of the last month's records, labels too:
    as if no label came late.

    Parameters
    ----------
    turns, gate
        As for `rolling_validation`.
    record : function, optional
        Called with each decision, such as to write its run into the lineage.

    Returns
    -------
    DataFrame, one row a fold
        ``train``, ``validate``, ``champion`` (its training month, "none" before the first),
        ``outcome``, ``failed``, ``reasons``; ``in_service`` (after the decision: a training
        month, or "none"); and by criterion "met", "not met" or "not asked".

    Examples
    --------
    >>> from debugml import featurize, load
    >>> frames = {m: featurize(load(m, source="sample")) for m in ("2020-01", "2020-02")}
    >>> gate = Gate.default().without("f1_above_always_yes", "worst_slice")
    >>> table = gated_history(folds(frames, lambda m, f: fit_forest(f, 20)), gate)
    >>> table[["champion", "outcome", "in_service"]].values.tolist()
    [['none', 'promote', '2020-01']]
    """
    gate = gate or Gate.default()
    names = [c.name for c in gate.rules.criteria] + ["data"] * (gate.rules.data is not None)
    champion: Fold | None = None
    rows = []
    for model, candidate in turns:
        decision = gate.decide(candidate, champion and again(*champion, candidate))
        if record is not None:
            record(decision)
        before = champion[1].facts[0].month if champion else "none"
        if decision.outcome == "promote":
            champion = model, candidate
        row: dict[str, Any] = {
            "train": candidate.facts[0].month, "validate": candidate.period.name,
            "champion": before,
        }  # fmt: skip
        row |= _outcome(decision)
        row["in_service"] = champion[1].facts[0].month if champion else "none"
        met = dict(zip(decision.checks["criterion"], decision.checks["passed"], strict=True))
        row |= {n: NOT_ASKED if n not in met else MET if met[n] else NOT_MET for n in names}
        rows.append(row)
    return pd.DataFrame(rows)


def again(model: Forest, candidate: Candidate, other: Candidate) -> Candidate:
    """A candidate of before, scored on another's records; the data checks are of these alone.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> months = ("2020-01", "2020-02", "2020-03")
    >>> frames = {m: featurize(load(m, source="sample")) for m in months}
    >>> (model, first), (_, second) = folds(frames, lambda m, f: fit_forest(f, 5))
    >>> later = again(model, first, second)
    >>> later.name, later.period.name, [facts.month for facts in later.facts]
    ('forest 2020-01', '2020-03', ['2020-03'])
    """
    *known, judged = (*other.before, *other.facts)
    p = predict_proba(model, other.period.features)
    return replace(
        candidate,
        period=replace(other.period, probabilities=p),
        facts=(judged,),
        before=tuple(known),
        # The other's model has no part in this; its months' files have.
        used=tuple(dict.fromkeys((*candidate.used, *other.used[1:]))),
    )


def _outcome(decision: Decision) -> dict[str, str]:
    return {
        "outcome": decision.outcome,
        "failed": ", ".join(decision.failed),
        "reasons": "; ".join(decision.reasons),
    }
