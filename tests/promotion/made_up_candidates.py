"""Candidates with known records, for tests of the gate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from debugml.alarms import Period
from debugml.features import FEATURES, LABEL, TIME
from debugml.promotion import Candidate, Facts


def made_up_month(name: str, *, days: int = 28, a_day: int = 60, seed: int = 0) -> pd.DataFrame:
    """Features with a signal: the longer the distance, the likelier the label."""
    rng = np.random.default_rng(seed)
    n = days * a_day
    columns = {
        "pickup_weekday": rng.integers(0, 7, n),
        "pickup_hour": rng.integers(0, 24, n),
        "work_hours": rng.integers(0, 2, n),
        "pickup_minute": rng.integers(0, 60, n),
        "passenger_count": rng.integers(1, 4, n),
        "trip_distance": rng.uniform(0.5, 4, n),
        "trip_time": rng.uniform(300, 900, n),
        "trip_speed": rng.uniform(0.002, 0.004, n),
        "PULocationID": rng.integers(1, 264, n),
        "DOLocationID": rng.integers(1, 264, n),
        "RatecodeID": rng.integers(1, 3, n),
    }
    frame = pd.DataFrame(columns).astype("float32")
    chance = 0.15 + 0.7 * (frame["trip_distance"] > 2.25)
    frame[LABEL] = (rng.uniform(size=n) < chance).astype("int8")
    frame[TIME] = pd.Timestamp(f"{name}-01") + pd.to_timedelta(np.arange(n) * 86400 // a_day, "s")
    return frame[[*FEATURES, LABEL, TIME]]


def truth_of(frame: pd.DataFrame, sharp: float = 1.0) -> np.ndarray:
    """The labels' own chances (sharp 1), or nearer to one half."""
    chance = 0.15 + 0.7 * (frame["trip_distance"] > 2.25).to_numpy()
    return 0.5 + sharp * (chance - 0.5)


def made_up_candidate(
    frame: pd.DataFrame,
    p: np.ndarray,
    *,
    name: str = "challenger",
    base_rate: float = 0.5,
    facts: tuple[Facts, ...] = (),
    before: tuple[Facts, ...] = (),
) -> Candidate:
    """A model known by its probabilities alone."""
    period = Period("2020-02", frame[list(FEATURES)], frame[TIME], frame[LABEL], p)
    return Candidate(name, period, base_rate, facts or (Facts.of("2020-02", frame),), before)
