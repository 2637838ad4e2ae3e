"""Every chapter's notebook runs in an empty folder, and says what its page says."""

from __future__ import annotations

import asyncio
import json
import os
import re
from html import unescape
from pathlib import Path

import pytest

from debugml.render import site
from debugml.render.project import load_project
from debugml.render.source import read_source

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "talk" / "chapters").glob("*.qmd"))
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
_LEFT = re.compile(r"\{python\}|^:::|(?<![\w.`/])@(?:fig|tbl|sec|eq|lst)-|\{#|\]\{\.|\{\{<", re.M)


def prose(cells: list[dict[str, object]]) -> str:
    return "\n\n".join(
        "".join(cell["source"])  # type: ignore[arg-type]
        for cell in cells
        if cell["cell_type"] == "markdown"
    )


@pytest.mark.slow
@pytest.mark.parametrize("topic", CHAPTERS)
def test_a_chapters_notebook_runs_and_says_what_its_page_says(topic: str, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    project, name = load_project(ROOT), f"talk/chapters/{topic}.qmd"
    with pytest.MonkeyPatch.context() as patch:
        # Without settings, as it is rendered: then it comes from the cache where it was before.
        for setting in [each for each in os.environ if each.startswith("DEBUGML_")]:
            patch.delenv(setting)
        pieces = asyncio.run(
            site._page(
                project, read_source(project, name), False, site.PageReport(name), lambda *_: None
            )
        )
    text = pieces["notebook"]
    assert len(text) < 200_000
    cells = json.loads(text)["cells"]

    said = prose(cells)
    assert not _LEFT.search(re.sub(r"```.*?```|`[^`]*`", "", said, flags=re.S))
    page = re.sub(r"<[^>]+>", " ", " ".join(pieces["fields"].values()))
    on_page = set(_NUMBER.findall(unescape(page)))
    # The first cell is the notebook's own; addresses are not shown on pages as they are here.
    own = prose(cells[1:])
    # Nor are a list's numbers and an equation's, which the browser sets.
    not_text = re.compile(
        r"<https?:[^>]*>|\]\((?:[^()]|\([^()]*\))*\)|\\tag\{\d+\}|^[> ]*\d+\.\s", re.M
    )
    numbers = _NUMBER.findall(not_text.sub("", own))
    assert len(numbers) > 20
    assert [number for number in numbers if number not in on_page] == []

    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    assert list(tmp_path.iterdir()) == []
