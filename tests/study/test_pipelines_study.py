"""What one prediction rests on is what its backtrace says, and code that the package has."""

from __future__ import annotations

import pandas as pd
import pytest

import debugml as dm
from debugml.study import rests_on


@pytest.fixture(scope="module")
def rests() -> pd.DataFrame:
    return rests_on()


def test_it_is_the_prediction_that_the_lineage_chapter_traces(rests: pd.DataFrame) -> None:
    row = int(dm.study.surest_wrong(dm.study.flagged_day())["row"])
    named = rests[rests["kind"] == "prediction"]["name"]
    assert list(named) == [f"predictions 2020-03, row {row:,}"]


def test_files_and_decisions_are_those_of_the_chain(rests: pd.DataFrame) -> None:
    links = dm.study.flagged_chain()
    files = rests[rests["kind"] == "file"]
    in_chain = set(links.loc[links["kind"] == "trips", "name"])
    assert set(files["name"]) == in_chain and len(files) == len(in_chain)
    assert (files["rows"] == 10_000).all()
    decided = links[links["kind"].isin(["decision", "release"])]["name"]
    assert set(rests[rests["kind"] == "decision"]["name"]) == set(decided)


def test_runs_stand_from_training_to_replay(rests: pd.DataFrame) -> None:
    runs = rests[rests["kind"] == "run"]["name"]
    assert list(runs) == ["fit_forest", "decide", "release", "replay"]


def test_the_model_has_its_features_one_file_and_little_code(rests: pd.DataFrame) -> None:
    model = rests[rests["model"]].groupby("kind")["name"].agg(list)
    assert model["feature"] == list(dm.features.FEATURES)
    assert model["file"] == ["yellow_tripdata_2020-01.parquet"]
    assert model["library"] == ["scikit-learn"]
    code = rests[rests["kind"] == "code"]
    assert code["name"].is_unique and code["name"].str.startswith("debugml.").all()
    assert {"debugml.training.fit.fit_forest", "debugml.training.forest.Forest"} <= set(
        model["code"]
    )
    assert 0 < len(model["code"]) < len(code) / 5
    names = set(code["name"])
    assert {"debugml.features.featurize", "debugml.promotion.gate.Gate"} <= names
    # Constants are no code of their own.
    assert "debugml.features.FEATURES" not in names
