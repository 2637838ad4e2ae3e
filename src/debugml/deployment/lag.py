"""Lag: when a record's features reach us, and when its label does.

A trip has an event time (its dropoff) and arrival times, which come later: the
"event time" and "processing time" of stream processing (Akidau et al. 2015, "The
Dataflow Model"). TLC publishes no arrival times. Every lag here is an assumption,
made to see what a monitor could have known; none is a measurement.

A lag model has one method, `arrivals`. A random delay is a function of the record
itself, its event time and its probability, and never of its label: the same record
arrives at the same time whatever other records there are, in whatever order and
partition. Models nest: ``Nightly("02:00", after=Lognormal("6h"))``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..errors import SchemaError, SettingError
from .clock import clock_time, delay_of, in_microseconds, moment_of, next_at

LONGEST = pd.Timedelta(days=36_525)
"""No drawn delay is longer than a hundred years, so that every arrival is a date."""


class LagModel(Protocol):
    """Anything that says when records arrive."""

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """When each record arrives (NaT: never), not before its ``time``; the records' index."""
        ...


@dataclass(frozen=True)
class NoLag:
    """Each record arrives at its event time: the ideal that the other models spoil.

    Examples
    --------
    >>> records = pd.DataFrame({"time": pd.to_datetime(["2020-03-01 10:00"])})
    >>> NoLag().arrivals(records).astype(str).tolist()
    ['2020-03-01 10:00:00']
    """

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """The event times."""
        if "time" not in records.columns:
            raise SchemaError("the records have no column time: name the event time so")
        return in_microseconds(records["time"]).rename("arrival")


NO_LAG = NoLag()


@dataclass(frozen=True)
class Constant:
    """Each record arrives the same time after its event.

    Parameters
    ----------
    delay : str or timedelta
        As in ``"2D"`` or ``"90min"``; not negative.

    Raises
    ------
    SettingError
        If the delay can't be read, or is negative.

    Examples
    --------
    >>> records = pd.DataFrame({"time": pd.to_datetime(["2020-03-01 10:00"])})
    >>> Constant("2D").arrivals(records).astype(str).tolist()
    ['2020-03-03 10:00:00']
    """

    delay: str | timedelta

    def __post_init__(self) -> None:
        delay_of(self.delay)

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """Event times plus the delay."""
        return in_microseconds(NO_LAG.arrivals(records) + delay_of(self.delay))


@dataclass(frozen=True)
class Lognormal:
    """Delays drawn from a log-normal distribution: most are short, a few are very long.

    The quantile of a record's draw is a hash of its ``time`` and, where there is one, its
    ``probability``. So another model's probabilities mean other draws; two models with the
    same seed give one record the same quantile; give them different seeds where delays are
    to be independent.

    Parameters
    ----------
    median : str or timedelta
        Half of the records arrive within it; not negative.
    sigma : float
        Standard deviation of the delay's logarithm; with 1, one record in twenty takes
        more than 5 times the median.
    seed : int
        Another seed, other draws.

    Raises
    ------
    SettingError
        If the median can't be read or is negative, or sigma is negative or not a number.

    Examples
    --------
    >>> records = pd.DataFrame({"time": pd.date_range("2020-03-01", periods=1001, freq="min")})
    >>> delay = Lognormal("6h", sigma=1.0).arrivals(records) - records["time"]
    >>> bool(delay.median() > pd.Timedelta("5h")), bool(delay.median() < pd.Timedelta("7h"))
    (True, True)
    """

    median: str | timedelta = "6h"
    sigma: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        delay_of(self.median, "median")
        if not 0 <= self.sigma < float("inf"):
            raise SettingError(f"sigma is {self.sigma}: give a number from 0 up, such as 1.0")

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """Event times plus each record's own delay."""
        times = NO_LAG.arrivals(records)
        median = delay_of(self.median, "median") / pd.Timedelta(microseconds=1)
        with np.errstate(over="ignore"):
            drawn = median * np.exp(self.sigma * ndtri(_uniform(records, times, self.seed)))
        most = LONGEST / pd.Timedelta(microseconds=1)
        whole = np.minimum(drawn, most).round().astype("int64")
        return times + pd.Series(whole.astype("timedelta64[us]"), index=times.index)


