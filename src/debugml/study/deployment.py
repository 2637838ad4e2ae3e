"""Deployment: the released forest by day and week, and what is known when labels come late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..deployment.feeding import compare_feeds
from ..deployment.lag import ByGroup, Constant, Lag, Lognormal, Nightly, Outage
from ..deployment.replay import Replay, replay
from ..engines import to_pandas
from ..features import featurize
from ..monitoring import Monitor
from ..monitoring.estimate import Estimate, Estimator
from ..trips import load
from .base import RELEASE, TRAIN, model_of, payment, result

CALIBRATION = "2020-02"
"""The month between training and release, on which an estimate without labels is calibrated."""

BY_PAYMENT = ByGroup(
    "payment_type", {1: Lognormal("12h"), 2: Constant("3D")}, otherwise=Constant("14D")
)
"""Assumed: half of the card trips' labels within 12 hours, cash after 3 days, others after 14."""

LATE = "by payment type, then nightly"

ASSUMED: dict[str, Lag] = {
    "no lag": Lag(),
    "nightly load": Lag(features=Nightly("02:00"), labels=Nightly("02:00")),
    "labels two days late": Lag(labels=Constant("2D")),
    LATE: Lag(labels=Nightly("02:00", after=BY_PAYMENT)),
    "nightly, with an outage": Lag(
        features=Outage("2020-03-12", "2020-03-16", after=Nightly("02:00")),
        labels=Outage("2020-03-12", "2020-03-16", after=Nightly("02:00")),
    ),
}
"""The lags of this topic. TLC publishes no arrival times: each is an assumption, none measured."""

FEEDS: dict[str, str | None] = {
    "record by record": None,
    "every 15 minutes": "15min",
    "every hour": "1h",
    "once a day, at midnight": "1D",
}


