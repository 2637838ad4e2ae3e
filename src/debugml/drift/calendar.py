"""Drift beyond the calendar: two months compared as average weeks.

January 2020 holds five Fridays and February four. A test of the weekday sees that at once,
and rightly; but nobody wants to be woken by a calendar. Weighting each record by one over
how often its weekday and hour occurs in its span makes an average week of each span
(post-stratification: Holt and Smith 1979), and D of two average weeks is what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SchemaError, SettingError
from ..resampling import require_times
from ..summary import Floats
from .weighted import chance_d, weighted_d

Span: TypeAlias = tuple[str | pd.Timestamp, str | pd.Timestamp]
"""Start and end, the end not included."""

CALENDAR: Mapping[str, int] = {"weekday": 7, "hour": 24}
"""What records can be weighted by, and how many there are of each."""

BY = ("weekday", "hour")


def calendar_weights(
    times: pd.Series[Any],
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    by: Sequence[str] = BY,
) -> Floats:
    """One over how often each record's weekday and hour occurs in the span.

    Hours are counted on the clock, as if each day had 24: on the two days a year when clocks
    change, an hour that did not take place, or took place twice, counts once.

    Parameters
    ----------
    times : Series of datetime64, shape (n,)
        Local times without a zone.
    start, end : str or Timestamp
        The span that the records come from: whole hours, the end not included.
    by : sequence of str
        ``weekday``, ``hour`` or both (Holt and Smith's strata).

    Returns
    -------
    float64 array of shape (n,)
        In a month with five Fridays, 1/5 for each record of a Friday at five.

    Raises
    ------
    RecordsError
        If a time is missing, carries a zone, or lies outside the span.
    SettingError
        If the span can't be read, is not of whole hours, or lacks a weekday or hour.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2020-01-03 17:30", "2020-01-04 17:30"]))
    >>> (1 / calendar_weights(times, "2020-01-01", "2020-02-01")).tolist()
    [5.0, 4.0]
    """
    occurs = _occurrences(start, end, by)
    when = _times(times, start, end)
    weights: Floats = 1 / occurs[_cells(when, by)]
    return weights


def check_columns(
    reference: pd.DataFrame, current: pd.DataFrame, columns: Sequence[str], time: str
) -> None:
    """Both frames hold the times and the columns, and these are numbers.

    Raises
    ------
    SchemaError
        If no column is named, or one is absent or holds no numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"time": pd.to_datetime(["2020-01-03"]), "fare": [7.5]})
    >>> check_columns(frame, frame, ["fare"], "time")
    """
    if isinstance(columns, str):
        raise SchemaError(f"columns is the text {columns!r}: give a list, as in [{columns!r}]")
    if not len(columns):
        raise SchemaError("columns is empty: name one or more columns of numbers")
    for said, frame in (("reference", reference), ("current", current)):
        lacking = [str(name) for name in (time, *columns) if name not in frame.columns]
        if lacking:
            raise SchemaError(
                f"the {said} frame has no column {', '.join(lacking)}: name columns that it has"
            )
        for name in columns:
            if not pd.api.types.is_numeric_dtype(frame.dtypes[name]):
                raise SchemaError(
                    f"column {name} of the {said} frame holds {frame.dtypes[name]}, no numbers: "
                    "leave it out or encode it"
                )


def calendar_ks(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Sequence[str],
    *,
    time: str,
    reference_span: Span,
    current_span: Span,
    by: Sequence[str] = BY,
) -> pd.DataFrame:
    """D of each column as observed, of the calendar alone, and between average weeks.

    Parameters
    ----------
    reference, current : DataFrame
        Numeric columns; NaN is left out column by column.
    time : str
        The column of both frames that says when a record was.
    reference_span, current_span : (start, end)
        As for `calendar_weights`.
    by : sequence of str
        ``weekday``, ``hour`` or both (post-stratification: Holt and Smith 1979).

    Returns
    -------
    DataFrame, one row a column, the largest D left first
        ``column``; ``d_observed``; ``d_calendar`` (D between the reference and itself, each
        record weighted by how often its weekday and hour occurs in the current span against
        the reference's: what the calendar does to it, were nothing else to change);
        ``d_left`` (D between average weeks); ``d_chance`` (`chance_d` at 5 % for the
        effective sizes, records taken as independent); ``n_effective_reference``,
        ``n_effective_current`` (of the average weeks).

    Raises
    ------
    SchemaError
        As `check_columns` does.
    RecordsError, SettingError
        As `calendar_weights` and `weighted_d` do.

    Examples
    --------
    >>> hours = pd.date_range("2020-01-01", "2020-03-01", freq="h", inclusive="left")
    >>> frame = pd.DataFrame({"time": hours, "weekday": hours.day_of_week})
    >>> spans = ("2020-01-01", "2020-02-01"), ("2020-02-01", "2020-03-01")
    >>> one, two = (frame[frame["time"].between(*s, inclusive="left")] for s in spans)
    >>> found = calendar_ks(
    ...     one, two, ["weekday"], time="time", reference_span=spans[0], current_span=spans[1]
    ... )
    >>> found[["d_observed", "d_calendar", "d_left"]].round(4).values.tolist()
    [[0.0523, 0.0523, 0.0]]
    """
    check_columns(reference, current, columns, time)
    to_current = 1 / calendar_weights(reference[time], *reference_span, by)
    weeks, weeks_current = 1 / to_current, calendar_weights(current[time], *current_span, by)
    to_current = _occurrences(*current_span, by)[_cells(reference[time], by)] / to_current
    rows = []
    for name in columns:
        one, other = (
            f[name].to_numpy(dtype=np.float64, na_value=np.nan) for f in (reference, current)
        )
        left = weighted_d(one, other, weeks, weeks_current)
        rows.append(
            {
                "column": name,
                "d_observed": weighted_d(one, other).statistic,
                "d_calendar": weighted_d(one, one, None, to_current).statistic,
                "d_left": left.statistic,
                "d_chance": chance_d(left.n_reference, left.n_current),
                "n_effective_reference": left.n_reference,
                "n_effective_current": left.n_current,
            }
        )
    found = pd.DataFrame(rows)
    return found.sort_values("d_left", ascending=False, kind="stable", ignore_index=True)


def _occurrences(start: Any, end: Any, by: Sequence[str]) -> Floats:
    """How often each cell of ``by`` occurs in the span."""
    unknown = [name for name in by if name not in CALENDAR]
    if unknown or not by:
        raise SettingError(f"by is {list(by)}: name weekday, hour or both")
    try:
        first, last = pd.Timestamp(start), pd.Timestamp(end)
    except ValueError as error:
        raise SettingError(f"the span {start} to {end} can't be read: {error}") from error
    if first != first.floor("h") or last != last.floor("h") or not first < last:
        raise SettingError(f"the span {start} to {end}: give whole hours, the end after the start")
    hours = pd.Series(pd.date_range(first, last, freq="h", inclusive="left"))
    size = int(np.prod([CALENDAR[name] for name in by]))
    counted = np.bincount(_cells(hours, by), minlength=size)
    if (counted == 0).any():
        raise SettingError(
            f"the span {start} to {end} lacks {(counted == 0).sum()} of {size} cells of "
            f"{' and '.join(by)}: an average week needs each of them, so give a week or more"
        )
    # Without hours, a whole day is one occurrence of its weekday.
    return counted / (1 if "hour" in by else 24)


def _cells(times: pd.Series[Any], by: Sequence[str]) -> npt.NDArray[np.int64]:
    parts = {"weekday": times.dt.day_of_week, "hour": times.dt.hour}
    found = np.zeros(len(times), dtype=np.int64)
    for name in by:
        found = found * CALENDAR[name] + parts[name].to_numpy(dtype=np.int64)
    return found


def _times(times: pd.Series[Any], start: Any, end: Any) -> pd.Series[Any]:
    require_times(times)
    if times.dt.tz is not None:
        raise RecordsError("the times carry a zone: convert them to local ones, tz_localize(None)")
    outside = times[(times < pd.Timestamp(start)) | (times >= pd.Timestamp(end))]
    if len(outside):
        raise RecordsError(
            f"{len(outside)} of {len(times)} times lie outside {start} to {end}, the first is "
            f"{outside.iloc[0]}: leave them out, or give the span that they come from"
        )
    return times
