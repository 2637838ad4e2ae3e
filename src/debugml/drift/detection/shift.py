"""Shifts made on purpose: of known kind and size, on a known share of the rows.

After Rabanser et al. (2019), section 4, whose images are here any records. Each function
returns a new frame; a row keeps its index, so that one can tell where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...errors import RecordsError, SchemaError, SettingError
from ...summary import Floats, Ints
from .scaling import Scaling


@dataclass(frozen=True)
class Shift:
    """A kind of shift at one strength, on one share of the rows.

    Attributes
    ----------
    kind : str
        Shifts of one kind have a cause in common.
    strength : float
        In the kind's own unit; 0 if it has none.
    share : float
        Of the rows that could be touched, those that are.
    make : function
        From a frame and a seed to the shifted frame. None: nothing is touched, the control.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, 2.0]})
    >>> km = Shift("km", 1.6, 1.0, lambda rows, seed: rescale(rows, {"x": 1.6}, 1.0, seed))
    >>> km.apply(frame, seed=0)["x"].tolist()
    [1.6, 3.2]
    """

    kind: str
    strength: float = 0.0
    share: float = 0.0
    make: Callable[[pd.DataFrame, int], pd.DataFrame] | None = None

    def apply(self, frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
        """The frame with the shift."""
        return frame if self.make is None else self.make(frame, seed)


def change_values(
    frame: pd.DataFrame,
    columns: Sequence[str],
    change: Callable[[Floats], Floats],
    share: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Any change of some columns, on a share of the rows: a clock that is ahead, a new code.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str
        They come back as float64.
    change : function
        From an array of shape (rows, columns) to one of that shape, row by row.
    share : float
    seed : int
        Fixes the rows.

    Raises
    ------
    SchemaError
        If there is no such column.
    RecordsError
        If index labels occur twice.
    SettingError
        If the share is outside [0, 1].

    Examples
    --------
    >>> frame = pd.DataFrame({"hour": [9.0, 22.0]})
    >>> change_values(frame, ["hour"], lambda hour: (hour + 5) % 24)["hour"].tolist()
    [14.0, 3.0]
    """
    _require(frame, columns)
    rows = _some(np.arange(len(frame)), share, seed)
    values = frame[list(columns)].to_numpy(dtype=np.float64, copy=True)
    values[rows] = change(values)[rows]
    changed = pd.DataFrame(values, columns=list(columns), index=frame.index)
    return frame.assign(**{name: changed[name] for name in columns})


def knock_out(
    frame: pd.DataFrame, label: str, share: float = 1.0, seed: int = 0, value: Any = 1
) -> pd.DataFrame:
    """Label shift: leave out a share of the rows of one class.

    Parameters
    ----------
    frame : DataFrame
    label : str
        Column with the class.
    share : float
        Of the class's rows, those that go.
    seed : int
        Fixes which.
    value : object
        The class.

    Raises
    ------
    SchemaError
        If there is no such column.
    SettingError
        If the share is outside [0, 1].

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1, 1, 0, 0]})
    >>> knock_out(frame, "y")["y"].tolist()
    [0, 0]
    """
    _require(frame, [label])
    gone = _some(np.flatnonzero(frame[label] == value), share, seed)
    return frame.drop(frame.index[gone])


