"""Three years at a glance: how the trips' features were spread, month by month."""

from __future__ import annotations

import pandas as pd

from ..features import featurize
from .base import ALL_MONTHS, in_memory, result

SPREAD = {"low": 0.1, "middle": 0.5, "high": 0.9}
"""Quantiles: eight of ten trips lie between the outer two."""

AIRPORTS = (1, 132, 138)
"""Taxi zones of Newark, JFK and LaGuardia."""

_UNITS = {"trip_speed": 3600.0, "trip_distance": 1.0, "trip_time": 1 / 60, "pickup_hour": 1.0}


@result
def feature_spread(months: tuple[str, ...] = ALL_MONTHS) -> pd.DataFrame:
    """Where the middle eighty percent of the trips lie, and two shares.

    Returns
    -------
    DataFrame, one row a month
        ``month``; for ``trip_speed`` (miles an hour), ``trip_distance`` (miles), ``trip_time``
        (minutes) and ``pickup_hour``: ``…_low``, ``…_middle``, ``…_high`` (quantiles 0.1, 0.5,
        0.9); ``weekend`` (share of trips that begin on a Saturday or Sunday), ``airport``
        (share that begin or end in an airport's zone).
    """
    rows = []
    for month in months:
        features = featurize(in_memory(month))
        quantiles = {
            f"{name}_{which}": features[name].astype("float64").quantile(at) * unit
            for name, unit in _UNITS.items()
            for which, at in SPREAD.items()
        }
        zones = features[["PULocationID", "DOLocationID"]].isin(AIRPORTS).any(axis=1)
        rows.append(
            {
                "month": month,
                **quantiles,
                "weekend": (features["pickup_weekday"] >= 5).mean(),
                "airport": zones.mean(),
            }
        )
    return pd.DataFrame(rows)
