"""The same days drawn again for every model, so that differences and spreads have intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SettingError
from ..labels import as_probabilities, check_lengths, zeros_and_ones
from ..monitoring.cells import SCALE, count
from ..monitoring.measures import Counts, measure
from ..resampling import resample_days
from ..summary import Floats
from .churn import spread

FIGURES = ("f1", "auc", "log_loss", "brier", "yes_rate")
BINS = 2000
"""Bins of the probability: within one, AUC counts ties as half."""

LEAST = np.finfo(np.float64).eps
"""As `metrics.Score` and scikit-learn have it: no probability is nearer to 0 or 1."""


def figures_by_draw(
    times: pd.Series[Any],
    labels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    draws: int = 500,
    seed: int = 0,
) -> dict[str, Floats]:
    """A model's figures as observed, and in resamples of its days (Efron and Tibshirani 1993).

    Two models scored on the same records with the same seed see the same days in every
    draw: differences between them, draw by draw, are paired.

    Parameters
    ----------
    times : Series of datetimes, shape (n,)
    labels, probabilities : array of shape (n,)
        0 or 1, and in [0, 1].
    draws, seed : int
        Resamples, and what fixes them.

    Returns
    -------
    dict of float64 arrays of shape (1 + draws,)
        By the names in `FIGURES`, the observed one first. AUC is that of probabilities
        rounded to 1/2000; log loss is in nats, with probabilities kept 2.2e-16 away from 0
        and 1, so that one certain mistake costs 36.

    Raises
    ------
    RecordsError
        If lengths differ, there are no records, or a time, label or probability is not what
        it should be.

    Examples
    --------
    >>> days = pd.Series(pd.date_range("2020-02-01", periods=4))
    >>> found = figures_by_draw(days, [0, 1, 1, 0], [0.2, 0.9, 0.6, 0.7], draws=10)
    >>> [round(float(found[name][0]), 3) for name in ("f1", "auc", "yes_rate")]
    [0.8, 0.75, 0.75]
    """
    check_lengths(times=times, labels=labels, probabilities=probabilities)
    y, p = zeros_and_ones(labels, "label"), as_probabilities(probabilities)
    if len(y) == 0:
        raise RecordsError("no records to score: the frame is empty")
    frame = pd.DataFrame({"time": np.asarray(times), "label": y.astype(int), "p": p})
    by_day = count(
        frame, time="time", label="label", probability="p", prediction=None, bins=BINS
    ).days
    cells = np.stack([by_day[day] for day in sorted(by_day)]).astype(np.float64)
    loss = _daily_loss(frame)
    often = resample_days(len(cells), draws, np.random.default_rng(seed))
    weights = np.vstack([np.ones((1, len(cells))), often]).astype(np.float64)
    drawn = (weights @ cells[:, 0].reshape(len(cells), -1)).reshape(-1, 2, BINS)
    moments = cells[:, 1:].sum(axis=3) / SCALE
    sums = weights @ np.stack(
        [moments[:, 0].sum(axis=1), moments[:, 0, 1], moments[:, 1].sum(axis=1)], axis=1
    )
    found = measure(Counts.of(drawn, sums), np.arange(BINS) >= BINS // 2)
    n, ones = drawn.sum(axis=(1, 2)), drawn[:, 1].sum(axis=1)
    return {
        "f1": found["f1"],
        "auc": found["auc"],
        "log_loss": weights @ loss / n,
        "brier": (sums[:, 2] - 2 * sums[:, 1] + ones) / n,
        "yes_rate": found["positive_rate"],
    }


def interval(drawn: npt.ArrayLike) -> tuple[float, float]:
    """95 % percentile interval of resampled figures; undefined ones are left out.

    Examples
    --------
    >>> interval(np.arange(1001))
    (25.0, 975.0)
    """
    low, high = np.nanquantile(np.asarray(drawn, dtype=np.float64), [0.025, 0.975])
    return float(low), float(high)


def versus(drawn: dict[str, Floats], usual: dict[str, Floats], name: str) -> dict[str, float]:
    """A figure less that of the usual model, with its paired 95 % interval.

    Parameters
    ----------
    drawn, usual : dict of arrays
        Of `figures_by_draw`, on the same records with the same seed.
    name : str
        One of `FIGURES`.

    Returns
    -------
    dict
        ``…_versus``, ``…_low``, ``…_high``, with the figure's name.

    Examples
    --------
    >>> one, two = ({"f1": np.array([f, f - 0.1, f + 0.1])} for f in (0.5, 0.75))
    >>> versus(two, one, "f1")
    {'f1_versus': 0.25, 'f1_low': 0.25, 'f1_high': 0.25}
    """
    difference = drawn[name] - usual[name]
    low, high = interval(difference[1:])
    return {f"{name}_versus": float(difference[0]), f"{name}_low": low, f"{name}_high": high}


def spread_ratio(
    before: Sequence[Floats], after: Sequence[Floats], seed: int = 0
) -> tuple[float, float, float]:
    """Spread across models in one period over that in another, with an interval of about 90 %.

    Each resample draws the days of either period (they come drawn) and the models, the same
    models for both periods. Noise of the days widens the spread in both, and so pulls the
    ratio towards 1. The interval runs from the 2.5 % to the 97.5 % quantile of the draws; with
    few models that can be too short: `debugml.study.spread_coverage` counts how often it holds
    the true ratio, and so it is called about 90 %.

    Parameters
    ----------
    before, after : sequence of arrays of shape (1 + draws,)
        One figure of each model, of `figures_by_draw`; the same models in the same order.
    seed : int
        Fixes the draws of models.

    Returns
    -------
    ratio, low, high : float

    Raises
    ------
    SettingError
        If there are fewer than three models, or not the same number in both periods.
    RecordsError
        If the models do not differ at all in the first period.

    Examples
    --------
    >>> one = [np.full(101, value) for value in (0.70, 0.71, 0.72)]
    >>> ratio, low, high = spread_ratio(one, [2 * figures for figures in one])
    >>> round(ratio, 6), round(low, 6), round(high, 6)
    (2.0, 2.0, 2.0)
    """
    if len(before) != len(after) or len(before) < 3:
        raise SettingError(
            f"{len(before)} and {len(after)} models: give the same ones, three or more, for both"
        )
    one, two = np.stack(before), np.stack(after)
    was = spread(one[:, 0]).sd
    if was == 0:
        raise RecordsError("the models do not differ in the first period: there is no ratio")
    draws = np.arange(1, one.shape[1])[:, None]
    models = np.random.default_rng(seed).integers(0, len(one), (len(draws), len(one)))
    base, later = (each[models, draws].std(axis=1, ddof=1) for each in (one, two))
    # A resample of one model many times has no spread to compare with.
    ratios = np.divide(later, base, out=np.full(len(base), np.nan), where=base > 0)
    return spread(two[:, 0]).sd / was, *interval(ratios)


def _daily_loss(frame: pd.DataFrame) -> Floats:
    p = frame["p"].clip(LEAST, 1 - LEAST)
    loss = -np.log(p.where(frame["label"] == 1, 1 - p))
    by_day: Floats = loss.groupby(frame["time"].dt.normalize()).sum().to_numpy(dtype=np.float64)
    return by_day
