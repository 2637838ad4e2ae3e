"""This very project, rendered by a real Quarto and by the embedded engine, reads the same."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reading import Reading, read
from test_render_features import plain

from debugml.render import command
from debugml.render.project import load_project

ROOT = Path(__file__).parents[2]
SOURCES = ("_quarto.yml", "_environment", "_variables.yml", "index.qmd", "talk", "data_samples")


def copy(to: Path) -> Path:
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name)
        else:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, to / name)
    return to


@pytest.mark.slow
@pytest.mark.quarto
@pytest.mark.skipif(shutil.which("quarto") is None, reason="no `quarto` on the PATH")
def test_quarto_renders_talk_and_book_alike(tmp_path: Path) -> None:
    ours, theirs = copy(tmp_path / "ours"), copy(tmp_path / "theirs")
    # A page that was rendered just before, of the same content, need not run once more.
    cache = load_project(ROOT).cache
    if cache.is_dir():
        shutil.copytree(cache, load_project(ours).cache)
    assert command.render(ours, [], engine="embedded") == 0
    done = subprocess.run(
        ["quarto", "render"],
        cwd=theirs,
        env={**os.environ, "QUARTO_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # The kernel's own remark on its transport is not Quarto's.
    assert not [line for line in done.stderr.splitlines() if "WARN" in line and "ernel" not in line]

    pages = sorted(
        str(path.relative_to(ours / "_site"))
        for path in (ours / "_site").rglob("*.html")
        if "site_libs" not in path.parts and "pagefind" not in path.parts
    )
    assert pages == sorted(name.removesuffix(".qmd") + ".html" for name in load_project(ours).pages)
    notebooks = sorted(path.name for path in (ours / "_site/talk/chapters").glob("*.ipynb"))
    assert len(notebooks) == len(list((ROOT / "talk/chapters").glob("*.qmd")))
    for name in notebooks:
        one, other = (root / "_site/talk/chapters" / name for root in (ours, theirs))
        assert one.read_text("utf-8") == other.read_text("utf-8")
    assert not list(theirs.rglob("*.quarto_ipynb"))
    for page in pages:
        ours_read, theirs_read = (read(root / "_site" / page, page) for root in (ours, theirs))
        for field in dataclasses.fields(Reading):
            seen, expected = (plain(getattr(r, field.name)) for r in (ours_read, theirs_read))
            assert seen == expected, (page, field.name)
        # Under Quarto, too, no page asks for anything from the network.
        text = (theirs / "_site" / page).read_text("utf-8")
        assert "cdn." not in text
        assert "jsdelivr" not in text
