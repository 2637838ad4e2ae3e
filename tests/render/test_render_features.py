"""Every supported feature, read by a reader: as the real Quarto shows it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reading import Reading, read

from debugml.render import command

FEATURES = Path(__file__).parent / "features"
RECORDED = Path(__file__).parent / "quarto_reading.json"
PAGES = ("index.html", "book/page.html", "book/second.html", "book/third.html", "deck.html")


def readings(site: Path) -> dict[str, Reading]:
    return {page: read(site / page, page) for page in PAGES}


def plain(value: object) -> object:
    """A reading as JSON would give it back; text without spaces, which differ by layout."""
    if isinstance(value, str):
        return re.sub(r"\s+", "", value)
    return json.loads(json.dumps(value))


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("features") / "project"
    shutil.copytree(FEATURES, root)
    assert command.render(root, [], engine="embedded") == 0
    return root / "_site"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("aspect", [field.name for field in dataclasses.fields(Reading)])
def test_reader_sees_what_quarto_shows(embedded: Path, page: str, aspect: str) -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    seen = getattr(read(embedded / page, page), aspect)
    assert plain(seen) == plain(recorded[page][aspect])


def test_feature_page_is_not_trivially_equal(embedded: Path) -> None:
    page = read(embedded / "book/page.html", "book/page.html")
    assert (
        "fig-cell",
        "Figure 1: A falling line, after Smith and Doe (2020)",
        "A falling line",
    ) in (page.figures)
    assert ("Figure 1", "#fig-cell") in page.links
    assert "Smith, Ann, and Bob Doe. 2020." in page.references[1]
    assert ["month", "F1", "2020-02", "0.729"] in page.tables
    assert (
        "Inline: 2, 0.73 *plain*, Some bold Markdown., -0.5, hello from the environment"
        in page.text
    )


def test_nothing_is_fetched_from_elsewhere(embedded: Path) -> None:
    for page in PAGES:
        text = (embedded / page).read_text("utf-8")
        loads = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', text)
        assert loads
        assert not [load for load in loads if "//" in load.removeprefix("data:")]
        for load in loads:
            if not load.startswith("data:"):
                assert (embedded / page).parent.joinpath(load).is_file(), load


@pytest.mark.quarto
@pytest.mark.skipif(shutil.which("quarto") is None, reason="no `quarto` on the PATH")
def test_quarto_shows_the_same(embedded: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(FEATURES, root)
    environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
    done = subprocess.run(
        ["quarto", "render"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # The kernel's own remark on its transport is not Quarto's.
    said = [line for line in done.stderr.splitlines() if "WARN" in line and "Kernel" not in line]
    assert not said
    ours, theirs = readings(embedded), readings(root / "_site")
    for page in PAGES:
        for field in dataclasses.fields(Reading):
            seen = plain(getattr(ours[page], field.name))
            assert seen == plain(getattr(theirs[page], field.name)), (page, field.name)
    if os.environ.get("RECORD_QUARTO_READING"):
        recorded = {page: dataclasses.asdict(one) for page, one in theirs.items()}
        RECORDED.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", "utf-8")
