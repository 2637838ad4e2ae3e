"""What a model's probability has meant: the share of labels 1 among records given it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SettingError
from ..labels import as_probabilities, check_lengths, zeros_and_ones
from ..resampling import MIN_DAYS, require_times
from ..summary import Floats

LEAST = 100
"""A group with fewer records is calibrated on all records instead."""

_CELLS = 50
"""Records of like probability are drawn together, in so many cells a group."""

Mask = npt.NDArray[np.bool_]


class Curve(NamedTuple):
    """Shares ``y`` at probabilities ``x``: straight in between, level outside."""

    x: Floats
    y: Floats

    def __call__(self, p: Floats) -> Floats:
        """The share at each probability."""
        found: Floats = np.interp(p, self.x, self.y)
        return found


@dataclass(frozen=True)
class Part:
    """The calibration of one group, or of all records: its curve, and those of its resamples."""

    curve: Curve
    draws: tuple[Curve, ...]


@dataclass(frozen=True)
class Calibration:
    """Isotonic regression of labels on probabilities, on all records or within groups.

    It assumes only that a higher probability means no lower a share of labels 1, and its
    mean over the records that it was fitted on is their base rate (Zadrozny and Elkan 2002;
    fitted by scipy). `fit` makes one.

    Attributes
    ----------
    everything : Part
        Of all records.
    within : dict from group to Part, or None
        Of each group with 100 records or more; None if fitted without groups.
    sizes : dict from group to int
        Records of each group, the small ones too.

    Examples
    --------
    >>> p = np.repeat([0.2, 0.8], 100)
    >>> labels = np.tile([0, 1], 100)  # half of them 1, whatever the probability
    >>> Calibration.fit(labels, p).chance([0.2, 0.7]).round(3).tolist()
    [0.5, 0.5]
    """

    everything: Part
    within: dict[Any, Part] | None = None
    sizes: dict[Any, int] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        labels: npt.ArrayLike,
        probabilities: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        times: pd.Series[Any] | None = None,
        draws: int = 200,
        seed: int = 0,
    ) -> Calibration:
        """Fit to labelled records; parameters and errors are those of `Estimator.fit`."""
        y, p = zeros_and_ones(labels, "label"), as_probabilities(probabilities)
        check_lengths(labels=y, probabilities=p)
        if len(y) == 0:
            raise RecordsError("no records to calibrate on: give those of a labelled period")
        if draws < 1:
            raise SettingError(f"draws is {draws}: an interval needs one or more, 200 say")
        weights = _weights(len(y), times, draws, np.random.default_rng(seed))
        everything = _part(p, y, weights)
        if groups is None:
            return cls(everything)
        names = as_groups(groups, len(y))
        sizes = {value: int((names == value).sum()) for value in _values(names)}
        within = {
            value: _part(p[names == value], y[names == value], weights[:, names == value])
            for value, size in sizes.items()
            if size >= LEAST
        }
        return cls(everything, within, sizes)

    def chance(self, probabilities: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Floats:
        """Chance of label 1 for each record, by what its probability meant in calibration.

        Raises
        ------
        RecordsError
            If lengths differ, or a value is missing or out of range.
        SettingError
            If groups are given and the fit had none, or the other way round.
        """
        p = as_probabilities(probabilities)
        found = np.empty(len(p))
        for part, own in self.parts(len(p), groups):
            found[own] = part.curve(p[own])
        return found

    def draw(
        self, probabilities: Floats, groups: npt.ArrayLike | None, rng: np.random.Generator
    ) -> Floats:
        """How many of these records' labels may be 1, given that the calibration is a sample.

        Each draw is a draw of the labels, less what the count of a resampled calibration
        exceeds that of the calibration by: a resample is to the calibration as that is to
        the truth (the basic bootstrap interval: Davison and Hinkley 1997, section 5.2).
        Isotonic regression is a little too steep and its resamples twice so: their own
        quantiles would lie off to one side.

        Returns
        -------
        float64 array of shape (draws,)
        """
        n = len(probabilities)
        total = np.zeros(len(self.everything.draws))
        for part, own in self.parts(n, groups):
            middle, size = _cells(probabilities[own])
            # Interpolation may pass 1 by a rounding.
            chance = np.clip(part.curve(middle), 0, 1)
            # One cell after another: equal draws in a row need no new set-up.
            shape = (len(size), len(total))
            total += rng.binomial(size[:, None], chance[:, None], size=shape).sum(axis=0)
            total -= [size @ (curve(middle) - chance) for curve in part.draws]
        return np.clip(total, 0, n)

    def parts(self, n: int, groups: npt.ArrayLike | None) -> Iterator[tuple[Part, Mask]]:
        """The calibration of each group, and which of n records it is for."""
        if groups is None and self.within is not None:
            raise SettingError("calibrated within groups: give the groups of these records too")
        if groups is None:
            yield self.everything, np.ones(n, dtype=bool)
            return
        if self.within is None:
            raise SettingError("calibrated without groups: give them to fit too")
        names = as_groups(groups, n)
        for value in _values(names):
            yield self.within.get(value, self.everything), names == value

    def notes(self, groups: npt.ArrayLike | None) -> tuple[str, ...]:
        """Which of these records' groups are calibrated on all records, and why."""
        if groups is None or self.within is None:
            return ()
        return tuple(
            f"group {value}: {self.sizes.get(value, 0)} records in calibration, fewer than "
            f"{LEAST}, so calibrated on all records"
            for value in _values(np.asarray(groups, dtype=object))
            if value not in self.within
        )


