"""Retraining: every policy and window through three years, and what chance has in it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import pandas as pd
from rich.console import Console
from rich.progress import track

from .. import settings
from ..features import featurize
from ..lineage import Artifact
from ..retraining import (
    Forests,
    History,
    Window,
    every,
    expanding,
    last,
    policies,
    policy_table,
    recency,
    simulate,
)
from ..retraining.simulate import FIGURES
from .base import ALL_MONTHS, files_of, in_memory, result
from .deployment import ASSUMED, LATE

T = TypeVar("T")

WINDOWS = (last(1), last(3), recency(3), expanding())
"""What is compared. The half-life was chosen before any outcome was looked at."""

PHASED = (2, 3, 6, 12)
"""Months between trainings of the calendars that are begun in every possible month."""


@result
def retraining_months(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Every policy with every window, month by month, under label lag.

    Labels arrive by payment type and then nightly, as `deployment.ASSUMED` has it: an
    assumption. Each decision is taken at six in the morning of the first of a month.

    Returns
    -------
    DataFrame, one row a window, policy and scored month
        `retraining.simulate`; figures and standard errors in single precision.
    """
    # Last month's window comes last: other results go on with its forests.
    windows = _shown(WINDOWS[::-1], "windows")
    parts = [simulate(_forests(months, LATE, window, seed), policies()) for window in windows]
    table = pd.concat(parts[::-1], ignore_index=True)
    measured = [name for name in table if name in FIGURES or "_se_" in str(name)]
    # Half the room on disk, and four digits more than a month's days can tell.
    return table.astype(dict.fromkeys(measured, "float32"))


@result
def retraining_policies(months: tuple[str, ...] = ALL_MONTHS, seed: int = 0) -> pd.DataFrame:
    """Each policy's means, its cost, and its differences to retraining every month and never.

    Returns
    -------
    DataFrame, one row a window and policy
        `retraining.policy_table`, in single precision.
    """
    table = policy_table(retraining_months(months=months, seed=seed))
    return table.astype(dict.fromkeys(table.select_dtypes("float64").columns, "float32"))


@result
def retraining_seeds(
    months: tuple[str, ...] = ALL_MONTHS, seeds: tuple[int, ...] = (0, 1)
) -> pd.DataFrame:
    """The calendars with other seeds, and begun in every possible month. Window: last month.

    What differs along a seed is the forests' own luck; what differs along a start is on which
    months a calendar happens to fall. Neither is another history.

    Returns
    -------
    DataFrame, one row a seed and calendar
        ``seed``, ``months`` (between trainings; 0: never), ``first`` (months until the first
        retraining; 0: never), ``retrainings``, and the means of ``f1``, ``auc``, ``log_loss``,
        ``log_loss_floored``.
    """
    starts = [(1, 1), *((k, first) for k in PHASED for first in range(1, k + 1))]
    calendars = {every(k, first).name: (k, first) for k, first in starts}
    never = policies()[0]

    def of_seed(seed: int) -> pd.DataFrame:
        asked = [never, *(every(k, first) for k, first in calendars.values())]
        table = policy_table(simulate(_forests(months, LATE, last(1), seed), asked, draws=2))
        table = table[table["policy"].isin([policy.name for policy in asked])]
        begun = [calendars.get(name, (0, 0)) for name in table["policy"]]
        table.insert(0, "seed", seed)
        return table.assign(months=[k for k, _ in begun], first=[first for _, first in begun])

    parts = [of_seed(seed) for seed in _shown(seeds, "seeds")]
    columns = [
        "seed",
        "months",
        "first",
        "retrainings",
        "f1",
        "auc",
        "log_loss",
        "log_loss_floored",
    ]
    return pd.concat(parts, ignore_index=True)[columns]


@result
def retraining_lag(
    months: tuple[str, ...] = ALL_MONTHS, seed: int = 0, every_months: int = 3
) -> pd.DataFrame:
    """What label lag cost: one calendar, with labels late and with labels at once.

    Returns
    -------
    DataFrame, one row a lag (a key of `deployment.ASSUMED`) and scored month
        ``lag``, ``month``, ``f1``, ``auc``, ``log_loss``, ``log_loss_floored``, ``retrained``,
        ``rows``, ``labels`` (share of last month's records whose label was there) and ``rate`` (the
        share of high tips among these).
    """
    parts = []
    for name in (LATE, "no lag"):
        forests = _forests(months, name, last(1), seed)
        history = forests.history
        table = simulate(forests, [every(every_months)], draws=2)
        table = table[table["policy"] == every(every_months).name].reset_index(drop=True)
        there = [history.labelled(turn - 1, turn) for turn in range(1, len(months))]
        whole = [len(history.frames[turn - 1]) for turn in range(1, len(months))]
        parts.append(
            table.assign(
                lag=name,
                labels=[len(part) / n for part, n in zip(there, whole, strict=True)],
                rate=[part["high_tip"].mean() for part in there],
            )
        )
    columns = ["lag", "month", "f1", "auc", "log_loss", "log_loss_floored", "retrained", "rows"]
    return pd.concat(parts, ignore_index=True)[[*columns, "labels", "rate"]]


def _forests(months: Sequence[str], lag: str, window: Window, seed: int) -> Forests:
    files = files_of(list(months))
    return _shared(tuple(months), lag, window.name, seed, settings.engine(), files)


# Three years of forests take a few hundred MB.
@lru_cache(maxsize=2)
def _shared(
    months: tuple[str, ...],
    lag: str,
    window: str,
    seed: int,
    engine: str,
    files: tuple[Artifact, ...],
) -> Forests:
    """Forests that are fitted as they are asked for, the same for several results."""
    frames = {month: featurize(in_memory(month), keep="payment_type") for month in months}
    history = History.of(frames, ASSUMED[lag], files=files)
    return Forests(history, {each.name: each for each in WINDOWS}[window], seed)


def _shown(whole: Sequence[T], said: str) -> Iterable[T]:
    """One after the other, with a bar in a terminal; on a page it would be output."""
    terminal = sys.stderr.isatty()
    console = Console(stderr=True, force_jupyter=False, force_terminal=terminal)
    return track(whole, said, console=console, transient=True, disable=not terminal)
