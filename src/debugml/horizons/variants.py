"""Forests that differ in a choice which somebody made without much thought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SettingError
from ..features import FEATURES, MISSING
from ..summary import Floats
from ..training import Forest, fit_on, predict_proba

REFERENCE = "seed 0"
"""The variant that the others are compared with: the published settings."""

FAMILIES = ("seed", "settings", "missing", "rows")
CODES = ("as -1", "as -999", "as 999", "as NaN", "usual value", "left out")
"""What stands for a missing value; *left out*: such trips are not trained on."""

ROWS = ("all", "first half", "second half", "shuffled")
"""A random half of the training rows, the other half, or all in another order."""


@dataclass(frozen=True)
class Variant:
    """One forest's arbitrary choices; all others are as published.

    Attributes
    ----------
    name, family : str
        Families are ``seed``, ``settings`` (of the forest), ``missing`` (what stands for a
        missing value) and ``rows`` (which rows it is trained on, in which order).
    seed : int
    settings : tuple of (str, value)
        For `sklearn.ensemble.RandomForestClassifier`, over 100 trees of depth 10.
    missing : str
        One of `CODES`.
    rows : str
        One of `ROWS`.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> variant = Variant("few trees", "settings", settings=(("n_estimators", 2),))
    >>> train = featurize(load("2020-01", source="sample"))
    >>> variant.fit(train).rows
    9969
    """

    name: str
    family: str
    seed: int = 0
    settings: tuple[tuple[str, Any], ...] = ()
    missing: str = "as -1"
    rows: str = "all"

    def __post_init__(self) -> None:
        for said, value, known in (
            ("family", self.family, FAMILIES),
            ("missing", self.missing, CODES),
            ("rows", self.rows, ROWS),
        ):
            if value not in known:
                raise SettingError(f"{said} is {value!r}: take one of {', '.join(known)}")

    def prepare(self, features: pd.DataFrame) -> pd.DataFrame:
        """The features with this variant's code for a missing value.

        *usual value* takes the one that is most common in January 2020's sample: one
        passenger, the standard rate. The frame given stays as it is.
        """
        new: dict[str, Any] = {
            "as -999": -999.0,
            "as 999": 999.0,
            "as NaN": np.nan,
            "usual value": 1.0,
        }
        if self.missing not in new:
            return features
        recoded = features[list(_SOMETIMES_MISSING)]
        return features.assign(**recoded.where(recoded != MISSING, np.float32(new[self.missing])))

    def fit(self, train: pd.DataFrame) -> Forest:
        """Train it on features as `debugml.featurize` gives them.

        Raises
        ------
        SchemaError
            If a feature or the label is missing.
        RecordsError
            If there are no rows, or all labels are the same.
        """
        rows = self._chosen(train)
        return fit_on(self.prepare(rows), FEATURES, self.seed, **dict(self.settings))

    def predict_proba(self, model: Forest, features: pd.DataFrame) -> Floats:
        """Probability of a high tip for each row, shape (rows,)."""
        p: Floats = predict_proba(model, self.prepare(features)).to_numpy()
        return p

    def _chosen(self, train: pd.DataFrame) -> pd.DataFrame:
        if self.missing == "left out":
            train = train[(train[list(_SOMETIMES_MISSING)] != MISSING).all(axis=1)]
        if self.rows == "all":
            return train
        order = np.random.default_rng(0).permutation(len(train))
        half = len(train) // 2
        part = {"first half": order[:half], "second half": order[half:], "shuffled": order}
        return train.iloc[part[self.rows]]


_SOMETIMES_MISSING = ("passenger_count", "RatecodeID")
"""Both are missing where a record came without a payment type."""


def variants(seeds: int = 8) -> tuple[Variant, ...]:
    """Forests that one would call the same model, the published one first.

    No test on February asked for any of these choices, and two that are often named are not
    here because they change nothing: for a tree, −999 splits missing values off as −1 does,
    and of eleven features the square root and the logarithm both make three.

    Parameters
    ----------
    seeds : int
        How many forests differ in the seed alone, at least 1.

    Raises
    ------
    SettingError
        If there are no seeds.

    Examples
    --------
    >>> [variant.name for variant in variants(1)][:4]
    ['seed 0', 'depth 9', 'depth 11', 'all features']
    """
    if seeds < 1:
        raise SettingError(f"seeds is {seeds}: take at least 1")
    settings: tuple[tuple[str, str, Any], ...] = (
        ("depth 9", "max_depth", 9),
        ("depth 11", "max_depth", 11),
        ("all features", "max_features", None),
        ("leaves of 5", "min_samples_leaf", 5),
        ("entropy", "criterion", "entropy"),
    )
    named = {"as 999": "missing as 999", "as NaN": "missing as NaN"}
    named |= {"usual value": "usual value", "left out": "missing left out"}
    return (
        *(Variant(f"seed {seed}", "seed", seed=seed) for seed in range(seeds)),
        *(Variant(name, "settings", settings=((key, value),)) for name, key, value in settings),
        *(Variant(name, "missing", missing=code) for code, name in named.items()),
        *(Variant(name, "rows", rows=name) for name in ROWS[1:]),
    )