def as_groups(values: npt.ArrayLike, n: int) -> npt.NDArray[Any]:
    """A group for each of n records.

    Raises
    ------
    RecordsError
        If there is not one for each, or one is missing.

    Examples
    --------
    >>> as_groups(["card", "cash"], 2).tolist()
    ['card', 'cash']
    """
    names = np.asarray(values, dtype=object)
    if len(names) != n:
        raise RecordsError(f"{len(names)} groups, {n} records: give one for each record")
    if pd.isna(names).any():
        raise RecordsError("a group is missing: name it, 'missing' for instance")
    return names


def _values(names: npt.NDArray[Any]) -> list[Any]:
    # Hashed, then sorted: sorting all of them would take longer than the estimate. By type
    # first, since codes and a text for the missing have no order among them.
    return sorted(pd.unique(names), key=lambda value: (type(value).__name__, value))


def _weights(
    n: int, times: pd.Series[Any] | None, draws: int, rng: np.random.Generator
) -> npt.NDArray[np.integer[Any]]:
    """How often each record is in each resample: of days if there are enough, else of records."""
    if times is None:
        return rng.multinomial(n, np.full(n, 1 / n), size=draws)
    check_lengths(times=times, labels=np.empty(n))
    require_times(times)
    days, day = np.unique(pd.DatetimeIndex(times).normalize(), return_inverse=True)
    if len(days) < MIN_DAYS:
        return rng.multinomial(n, np.full(n, 1 / n), size=draws)
    of_days = rng.multinomial(len(days), np.full(len(days), 1 / len(days)), size=draws)
    # Small numbers in small cells: millions of records times the draws still fit into memory.
    return of_days.astype(np.uint8)[:, day] if len(days) < 256 else of_days[:, day]


def _part(p: Floats, y: Mask, weights: npt.NDArray[np.integer[Any]]) -> Part:
    values, at = np.unique(p, return_inverse=True)

    def isotonic(weight: npt.NDArray[np.integer[Any]]) -> Curve:
        counts = np.bincount(at, weight, minlength=len(values))
        there = counts > 0
        shares = np.bincount(at, weight * y, minlength=len(values))[there] / counts[there]
        return _isotonic(values[there], shares, counts[there])

    curve = isotonic(np.ones(len(p), dtype=np.int64))
    # A resample that leaves a group out altogether says nothing new about it.
    return Part(curve, tuple(isotonic(w) if w.any() else curve for w in weights))


def _isotonic(values: Floats, shares: Floats, counts: npt.NDArray[Any]) -> Curve:
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(shares, weights=counts)
    # Level within a block: its two ends say it all.
    ends = np.unique(np.concatenate([fitted.blocks[:-1], fitted.blocks[1:] - 1]))
    return Curve(values[ends], fitted.x[ends])


def _cells(p: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Records pooled with their neighbours: mean probability and size of each cell."""
    if len(p) == 0:
        return np.empty(0), np.empty(0, dtype=np.int64)
    starts = np.linspace(0, len(p), min(len(p), _CELLS), endpoint=False).astype(np.int64)
    size = np.diff(starts, append=len(p))
    return np.add.reduceat(np.sort(p), starts) / size, size
