"""What the talk shipped: forest, gate, release, a month of predictions; and the runs behind."""

from __future__ import annotations

import contextvars
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from .. import closure, settings
from ..deployment.replay import replay_features
from ..features import FEATURES, TIME, featurize
from ..keep.entries import digest
from ..lineage import Artifact, Run, collecting, note
from ..promotion import Candidate, Facts, Gate
from .base import files_of, in_memory, model_of, payment

VALIDATED = "2020-02"
"""The month on which the talk's model was judged before its release."""

EARLIER = ("2019-10", "2019-11", "2019-12")
"""Months before the training month that the gate's data checks compare with."""

ZONES = {"PULocationID": "pickup zone", "DOLocationID": "dropoff zone", "RatecodeID": "rate code"}
"""Codes, by what a page calls them."""

_CARRIED = ("payment_type", "fare_amount", "tip_amount")


@dataclass(frozen=True)
class Story:
    """A month of predictions, and how they came about.

    Attributes
    ----------
    records : DataFrame, one row a trip, in the order of the predictions artifact
        ``time``, ``probability``, ``prediction``, ``label``, ``wrong``, ``payment``, ``minutes``,
        ``mph``, ``fare_amount``, ``tip_amount``, the features, zones and rate code as text.
    predictions : lineage.Artifact
    runs : tuple of lineage.Run
        Training, gate, release, replay.
    """

    records: pd.DataFrame
    predictions: Artifact
    runs: tuple[Run, ...]


def story(
    month: str,
    train: str,
    seed: int,
    validated: str = VALIDATED,
    earlier: tuple[str, ...] = EARLIER,
) -> Story:
    """The month as the talk's release scored it; whoever keeps a result is told of the runs.

    The forest is shipped on the first of the month, whatever the gate decides: the story is
    the talk's. A process computes it once.

    Parameters
    ----------
    month, train : str
    seed : int
    validated : str
        The month that the gate judges the model on.
    earlier : tuple of str
        Months that its data checks compare with.

    Examples
    --------
    >>> march = story("2020-03", "2020-01", seed=0)
    >>> [run.name for run in march.runs]
    ['fit_forest', 'decide', 'release', 'replay']
    >>> march.predictions.name, march.predictions.rows == len(march.records)
    ('predictions 2020-03', True)
    """
    files = files_of([*earlier, train, validated, month])
    told = _told(month, (*earlier, train, validated), seed, files, settings.engine())
    for run in told.runs:
        note(run)
    return told


@lru_cache(maxsize=4)
def _told(
    month: str, span: tuple[str, ...], seed: int, files: tuple[Artifact, ...], engine: str
) -> Story:
    # In a context of its own: here the runs are collected, and `story` hands them on.
    return contextvars.Context().run(_told_anew, month, span, seed, files)


def _told_anew(month: str, span: tuple[str, ...], seed: int, files: tuple[Artifact, ...]) -> Story:
    *earlier, train, validated = span
    *of_others, of_month = files
    with collecting() as runs:
        model = model_of(train, seed)
    forest = runs[-1].made[0]
    frames = {each: featurize(in_memory(each)) for each in span}
    decision = Gate.default().decide(
        Candidate.of(
            model,
            frames[validated],
            months=(train, validated),
            train=frames[train],
            before=[Facts.of(each, frames[each]) for each in earlier],
            name=forest.name,
            files=of_others,
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
    replayed = _run("replay", (release, forest, of_month), predictions, {"months": [month]})
    return Story(_described(scored, features), predictions, (*runs, judged, ship, replayed))


def _described(scored: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Predictions beside features, payment and the label's ingredients."""
    zones = {
        said: features[name].map(lambda code: f"{code:.0f}" if code >= 0 else "missing")
        for name, said in ZONES.items()
    }
    kept = [name for name in FEATURES if name not in ZONES]
    return scored.assign(
        wrong=scored["prediction"] != scored["label"],
        payment=payment(features).to_numpy(),
        minutes=features["trip_time"] / 60,
        mph=features["trip_speed"] * 3600,
        **{name: features[name] for name in ("fare_amount", "tip_amount", *kept)},
        **zones,
    )


def _run(
    name: str, used: tuple[Artifact, ...], made: Artifact, parameters: Mapping[str, Any]
) -> Run:
    return Run.here(name, used, (made,), parameters, closure.of_function(replay_features).digest)
