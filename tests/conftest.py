"""What the tests share: trips, features and a forest, made once; nobody's own settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import debugml as dm

LONGEST = ("test_every_figure_of_the_deck_reproduces", "test_quarto_renders_talk_and_book_alike")
"""Tests of many minutes. Two workers begin with these, one each, and share the rest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    long = [each for each in items if each.name.startswith(LONGEST)]
    rest = [each for each in items if not each.name.startswith(LONGEST)]
    # Work is dealt out in halves: the first half's beginning, and the second's.
    middle = (len(items) + 1) // 2
    items[:] = [*long[:1], *rest[: middle - 1], *long[1:], *rest[middle - 1 :]]


@pytest.fixture(autouse=True, scope="session")
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's results, source or engine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DEBUGML_")]:
            if name != "DEBUGML_ARCHIVE":
                patch.delenv(name)
        patch.setenv("DEBUGML_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("DEBUGML_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def january() -> pd.DataFrame:
    return dm.load("2020-01")


@pytest.fixture(scope="session")
def train(january: pd.DataFrame) -> pd.DataFrame:
    return dm.featurize(january)


@pytest.fixture(scope="session")
def march() -> pd.DataFrame:
    return dm.featurize(dm.load("2020-03"))


@pytest.fixture(scope="session")
def model(train: pd.DataFrame) -> dm.Forest:
    return dm.fit_forest(train, n_estimators=20)


@pytest.fixture
def samples_copy(tmp_path: Path) -> Path:
    """A folder with two of the sample files, to damage."""
    from debugml.trips import samples

    for month in ("2020-01", "2020-02"):
        name = f"yellow_tripdata_{month}.parquet"
        (tmp_path / name).write_bytes((samples.folder() / name).read_bytes())
    return tmp_path
