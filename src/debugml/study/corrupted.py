"""A month with one fault, for a gate to find."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..features import LABEL


def corrupted(features: pd.DataFrame, seed: int = 0) -> dict[str, pd.DataFrame]:
    """A month's features as they are, and with one fault each.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> month = featurize(load("2020-01", source="sample"))
    >>> faults = corrupted(month)
    >>> ratio = faults["distance in km"]["trip_distance"].sum() / month["trip_distance"].sum()
    >>> round(float(ratio), 3)
    1.609
    """
    n, rng = len(features), np.random.default_rng(seed)
    km = features[["trip_distance", "trip_speed"]] * 1.609344
    lost = features[LABEL].where(rng.uniform(size=n) >= 0.2, 0).astype(features[LABEL].dtype)
    twice = pd.concat([features, features[: n // 4]], ignore_index=True)
    return {
        "as it is": features,
        "distance in km": features.assign(
            trip_distance=km["trip_distance"], trip_speed=km["trip_speed"]
        ),
        "no passengers": features.assign(passenger_count=np.float32(0)),
        "one RatecodeID": features.assign(RatecodeID=np.float32(1)),
        "a quarter twice": twice,
        "a fifth of tips lost": features.assign(**{LABEL: lost}),
        # As a join that slipped: each trip gets the next one's label, and all rates stay.
        "labels a row off": features.assign(**{LABEL: np.roll(features[LABEL].to_numpy(), 1)}),
    }
