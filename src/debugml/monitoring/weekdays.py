"""What is usual for a Sunday? A baseline by day of the week, fitted before release."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import RecordsError
from .monitor import Monitor
from .report import TOO_FEW

HALF = float(stats.norm.ppf(0.975))
"""Half the width of a 95 % interval of a normal distribution, in standard deviations."""


@dataclass(frozen=True)
class WeekdayBaseline:
    """What a figure was on each day of the week, and how much such days differed.

    Attributes
    ----------
    figure : str
        A figure with an interval in `Monitor.by_period`, such as ``"f1"``.
    table : DataFrame of shape (7, 5)
        ``weekday`` (Monday 0), ``days``, ``n``, ``expected`` (mean of the days' figures,
        weighted by their records) and ``error`` (its standard error: days of a weekday
        differ).
    between_days : float
        Standard deviation between days of one weekday, beyond what n records a day explain:
        by the method of moments (DerSimonian and Laird 1986).
    """

    figure: str
    table: pd.DataFrame
    between_days: float

    @classmethod
    def fit(cls, before: Monitor, figure: str = "f1", draws: int = 300) -> WeekdayBaseline:
        """A baseline from days before release, on which the model was not trained.

        Parameters
        ----------
        before : Monitor
            At least two days of each weekday that have records enough.
        draws : int
            Resamples behind each day's noise; what is expected does not depend on them.

        Raises
        ------
        RecordsError
            If the monitor has no such figure, or fewer than two days of a weekday.

        Examples
        --------
        >>> times = pd.date_range("2020-02-03", periods=28 * 240, freq="6min")
        >>> weekend = times.day_of_week >= 5
        >>> label = (np.arange(len(times)) % 10 < np.where(weekend, 4, 6)).astype(int)
        >>> frame = pd.DataFrame({"time": times, "label": label, "yes": 1})
        >>> baseline = WeekdayBaseline.fit(Monitor.of(frame, prediction="yes"))
        >>> baseline.table["expected"].round(3).tolist()
        [0.75, 0.75, 0.75, 0.75, 0.75, 0.571, 0.571]
        """
        daily = before.daily(draws=draws)
        if f"{figure}_low" not in daily:
            raise RecordsError(f"the monitor has no {figure} with an interval: see by_period")
        # A day of one label has no AUC, however many its records.
        daily = daily[(daily["interval"] != TOO_FEW) & daily[figure].notna()]
        weekday = daily["start"].dt.day_of_week
        lacking = [d for d in range(7) if (weekday == d).sum() < 2]
        if lacking:
            raise RecordsError(
                f"fewer than two days of weekday {', '.join(map(str, lacking))} (Monday is 0) "
                f"with records enough for {figure}: fit the baseline on more weeks"
            )
        values, n = daily[figure], daily["n"]
        expected = (values * n).groupby(weekday).sum() / n.groupby(weekday).sum()
        noise = _noise(daily, figure)
        days = weekday.value_counts().sort_index()
        share = n / weekday.map(n.groupby(weekday).sum())
        # Of independent values around a mean with shares s, s (value − mean)² adds up to
        # what s (1 − s) variance does.
        free = share * (1 - share)
        excess = share * (values - weekday.map(expected)) ** 2 - free * noise**2
        between = float(np.sqrt(max(0.0, excess.sum() / free.sum())))
        error = np.sqrt((share**2 * (noise**2 + between**2)).groupby(weekday).sum())
        table = pd.DataFrame(
            {
                "weekday": range(7),
                "days": days.to_numpy(),
                "n": n.groupby(weekday).sum().to_numpy(),
                "expected": expected.to_numpy(),
                "error": error.to_numpy(),
            }
        )
        return cls(figure, table, between)

    def compare(self, daily: pd.DataFrame) -> pd.DataFrame:
        """Each day beside what is usual for its weekday.

        Parameters
        ----------
        daily : DataFrame
            `Monitor.daily`, with intervals.

        Returns
        -------
        DataFrame, one row a day
            ``day``, ``n``, the figure, ``expected``, ``usual_low`` and ``usual_high`` (95 % of
            days of this weekday with so many records, were nothing to change) and
            ``unusual`` (the figure lies outside: one day in twenty does by chance). NaN and
            False where the day has too few records.

        Raises
        ------
        RecordsError
            If a day has the figure and no interval: nothing would be unusual.
        """
        if (
            f"{self.figure}_low" not in daily
            or (daily[self.figure].notna() & daily[f"{self.figure}_low"].isna()).any()
        ):
            raise RecordsError(
                f"a day has no interval for {self.figure}: ask the monitor for daily with draws"
            )
        of_day = self.table.set_index("weekday").loc[daily["start"].dt.day_of_week]
        expected = of_day["expected"].to_numpy()
        noise = _noise(daily, self.figure).to_numpy()
        # The spread between days is itself estimated, from as many days less seven means.
        half = stats.t.ppf(0.975, self.table["days"].sum() - 7) * np.sqrt(
            noise**2 + self.between_days**2 + of_day["error"].to_numpy() ** 2
        )
        value = daily[self.figure].to_numpy()
        return pd.DataFrame(
            {
                "day": daily["start"],
                "n": daily["n"],
                self.figure: value,
                "expected": expected,
                "usual_low": expected - half,
                "usual_high": expected + half,
                "unusual": np.abs(value - expected) > half,
            }
        )


def _noise(daily: pd.DataFrame, figure: str) -> pd.Series[float]:
    """Standard deviation from the records' number alone, by the day's own resamples."""
    width: pd.Series[float] = daily[f"{figure}_high"] - daily[f"{figure}_low"]
    return width / (2 * HALF)
