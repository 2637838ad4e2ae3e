"""What several checks share: sample months, and a forest of January 2020 with its scores.

All of it is computed once, before the first fork. Nobody may change what these functions give:
cases hand out copies.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ..deployment.replay import replay
from ..features import featurize
from ..training import Forest, fit_forest
from ..trips import load, months_between

MONTHS = tuple(months_between("2018-01", "2020-12"))
SCORED = ("2020-02", "2020-03", "2020-04", "2020-05", "2020-10")
"""Months that are scored before the first check."""


def trips(month: str) -> pd.DataFrame:
    """The 10,000 sample trips of a month, in TLC's columns.

    Examples
    --------
    >>> len(trips("2020-03"))
    10000
    """
    return _trips(str(month))


def features(month: str) -> pd.DataFrame:
    """A month's 11 features, label and dropoff time.

    Examples
    --------
    >>> features("2020-03").shape[1]
    13
    """
    return _features(str(month))


def scored(month: str) -> pd.DataFrame:
    """A month's records as `debugml.replay` gives them: time, label, probability and the rest.

    Examples
    --------
    >>> scored("2020-03").columns[:3].tolist()
    ['time', 'label', 'probability']
    """
    return _scored(str(month))


@cache
def forest() -> Forest:
    """The published model, 100 trees of depth 10, trained on January 2020's sample.

    Examples
    --------
    >>> forest().rows
    9969
    """
    return fit_forest(features("2020-01"))


# Kept by the month's plain text: one that NumPy drew is another key.
@cache
def _trips(month: str) -> pd.DataFrame:
    found: pd.DataFrame = load(month, source="sample", engine="pandas")
    return found


@cache
def _features(month: str) -> pd.DataFrame:
    found: pd.DataFrame = featurize(_trips(month))
    return found


@cache
def _scored(month: str) -> pd.DataFrame:
    found: pd.DataFrame = replay(forest(), month, source="sample", engine="pandas").records
    return found


def some(frame: pd.DataFrame, rng: np.random.Generator, least: int, most: int) -> pd.DataFrame:
    """A random number of a frame's rows, at random, in their order; a fresh index.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": range(100)})
    >>> len(some(frame, np.random.default_rng(0), 10, 10))
    10
    """
    size = int(rng.integers(least, most + 1))
    rows = np.sort(rng.choice(len(frame), size=min(size, len(frame)), replace=False))
    return frame.iloc[rows].reset_index(drop=True)


def warm() -> None:
    """Compute what would make a later check slow."""
    for month in MONTHS:
        trips(month)
    for month in SCORED:
        scored(month)
        features(month)
