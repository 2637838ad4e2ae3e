"""Windows: which of the records that have arrived a model is trained on.

A window says with what chance a record is kept, by its age in months; 0 is the newest
month. All windows train trees of the same size that draw the same number of records
(`forests.fit`), so a fit costs the same. They draw with replacement: from a longer window
a tree draws fewer of them twice, and so sees more different records.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import SettingError
from ..summary import Floats


@dataclass(frozen=True)
class Window:
    """Which records to train on.

    Attributes
    ----------
    name : str
        Short, for tables.
    chance : function
        From ages in months (int array, 0 for the newest) to the chance that a record of
        that age is kept.

    Examples
    --------
    >>> last(2).chance(np.array([0, 1, 2])).tolist()
    [1.0, 1.0, 0.0]
    """

    name: str
    chance: Callable[[npt.NDArray[np.int64]], Floats]

    def keeps(self, ages: npt.ArrayLike, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
        """Which records are kept: each by itself, with the chance that its age gives it.

        Parameters
        ----------
        ages : int array of shape (n,)
            Months between each record's month and the newest.
        generator : numpy Generator
            Nothing is drawn where chances are 0 or 1.

        Raises
        ------
        SettingError
            If an age is negative: such a record is not there yet.

        Examples
        --------
        >>> expanding().keeps([0, 1, 30], np.random.default_rng(0)).tolist()
        [True, True, True]
        """
        whole = np.asarray(ages, dtype=np.int64)
        if (whole < 0).any():
            raise SettingError(f"an age of {whole.min()} months: a window looks back, from 0 on")
        chance = self.chance(whole)
        kept: npt.NDArray[np.bool_] = chance >= 1
        between = (chance > 0) & ~kept
        if between.any():
            kept |= between & (generator.random(len(whole)) < chance)
        return kept


def last(months: int) -> Window:
    """The newest months alone: a sliding window.

    Raises
    ------
    SettingError
        If it is below 1 or no whole number.

    Examples
    --------
    >>> last(1).name, last(3).name
    ('last month', 'last 3 months')
    """
    if not (months >= 1 and math.isfinite(months) and months == int(months)):
        raise SettingError(f"last({months}): give a whole number of months from 1 on")
    name = "last month" if months == 1 else f"last {months} months"
    return Window(name, lambda ages: (ages < months).astype(np.float64))


def expanding() -> Window:
    """Everything since the first month.

    Examples
    --------
    >>> expanding().name
    'all months'
    """
    return Window("all months", lambda ages: np.ones(len(ages)))


def recency(half_life: float) -> Window:
    """Everything, thinned with age: a record is kept with chance 0.5^(age / half-life).

    Exponential forgetting, as Klinkenberg (2004) weighs examples by age; here records are
    drawn rather than weighted, so that no tree sees a record twice as often as it was there.

    Parameters
    ----------
    half_life : float
        Months after which half of the records are kept.

    Raises
    ------
    SettingError
        If it is not a positive finite number.

    Examples
    --------
    >>> recency(3).chance(np.array([0, 3, 6])).tolist()
    [1.0, 0.5, 0.25]
    """
    if not (math.isfinite(half_life) and half_life > 0):
        raise SettingError(f"a half-life of {half_life}: give months, above 0")
    return Window(f"half-life {half_life:g} months", lambda ages: 0.5 ** (ages / half_life))
