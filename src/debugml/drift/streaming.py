"""Did the stream change? The last values against a reference, and river's detectors beside it.

Every detector has one method: `update` takes a value or several, and returns the positions
at which it alarmed. `watch` feeds a whole stream and returns its alarms as a frame.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SettingError
from ..labels import check_lengths
from ..summary import Floats, ValueCounts
from .ks import KSResult
from .rules import Rule, significant

RIVER = {"PageHinkley": "drift", "ADWIN": "drift", "DDM": "drift.binary"}
"""river's detectors that `RiverDetector` knows, and the modules that hold them."""


class Detector(Protocol):
    """Anything that takes values as they come and says where it alarmed.

    Attributes
    ----------
    seen : int
        Values taken so far, missing ones among them.
    """

    seen: int

    def update(self, values: npt.ArrayLike) -> list[int]:
        """Positions of alarms among these values, counted from 0 since the first ever given."""
        ...


class WindowedKS:
    """The two-sample KS statistic of the last values against a reference (Hodges 1958).

    The window is kept in order as values come and go, and the reference's counts are made
    once: a look costs as much as a binary search for each value of the window. A missing
    value has a position and no place in the window. An alarm is raised when the rule begins
    to hold; while it goes on holding there is no further one.

    Parameters
    ----------
    reference : ValueCounts
        Of a time that counts as usual.
    window : int
        How many values are compared; until so many have come, nothing is.
    every : int
        Positions from one look to the next.
    rule : function
        From a `KSResult` to True for an alarm: one of `drift.rules`, or one's own; by default
        p at most 0.05, at each look anew.

    Raises
    ------
    SettingError
        If window or every is below 1.
    RecordsError
        If the reference has no values.

    Examples
    --------
    >>> from debugml.drift.rules import above
    >>> usual = ValueCounts.of(np.arange(100))
    >>> detector = WindowedKS(usual, window=50, every=10, rule=above(0.4))
    >>> detector.update(np.arange(100) * 37 % 100), detector.update([90.0] * 50)
    ([], [129])
    >>> detector.result.statistic, detector.result.location
    (0.9, 89.0)
    """

    def __init__(
        self,
        reference: ValueCounts,
        window: int = 1000,
        every: int = 100,
        rule: Rule | None = None,
    ) -> None:
        if window < 1 or every < 1:
            raise SettingError(f"window {window}, every {every}: give one value or more")
        if reference.n == 0:
            raise RecordsError("the reference has no values: D needs at least one on each side")
        self.window, self.every = window, every
        self._rule = rule or significant()
        self._values = reference.values
        self._below = np.concatenate([[0], np.cumsum(reference.counts)])
        self._order: list[float] = []
        self._recent: deque[float] = deque()
        self.seen = 0
        self._alarmed = False

    def update(self, values: npt.ArrayLike) -> list[int]:
        """Take a value, or several in order; positions of alarms, counted from 0.

        Raises
        ------
        RecordsError
            If a value is infinite or no number; then none of them is taken.
        """
        alarms = []
        for value in _finite(values):
            if value == value:
                self._take(float(value))
            self.seen += 1
            if self.seen % self.every == 0 and len(self._order) == self.window:
                held, self._alarmed = self._alarmed, self._rule(self.result)
                if self._alarmed and not held:
                    alarms.append(self.seen - 1)
        return alarms

    @property
    def result(self) -> KSResult:
        """D between the reference and the window as it is, as `drift.ks` computes it.

        Raises
        ------
        RecordsError
            If no value has come yet.
        """
        if not self._order:
            raise RecordsError("no value has come yet: D needs at least one on each side")
        n, m = int(self._below[-1]), len(self._order)
        points = np.array(self._order)
        # Between two values of the window only the reference's function rises, so the gap is
        # widest at such a value or just before one: at the last of the reference's below it.
        at_reference = np.empty(2 * m, dtype=np.int64)
        at_reference[0::2] = self._below[np.searchsorted(self._values, points, "left")]
        at_reference[1::2] = self._below[np.searchsorted(self._values, points, "right")]
        at_window = np.empty(2 * m, dtype=np.int64)
        at_window[0::2] = np.searchsorted(points, points, "left")
        at_window[1::2] = np.searchsorted(points, points, "right")
        gaps = at_reference / n - at_window / m
        widest = int(np.abs(gaps).argmax())
        point = points[widest // 2]
        if widest % 2 == 0:
            point = self._values[max(0, np.searchsorted(self._values, point, "left") - 1)]
        return KSResult(
            statistic=float(abs(gaps[widest])),
            location=float(point),
            sign=1 if gaps[widest] >= 0 else -1,
            n_reference=n,
            n_current=m,
            at_reference=int(at_reference[widest]),
            at_current=int(at_window[widest]),
        )

    def _take(self, value: float) -> None:
        self._recent.append(value)
        insort(self._order, value)
        if len(self._recent) > self.window:
            del self._order[bisect_left(self._order, self._recent.popleft())]


class RiverDetector:
    """One of river's detectors, behind the same `update`: needs the extra ``streaming``.

    ``PageHinkley`` (Page 1954) and ``ADWIN`` (Bifet and Gavaldà 2007) watch the mean of
    numbers, and both depend on their scale; ``DDM`` (Gama et al. 2004) watches the rate of
    errors, given as 0 and 1. After an alarm each starts anew. A missing value has a position
    and is not shown to the detector.

    Parameters
    ----------
    name : str
        ``PageHinkley``, ``ADWIN`` or ``DDM``.
    settings
        As river names them; its defaults otherwise.

    Raises
    ------
    SettingError
        If the detector or a setting has another name, or river is not installed.

    Examples
    --------
    >>> detector = RiverDetector("ADWIN")
    >>> detector.update([0.2] * 500), len(detector.update([0.8] * 500)) > 0
    ([], True)
    """

    def __init__(self, name: str, **settings: Any) -> None:
        if name not in RIVER:
            raise SettingError(f"detector {name!r} is not known: use {', '.join(RIVER)}")
        from importlib import import_module

        try:
            module = import_module(f"river.{RIVER[name]}")
        except ImportError as error:
            raise SettingError(
                f"{name} needs river, which is not installed: pip install 'debugml[streaming]'"
            ) from error
        try:
            self._detector = getattr(module, name)(**settings)
        except TypeError as error:
            raise SettingError(f"{name}: {error}") from error
        self.name = name
        self.seen = 0

    def update(self, values: npt.ArrayLike) -> list[int]:
        """Take a value, or several in order; positions of alarms, counted from 0.

        Raises
        ------
        RecordsError
            If a value is infinite or no number, or one for DDM is not 0 or 1; then none is taken.
        """
        numbers = _finite(values)
        if self.name == "DDM":
            wrong = numbers[~(np.isnan(numbers) | (numbers == 0) | (numbers == 1))]
            if len(wrong):
                raise RecordsError(f"DDM got {wrong[0]}: give 1 for an error and 0 for none")
        alarms = []
        for value in numbers.tolist():
            if value == value:
                self._detector.update(bool(value) if self.name == "DDM" else value)
                if self._detector.drift_detected:
                    alarms.append(self.seen)
            self.seen += 1
        return alarms


def watch(detector: Detector, values: npt.ArrayLike, times: Any = None) -> pd.DataFrame:
    """Feed a stream to a detector; its alarms.

    Parameters
    ----------
    detector : WindowedKS or RiverDetector
        As it is: what it saw before counts.
    values : array of shape (n,)
        In the order in which they came.
    times : array of shape (n,), optional

    Returns
    -------
    DataFrame, one row an alarm
        ``position`` (from 0, in these values), ``time`` (if given), ``value``.

    Raises
    ------
    RecordsError
        If lengths differ, or the detector refuses a value.

    Examples
    --------
    >>> from debugml.drift.rules import above
    >>> calm, changed = np.arange(100) % 10, np.full(100, 9.0)
    >>> detector = WindowedKS(ValueCounts.of(calm), window=20, every=5, rule=above(0.3))
    >>> watch(detector, np.concatenate([calm, changed]))
       position  value
    0       109    9.0
    """
    numbers = _finite(values)
    if times is not None:
        check_lengths(values=numbers, times=times)
    before = detector.seen
    position = np.array(detector.update(numbers), dtype=np.int64) - before
    alarms = pd.DataFrame({"position": position, "value": numbers[position]})
    if times is not None:
        alarms.insert(1, "time", pd.Series(times).reset_index(drop=True)[position].to_numpy())
    return alarms


def _finite(values: npt.ArrayLike) -> Floats:
    try:
        numbers = np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise RecordsError(
            f"the stream holds what is no number ({error}): encode it, or give NaN"
        ) from error
    if np.isinf(numbers).any():
        raise RecordsError("the stream holds infinities: replace them by numbers or by NaN")
    return numbers
