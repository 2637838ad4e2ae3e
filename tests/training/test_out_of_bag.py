"""Out-of-bag votes against scikit-learn's own, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

import debugml as dm
from debugml.errors import RecordsError
from debugml.training import out_of_bag


def test_votes_are_those_that_scikit_learn_keeps_itself(train: pd.DataFrame) -> None:
    own = RandomForestClassifier(60, max_depth=10, random_state=3, oob_score=True, n_jobs=-1)
    own.fit(train[list(dm.FEATURES)], train[dm.LABEL])
    model = dm.fit_forest(train, n_estimators=60, seed=3)
    expected = own.oob_decision_function_[:, 1]
    np.testing.assert_allclose(out_of_bag(model, train), expected, rtol=1e-12)
    rows = np.array([0, 7, 9000])
    np.testing.assert_allclose(out_of_bag(model, train, rows), expected[rows], rtol=1e-12)


def test_a_row_that_every_tree_drew_has_none(train: pd.DataFrame) -> None:
    # One tree draws 63 % of the rows.
    share = np.isnan(out_of_bag(dm.fit_forest(train, n_estimators=1), train)).mean()
    assert share == pytest.approx(1 - np.exp(-1), abs=0.02)


def test_other_rows_are_refused(train: pd.DataFrame) -> None:
    model = dm.fit_forest(train, n_estimators=2)
    with pytest.raises(RecordsError, match="100 rows, and the model was trained on 9969"):
        out_of_bag(model, train.head(100))
