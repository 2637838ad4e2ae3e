"""One bad prediction traced back: the day, what bad predictions share, and the chain behind it."""

from __future__ import annotations

import contextvars
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from .. import closure, machine, settings
from ..deployment.replay import replay_features
from ..features import FEATURES, TIME, featurize
from ..keep import read_record
from ..keep.entries import digest
from ..keep.record import once
from ..lineage import (
    Artifact,
    Lineage,
    Run,
    Trace,
    affected,
    backtrace,
    collecting,
    note,
    review,
)
from ..promotion import Candidate, Facts, Gate
from ..trips import months_between, samples
from .base import RELEASE, TRAIN, files_of, in_memory, model_of, payment, result

VALIDATED = "2020-02"
"""The month on which the talk's model was judged before its release."""

KNOWN_BEFORE = 3
"""Months before the training month that the gate's data checks compare with."""

_CARRIED = ("payment_type", "fare_amount", "tip_amount")
REVIEWED = (
    *("payment", "minutes", "fare_amount", "trip_distance", "trip_speed", "passenger_count"),
    *("pickup_weekday", "pickup_hour", "work_hours", "pickup_minute"),
    *("pickup zone", "dropoff zone", "rate code"),
)
"""What `flagged_review` looks at: the features, and payment and fare, which no model sees."""

_ZONES = {"PULocationID": "pickup zone", "DOLocationID": "dropoff zone", "RatecodeID": "rate code"}


@dataclass(frozen=True)
class _Story:
    """The month's scored trips in the order of the predictions artifact, and the runs behind."""

    records: pd.DataFrame
    predictions: Artifact
    runs: tuple[Run, ...]


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
    records = _story(month, train, seed).records
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
    records = _story(month, train, seed).records
    yes = records[(records["prediction"] == 1) & (records["time"].dt.day >= first)]
    columns = [*REVIEWED]
    if payments != "all":
        yes = yes[yes["payment"] == payments]
        columns.remove("payment")
    wrong, right = yes[yes["wrong"]], yes[~yes["wrong"]]
    found = review(wrong, right, columns).drop(columns="lift")
    return found.assign(wrong=len(wrong), right=len(right))


@result
def flagged_chain(
    month: str = RELEASE, train: str = TRAIN, day: int = 21, seed: int = 0
) -> pd.DataFrame:
    """What lies behind the surest wrong "yes" of a day: its backtrace, as a table.

    The runs go into a lineage store and the backtrace comes out of it, as it would for anybody.

    Returns
    -------
    DataFrame, one row a link, each after what rests on it
        ``place`` (0 is the prediction), ``parent`` (place of what rests on it; −1 for none),
        ``kind``, ``name``, ``digest`` (its first 12 digits), ``run`` (that made it; "not
        recorded" for files), ``said`` (what a reader wants to know of it).
    """
    story = _story(month, train, seed)
    row = surest_wrong(flagged_day(month, train, day, seed))
    with tempfile.TemporaryDirectory() as folder:
        store = Lineage(Path(folder) / "lineage.sqlite")
        for run in story.runs:
            store.add(run)
        trace = backtrace(store, f"{story.predictions.name}#{row['row']}")
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
        for run in once(run for record in records for run in (*record.behind, record.run)):
            store.record(run)
        return affected(store, files_of([month])[0].digest)


def _story(month: str, train: str, seed: int) -> _Story:
    """Computed once a process; whoever keeps a result that asks for it is told of the runs."""
    files = files_of([train, VALIDATED, month])
    story = _told(month, train, seed, files, settings.engine())
    for run in story.runs:
        note(run)
    return story


@lru_cache(maxsize=4)
def _told(month: str, train: str, seed: int, files: tuple[Artifact, ...], engine: str) -> _Story:
    # In a context of its own: here the runs are collected, and `_story` hands them on.
    records, predictions, runs = contextvars.Context().run(_told_anew, month, train, seed, files)
    return _Story(records, predictions, runs)


