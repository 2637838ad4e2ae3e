"""What a gate judges: a model, records that it had no part in, and what both rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..alarms.periods import Period
from ..errors import RecordsError, SettingError
from ..features import FEATURES, LABEL, TIME
from ..lineage import Artifact
from ..training import Forest, model_digest, predict_proba
from .checks import Facts


@dataclass(frozen=True)
class Candidate:
    """A model as scored on its validation records. Best made by `Candidate.of`.

    Attributes
    ----------
    name : str
        How decisions call it.
    period : alarms.Period
        The validation records: features, times, labels, and the model's probabilities.
    base_rate : float
        Share of label 1 in its training records.
    facts : tuple of Facts
        Of the months that its data checks read: training, then validation.
    before : tuple of Facts
        Of the months before the training month, the latest last.
    used : tuple of lineage.Artifact
        The model and the months' files.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train, test = (featurize(load(m, source="sample")) for m in ("2020-01", "2020-02"))
    >>> model = fit_forest(train, n_estimators=10)
    >>> candidate = Candidate.of(model, test, months=("2020-01", "2020-02"), train=train)
    >>> candidate.name, candidate.period.n
    ('forest 2020-01', 9962)
    """

    name: str
    period: Period
    base_rate: float
    facts: tuple[Facts, ...] = ()
    before: tuple[Facts, ...] = ()
    used: tuple[Artifact, ...] = ()

    @classmethod
    def of(
        cls,
        model: Forest,
        validation: pd.DataFrame,
        *,
        months: tuple[str, str],
        train: pd.DataFrame | Facts | None = None,
        before: Sequence[Facts] = (),
        name: str = "",
        files: Sequence[Artifact] = (),
        probabilities: npt.ArrayLike | None = None,
    ) -> Candidate:
        """A forest, scored on a validation month.

        Parameters
        ----------
        model : Forest
        validation : DataFrame
            As `debugml.featurize` gives it; no row of it was trained on.
        months : pair of str
            Training and validation month.
        train : DataFrame or Facts, optional
            The training month's features, or their facts; without it the data checks leave the
            training month out.
        before : sequence of Facts
            Of the months before the training month.
        name : str
            By default ``forest`` and the training month.
        files : sequence of lineage.Artifact
            The months' files.
        probabilities : array of shape (n,), optional
            The model's, where they have been computed already.

        Raises
        ------
        RecordsError, SchemaError
            As `alarms.Period`, `predict_proba` and `Facts.of` do.
        SettingError
            If the validation month does not come after the training month, or one of the months
            before comes after it.
        """
        _require_order(months, before)
        if isinstance(train, pd.DataFrame):
            train = Facts.of(months[0], train)
        p = predict_proba(model, validation) if probabilities is None else probabilities
        name = name or f"forest {months[0]}"
        artifact = Artifact(model_digest(model), name, "model", model.rows)
        return cls(
            name,
            scored(months[1], validation, p),
            model.base_rate,
            (*([train] if train else []), Facts.of(months[1], validation)),
            tuple(before),
            (artifact, *files),
        )


def scored(month: str, features: pd.DataFrame, probabilities: npt.ArrayLike) -> Period:
    """A month's features, times and labels with a model's probabilities.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> march = featurize(load("2020-03", source="sample"))
    >>> scored("2020-03", march, [0.5] * len(march)).name
    '2020-03'
    """
    return Period(month, features[list(FEATURES)], features[TIME], features[LABEL], probabilities)


def _require_order(months: tuple[str, str], before: Sequence[Facts]) -> None:
    train, validate = months
    if validate <= train:
        raise SettingError(
            f"trained on {train} and validated on {validate}: validate on a month after it"
        )
    late = [facts.month for facts in before if facts.month >= train]
    if late:
        raise SettingError(
            f"{late[0]} is named as a month before {train}, the training month: leave it out"
        )


def require_same_records(one: Candidate, other: Candidate) -> None:
    """Two candidates scored on the same records: else no difference between them is paired.

    Raises
    ------
    RecordsError
        If number, times or labels of the records differ.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2020-03-01", "2020-03-02"]))
    >>> period = Period("a", pd.DataFrame({"x": [1, 2]}), times, [0, 1], [0.5, 0.5])
    >>> require_same_records(Candidate("a", period, 0.5), Candidate("b", period, 0.5))
    """
    a, b = one.period, other.period
    same: Any = a.n == b.n and np.array_equal(a.y, b.y)
    if not same or not np.array_equal(a.times.to_numpy(), b.times.to_numpy()):
        raise RecordsError(
            f"{one.name} and {other.name} were scored on different records ({a.n:,} of {a.name}, "
            f"{b.n:,} of {b.name}): score both on the same"
        )