@dataclass(frozen=True)
class ByGroup:
    """Each group of records has a lag model of its own: by payment type, by vendor.

    Parameters
    ----------
    column : str
        The records' column that tells the groups apart.
    models : mapping from value to lag model
    otherwise : lag model
        For every other value, and for records without one.

    Raises
    ------
    SettingError
        If a group is a missing value, which equals nothing: say `otherwise`.

    Examples
    --------
    >>> records = pd.DataFrame(
    ...     {"time": pd.to_datetime(["2020-03-01"] * 3), "payment_type": [1.0, 2.0, None]}
    ... )
    >>> by_payment = ByGroup("payment_type", {1: NoLag(), 2: Constant("3D")}, Constant("14D"))
    >>> by_payment.arrivals(records).dt.day.tolist()
    [1, 4, 15]
    """

    column: str
    models: Mapping[Any, LagModel]
    otherwise: LagModel

    def __post_init__(self) -> None:
        if any(pd.isna(value) for value in self.models):
            raise SettingError(
                f"a group of {self.column} is missing: its lag is what `otherwise` says"
            )

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """Each record's arrival by the model of its group."""
        if self.column not in records.columns:
            raise SchemaError(
                f"the records have no column {self.column}: name it in keep, so that it is "
                "carried along"
            )
        arrived = NO_LAG.arrivals(records).copy()
        left = np.ones(len(records), dtype=bool)
        for value, model in self.models.items():
            group = (records[self.column] == value).fillna(False).to_numpy(dtype=bool)
            arrived.loc[group] = model.arrivals(records[group]).to_numpy()
            left &= ~group
        arrived.loc[left] = self.otherwise.arrivals(records[left]).to_numpy()
        return arrived


@dataclass(frozen=True)
class Nightly:
    """A batch load once a day: what is there by then arrives with it.

    Parameters
    ----------
    at : str
        Clock time of the load, ``HH:MM``.
    after : lag model
        When records are there to be loaded. ``Nightly(after=Outage(…))`` waits for the
        first load after the outage; ``Outage(…, after=Nightly())`` loads when it ends.

    Raises
    ------
    SettingError
        If the clock time can't be read.

    Examples
    --------
    >>> times = pd.to_datetime(["2020-03-01 01:59", "2020-03-01 02:00", "2020-03-01 02:01"])
    >>> Nightly("02:00").arrivals(pd.DataFrame({"time": times})).dt.day.tolist()
    [1, 1, 2]
    """

    at: str = "02:00"
    after: LagModel = NO_LAG

    def __post_init__(self) -> None:
        clock_time(self.at)

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """The first load at or after each record's arrival by the inner model."""
        return next_at(self.after.arrivals(records), self.at)


@dataclass(frozen=True)
class Outage:
    """Nothing arrives from `start` to `end`; what would have arrives when it is over.

    Parameters
    ----------
    start, end : str or Timestamp
        The end itself is outside the outage.
    after : lag model
        When records would have arrived.

    Raises
    ------
    SettingError
        If a moment can't be read, or the end is not after the start.

    Examples
    --------
    >>> times = pd.to_datetime(["2020-03-07", "2020-03-08", "2020-03-11", "2020-03-12"])
    >>> outage = Outage("2020-03-08", "2020-03-12")
    >>> outage.arrivals(pd.DataFrame({"time": times})).dt.day.tolist()
    [7, 12, 12, 12]
    """

    start: str | datetime
    end: str | datetime
    after: LagModel = NO_LAG

    def __post_init__(self) -> None:
        if moment_of(self.end, "end") <= moment_of(self.start, "start"):
            raise SettingError(
                f"the outage ends at {self.end}, not after its start {self.start}: swap them"
            )

    def arrivals(self, records: pd.DataFrame) -> pd.Series[Any]:
        """Arrivals by the inner model, those inside the outage put off to its end."""
        due = self.after.arrivals(records)
        start, end = moment_of(self.start, "start"), moment_of(self.end, "end")
        return in_microseconds(due.mask((due >= start) & (due < end), end))


@dataclass(frozen=True)
class Lag:
    """Both lags of a release: of the features, so of the prediction, and of the label.

    Attributes
    ----------
    features, labels : lag model
        Both count from the event time. A record can be judged once both have arrived.
    """

    features: LagModel = NO_LAG
    labels: LagModel = NO_LAG


def _uniform(records: pd.DataFrame, times: pd.Series[Any], seed: int) -> Any:
    """A number in (0, 1) for each record that nothing but itself and the seed decides."""
    known = {"time": times}
    if "probability" in records.columns:
        known["probability"] = records["probability"].astype("float64")
    hashed = pd.util.hash_pandas_object(pd.DataFrame(known), index=False).to_numpy()
    # pandas' own hash key touches text only, so the seed goes through a second hash.
    salt = pd.util.hash_array(np.array([seed], dtype="int64"))
    mixed = pd.util.hash_array(hashed ^ salt)
    # The top 53 bits, half a step off 0 and 1, where the normal quantile is infinite.
    return ((mixed >> np.uint64(11)).astype("float64") + 0.5) / 2.0**53
