"""As known that day, and as known now: how far off was the first figure, and for how long?

Late labels correct earlier estimates. Each record is known from the first morning by
which both its prediction and its label have arrived; counted by dropoff day and by that
morning, the records of a replay become one small mergeable table, and what any morning's
monitor knew is a sum over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd

from ..errors import RecordsError, SettingError
from ..labels import zeros_and_ones
from ..metrics import always_yes_f1, f1_score
from ..monitoring.windows import calendar_periods
from ..resampling import require_times
from ..summary import Ints, summarise
from .clock import moment_of, next_at

CELLS = ["tp", "fp", "fn", "tn"]
FIGURES = ["n", "f1", "always_yes_f1", "base_rate"]
ONE_DAY = pd.Timedelta(days=1)


class Tally:
    """Mergeable summary: sums by key, such as records by day.

    Attributes
    ----------
    table : DataFrame of int64
        One row a key, ascending.

    Examples
    --------
    >>> days = pd.DataFrame({"trips": [2, 3]}, index=["monday", "tuesday"])
    >>> Tally(days).merge(Tally(days.iloc[1:])).table["trips"].tolist()
    [2, 6]
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def merge(self, other: Tally) -> Tally:
        """Sums of both sets of records."""
        both = self.table.add(other.table, fill_value=0)
        return Tally(both[list(self.table.columns)].astype("int64").sort_index())


def revisions(records: Any, at: str = "06:00", days: int = 7) -> pd.DataFrame:
    """F1 of each morning's trailing window, as known that morning and as known in the end.

    Parameters
    ----------
    records : DataFrame
        As `Replay.records`; pandas or Dask.
    at : str
        Clock time of the morning, ``HH:MM``.
    days : int
        Whole calendar days in the window: the last ones that ended before the morning.

    Returns
    -------
    DataFrame, one row a morning
        ``moment``; ``start`` and ``end``, the first and last day of the window (near the
        ends of the replay it is cut to the replay's days); ``n_then`` and ``n_now``,
        records known; ``f1_then``, ``f1_now`` and their difference ``error`` (then − now);
        ``always_yes_f1_then``, ``always_yes_f1_now``; ``base_rate_then``,
        ``base_rate_now``. Where nothing was known, n is 0 and the figures are NaN. From
        the morning after the first day on; after the last day until every label has
        landed, or no day of the replay is left in the window.

    Raises
    ------
    RecordsError
        If there are no records, or a time is missing.
    SettingError
        If the clock time can't be read, or there are fewer days than 1.

    Examples
    --------
    >>> from debugml.deployment import Lag, Replay
    >>> from debugml.deployment.lag import Constant
    >>> times = pd.to_datetime(["2020-03-01 05:00", "2020-03-01 10:00"])
    >>> scored = {"time": times, "label": [1, 0], "probability": 0.7, "prediction": 1}
    >>> late = Replay.of(pd.DataFrame(scored), Lag(labels=Constant("1D")))
    >>> late.revisions(days=1)[["n_then", "n_now", "f1_then", "f1_now"]].round(2).values.tolist()
    [[1.0, 2.0, 1.0, 0.67]]
    """
    if days < 1:
        raise SettingError(f"days is {days}: a window has at least 1 day")
    table = _by_morning(records, at)
    day, morning, cells = _arrays(table)
    first, last = table["day"].min(), table["day"].max()
    mornings = pd.date_range(first + ONE_DAY, last + days * ONE_DAY, freq="D")
    # The last label's morning; before the end of the replay there is always one more.
    landed = max(table["morning"].max().normalize(), last + ONE_DAY)
    rows = []
    for today in mornings[mornings <= landed]:
        moment = _at(today, at)
        start, end = max(today - days * ONE_DAY, first), min(today - ONE_DAY, last)
        window = (day >= start) & (day <= end)
        then, now = _figures(cells[window & (morning <= moment)]), _figures(cells[window])
        rows.append(
            {"moment": moment, "start": start, "end": end}
            | {f"{name}_{when}": f[name] for name in FIGURES for when, f in _both(then, now)}
            | {"error": then["f1"] - now["f1"]}
        )
    return pd.DataFrame(rows)


