"""The two-sample Kolmogorov–Smirnov test: exact D at once, its p-value when asked for.

D is the largest gap between two empirical distribution functions. It comes from counts,
which merge, so it is exact on any engine and for any split (`passes`, on Dask). The
p-value says little at n in the millions and costs more than D: it is computed
when somebody reads it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..engines import in_partitions, to_pandas
from ..errors import RecordsError, SchemaError
from ..summary import ValueCounts, present_numbers
from .buckets import gap_in_buckets
from .passes import gaps_in_passes, named
from .pvalue import p_at_gap, p_by_size as p_by_size
from .widest import Gap, widest_gap

T = TypeVar("T")

MANY = 20_000
"""Columns longer than this on both sides, if not whole numbers, are looked at in buckets."""


@dataclass(frozen=True)
class KSResult:
    """One feature's test.

    Attributes
    ----------
    statistic : float
        D, from 0 (same distribution) to 1 (no overlap).
    location : float
        The value at which the two distribution functions are D apart.
    sign : int
        1 if the reference's function is the higher there (its values are smaller), else −1.
    n_reference, n_current : int
        Values that are not missing.
    at_reference, at_current : int
        How many of them are at most ``location``.
    """

    statistic: float
    location: float
    sign: int
    n_reference: int
    n_current: int
    at_reference: int
    at_current: int

    @cached_property
    def p_value(self) -> float:
        """Two-sided p as `pvalue.p_at_gap` computes it; slow, so only when asked for.

        With ties, as in hours or zone ids, the true p is at most about this large: the
        test assumes continuous values.
        """
        return p_at_gap(
            self.statistic,
            (self.at_reference, self.n_reference),
            (self.at_current, self.n_current),
        )


def ks(reference: ValueCounts, current: ValueCounts) -> KSResult:
    """Exact D between two samples, given as value counts.

    Raises
    ------
    RecordsError
        If a sample has no values.

    Examples
    --------
    >>> result = ks(ValueCounts.of([1, 2, 3, 4]), ValueCounts.of([3, 4, 5, 6]))
    >>> result.statistic, result.location, round(result.p_value, 3)
    (0.5, 2.0, 0.771)
    """
    for said, sample in (("reference", reference), ("current", current)):
        if sample.n == 0:
            raise RecordsError(
                f"the {said} sample has no values: D needs at least one on each side"
            )
    return _result(widest_gap(reference, current), reference.n, current.n)


def _result(gap: Gap, n_reference: int, n_current: int) -> KSResult:
    return KSResult(
        statistic=abs(gap.size),
        location=gap.location,
        sign=1 if gap.size >= 0 else -1,
        n_reference=n_reference,
        n_current=n_current,
        at_reference=gap.at_one,
        at_current=gap.at_other,
    )


class KSTable:
    """The tests of several features, largest D first.

    Attributes
    ----------
    results : dict of str to KSResult
        By feature, in descending order of D.
    """

    def __init__(self, results: dict[str, KSResult]) -> None:
        order = sorted(results, key=lambda name: (-results[name].statistic, name))
        self.results = {name: results[name] for name in order}

    def __getitem__(self, feature: str) -> KSResult:
        return self.results[feature]

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __repr__(self) -> str:
        # Without p: looking at a table should cost nothing.
        return self.to_frame(p_value=False).to_string(index=False)

    def to_frame(self, p_value: bool = True) -> pd.DataFrame:
        """One row a feature.

        Returns
        -------
        DataFrame
            ``feature, statistic, location, n_reference, n_current`` and, if asked for,
            ``p_value``.
        """
        rows = [
            {
                "feature": name,
                "statistic": r.statistic,
                "location": r.location,
                "n_reference": r.n_reference,
                "n_current": r.n_current,
            }
            | ({"p_value": r.p_value} if p_value else {})
            for name, r in self.results.items()
        ]
        return pd.DataFrame(rows)


def ks_table(reference: Any, current: Any, columns: Sequence[str] | None = None) -> KSTable:
    """A two-sample KS test for each column: Hodges (1958), as Rabanser et al. (2019) use it.

    Parameters
    ----------
    reference, current : DataFrame
        Of any engine; missing values (NaN) are left out column by column. With Dask in a few
        passes, whose memory does not grow with the frames; a frame that is not kept in memory
        (``persist``) is computed anew in each.
    columns : sequence of str, optional
        Default: the numeric columns that both frames have, a label among them too.

    Raises
    ------
    SchemaError
        If a column is absent from a frame, or there is none to compare.
    RecordsError
        If a column has no values in a sample, or holds infinities.

    Examples
    --------
    >>> before = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [0, 1, 0, 1]})
    >>> after = pd.DataFrame({"x": [3.0, 4.0, 5.0, 6.0], "y": [1, 0, 1, 0]})
    >>> ks_table(before, after).to_frame(p_value=False)[["feature", "statistic"]]
      feature  statistic
    0       x        0.5
    1       y        0.0
    """
    if isinstance(columns, str):
        raise SchemaError(f"columns is the text {columns!r}: give a list, as in [{columns!r}]")
    names = list(columns) if columns is not None else _shared_numeric(reference, current)
    if not names:
        raise SchemaError("no numeric column is in both frames: name the columns to compare")
    for said, frame in (("reference", reference), ("current", current)):
        lacking = [name for name in names if name not in frame.columns]
        if lacking:
            raise SchemaError(f"the {said} frame has no column {', '.join(lacking)}")
    if in_partitions(reference) or in_partitions(current):
        found = gaps_in_passes(reference, current, names)
        return KSTable({name: _result(each.gap, *each.n) for name, each in found.items()})
    return KSTable(_by_column(names, partial(_ks_of_column, reference, current)))


def _by_column(names: Sequence[str], work: Callable[[str], T]) -> dict[str, T]:
    """Columns side by side: NumPy's sorts and passes run while other threads do theirs."""
    with ThreadPoolExecutor(min(len(names), _cores())) as pool:
        return dict(zip(names, pool.map(work, names), strict=True))


def _cores() -> int:
    # A container or a scheduler may give this process fewer than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ks_of_column(reference: Any, current: Any, name: str) -> KSResult:
    columns = (to_pandas(frame[name]) for frame in (reference, current))
    sides = [named(name, present_numbers, column)[0] for column in columns]
    gap = None
    if all(len(side) > MANY for side in sides) and not all(map(_look_whole, sides)):
        gap = gap_in_buckets(*sides)
    if gap is not None:
        return _result(gap, *map(len, sides))
    # One column's counts at a time: they go before the next column's come.
    result: KSResult = named(name, ks, *map(ValueCounts.of, sides))
    return result


def _look_whole(numbers: npt.NDArray[Any]) -> bool:
    # A look at some of them: whichever way is taken, the result is the same.
    some = numbers[:: len(numbers) // 2000]
    return bool((np.trunc(some) == some).all())


def _shared_numeric(reference: Any, current: Any) -> list[str]:
    return [
        name
        for name in reference.columns
        if name in current.columns
        and pd.api.types.is_numeric_dtype(reference.dtypes[name])
        and pd.api.types.is_numeric_dtype(current.dtypes[name])
    ]
