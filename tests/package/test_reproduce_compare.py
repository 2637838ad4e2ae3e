"""Whatever a figure is drawn from, a change in it is seen, or its type is refused by name."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest

from debugml.errors import DataError
from debugml.reproduce.compare import difference, leaves


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Pair:
    one: Any
    two: Any


class Plain:
    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Slotted:
    __slots__ = ("inner",)


def differs(one: Any, two: Any) -> bool:
    """As the command compares: the places first, then what lies there."""
    before, after = leaves(one, "x"), leaves(two, "x")
    if list(before) != list(after):
        return True
    return any(difference(v, after[path], 1e-9, path) is not None for path, v in before.items())


TWO = {
    "date": (datetime.date(2020, 3, 21), datetime.date(2020, 3, 22)),
    "datetime": (datetime.datetime(2020, 3, 21, 1), datetime.datetime(2020, 3, 21, 2)),
    "time": (datetime.time(1), datetime.time(2)),
    "timedelta": (datetime.timedelta(1), datetime.timedelta(2)),
    "Timedelta": (pd.Timedelta("1D"), pd.Timedelta("2D")),
    "Timestamp": (pd.Timestamp("2020-03-21"), pd.Timestamp("2020-03-22")),
    "a date and none": (pd.Timestamp("2020-03-21"), pd.NaT),
    "NA": (pd.NA, None),
    "Period": (pd.Period("2020-03"), pd.Period("2020-04")),
    "Interval": (pd.Interval(0, 1), pd.Interval(0, 2)),
    "datetime64": (np.datetime64("2020-03-21"), np.datetime64("2020-03-22")),
    "bytes": (b"a", b"b"),
    "complex": (1 + 2j, 1 + 3j),
    "range": (range(3), range(4)),
    "slice": (slice(1, 2), slice(1, 3)),
    "Decimal": (Decimal("0.1"), Decimal("0.2")),
    "Enum": (Colour.RED, Colour.BLUE),
    "path": (PurePosixPath("a"), PurePosixPath("b")),
    "bool": (True, False),
    "Categorical": (pd.Categorical(["a", "b"]), pd.Categorical(["a", "a"])),
    "categorical column": (
        pd.DataFrame({"c": pd.Categorical(["a", "b"])}),
        pd.DataFrame({"c": pd.Categorical(["a", "a"])}),
    ),
    "Index": (pd.Index([1, 2]), pd.Index([1, 3])),
    "an index's name": (pd.Index([1], name="a"), pd.Index([1], name="b")),
    "MultiIndex": (
        pd.MultiIndex.from_tuples([("a", 1)]),
        pd.MultiIndex.from_tuples([("a", 2)]),
    ),
    "DatetimeIndex": (
        pd.date_range("2020-03-01", periods=2),
        pd.date_range("2020-03-02", periods=2),
    ),
    "extension array": (pd.array([1, None], "Int64"), pd.array([1, 2], "Int64")),
    "set": ({"a", "b"}, {"a", "c"}),
    "empty": ([], ()),
    "deeper": ({"a": [(1, {"b": b"x"})]}, {"a": [(1, {"b": b"y"})]}),
    "dataclass": (Pair(1, range(2)), Pair(1, range(3))),
    "object": (Plain(slice(1)), Plain(slice(2))),
    "tuples in a column": (pd.DataFrame({"t": [(1, 2)]}), pd.DataFrame({"t": [(1, 3)]})),
    "arrays in a column": (
        pd.DataFrame({"t": [np.array([1.0, 2.0])]}),
        pd.DataFrame({"t": [np.array([1.0, 2.1])]}),
    ),
    "dates in a column": (
        pd.DataFrame({"d": [datetime.date(2020, 3, 21)]}),
        pd.DataFrame({"d": [datetime.date(2020, 3, 22)]}),
    ),
    "a date beyond the nanosecond": (
        pd.DataFrame({"d": np.array(["3000-01-01"], "M8[s]")}),
        pd.DataFrame({"d": np.array(["3000-01-02"], "M8[s]")}),
    ),
}


@pytest.mark.parametrize("case", TWO)
def test_a_change_is_seen_and_the_same_is_the_same(case: str) -> None:
    one, two = TWO[case]
    assert differs(one, two) and differs(two, one)
    assert not differs(one, one) and not differs(two, two)


def test_within_the_tolerance_also_inside_cells() -> None:
    near = [pd.DataFrame({"t": [(0.1, "a")], "u": [0.1]}, dtype=object) for _ in range(2)]
    near[1].iloc[0, 0], near[1].iloc[0, 1] = (0.1 + 1e-12, "a"), 0.1 + 1e-12
    assert not differs(*near)
    assert not differs(pd.array([1.5, None], "Float64"), pd.array([1.5, None], "Float64"))
    assert not differs({"a", "b", "c"}, {"c", "b", "a"})


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (len, "builtin_function_or_method"),
        (lambda: 1, "function"),
        ((n for n in (1, 2)), "generator"),
        (Slotted(), "Slotted"),
        (Pair, "type"),
        (object(), "object"),
    ],
)
def test_another_type_is_refused_by_name(value: Any, name: str) -> None:
    with pytest.raises(DataError, match=rf"x\[0\] is of type .*{name}, which can't be compared"):
        leaves([value], "x")


def test_what_is_nested_too_deep_is_refused() -> None:
    value: list[Any] = []
    for _ in range(9):
        value = [value, 1]
    with pytest.raises(DataError, match="nested too deep"):
        leaves(value, "x")
