"""Many rows are predicted in blocks, several at a time: nobody can tell from the result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.training import with_sklearn


@pytest.mark.parametrize("block", [1, 999, 5_000, 9_969, 100_000])
def test_the_block_changes_no_bit(
    model: dm.Forest, train: pd.DataFrame, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = train.iloc[: 50 if block == 1 else None]
    monkeypatch.setattr(with_sklearn, "BLOCK", block)
    found = dm.predict_proba(model, rows)
    expected = model.estimator.predict_proba(rows[list(model.features)])[:, 1]
    np.testing.assert_array_equal(found, expected)
    assert found.index.equals(rows.index)
