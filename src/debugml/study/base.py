"""What the results have in common: the months, the forest, where results are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from functools import lru_cache
from typing import Any, TypeVar

import pandas as pd

from .. import settings, trips as trip_data
from ..engines import to_pandas
from ..features import featurize
from ..keep.kept import kept
from ..lineage import Artifact, Run
from ..lineage.notes import note
from ..provenance import carry
from ..training import Forest, fit_forest, fitted
from ..trips import load, months_between, rest_on, samples
from ..trips.sources import file_of

Argument = TypeVar("Argument")
Returned = TypeVar("Returned")

TRAIN = "2020-01"
RELEASE = "2020-03"
YEAR_2020 = tuple(months_between("2020-01", "2020-12"))
ALL_MONTHS = tuple(months_between("2018-01", "2020-12"))

PAYMENT = {1: "card", 2: "cash"}
"""TLC's payment codes that matter here; 3 (no charge) and 4 (dispute) are rare."""


def _inputs(parameters: Mapping[str, Any]) -> tuple[Artifact, ...]:
    """The files behind every parameter that names a month or several."""
    months: set[str] = set()
    for value in parameters.values():
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list):
            months.update(v for v in values if isinstance(v, str) and v[:2] == "20")
    # A result that is simulated rests on no month.
    return files_of(sorted(months)) if months else ()


def files_of(months: Sequence[str]) -> tuple[Artifact, ...]:
    """The files of months as artifacts; rows are known of the samples and of Parquet files here.

    Examples
    --------
    >>> files_of(["2020-01"])[0].name
    'yellow_tripdata_2020-01.parquet'
    """
    # By digest: a folder of one's own holds other rows under the same names.
    rows = {file["sha256"]: file["rows"] for file in samples.manifest().values()}
    return tuple(
        Artifact(digest, name, "trips", rows.get(digest) or _rows(name, digest))
        for name, digest in trip_data.digests(months).items()
    )


@lru_cache(maxsize=512)
def _rows(name: str, digest: str) -> int | None:
    if not name.endswith(".parquet"):
        return None
    import pyarrow.parquet as pq

    # Of the footer alone: the file's digest was taken, so it is whole.
    count: int = pq.read_metadata(file_of(settings.source(), name[-15:-8])).num_rows
    return count


result = kept(_inputs, committed=lambda: samples.folder() / "results")
"""Decorator: keep a result of the study under its months' files, parameters and code."""


def in_memory(month: str) -> pd.DataFrame:
    """A month's trips as one pandas frame, for what lines their rows up with features."""
    trips = load(month)
    if isinstance(trips, pd.DataFrame):
        return trips
    whole: pd.DataFrame = to_pandas(trips)
    return carry(whole, rest_on([month], settings.source(), len(whole), settings.engine()))


def model_of(train: str, seed: int) -> Forest:
    """The forest trained on one month, with the published hyperparameters.

    A process fits it once. Each time, whoever keeps the result that asks for it is told
    of the training run (`debugml.lineage.notes`).

    Parameters
    ----------
    train : str
        Month, ``"2020-01"``.
    seed : int

    Examples
    --------
    >>> model_of("2020-01", seed=0).rows
    9969
    """
    # The setting as it is written: checking it belongs to whoever loads.
    source, engine = os.environ.get("DEBUGML_SOURCE", ""), settings.engine()
    model, run = _fitted(train, seed, files_of([train]), source, engine, settings.forest())
    note(run)
    return model


# More than the forests of all months and eight seeds: asked for in turn, one too many would
# drive out each before it is asked for again.
@lru_cache(maxsize=64)
def _fitted(
    train: str,
    seed: int,
    files: tuple[Artifact, ...],
    source: str,
    engine: str,
    forest: str | None,
) -> tuple[Forest, Run]:
    features = featurize(load(train))
    return fitted(
        lambda: fit_forest(features, seed=seed),
        f"forest {train}, seed {seed}",
        files,
        {"train": train, "seed": seed},
    )


def in_context(function: Callable[[Argument], Returned]) -> Callable[[Argument], Returned]:
    """The same function for a pool of threads, where else no note of its runs would arrive.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from debugml.lineage.notes import collecting
    >>> with collecting() as runs, ThreadPoolExecutor(2) as pool:
    ...     models = list(pool.map(in_context(lambda seed: model_of("2020-01", seed)), [0, 0]))
    >>> [run.name for run in runs]
    ['fit_forest', 'fit_forest']
    """
    context = copy_context()
    # A context can be in one thread at a time: each call gets a copy.
    return lambda argument: context.copy().run(function, argument)


def payment(trips: pd.DataFrame) -> pd.Series[str]:
    """Card, cash, missing or other, for each trip."""
    kind = trips["payment_type"].map(PAYMENT).astype("object")
    return kind.where(trips["payment_type"].notna(), "missing").fillna("other")
