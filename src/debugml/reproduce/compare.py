"""Two lots of arguments to a figure: equal, or where they differ and by how much."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError

MEASURED = ("_ms_per_trip", "_seconds")
"""Ends of the names of columns that hold measured time: it is another each time."""

_SCALARS = (
    *(str, int, float, complex, bytes, bytearray, range, slice, Decimal, Fraction, PurePath, Enum),
    *(datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo),
    *(pd.Period, pd.Interval, pd.offsets.BaseOffset, type(pd.NaT), type(pd.NA)),
    *(np.generic, type(None)),
)
"""What is compared as a whole, by ``==``; pandas' own dates and spans are among datetime's."""


@dataclass(frozen=True)
class Difference:
    """The first place where two values differ.

    Attributes
    ----------
    where : str
        Argument, column and row.
    kept, anew : str
        The two values.
    by : float
        The largest distance of two numbers in that column; NaN where it isn't about numbers.
    """

    where: str
    kept: str
    anew: str
    by: float = float("nan")

    def __str__(self) -> str:
        """In words."""
        far = "" if np.isnan(self.by) else f", up to {self.by:.2g} apart"
        return f"{self.where}: kept {self.kept}, anew {self.anew}{far}"


def leaves(value: Any, path: str = "", depth: int = 6) -> dict[str, Any]:
    """What an argument consists of: frames, arrays, numbers and text, by where they are.

    Frames are copied, so that what a page does to its own later is not seen here.

    Parameters
    ----------
    value : object
        Lists, dicts, dataclasses and other objects are taken apart.
    path : str
        Where it is itself.
    depth : int
        How far down to go.

    Raises
    ------
    DataError
        If something in it is of a type that can't be compared, such as a function.

    Examples
    --------
    >>> leaves({"march": [1, "two"]}, "months")
    {"months['march'][0]": 1, "months['march'][1]": 'two'}
    """
    return dict(_leaves(value, path, depth))


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    inner: list[tuple[str, Any]]
    match value:
        case pd.DataFrame():
            yield path, _with_index(value)
            return
        case pd.Series():
            # A row of a frame, or a column: its index says which.
            yield path, _with_index(value.to_frame("value"))
            return
        case pd.Index():
            yield path, _index_frame(value, "level").reset_index(drop=True)
            return
        case pd.api.extensions.ExtensionArray():
            yield path, pd.DataFrame({"value": value})
            return
        case np.ndarray():
            yield path, value.copy()
            return
        case _ if isinstance(value, _SCALARS):
            yield path, value
            return
        case Mapping():
            inner = [(f"[{key!r}]", each) for key, each in value.items()]
        case set() | frozenset():
            # In an order of its own: that of a set changes from process to process.
            inner = [(f"[{at}]", each) for at, each in enumerate(sorted(value, key=repr))]
        case list() | tuple():
            inner = [(f"[{at}]", each) for at, each in enumerate(value)]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = dataclasses.fields(value)
            inner = [(f".{f.name}", getattr(value, f.name)) for f in fields]
        case _ if hasattr(value, "__dict__") and not callable(value):
            inner = [(f".{name}", each) for name, each in vars(value).items()]
        case _:
            raise DataError(_cannot(value, path))
    if not inner:
        yield path, f"an empty {type(value).__name__}"
        return
    if depth == 0:
        raise DataError(f"{path}: nested too deep to compare; give the figure its parts")
    for step, each in inner:
        yield from _leaves(each, path + step, depth - 1)


def _cannot(value: Any, path: str) -> str:
    return (
        f"{path or 'the value'} is of type {type(value).__module__}.{type(value).__qualname__}, "
        "which can't be compared: give the figure frames, arrays, numbers, dates or text"
    )


def _index_frame(index: pd.Index[Any], prefix: str) -> pd.DataFrame:
    frame = index.to_frame(index=False)
    frame.columns = pd.Index([f"{prefix} {name}" for name in index.names])
    return frame


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return frame.copy()
    index = _index_frame(frame.index, "index")
    whole = pd.concat([index, frame.reset_index(drop=True)], axis=1)
    whole.attrs = frame.attrs
    return whole


def measured(value: Any) -> list[str]:
    """Columns of a frame that hold measured time, which a comparison leaves out.

    Examples
    --------
    >>> measured(pd.DataFrame({"n": [1], "fit_seconds": [0.2]}))
    ['fit_seconds']
    """
    names = list(value.columns) if isinstance(value, pd.DataFrame) else []
    return [str(name) for name in names if str(name).endswith(MEASURED)]


def difference(kept: Any, anew: Any, tolerance: float, where: str = "") -> Difference | None:
    """Where two leaves differ; None where they are the same.

    Parameters
    ----------
    kept, anew : object
        As `leaves` gives them.
    tolerance : float
        Two floats are the same where they are no further apart than this, or than this
        share of the second. Text, integers and dates must be equal; NaN equals NaN.
    where : str
        What the values are of, for the message.

    Examples
    --------
    >>> one, two = pd.DataFrame({"f1": [0.71, 0.60]}), pd.DataFrame({"f1": [0.71, 0.61]})
    >>> str(difference(one, two, 1e-9, "scores"))
    'scores, column f1, row 1: kept 0.6, anew 0.61, up to 0.01 apart'
    >>> difference(one, two, 0.02) is None
    True
    """
    if isinstance(kept, pd.DataFrame) and isinstance(anew, pd.DataFrame):
        return _of_frames(kept, anew, tolerance, where)
    if type(kept) is not type(anew) and not (_is_number(kept) and _is_number(anew)):
        return Difference(where, f"a {type(kept).__name__}", f"a {type(anew).__name__}")
    if isinstance(kept, np.ndarray):
        if kept.shape != anew.shape or kept.dtype.kind != anew.dtype.kind:
            return Difference(where, _shape(kept), _shape(anew))
        return _of_values(kept.ravel(), anew.ravel(), tolerance, where, "place")
    # One cell of an object array: of a range or a list numpy would make many.
    one, two = np.empty(1, object), np.empty(1, object)
    one[0], two[0] = kept, anew
    if isinstance(kept, float | np.floating) or isinstance(anew, float | np.floating):
        one, two = one.astype(float), two.astype(float)
    return _of_values(one, two, tolerance, where, "")


def _of_frames(
    kept: pd.DataFrame, anew: pd.DataFrame, tolerance: float, where: str
) -> Difference | None:
    if list(kept.columns) != list(anew.columns):
        before, after = (", ".join(map(str, frame.columns)) for frame in (kept, anew))
        return Difference(f"{where}, columns", before, after)
    if len(kept) != len(anew):
        return Difference(f"{where}, rows", str(len(kept)), str(len(anew)))
    left_out = measured(kept)
    for at, name in enumerate(kept.columns):
        if str(name) in left_out:
            continue
        one, two = kept.iloc[:, at], anew.iloc[:, at]
        place = f"{where}, column {name}"
        if one.dtype.kind != two.dtype.kind:
            return Difference(f"{place}, type", str(one.dtype), str(two.dtype))
        found = _of_values(one.to_numpy(), two.to_numpy(), tolerance, place, "row")
        if found is not None:
            return found
    return None


def _of_values(
    kept: np.ndarray[Any, Any], anew: np.ndarray[Any, Any], tolerance: float, where: str, each: str
) -> Difference | None:
    far = float("nan")
    if kept.dtype.kind == "f" and anew.dtype.kind == "f":
        same = np.isclose(kept, anew, rtol=tolerance, atol=tolerance, equal_nan=True)
        if not same.all():
            apart = np.abs(kept - anew)[~np.isnan(kept - anew)]
            far = float(apart.max()) if len(apart) else far
    else:
        pairs = zip(kept.tolist(), anew.tolist(), strict=True)
        if kept.dtype.kind == anew.dtype.kind == "M" or kept.dtype.kind == anew.dtype.kind == "m":
            # Not as a list: beyond the nanosecond's reach that would be of whole numbers.
            same = (kept == anew) | (np.isnat(kept) & np.isnat(anew))
        else:
            same = np.array([_equal(one, two, tolerance) for one, two in pairs], dtype=bool)
        if not same.all() and kept.dtype.kind in "iuf" and anew.dtype.kind in "iuf":
            far = float(np.nanmax(np.abs(kept.astype(float) - anew.astype(float))))
    if same.all():
        return None
    at = int(np.flatnonzero(~same)[0])
    place = f"{where}, {each} {at}" if each else where
    return Difference(place, _text(kept[at]), _text(anew[at]), far)


def _equal(one: Any, two: Any, tolerance: float) -> bool:
    """Whether two cells are: what they are made of counts, where they hold several values."""
    if one is two or (_is_missing(one) and _is_missing(two)):
        return True
    if _is_missing(one) or _is_missing(two):
        return False
    if isinstance(one, str | int | bytes) and isinstance(two, str | int | bytes):
        return bool(one == two)
    if isinstance(one, float | np.floating) and isinstance(two, float | np.floating):
        return bool(np.isclose(one, two, rtol=tolerance, atol=tolerance))
    if isinstance(one, _SCALARS) or isinstance(two, _SCALARS):
        return bool(type(one) is type(two) or (_is_number(one) and _is_number(two))) and bool(
            one == two
        )
    before, after = leaves(one), leaves(two)
    return list(before) == list(after) and all(
        difference(value, after[path], tolerance) is None for path, value in before.items()
    )


def _is_missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _shape(array: np.ndarray[Any, Any]) -> str:
    return f"{array.shape} of {array.dtype}"


def _text(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float | np.floating) else str(value)
