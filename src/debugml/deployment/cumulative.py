"""F1 since the first record, after each record, on any engine."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ..engines import by_part, by_range, in_partitions, numbered, to_pandas
from ..errors import RecordsError
from ..labels import zeros_and_ones
from ..monitoring import cumulative_f1
from ..summary import summarise
from .revisions import Tally

COLUMNS = ["time", "label", "prediction"]
HOUR = pd.Timedelta(hours=1)


def cumulative(records: Any) -> Any:
    """F1 of the records so far, in order of time: see `Replay.cumulative`.

    On Dask, counts by hour say how many records each range of time has, what came before it,
    and where to part the ranges so that each has about as many records as a partition has.
    One shuffle brings each range together; then each goes on from what came before it.

    Parameters
    ----------
    records : DataFrame
        ``time``, ``label``, ``prediction``; in one piece sorted by time, on Dask in any order.

    Raises
    ------
    RecordsError
        If Dask records are none, or a label or prediction is not 0 or 1.

    Examples
    --------
    >>> times = pd.to_datetime(["2020-03-01 10:00", "2020-03-02 10:00"])
    >>> cumulative(pd.DataFrame({"time": times, "label": [1, 0], "prediction": 1}))["n"].tolist()
    [1, 2]
    """
    if not in_partitions(records):
        return _count_on(to_pandas(records[COLUMNS]))
    hours = summarise(records[COLUMNS], _by_hour).table
    if hours.empty:
        raise RecordsError("no records: there is nothing to count")
    before = hours.cumsum() - hours
    # A range ends with the hour that fills it.
    size = -(-int(hours["n"].sum()) // records.npartitions)
    starts = before[(before["n"] // size).diff().ne(0)]
    bounds = [*starts.index, hours.index[-1] + HOUR]
    ordered = by_range(numbered(records[COLUMNS], "order"), "time", bounds)
    meta = _count_on(to_pandas(records._meta[COLUMNS]))
    return by_part(ordered, partial(_of_range, starts=starts), meta=meta)


def _by_hour(part: pd.DataFrame) -> Tally:
    """By hour: records, 2 tp, and 2 tp + fp + fn."""
    y, yes = (
        zeros_and_ones(part["label"], "label"),
        zeros_and_ones(part["prediction"], "prediction"),
    )
    counts = {"n": 1, "hits": 2 * (y & yes), "whole": y.astype(np.int64) + yes}
    frame = pd.DataFrame(counts, index=part.index)
    return Tally(frame.groupby(part["time"].dt.floor("h")).sum().astype("int64"))


def _of_range(part: Any, starts: pd.DataFrame) -> pd.DataFrame:
    part = to_pandas(part).sort_values(["time", "order"])
    if part.empty:
        return _count_on(part)
    before = starts.iloc[starts.index.searchsorted(part["time"].iloc[0], side="right") - 1]
    return _count_on(part, *(int(count) for count in before))


def _count_on(part: pd.DataFrame, n: int = 0, hits: int = 0, whole: int = 0) -> pd.DataFrame:
    rows = pd.RangeIndex(n, n + len(part))
    return pd.DataFrame(
        {
            "time": part["time"].set_axis(rows),
            "n": rows.to_numpy() + 1,
            "cumulative_f1": cumulative_f1(part["label"], part["prediction"], (hits, whole)),
        },
        index=rows,
    )
