"""In which way two values differ, in words that help whoever made one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

TOLERANCE = 1e-6


def difference(given: Any, right: Any, tolerance: float = TOLERANCE) -> str:
    """Where `given` departs from `right`; nothing where it doesn't.

    Numbers may differ by the tolerance, absolutely or as a share; a list may stand for a tuple
    or an array, a NumPy scalar for a number. Frames and series are compared with their labels,
    whatever their index is called.

    Parameters
    ----------
    given, right : any
        Numbers, texts, times, None, lists, tuples, arrays, sets, dicts, Series, DataFrames.
    tolerance : float

    Returns
    -------
    str

    Examples
    --------
    >>> difference([1, 2, 3], np.array([1, 2, 3]))
    ''
    >>> difference(0.61, 0.66)
    'gave 0.61, where 0.66 is right'
    >>> difference({"a"}, {"a", "b"})
    "'b' is missing"
    >>> difference({"a": 1}, {"a": 2})
    "'a' is 1, where 2 is right"
    """
    if isinstance(right, pd.DataFrame):
        return _frames(given, right, tolerance)
    if isinstance(right, pd.Series):
        return _series(given, right, tolerance)
    if isinstance(right, Mapping):
        return _mappings(given, right, tolerance)
    if isinstance(right, (set, frozenset)):
        return _sets(given, right)
    if isinstance(right, (list, tuple, np.ndarray, pd.Index)):
        return _sequences(given, list(right), tolerance)
    if _same(given, right, tolerance):
        return ""
    return f"gave {shown(given)}, where {shown(right)} is right"


def shown(value: Any) -> str:
    """A value in a few characters.

    Examples
    --------
    >>> shown(0.123456)
    '0.1235'
    >>> shown(pd.Timestamp("2020-03-31"))
    '2020-03-31'
    """
    if value is None or value is pd.NaT:
        return "nothing (None)" if value is None else "no time (NaT)"
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        at = pd.Timestamp(value)
        return at.strftime("%Y-%m-%d") if at == at.normalize() else str(at)
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.4g}" if abs(float(value)) < 1e4 else f"{float(value):,.0f}"
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}"
    if isinstance(value, (pd.DataFrame, pd.Series)):
        return f"a {type(value).__name__} of {len(value):,} rows"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    said = repr(value)
    return said if len(said) <= 80 else f"{said[:77]}…"


def _same(given: Any, right: Any, tolerance: float) -> bool:
    if right is None or given is None:
        return given is right
    if isinstance(right, (pd.Timestamp, np.datetime64, pd.Timedelta)):
        try:
            return bool(type(pd.Timestamp(0))(given) == right)
        except (TypeError, ValueError):
            return bool(given == right) if isinstance(given, type(right)) else False
    if isinstance(right, (bool, np.bool_)):
        return isinstance(given, (bool, np.bool_)) and bool(given) == bool(right)
    if isinstance(right, (Number, np.number)):
        if isinstance(given, (bool, np.bool_)) or not isinstance(given, (Number, np.number)):
            return False
        mine, theirs = float(given), float(right)  # type: ignore[arg-type]
        if math.isnan(theirs):
            return math.isnan(mine)
        return mine == theirs or abs(mine - theirs) <= tolerance * max(1.0, abs(theirs))
    try:
        return bool(given == right)
    except (TypeError, ValueError):
        return False


def _unlike(given: Any, wanted: str) -> str:
    return f"gave {shown(given)}, where {wanted} is wanted"


def _sets(given: Any, right: set[Any] | frozenset[Any]) -> str:
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        return _unlike(given, "a set of names")
    try:
        mine = set(given)
    except TypeError:
        return _unlike(given, "a set of names")
    said = []
    if lacking := right - mine:
        said.append(f"{_listed(lacking)} {_is(lacking)} missing")
    if beyond := mine - right:
        said.append(f"{_listed(beyond)} {_is(beyond)} too many")
    return ", and ".join(said)


def _sequences(given: Any, right: list[Any], tolerance: float) -> str:
    if isinstance(given, (str, bytes, Mapping, set)) or not hasattr(given, "__len__"):
        return _unlike(given, f"a list of {len(right):,}")
    mine = list(given)
    if len(mine) != len(right):
        return f"gave {len(mine):,} values, where {len(right):,} are right"
    if right and all(isinstance(each, (float, int, np.number)) for each in right):
        try:
            array, theirs = np.asarray(mine, dtype=float), np.asarray(right, dtype=float)
        except (TypeError, ValueError):
            return _unlike(mine[0], "a number in each place")
        if array.shape != theirs.shape:
            return _unlike(given, f"a list of {len(right):,} numbers")
        off = ~np.isclose(array, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
        at = np.flatnonzero(off)
        if not at.size:
            return ""
        first = int(at[0])
        return f"{_of(at.size, len(right))}: place {first} {_pair(mine[first], right[first])}"
    for place, (one, other) in enumerate(zip(mine, right, strict=True)):
        if said := difference(one, other, tolerance):
            return f"place {place} {_inside(said)}"
    return ""


def _mappings(given: Any, right: Mapping[Any, Any], tolerance: float) -> str:
    if isinstance(given, pd.Series):
        given = given.to_dict()
    if not isinstance(given, Mapping):
        return _unlike(given, "a dict")
    if said := _sets(set(given), set(right)):
        return said
    for name, value in right.items():
        if said := difference(given[name], value, tolerance):
            return f"{name!r} {_inside(said)}"
    return ""


def _inside(said: str) -> str:
    """What is said of a part: it gives nothing by itself, it is something."""
    return f"is {said.removeprefix('gave ')}" if said.startswith("gave ") else f": {said}"


def _series(given: Any, right: pd.Series, tolerance: float) -> str:
    if isinstance(given, pd.DataFrame) and given.shape[1] == 1:
        given = given.iloc[:, 0]
    if not isinstance(given, pd.Series):
        return _unlike(given, f"a Series of {len(right):,}")
    if said := _labels(given.index, right.index, "rows"):
        return said
    return _column(given.reindex(right.index), right, tolerance)


def _frames(given: Any, right: pd.DataFrame, tolerance: float) -> str:
    if not isinstance(given, pd.DataFrame):
        return _unlike(given, "a DataFrame")
    if said := _sets(set(given.columns), set(right.columns)):
        return f"column {said}"
    if said := _labels(given.index, right.index, "rows"):
        return said
    for name in right.columns:
        if said := _column(given[name].reindex(right.index), right[name], tolerance):
            return f"column {name!r}: {said}"
    return ""


def _labels(given: pd.Index, right: pd.Index, what: str) -> str:
    if len(given) != len(right):
        return f"gave {len(given):,} {what}, where {len(right):,} are right"
    if given.has_duplicates or right.has_duplicates:
        return "" if list(given) == list(right) else f"the {what} are not those that are wanted"
    beyond = given.difference(right)
    if len(beyond):
        return f"{shown(beyond[0])} is among the {what}, and should not be"
    return ""


def _column(given: pd.Series, right: pd.Series, tolerance: float) -> str:
    if pd.api.types.is_numeric_dtype(right) and pd.api.types.is_numeric_dtype(given):
        mine, theirs = given.to_numpy(float), right.to_numpy(float)
        off = ~np.isclose(mine, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:
        off = np.array(
            [
                not (_same(one, other, tolerance) or (pd.isna(one) and pd.isna(other)))
                for one, other in zip(given, right, strict=True)
            ],
            dtype=bool,
        )
    at = np.flatnonzero(off)
    if not at.size:
        return ""
    first = int(at[0])
    where = shown(right.index[first])
    return f"{_of(at.size, len(right))}: {where} {_pair(given.iloc[first], right.iloc[first])}"


def _of(wrong: int, total: int) -> str:
    return f"{wrong:,} of {total:,} values differ" if wrong > 1 else f"one of {total:,} differs"


def _pair(given: Any, right: Any) -> str:
    return f"is {shown(given)}, where {shown(right)} is right"


def _listed(names: set[Any] | frozenset[Any]) -> str:
    said = sorted(map(repr, names))
    return ", ".join(said[:4]) + (f" and {len(said) - 4} more" if len(said) > 4 else "")


def _is(names: set[Any] | frozenset[Any]) -> str:
    return "is" if len(names) == 1 else "are"
