"""The two-sample Kolmogorov–Smirnov test: exact D at once, its p-value when asked for.

D is the largest gap between two empirical distribution functions. It comes from
value counts, which merge, so it is exact on any engine and for any split. The
p-value says little at n in the millions and costs more than D: it is computed
when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy import special, stats

from ..errors import RecordsError, SchemaError
from ..summary import ValueCounts, summarise

T = TypeVar("T")

MAX_EXACT = 10_000
"""Up to this size of the larger sample, scipy's `method="auto"` tries the exact p."""


MAX_KSTWO = 100_000
"""Up to this nm / (n + m), p comes from the finite-sample distribution; above, from its limit."""


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
        """Two-sided p as ``scipy.stats.ks_2samp(method="auto")`` gives it; slow, so lazy.

        For samples in the hundreds of thousands, see `asymptotic_p`.

        With ties, as in hours or zone ids, the true p is at most about this large: the
        test assumes continuous values.
        """
        return _scipy_p(
            self.at_reference,
            self.n_reference,
            self.at_current,
            self.n_current,
            self.statistic,
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
    points = np.union1d(reference.values, current.values)
    below_reference, below_current = reference.up_to(points), current.up_to(points)
    gaps = below_reference / reference.n - below_current / current.n
    at = int(np.abs(gaps).argmax())
    return KSResult(
        statistic=float(abs(gaps[at])),
        location=float(points[at]),
        sign=1 if gaps[at] >= 0 else -1,
        n_reference=reference.n,
        n_current=current.n,
        at_reference=int(below_reference[at]),
        at_current=int(below_current[at]),
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
        pandas or Dask; missing values (NaN) are left out column by column.
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
    before = summarise(reference, _ColumnCounter(tuple(names)))
    after = summarise(current, _ColumnCounter(tuple(names)))
    return KSTable({n: _named(n, ks, before.counts[n], after.counts[n]) for n in names})


def p_by_size(statistics: Sequence[float], sizes: Sequence[int]) -> pd.DataFrame:
    """Two-sided p of a fixed D in two samples of n each, as n grows.

    Returns
    -------
    DataFrame
        One row a pair: ``statistic``, ``n``, ``p_value`` (`asymptotic_p`).

    Examples
    --------
    >>> p_by_size([0.01], [10_000, 1_000_000])["p_value"].round(4).tolist()
    [0.6955, 0.0]
    """
    rows = [(d, n, asymptotic_p(d, n, n)) for d in statistics for n in sizes]
    return pd.DataFrame(rows, columns=["statistic", "n", "p_value"])


@dataclass(frozen=True)
class ColumnCounts:
    """Mergeable summary: value counts of several columns."""

    counts: dict[str, ValueCounts]

    def merge(self, other: ColumnCounts) -> ColumnCounts:
        """Counts of both parts."""
        return ColumnCounts({k: v.merge(other.counts[k]) for k, v in self.counts.items()})


@dataclass(frozen=True)
class _ColumnCounter:
    names: tuple[str, ...]

    def __call__(self, part: pd.DataFrame) -> ColumnCounts:
        return ColumnCounts(
            {n: _named(n, ValueCounts.of, part[n].to_numpy(dtype=np.float64)) for n in self.names}
        )


def _named(column: str, work: Callable[..., T], *arguments: Any) -> T:
    try:
        return work(*arguments)
    except ValueError as error:
        raise RecordsError(f"column {column}: {error}") from error


def _shared_numeric(reference: Any, current: Any) -> list[str]:
    return [
        name
        for name in reference.columns
        if name in current.columns
        and pd.api.types.is_numeric_dtype(reference.dtypes[name])
        and pd.api.types.is_numeric_dtype(current.dtypes[name])
    ]


def _scipy_p(at_reference: int, n: int, at_current: int, m: int, statistic: float) -> float:
    if max(n, m) <= MAX_EXACT:
        # D and p depend only on the sizes and on the counts where the gap is widest: two
        # samples of zeros and ones with these counts are enough for scipy's exact method.
        one = np.repeat([0, 1], [at_reference, n - at_reference])
        other = np.repeat([0, 1], [at_current, m - at_current])
        return float(stats.ks_2samp(one, other).pvalue)
    return asymptotic_p(statistic, n, m)


def asymptotic_p(statistic: float, n: int, m: int) -> float:
    """Two-sided p of D without counting paths, for samples of n and m.

    Up to nm / (n + m) = 100,000 this is scipy's asymptotic method (`scipy.stats.kstwo`,
    Simard and L'Ecuyer 2011). Above, where that takes seconds, it is Kolmogorov's limit,
    which differs from it there by less than one part in a hundred wherever p > 1e-10.

    Examples
    --------
    >>> round(asymptotic_p(0.01, 10_000, 10_000), 4)
    0.6955
    """
    larger, smaller = sorted([float(n), float(m)], reverse=True)
    size = larger * smaller / (larger + smaller)
    if size <= MAX_KSTWO:
        return float(stats.kstwo.sf(statistic, np.round(size)))
    return float(special.kolmogorov(np.sqrt(size) * statistic))