def add_noise(
    frame: pd.DataFrame, columns: Sequence[str], strength: float, share: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """Gaussian noise on some columns of a share of the rows.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str
        Measured ones: on codes, such as hours, noise makes values that never occur.
    strength : float
        Standard deviation of the noise, in those of the frame's columns (`Scaling`: of the
        middle 98 %).
    share : float
    seed : int
        Fixes rows and noise.

    Raises
    ------
    SchemaError, RecordsError
        As for `Scaling.of`.
    SettingError
        If the share is outside [0, 1], or the strength below 0.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": np.zeros(1000) + np.arange(1000)})
    >>> noisy = add_noise(frame, ["x"], strength=0.1)
    >>> bool(20 < (noisy["x"] - frame["x"]).std() < 35)
    True
    """
    if not strength >= 0:
        raise SettingError(f"strength is {strength}: give a standard deviation of 0 or more")
    generator = np.random.default_rng([1, seed])
    noise = generator.normal(size=(len(frame), len(columns)))
    scale = Scaling.of(frame, columns).scale
    return change_values(frame, columns, lambda v: v + noise * scale * strength, share, seed)


def rescale(
    frame: pd.DataFrame, factors: Mapping[str, float], share: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """Multiply columns together: other units, or a city where everything goes faster.

    Parameters
    ----------
    frame : DataFrame
    factors : mapping of str to float
        By column; columns that depend on one another change together.
    share : float
    seed : int
        Fixes the rows.

    Raises
    ------
    SchemaError
        If there is no such column.
    SettingError
        If the share is outside [0, 1].

    Examples
    --------
    >>> frame = pd.DataFrame({"minutes": [10.0, 20.0], "speed": [2.0, 1.0]})
    >>> rescale(frame, {"minutes": 0.5, "speed": 2})["minutes"].tolist()
    [5.0, 10.0]
    """
    by = np.array([*factors.values()], dtype=np.float64)
    return change_values(frame, list(factors), lambda v: v * by, share, seed)


def set_to(
    frame: pd.DataFrame, values: Mapping[str, float], share: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """A fault: columns get one value, such as −1 for missing, whatever the record says.

    Parameters, errors as for `rescale`, with a value by column in place of a factor.

    Examples
    --------
    >>> set_to(pd.DataFrame({"x": [3.0, 4.0]}), {"x": -1})["x"].tolist()
    [-1.0, -1.0]
    """
    to = np.array([*values.values()], dtype=np.float64)
    return change_values(frame, list(values), lambda v: np.broadcast_to(to, v.shape), share, seed)


def keep_where(
    frame: pd.DataFrame, where: Callable[[pd.DataFrame], Any], share: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """Covariate shift: a share of the records comes from a part of them only.

    Records outside that part are left out until, of those that stay, ``share`` were as good
    as drawn from the part, and the rest from all.

    Parameters
    ----------
    frame : DataFrame
    where : function
        From the frame to a boolean for each row: whether it is in the part.
    share : float
        1 keeps nothing else than the part.
    seed : int
        Fixes the rows.

    Raises
    ------
    RecordsError
        If no row is in the part.
    SettingError
        If the share is outside [0, 1].

    Examples
    --------
    >>> frame = pd.DataFrame({"hour": [1, 2, 13, 14]})
    >>> keep_where(frame, lambda rows: rows["hour"] < 6)["hour"].tolist()
    [1, 2]
    """
    inside = np.asarray(where(frame), dtype=bool)
    if not inside.any():
        raise RecordsError("no row meets the condition: nothing would be left")
    part = inside.mean()
    # Of those that stay, share + (1 − share)·part lie inside.
    wanted = share + (1 - share) * part
    outside = np.flatnonzero(~inside)
    kept = part * (1 - wanted) / wanted / (1 - part) if len(outside) else 1.0
    gone = _some(outside, 1 - kept if 0 <= share <= 1 else share, seed)
    return frame.drop(frame.index[gone])


def _some(rows: Ints, share: float, seed: int) -> Ints:
    """A share of rows, at random; of the same seed, a larger share holds the smaller."""
    if not 0 <= share <= 1:
        raise SettingError(f"share is {share}: give a share between 0 and 1")
    order = np.random.default_rng(seed).permutation(len(rows))
    return rows[order[: round(share * len(rows))]]


def _require(frame: pd.DataFrame, names: Sequence[str]) -> None:
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise SchemaError(f"the frame has no column {', '.join(lacking)}")
    if not frame.index.is_unique:
        raise RecordsError("index labels occur twice: reset_index(drop=True) first")