def settling(
    records: Any,
    at: str = "06:00",
    freq: str = "D",
    after: Sequence[int] = (0, 2, 7, 14, 30),
) -> pd.DataFrame:
    """The estimates of each day or week, from the first one to the last.

    Parameters
    ----------
    records : DataFrame
        As `Replay.records`; pandas or Dask.
    at : str
        Clock time of the mornings, ``HH:MM``.
    freq : str
        A pandas period: ``"D"``, ``"W"`` (Monday to Sunday), ``"M"``.
    after : sequence of int
        Days since the first morning after the period; 0 is that morning itself.

    Returns
    -------
    DataFrame, one row a period and estimate
        ``start``, ``end`` (first and last day of the period with records); ``estimate``:
        "first" (the first morning after the period on which any of it is known), "after k
        days", "final" (the first such morning on which all of it is known); ``moment``;
        ``n``, records known by then; ``share``, of all its records; ``f1``,
        ``always_yes_f1``, ``base_rate``; ``error`` and ``base_rate_error``, each minus the
        final one. Where nothing was known, n is 0 and the figures are NaN.

    Raises
    ------
    RecordsError
        If there are no records, or a time is missing.
    SettingError
        If the clock time can't be read, the period is none of a day or more, or a number
        of days is negative.

    Examples
    --------
    >>> from debugml.deployment import Lag, Replay
    >>> from debugml.deployment.lag import Constant
    >>> times = pd.to_datetime(["2020-03-01 05:00", "2020-03-01 10:00"])
    >>> scored = {"time": times, "label": [1, 0], "probability": 0.7, "prediction": 1}
    >>> late = Replay.of(pd.DataFrame(scored), Lag(labels=Constant("1D")))
    >>> late.settling(after=[0, 1])[["estimate", "n", "error"]].round(2).values.tolist()
    [['first', 1, 0.33], ['after 0 days', 1, 0.33], ['after 1 days', 2, 0.0], ['final', 2, 0.0]]
    """
    if any(k < 0 for k in after):
        raise SettingError(f"after names {min(after)} days: an estimate needs the period to end")
    table = _by_morning(records, at)
    rows = []
    for _, part in table.groupby(calendar_periods(pd.DatetimeIndex(table["day"]), freq)):
        _, morning, cells = _arrays(part)
        start, end = part["day"].min(), part["day"].max()
        earliest = _at(end + ONE_DAY, at)
        final = _figures(cells)
        asked = {"first": max(part["morning"].min(), earliest)}
        asked |= {f"after {k} days": earliest + k * ONE_DAY for k in after}
        asked |= {"final": max(part["morning"].max(), earliest)}
        for name, moment in asked.items():
            known = _figures(cells[morning <= moment])
            rows.append(
                {"start": start, "end": end, "estimate": name, "moment": moment}
                | {"n": known["n"], "share": known["n"] / final["n"]}
                | {figure: known[figure] for figure in FIGURES[1:]}
                | {
                    "error": known["f1"] - final["f1"],
                    "base_rate_error": known["base_rate"] - final["base_rate"],
                }
            )
    return pd.DataFrame(rows)


def known_days(records: Any, moment: str | datetime) -> pd.DataFrame:
    """How much of each day's truth has arrived by a moment.

    Returns
    -------
    DataFrame, one row a day with records
        ``day``; ``trips``, all of that day, come or to come; ``scored``, those whose
        features have arrived; ``known``, those whose label has too; ``share``, known of
        trips.

    Raises
    ------
    RecordsError
        If there are no records, or a time is missing.
    SettingError
        If the moment can't be read.

    Examples
    --------
    >>> from debugml.deployment import Lag, Replay
    >>> from debugml.deployment.lag import Constant
    >>> times = pd.to_datetime(["2020-03-01 05:00", "2020-03-01 10:00"])
    >>> scored = {"time": times, "label": [1, 0], "probability": 0.7, "prediction": 1}
    >>> late = Replay.of(pd.DataFrame(scored), Lag(labels=Constant("1D")))
    >>> late.known_days("2020-03-02 06:00")[["trips", "scored", "known", "share"]].values.tolist()
    [[2.0, 2.0, 1.0, 0.5]]
    """
    table = summarise(records, partial(_arrived, moment=moment_of(moment))).table
    if table.empty:
        raise RecordsError("no records: there are no days to know")
    return table.reset_index().assign(share=(table["known"] / table["trips"]).to_numpy())


def _by_morning(records: Any, at: str) -> pd.DataFrame:
    """Confusion counts by dropoff day and the first morning on which they are known."""
    table = summarise(records, partial(_landed, at=at)).table
    if table.empty:
        raise RecordsError("no records: there is nothing to revise")
    return table.reset_index()


def _landed(records: pd.DataFrame, at: str) -> Tally:
    y, yes = (
        zeros_and_ones(records[name], said)
        for name, said in (("label", "label"), ("prediction", "prediction"))
    )
    cells = {"tp": y & yes, "fp": ~y & yes, "fn": y & ~yes, "tn": ~y & ~yes}
    frame = pd.DataFrame(cells, index=records.index).assign(
        day=_days(records), morning=next_at(_known_from(records), at)
    )
    return Tally(frame.groupby(["day", "morning"])[CELLS].sum().astype("int64"))


def _arrived(records: pd.DataFrame, moment: pd.Timestamp) -> Tally:
    frame = pd.DataFrame(
        {
            "day": _days(records),
            "trips": 1,
            "scored": records["feature_time"] <= moment,
            "known": _known_from(records) <= moment,
        }
    )
    return Tally(frame.groupby("day")[["trips", "scored", "known"]].sum().astype("int64"))


def _days(records: pd.DataFrame) -> pd.Series[Any]:
    require_times(records["time"])
    days: pd.Series[Any] = records["time"].dt.normalize()
    return days


def _known_from(records: pd.DataFrame) -> pd.Series[Any]:
    # What never arrives (NaT) is never known.
    known: pd.Series[Any] = records[["feature_time", "label_time"]].max(axis=1, skipna=False)
    return known


def _at(day: pd.Timestamp, at: str) -> pd.Timestamp:
    moment: pd.Timestamp = next_at(pd.Series([day]), at).iloc[0]
    return moment


def _both(then: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("then", then), ("now", now)]


def _arrays(table: pd.DataFrame) -> tuple[Any, Any, Ints]:
    """Day, morning and confusion counts of each row, quick to pick from."""
    days, mornings = pd.DatetimeIndex(table["day"]), pd.DatetimeIndex(table["morning"])
    return days, mornings, table[CELLS].to_numpy()


def _figures(cells: Ints) -> dict[str, Any]:
    tp, fp, fn, tn = (int(count) for count in cells.sum(axis=0))
    n = tp + fp + fn + tn
    if n == 0:
        return dict.fromkeys(FIGURES, float("nan")) | {"n": 0}
    rate = (tp + fn) / n
    return {
        "n": n,
        "f1": float(f1_score(tp, fp, fn)),
        "always_yes_f1": float(always_yes_f1(rate)),
        "base_rate": rate,
    }
