"""Stream or batch: what does each cost, and how long does each let a record wait?

The same records go through the same model and the same monitor one by one, in
micro-batches, or once a night. The end result is the same; the number of calls, the
seconds and the wait from event to prediction are not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from ..engines import to_pandas
from ..errors import RecordsError, SchemaError, SettingError
from ..features import LABEL, TIME
from ..monitoring import Monitor
from ..resampling import require_times
from ..training import Forest, predict_proba
from .clock import delay_of


@dataclass(frozen=True)
class Fed:
    """One way of feeding a model: what came out, what it took, how long records waited.

    Attributes
    ----------
    monitor : Monitor
        As it is at the end.
    trips, calls : int
        Records, and calls of the model.
    waits : Series of timedelta64, shape (trips,)
        From each record's event to its prediction, in dropoff order. Exact: from the times
        alone, as if computing took no time.
    predict_seconds, monitor_seconds : float
        Wall time of all predictions, and of all counting, on this machine.
    """

    monitor: Monitor
    trips: int
    calls: int
    waits: pd.Series[Any]
    predict_seconds: float
    monitor_seconds: float


def feed(model: Forest, features: Any, every: str | timedelta | None = None) -> Fed:
    """Predict and count records in dropoff order: one by one, or in batches.

    A batch holds the records of one interval of the clock, its start included and its end
    not; it is predicted when the interval ends. Lag aside: features and labels are there
    with the event.

    Parameters
    ----------
    model : Forest
    features : DataFrame
        As `debugml.featurize` gives it; Dask is gathered first, since a stream has one order.
    every : str or timedelta, optional
        Interval, such as ``"15min"`` or ``"1D"`` (midnight to midnight), counted from
        midnight. None: record by record.

    Raises
    ------
    RecordsError
        If there are no records, or a time is missing.
    SchemaError
        If a feature, the label or the dropoff time is missing.
    SettingError
        If the interval can't be read, or is not above 0.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> model = fit_forest(train, n_estimators=2)
    >>> nightly = feed(model, train, every="1D")
    >>> nightly.trips, nightly.calls < 40, bool(nightly.waits.max() <= pd.Timedelta("1D"))
    (9969, True, True)
    """
    step = None if every is None else delay_of(every, "every")
    if step is not None and step == pd.Timedelta(0):
        raise SettingError(f"every is {every!r}: give an interval above 0, or None for no batches")
    frame = _in_order(features)
    predicted = _predicted_at(frame[TIME], step)
    monitor = Monitor(time=TIME, label=LABEL)
    calls, predicting, counting = 0, 0.0, 0.0
    for batch in _batches(frame, predicted, step):
        start = time.perf_counter()
        probability = predict_proba(model, batch)
        half = time.perf_counter()
        monitor.update(batch[[TIME, LABEL]].assign(probability=probability))
        end = time.perf_counter()
        calls, predicting, counting = calls + 1, predicting + half - start, counting + end - half
    return Fed(monitor, len(frame), calls, predicted - frame[TIME], predicting, counting)


def compare_feeds(
    model: Forest, features: Any, modes: Mapping[str, str | timedelta | None]
) -> pd.DataFrame:
    """The same records fed in several ways, one row each.

    Parameters
    ----------
    model, features
        As for `feed`.
    modes : mapping from name to interval
        Such as ``{"record by record": None, "every 15 minutes": "15min", "nightly": "1D"}``.

    Returns
    -------
    DataFrame, one row a mode
        ``mode``; ``trips``, ``calls``; ``mean_wait_minutes``, ``longest_wait_minutes``, from
        event to prediction; ``predict_ms_per_trip``, ``monitor_ms_per_trip``, milliseconds
        measured on this machine; ``f1`` at the end, the same in every row.

    Raises
    ------
    RecordsError, SchemaError, SettingError
        As `feed` does.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> model = fit_forest(train, n_estimators=2)
    >>> table = compare_feeds(model, train.head(200), {"hourly": "1h", "nightly": "1D"})
    >>> table["f1"].nunique(), bool(table["mean_wait_minutes"].is_monotonic_increasing)
    (1, True)
    """
    rows = []
    for name, every in modes.items():
        fed = feed(model, features, every)
        minutes = fed.waits.dt.total_seconds() / 60
        rows.append(
            {
                "mode": name,
                "trips": fed.trips,
                "calls": fed.calls,
                "mean_wait_minutes": minutes.mean(),
                "longest_wait_minutes": minutes.max(),
                "predict_ms_per_trip": 1000 * fed.predict_seconds / fed.trips,
                "monitor_ms_per_trip": 1000 * fed.monitor_seconds / fed.trips,
                "f1": fed.monitor.whole(draws=0)["f1"],
            }
        )
    return pd.DataFrame(rows)


def _in_order(features: Any) -> pd.DataFrame:
    lacking = [name for name in (TIME, LABEL) if name not in features.columns]
    if lacking:
        raise SchemaError(f"the frame has no column {', '.join(lacking)}: give features")
    frame = to_pandas(features)
    if frame.empty:
        raise RecordsError("no records to feed: the frame is empty")
    require_times(frame[TIME])
    ordered: pd.DataFrame = frame.sort_values(TIME, kind="stable", ignore_index=True)
    return ordered


def _predicted_at(times: pd.Series[Any], step: pd.Timedelta | None) -> pd.Series[Any]:
    """When each record's batch closes: the end of its interval."""
    if step is None:
        return times
    midnight = times.dt.normalize().min()
    ends: pd.Series[Any] = midnight + ((times - midnight) // step + 1) * step
    return ends


def _batches(
    frame: pd.DataFrame, predicted: pd.Series[Any], step: pd.Timedelta | None
) -> Iterator[pd.DataFrame]:
    if step is None:
        starts = np.arange(len(frame))
    else:
        starts = np.flatnonzero(predicted.ne(predicted.shift()))
    ends = [*starts[1:], len(frame)]
    # Said in a terminal only: on a page it would be output.
    terminal = sys.stderr.isatty()
    console = Console(stderr=True, force_jupyter=False, force_terminal=terminal)
    spans = list(zip(starts, ends, strict=True))
    for start, end in track(
        spans, "feeding …", console=console, transient=True, disable=not terminal
    ):
        yield frame.iloc[start:end]
