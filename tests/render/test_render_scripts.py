"""What runs before the pages are read, and the notebooks that are written beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rendering import PROJECT, Site, page

from debugml.errors import RenderError
from debugml.render.kept import write_notebooks

WITH_SCRIPT = PROJECT.replace("project:\n", "project:\n  pre-render: before.py\n", 1)
KEEPING = PROJECT.replace("execute:\n", "execute:\n  keep-ipynb: true\n", 1)
BODY = """
```{python}
#| label: setup
#| include: false
n = 2 + 1
```

::: {.question}
Is `{python} n` many?
:::

## Some {#sec-some}

[Notebook](one.ipynb)

As @fig-line shows, and @sec-some says, [see there](two.qmd). $$x = 1$$ {#eq-x}

```{python}
#| label: fig-line
#| fig-cap: "A line."
from IPython.display import HTML
HTML("<b>line</b>")
```

```{python}
#| eval: false
never()
```

```{python}
#| error: true
1 / 0
```
"""


@pytest.fixture
def site(make_site: Callable[[dict[str, str]], Site]) -> Site:
    return make_site({})


def test_a_page_that_the_script_writes_is_rendered(site: Site) -> None:
    script = """
        import os, pathlib
        said = os.environ["QUARTO_PROJECT_RENDER_ALL"] + os.environ["QUARTO_PROJECT_INPUT_FILES"]
        pathlib.Path("new.qmd").write_text(f"---\\ntitle: New\\n---\\n\\nTold {said}.\\n")
        """
    site.write({"_quarto.yml": WITH_SCRIPT, "index.qmd": page("Text."), "before.py": script})
    code, said = site.render()
    assert code == 0, said
    assert "Told 1index.qmd." in site.html("new.html")


def test_a_script_that_fails_fails_the_render_with_what_it_said(site: Site) -> None:
    site.write({"_quarto.yml": WITH_SCRIPT, "index.qmd": page("Text.")})
    site.write({"before.py": "import sys\nprint('half way')\nsys.exit('no room left')\n"})
    code, said = site.render()
    assert code == 1
    assert "before.py" in said and "half way" in said and "no room left" in said


@pytest.mark.parametrize(("name", "why"), [("gone.py", "no such file"), ("a.ts", "Python scripts")])
def test_a_script_that_cannot_run_is_refused(site: Site, name: str, why: str) -> None:
    files = {"_quarto.yml": WITH_SCRIPT.replace("before.py", name), "index.qmd": page("Text.")}
    code, said = site.write(files).render()
    assert code == 1 and name in said and why in said


def test_a_notebook_is_written_beside_its_page(site: Site) -> None:
    site.write({"_quarto.yml": KEEPING, "one.qmd": page(BODY), "two.qmd": page("Text.")})
    code, said = site.render()
    assert code == 0, said
    assert not (site.root / "_site" / "two.ipynb").exists()
    cells = json.loads((site.root / "_site" / "one.ipynb").read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells)
    assert [cell["cell_type"] for cell in cells].count("code") == 3
    assert "> **Question**\n>\n> Is 3 many?" in text
    assert "As Figure\u00a01 shows, and “Some” says, see there." in text
    assert "x = 1 \\tag{1}" in text
    assert "*Figure\u00a01: A line.*" in text
    assert "```python\nnever()\n```" in text
    assert "Notebook" not in text.split("## Some")[1]
    assert next(cell["id"] for cell in cells if cell["cell_type"] == "code") == "setup"
    failing = next(cell for cell in cells if "1 / 0" in "".join(cell["source"]))
    assert failing["metadata"] == {"tags": ["raises-exception"]}
    # A whole render afterwards keeps it; a project that keeps none has none.
    assert site.render()[0] == 0 and (site.root / "_site" / "one.ipynb").is_file()
    site.write({"_quarto.yml": PROJECT, "one.qmd": page(BODY.replace("[Notebook](one.ipynb)", ""))})
    assert site.render()[0] == 0 and not (site.root / "_site" / "one.ipynb").exists()


def kept(values: list[tuple[str, str]]) -> str:
    """A notebook as Quarto keeps it: expressions with their values in the cells' metadata."""
    said = [
        {"expression": expression, "result": {"status": "ok", "data": {"text/plain": value}}}
        for expression, value in values
    ]
    cell = {"cell_type": "markdown", "metadata": {"user_expressions": said}, "source": []}
    return json.dumps({"cells": [cell]})


def test_quartos_notebook_gives_the_same_file(site: Site) -> None:
    site.write({"_quarto.yml": KEEPING, "one.qmd": page(BODY), "two.qmd": page("Text.")})
    assert site.render()[0] == 0
    ours = (site.root / "_site" / "one.ipynb").read_text("utf-8")
    (site.root / "_site" / "one.ipynb").unlink()
    (site.root / "one.quarto_ipynb").write_text(kept([("n", "3")]))
    assert write_notebooks(site.root) == ["one.ipynb"]
    assert (site.root / "_site" / "one.ipynb").read_text("utf-8") == ours
    assert not (site.root / "one.quarto_ipynb").exists()


def test_a_kept_notebook_of_another_version_is_refused(site: Site) -> None:
    site.write({"_quarto.yml": KEEPING, "one.qmd": page(BODY), "two.qmd": page("Text.")})
    path: Path = site.root / "one.quarto_ipynb"
    path.write_text(kept([("m", "3")]))
    with pytest.raises(RenderError, match="render it again"):
        write_notebooks(site.root)
