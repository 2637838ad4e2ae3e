"""How often the intervals of a spread's ratio hold: simulated, since no history can say."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..drift.null import clopper_pearson
from ..horizons import spread_ratio
from ..resampling import resample_days
from ..summary import Floats
from .base import result

DAYS = 30


@result
def spread_coverage(
    models: tuple[int, ...] = (6, 10, 15),
    ratios: tuple[float, ...] = (1.0, 2.0),
    noises: tuple[float, ...] = (0.0, 0.5),
    sets: int = 400,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """In how many of simulated sets of models the interval of `spread_ratio` holds the truth.

    Each set draws its models' figures from a normal distribution, in the second period with a
    deviation `ratios` times that of the first. Each of 30 days adds an error to every model
    together, and one to each alone.

    Parameters
    ----------
    models : tuple of int
        In a set.
    noises : tuple of float
        Standard error over days of what each model has alone, as a share of the deviation
        between models in the first period.
    sets, draws : int
        Sets for each row, and resamples for each interval.

    Returns
    -------
    DataFrame, one row a number of models, a ratio and a noise
        ``models``, ``ratio``, ``noise``, ``sets``, ``held`` (share of sets whose interval holds
        the ratio), ``low``, ``high`` (95 %, Clopper and Pearson).
    """
    rows = []
    for size, ratio, noise in itertools.product(models, ratios, noises):
        generator = np.random.default_rng([seed, size, round(100 * ratio), round(100 * noise)])
        held = 0
        for turn in range(sets):
            before, after = (
                _figures(generator, size, deviation, noise, draws) for deviation in (1.0, ratio)
            )
            _, low, high = spread_ratio(before, after, seed=turn)
            held += low <= ratio <= high
        low, high = clopper_pearson(held, sets)
        rows.append(
            {"models": size, "ratio": ratio, "noise": noise, "sets": sets}
            | {"held": held / sets, "low": low, "high": high}
        )
    return pd.DataFrame(rows)


def _figures(
    generator: np.random.Generator, models: int, deviation: float, noise: float, draws: int
) -> Sequence[Floats]:
    """Each model's figure as it is and in each resample of days, as `figures_by_draw` gives it."""
    own = generator.normal(0, deviation, (models, 1))
    alone = generator.normal(0, noise * np.sqrt(DAYS), (models, DAYS))
    together = generator.normal(0, np.sqrt(DAYS), DAYS)
    daily = own + alone + together
    weights = np.vstack([np.ones(DAYS), resample_days(DAYS, draws, generator)])
    return list(daily @ weights.T / DAYS)
