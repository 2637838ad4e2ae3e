"""Monitoring: what each way of averaging shows, and what is usual for a weekday."""

from __future__ import annotations

import pandas as pd

from ..deployment import replay_features
from ..deployment.replay import replay
from ..features import featurize
from ..monitoring import Monitor, WeekdayBaseline
from ..trips import load, months_between
from .base import RELEASE, TRAIN, model_of, result

HISTORY = tuple(months_between("2019-03", "2019-12"))
"""Before release, not trained on, and after the surcharge of February 2019 moved tips."""


@result
def windows(
    months: tuple[str, ...] = ("2020-03", "2020-04", "2020-05", "2020-06"),
    train: str = TRAIN,
    seed: int = 0,
) -> pd.DataFrame:
    """F1 since release in four ways of averaging, at the end of each day.

    Returns
    -------
    DataFrame, one row a window and day
        ``window``: ``since release``, ``last 28 days``, ``last 7 days``, ``half-life 7 days``;
        ``end`` (the day), ``n``, ``n_effective``, ``f1``, ``f1_low``, ``f1_high``,
        ``always_yes_f1`` and ``interval`` of `monitoring.Monitor.by_period`.
    """
    monitor = replay(model_of(train, seed), months).monitor()
    views = {
        "since release": monitor.cumulative(draws=200, seed=seed),
        "last 28 days": monitor.trailing(28, draws=500, seed=seed),
        "last 7 days": monitor.trailing(7, draws=500, seed=seed),
        "half-life 7 days": monitor.weighted(7, draws=500, seed=seed),
    }
    names = ["end", "n", "n_effective", "f1", "f1_low", "f1_high", "always_yes_f1", "interval"]
    return pd.concat(
        [view[names].assign(window=window) for window, view in views.items()], ignore_index=True
    )[["window", *names]]


@result
def all_wrong(
    month: str = RELEASE, first_day: int = 21, train: str = TRAIN, seed: int = 0
) -> pd.DataFrame:
    """The line since release as it was, and as if each prediction from a day on were wrong.

    Returns
    -------
    DataFrame, one row a day
        ``day``, ``n`` (trips so far), ``f1`` (since release), ``if_wrong`` (the same, had
        every prediction from that day of the month on been wrong).
    """
    records = replay(model_of(train, seed), month).records
    turned = records["prediction"].where(records["time"].dt.day < first_day, 1 - records["label"])
    as_was, if_wrong = (
        Monitor.of(records.assign(yes=yes), prediction="yes").cumulative(draws=0, minimum=1)
        for yes in (records["prediction"], turned)
    )
    return pd.DataFrame(
        {
            "day": as_was["end"],
            "n": as_was["n"],
            "f1": as_was["f1"],
            "if_wrong": if_wrong["f1"],
        }
    )


@result
def usual_weekdays(
    months: tuple[str, ...] = HISTORY, train: str = TRAIN, seed: int = 0
) -> pd.DataFrame:
    """What F1 and always-yes F1 are on each weekday of the months before release.

    Returns
    -------
    DataFrame of seven rows
        ``weekday`` (Monday 0), ``days``, ``n``, ``f1``, ``error`` (its standard error),
        ``between_days`` (standard deviation between days of one weekday beyond noise),
        ``always_yes_f1``.
    """
    before = _history(months, train, seed)
    baseline = WeekdayBaseline.fit(before)
    daily = before.daily(draws=0)
    rate = (daily["base_rate"] * daily["n"]).groupby(daily["start"].dt.day_of_week).sum()
    rate = rate / daily["n"].groupby(daily["start"].dt.day_of_week).sum()
    return baseline.table.rename(columns={"expected": "f1"}).assign(
        between_days=baseline.between_days, always_yes_f1=(2 * rate / (1 + rate)).to_numpy()
    )


@result
def against_usual(
    month: str = RELEASE,
    months: tuple[str, ...] = HISTORY,
    train: str = TRAIN,
    seed: int = 0,
) -> pd.DataFrame:
    """Each day after release beside what is usual for its weekday.

    Returns
    -------
    DataFrame, one row a day with records enough
        The columns of `monitoring.WeekdayBaseline.compare`.
    """
    baseline = WeekdayBaseline.fit(_history(months, train, seed))
    daily = replay(model_of(train, seed), month).daily(seed=seed)
    return baseline.compare(daily).dropna(ignore_index=True)


def _history(months: tuple[str, ...], train: str, seed: int) -> Monitor:
    """The model scored on months that came before it: backfilled, but never trained on."""
    model = model_of(train, seed)
    return replay_features(model, [featurize(load(month)) for month in months]).monitor()
