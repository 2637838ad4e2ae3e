"""The reference says what the docstrings say, leads where it should, and holds every name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import debugml
from debugml.book.entry import entry, prose, sections, signature
from debugml.book.names import Name, modules, read
from debugml.book.reference import FOLDER, anchors, reference
from debugml.render.project import load_project

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\]\(([\w./-]*)#(debugml\.[\w.]+)\)")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference(load_project(ROOT))


@pytest.fixture(scope="module")
def names() -> dict[str, Name]:
    return {name.path: name for module in read() for name in module.all()}


def test_every_public_module_has_a_page(pages: dict[str, str]) -> None:
    found, tops = modules()
    assert {f"{FOLDER}/{name}.qmd" for name in found} < set(pages)
    assert set(found) | set(tops) == set(debugml.__all__)


def test_every_public_name_has_its_anchor(pages: dict[str, str]) -> None:
    offered = anchors(pages)
    for name in modules()[0]:
        module = getattr(debugml, name)
        for inner in getattr(module, "__all__", ()):
            assert f"debugml.{name}.{inner}" in offered


def test_every_link_leads_to_an_anchor(pages: dict[str, str]) -> None:
    seen = 0
    for name, text in pages.items():
        for page, anchor in _LINK.findall(text):
            target = f"{FOLDER}/{page}" if page else name
            assert re.search(rf"\{{#{re.escape(anchor)}[ }}]", pages[target]), (name, page, anchor)
            seen += 1
    assert seen > 500


def test_an_entry_says_all_that_a_docstring_says(pages: dict[str, str]) -> None:
    text = pages["talk/api/drift.qmd"]
    at = text.index("{#debugml.drift.compare ")
    shown = text[at : text.index("\n## ", at)]
    for part in ("reference: Any", "**Raises**", "**Example**", ">>> found = compare(before"):
        assert part in shown
    assert "[`Reference.of`](#debugml.drift.Reference.of)" in shown
    assert "Defined in `debugml/drift/table.py`; in the book: " in shown
    assert "[Drift](../chapters/drift.qmd)" in shown


def test_a_function_named_like_its_file_is_the_function(names: dict[str, Name]) -> None:
    assert names["debugml.drift.ks"].about.is_function
    assert names["debugml.alarms.tournament"].about.is_function


def test_a_folder_inside_a_module_has_a_page_of_its_own(pages: dict[str, str]) -> None:
    assert "(drift.detection.qmd)" in pages["talk/api/drift.qmd"]
    assert pages["talk/api/drift.detection.qmd"].startswith('---\ntitle: "debugml.drift.detection"')


def test_text_of_docstrings_is_no_markup() -> None:
    assert prose("p < 0.05 costs $ 5; ``x[0]``", lambda name: None) == (
        "p \\< 0.05 costs \\$ 5; `x[0]`"
    )
    assert (
        prose("As so:\n\n>>> 1 + 1\n2", lambda name: None)
        == "As so:\n\n```python\n>>> 1 + 1\n2\n```"
    )


def test_long_signatures_take_a_line_for_each_parameter(names: dict[str, Name]) -> None:
    lines = signature(names["debugml.drift.compare"].about, "compare").splitlines()
    assert lines[0] == "compare(" and lines[-1] == ") -> pd.DataFrame"
    assert "    tolerance: float = 0.1," in lines


def test_errors_name_what_they_are(names: dict[str, Name]) -> None:
    text = entry(names["debugml.errors.SettingError"], 2, lambda name: None)
    assert "Is a `" in text


def test_results_say_that_they_are_kept(pages: dict[str, str]) -> None:
    assert "A kept result" in pages["talk/api/study.qmd"]


def test_sections_of_nothing_are_nothing(names: dict[str, Name]) -> None:
    lacking = [name.path for name in names.values() if not sections(name.about, lambda name: None)]
    assert all(names[path].about.is_attribute for path in lacking)
