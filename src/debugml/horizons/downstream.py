"""A forest that rests on another team's embeddings, and says which version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..errors import DataError
from ..features import FEATURES
from ..training import Forest, fit_on, predict_proba
from .embeddings import EmbeddingTable

ZONE_IDS = ("PULocationID", "DOLocationID")
OTHERS = tuple(name for name in FEATURES if name not in ZONE_IDS)
"""The nine features that are no zone."""


@dataclass(frozen=True)
class EmbeddedForest:
    """A forest on nine features and the embeddings of both zones.

    Attributes
    ----------
    forest : Forest
    embedding : str
        Digest of the table whose axes it learned.
    """

    forest: Forest
    embedding: str

    def predict_proba(self, features: pd.DataFrame, table: EmbeddingTable) -> Any:
        """Probability of a high tip for each row, if the table has the axes that it learned.

        Parameters
        ----------
        features : DataFrame
            As `debugml.featurize` gives it.

        Returns
        -------
        Series of float64, shape (rows,)

        Raises
        ------
        DataError
            If the table is neither the one it was trained with nor aligned to it.
        """
        if table.axes != self.embedding:
            raise DataError(
                f"the model was trained with embedding {self.embedding[:12]}, and this table is "
                f"{table.digest[:12]}: load that version, turn this one by align(new, old), or "
                "train again"
            )
        return predict_proba(self.forest, embedded(features, table))


def embedded(features: pd.DataFrame, table: EmbeddingTable) -> pd.DataFrame:
    """Features with the vectors of both zones in place of their ids; nothing is checked.

    Returns
    -------
    DataFrame
        The columns given less the two ids, then the table's `names`.

    Raises
    ------
    SchemaError
        If a zone's column is missing.

    Examples
    --------
    >>> from debugml import featurize, load; from debugml.horizons import zone_embeddings
    >>> january = load("2020-01", source="sample")
    >>> embedded(featurize(january), zone_embeddings(january)).shape
    (9969, 27)
    """
    vectors = table.look_up(features)
    return pd.concat([features.drop(columns=list(ZONE_IDS)), vectors], axis=1)


def fit_embedded(
    train: pd.DataFrame, table: EmbeddingTable, n_estimators: int = 100, seed: int = 0
) -> EmbeddedForest:
    """A forest of depth 10 on nine features and the embeddings of both zones.

    Parameters
    ----------
    train : DataFrame
        As `debugml.featurize` gives it.
    table : EmbeddingTable
        Its version becomes part of the model.

    Raises
    ------
    SchemaError
        If a feature or the label is missing.
    RecordsError
        If there are no rows, or all labels are the same.

    Examples
    --------
    >>> from debugml import featurize, load; from debugml.errors import DataError
    >>> from debugml.horizons import align, zone_embeddings
    >>> january = load("2020-01", source="sample"); train = featurize(january)
    >>> old, new = zone_embeddings(january), zone_embeddings(january, seed=2)
    >>> model = fit_embedded(train, old, n_estimators=2)
    >>> try:
    ...     model.predict_proba(train, new)
    ... except DataError:
    ...     print("refused")
    refused
    >>> len(model.predict_proba(train, align(new, old)))
    9969
    """
    columns = (*OTHERS, *table.names)
    forest = fit_on(embedded(train, table), columns, seed, n_estimators=n_estimators)
    return EmbeddedForest(forest, table.axes)
