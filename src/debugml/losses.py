"""Log loss with a floor: one certain mistake must not decide a month."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .labels import as_probabilities, zeros_and_ones
from .summary import Floats

FLOOR = 0.001
"""No probability is taken to be nearer to 0 or 1 than this.

A forest whose trees all say no gives 0. If it is wrong the log loss is infinite, and software
puts a number of its own there, 36 nats with scikit-learn: a dozen trips then decide a month.
"""


def floored_losses(labels: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Each record's −log of the probability given to its label, kept `FLOOR` away from 0 and 1.

    Parameters
    ----------
    labels : array of shape (n,)
        0 or 1.
    p : array of shape (n,)
        Probability of label 1.

    Returns
    -------
    float64 array of shape (n,)
        At most 6.9 nats.

    Examples
    --------
    >>> floored_losses([1, 1], [0.5, 0.0]).round(2).tolist()
    [0.69, 6.91]
    """
    y = zeros_and_ones(labels, "label")
    kept = np.clip(as_probabilities(p), FLOOR, 1 - FLOOR)
    losses: Floats = -np.where(y, np.log(kept), np.log1p(-kept))
    return losses
