"""Columns on one scale, learned from reference rows, that a few wild values can't stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from ...engines import to_pandas
from ...errors import RecordsError, SchemaError
from ...summary import Floats

TAIL = 0.01
"""This share of values at either end has no say in centre and scale."""

FURTHEST = 10.0
"""Scaled values end here: a wild value is far away, but not so far that it is all one sees."""


@dataclass(frozen=True)
class Scaling:
    """Centre and scale of each column, in the reference's own units.

    A trip of no time has a speed of a million: its standard deviation would be that of one
    record. So centre and scale are mean and standard deviation of the middle 98 %, and scaled
    values are cut off at ±10. A column that does not vary in the middle takes the deviation
    of the whole; a constant one keeps its units, so that a change of the constant shows.

    Attributes
    ----------
    columns : tuple of str
    centre, scale : float64 arrays of shape (columns,)
        ``scale`` is above 0.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "same": 7})
    >>> scaling = Scaling.of(frame)
    >>> scaling.columns, scaling.centre.tolist()
    (('x', 'same'), [2.0, 7.0])
    >>> scaling.apply(pd.DataFrame({"x": [2.0], "same": [9.0]})).tolist()
    [[0.0, 2.0]]
    """

    columns: tuple[str, ...]
    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, reference: Any, columns: Sequence[str] | None = None) -> Self:
        """Learn the scale of a frame's columns; by default, of all that hold numbers.

        Raises
        ------
        SchemaError
            If a column is absent or holds no numbers, or there is none.
        RecordsError
            If there are fewer than two rows, or a value is NaN or infinite.
        """
        if isinstance(columns, str):
            raise SchemaError(f"columns is the text {columns!r}: give a list, as in [{columns!r}]")
        if columns is None:
            columns = [
                c for c in reference.columns if pd.api.types.is_numeric_dtype(reference.dtypes[c])
            ]
        if not len(columns):
            raise SchemaError("the reference has no numeric column: name the columns to look at")
        values = values_of(reference, columns)
        if len(values) < 2:
            raise RecordsError(
                f"{len(values)} rows to learn a scale from: give the reference two or more"
            )
        centre, scale = np.empty(len(columns)), np.empty(len(columns))
        for i, column in enumerate(values.T):
            low, high = np.quantile(column, [TAIL, 1 - TAIL])
            middle = column[(column >= low) & (column <= high)]
            middle = middle if len(middle) else column
            centre[i] = middle.mean()
            scale[i] = middle.std() or column.std() or 1.0
        return cls(tuple(columns), centre, scale)

    def apply(self, frame: Any) -> Floats:
        """Rows on the reference's scale.

        Returns
        -------
        float64 array of shape (rows, columns)
            In units of the scale, from −10 to 10.

        Raises
        ------
        SchemaError, RecordsError
            As for `of`.
        """
        scaled = (values_of(frame, self.columns) - self.centre) / self.scale
        return np.clip(scaled, -FURTHEST, FURTHEST)


def values_of(frame: Any, columns: Sequence[str]) -> Floats:
    """A frame's columns as numbers, every one of them there.

    Raises
    ------
    SchemaError
        If a column is absent or holds no numbers.
    RecordsError
        If a value is NaN or infinite.

    Examples
    --------
    >>> values_of(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), ["y"]).tolist()
    [[3.0], [4.0]]
    """
    lacking = [name for name in columns if name not in frame.columns]
    if lacking:
        raise SchemaError(f"the frame has no column {', '.join(lacking)}")
    for name in columns:
        if not pd.api.types.is_numeric_dtype(frame.dtypes[name]):
            raise SchemaError(
                f"column {name} holds {frame.dtypes[name]}, no numbers: leave it out or encode it"
            )
    part = to_pandas(frame[list(columns)])
    values: Floats = part.to_numpy(dtype=np.float64, na_value=np.nan)
    broken = [n for n, v in zip(columns, values.T, strict=True) if not np.isfinite(v).all()]
    if broken:
        raise RecordsError(
            f"column {broken[0]} holds NaN or infinities: fill them with a number of their own, "
            "such as −1, or leave those rows out"
        )
    return values
