"""How sure can we be? Resamples of days, which stand for other days, or of records.

Records of one day have weather, traffic and holidays in common: they are not
independent. So spans of 14 days or more resample days (Efron and Tibshirani 1993).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import RecordsError
from .metrics import as_probabilities, check_lengths, zeros_and_ones

MIN_DAYS = 14
"""From this many days on, days are resampled; below, trips."""


def require_times(times: pd.Series[Any]) -> None:
    """A time for each record.

    Raises
    ------
    RecordsError
        If one is missing.

    Examples
    --------
    >>> require_times(pd.Series(pd.to_datetime(["2020-03-01"])))
    """
    if pd.isna(times).any():
        raise RecordsError("a time is missing: a record without one belongs to no day")


def resample_counts(
    counts: npt.NDArray[np.int64],
    draws: int,
    generator: np.random.Generator,
    *,
    over_days: bool,
) -> npt.NDArray[np.int64]:
    """Bootstrap resamples of a span's confusion counts.

    Parameters
    ----------
    counts : array of shape (days, 4)
        Columns tp, fp, fn, tn.
    over_days : bool
        True: draw whole days with replacement. False: draw records with replacement
        within each day, which for counts is one multinomial a day.

    Returns
    -------
    array of shape (draws, 4)
        Each row the counts of the whole span in one resample.
    """
    if over_days:
        chosen = generator.integers(0, len(counts), size=(draws, len(counts)))
        drawn: npt.NDArray[np.int64] = counts[chosen].sum(axis=1)
        return drawn
    total = np.zeros((draws, counts.shape[1]), dtype=np.int64)
    for day in counts:
        total += generator.multinomial(day.sum(), day / day.sum(), size=draws)
    return total


def resampled_auc(
    times: pd.Series[Any],
    labels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    draws: int = 500,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile interval of the AUC, days resampled.

    Parameters
    ----------
    times : Series of datetime64, shape (n,)
    labels, probabilities : array of shape (n,)

    Returns
    -------
    (low, high)
        Resamples in which all labels are the same have no AUC and are left out.

    Raises
    ------
    RecordsError
        If there are fewer than 14 days, too few to stand for others; if all labels are the
        same; or if a value is missing, out of range, or one too many.
    """
    check_lengths(times=times, labels=labels, probabilities=probabilities)
    require_times(times)
    days, day = np.unique(pd.DatetimeIndex(times).normalize(), return_inverse=True)
    if len(days) < MIN_DAYS:
        raise RecordsError(f"{len(days)} days: an interval over days needs at least {MIN_DAYS}")
    y, p = zeros_and_ones(labels, "label"), as_probabilities(probabilities)
    if y.all() or not y.any():
        raise RecordsError("all labels are the same: AUC is undefined")
    order = np.argsort(p, kind="stable")
    y, day = y[order], day[order]
    # Where each run of equal probabilities ends: ties count half.
    ends = np.flatnonzero(np.append(np.diff(p[order]) > 0, True))
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        times_drawn = np.bincount(generator.integers(0, len(days), len(days)), minlength=len(days))
        weight = times_drawn[day]
        zeros = np.cumsum(weight * ~y)[ends]
        ones = np.cumsum(weight * y)[ends]
        if zeros[-1] and ones[-1]:
            new_ones = np.diff(ones, prepend=0)
            middle = (zeros + np.concatenate([[0], zeros[:-1]])) / 2
            found.append(middle @ new_ones / (zeros[-1] * ones[-1]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
