"""Release: months of trips scored in the order in which they ended, as a stream would.

`Replay` holds each record with the times at which its features and its label arrive;
`Replay.as_of` gives what a monitor sees at a moment, and nothing that comes later.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ..engines import by_part, concat, in_partitions, to_pandas
from ..errors import MonthError, RecordsError, SchemaError, SettingError
from ..features import LABEL, NEEDED, TIME, featurize, names_of
from ..metrics import THRESHOLD
from ..monitoring import Monitor
from ..resampling import require_times
from ..training import Forest, predict_proba
from ..trips import load, months_between
from ..trips.months import parse_months
from .clock import moment_of
from .cumulative import cumulative
from .lag import Lag
from .revisions import known_days, revisions, settling

OWN = ("time", "label", "probability", "prediction", "feature_time", "label_time")
"""The columns of a replay's records, before those that were kept."""

NO_LAGS = Lag()


@dataclass(frozen=True)
class Known:
    """What a monitor sees at a moment of the replay.

    Attributes
    ----------
    moment : Timestamp
    records : DataFrame
        Features and label have both arrived: the replay's columns, all times in the past.
    waiting : DataFrame
        Features have arrived, and so the prediction; the label has not. There is no
        column ``label`` and no ``label_time``, so nothing can peek.
    train_base_rate : float, optional
        Base rate of the model's training trips, behind the monitor's ``skill``.
    """

    moment: pd.Timestamp
    records: Any
    waiting: Any
    train_base_rate: float | None = None

    @property
    def share(self) -> float:
        """Share of the scored records whose label is known; NaN where nothing is scored."""
        known, waiting = len(self.records), len(self.waiting)
        return known / (known + waiting) if known + waiting else float("nan")

    def monitor(self) -> Monitor:
        """A monitor fed with the records whose label is known."""
        return Monitor.of(self.records, train_base_rate=self.train_base_rate)


