"""How far apart do average weeks lie by chance, when whole days are what chance deals out?

Records of one day have weather, traffic and events in common. A test that takes them as
independent calls every wet week drift. Here the days themselves are exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import SettingError
from ..summary import Floats, Ints
from .calendar import Span, calendar_weights, check_columns
from .effect import check_level
from .weighted import weighted_d


def exchanged_days(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Sequence[str],
    *,
    time: str,
    reference_span: Span,
    current_span: Span,
    level: float = 0.05,
    draws: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """D between average weeks, beside what it is when days change sides at random.

    A permutation test (Fisher 1935; with whole days as its units, as blocks are exchanged in
    Winkler et al. 2015): each day goes to one side or the other, as many of each weekday
    as there were, and D is computed again. If days of one weekday are alike in both spans
    and independent of one another, then D observed exceeds the level's quantile of these no
    more often than the level says. Weather that lasts for several days breaks the second
    condition, a season that moves on within a span the first.

    Parameters
    ----------
    reference, current, columns, time, reference_span, current_span
        As for `drift.calendar.calendar_ks`; spans of whole days.
    level : float
        Of the test.
    draws, seed : int
        How many exchanges; each column is tested on the same ones.

    Returns
    -------
    DataFrame, one row a column, in the order given
        ``column``; ``d_left`` (between average weeks, as `calendar_ks` has it); ``d_days``
        (the 1 − ``level`` quantile of D over the exchanges); ``p_days`` (share of exchanges,
        the observed one among them, with a D as large: Phipson and Smyth 2010). Where values
        are so few that an exchange leaves a side with none, its D is taken as 1, the largest
        there is: it counts against a difference, never for one.

    Raises
    ------
    SchemaError
        As `drift.calendar.check_columns` does.
    SettingError
        If a span can't be read, is not of whole days or lacks a weekday, the level is not
        between 0 and 1, or there are no draws.
    RecordsError
        If a time is missing or outside its span, or a column has no values on a side.

    Examples
    --------
    >>> hours = pd.date_range("2020-01-06", "2020-03-02", freq="h", inclusive="left")
    >>> frame = pd.DataFrame({"time": hours, "x": np.arange(len(hours)) % 24})
    >>> frame["moved"] = frame["x"] + 6 * (hours >= "2020-02-03")
    >>> spans = ("2020-01-06", "2020-02-03"), ("2020-02-03", "2020-03-02")
    >>> one, two = (frame[frame["time"].between(*s, inclusive="left")] for s in spans)
    >>> exchanged_days(
    ...     one, two, ["x", "moved"], time="time", reference_span=spans[0], current_span=spans[1]
    ... ).round(3)
      column  d_left  d_days  p_days
    0      x    0.00   0.000   1.000
    1  moved    0.25   0.071   0.002
    """
    check_columns(reference, current, columns, time)
    check_level(level)
    if draws < 1:
        raise SettingError(f"draws is {draws}: give at least one")
    for start, end in (reference_span, current_span):
        try:
            whole = all(t == t.normalize() for t in (pd.Timestamp(start), pd.Timestamp(end)))
        except ValueError as error:
            raise SettingError(f"the span {start} to {end} can't be read: {error}") from error
        if not whole:
            raise SettingError(f"the span {start} to {end}: whole days can be exchanged")
    weights = [
        calendar_weights(frame[time], *span, ("weekday",))
        for frame, span in ((reference, reference_span), (current, current_span))
    ]
    spans = [
        pd.date_range(pd.Timestamp(start), pd.Timestamp(end), freq="D", inclusive="left")
        for start, end in (reference_span, current_span)
    ]
    weekday = np.concatenate([days.day_of_week.to_numpy() for days in spans])
    side = np.repeat([0, 1], [len(days) for days in spans])
    # A record's day, counted through both spans: the same date may be in both.
    day = np.concatenate(
        [
            (frame[time].dt.normalize() - days[0]).dt.days.to_numpy() + shift
            for frame, days, shift in zip(
                (reference, current), spans, (0, len(spans[0])), strict=True
            )
        ]
    )
    sides = _exchanged(side, weekday, draws, np.random.default_rng(seed))
    occurs = np.stack([np.bincount(days.day_of_week, minlength=7) for days in spans])
    rows = []
    for name in columns:
        one, other = (
            f[name].to_numpy(dtype=np.float64, na_value=np.nan) for f in (reference, current)
        )
        observed = weighted_d(one, other, *weights).statistic
        values = np.concatenate([one, other])
        present = ~np.isnan(values)
        codes = np.unique(values[present], return_inverse=True)[1]
        found = _distances(codes, day[present], sides, 1 / occurs[:, weekday])
        # Sums in another order differ in their last digits: a tie is a tie.
        as_large = int((found >= observed - 1e-12).sum())
        rows.append(
            {
                "column": name,
                "d_left": observed,
                "d_days": float(np.quantile(found, 1 - level, method="higher")),
                "p_days": (1 + as_large) / (1 + draws),
            }
        )
    return pd.DataFrame(rows)


def _exchanged(side: Ints, weekday: Ints, draws: int, generator: np.random.Generator) -> Ints:
    """Sides of the days, dealt out anew within each weekday; shape (draws, days)."""
    dealt = np.tile(side, (draws, 1))
    for of_week in range(7):
        days = np.flatnonzero(weekday == of_week)
        dealt[:, days] = generator.permuted(dealt[:, days], axis=1)
    return dealt


def _distances(codes: npt.NDArray[np.intp], day: Ints, sides: Ints, weights: Floats) -> Floats:
    """D of each deal; ``weights`` of shape (2, days): a day's records on either side.

    1 where a deal leaves a side without values.
    """
    distinct = int(codes.max()) + 1
    found = np.empty(len(sides))
    for draw, dealt in enumerate(sides):
        masses = [
            np.bincount(codes, np.where(dealt == which, weights[which], 0)[day], distinct)
            for which in (0, 1)
        ]
        totals = [mass.sum() for mass in masses]
        if not all(totals):
            found[draw] = 1
            continue
        one, other = (np.cumsum(mass) / n for mass, n in zip(masses, totals, strict=True))
        gap = one - other
        # Both functions end at 1; what sums of weights leave there is rounding.
        found[draw] = np.abs(gap[:-1]).max(initial=0)
    return found
