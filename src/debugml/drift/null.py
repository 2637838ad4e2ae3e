"""How often does a test cry wolf? Splits of one calm sample, where nothing changed.

Both halves come from the same records, so each alarm is false. Halves drawn record by record
keep every promise that a test makes. Halves made of whole days keep fewer: records of one
day have much in common, and that is how two real months differ, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ..errors import RecordsError, SettingError
from ..labels import check_lengths
from ..resampling import require_times
from ..summary import Floats
from .effect import check_level

Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FalseAlarms:
    """How often a test alarmed where nothing had changed.

    Attributes
    ----------
    alarms, splits : int
    rate : float
        alarms / splits.
    low, high : float
        95 % interval (Clopper and Pearson 1934) for the rate over all splits *of these
        records*: it covers which splits were drawn, not which records were.
    """

    alarms: int
    splits: int
    rate: float
    low: float
    high: float

    @classmethod
    def of(cls, alarms: npt.ArrayLike) -> FalseAlarms:
        """From one yes or no for each split.

        Raises
        ------
        RecordsError
            If there are no splits.
        """
        said = np.asarray(alarms, dtype=bool).ravel()
        if len(said) == 0:
            raise RecordsError("no splits: a rate needs at least one")
        low, high = clopper_pearson(int(said.sum()), len(said))
        return cls(int(said.sum()), len(said), float(said.mean()), low, high)


def random_halves(n: int, generator: np.random.Generator) -> Mask:
    """Which of n records are in the first half, drawn record by record.

    Returns
    -------
    bool array of shape (n,)
        n // 2 are True.

    Raises
    ------
    RecordsError
        If there are fewer than two records.

    Examples
    --------
    >>> int(random_halves(5, np.random.default_rng(0)).sum())
    2
    """
    if n < 2:
        raise RecordsError(f"{n} records can't be halved: give two or more")
    first = np.zeros(n, dtype=bool)
    first[generator.permutation(n)[: n // 2]] = True
    return first


def halves_by_day(
    times: pd.Series[Any], generator: np.random.Generator, *, within_weekdays: bool = False
) -> Mask:
    """Which records are in the first half, when days are drawn and their records stay together.

    Parameters
    ----------
    times : Series of datetime64, shape (n,)
    within_weekdays : bool
        Halve the Mondays, the Tuesdays and so on, so that both halves hold as many of each
        (give or take one, at random, where their number is odd). Otherwise the halves' days
        differ in weekdays too.

    Returns
    -------
    bool array of shape (n,)
        Half of the *days* are True, and so about half of the records.

    Raises
    ------
    RecordsError
        If a time is missing, or there are fewer than two days.

    Examples
    --------
    >>> times = pd.Series(pd.date_range("2019-10-01", periods=96, freq="6h"))
    >>> first = halves_by_day(times, np.random.default_rng(0))
    >>> int(first.sum()), sorted(first.reshape(24, 4).sum(axis=1).tolist())[::23]
    (48, [0, 4])
    """
    require_times(times)
    days, day = np.unique(times.dt.normalize().to_numpy(), return_inverse=True)
    if len(days) < 2:
        raise RecordsError("the records are of one day: halves by day need two or more")
    if not within_weekdays:
        return random_halves(len(days), generator)[day]
    weekday = pd.DatetimeIndex(days).day_of_week.to_numpy()
    # In random order within each weekday; then every second day of that order. A coin
    # decides who begins, so that an odd day goes to neither half by rule, and it goes on
    # from one weekday to the next, so that the halves' days differ by one at most.
    order = np.lexsort([generator.random(len(days)), weekday])
    first = np.empty(len(days), dtype=bool)
    first[order] = (np.arange(len(days)) + generator.integers(2)) % 2 == 0
    return first[day]


def split_d(values: npt.ArrayLike, halves: Iterable[Mask]) -> Floats:
    """Exact D between the halves of each split: the values are sorted once, then counted.

    Parameters
    ----------
    values : array of shape (n,)
        Without missing values and infinities.
    halves : iterable of bool arrays of shape (n,)

    Returns
    -------
    float64 array of shape (splits,)
        The two-sample KS statistics (Hodges 1958).

    Raises
    ------
    RecordsError
        If a value is missing or infinite, lengths differ, or a half is empty.

    Examples
    --------
    >>> split_d([1, 2, 3, 4], [np.array([True, True, False, False])]).tolist()
    [1.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if np.isnan(numbers).any():
        raise RecordsError("a value is missing: leave its record out before splitting")
    if np.isinf(numbers).any():
        raise RecordsError("the values hold infinities: replace them by numbers, or leave them out")
    codes = np.unique(numbers, return_inverse=True)[1]
    distinct = int(codes.max(initial=0)) + 1
    whole = np.cumsum(np.bincount(codes, minlength=distinct))
    found = []
    for first in halves:
        check_lengths(values=numbers, halves=first)
        n = int(first.sum())
        if not 0 < n < len(codes):
            raise RecordsError(f"a half has {n} of {len(codes)} records: both need at least one")
        below = np.cumsum(np.bincount(codes[first], minlength=distinct))
        found.append(np.abs(below / n - (whole - below) / (len(codes) - n)).max())
    return np.array(found, dtype=np.float64)


def false_alarms(
    test: Callable[[pd.DataFrame, pd.DataFrame], bool],
    frame: pd.DataFrame,
    splits: Iterable[Mask],
) -> FalseAlarms:
    """How often a test alarms between halves of the same records.

    Parameters
    ----------
    test : function of two DataFrames
        True for an alarm. Its rate is compared with the level that it promises.
    frame : DataFrame of shape (n, …)
        Records of a time in which nothing changed.
    splits : iterable of bool arrays of shape (n,)
        As `random_halves` and `halves_by_day` give them: several hundred.

    Raises
    ------
    RecordsError
        If there are no splits, or one is not as long as the frame.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"x": rng.normal(size=200)})
    >>> splits = [random_halves(200, rng) for _ in range(400)]
    >>> fires = lambda one, two: stats.ks_2samp(one["x"], two["x"]).pvalue < 0.05
    >>> found = false_alarms(fires, frame, splits)
    >>> bool(found.low < 0.05 < found.high)
    True
    """
    said = []
    for first in splits:
        check_lengths(records=frame.index, halves=first)
        said.append(bool(test(frame[first], frame[~first])))
    return FalseAlarms.of(said)


def clopper_pearson(count: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """An interval for a share that covers it at least as often as promised.

    Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case
    of the binomial".

    Raises
    ------
    SettingError
        If the count is not between 0 and n, n is 0, or the confidence is not between 0 and 1.

    Examples
    --------
    >>> [round(bound, 4) for bound in clopper_pearson(20, 400)]
    [0.0308, 0.0762]
    """
    if not 0 <= count <= n or n < 1:
        raise SettingError(f"{count} of {n}: give a count from 0 to n, of at least one")
    check_level(confidence, "confidence")
    tail = (1 - confidence) / 2
    low = stats.beta.ppf(tail, count, n - count + 1) if count else 0.0
    high = stats.beta.isf(tail, count + 1, n - count) if count < n else 1.0
    return float(low), float(high)
