"""Labels and probabilities as they come in, checked: 0 or 1, and from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import RecordsError


def zeros_and_ones(values: npt.ArrayLike, said: str) -> npt.NDArray[np.bool_]:
    """Labels or predictions as booleans; a missing one is an error, not a 0.

    Raises
    ------
    RecordsError
        If a value is not 0 or 1.

    Examples
    --------
    >>> zeros_and_ones([1, 0, 1], "label").tolist()
    [True, False, True]
    """
    array = _plain(values, said)
    found: npt.NDArray[np.bool_] = array == 1
    either = found | (array == 0)
    if not either.all():
        raise RecordsError(f"a {said} is {array[~either][0]}: give 0 or 1 for each record")
    return found


def _plain(values: npt.ArrayLike, said: str) -> npt.NDArray[Any]:
    """Numbers or booleans; pandas' nullable kinds with their gaps as NaN."""
    array = np.asarray(values)
    if array.dtype.kind in "bifu":
        return array
    text = next((v for v in array if isinstance(v, str)), None)
    if text is not None:
        raise RecordsError(f"a {said} is the text {text!r}: convert the column to numbers")
    plain: npt.NDArray[Any] = pd.to_numeric(pd.Series(array), errors="coerce").to_numpy("float64")
    return plain


def check_lengths(**columns: npt.ArrayLike) -> None:
    """One value of each column for each record.

    Raises
    ------
    RecordsError
        If lengths differ, naming each.

    Examples
    --------
    >>> check_lengths(labels=[1, 0], predictions=[1, 1])
    """
    lengths = {name: len(np.asarray(values)) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{n} {name}" for name, n in lengths.items())
        raise RecordsError(f"{said}: give one of each for each record")


def as_probabilities(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Probabilities as floats.

    Raises
    ------
    RecordsError
        If one is missing or outside [0, 1].

    Examples
    --------
    >>> as_probabilities([0, 0.5]).tolist()
    [0.0, 0.5]
    """
    p = np.asarray(_plain(values, "probability"), dtype=np.float64)
    outside = p[~((p >= 0) & (p <= 1))]
    if len(outside):
        raise RecordsError(f"a probability is {outside[0]}: give values from 0 to 1")
    return p
