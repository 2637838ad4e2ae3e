"""Any frame's columns, read by their types into mergeable summaries."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from ..errors import RecordsError, SchemaError
from ..summary import ValueCounts, summarise
from .categorical import CategoryCounts

Kind = Literal["numeric", "categorical"]
Counts = ValueCounts | CategoryCounts

_UNFIT = {"time": "times", "other": "no plain values"}


def family(dtype: Any) -> str:
    """What a column's type holds: number, bool, text, object (any), time or other.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": [1], "s": ["a"], "b": [True], "t": [pd.Timestamp(0)]})
    >>> [family(dtype) for dtype in frame.dtypes]
    ['number', 'text', 'bool', 'time']
    """
    kinds = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return family(dtype.categories.dtype) if dtype.categories is not None else "object"
    if kinds.is_object_dtype(dtype):
        return "object"
    if kinds.is_bool_dtype(dtype):
        return "bool"
    if kinds.is_numeric_dtype(dtype) and not kinds.is_complex_dtype(dtype):
        return "number"
    if kinds.is_datetime64_any_dtype(dtype) or kinds.is_timedelta64_dtype(dtype):
        return "time"
    return "text" if kinds.is_string_dtype(dtype) else "other"


@dataclass(frozen=True)
class Wanted:
    """A column to summarise, and the type that it has to have.

    Attributes
    ----------
    name : str
        Or any other name that a frame's column has.
    kind : "numeric" or "categorical"
    dtype : str
        The reference's, as an error tells it.
    family : str
        The reference's; a column that holds no value at all fits any.
    """

    name: Hashable
    kind: Kind
    dtype: str
    family: str

    def count(self, part: pd.DataFrame, said: str) -> Counts:
        """Value or category counts of the column in a part of the frame called ``said``.

        Raises
        ------
        SchemaError
            If its type is not the reference's.
        RecordsError
            If it holds infinities.
        """
        column = part[self.name]
        found = family(column.dtype)
        if not self._fits(found):
            if not column.isna().all():
                raise SchemaError(
                    f"column {self.name} is {self.dtype} in the reference frame and "
                    f"{column.dtype} in the {said} frame: give both one type"
                )
            return self.nothing(len(column))
        try:
            if self.kind == "categorical":
                return CategoryCounts.of(column)
            return ValueCounts.of(_numbers(column))
        except (RecordsError, SchemaError) as error:
            text = f"column {self.name} of the {said} frame: {error}"
            raise type(error)(text) from error

    def nothing(self, rows: int) -> Counts:
        """Counts of a column in which every value is missing."""
        if self.kind == "categorical":
            return CategoryCounts({}, rows)
        return ValueCounts.of(np.full(rows, np.nan))

    def _fits(self, found: str) -> bool:
        # A column of objects may hold categories of any type; read from CSV, it often does.
        either = self.kind == "categorical" and "object" in (found, self.family)
        return either or found == self.family


@dataclass(frozen=True)
class ColumnSummaries:
    """Mergeable summary: rows, and the counts of several columns."""

    rows: int
    counts: dict[Hashable, Counts]

    def merge(self, other: ColumnSummaries) -> ColumnSummaries:
        """Summary of both parts."""
        counts = {k: v.merge(cast(Any, other.counts[k])) for k, v in self.counts.items()}
        return ColumnSummaries(self.rows + other.rows, counts)


@dataclass(frozen=True)
class _Counter:
    wanted: tuple[Wanted, ...]
    said: str

    def __call__(self, part: pd.DataFrame) -> ColumnSummaries:
        counts = {one.name: one.count(part, self.said) for one in self.wanted}
        return ColumnSummaries(len(part), counts)


def summarise_columns(frame: Any, wanted: Sequence[Wanted], said: str) -> ColumnSummaries:
    """Counts of several columns of a pandas or Dask frame, called ``said`` in errors.

    Raises
    ------
    SchemaError
        If a column is absent, twice there, or of another type than wanted.
    RecordsError
        If the frame has no rows, or a column holds infinities.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 2.0]})
    >>> wanted = [Wanted("x", "numeric", "float64", "number")]
    >>> found = summarise_columns(frame, wanted, "current")
    >>> found.rows, found.counts["x"].counts.tolist()
    (3, [1, 2])
    """
    require(frame, [one.name for one in wanted], said)
    summary = summarise(frame, _Counter(tuple(wanted), said))
    if summary.rows == 0:
        raise RecordsError(f"the {said} frame has no rows: D needs at least one on each side")
    return summary


def require(frame: Any, names: Sequence[Hashable], said: str) -> None:
    """Each column once.

    Raises
    ------
    SchemaError
        If a column is absent or twice there.

    Examples
    --------
    >>> require(pd.DataFrame({"x": [1]}), ["x"], "current")
    """
    there = list(frame.columns)
    absent = [str(name) for name in names if name not in there]
    if absent:
        raise SchemaError(
            f"the {said} frame has no column {', '.join(absent)}: name the columns to compare"
        )
    twice = [str(name) for name in names if there.count(name) > 1]
    if twice:
        raise SchemaError(f"the {said} frame has column {twice[0]} more than once: rename one")


def choose(
    frame: Any,
    columns: Sequence[Hashable] | None = None,
    categorical: Sequence[Hashable] | None = None,
) -> tuple[list[Wanted], dict[Hashable, str]]:
    """Which columns of a reference are compared and how; which are left out and why.

    Parameters
    ----------
    frame : DataFrame
        pandas or Dask.
    columns : sequence of str, optional
        Default: all that hold numbers, text, categories or booleans; not times, lists or dicts.
    categorical : sequence of str, optional
        Columns whose numbers are codes. Text, categories and booleans are categorical anyway.

    Raises
    ------
    SchemaError
        If a column is absent, or its type can't be compared, or none is left.

    Examples
    --------
    >>> frame = pd.DataFrame({"zone": [7, 9], "fare": [5.5, 8.0], "at": pd.Timestamp(0)})
    >>> wanted, left_out = choose(frame, categorical=["zone"])
    >>> [(one.name, one.kind) for one in wanted], list(left_out)
    ([('zone', 'categorical'), ('fare', 'numeric')], ['at'])
    """
    for said, given in (("columns", columns), ("categorical", categorical)):
        if isinstance(given, str):
            raise SchemaError(f"{said} is the text {given!r}: give a list, as in [{given!r}]")
    codes = list(categorical or [])
    names = list(dict.fromkeys(frame.columns if columns is None else columns))
    require(frame, [*names, *codes], "reference")
    strange = [str(name) for name in codes if name not in names]
    if strange:
        raise SchemaError(f"categorical names {strange[0]}, which is not among the columns")
    wanted, left_out = [], {}
    objects = [name for name in names if family(frame.dtypes[name]) == "object"]
    lists = summarise(frame[objects], _Lists.of).names if objects else frozenset()
    for name in names:
        dtype = frame.dtypes[name]
        held = family(dtype)
        if held in _UNFIT or name in lists:
            what = "lists or the like" if name in lists else _UNFIT[held]
            reason = f"holds {what} ({dtype})"
            if columns is not None or name in codes:
                raise SchemaError(f"column {name} {reason}: compare a feature made from it instead")
            left_out[name] = reason
            continue
        numeric = held == "number" and not isinstance(dtype, pd.CategoricalDtype)
        kind: Kind = "numeric" if numeric and name not in codes else "categorical"
        wanted.append(Wanted(name, kind, str(dtype), held))
    if not wanted:
        raise SchemaError("the reference frame has no column of numbers, text or booleans")
    return wanted, left_out


@dataclass(frozen=True)
class _Lists:
    """Mergeable summary: which columns of objects hold lists, dicts or the like."""

    names: frozenset[Hashable]

    @classmethod
    def of(cls, part: pd.DataFrame) -> _Lists:
        return cls(frozenset(name for name in part if not _countable(part[name])))

    def merge(self, other: _Lists) -> _Lists:
        return _Lists(self.names | other.names)


def _countable(column: pd.Series[Any]) -> bool:
    try:
        for value in column.array:
            hash(value)
    except TypeError:
        return False
    return True


def _numbers(column: pd.Series[Any]) -> Any:
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    # pandas' nullable columns have NA where NumPy has NaN.
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