def _told_anew(
    month: str, train: str, seed: int, files: tuple[Artifact, ...]
) -> tuple[pd.DataFrame, Artifact, tuple[Run, ...]]:
    with collecting() as runs:
        model = model_of(train, seed)
        forest = runs[-1].made[0]
        span = months_between(_months_before(train, KNOWN_BEFORE), VALIDATED)
        frames = {each: featurize(in_memory(each)) for each in span}
        decision = Gate.default().decide(
            Candidate.of(
                model,
                frames[VALIDATED],
                months=(train, VALIDATED),
                train=frames[train],
                before=[Facts.of(each, frames[each]) for each in span[:-2]],
                name=forest.name,
                files=files_of([train, VALIDATED]),
            )
        )
    judged = decision.run()
    decided = judged.made[0]
    shipped = {"from": f"{month}-01", "model": forest.digest, "decision": decided.digest}
    about = hashlib.sha256(json.dumps(shipped, sort_keys=True).encode()).hexdigest()
    release = Artifact(about, f"release {month}-01", "release")
    told = {"shipped": f"{month}-01", "gate": decision.outcome}
    told["why"] = "as the talk did" if decision.outcome == "hold" else "the gate said so"
    ship = _run("release", (forest, decided), release, told)

    end = str(pd.Period(month, "M").end_time.date())
    features = featurize(in_memory(month), f"{month}-01", end, _CARRIED)
    # In the order of a replay, which is that of the artifact's rows.
    features = features.sort_values(TIME, kind="stable", ignore_index=True)
    scored = replay_features(model, [features]).records
    scored = scored[["time", "probability", "prediction", "label"]]
    predictions = Artifact(digest(scored), f"predictions {month}", "predictions", len(scored))
    replayed = _run("replay", (release, forest, files[-1]), predictions, {"months": [month]})
    return _described(scored, features), predictions, (*runs, judged, ship, replayed)


def _described(scored: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Predictions beside features, payment and the label's ingredients."""
    zones = {
        said: features[name].map(lambda code: f"{code:.0f}" if code >= 0 else "missing")
        for name, said in _ZONES.items()
    }
    kept = [name for name in FEATURES if name not in _ZONES]
    return scored.assign(
        wrong=scored["prediction"] != scored["label"],
        payment=payment(features).to_numpy(),
        minutes=features["trip_time"] / 60,
        **{name: features[name] for name in ("fare_amount", "tip_amount", *kept)},
        **zones,
    )


def _run(
    name: str, used: tuple[Artifact, ...], made: Artifact, parameters: Mapping[str, Any]
) -> Run:
    return Run(
        name,
        used,
        (made,),
        parameters,
        closure.of_function(replay_features).digest,
        settings.engine(),
        machine.device(),
        machine.versions(),
    )


def _months_before(month: str, months: int) -> str:
    return str(pd.Period(month, "M") - months)


def _links(trace: Trace, row: pd.Series[Any]) -> Iterator[dict[str, object]]:
    """The trace as rows; what stands above already is left out."""
    waiting, place = [(trace, -1)], 0
    while waiting:
        link, parent = waiting.pop(0)
        if link.note:
            continue
        artifact, run = link.artifact, link.run
        yield {
            "place": place,
            "parent": parent,
            "kind": artifact.kind,
            "name": artifact.name,
            "digest": artifact.digest[:12],
            "run": run.name if run else "not recorded",
            "said": _said(link, row),
        }
        waiting = [(below, place) for below in link.used] + waiting
        place += 1


def _said(link: Trace, row: pd.Series[Any]) -> str:
    artifact, run = link.artifact, link.run
    if artifact.kind == "predictions":
        return f"row {row['row']}: {row['probability']:.2f}, so yes; paid by {row['payment']}"
    if artifact.kind == "decision" and run is not None:
        return str(run.parameters["reasons"][0])
    return f"{artifact.rows:,} trips" if artifact.rows else ""
