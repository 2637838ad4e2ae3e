"""Alarms: every policy on 35 pairs of months, what was true, and what each got right."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..alarms import Pair, Period, Policy, decide, policies, tournament, truth
from ..drift.null import halves_by_day
from ..features import FEATURES, LABEL, TIME, featurize
from ..lineage import note
from ..training import fit_forest, fitted, predict_proba, unseen
from .base import ALL_MONTHS, files_of, in_context, in_memory, model_of, result

TOLERANCE = 0.02
"""A fall of F1 or of skill up to this is none. Chosen before any outcome was looked at."""

SUSPECT = ("2019-01", "2019-02")
"""Months whose passenger counts are in doubt: pairs that rest on one are not judged."""

FIGURES = ("f1", "skill")
"""The tournament's two versions of the truth."""

BESIDE = ("difference", "skill_own_rate")
"""What each is read against: always-yes, and the constant at the month's own rate."""

WHOLE_MONTHS = ("F1 fell, by weekday",)
"""It needs two days of each weekday, more than half a month holds."""

DAILY = (
    *("KS, Bonferroni, 0.05", "D > 0.1", "minimum effect 0.05", "PSI > 0.1", "PSI > 0.25"),
    *("estimated F1 fell", "F1 fell", "skill fell", "AUC fell"),
)
"""The policies that are cheap enough to be asked every day."""


@result
def alarm_history(
    window: int = 1, months: tuple[str, ...] = ALL_MONTHS, seed: int = 0
) -> pd.DataFrame:
    """What each policy said about each month, and what was true.

    A forest is trained on the months before, as many as ``window`` says, and watched in the
    month that follows. What it scored on its own months comes from out-of-bag votes.

    A policy that reads labels may look at the very trips that decide what was true, and
    share their noise. So some are asked twice: once of all trips, as the others are, and
    once of half of each period's days, as many of each weekday as can be, with the truth
    from the other days.

    Parameters
    ----------
    window : int
        Months of training data: 1, or a rolling window of several (fewer at the start).

    Returns
    -------
    DataFrame, one row a month from the second on, a way of asking, and a policy
        ``trips`` (``all`` or ``halves``); ``period``, ``policy``, ``sees``, ``value``,
        ``threshold``, ``alarm`` of `alarms.decide`; for ``f1``, ``skill``, ``difference`` and
        ``skill_own_rate``: ``…_before``, ``…_after``, ``…_after_low``, ``…_after_high``,
        ``…_fall``, ``…_low``, ``…_high``, ``…_truth`` of `alarms.truth`.
    """
    every = policies(TOLERANCE)
    apart = [p for p in every if p.sees != "features" and p.name not in WHOLE_MONTHS]
    frames = {month: featurize(in_memory(month)) for month in months}

    def of_month(turn: int) -> pd.DataFrame:
        pair = _pair(frames, turn, window, seed)
        seen, judged = _halves(pair, seed)
        whole = _asked(pair, pair, every, seed).assign(trips="all")
        halves = _asked(seen, judged, apart, seed).assign(trips="halves")
        return pd.concat([whole, halves], ignore_index=True)

    # One month's forest grows while another month's tests count.
    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(in_context(of_month), range(1, len(months))))
    table = pd.concat(parts, ignore_index=True)
    return table[["trips", *(name for name in table if name != "trips")]]


@result
def alarm_scores(
    window: int = 1, trips: str = "all", months: tuple[str, ...] = ALL_MONTHS, seed: int = 0
) -> pd.DataFrame:
    """The tournament: hits, misses and false alarms of each policy, by both truths.

    Returns
    -------
    DataFrame, one row a truth and a policy
        ``figure`` (``f1`` or ``skill``) and the columns of `alarms.tournament`. Precision and
        recall are NaN where nothing is divided.
    """
    history = alarm_history(window=window, months=months, seed=seed)
    history = history[history["trips"] == trips]
    parts = []
    for figure in FIGURES:
        truths = history[["period", f"{figure}_truth"]].drop_duplicates(ignore_index=True)
        table = tournament(history, truths.rename(columns={f"{figure}_truth": "truth"}))
        table.insert(0, "figure", figure)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _asked(seen: Pair, judged: Pair, asked: list[Policy], seed: int) -> pd.DataFrame:
    """Each policy's decision about one pair, and both truths from another (or the same)."""
    table = decide([seen], asked)
    for figure in (*FIGURES, *BESIDE):
        of_pair = truth([judged], figure, TOLERANCE, seed=seed).drop(columns="period")
        table = table.join(of_pair.add_prefix(f"{figure}_"), how="cross")
    return table


