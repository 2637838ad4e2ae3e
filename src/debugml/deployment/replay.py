"""Release: a month's trips scored in the order in which they ended, as a stream would."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..errors import MonthError, RecordsError
from ..features import LABEL, TIME, featurize
from ..metrics import THRESHOLD
from ..monitoring import DayCounts, cumulative_f1
from ..summary import summarise
from ..training import Forest, predict_proba
from ..trips import load, months_between
from ..trips.months import parse_months


@dataclass(frozen=True)
class Replay:
    """Records scored in dropoff order, and what a monitor would have drawn from them.

    Attributes
    ----------
    records : DataFrame of shape (rows, 4)
        ``time`` (dropoff), ``label``, ``probability``, ``prediction``, by time;
        with Dask by partition, unsorted across months.
    """

    records: Any

    def counts(self) -> DayCounts:
        """Confusion counts by dropoff day."""
        return summarise(self.records, _day_counts)

    def daily(self, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """F1 of each day with n, always-yes and interval: see `DayCounts.by_period`."""
        return self.counts().daily(draws, seed)

    def weekly(self, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """F1 of each week, Monday to Sunday: see `DayCounts.by_period`."""
        return self.counts().by_period("W", draws, seed)

    def cumulative(self) -> pd.DataFrame:
        """F1 of everything since the first record, after each record.

        Returns
        -------
        DataFrame of shape (rows, 3)
            ``time``, ``n``, ``cumulative_f1``. Its last value is the F1 of the whole.
        """
        records = self.records
        if not isinstance(records, pd.DataFrame):
            records = records.compute().sort_values("time", kind="stable", ignore_index=True)
        return pd.DataFrame(
            {
                "time": records["time"],
                "n": range(1, len(records) + 1),
                "cumulative_f1": cumulative_f1(records["label"], records["prediction"]),
            }
        )


def replay(
    model: Forest,
    months: str | Iterable[str],
    *,
    source: str | os.PathLike[str] | None = None,
    engine: str | None = None,
) -> Replay:
    """Score the trips of a month, or several, in dropoff order, without lag.

    TLC files a trip under the month in which it began. The few that ended after the
    last month are left out, so that no day is shown by its first minutes alone. The
    months must follow one another.

    Parameters
    ----------
    model : Forest
    months, source, engine
        As for `debugml.load`.

    Raises
    ------
    MonthError, DataError, SchemaError, SettingError
        As `debugml.load` does.

    Examples
    --------
    >>> from debugml import featurize, fit_forest
    >>> model = fit_forest(featurize(load("2020-01", source="sample")), n_estimators=10)
    >>> march = replay(model, "2020-03", source="sample")
    >>> len(march.daily()), bool(march.cumulative()["time"].is_monotonic_increasing)
    (31, True)
    """
    asked = sorted(parse_months(months))
    if asked != months_between(asked[0], asked[-1]):
        raise MonthError(f"{', '.join(asked)}: a replay is one stream, so give months in a row")
    first, last = pd.Period(asked[0], "M").start_time, pd.Period(asked[-1], "M").end_time
    parts = [
        featurize(load(m, source=source, engine=engine), str(first.date()), str(last.date()))
        for m in asked
    ]
    return replay_features(model, parts)


def replay_features(model: Forest, parts: list[Any]) -> Replay:
    """As `replay`, on frames that `debugml.featurize` gave.

    Raises
    ------
    RecordsError
        If there are no frames.
    """
    if not parts:
        raise RecordsError("no frames to replay: give what featurize returns, one or more")
    scored = [_scored(model, part) for part in parts]
    if isinstance(scored[0], pd.DataFrame):
        records = pd.concat(scored, ignore_index=True)
        return Replay(records.sort_values("time", kind="stable", ignore_index=True))
    import dask.dataframe as dd

    return Replay(dd.concat(scored))  # type: ignore[no-untyped-call]


def _scored(model: Forest, features: Any) -> Any:
    probability = predict_proba(model, features)
    return (
        features[[TIME, LABEL]]
        .rename(columns={TIME: "time", LABEL: "label"})
        .assign(probability=probability, prediction=(probability > THRESHOLD).astype("int8"))
    )


def _day_counts(records: pd.DataFrame) -> DayCounts:
    return DayCounts.of(records["time"], records["label"], records["prediction"])
