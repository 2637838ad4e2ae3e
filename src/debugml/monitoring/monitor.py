"""A monitor: fed with batches as they arrive, asked at any time for any window."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import RecordsError, SettingError
from ..metrics import THRESHOLD
from ..summary import summarise
from . import state, windows
from .cells import SCALE, DayCells, count
from .measures import measure
from .report import MINIMUM, DayTable, report

BINS = 1000
"""A bin is a thousandth wide. Its ties move AUC by less than 0.0001 on the months of the book."""


class Monitor:
    """F1, AUC, skill, calibration and the rest, over any window of days.

    Parameters
    ----------
    time, label, probability : str
        Columns of the batches: when a record is counted, 0 or 1, and the probability of 1.
    prediction : str, optional
        Column of decisions (0 or 1), for records that come without a probability: then
        AUC, skill and calibration are left out.
    threshold : float
        A probability above it is a yes. A whole multiple of 1 / bins.
    train_base_rate : float, optional
        Base rate of the training data, the constant forecast behind ``skill``; without it
        there is ``skill_own_rate`` only.
    bins : int
        Bins of equal width that probabilities fall into. F1, Brier, skill and calibration
        do not depend on it; AUC counts two records of one bin as a tie.

    Raises
    ------
    SettingError
        If the threshold is not between bins, or the base rate not in [0, 1].

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {
    ...         "time": pd.to_datetime(["2020-03-01 10:00", "2020-03-01 11:00", "2020-03-02 9:00"]),
    ...         "label": [1, 0, 1],
    ...         "probability": [0.9, 0.6, 0.4],
    ...     }
    ... )
    >>> monitor = Monitor().update(frame.iloc[2:]).update(frame.iloc[:2])    # in any order
    >>> monitor.daily(minimum=1)[["n", "f1", "always_yes_f1"]].round(3).values.tolist()
    [[2.0, 0.667, 0.667], [1.0, 0.0, 1.0]]
    """

    def __init__(
        self,
        *,
        time: str = "time",
        label: str = "label",
        probability: str = "probability",
        prediction: str | None = None,
        threshold: float = THRESHOLD,
        train_base_rate: float | None = None,
        bins: int = BINS,
    ) -> None:
        if prediction is not None:
            bins, threshold = 2, 0.5
        if (
            bins < 2
            or not 0 < threshold < 1
            or abs(round(threshold * bins) - threshold * bins) > 1e-9
        ):
            raise SettingError(
                f"a threshold of {threshold} and {bins} bins: give a threshold between 0 and 1 "
                "that is a whole multiple of 1 / bins"
            )
        if train_base_rate is not None and not 0 <= train_base_rate <= 1:
            raise SettingError(f"a base rate of {train_base_rate}: give a share from 0 to 1")
        self.settings: dict[str, Any] = {
            "time": time,
            "label": label,
            "probability": probability,
            "prediction": prediction,
            # Python's own numbers: a saved state knows no others.
            "threshold": float(threshold),
            "train_base_rate": None if train_base_rate is None else float(train_base_rate),
            "bins": int(bins),
        }
        self._cells = DayCells({})

    @classmethod
    def of(cls, frame: Any, **settings: Any) -> Monitor:
        """A monitor fed with one frame, pandas or Dask. See the class for the settings."""
        return cls(**settings).update(frame)

    def update(self, batch: Any) -> Monitor:
        """Count the records of a batch, pandas or Dask, and give the monitor itself.

        Days may come in any order, and again: late labels of a day are added to it.

        Raises
        ------
        RecordsError
            If a column is not there, a time is missing, or a value is not what it should be.
            The monitor is then as it was before.
        """
        lacking = [name for name in self._columns if name not in batch.columns]
        if lacking:
            raise RecordsError(
                f"the batch has no column {', '.join(lacking)}: name yours in Monitor(...)"
            )
        counted = summarise(batch[self._columns], partial(count, **self.settings))
        self._cells = self._cells.merge(counted)
        return self

    def merge(self, other: Monitor) -> Monitor:
        """A new monitor that has seen what both have.

        Raises
        ------
        SettingError
            If the two count by different settings.
        """
        if self.settings != other.settings:
            differ = [k for k, v in self.settings.items() if other.settings[k] != v]
            raise SettingError(
                f"two monitors of different {', '.join(differ)}: only equal settings merge"
            )
        return self._with(self._cells.merge(other._cells))

    def save(self, path: str | Path) -> None:
        """Write state and settings to one Parquet file. See `state.save`."""
        state.save(self._cells, self.settings, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Monitor:
        """A monitor as it was saved, to go on with. See `state.load`."""
        cells, settings = state.load(Path(path))
        return cls(**settings)._with(cells)

    @property
    def n(self) -> int:
        """Records so far."""
        return int(sum(cells[0].sum() for cells in self._cells.days.values()))

    def between(self, start: str | None = None, end: str | None = None) -> Monitor:
        """A monitor of these days alone, both included (``YYYY-MM-DD``).

        Raises
        ------
        SettingError
            If a day can't be read.
        """
        first = -np.inf if start is None else _day(start)
        last = np.inf if end is None else _day(end)
        days = self._cells.days
        return self._with(DayCells({day: days[day] for day in days if first <= day <= last}))

    def daily(self, draws: int = 1000, seed: int = 0, minimum: int = MINIMUM) -> pd.DataFrame:
        """Each day alone. See `by_period` for the columns."""
        return self.by_period("D", draws, seed, minimum)

    def weekly(self, draws: int = 1000, seed: int = 0, minimum: int = MINIMUM) -> pd.DataFrame:
        """Each week, Monday to Sunday. See `by_period` for the columns."""
        return self.by_period("W", draws, seed, minimum)

    def by_period(
        self, freq: str = "W", draws: int = 1000, seed: int = 0, minimum: int = MINIMUM
    ) -> pd.DataFrame:
        """Figures of each calendar period, beside what always-yes scores on the same records.

        Parameters
        ----------
        freq : str
            A pandas period: ``"D"``, ``"W"``, ``"M"``.
        draws : int
            Resamples behind each interval; 0 for none.
        seed : int
            Fixes the resamples.
        minimum : int
            Below so many records a point has no figures but n, base rate, always-yes F1 and
            mean probability, and ``interval`` says "too few".

        Returns
        -------
        DataFrame
            One row a window: ``start``, ``end`` (its first and last day with records),
            ``days``, ``n``, ``n_effective`` (smaller where days weigh differently),
            ``base_rate``, ``always_yes_f1``; ``f1``, ``precision``, ``recall``,
            ``positive_rate``, ``difference`` (F1 − always-yes), ``auc``, ``skill``,
            ``skill_own_rate``, ``mean_probability``, ``calibration_gap`` (mean probability −
            base rate), the same resamples behind the ``_low`` and ``_high`` of each; and
            ``interval``: what was resampled ("days resampled"; "within-day noise only", which
            leaves out how days differ and so is too narrow), or "too few".

        Raises
        ------
        RecordsError
            If the monitor has seen no records.
        SettingError
            If a parameter is out of range.
        """
        return self._report(partial(windows.periods, freq=freq), draws, seed, minimum)

    def cumulative(self, draws: int = 1000, seed: int = 0, minimum: int = MINIMUM) -> pd.DataFrame:
        """At the end of each day, everything since the first. See `by_period`."""
        return self._report(windows.since_first, draws, seed, minimum)

    def trailing(
        self, days: int = 7, draws: int = 1000, seed: int = 0, minimum: int = MINIMUM
    ) -> pd.DataFrame:
        """At the end of each day, the last so many calendar days. See `by_period`."""
        return self._report(partial(windows.trailing, length=days), draws, seed, minimum)

    def weighted(
        self, half_life: float = 7, draws: int = 1000, seed: int = 0, minimum: int = MINIMUM
    ) -> pd.DataFrame:
        """At the end of each day, everything so far with exponential weights. See `by_period`.

        Parameters
        ----------
        half_life : float
            Days after which a day weighs half as much.
        """
        return self._report(partial(windows.fading, half_life=half_life), draws, seed, minimum)

    def whole(self, draws: int = 1000, seed: int = 0, minimum: int = 1) -> dict[str, Any]:
        """All records as one window: `by_period`'s columns, as a dict."""
        one = self._report(lambda days: [windows.everything(days)], draws, seed, minimum)
        return {str(name): value for name, value in one.iloc[0].to_dict().items()}

    def confusion(self) -> pd.DataFrame:
        """True and false positives and negatives of each day: index ``day``, int64 counts."""
        table = self._table()
        zeros, ones = table.counts[:, 0], table.counts[:, 1]
        yes = table.yes
        return pd.DataFrame(
            {
                "tp": ones[:, yes].sum(axis=1),
                "fp": zeros[:, yes].sum(axis=1),
                "fn": ones[:, ~yes].sum(axis=1),
                "tn": zeros[:, ~yes].sum(axis=1),
            },
            index=table.days.rename("day"),
        )

    @property
    def _columns(self) -> list[str]:
        score = self.settings["prediction"] or self.settings["probability"]
        return [self.settings["time"], self.settings["label"], score]

    def _with(self, cells: DayCells) -> Monitor:
        other = Monitor(**self.settings)
        other._cells = cells
        return other

    def _table(self) -> DayTable:
        days = self._cells.days
        if not days:
            raise RecordsError("the monitor has seen no records yet: update it with a batch")
        numbers = sorted(days)
        cells = np.stack([days[day] for day in numbers])
        bins = self.settings["bins"]
        occur = np.flatnonzero(cells[:, 0].any(axis=(0, 1)))
        return DayTable(
            days=pd.DatetimeIndex(
                np.array(numbers, dtype="datetime64[D]").astype("datetime64[us]")
            ),
            counts=cells[:, 0][..., occur],
            sums=cells[:, 1:][..., occur] / SCALE,
            yes=occur >= round(self.settings["threshold"] * bins),
            measures=partial(
                measure,
                probabilities=self.settings["prediction"] is None,
                train_base_rate=self.settings["train_base_rate"],
            ),
        )

    def _report(self, make: Any, draws: int, seed: int, minimum: int) -> pd.DataFrame:
        if draws < 0 or minimum < 1:
            raise SettingError(
                f"{draws} draws and a minimum of {minimum}: give at least 0 draws and 1 record"
            )
        table = self._table()
        return report(table, make(table.days), draws=draws, seed=seed, minimum=minimum)


def _day(text: str) -> int:
    try:
        return int(np.datetime64(text, "D").astype("int64"))
    except ValueError as error:
        raise SettingError(f"a day is {text!r}: write it as '2020-03-15'") from error
