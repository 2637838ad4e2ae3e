"""What the results have in common: the months, the forest, where results are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .. import trips as trip_data
from ..features import featurize
from ..keep import kept
from ..lineage import Artifact
from ..training import Forest, fit_forest
from ..trips import load, months_between, samples

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
    # By digest: a folder of one's own holds other rows under the same names.
    rows = {file["sha256"]: file["rows"] for file in samples.manifest().values()}
    # A result that is simulated rests on no month.
    digests = trip_data.digests(sorted(months)) if months else {}
    return tuple(Artifact(d, name, "trips", rows.get(d)) for name, d in digests.items())


result = kept(_inputs, committed=lambda: samples.folder() / "results")
"""Decorator: keep a result of the study under its months' files, parameters and code."""


def in_memory(month: str) -> pd.DataFrame:
    """A month's trips as one pandas frame, for what lines their rows up with features."""
    trips = load(month)
    return trips if isinstance(trips, pd.DataFrame) else trips.compute()


def model_of(train: str, seed: int) -> Forest:
    """The forest trained on one month, with the published hyperparameters."""
    return fit_forest(featurize(load(train)), seed=seed)


def payment(trips: pd.DataFrame) -> pd.Series[str]:
    """Card, cash, missing or other, for each trip."""
    kind = trips["payment_type"].map(PAYMENT).astype("object")
    return kind.where(trips["payment_type"].notna(), "missing").fillna("other")
