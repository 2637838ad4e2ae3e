"""What a two-sample test takes and gives: two arrays in, a statistic and a p-value out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import RecordsError, SettingError
from ...summary import Floats


class Evidence(NamedTuple):
    """How far two samples are apart, and how often chance alone would part them as far.

    Attributes
    ----------
    statistic : float
        The larger, the further apart; its scale is the test's own.
    p_value : float
        One number for all dimensions together.

    Examples
    --------
    >>> Evidence(statistic=0.5, p_value=0.03).p_value
    0.03
    """

    statistic: float
    p_value: float


def two_samples(
    reference: npt.ArrayLike, current: npt.ArrayLike, least: int = 1
) -> tuple[Floats, Floats]:
    """Both samples as arrays of shape (rows, dimensions); a single list is one dimension.

    Raises
    ------
    RecordsError
        If a sample has fewer rows than the test needs, holds NaN or infinities, or the two
        differ in their dimensions.

    Examples
    --------
    >>> one, other = two_samples([1, 2, 3], [4, 5])
    >>> one.shape, other.shape
    ((3, 1), (2, 1))
    """
    pair = [np.asarray(sample, dtype=np.float64) for sample in (reference, current)]
    pair = [sample[:, None] if sample.ndim == 1 else sample for sample in pair]
    for said, sample in zip(("reference", "current"), pair, strict=True):
        if sample.ndim != 2 or sample.shape[1] == 0:
            raise RecordsError(
                f"the {said} sample has shape {sample.shape}: give (rows, dimensions)"
            )
        if len(sample) < least:
            raise RecordsError(
                f"the {said} sample has {len(sample)} rows: this test needs {least} or more"
            )
        if not np.isfinite(sample).all():
            raise RecordsError(
                f"the {said} sample holds NaN or infinities: fill them with a number or leave "
                "those rows out"
            )
    if pair[0].shape[1] != pair[1].shape[1]:
        raise RecordsError(
            f"the samples have {pair[0].shape[1]} and {pair[1].shape[1]} dimensions: "
            "represent both in the same way"
        )
    return pair[0], pair[1]


def check_at_least(value: int, least: int, said: str) -> int:
    """A whole number from ``least`` on.

    Raises
    ------
    SettingError
        If it is less, or not whole.

    Examples
    --------
    >>> check_at_least(99, 1, "permutations")
    99
    """
    if int(value) != value or value < least:
        raise SettingError(f"{said} is {value}: give a whole number from {least} on")
    return int(value)
