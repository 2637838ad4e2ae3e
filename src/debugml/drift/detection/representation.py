"""What to look at: the columns themselves, few combinations of them, or what a model says.

Rabanser et al. (2019), section 3.1. A representation learns from reference rows alone, and
best from rows that are not in the reference *sample* of the test: on rows that it was fitted
to it may behave unlike on any other, and a test would take that for a shift.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import numpy as np

from ...engines import to_pandas
from ...errors import RecordsError, SettingError
from ...summary import Floats
from .evidence import check_at_least
from .scaling import Scaling

Probabilities = Callable[[Any], Any]
"""A model's ``predict_proba``: a frame to shape (rows,), of class 1, or (rows, classes)."""


class Representation(Protocol):
    """Anything that learns from reference rows and turns rows into numbers."""

    def fit(self, reference: Any) -> Self:
        """Learn from a frame of reference rows."""
        ...

    def transform(self, frame: Any) -> Floats:
        """Rows as an array of shape (rows, dimensions)."""
        ...


class NoReduction:
    """The columns as they are, on one scale (NoRed in the paper).

    Parameters
    ----------
    columns : sequence of str, optional
        Default: those of the reference that hold numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "y": [1.0, 1, 0, 0, 1]})
    >>> NoReduction().fit(frame).transform(frame).shape
    (5, 2)
    """

    def __init__(self, columns: Sequence[str] | None = None) -> None:
        self.columns = columns
        self.scaling: Scaling | None = None

    def fit(self, reference: Any) -> Self:
        """Learn each column's scale: see `Scaling.of` for what it refuses."""
        self.scaling = Scaling.of(reference, self.columns)
        return self

    def transform(self, frame: Any) -> Floats:
        """Scaled columns.

        Raises
        ------
        SettingError
            If nothing was fitted yet.
        """
        return self.scaled(frame)

    def scaled(self, frame: Any) -> Floats:
        """Rows on the reference's scale, before any reduction."""
        if self.scaling is None:
            raise SettingError(
                f"{type(self).__name__} has not been fitted: call fit(reference) first"
            )
        return self.scaling.apply(frame)


class PCA(NoReduction):
    """Principal components of the scaled columns.

    Parameters
    ----------
    dimensions : int or float
        How many; a share between 0 and 1 asks for as many as explain that much of the
        variance. The paper's 32 explain about 0.8 of it.
    columns : sequence of str, optional

    Attributes
    ----------
    components : float64 array of shape (dimensions, columns)
        After `fit`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "y": [0.0, 1, 2, 3, 5]})
    >>> PCA(1).fit(frame).transform(frame).shape
    (5, 1)
    """

    def __init__(self, dimensions: float = 0.8, columns: Sequence[str] | None = None) -> None:
        super().__init__(columns)
        if not 0 < dimensions < 1:
            check_at_least(dimensions, 1, "dimensions")  # type: ignore[arg-type]
        self.dimensions = dimensions

    def fit(self, reference: Any) -> Self:
        """Learn scale and components.

        Raises
        ------
        SettingError
            If there are fewer columns or rows than dimensions.
        """
        from sklearn import decomposition

        super().fit(reference)
        scaled = self.scaled(reference)
        if self.dimensions > min(scaled.shape):
            raise SettingError(
                f"{self.dimensions} dimensions of {scaled.shape[0]} rows and {scaled.shape[1]} "
                "columns: ask for fewer"
            )
        fitted = decomposition.PCA(self.dimensions, svd_solver="full").fit(scaled)
        self.mean: Floats = fitted.mean_
        self.components: Floats = fitted.components_
        return self

    def transform(self, frame: Any) -> Floats:
        """Scores on each component, of shape (rows, dimensions)."""
        scaled = self.scaled(frame)
        scores: Floats = (scaled - self.mean) @ self.components.T
        return scores


