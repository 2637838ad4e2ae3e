"""Zone embeddings: settings that are none, matrices of low rank, and one dimension by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from debugml.errors import RecordsError, SettingError
from debugml.horizons import zone_embeddings


def trips(pairs: list[tuple[int, int]]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["PULocationID", "DOLocationID"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"dimensions": 2.5}, "dimensions is 2.5: take a whole number from 1 to 32"),
        ({"dimensions": True}, "dimensions is True"),
        ({"dimensions": "8"}, "dimensions is '8'"),
        ({"dimensions": 33}, "dimensions is 33"),
        ({"seed": -1}, "seed is -1: take a whole number of 0 or more"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"method": "pca"}, "method is 'pca': take one of svd, als"),
    ],
)
def test_settings_that_are_none(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        zone_embeddings(trips([(1, 2)]), **settings)


@pytest.mark.parametrize("method", ["svd", "als"])
def test_more_dimensions_than_rank_are_refused(method: str) -> None:
    # From one zone to eight: eight pairs, and one dimension.
    fan = trips([(4, zone) for zone in range(10, 18)])
    with pytest.raises(RecordsError, match=r"8 pairs of known zones have trips, .* has rank 1"):
        zone_embeddings(fan, dimensions=2, method=method)
    assert zone_embeddings(fan, dimensions=1, method=method).dimensions == 1


def test_one_dimension_by_hand() -> None:
    """M is log 2 in a block of 2 × 3, so s = log 2 √6, u = 1/√2 and v = 1/√3."""
    block = trips([(row, column) for row in (1, 2) for column in (5, 6, 7)])
    s = np.log(2) * np.sqrt(6)
    table = zone_embeddings(block, dimensions=1)
    assert abs(table.pickup[:2, 0]) == pytest.approx(np.sqrt(s / 2), abs=1e-6)
    assert abs(table.dropoff[4:7, 0]) == pytest.approx(np.sqrt(s / 3), abs=1e-6)
    # With ridge 1 alternating least squares settles at (s − 1) u vᵀ.
    als = zone_embeddings(block, dimensions=1, method="als")
    product = als.pickup[:2] @ als.dropoff[4:7].T
    assert product == pytest.approx(np.full((2, 3), (s - 1) / np.sqrt(6)), abs=1e-5)
