"""Projects to render, apart from the surroundings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rendering import PROJECT, Site


@pytest.fixture(scope="module", autouse=True)
def own_environment() -> Iterator[None]:
    """No profile or setting of the surroundings takes part."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("DEBUGML_", "QUARTO_")):
                patch.delenv(name)
        yield


@pytest.fixture
def make_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[dict[str, str]], Site]:
    """Make a project of pages, each with a title unless it brings front matter."""

    def make(files: dict[str, str]) -> Site:
        return Site(tmp_path, capsys).write({"_quarto.yml": PROJECT, **files})

    return make
