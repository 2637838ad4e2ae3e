"""Promotion: would the gate have shipped it, what did it let through, and was it worth it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import replace

import numpy as np
import pandas as pd

from ..features import LABEL, featurize
from ..lineage import note
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
    rolling_validation,
)
from ..promotion.evidence import FIGURES, sums_by_day
from ..promotion.rolling import NOT_ASKED
from ..training import Forest, fit_forest, predict_proba
from .base import ALL_MONTHS, TRAIN, files_of, in_memory, model_of, result

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

EARLIER = ("2019-10", "2019-11", "2019-12")


@result
def rolling_folds(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Train on each month, validate on the next: figures, intervals, and the gate's criteria.

    Returns
    -------
    DataFrame, one row a fold
        Of `promotion.rolling_validation`, without the reasons; ``threshold``, half of always-yes'
        F1 in the training month, which is where F1 wants decisions to be made (Lipton et al.
        2014); ``at_threshold`` (F1 − always-yes there) with ``at_threshold_low``,
        ``at_threshold_high``; ``positive_rate`` (share of yes there).
    """
    frames = _frames(months)
    table = rolling_validation(frames, Gate.default(), _fit(seed))
    found = [_at_half(model, candidate) for model, candidate in folds(frames, _fit(seed))]
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

    Returns
    -------
    DataFrame, one row a seed and a criterion
        ``seed``, ``outcome``, ``criterion``, ``value``, ``low``, ``high``, ``limit``, ``passed``,
        ``reason``.
    """
    frames = _frames((*earlier, train, validate))
    rows = []
    for seed in seeds:
        fit = model_of if seed == seeds[0] else _quietly
        model = fit(train, seed)
        decision = Gate.default().decide(
            _candidate(frames, model, (train, validate), f"forest {train}, seed {seed}")
        )
        if seed == seeds[0]:
            note(decision.run())
        rows.append(decision.checks.assign(seed=seed, outcome=decision.outcome))
    table = pd.concat(rows, ignore_index=True)
    return table[["seed", "outcome", *(name for name in table if name not in ("seed", "outcome"))]]


@result
def gate_history(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Three gates on 35 months: each month's model asks to replace the last one promoted.

    Returns
    -------
    DataFrame, one row a gate and a fold
        ``gate`` and the columns of `promotion.gated_history`; a criterion that a gate does not
        have is "not asked".
    """
    frames, files = _frames(months), dict(zip(months, files_of(months), strict=True))
    fit, parts = _fit(seed), []
    for name, left in GATES.items():
        history = gated_history(frames, Gate.default().without(*left), fit, files)
        parts.append(history.assign(gate=name))
    table = pd.concat(parts, ignore_index=True).fillna(NOT_ASKED)
    return table[["gate", *(name for name in table if name != "gate")]]


@result
def gate_worth(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """What was in service with each gate, with none and with no model, and what it scored.

    Returns
    -------
    DataFrame, one row a span, a figure and a way of working
        ``span`` (all, 2018–19, 2020) and the columns of `promotion.Served.means`: ``way``,
        ``figure`` (``f1``, ``log_loss``), ``months``, ``value``, ``difference`` from no gate,
        ``low``, ``high``; and ``models``, how many different ones were in service.
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
        ``auc``, ``log_loss`` in the validation month.
    """
    frames = _frames((*earlier, train, validate))
    clean, later = frames[train], frames[validate]
    months = (train, validate)
    champion = _candidate(frames, model_of(earlier[-1], seed), (earlier[-1], validate))
    challengers: dict[str, tuple[Forest, Candidate]] = {}
    for case, frame in corrupted(clean, seed).items():
        model = model_of(train, seed) if case == "as it is" else fit_forest(frame, seed=seed)
        changed = {**frames, train: frame}
        challengers[case] = model, _candidate(changed, model, months)
    model = model_of(train, seed)
    p = predict_proba(model, later).to_numpy()
    for case, forced in (
        ("yes, and the base rate", np.full(len(later), model.base_rate)),
        ("yes, ranked by the forest", np.maximum(p, np.nextafter(0.5, 1))),
    ):
        challengers[case] = model, _candidate(frames, model, months, p=forced)
    rows = []
    for case, (_, candidate) in challengers.items():
        for gate in ("every criterion", "without always-yes"):
            decision = Gate.default().without(*GATES[gate]).decide(candidate, champion)
            rows.append({"case": case, "gate": gate} | _said(decision) | _figures(candidate))
    return pd.DataFrame(rows)


def corrupted(features: pd.DataFrame, seed: int = 0) -> dict[str, pd.DataFrame]:
    """A month's features as they are, and with one fault each.

    Examples
    --------
    >>> month = featurize(in_memory("2020-01"))
    >>> faults = corrupted(month)
    >>> round(faults["distance in km"]["trip_distance"].sum() / month["trip_distance"].sum(), 3)
    1.609
    """
    n, rng = len(features), np.random.default_rng(seed)
    km = features[["trip_distance", "trip_speed"]] * 1.609344
    lost = features[LABEL].where(rng.uniform(size=n) >= 0.2, 0).astype(features[LABEL].dtype)
    twice = pd.concat([features, features[: n // 4]], ignore_index=True)
    return {
        "as it is": features,
        "distance in km": features.assign(
            trip_distance=km["trip_distance"], trip_speed=km["trip_speed"]
        ),
        "no passengers": features.assign(passenger_count=np.float32(0)),
        "one RatecodeID": features.assign(RatecodeID=np.float32(1)),
        "a quarter twice": twice,
        "a fifth of tips lost": features.assign(**{LABEL: lost}),
        # As a join that slipped: each trip gets the next one's label, and all rates stay.
        "labels a row off": features.assign(**{LABEL: np.roll(features[LABEL].to_numpy(), 1)}),
    }


def _at_half(model: Forest, candidate: Candidate) -> dict[str, float]:
    """F1 − always-yes where decisions are made at half of always-yes' F1."""
    rules, period = Gate.default().rules, candidate.period
    threshold = float(always_yes_f1(model.base_rate)) / 2
    # F1 reads decisions only: moved so, they are made at one half.
    moved = replace(period, probabilities=np.clip(period.p + THRESHOLD - threshold, 0, 1))
    draws = Draws(period.days, rules.draws, rules.level, rules.seed)
    totals = draws.totals(sums_by_day(moved, model.base_rate))
    at = draws.estimate(FIGURES[ALWAYS_YES](totals))
    return {
        "threshold": threshold,
        "at_threshold": at.value,
        "at_threshold_low": at.low,
        "at_threshold_high": at.high,
        "positive_rate": float((moved.p > THRESHOLD).mean()),
    }


def _quietly(month: str, seed: int) -> Forest:
    # 35 training runs beside each of several results would be more than the results.
    return Context().run(model_of, month, seed)


def _fit(seed: int) -> Callable[[str, pd.DataFrame], Forest]:
    return lambda month, _: _quietly(month, seed)


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
    known = list(frames)
    before = [Facts.of(m, frames[m]) for m in known[: known.index(train)]]
    return Candidate.of(
        model, frames[validate], months=months, train=frames[train], before=before, name=name,
        files=files_of(months), probabilities=p,
    )  # fmt: skip


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
        "log_loss": found.log_loss,
    }
