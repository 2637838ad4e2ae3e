"""Pipelines: what one prediction rests on, counted."""

from __future__ import annotations

import importlib
import inspect
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ..closure import of_function
from ..deployment.replay import replay_features
from ..features import FEATURES, featurize
from ..keep.storing import STORING
from ..lineage import Lineage, Trace, backtrace
from ..machine import ONLY_IF_USED
from ..promotion.candidate import Candidate
from ..promotion.gate import Gate
from ..training import fit_forest
from ..trips import load
from .base import RELEASE, TRAIN, result
from .lineage import flagged_day, surest_wrong
from .shipped import EARLIER, VALIDATED, story

MODEL = {"fit_forest", "scikit-learn"}
"""Run and library that modelling is done with."""

TURNS = ("fit_forest", "decide", "release", "replay")
"""The runs in the order in which they ran."""


@result
def rests_on(
    month: str = RELEASE,
    train: str = TRAIN,
    day: int = 21,
    seed: int = 0,
    validated: str = VALIDATED,
    earlier: tuple[str, ...] = EARLIER,
) -> pd.DataFrame:
    """Everything that one prediction rests on, from its backtrace: the surest wrong "yes" of a day.

    Code is counted as `debugml.closure` follows it: the functions and classes of the package that
    loading, features, training, the gate and the replay can reach, each once, methods with their
    class. Libraries are those whose versions the runs recorded.

    Returns
    -------
    DataFrame, one row a thing
        ``kind`` ("prediction", "decision", "run", "file", "feature", "library", "code"), ``name``,
        ``rows`` (of a file; else 0), ``model`` (whether it belongs to training the model).
    """
    told = story(month, train, seed, validated, earlier)
    row = surest_wrong(flagged_day(month, train, day, seed))
    with tempfile.TemporaryDirectory() as folder:
        store = Lineage(Path(folder) / "lineage.sqlite")
        store.record_all(told.runs)
        trace = backtrace(store, f"{told.predictions.name}#{row['row']}")
    frame = pd.DataFrame(
        [*_recorded(trace, train), *_code()], columns=["kind", "name", "rows", "model"]
    )
    return frame.astype({"rows": "int64", "model": bool})


Row = tuple[str, str, int, bool]


def _recorded(trace: Trace, train: str) -> Iterator[Row]:
    """What the trace holds: the record, decisions, runs, files, features and libraries."""
    runs = trace.runs()
    yield "prediction", f"{trace.artifact.name}, row {trace.row:,}", 0, False
    made = [artifact for run in reversed(runs) for artifact in run.made]
    decided = [artifact.name for artifact in made if artifact.kind in {"decision", "release"}]
    yield from (("decision", name, 0, False) for name in decided)
    for run in sorted(runs, key=lambda run: TURNS.index(run.name)):
        yield "run", run.name, 0, run.name in MODEL
    for file in sorted(trace.files(), key=lambda file: file.name):
        yield "file", file.name, file.rows or 0, train in file.name
    yield from (("feature", name, 0, True) for name in FEATURES)
    libraries = dict.fromkeys(name for run in runs for name in run.versions)
    # Others are on record where a process happened to have them loaded.
    always = [n for n in libraries if n != "debugml" and n not in ONLY_IF_USED]
    yield from (("library", n, 0, n in MODEL) for n in always)


def _code() -> Iterator[Row]:
    """Functions and classes of the package that the runs can reach, to load a file that is here."""
    steps: tuple[Any, ...] = (load, featurize, fit_forest, Candidate, Gate, replay_features)
    for name in sorted({name for step in steps for name in _reached(step)}):
        module, _, own = name.rpartition(".")
        # What importing a module runs has no name to ask for.
        found = getattr(importlib.import_module(module), own, None)
        if (inspect.isfunction(found) or inspect.isclass(found)) and found.__module__ == module:
            yield "code", name, 0, module.startswith("debugml.training")


def _reached(step: Callable[..., Any]) -> tuple[str, ...]:
    return of_function(step, leave_out=STORING).names
