"""Drift: KS between two months, and between each month and the one before."""

from __future__ import annotations

import itertools

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
