"""Periods with known labels and probabilities, for tests of alarms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from debugml.alarms import Pair, Period


def made_up_period(
    name: str,
    *,
    days: int = 28,
    a_day: int = 100,
    right: float = 0.8,
    shift: float = 0.0,
    base_rate: float = 0.5,
    seed: int = 0,
) -> Period:
    """Records whose decisions are right with a given chance, at all times alike."""
    rng = np.random.default_rng(seed)
    n = days * a_day
    y = rng.uniform(size=n) < base_rate
    hit = rng.uniform(size=n) < right
    p = np.where(hit == y, 0.8, 0.2)
    features = pd.DataFrame(
        {"speed": rng.normal(shift, 1, n), "hour": rng.integers(0, 24, n).astype(float)}
    )
    times = pd.Series(pd.date_range(f"{name}-01", periods=n, freq=f"{86400 // a_day}s"))
    return Period(name, features, times, y.astype(int), p)


def made_up_pair(turn: int = 0, *, suspect: bool = False, **current: float) -> Pair:
    """A reference as usual, and a current period as told."""
    return Pair(
        made_up_period("2020-02", seed=1),
        made_up_period("2020-03", **{"seed": 2, **current}),  # type: ignore[arg-type]
        base_rate=0.5,
        turn=turn,
        suspect=suspect,
    )
