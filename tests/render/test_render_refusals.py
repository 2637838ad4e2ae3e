"""What the engine refuses: unknown features, and what Quarto would only warn about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rendering import PROJECT, Site, page

MakeSite = Callable[[dict[str, str]], Site]

# A page's body, and what the error must say; the body starts on line 5.
BODIES = {
    "unknown reference": (
        "Text.\n\nSee @fig-none.",
        "index.qmd:7: unresolved cross-reference: @fig-none",
    ),
    "unknown citation": ("Says @nobody2020.", "index.qmd:5: unknown citation: @nobody2020"),
    "dead page": (
        "[x](other.qmd)",
        "index.qmd:5: link to other.html: the site has no page other.html",
    ),
    "dead anchor": ("[x](#none)", "index.qmd:5: link to #none: index.html has no anchor #none"),
    "dead anchor elsewhere": (
        "Text.\n\n[x](second.qmd#none)",
        "index.qmd:7: link to second.html#none: second.html has no anchor #none",
    ),
    "missing file": ("[x](data.csv)", "index.qmd:5: link to data.csv: no such file"),
    "missing image": ('![](none.png){fig-alt="x"}', "index.qmd:5: image none.png: no such file"),
    "image without a text": (
        "![](pixel.png)",
        "index.qmd:5: image without alternative text: pixel.png",
    ),
    "captioned image without a text": (
        "![Caption](pixel.png)",
        "index.qmd:5: image without alternative text: pixel.png",
    ),
    "raw image without a text": (
        'Text.\n\n<img src="pixel.png">',
        "index.qmd:7: an image without alternative text (pixel.png)",
    ),
    "image from elsewhere": (
        '![](https://example.org/x.png){fig-alt="x"}',
        "index.qmd:5: https://example.org/x.png is not in the project",
    ),
    "shortcode": ("{{< video x >}}", "index.qmd:5: unknown shortcode `video`"),
    "variable": ("{{< var none >}}", "index.qmd:5: _variables.yml has no value 'none'"),
    "missing include": (
        "{{< include none.qmd >}}",
        "index.qmd:5: included file none.qmd does not exist",
    ),
    "circular include": ("{{< include index.qmd >}}", "index.qmd:5: index.qmd includes itself"),
    "language": ("```{r}\nx\n```", "index.qmd:5: cell in `{r}`"),
    "mermaid": ("Text.\n\n```{mermaid}\nx\n```", "index.qmd:7: cell in `{mermaid}`"),
    "observable": ("```{ojs}\nx\n```", "index.qmd:5: cell in `{ojs}`"),
    "inline language": ("Is `{r} x`.", "index.qmd:5: inline `{r}`"),
    "cell option": (
        "```{python}\n#| echo: true\n#| fig-colour: red\n1\n```",
        "index.qmd:7: the embedded engine does not know the cell option `fig-colour`",
    ),
    "option value": (
        "```{python}\n#| echo: maybe\n1\n```",
        "index.qmd:6: cell option `echo` cannot be 'maybe' here",
    ),
    "option syntax": ("```{python}\n#| echo: [\n1\n```", "index.qmd:"),
    "header options": ("```{python, echo=FALSE}\n1\n```", "index.qmd:5: write cell options as"),
    "indented cell": (
        "- x\n\n  ```{python}\n  1\n  ```",
        "index.qmd:7: a cell starts in the first column",
    ),
    "open cell": ("```{python}\n1", "index.qmd"),
    "same label twice": (
        "```{python}\n#| label: a\n1\n```\n\n```{python}\n#| label: a\n1\n```",
        "index.qmd:10: label a is already used at index.qmd:5",
    ),
    "layout": (
        "::: {layout-ncol=2}\nx\n:::",
        "index.qmd:5: the embedded engine does not know `layout-ncol`",
    ),
    "theorem": ("::: {#thm-x}\nx\n:::", "index.qmd:5: the embedded engine does not number `thm-`"),
}

CELLS = {
    "figure without output": ("#| label: fig-a\n#| fig-cap: c\n1;", "displays nothing"),
    "two outputs": (
        "#| label: fig-a\n#| fig-cap: c\nfrom IPython.display import display, HTML\n"
        "display(HTML('<p>a</p>')); display(HTML('<p>b</p>'))",
        "displays 2 results",
    ),
    "svg without a text": (
        "from IPython.display import HTML\nHTML('<svg viewBox=\"0 0 1 1\"></svg>')",
        "an svg without aria-label or title",
    ),
    "plot without a text": (
        "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>')",
        "without alternative text: add `#| fig-alt:`",
    ),
}

FRONTS = {
    "format": ("title: T\nformat: pdf", "index.qmd:3: unknown format `pdf`"),
    "format option": (
        "title: T\nformat:\n  html:\n    no-such: 1",
        "index.qmd:5: the embedded engine does not know `format.html.no-such`",
    ),
    "key": ("title: T\nshiny: true", "index.qmd:3: the embedded engine does not know `shiny`"),
    "kernel": ("title: T\njupyter: julia-1.9", "index.qmd:3: only `jupyter: python3`"),
    "moving date": ("title: T\ndate: today", "write the date out"),
    "bad yaml": ("title: [", "index.qmd:"),
}


@pytest.mark.parametrize("name", BODIES)
def test_body_is_refused_by_file_and_line(make_site: MakeSite, name: str) -> None:
    body, message = BODIES[name]
    files = {
        "index.qmd": page(body),
        "pixel.png": "x",
        "refs.bib": "@book{a, title={T}, year={2020}}",
    }
    if "other" not in body:
        files["second.qmd"] = page("Text.")
    files["_quarto.yml"] = PROJECT + "bibliography: refs.bib\n"
    code, said = make_site(files).render()
    assert code == 1
    assert message in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", CELLS)
def test_output_is_refused_by_file_and_line(make_site: MakeSite, name: str) -> None:
    code_lines, message = CELLS[name]
    code, said = make_site({"index.qmd": page(f"```{{python}}\n{code_lines}\n```")}).render()
    assert code == 1
    assert f"index.qmd:5: {'cell fig-a ' if 'fig-a' in code_lines else 'the cell'}" in said
    assert message in said


@pytest.mark.parametrize("name", FRONTS)
def test_front_matter_is_refused(make_site: MakeSite, name: str) -> None:
    front, message = FRONTS[name]
    code, said = make_site({"index.qmd": page("Text.", front)}).render()
    assert code == 1
    assert message in said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "website:\n  title: T\n  comments: true\n",
            "_quarto.yml:5: the embedded engine does not know",
        ),
        ("filters:\n  - x\n", "_quarto.yml:3: the embedded engine does not know `filters`"),
        (
            "format:\n  pdf: default\n",
            "_quarto.yml:4: the embedded engine does not know `format.pdf`",
        ),
        (
            "website:\n  sidebar:\n    contents:\n      - gone.qmd\n",
            "a menu leads to gone.qmd, which is not a page",
        ),
    ],
)
def test_project_file_is_refused(make_site: MakeSite, change: str, message: str) -> None:
    text = "project:\n  type: website\n" + change
    code, said = make_site({"_quarto.yml": text, "index.qmd": page("Text.")}).render()
    assert code == 1
    assert message in said


def test_output_folder_stays_inside(make_site: MakeSite) -> None:
    text = "project:\n  type: website\n  output-dir: ..\n"
    code, said = make_site({"_quarto.yml": text, "index.qmd": page("Text.")}).render()
    assert code == 1
    assert "_quarto.yml:3: the output folder must be inside the project" in said


def test_all_problems_of_a_page_come_together(make_site: MakeSite) -> None:
    body = "@fig-a and [x](none.qmd)\n\n![](gone.png)\n\n@tbl-b"
    code, said = make_site({"index.qmd": page(body)}).render()
    assert code == 1
    for message in (
        "index.qmd:5: unresolved cross-reference: @fig-a",
        "index.qmd:9: unresolved cross-reference: @tbl-b",
        "index.qmd:5: link to none.html: the site has no page none.html",
        "index.qmd:7: image without alternative text: gone.png",
        "index.qmd:7: image gone.png: no such file",
    ):
        assert message in said


def test_outside_a_project(make_site: MakeSite) -> None:
    site = make_site({})
    (site.root / "_quarto.yml").unlink()
    code, said = site.render()
    assert code == 1
    assert "no _quarto.yml" in said
