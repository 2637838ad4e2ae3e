"""Load to score on an NVIDIA GPU, beside pandas. Run with `pytest -m gpu` and the extra gpu."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml import cluster, settings
from debugml.drift import ks_table
from debugml.engines import to_pandas
from debugml.errors import SettingError

MONTHS = ["2020-01", "2020-02", "2020-03"]


def missing() -> str:
    """Why there is no GPU engine here, or nothing."""
    try:
        settings.engine("dask-cudf")
    except SettingError as error:
        return str(error)
    return ""


pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


@pytest.fixture(scope="module", params=["cudf", "dask-cudf"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "dask-cudf":
        cluster.connect("local", engine="dask-cudf")
    yield request.param
    cluster.disconnect()


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return dm.featurize(dm.load(MONTHS, engine="pandas"))


@pytest.fixture(scope="module")
def features(engine: str) -> Any:
    return dm.featurize(dm.load(MONTHS, engine=engine))


def test_features_are_pandas(features: Any, expected: pd.DataFrame) -> None:
    found = to_pandas(features).reset_index(drop=True)
    assert list(found.columns) == list(expected.columns)
    assert found.dtypes.astype(str).tolist() == expected.dtypes.astype(str).tolist()
    for name in dm.FEATURES:
        # Seconds and speed are divided on the GPU; all else is copied or counted.
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6, err_msg=name)
    assert (found[dm.LABEL] == expected[dm.LABEL]).all()


def test_ks_is_pandas(features: Any, expected: pd.DataFrame, train: pd.DataFrame) -> None:
    found, here = ks_table(train, features), ks_table(train, expected)
    for name, result in here.results.items():
        assert found[name].statistic == pytest.approx(result.statistic, abs=1e-4), name


def test_a_forest_of_the_gpu_is_as_good(engine: str, features: Any, expected: pd.DataFrame) -> None:
    model = dm.fit_forest(features)
    here = dm.fit_forest(expected)
    found, score = dm.score(model, features), dm.score(here, expected)
    assert found.n == score.n
    assert found.f1 == pytest.approx(score.f1, abs=0.01)
    assert found.auc == pytest.approx(score.auc, abs=0.01)
    decided = to_pandas(dm.predict(model, features)).to_numpy()
    assert (decided == dm.predict(here, expected).to_numpy()).mean() > 0.9

    stream, ours = (
        dm.replay(m, MONTHS, engine=on) for m, on in ((model, engine), (here, "pandas"))
    )
    daily, days = stream.daily(draws=0), ours.daily(draws=0)
    assert daily["n"].tolist() == days["n"].tolist()
    np.testing.assert_allclose(daily["base_rate"], days["base_rate"])
    enough = days["n"] > 200
    np.testing.assert_allclose(daily["f1"][enough], days["f1"][enough], atol=0.06)
    line = to_pandas(stream.cumulative())
    assert line["n"].tolist() == list(range(1, len(ours.records) + 1))
    assert line["cumulative_f1"].iloc[-1] == pytest.approx(found_f1(ours), abs=0.01)


def found_f1(stream: dm.Replay) -> float:
    return float(stream.cumulative()["cumulative_f1"].iloc[-1])