@result
def released_daily(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """Figures of each day after release, with the cumulative F1 at its end.

    Returns
    -------
    DataFrame, one row a day
        The columns of `monitoring.Monitor.by_period`, and ``cumulative_f1``.
    """
    monitor = _monitored(month, train, seed)
    return monitor.daily(seed=seed).assign(cumulative_f1=monitor.cumulative(draws=0)["f1"])


@result
def released_weekly(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """Figures of each week after release, Monday to Sunday: `monitoring.Monitor.by_period`."""
    return _monitored(month, train, seed).weekly(seed=seed)


@result
def lag_known(
    month: str = RELEASE, train: str = TRAIN, seed: int = 0, passed: int = 14, at: str = "06:00"
) -> pd.DataFrame:
    """How much of each day's truth a monitor holds at one moment, under each assumed lag.

    Parameters
    ----------
    passed : int
        Whole days of the month that have passed at that moment.
    at : str
        Clock time, ``HH:MM``.

    Returns
    -------
    DataFrame, one row an assumed lag and day
        ``scenario``, a key of `ASSUMED`; ``moment``; ``day``, up to the moment's own;
        ``trips`` (of the whole day, come or to come), ``scored``, ``known`` and ``share``, as
        `deployment.revisions.known_days` gives them.
    """
    moment = pd.Timestamp(f"{month}-01 {at}") + pd.Timedelta(days=passed)
    records, rows = _records(month, train, seed), []
    for name, lag in ASSUMED.items():
        days = Replay.of(records, lag).known_days(moment)
        rows.append(
            days[days["day"] <= moment]
            .assign(scenario=name, moment=moment)
            .loc[:, ["scenario", "moment", "day", "trips", "scored", "known", "share"]]
        )
    return pd.concat(rows, ignore_index=True)


@result
def lag_revisions(
    month: str = RELEASE, train: str = TRAIN, seed: int = 0, days: int = 7
) -> pd.DataFrame:
    """Each morning's F1 of the last days, as known then and now; and had waits been fair.

    The control deals the same waits out at random: within each day, every trip waits as long
    as if its payment type were another trip's of that day. As many labels are there, but who
    comes first no longer hangs on how the passenger paid.

    Returns
    -------
    DataFrame, one row a scenario and morning
        ``scenario`` ("by payment" or "at random"), and the columns of
        `deployment.revisions.revisions`. Mornings on which nothing was known are left out.
    """
    records = _records(month, train, seed)
    parts = []
    for name, trips in (("by payment", records), ("at random", _dealt(records, seed))):
        table = Replay.of(trips, ASSUMED[LATE]).revisions(days=days)
        parts.append(table[table["n_then"] > 0].assign(scenario=name))
    table = pd.concat(parts, ignore_index=True)
    return table[["scenario", *[name for name in table.columns if name != "scenario"]]]


@result
def lag_settling(
    month: str = RELEASE,
    train: str = TRAIN,
    calibration: str = CALIBRATION,
    seed: int = 0,
    freq: str = "W",
) -> pd.DataFrame:
    """How each week's F1 settles as its labels arrive, and if the waiting are filled in.

    Filled in: truth where there is truth, and for the trips whose label is still to come what
    an `monitoring.estimate.Estimator` expects, calibrated within payment type on those labels
    of the calibration month that have arrived by the same moment.

    Returns
    -------
    DataFrame, one row a week and estimate
        The columns of `deployment.revisions.settling`; ``filled_f1`` and ``filled_error``
        (minus the final F1); ``plain_f1`` and ``plain_error``, filled in by an estimator that
        doesn't know payment types.
    """
    both = Replay.of(_records((calibration, month), train, seed), ASSUMED[LATE])
    inside = both.records["time"] >= pd.Timestamp(f"{month}-01")
    table = Replay(both.records[inside]).settling(freq=freq, after=(2, 7, 14))
    final = table.groupby("start")["f1"].transform("last")
    for name, grouped in (("filled", True), ("plain", False)):
        estimates = _estimates(both, table, pd.Timestamp(f"{month}-01"), grouped)
        table[f"{name}_f1"] = [estimate.f1 for estimate in estimates]
        table[f"{name}_error"] = table[f"{name}_f1"] - final
    return table


@result
def feeds(
    month: str = RELEASE, train: str = TRAIN, seed: int = 0, first: int = 2, last: int = 3
) -> pd.DataFrame:
    """The same trips one by one, in micro-batches, or once a day: calls, waits, time, F1.

    Parameters
    ----------
    first, last : int
        Days of the month, by dropoff.

    Returns
    -------
    DataFrame, one row a way of feeding
        `deployment.feeding.compare_feeds`. All is exact but the two columns that end in
        ``_ms_per_trip``: they are measured, once, on the machine that made the result.
    """
    days = (f"{month}-{first:02}", f"{month}-{last:02}")
    return compare_feeds(model_of(train, seed), featurize(load(month), *days), FEEDS)


def _monitored(month: str, train: str, seed: int) -> Monitor:
    model = model_of(train, seed)
    return replay(model, month).monitor()


def _records(months: str | tuple[str, ...], train: str, seed: int) -> pd.DataFrame:
    """Scored trips in one frame and one order, whatever engine scored them."""
    records = replay(model_of(train, seed), months, keep="payment_type").records
    frame: pd.DataFrame = to_pandas(records)
    return frame.drop(columns=["feature_time", "label_time"]).sort_values(
        ["time", "probability", "label"], kind="stable", ignore_index=True
    )


def _dealt(records: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Each day's payment types, dealt out anew among its trips."""
    rng = np.random.default_rng(seed)
    days = records.groupby(records["time"].dt.normalize())["payment_type"]
    return records.assign(payment_type=days.transform(lambda paid: rng.permutation(paid)))


def _estimates(
    both: Replay, table: pd.DataFrame, start: pd.Timestamp, grouped: bool
) -> list[Estimate]:
    """Each row's estimate from what had arrived by its moment, and nothing else."""
    found = []
    for moment, first, last in zip(table["moment"], table["start"], table["end"], strict=True):
        seen, end = both.as_of(moment), last + pd.Timedelta(days=1)
        before = seen.records[seen.records["time"] < start]
        landed, waiting = (
            part[(part["time"] >= first) & (part["time"] < end)]
            for part in (seen.records, seen.waiting)
        )
        fitted = Estimator.fit(
            before["label"],
            before["probability"],
            groups=payment(before) if grouped else None,
            draws=1,
        )
        estimate = fitted.estimate(
            waiting["probability"],
            groups=payment(waiting) if grouped else None,
            landed=(landed["label"], landed["probability"]),
        )
        found.append(estimate)
    return found
