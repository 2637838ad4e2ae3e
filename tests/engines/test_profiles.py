"""The profiles for a live run: settings alone, no page changed, and no footer that is untrue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from debugml import settings
from debugml.render.project import load_project

ROOT = Path(__file__).parents[2]


def footer(config: dict[str, Any]) -> str:
    return str(config["website"]["page-footer"]["left"])


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("gpu", {"ENGINE": "dask-cudf", "SCHEDULER": "local", "SOURCE": "tlc"}),
        ("cluster", {"ENGINE": "dask", "SCHEDULER": "local"}),
    ],
)
def test_a_profile_changes_settings_and_the_footer_alone(
    profile: str, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, live = load_project(ROOT), load_project(ROOT, profile)
    added = {k: v for k, v in live.environment.items() if k not in plain.environment}
    assert added == {f"DEBUGML_{k}": v for k, v in expected.items()} | {"QUARTO_PROFILE": profile}
    assert live.pages == plain.pages
    assert "sample" in footer(plain.config)
    assert "sample" not in footer(live.config)
    live.config["website"]["page-footer"]["left"] = footer(plain.config)
    assert live.config == plain.config
    monkeypatch.setenv("DEBUGML_SCHEDULER", added["DEBUGML_SCHEDULER"])
    assert settings.scheduler() == "local"
