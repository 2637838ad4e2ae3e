"""A small autoencoder in NumPy: rows through a narrow middle layer, trained or not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np

from ...summary import Floats
from .evidence import check_at_least
from .representation import NoReduction

BATCH = 128
RATE, DECAY, DECAY_SQUARED, TINY = 1e-3, 0.9, 0.999, 1e-8
"""Adam's own defaults (Kingma and Ba 2015)."""


class Autoencoder(NoReduction):
    """The middle layer of a net that copies its input: TAE in the paper, untrained UAE.

    Columns, scaled → tanh → middle → tanh → columns. The untrained net is the same one at its
    initial weights (Glorot and Bengio 2010): a random, not linear projection.

    Parameters
    ----------
    dimensions : int
        Width of the middle layer.
    trained : bool
        Whether `fit` trains it, by Adam on the squared error, or leaves it as drawn.
    hidden : int, optional
        Width of the tanh layers; default: twice the number of columns.
    epochs : int
        Passes over the reference.
    columns : sequence of str, optional
    seed : int
        Fixes the initial weights and the order of rows.

    Attributes
    ----------
    losses : list of float
        Mean squared error of each epoch, in squared units of the scale; none if untrained.

    Examples
    --------
    >>> import pandas as pd
    >>> x = np.linspace(-1, 1, 256)
    >>> frame = pd.DataFrame({"x": x, "twice": 2 * x, "minus": -x})
    >>> net = Autoencoder(1, epochs=200).fit(frame)
    >>> net.transform(frame).shape, net.losses[-1] < net.losses[0] / 2
    ((256, 1), True)
    """

    def __init__(
        self,
        dimensions: int = 4,
        *,
        trained: bool = True,
        hidden: int | None = None,
        epochs: int = 30,
        columns: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(columns)
        self.dimensions = check_at_least(dimensions, 1, "dimensions")
        self.hidden = hidden if hidden is None else check_at_least(hidden, 1, "hidden")
        self.epochs = check_at_least(epochs, 1, "epochs")
        self.trained = trained
        self.seed = seed
        self.losses: list[float] = []

    def fit(self, reference: Any) -> Self:
        """Learn the scale, draw the weights and, if asked to, train them."""
        super().fit(reference)
        rows = self.scaled(reference)
        generator = np.random.default_rng(self.seed)
        wide = self.hidden or 2 * rows.shape[1]
        widths = (rows.shape[1], wide, self.dimensions, wide, rows.shape[1])
        self.weights: list[Floats] = []
        for before, after in pairwise(widths):
            most = np.sqrt(6 / (before + after))
            self.weights += [generator.uniform(-most, most, (before, after)), np.zeros(after)]
        self.losses = []
        if self.trained:
            self._train(rows, generator)
        return self

    def transform(self, frame: Any) -> Floats:
        """Values of the middle layer, of shape (rows, dimensions)."""
        rows = self.scaled(frame)
        w, b, w_middle, b_middle = self.weights[:4]
        middle: Floats = np.tanh(rows @ w + b) @ w_middle + b_middle
        return middle

    def reconstruct(self, frame: Any) -> Floats:
        """Scaled columns as the net copies them, of shape (rows, columns)."""
        w, b, w_out, b_out = self.weights[4:]
        copied: Floats = np.tanh(self.transform(frame) @ w + b) @ w_out + b_out
        return copied

    def _train(self, rows: Floats, generator: np.random.Generator) -> None:
        means = [np.zeros_like(w) for w in self.weights]
        squares = [np.zeros_like(w) for w in self.weights]
        step = 0
        for _ in range(self.epochs):
            order, loss = generator.permutation(len(rows)), 0.0
            for start in range(0, len(rows), BATCH):
                batch = rows[order[start : start + BATCH]]
                gradients, error = self._gradients(batch)
                loss += error * len(batch)
                step += 1
                for w, g, mean, square in zip(self.weights, gradients, means, squares, strict=True):
                    mean += (1 - DECAY) * (g - mean)
                    square += (1 - DECAY_SQUARED) * (g * g - square)
                    scaled = np.sqrt(square / (1 - DECAY_SQUARED**step)) + TINY
                    w -= RATE * mean / (1 - DECAY**step) / scaled
            self.losses.append(loss / len(rows))

    def _gradients(self, rows: Floats) -> tuple[list[Floats], float]:
        """Derivative of the mean squared error by each weight, and that error."""
        w1, b1, w2, b2, w3, b3, w4, b4 = self.weights
        one = np.tanh(rows @ w1 + b1)
        middle = one @ w2 + b2
        two = np.tanh(middle @ w3 + b3)
        off = two @ w4 + b4 - rows
        back = 2 * off / off.size
        back_two = back @ w4.T * (1 - two * two)
        back_middle = back_two @ w3.T
        back_one = back_middle @ w2.T * (1 - one * one)
        passed = ((rows, back_one), (one, back_middle), (middle, back_two), (two, back))
        gradients = [g for into, out in passed for g in (into.T @ out, out.sum(axis=0))]
        return gradients, float(np.mean(off * off))
