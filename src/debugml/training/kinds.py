"""Which library grows a forest, and the labelled rows that it may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from .. import settings
from ..engines import in_partitions, on_gpu
from ..errors import RecordsError, SchemaError
from ..labels import zeros_and_ones
from ..summary import summarise
from . import with_cuml, with_sklearn, with_xgboost

KINDS: dict[str, ModuleType] = {
    "sklearn": with_sklearn,
    "xgboost": with_xgboost,
    "cuml": with_cuml,
}
"""Module of each kind of forest, by its name in `settings.FORESTS`."""


def kind_for(frame: Any, kind: str | None = None) -> str:
    """The kind that is asked for, else ``DEBUGML_FOREST``, else the one of the frame's engine.

    That is scikit-learn on pandas, XGBoost on Dask, and cuML on cuDF with or without Dask.

    Raises
    ------
    SettingError
        If debugml has no such kind.

    Examples
    --------
    >>> kind_for(pd.DataFrame()), kind_for(pd.DataFrame(), "xgboost")
    ('sklearn', 'xgboost')
    """
    chosen = settings.forest(kind)
    if chosen is not None:
        return chosen
    if on_gpu(frame):
        return "cuml"
    return "xgboost" if in_partitions(frame) else "sklearn"


def require(frame: Any, names: list[str]) -> None:
    """Refuse a frame that lacks a column.

    Raises
    ------
    SchemaError
        With the names of all that it lacks.

    Examples
    --------
    >>> require(pd.DataFrame({"x": [1]}), ["x"])
    """
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise SchemaError(
            f"the frame has no column {', '.join(lacking)}: give what featurize returns"
        )


@dataclass(frozen=True)
class Labels:
    """How many rows there are to learn from, and how many of their labels are 1."""

    rows: int
    ones: int

    def merge(self, other: Labels) -> Labels:
        """Those of both parts together."""
        return Labels(self.rows + other.rows, self.ones + other.ones)

    @property
    def share(self) -> float:
        """Of ones."""
        return self.ones / self.rows

    @classmethod
    def of(cls, train: Any, features: Sequence[str], label: str) -> Labels:
        """Those of a frame of any engine, where there is something to learn from.

        Raises
        ------
        RecordsError
            If there are no rows, all labels are the same, a label is neither 0 nor 1, or a
            feature is infinite.

        Examples
        --------
        >>> Labels.of(pd.DataFrame({"x": [0.5, 2.0], "y": [0, 1]}), ["x"], "y")
        Labels(rows=2, ones=1)
        """
        found = summarise(train[[*features, label]], _Count(tuple(features), label))
        if found.ones in (0, found.rows):
            raise RecordsError(
                f"{found.rows} rows without two different labels: a forest can't learn from them"
            )
        return found


@dataclass(frozen=True)
class _Count:
    """From a part to its `Labels`; an object, so that it can travel."""

    features: tuple[str, ...]
    label: str

    def __call__(self, part: pd.DataFrame) -> Labels:
        labels = zeros_and_ones(part[self.label], "label")
        for name in self.features:
            finite(name, part[name].to_numpy(dtype=np.float32))
        return Labels(len(labels), int(labels.sum()))


def finite(name: str, values: Any) -> None:
    """Refuse a column's values if one is infinite; NaN is a missing value, which trees take.

    Raises
    ------
    RecordsError
        With the column's name.

    Examples
    --------
    >>> finite("x", np.array([0.5, np.nan]))
    """
    if np.isinf(values).any():
        raise RecordsError(f"column {name} holds an infinite value: leave such rows out")
