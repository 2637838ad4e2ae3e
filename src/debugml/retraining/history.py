"""Months of records with the moments at which features and labels arrive.

Everything that a simulated release may see passes through here, so that there is one
place where a label that has not arrived could slip through, and one place to test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..deployment.clock import clock_time
from ..deployment.lag import Lag
from ..errors import RecordsError, SchemaError, SettingError
from ..features import FEATURES, LABEL, TIME
from ..lineage import Artifact

NO_LAGS = Lag()


@dataclass(frozen=True)
class History:
    """Months in order; at the start of each, somebody decides with what is there.

    `of` makes one. A month is known by its turn: its place in `months`, from 0 on.

    Attributes
    ----------
    months : tuple of str
    frames : tuple of DataFrame
        Of each month: the eleven features, ``high_tip``, the dropoff time,
        ``feature_time`` and ``label_time`` (when each arrives), and ``known_time``, when both
        are there.
    at : str
        Clock time of the decision on the first day of a month.
    files : tuple of lineage.Artifact
        Each month's file, or none at all: what training runs are said to have used.
    """

    months: tuple[str, ...]
    frames: tuple[pd.DataFrame, ...]
    at: str = "06:00"
    files: tuple[Artifact, ...] = ()

    @classmethod
    def of(
        cls,
        months: Mapping[str, pd.DataFrame],
        lag: Lag = NO_LAGS,
        at: str = "06:00",
        files: Sequence[Artifact] = (),
    ) -> History:
        """A history of featurized months.

        Parameters
        ----------
        months : mapping from month to DataFrame
            In order, without gaps: `debugml.featurize`, with what the lag needs kept along.
        lag : Lag
            When features and labels arrive.
        at : str
            Clock time of each decision, ``HH:MM``.
        files : sequence of lineage.Artifact
            Each month's file, in order, or none.

        Raises
        ------
        SettingError
            If there are fewer than two months, they are not in order or leave a gap, the files
            are not as many, or the clock time can't be read.
        SchemaError
            If a frame lacks a feature, the label, the time, or what the lag needs.
        RecordsError
            If a month has no records.

        Examples
        --------
        >>> from debugml import featurize, load
        >>> history = History.of({m: featurize(load(m)) for m in ("2020-01", "2020-02")})
        >>> history.moment(1)
        Timestamp('2020-02-01 06:00:00')
        """
        clock_time(at)
        names = tuple(months)
        if len(names) < 2:
            raise SettingError("a history needs a month to train on and one to score: give two")
        expected = [str(m) for m in pd.period_range(names[0], periods=len(names), freq="M")]
        if list(names) != expected:
            raise SettingError(
                f"months {', '.join(names[:3])} …: give them in order and without gaps"
            )
        if files and len(files) != len(names):
            raise SettingError(f"{len(files)} files of {len(names)} months: give one each, or none")
        frames = tuple(_arriving(m, frame, lag) for m, frame in months.items())
        return cls(names, frames, at, tuple(files))

    def moment(self, turn: int) -> pd.Timestamp:
        """When it is decided what serves a month: on its first day."""
        return pd.Timestamp(self.months[turn]) + clock_time(self.at)

    def labelled(self, month: int, turn: int) -> pd.DataFrame:
        """Records of an earlier month whose label is there when `turn` begins.

        Raises
        ------
        SettingError
            If the month is not over by then.
        """
        frame = self._before(month, turn)
        return frame[frame["known_time"] <= self.moment(turn)]

    def scored(self, month: int, turn: int) -> pd.DataFrame:
        """Records of an earlier month whose features are there, without a label's column.

        Raises
        ------
        SettingError
            If the month is not over by then.
        """
        frame = self._before(month, turn)
        there = frame["feature_time"] <= self.moment(turn)
        return frame.loc[there].drop(columns=[LABEL, "label_time", "known_time"])

    def training(self, turn: int) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
        """All labelled records when `turn` begins, and their ages in months."""
        parts = [self.labelled(month, turn) for month in range(turn)]
        ages = np.repeat(np.arange(turn - 1, -1, -1), [len(part) for part in parts])
        return pd.concat(parts), ages

    def _before(self, month: int, turn: int) -> pd.DataFrame:
        if not 0 <= month < turn:
            raise SettingError(
                f"{self.months[month]} is not over when {self.months[turn]} begins: "
                "ask for an earlier month"
            )
        return self.frames[month]


def _arriving(month: str, frame: pd.DataFrame, lag: Lag) -> pd.DataFrame:
    lacking = [name for name in (*FEATURES, LABEL, TIME) if name not in frame.columns]
    if lacking:
        raise SchemaError(
            f"{month} has no column {', '.join(lacking)}: give what featurize returns"
        )
    if len(frame) == 0:
        raise RecordsError(f"{month} has no records: leave it out, and those before it")
    # Its own places as its index, which say where in the month a chosen record stood.
    frame = frame.reset_index(drop=True)
    timed = frame.rename(columns={TIME: "time"})
    times = {
        "feature_time": lag.features.arrivals(timed),
        "label_time": lag.labels.arrivals(timed),
    }
    arriving = frame[[*FEATURES, LABEL, TIME]].assign(**times)
    # A label counts once the features that it belongs to are there too.
    known = arriving[["feature_time", "label_time"]].max(axis=1, skipna=False)
    return arriving.assign(known_time=known)