@result
def alarm_days(
    train: str = "2020-01",
    months: tuple[str, ...] = ("2020-03", "2020-04"),
    window: int = 7,
    seed: int = 0,
) -> pd.DataFrame:
    """One release told day by day: what cheap policies say of the last seven days.

    The reference is the training month. Labels are taken to be there at once, which favours
    the policies that need them.

    Parameters
    ----------
    window : int
        Days that a policy looks back on.

    Returns
    -------
    DataFrame, one row a day (from the first whole window on) and a policy
        ``train``, ``day`` (the last of the window), ``n`` (trips in it), ``policy``, ``sees``,
        ``value``, ``threshold``, ``alarm``.
    """
    reference = featurize(in_memory(train))
    model = model_of(train, seed)
    before = _period(train, [train], reference, unseen(model, reference, seed))
    later = pd.concat([featurize(in_memory(month)) for month in months], ignore_index=True)
    days = later[TIME].dt.normalize()
    ends = pd.date_range(months[0], pd.Period(months[-1]).end_time, freq="D")[window - 1 :]
    rows, watched = [], [policy for policy in policies(TOLERANCE) if policy.name in DAILY]
    for end in ends:
        part = later[(days > end - pd.Timedelta(days=window)) & (days <= end)]
        current = _period(str(end.date()), months, part, predict_proba(model, part))
        decisions = decide([Pair(before, current, model.base_rate)], watched)
        rows.append(decisions.drop(columns="period").assign(train=train, day=end, n=len(part)))
    return pd.concat(rows, ignore_index=True)


def _pair(frames: dict[str, pd.DataFrame], turn: int, window: int, seed: int) -> Pair:
    """A model trained on the months before, and the month that it is watched in."""
    months = list(frames)
    month, learned = months[turn], months[max(0, turn - window) : turn]
    train = pd.concat([frames[m] for m in learned], ignore_index=True)
    if len(learned) == 1:
        name = learned[0]
        model = model_of(name, seed)
    else:
        name = f"{learned[0]} to {learned[-1]}"
        model, run = fitted(
            partial(fit_forest, train, seed=seed),
            f"forest {name}, seed {seed}",
            files_of(learned),
            {"train": learned, "seed": seed},
        )
        note(run)
    return Pair(
        _period(name, learned, train, unseen(model, train, seed)),
        _period(month, [month], frames[month], predict_proba(model, frames[month])),
        base_rate=model.base_rate,
        turn=turn - 1,
        suspect=bool({*learned, month} & {*SUSPECT}),
    )


def _period(name: str, months: Sequence[str], frame: pd.DataFrame, p: npt.ArrayLike) -> Period:
    # By the calendar; some trips of the last evening end on the next day.
    span = pd.Timestamp(months[0]), pd.Timestamp(months[-1]) + pd.offsets.MonthBegin()
    return Period(name, frame[list(FEATURES)], frame[TIME], frame[LABEL], p, span)


def _halves(pair: Pair, seed: int) -> tuple[Pair, Pair]:
    """Two pairs that share no day: trips of a day have their noise in common."""
    rng = np.random.default_rng([seed, pair.turn])
    seen, current = (
        halves_by_day(period.times, rng, within_weekdays=True)
        for period in (pair.reference, pair.current)
    )
    return (
        replace(pair, reference=pair.reference.take(seen), current=pair.current.take(current)),
        replace(pair, reference=pair.reference.take(~seen), current=pair.current.take(~current)),
    )
