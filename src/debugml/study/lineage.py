"""One bad prediction traced back: the day, what bad predictions share, and the chain behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..drift.null import clopper_pearson
from ..keep import read_record
from ..keep.record import once
from ..lineage import (
    Lineage,
    Trace,
    affected,
    backtrace,
    review,
)
from ..provenance import carry, of_trips
from ..resampling import MIN_DAYS, resample_days
from ..trips import samples
from .base import RELEASE, TRAIN, files_of, result
from .shipped import EARLIER, VALIDATED, story

REVIEWED = (
    *("payment", "minutes", "fare_amount", "trip_distance", "mph", "passenger_count"),
    *("pickup_weekday", "pickup_hour", "work_hours", "pickup_minute"),
    *("pickup zone", "dropoff zone", "rate code"),
)
"""What `flagged_review` looks at: the features, and payment and fare, which no model sees."""


@result
def flagged_day(
    month: str = RELEASE, train: str = TRAIN, day: int = 21, seed: int = 0
) -> pd.DataFrame:
    """One day's predictions of the released forest, with what the label was made of.

    Parameters
    ----------
    month, train : str
    day : int
        Of the month, by dropoff.
    seed : int

    Returns
    -------
    DataFrame, one row a trip, by time
        ``row`` (its place in the artifact of the month's predictions), ``time``,
        ``probability``, ``prediction``, ``label``, ``wrong``, ``payment`` ("card", "cash",
        "missing", "other"), ``fare_amount``, ``tip_amount`` (as recorded), ``pickup zone``,
        ``dropoff zone``, ``trip_distance`` (miles), ``minutes``.
    """
    records = story(month, train, seed).records
    day_of = records[records["time"].dt.day == day]
    columns = ["time", "probability", "prediction", "label", "wrong", "payment", "fare_amount"]
    columns += ["tip_amount", "pickup zone", "dropoff zone", "trip_distance", "minutes"]
    found: pd.DataFrame = day_of[columns].rename_axis("row").reset_index()
    return found


@result
def flagged_review(
    month: str = RELEASE,
    train: str = TRAIN,
    first: int = 21,
    seed: int = 0,
    payments: str = "all",
) -> pd.DataFrame:
    """What the wrong "yes" share that the right "yes" don't.

    Parameters
    ----------
    month, train : str
    first : int
        First day of the month whose predictions are looked at.
    seed : int
    payments : str
        ``"all"``, or one of "card", "cash", "missing", "other": these trips only.

    Returns
    -------
    DataFrame, one row a value or range
        The columns of `lineage.review` but the lift, which can be infinite; and ``wrong`` and
        ``right``, the sizes of the two groups.
    """
    records = story(month, train, seed).records
    yes = records[(records["prediction"] == 1) & (records["time"].dt.day >= first)]
    columns = [*REVIEWED]
    if payments != "all":
        yes = yes[yes["payment"] == payments]
        columns.remove("payment")
    wrong, right = yes[yes["wrong"]], yes[~yes["wrong"]]
    found = review(wrong, right, columns).drop(columns="lift")
    return found.assign(wrong=len(wrong), right=len(right))


@result
def flagged_payments(
    month: str = RELEASE, train: str = TRAIN, day: int = 21, seed: int = 0, draws: int = 1000
) -> pd.DataFrame:
    """How the trips of wrong "yes" predictions were paid, and how all trips were.

    Returns
    -------
    DataFrame, one row a span, a group and a way of paying
        ``span`` ("day", "from then on", "month"), ``days``, ``group`` ("wrong yes", "all trips"),
        ``n``, ``payment``, ``trips``, ``share``, its 95 % interval ``low`` and ``high``, and
        ``interval``: "days resampled", or for spans of fewer than 14 days Clopper and Pearson's
        (1934), which is "within-day noise only".
    """
    records = story(month, train, seed).records
    of_month = records["time"].dt.day
    spans = {"day": of_month == day, "from then on": of_month >= day, "month": of_month >= 1}
    rows = []
    for span, inside in spans.items():
        for group in ("wrong yes", "all trips"):
            part = records[inside]
            if group == "wrong yes":
                part = part[part["wrong"] & (part["prediction"] == 1)]
            days = int(records.loc[inside, "time"].dt.day.nunique())
            rows += [
                {"span": span, "days": days, "group": group, "n": len(part)} | found
                for found in _shares(part, days, draws, seed)
            ]
    return pd.DataFrame(rows)


@result
def flagged_chain(
    month: str = RELEASE,
    train: str = TRAIN,
    day: int = 21,
    seed: int = 0,
    validated: str = VALIDATED,
    earlier: tuple[str, ...] = EARLIER,
) -> pd.DataFrame:
    """What lies behind the surest wrong "yes" of a day: its backtrace, as a table.

    The runs go into a lineage store and the backtrace comes out of it, as it would for anybody.

    Returns
    -------
    DataFrame, one row a link, each after what rests on it
        ``place`` (0 is the prediction), ``parent`` (place of what rests on it; −1 for none),
        ``kind``, ``name``, ``digest`` (its first 12 digits), ``run`` (that made it; "not
        recorded" for files), ``said`` and ``detail`` (what a reader wants to know of it). The
        kind "label", under the prediction's own file, is no artifact: what its label was made of.
    """
    told = story(month, train, seed, validated, earlier)
    row = surest_wrong(flagged_day(month, train, day, seed))
    with tempfile.TemporaryDirectory() as folder:
        store = Lineage(Path(folder) / "lineage.sqlite")
        store.record_all(told.runs)
        trace = backtrace(store, f"{told.predictions.name}#{row['row']}")
    return pd.DataFrame(list(_links(trace, row)))


def surest_wrong(flagged: pd.DataFrame) -> pd.Series[Any]:
    """The wrong "yes" with the highest probability; the earliest, if there are several.

    Parameters
    ----------
    flagged : DataFrame
        As `flagged_day` gives it.

    Examples
    --------
    >>> day = pd.DataFrame({"prediction": [1, 1, 0], "wrong": [True, True, True]})
    >>> surest_wrong(day.assign(probability=[0.6, 0.7, 0.1])).name
    1
    """
    wrong = flagged[flagged["wrong"] & (flagged["prediction"] == 1)]
    return wrong.iloc[int(wrong["probability"].argmax())]


def what_rests(month: str) -> pd.DataFrame:
    """Everything among the committed results that rests on a month's file.

    Not kept as a result: it is about the results.

    Parameters
    ----------
    month : str

    Returns
    -------
    DataFrame
        As `lineage.affected` gives it.

    Examples
    --------
    >>> what_rests("2019-02")["kind"].isin(["result", "model"]).any()
    np.True_
    """
    folders = sorted((samples.folder() / "results").glob("[!.]*/[!.]*"))
    records = [read_record(folder) for folder in folders]
    with tempfile.TemporaryDirectory() as folder:
        store = Lineage(Path(folder) / "lineage.sqlite")
        store.record_all(once(run for record in records for run in (*record.behind, record.run)))
        file = files_of([month])[0]
        found = affected(store, file.digest)
    return carry(found, of_trips({file.name: file.digest}, file.rows, "pandas"))


def _shares(part: pd.DataFrame, days: int, draws: int, seed: int) -> Iterator[dict[str, Any]]:
    """Each way of paying: trips, share, interval."""
    counts = pd.crosstab(part["time"].dt.day, part["payment"])
    n = len(part)
    drawn = resample_days(len(counts), draws, np.random.default_rng(seed)) @ counts.to_numpy()
    for place, name in enumerate(counts.columns):
        trips = int(counts[name].sum())
        if days >= MIN_DAYS:
            low, high = np.quantile(drawn[:, place] / drawn.sum(axis=1), [0.025, 0.975])
            said = "days resampled"
        else:
            low, high = clopper_pearson(trips, n)
            said = "within-day noise only"
        shares = {"share": trips / n, "low": float(low), "high": float(high)}
        yield {"payment": name, "trips": trips} | shares | {"interval": said}


def _links(trace: Trace, row: pd.Series[Any]) -> Iterator[dict[str, object]]:
    """The trace as rows, each file once; and under the prediction's own file its label."""
    waiting, place, seen = [(trace, -1)], 0, set()
    while waiting:
        link, parent = waiting.pop(0)
        artifact, run = link.artifact, link.run
        if link.note or artifact.digest in seen:
            continue
        seen.add(artifact.digest)
        said, detail = _said(link, row)
        yield {
            "place": place,
            "parent": parent,
            "kind": artifact.kind,
            "name": artifact.name,
            "digest": artifact.digest[:12],
            "run": run.name if run else "not recorded",
            "said": said,
            "detail": detail,
        }
        waiting = [(below, place) for below in link.used] + waiting
        if artifact.kind == "trips" and parent == 0:
            yield _label(row, place)
            place += 1
        place += 1


def _label(row: pd.Series[Any], parent: int) -> dict[str, object]:
    """What the label of the prediction was made of; no artifact, but where the trail ends."""
    return {
        "place": parent + 1,
        "parent": parent,
        "kind": "label",
        "name": "high_tip",
        "digest": "",
        "run": "featurize",
        "said": f"{row['label']}: tip above a fifth of the fare",
        "detail": f"paid by {row['payment']}; fare {row['fare_amount']:.2f}, "
        f"tip on record {row['tip_amount']:.2f}",
    }


def _said(link: Trace, row: pd.Series[Any]) -> tuple[str, str]:
    artifact, run = link.artifact, link.run
    if artifact.kind == "predictions":
        return f"row {row['row']:,}: {row['probability']:.2f}", "yes" if row["prediction"] else "no"
    if run is not None and artifact.kind == "decision":
        return artifact.name.partition(":")[0], str(run.parameters["reasons"][0])
    if run is not None and artifact.kind == "release":
        return f"gate: {run.parameters['gate']}", str(run.parameters["why"])
    return f"{artifact.rows:,} trips" if artifact.rows else "", ""
