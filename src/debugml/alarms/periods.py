"""What an alarm policy may look at: records as a model saw and scored them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..drift.calendar import Span
from ..drift.ks import KSTable, ks_table
from ..drift.table import compare
from ..errors import RecordsError
from ..labels import as_probabilities, check_lengths, zeros_and_ones
from ..resampling import require_times
from ..summary import Floats


@dataclass(frozen=True)
class Period:
    """Records of a period, scored by the model that is watched.

    Parameters
    ----------
    name : str
        How tables call it, such as ``"2020-03"``.
    features : DataFrame of shape (n, k)
        Numbers; missing values as the model got them.
    times : Series of datetime64, shape (n,)
        When each record was counted.
    labels : array of shape (n,)
        0 or 1. A policy without labels never reads them.
    probabilities : array of shape (n,)
        Of label 1. For the period that the model learned from: from trees, folds or a model
        that did not see the record.

    Raises
    ------
    RecordsError
        If there are no records, lengths differ, or a value is missing or out of range.

    Examples
    --------
    >>> period = Period(
    ...     "2020-03", pd.DataFrame({"x": [1.0, 2.0]}),
    ...     pd.Series(pd.to_datetime(["2020-03-01", "2020-03-02"])), [0, 1], [0.4, 0.7],
    ... )
    >>> period.n, period.days
    (2, 2)
    """

    name: str
    features: pd.DataFrame
    times: pd.Series[Any]
    labels: npt.ArrayLike
    probabilities: npt.ArrayLike
    span: Span | None = None

    def __post_init__(self) -> None:
        if len(self.features) == 0:
            raise RecordsError(f"period {self.name} has no records")
        check_lengths(
            features=self.features,
            times=self.times,
            labels=self.labels,
            probabilities=self.probabilities,
        )
        require_times(self.times)
        # Read once here, so that a bad value is refused before any policy looks.
        zeros_and_ones(self.labels, "label")
        as_probabilities(self.probabilities)

    @property
    def n(self) -> int:
        """Records."""
        return len(self.features)

    @cached_property
    def y(self) -> npt.NDArray[np.bool_]:
        """The labels as booleans."""
        return zeros_and_ones(self.labels, "label")

    @cached_property
    def p(self) -> Floats:
        """The probabilities as floats."""
        return as_probabilities(self.probabilities)

    @cached_property
    def day(self) -> npt.NDArray[np.int64]:
        """For each record, the number of its day among those that have records."""
        codes: npt.NDArray[np.int64] = pd.factorize(self.times.dt.normalize(), sort=True)[0]
        return codes

    @property
    def days(self) -> int:
        """Days that have records."""
        return int(self.day.max()) + 1

    def take(self, chosen: npt.NDArray[np.bool_]) -> Period:
        """The chosen records alone, in their order.

        Parameters
        ----------
        chosen : bool array of shape (n,)
        """
        return Period(
            self.name,
            self.features[chosen],
            self.times[chosen],
            self.y[chosen],
            self.p[chosen],
            self.covers,
        )

    @property
    def covers(self) -> Span:
        """The span, as given or as found."""
        first, last = self.times.min().normalize(), self.times.max().normalize()
        return self.span or (first, last + pd.Timedelta(days=1))


@dataclass(frozen=True)
class Pair:
    """A model's reference period and the current one: what one alarm decides about.

    Attributes
    ----------
    reference, current : Period
        The period that the model learned from, and the one after it.
    base_rate : float
        Share of label 1 in the training data: the constant forecast behind skill.
    turn : int
        The pair's place in its history, from 0 on; policies that count months use it.
    suspect : bool
        The data of one of the periods are in doubt: the pair is not judged.
    """

    reference: Period
    current: Period
    base_rate: float
    turn: int = 0
    suspect: bool = False

    def __post_init__(self) -> None:
        one, other = ([str(c) for c in p.features] for p in (self.reference, self.current))
        if one != other:
            raise RecordsError(
                f"features of {self.reference.name} and {self.current.name} differ: "
                f"{', '.join(one)} against {', '.join(other)}"
            )

    @cached_property
    def ks(self) -> KSTable:
        """D of each feature, computed once for all policies that read it."""
        return ks_table(self.reference.features, self.current.features)

    @cached_property
    def compared(self) -> pd.DataFrame:
        """PSI, Wasserstein distance and the like of each feature: `drift.compare`, without p."""
        return compare(self.reference.features, self.current.features, p_value=False)