@dataclass(frozen=True)
class Replay:
    """Records scored in dropoff order, and what a monitor would have drawn from them.

    Attributes
    ----------
    records : DataFrame of shape (rows, 6 + kept columns)
        ``time`` (dropoff), ``label``, ``probability``, ``prediction``, ``feature_time`` and
        ``label_time`` (when each of them arrives), and the columns kept, by time; with Dask
        by partition, unsorted across months. From the GPU engines pandas, or Dask of pandas.
    train_base_rate : float, optional
        Base rate of the model's training trips, behind the monitor's ``skill``.
    """

    records: Any
    train_base_rate: float | None = None

    @classmethod
    def of(cls, records: Any, lag: Lag = NO_LAGS, train_base_rate: float | None = None) -> Replay:
        """A replay of records scored elsewhere.

        Parameters
        ----------
        records : DataFrame
            ``time``, ``label``, ``probability``, ``prediction``, and whatever the lag needs.

        Raises
        ------
        SchemaError
            If one of these columns is missing.
        RecordsError
            If a time is missing, text, or carries a time zone.
        SettingError
            If the lag has a record arrive before its time.

        Examples
        --------
        >>> from debugml.deployment.lag import Constant
        >>> times = pd.to_datetime(["2020-03-01 10:00", "2020-03-02 10:00"])
        >>> scored = {"time": times, "label": [1, 0], "probability": 0.7, "prediction": 1}
        >>> stream = Replay.of(pd.DataFrame(scored), Lag(labels=Constant("1D")))
        >>> stream.as_of("2020-03-03").share
        0.5
        """
        lacking = [name for name in OWN[:4] if name not in records.columns]
        if lacking:
            raise SchemaError(f"the records have no column {', '.join(lacking)}: add it")
        if not in_partitions(records):
            records = to_pandas(records)
            records = records.sort_values("time", kind="stable", ignore_index=True)
            return cls(_arrive(records, lag), train_base_rate)
        return cls(by_part(records, _arrive, lag), train_base_rate)

    def as_of(self, moment: str | datetime) -> Known:
        """What has arrived by a moment.

        A label counts as known once both it and its prediction are there.

        Parameters
        ----------
        moment : str or Timestamp
            In the records' own local time, such as ``"2020-03-15 06:00"``; what arrives at
            that very moment is there.

        Raises
        ------
        SettingError
            If the moment can't be read.
        """
        now = moment_of(moment)
        scored = self.records[self.records["feature_time"] <= now]
        labelled = scored["label_time"] <= now
        waiting = scored[~labelled].drop(columns=["label", "label_time"])
        # A fresh index: gaps in the old one would say how much is still to come.
        known = scored[labelled].reset_index(drop=True)
        return Known(now, known, waiting.reset_index(drop=True), self.train_base_rate)

    def monitor(self) -> Monitor:
        """A monitor fed with every record, as known in the end. See `monitoring.Monitor`."""
        return Monitor.of(self.records, train_base_rate=self.train_base_rate)

    def daily(self, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """Figures of each day with n, always-yes and intervals: see `Monitor.by_period`."""
        return self.monitor().daily(draws, seed)

    def weekly(self, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """Figures of each week, Monday to Sunday: see `Monitor.by_period`."""
        return self.monitor().weekly(draws, seed)

    def cumulative(self) -> Any:
        """F1 of everything since the first record, after each record.

        Records of the same time come as they did in the frames: months in order, a month's
        trips as its file has them.

        Returns
        -------
        DataFrame of shape (rows, 3)
            ``time``, ``n``, ``cumulative_f1``. Its last value is the F1 of the whole. Of Dask
            records a lazy Dask frame of the same rows, partitions and rows in order of time:
            the records are counted by hour at once, and moved once when it is computed.
        """
        return cumulative(self.records)

    def revisions(self, at: str = "06:00", days: int = 7) -> pd.DataFrame:
        """Each morning's trailing window, as known then and now: see `revisions.revisions`."""
        return revisions(self.records, at, days)

    def settling(
        self, at: str = "06:00", freq: str = "D", after: Sequence[int] = (0, 2, 7, 14, 30)
    ) -> pd.DataFrame:
        """Each day's or week's estimates as its labels arrive: see `revisions.settling`."""
        return settling(self.records, at, freq, after)

    def known_days(self, moment: str | datetime) -> pd.DataFrame:
        """How much of each day is known at a moment: see `revisions.known_days`."""
        return known_days(self.records, moment)


def replay(
    model: Forest,
    months: str | Iterable[str],
    *,
    lag: Lag = NO_LAGS,
    keep: str | Iterable[str] = (),
    source: str | os.PathLike[str] | None = None,
    engine: str | None = None,
) -> Replay:
    """Score the trips of a month, or several, in dropoff order.

    TLC files a trip under the month in which it began. The few that ended after the
    last month are left out, so that no day is shown by its first minutes alone. The
    months must follow one another.

    Parameters
    ----------
    model : Forest
    months, source, engine
        As for `debugml.load`.
    lag : Lag
        When features and labels arrive; an assumption, since TLC publishes no arrival
        times. By default both arrive with the dropoff.
    keep : str or iterable of str
        Columns of the trips to carry along: for slicing, and for lags by group. They arrive
        with the features, so keep none that gives the label away.

    Raises
    ------
    MonthError, DataError, SchemaError, SettingError
        As `debugml.load` and `debugml.featurize` do.

    Examples
    --------
    >>> from debugml import featurize, fit_forest
    >>> model = fit_forest(featurize(load("2020-01", source="sample")), n_estimators=10)
    >>> march = replay(model, "2020-03", source="sample")
    >>> len(march.daily()), bool(march.cumulative()["time"].is_monotonic_increasing)
    (31, True)
    >>> from debugml.deployment.lag import Constant
    >>> late = replay(model, "2020-03", lag=Lag(labels=Constant("2D")), source="sample")
    >>> str(late.as_of("2020-03-15 06:00").records["time"].max().date())
    '2020-03-13'
    """
    asked = sorted(parse_months(months))
    if asked != months_between(asked[0], asked[-1]):
        raise MonthError(f"{', '.join(asked)}: a replay is one stream, so give months in a row")
    first, last = pd.Period(asked[0], "M").start_time, pd.Period(asked[-1], "M").end_time
    span, kept = (str(first.date()), str(last.date())), names_of(keep)
    columns = (*NEEDED, *kept)
    parts = [
        featurize(load(m, source=source, engine=engine, columns=columns), *span, kept)
        for m in asked
    ]
    return replay_features(model, parts, lag=lag, keep=kept)


def replay_features(
    model: Forest, parts: list[Any], *, lag: Lag = NO_LAGS, keep: str | Iterable[str] = ()
) -> Replay:
    """As `replay`, on frames that `debugml.featurize` gave, with the columns to keep.

    Raises
    ------
    RecordsError
        If there are no frames.
    SchemaError
        If a column to keep, or one that the lag needs, is missing.
    SettingError
        If a column to keep has the name of one of the replay's own.
    """
    if not parts:
        raise RecordsError("no frames to replay: give what featurize returns, one or more")
    kept = names_of(keep)
    taken = [name for name in kept if name in OWN]
    if taken:
        raise SettingError(f"keep names {', '.join(taken)}, a replay's own: rename that column")
    lacking = [name for name in kept if name not in parts[0].columns]
    if lacking:
        raise SchemaError(f"the frame has no column {', '.join(lacking)}: featurize with keep")
    scored = [_scored(model, part, kept) for part in parts]
    return Replay.of(concat(scored), lag, model.base_rate)


def _scored(model: Forest, features: Any, kept: tuple[str, ...]) -> Any:
    probability = predict_proba(model, features)
    return (
        features[[TIME, LABEL, *kept]]
        .rename(columns={TIME: "time", LABEL: "label"})
        .assign(probability=probability, prediction=(probability > THRESHOLD).astype("int8"))
    )


def _arrive(scored: Any, lag: Lag) -> pd.DataFrame:
    """The records with the times of both arrivals, their columns in the order of `OWN`."""
    # A GPU has done its part: what follows is the clock's, not the model's.
    records: pd.DataFrame = to_pandas(scored)
    require_times(records["time"])
    if records["time"].dt.tz is not None:
        raise RecordsError(
            "the times carry a zone: convert them to local times, by dt.tz_localize(None) say"
        )
    arrived = records.assign(
        feature_time=lag.features.arrivals(records), label_time=lag.labels.arrivals(records)
    )
    for name in ("feature_time", "label_time"):
        early = arrived[arrived[name] < arrived["time"]]
        if len(early):
            raise SettingError(
                f"the lag gives a record of {early['time'].iloc[0]} the {name} "
                f"{early[name].iloc[0]}: nothing arrives before it happens"
            )
    return arrived[[*OWN, *[name for name in records.columns if name not in OWN]]]
