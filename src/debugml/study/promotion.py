"""Promotion: would the gate have shipped it, what did it let through, and was it worth it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ..by_day import FIGURES
from ..features import featurize
from ..lineage import note
from ..losses import floored_losses
from ..metrics import THRESHOLD, ScoreCounts, always_yes_f1
from ..promotion import (
    Candidate,
    Decision,
    Draws,
    Facts,
    Gate,
    Served,
    folds,
    gated_history,
    plan,
    reviewed,
    rolling_validation,
)
from ..promotion.evidence import sums_by_day
from ..promotion.rolling import NOT_ASKED, Fold
from ..training import Forest, fit_forest, fitted, predict_proba
from .base import ALL_MONTHS, TRAIN, files_of, in_memory, model_of, result
from .corrupted import corrupted

ALWAYS_YES, CHAMPION_F1 = "f1_above_always_yes", "f1_against_champion"

GATES: dict[str, tuple[str, ...]] = {
    "every criterion": (),
    "without always-yes": (ALWAYS_YES,),
    "without F1": (ALWAYS_YES, CHAMPION_F1),
}
"""The gate as it is, and with fewer questions: by name, what is not asked."""

SPANS = {"all": ("2018", "2021"), "2018–19": ("2018", "2020"), "2020": ("2020", "2021")}
"""Months in service that means are taken over: from the first, before the second."""

VERSUS = "no gate"

WHOLE = "every criterion"
"""The gate whose decisions are recorded; the others are what-ifs."""

SHIPS = "without F1"
"""The gate whose releases are reviewed: it lets the most through."""

EARLIER = ("2019-10", "2019-11", "2019-12")


@result
def rolling_folds(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Train on each month, validate on the next: figures, intervals, and the gate's criteria.

    Returns
    -------
    DataFrame, one row a fold
        Of `promotion.rolling_validation`, without the reasons; ``threshold``, half of always-yes'
        F1 in the training month; ``at_threshold`` (F1 − always-yes there) with
        ``at_threshold_low``, ``at_threshold_high``; ``positive_rate`` (share of yes there). F1
        wants decisions at half of the best F1 that can be had (Lipton et al. 2014). Half of
        always-yes' is a lower bound of that, which comes close for weak models.
    """
    turns = _folds(months, seed)
    table = rolling_validation(turns)
    found = [_at_half(model, candidate) for model, candidate in turns]
    table = table.join(pd.DataFrame(found))
    # Nothing there that its estimate doesn't say.
    told = [f"{name}_{end}" for name in ("calibration", "data") for end in ("low", "high")]
    return table.drop(columns=["reasons", *told])


@result
def gate_talk(
    train: str = TRAIN,
    validate: str = "2020-02",
    earlier: tuple[str, ...] = EARLIER,
    seeds: tuple[int, ...] = tuple(range(8)),
) -> pd.DataFrame:
    """Would the gate have shipped the talk's model? With nothing in service before it.

    Each seed's decision is recorded.

    Returns
    -------
    DataFrame, one row a seed and a criterion
        ``seed``, ``outcome``, ``criterion``, ``value``, ``low``, ``high``, ``limit``, ``passed``,
        ``reason``.
    """
    frames = _frames((*earlier, train, validate))
    rows = []
    for seed in seeds:
        model = model_of(train, seed)
        decision = Gate.default().decide(
            _candidate(frames, model, (train, validate), f"forest {train}, seed {seed}")
        )
        note(decision.run())
        rows.append(decision.checks.assign(seed=seed, outcome=decision.outcome))
    table = pd.concat(rows, ignore_index=True)
    return table[["seed", "outcome", *(name for name in table if name not in ("seed", "outcome"))]]


