"""Drift: KS between months, and what the calendar has to do with it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from ..drift import ks, ks_table
from ..features import FEATURES, featurize
from ..summary import ValueCounts
from ..trips import load
from .base import ALL_MONTHS, result


@result
def ks_months(reference: str = "2020-01", current: str = "2020-02") -> pd.DataFrame:
    """KS tests of the eleven features between two months: `drift.KSTable.to_frame`."""
    table = ks_table(featurize(load(reference)), featurize(load(current)), FEATURES)
    return table.to_frame()


@result
def ks_adjacent(months: tuple[str, ...] = ALL_MONTHS) -> pd.DataFrame:
    """KS tests between each month and the one before.

    Returns
    -------
    DataFrame, one row a pair
        ``month`` (the later); ``feature``, ``statistic`` of the largest D; ``smallest_p`` of
        the eleven; ``fires`` (smallest p times 11 is below 0.05: Bonferroni).
    """
    frames = {month: featurize(load(month)) for month in months}
    rows = []
    for before, month in itertools.pairwise(months):
        table = ks_table(frames[before], frames[month], FEATURES).to_frame()
        smallest = table["p_value"].min()
        rows.append(
            {
                "month": month,
                "feature": table["feature"].iloc[0],
                "statistic": table["statistic"].iloc[0],
                "smallest_p": smallest,
                "fires": bool(smallest * len(FEATURES) < 0.05),
            }
        )
    return pd.DataFrame(rows)


@result
def cdfs(
    reference: str = "2020-01",
    current: str = "2020-02",
    feature: str = "trip_speed",
    scale: float = 3600.0,
    highest: float = 40.0,
) -> pd.DataFrame:
    """Distribution functions of a feature in two months, thinned, with D's place kept.

    Parameters
    ----------
    scale : float
        Shown value = feature × scale: 3600 turns miles a second into miles an hour.
    highest : float
        The largest shown value, after scaling.

    Returns
    -------
    DataFrame
        ``reference_month``, ``current_month``, ``value``, ``reference``, ``current``
        (shares of trips at or below the value).
    """
    counts = [ValueCounts.of(featurize(load(m))[feature]) for m in (reference, current)]
    points = np.union1d(np.linspace(0, highest / scale, 161), [ks(*counts).location])
    below, below_current = (c.up_to(points) / c.n for c in counts)
    return pd.DataFrame(
        {
            "reference_month": reference,
            "current_month": current,
            "value": points * scale,
            "reference": below,
            "current": below_current,
        }
    )


@result
def weekday_drift(reference: str = "2020-01", current: str = "2020-02") -> pd.DataFrame:
    """How much of the weekday's D is the calendar: months hold different numbers of each day.

    Returns
    -------
    DataFrame of one row
        ``months``; ``observed`` (D of the pickup weekday); ``calendar`` (D if every day had
        the same number of trips); ``left`` (D after each trip is weighted by one over how
        often its weekday occurs in its month).
    """
    occurs, trips = [], []
    for month in (reference, current):
        days = pd.period_range(f"{month}-01", periods=pd.Period(month).days_in_month, freq="D")
        occurs.append(np.bincount(days.day_of_week, minlength=7))
        weekdays = featurize(load(month))["pickup_weekday"].astype("int64")
        trips.append(np.bincount(weekdays, minlength=7))
    return pd.DataFrame(
        {
            "months": [f"{reference} and {current}"],
            "observed": _widest_gap(*trips),
            "calendar": _widest_gap(*occurs),
            "left": _widest_gap(*(t / o for t, o in zip(trips, occurs, strict=True))),
        }
    )


def _widest_gap(one: Any, other: Any) -> float:
    return float(np.abs(np.cumsum(one) / np.sum(one) - np.cumsum(other) / np.sum(other)).max())