class SparseRandomProjection(NoReduction):
    """Scaled columns added up with random signs, most of them left out (SRP).

    The density is one over the root of the number of columns (Li, Hastie and Church 2006,
    "Very sparse random projections"), after Achlioptas (2003).

    Parameters
    ----------
    dimensions : int
    columns : sequence of str, optional
    seed : int
        Fixes the projection.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "y": [0.0, 1, 2, 3, 5]})
    >>> SparseRandomProjection(1).fit(frame).transform(frame).shape
    (5, 1)
    """

    def __init__(
        self, dimensions: int = 4, columns: Sequence[str] | None = None, seed: int = 0
    ) -> None:
        super().__init__(columns)
        self.dimensions = check_at_least(dimensions, 1, "dimensions")
        self.seed = seed

    def fit(self, reference: Any) -> Self:
        """Learn the scale, and draw the projection, which the rows have no part in."""
        from sklearn.random_projection import SparseRandomProjection as Projection

        super().fit(reference)
        one_row = self.scaled(reference)[:1]
        fitted = Projection(self.dimensions, random_state=self.seed).fit(one_row)
        self.components: Floats = fitted.components_.toarray()
        return self

    def transform(self, frame: Any) -> Floats:
        """Projected rows, of shape (rows, dimensions)."""
        projected: Floats = self.scaled(frame) @ self.components.T
        return projected


class SoftOutputs:
    """What a classifier says of each record: its probabilities (BBSDs).

    Black box shift detection (Lipton, Wang and Smola 2018): the model is asked, not opened.
    Of a model with two classes this is *one* dimension, the probability of class 1: the other
    is one minus it, and would only make Bonferroni's correction dearer.

    Parameters
    ----------
    predict_proba : function
        From a frame to shape (rows,), the probability of class 1, or (rows, classes). Best a
        model that was not trained on the rows to be tested.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [0.1, 0.9]})
    >>> SoftOutputs(lambda rows: rows["x"]).fit(frame).transform(frame).tolist()
    [[0.1], [0.9]]
    """

    def __init__(self, predict_proba: Probabilities) -> None:
        self.predict_proba = predict_proba

    def fit(self, reference: Any) -> Self:
        """Nothing to learn: the model is trained already."""
        return self

    def transform(self, frame: Any) -> Floats:
        """Probabilities, of shape (rows, 1) for two classes, else (rows, classes).

        Raises
        ------
        RecordsError
            If the model gives another number of rows, or values outside [0, 1].
        """
        said = self.predict_proba(frame)
        given: Floats = np.asarray(to_pandas(said), dtype=np.float64)
        given = given[:, None] if given.ndim == 1 else given
        if len(given) != len(frame) or given.ndim != 2:
            raise RecordsError(
                f"the model gave shape {given.shape} for {len(frame)} rows: give a predict_proba "
                "that answers every row"
            )
        if not ((given >= 0) & (given <= 1)).all():
            raise RecordsError("a probability lies outside [0, 1]: give predict_proba, not scores")
        return given[:, 1:] if given.shape[1] == 2 else given


class HardOutputs(SoftOutputs):
    """A classifier's decision on each record: the class number (BBSDh).

    Parameters
    ----------
    predict_proba : function
        As for `SoftOutputs`.
    threshold : float
        With two classes, class 1 needs a probability above this; with more, the largest wins.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [0.1, 0.9]})
    >>> HardOutputs(lambda rows: rows["x"]).transform(frame).tolist()
    [[0.0], [1.0]]
    """

    def __init__(self, predict_proba: Probabilities, threshold: float = 0.5) -> None:
        super().__init__(predict_proba)
        self.threshold = threshold

    def transform(self, frame: Any) -> Floats:
        """Class numbers, of shape (rows, 1)."""
        soft = super().transform(frame)
        classes = soft > self.threshold if soft.shape[1] == 1 else soft.argmax(axis=1)[:, None]
        return classes.astype(np.float64)