@result
def gate_history(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Three gates on 35 months: each month's model asks to replace the last one promoted.

    Decisions of the whole gate are recorded; the other gates are what-ifs.

    Returns
    -------
    DataFrame, one row a gate and a fold
        ``gate`` and the columns of `promotion.gated_history`; a criterion that a gate does not
        have is "not asked".
    """
    turns, parts = _folds(months, seed), []
    for name, left in GATES.items():
        gate = Gate.default().without(*left)
        record = _recorded if name == WHOLE else None
        parts.append(gated_history(turns, gate, record).assign(gate=name))
    table = pd.concat(parts, ignore_index=True).fillna(NOT_ASKED)
    return table[["gate", *(name for name in table if name != "gate")]]


@result
def gate_worth(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """What was in service with each gate, with none and with no model, and what it scored.

    Returns
    -------
    DataFrame, one row a span, a figure and a way of working
        ``span`` (all, 2018–19, 2020) and the columns of `promotion.Served.means`: ``way``,
        ``figure`` (``f1``; ``log_loss``, floored), ``months``, ``value``, ``difference`` from no
        gate, ``low``, ``high``; and ``models``, how many different ones were in service.
    """
    history = gate_history(months=months, seed=seed)
    planned = plan({str(name): part for name, part in history.groupby("gate", sort=False)})
    served = Served(_frames(months), planned, _fit(seed))
    rows = []
    for span, (first, end) in SPANS.items():
        of_span = [m for m in dict.fromkeys(planned["month"]) if first <= m < end]
        if of_span:
            used = planned[planned["month"].isin(of_span)].groupby("way")["model"].nunique()
            table = served.means(VERSUS, of_span)
            rows.append(table.assign(span=span, models=table["way"].map(used)))
    return pd.concat(rows, ignore_index=True)


@result
def gate_reviews(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Each release of the gate without F1 against its predecessor, a month later.

    Returns
    -------
    DataFrame, one row a figure of a release
        Of `promotion.reviewed`.
    """
    turns, gate = _folds(months, seed), Gate.default().without(*GATES[SHIPS])
    return reviewed(turns, gated_history(turns, gate), gate)


@result
def gate_cases(
    train: str = TRAIN,
    validate: str = "2020-02",
    earlier: tuple[str, ...] = EARLIER,
    seed: int = 0,
) -> pd.DataFrame:
    """Challengers from a corrupted month, and some that only say yes, before two gates.

    The champion is the forest of the last earlier month, as it would have been.

    Returns
    -------
    DataFrame, one row a case and a gate
        ``case``, ``gate``, ``outcome``, ``failed``, ``reasons``; ``f1_above_always_yes``,
        ``auc``, ``log_loss`` (floored) in the validation month.
    """
    frames = _frames((*earlier, train, validate))
    clean, later = frames[train], frames[validate]
    months = (train, validate)
    champion = _candidate(frames, model_of(earlier[-1], seed), (earlier[-1], validate))
    challengers: dict[str, tuple[Forest, Candidate]] = {}
    for case, frame in corrupted(clean, seed).items():
        if case == "as it is":
            model = model_of(train, seed)
        else:
            model, run = fitted(
                partial(fit_forest, frame, seed=seed),
                f"forest {train}, {case}, seed {seed}",
                files_of([train]),
                {"train": train, "case": case, "seed": seed},
            )
            note(run)
        changed = {**frames, train: frame}
        challengers[case] = model, _candidate(changed, model, months, case)
    model = model_of(train, seed)
    p = predict_proba(model, later).to_numpy()
    for case, forced in (
        ("yes, and the base rate", np.full(len(later), model.base_rate)),
        ("yes, ranked by the forest", np.maximum(p, np.nextafter(0.5, 1))),
    ):
        challengers[case] = model, _candidate(frames, model, months, case, forced)
    rows = []
    for case, (_, candidate) in challengers.items():
        for gate in (WHOLE, "without always-yes"):
            decision = Gate.default().without(*GATES[gate]).decide(candidate, champion)
            if gate == WHOLE:
                note(decision.run())
            rows.append({"case": case, "gate": gate} | _said(decision) | _figures(candidate))
    return pd.DataFrame(rows)


def _at_half(model: Forest, candidate: Candidate) -> dict[str, float]:
    """F1 − always-yes where decisions are made at half of always-yes' F1."""
    rules, period = Gate.default().rules, candidate.period
    threshold = float(always_yes_f1(model.base_rate)) / 2
    # F1 reads decisions only: moved so, they are made at one half.
    moved = replace(period, probabilities=np.clip(period.p + THRESHOLD - threshold, 0, 1))
    draws = Draws.of(period, rules.draws, rules.level, rules.seed)
    totals = draws.totals(sums_by_day(moved, model.base_rate))
    at = draws.estimate(FIGURES[ALWAYS_YES](totals))
    return {
        "threshold": threshold,
        "at_threshold": at.value,
        "at_threshold_low": at.low,
        "at_threshold_high": at.high,
        "positive_rate": float((moved.p > THRESHOLD).mean()),
    }


def _fit(seed: int) -> Callable[[str, pd.DataFrame], Forest]:
    return lambda month, _: model_of(month, seed)


def _folds(months: Sequence[str], seed: int) -> list[Fold]:
    files = dict(zip(months, files_of(months), strict=True))
    return list(folds(_frames(months), _fit(seed), files))


def _recorded(decision: Decision) -> None:
    note(decision.run())


def _frames(months: Sequence[str]) -> dict[str, pd.DataFrame]:
    return {month: featurize(in_memory(month)) for month in months}


def _candidate(
    frames: dict[str, pd.DataFrame],
    model: Forest,
    months: tuple[str, str],
    name: str = "",
    p: np.ndarray | None = None,
) -> Candidate:
    train, validate = months
    # What data checks compare with, the decision rests on too.
    compared = list(frames)[: list(frames).index(train)]
    return Candidate.of(
        model,
        frames[validate],
        months=months,
        train=frames[train],
        before=[Facts.of(month, frames[month]) for month in compared],
        name=name,
        files=files_of([*compared, *months]),
        probabilities=p,
    )


def _said(decision: Decision) -> dict[str, str]:
    return {
        "outcome": decision.outcome,
        "failed": ", ".join(decision.failed),
        "reasons": "; ".join(decision.reasons),
    }


def _figures(candidate: Candidate) -> dict[str, float]:
    found = ScoreCounts.of(candidate.period.y, candidate.period.p).score()
    return {
        ALWAYS_YES: found.f1 - found.always_yes_f1,
        "auc": found.auc,
        "log_loss": float(np.mean(floored_losses(candidate.period.y, candidate.period.p))),
    }
