"""How sure can we be? Resamples of days, which stand for other days, or of records.

Records of one day have weather, traffic and holidays in common: they are not
independent. So spans of 14 days or more resample days (Efron and Tibshirani 1993).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .errors import RecordsError
from .summary import Ints

MIN_DAYS = 14
"""From this many days on, days are resampled; below, trips."""


def require_times(times: pd.Series[Any]) -> None:
    """A time for each record.

    Raises
    ------
    RecordsError
        If one is missing, or they are text or numbers.

    Examples
    --------
    >>> require_times(pd.Series(pd.to_datetime(["2020-03-01"])))
    """
    if pd.isna(times).any():
        raise RecordsError("a time is missing: a record without one belongs to no day")
    if not pd.api.types.is_datetime64_any_dtype(times):
        kind = getattr(times, "dtype", type(times).__name__)
        raise RecordsError(f"times of type {kind}: convert them by pandas.to_datetime")


def resample_days(days: int, draws: int, generator: np.random.Generator) -> Ints:
    """How often each day occurs when days are drawn with replacement.

    Returns
    -------
    int64 array of shape (draws, days)
        Each row adds up to the number of days.

    Examples
    --------
    >>> resample_days(3, 2, np.random.default_rng(0)).sum(axis=1).tolist()
    [3, 3]
    """
    chosen = generator.integers(0, days, size=(draws, days)) + days * np.arange(draws)[:, None]
    return np.bincount(chosen.ravel(), minlength=draws * days).reshape(draws, days)


def resample_records(counts: Ints, draws: int, generator: np.random.Generator) -> Ints:
    """Counts of as many records, drawn with replacement: one multinomial a draw.

    Parameters
    ----------
    counts : int64 array of any shape
        Records in each cell.

    Returns
    -------
    int64 array of shape (draws, *counts.shape)

    Examples
    --------
    >>> resample_records(np.array([[3, 0], [1, 0]]), 2, np.random.default_rng(0))[:, :, 1].sum()
    np.int64(0)
    """
    drawn = np.zeros((draws, counts.size), dtype=np.int64)
    # Cells that nobody is in stay empty, and cost nothing.
    filled = np.flatnonzero(counts)
    of_filled = counts.ravel()[filled]
    drawn[:, filled] = generator.multinomial(of_filled.sum(), of_filled / of_filled.sum(), draws)
    return drawn.reshape(draws, *counts.shape)
