"""F1 after each record: the line that a stream draws since release."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..metrics import check_lengths, zeros_and_ones
from ..summary import Floats


def cumulative_f1(labels: npt.ArrayLike, predictions: npt.ArrayLike) -> Floats:
    """F1 of the records so far, after each record, in the order given.

    Parameters
    ----------
    labels, predictions : array of shape (n,)
        0 or 1.

    Returns
    -------
    float64 array of shape (n,)
        0 until the first positive label or prediction.

    Raises
    ------
    RecordsError
        If a value is not 0 or 1.

    Examples
    --------
    >>> cumulative_f1([1, 0, 1], [1, 1, 0]).round(3).tolist()
    [1.0, 0.667, 0.5]
    """
    check_lengths(labels=labels, predictions=predictions)
    y, yes = zeros_and_ones(labels, "label"), zeros_and_ones(predictions, "prediction")
    tp = np.cumsum(y & yes)
    # 2 tp + fp + fn: what was there, and what was predicted.
    both = np.cumsum(y.view(np.int8) + yes.view(np.int8), dtype=np.int64)
    first = int(np.searchsorted(both, 1))
    scores = np.zeros(len(both))
    np.divide(2 * tp[first:], both[first:], out=scores[first:])
    return scores
