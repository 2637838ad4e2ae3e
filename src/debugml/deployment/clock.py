"""Moments, delays and clock times as people write them, in the records' own local time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ..errors import SettingError


def next_at(times: pd.Series[Any], at: str) -> pd.Series[Any]:
    """The first moment at or after each time at which the clock shows `at`.

    Raises
    ------
    SettingError
        If the clock time can't be read.

    Examples
    --------
    >>> next_at(pd.Series(pd.to_datetime(["2020-03-01 10:00"])), "06:00").astype(str).tolist()
    ['2020-03-02 06:00:00']
    """
    same_day = times.dt.normalize() + clock_time(at)
    next_day = same_day + pd.Timedelta(days=1)
    moments: pd.Series[Any] = same_day.where((same_day >= times) | times.isna(), next_day)
    return in_microseconds(moments)


def in_microseconds(times: pd.Series[Any]) -> pd.Series[Any]:
    """Times in one unit, the trips' own, whatever they were computed with.

    Examples
    --------
    >>> str(in_microseconds(pd.Series(pd.to_datetime(["2020-03-01"]))).dtype)
    'datetime64[us]'
    """
    same: pd.Series[Any] = times.dt.as_unit("us")
    return same


def clock_time(text: str) -> pd.Timedelta:
    """A clock time as the time since midnight.

    Raises
    ------
    SettingError
        If it is not ``HH:MM``.

    Examples
    --------
    >>> str(clock_time("02:30"))
    '0 days 02:30:00'
    """
    try:
        read = datetime.strptime(text, "%H:%M")
    except (ValueError, TypeError) as error:
        raise SettingError(f"at is {text!r}: write a clock time as in '02:00'") from error
    return pd.Timedelta(hours=read.hour, minutes=read.minute)


def moment_of(value: str | datetime, said: str = "moment") -> pd.Timestamp:
    """A moment in the records' own local time.

    Raises
    ------
    SettingError
        If it can't be read, or carries a time zone.

    Examples
    --------
    >>> moment_of("2020-03-15 06:00")
    Timestamp('2020-03-15 06:00:00')
    """
    try:
        moment = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise SettingError(f"{said} is {value!r}: write it as '2020-03-15 06:00'") from error
    if not isinstance(moment, pd.Timestamp) or moment.tz is not None:
        raise SettingError(
            f"{said} is {value!r}: write a local time without a zone, as '2020-03-15 06:00'"
        )
    return moment


def delay_of(value: str | timedelta, said: str = "delay") -> pd.Timedelta:
    """A delay: a duration of 0 or more.

    Raises
    ------
    SettingError
        If it can't be read, or is negative.

    Examples
    --------
    >>> str(delay_of("90min"))
    '0 days 01:30:00'
    """
    try:
        delay = pd.Timedelta(value)
    except (ValueError, TypeError) as error:
        raise SettingError(f"{said} is {value!r}: write a duration as in '2D' or '6h'") from error
    if not delay >= pd.Timedelta(0):
        raise SettingError(
            f"{said} is {value!r}: nothing arrives before it happens; give 0 or more"
        )
    return delay
