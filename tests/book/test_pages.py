"""Pages that are made from sources are made when these change, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugml.book import pages
from debugml.book.figures import index_of_figures, last_call
from debugml.render.project import load_project

QUARTO = """\
project:
  type: website
website:
  sidebar:
    contents:
      - section: The book
        contents:
          - talk/chapters/second.qmd
          - talk/chapters/first.qmd
"""
CHAPTER = """\
---
title: "{title}"
---

```{{python}}
#| label: fig-gaps
#| fig-cap: "Gaps in 95 % of cases."
dm.figures.drift.gaps(found, scale=2)
```

```{{python}}
#| label: tbl-all
#| tbl-cap: "All of it."
dm.figures.table(found)
```
"""
SLIDES = """\
---
title: Talk
format: revealjs
---

## The gap is wide {#sec-slide-gap}

```{python}
dm.figures.drift.gaps( found,
    scale = 2 )
```

## All `{python} n` of them {#sec-slide-all}

```{python}
dm.figures.table(found)
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "talk" / "chapters").mkdir(parents=True)
    (tmp_path / "_quarto.yml").write_text(QUARTO)
    for title in ("First", "Second"):
        path = tmp_path / "talk" / "chapters" / f"{title.lower()}.qmd"
        path.write_text(CHAPTER.format(title=title))
    (tmp_path / "talk" / "slides.qmd").write_text(SLIDES)
    return tmp_path


def test_the_index_has_every_figure_with_its_slide(root: Path) -> None:
    text = index_of_figures(load_project(root))
    assert text.index("## Second {#sec-figures-second}") < text.index("## First")
    assert (
        "- [Figure 1](chapters/first.qmd#fig-gaps): Gaps in 95\u00a0% of cases. "
        "Slide: [The gap is wide](slides.qmd#sec-slide-gap).\n"
    ) in text
    # The number in this slide's title is not known before it runs.
    assert (
        "- [Table 1](chapters/first.qmd#tbl-all): All of it. [Slide](slides.qmd#sec-slide-all)."
    ) in text


def test_a_page_that_cannot_be_read_is_left_out(root: Path) -> None:
    (root / "talk" / "chapters" / "first.qmd").write_text("---\ntitle: [\n---\n")
    text = index_of_figures(load_project(root))
    assert "First" not in text and "## Second" in text


def test_one_call_is_one_call_however_it_is_written() -> None:
    assert last_call("x = 1\nf( x,y = 'a' )") == last_call('f(x, y="a")') == "f(x, y='a')"
    assert last_call("x = 1") == last_call("this is not") == ""


def test_nothing_is_read_while_nothing_changes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pages.write_pages(root)
    assert {"talk/figures.qmd", "talk/api/index.qmd", "talk/api/drift.qmd"} <= set(first)
    with monkeypatch.context() as patch:
        patch.setattr("debugml.book.reference.reference", None)
        assert pages.write_pages(root) == []
    chapter = root / "talk" / "chapters" / "first.qmd"
    chapter.write_text(chapter.read_text().replace("All of it", "Most of it"))
    assert pages.write_pages(root) == ["talk/figures.qmd"]


def test_an_edited_or_lost_page_is_written_again(root: Path) -> None:
    pages.write_pages(root)
    (root / "talk" / "api" / "drift.qmd").unlink()
    (root / "talk" / "api" / "gone.qmd").write_text("of a module that went")
    assert pages.write_pages(root) == ["talk/api/drift.qmd"]
    assert not (root / "talk" / "api" / "gone.qmd").exists()
