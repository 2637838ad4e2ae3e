"""Which days does a point stand for? Periods, since release, trailing, fading.

Every way of averaging over time is a weight for each day. A month, a trailing week
and an exponentially weighted mean differ in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import SettingError
from ..summary import Floats


@dataclass(frozen=True)
class Window:
    """A weight for each day that has records.

    Attributes
    ----------
    weights : float64 array of shape (days,)
        In [0, 1]; 0 for a day outside.
    """

    weights: Floats

    @property
    def effective_days(self) -> float:
        """Days of equal weight that vary as much: (Σw)² / Σw² (Kish 1965, ch. 11)."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())


def periods(days: pd.DatetimeIndex, freq: str) -> list[Window]:
    """One window for each calendar period that has records.

    Parameters
    ----------
    days : DatetimeIndex
        Ascending, each once.
    freq : str
        A pandas period: ``"D"``, ``"W"`` (Monday to Sunday), ``"M"``.

    Raises
    ------
    SettingError
        As `calendar_periods` does.

    Examples
    --------
    >>> days = pd.date_range("2020-03-01", "2020-03-03")    # a Sunday, then a new week
    >>> [window.weights.tolist() for window in periods(days, "W")]
    [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    """
    period = calendar_periods(days, freq)
    return [Window((period == one).astype("float64")) for one in period.unique()]


def calendar_periods(days: pd.DatetimeIndex, freq: str) -> pd.PeriodIndex:
    """The calendar period that each day lies in.

    Raises
    ------
    SettingError
        If pandas knows no such period, or it is several periods or shorter than a day.

    Examples
    --------
    >>> calendar_periods(pd.DatetimeIndex(["2020-03-01", "2020-03-02"]), "M").astype(str).tolist()
    ['2020-03', '2020-03']
    """
    try:
        period = days.to_period(freq)
        one = pd.Period("2020-01-01", freq)
    except ValueError as error:
        raise SettingError(
            f"{freq!r} is no period: give 'D', 'W', 'M' or another of pandas' periods"
        ) from error
    # pandas starts a period of two weeks at every day: each week would be its own.
    if one.freq.n != 1 or one.end_time - one.start_time < pd.Timedelta(hours=23):
        raise SettingError(f"{freq!r} is not one calendar period of a day or more: give 'D' or 'W'")
    return period


def everything(days: pd.DatetimeIndex) -> Window:
    """All days as one window.

    Examples
    --------
    >>> everything(pd.date_range("2020-03-01", "2020-03-02")).weights.tolist()
    [1.0, 1.0]
    """
    return Window(np.ones(len(days)))


def since_first(days: pd.DatetimeIndex) -> list[Window]:
    """At the end of each day, everything so far.

    Examples
    --------
    >>> [w.weights.tolist() for w in since_first(pd.date_range("2020-03-01", "2020-03-02"))]
    [[1.0, 0.0], [1.0, 1.0]]
    """
    return [Window(row) for row in np.tri(len(days))]


def trailing(days: pd.DatetimeIndex, length: int) -> list[Window]:
    """At the end of each day, the last so many calendar days, that day included.

    Raises
    ------
    SettingError
        If the length is not a whole number of days from 1.

    Examples
    --------
    >>> days = pd.DatetimeIndex(["2020-03-01", "2020-03-02", "2020-03-09"])
    >>> [window.weights.tolist() for window in trailing(days, 7)]
    [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if length != int(length) or length < 1:
        raise SettingError(f"a window of {length} days: give a whole number from 1")
    age = _age(days)
    return [Window(((row >= 0) & (row < length)).astype("float64")) for row in age]


def fading(days: pd.DatetimeIndex, half_life: float) -> list[Window]:
    """At the end of each day, everything so far, a day's weight halved every so many days.

    Raises
    ------
    SettingError
        If the half-life is not above 0.

    Examples
    --------
    >>> days = pd.date_range("2020-03-01", "2020-03-03")
    >>> fading(days, half_life=1)[-1].weights.tolist()
    [0.25, 0.5, 1.0]
    """
    if not half_life > 0:
        raise SettingError(f"a half-life of {half_life} days: give a number above 0")
    age = _age(days)
    return [Window(np.where(row >= 0, 0.5 ** (np.maximum(row, 0) / half_life), 0.0)) for row in age]


def _age(days: pd.DatetimeIndex) -> Floats:
    """Row i: how many days before day i each day was; negative for days after it."""
    numbers = days.to_numpy().astype("datetime64[D]").astype("int64")
    age: Floats = np.subtract.outer(numbers, numbers).astype("float64")
    return age
