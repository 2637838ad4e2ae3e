"""By day: what one forecast got right, and how far chance in the days moves a difference.

Trips of a day have weather and traffic in common, so days are resampled within each month,
and every forecast is judged on the same draws (Efron and Tibshirani 1993).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..losses import floored_losses
from ..metrics import f1_score, zeros_and_ones
from ..resampling import resample_days
from ..summary import Floats, Ints

_N, _TP, _YES, _POSITIVE, _LOSS = range(5)


class Spread(NamedTuple):
    """F1 and floored log loss of one forecast in each resample of a month's days.

    >>> Spread(np.array([0.5]), np.array([0.7])).f1.tolist()
    [0.5]
    """

    f1: Floats
    log_loss_floored: Floats


def day_sums(
    times: pd.Series[pd.Timestamp], labels: npt.ArrayLike, yes: npt.ArrayLike, p: npt.ArrayLike
) -> Floats:
    """What F1 and log loss are made of, added up by day.

    Parameters
    ----------
    times : Series of datetime64, shape (n,)
    labels, yes : array of shape (n,)
        0 or 1: the truth, and the decision.
    p : array of shape (n,)
        Probability of label 1.

    Returns
    -------
    float64 array of shape (days, 5)
        Records, true positives, decisions for yes, positives, sum of `floored_losses`.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2020-03-01"] * 2))
    >>> day_sums(times, [1, 0], [1, 1], [0.5, 0.5]).round(2).tolist()
    [[2.0, 1.0, 2.0, 1.0, 1.39]]
    """
    y, said = zeros_and_ones(labels, "label"), zeros_and_ones(yes, "decision")
    day = pd.factorize(times.dt.normalize(), sort=True)[0]
    columns = (np.ones(len(y)), y & said, said, y, floored_losses(y, p))
    return np.column_stack([np.bincount(day, weights=column) for column in columns])


def month_weights(days: int, draws: int, seed: int, turn: int) -> Ints:
    """How often each day of one month counts in each draw: the same for every forecast.

    Returns
    -------
    int64 array of shape (draws, days)

    Examples
    --------
    >>> month_weights(3, 2, seed=0, turn=1).sum(axis=1).tolist()
    [3, 3]
    """
    return resample_days(days, draws, np.random.default_rng([seed, turn, 2]))


def spread(sums: Floats, weights: Ints) -> Spread:
    """F1 and floored log loss of each draw.

    Parameters
    ----------
    sums : float64 array of shape (days, 5)
        `day_sums`.
    weights : int64 array of shape (draws, days)

    Examples
    --------
    >>> sums = np.array([[2.0, 1.0, 2.0, 1.0, 1.4], [2.0, 0.0, 0.0, 1.0, 1.2]])
    >>> spread(sums, np.array([[1, 1], [2, 0]])).f1.round(2).tolist()
    [0.5, 0.67]
    """
    drawn = weights @ sums
    tp = drawn[:, _TP]
    f1: Floats = f1_score(tp, drawn[:, _YES] - tp, drawn[:, _POSITIVE] - tp)
    return Spread(f1, drawn[:, _LOSS] / drawn[:, _N])
