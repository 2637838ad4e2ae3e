"""Pages from source to HTML: cells, outputs, options, includes, shortcodes, profiles."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from rendering import Site, page

MakeSite = Callable[[dict[str, str]], Site]


def test_cell_output_and_inline_values(make_site: MakeSite) -> None:
    site = make_site(
        {
            "index.qmd": page(
                """
                ```{python}
                #| echo: false
                value = 0.5
                print("printed")
                ```

                It is `{python} value` or `{python} f"{value:.2f}"`,
                as code `{python} f"*{value}*"`.
                """
            )
        }
    )
    assert site.render()[0] == 0
    html = site.html("index.html")
    assert "<pre><code>printed</code></pre>" in html
    assert "It is 0.5 or 0.50, as code *0.5*." in html
    assert "value = 0.5" not in html


def test_variables_metadata_and_environment(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL_WINS", "from the shell")
    site = make_site(
        {
            "_variables.yml": "speaker:\n  name: Ada\n",
            "_environment": 'ONE="1"\nSHELL_WINS=from the file\n# a remark\nTWO=2\n',
            "_environment.local": "TWO=local\n",
            "index.qmd": page(
                """
                {{< var speaker.name >}} {{< meta subtitle >}} {{< env ONE >}} {{< env NO other >}}
                {{{< var x >}}}

                ```{python}
                import os
                print(os.environ["ONE"], os.environ["SHELL_WINS"], os.environ["TWO"])
                ```
                """,
                "title: T\nsubtitle: Below",
            ),
        }
    )
    code, said = site.render()
    assert code == 0, said
    html = site.html("index.html")
    assert "Ada Below 1 other" in html
    assert "{{&lt; var x &gt;}}" in html
    assert "1 from the shell local" in html


def test_profile_changes_settings_and_never_shows_the_others_results(make_site: MakeSite) -> None:
    site = make_site(
        {
            "_quarto-cluster.yml": "website:\n  title: Cluster site\n",
            "_environment": "WHERE=here\n",
            "_environment-cluster": "WHERE=cluster\n",
            "index.qmd": page('```{python}\nimport os\nprint("ran", os.environ["WHERE"])\n```'),
        }
    )
    assert site.render()[0] == 0
    assert "ran here" in site.html("index.html")
    code, said = site.render(profile="cluster")
    assert code == 0
    assert "1 run" in said
    assert "ran cluster" in site.html("index.html")
    assert "Cluster site" in site.html("index.html")
    _, said = site.render()
    assert "0 run" in said
    assert "ran here" in site.html("index.html")


def test_profile_from_the_environment(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make_site(
        {"_quarto-b.yml": "website:\n  title: B\n", "index.qmd": page("Text.", "title: T")}
    )
    monkeypatch.setenv("QUARTO_PROFILE", "b")
    assert site.render()[0] == 0
    assert "<title>T – B</title>" in site.html("index.html")


def test_unknown_profile_is_refused(make_site: MakeSite) -> None:
    code, said = make_site({"index.qmd": page("Text.")}).render(profile="nope")
    assert code == 1
    assert "unknown profile 'nope'" in said


def test_include_keeps_its_own_lines(make_site: MakeSite) -> None:
    site = make_site(
        {
            "index.qmd": page("{{< include parts/_one.qmd >}}\n\nAfter."),
            "parts/_one.qmd": "Included prose.\n\n{{< include parts/_two.qmd >}}\n",
            "parts/_two.qmd": "First line.\n\n```{python}\n#| echo: true\n\nx = 1\nx / 0\n```\n",
        }
    )
    code, said = site.render()
    assert code == 1
    assert "parts/_two.qmd:7: cell failed: ZeroDivisionError: division by zero" in said


def test_widths_of_ordinary_figures_and_alt_text(make_site: MakeSite) -> None:
    png = (
        "b'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
        "AABJRU5ErkJggg=='"
    )
    site = make_site(
        {
            "index.qmd": page(
                f"""
                ```{{python}}
                #| label: fig-dot
                #| fig-cap: A dot
                #| fig-alt: One "red" pixel
                import base64
                from IPython.display import Image
                Image(base64.b64decode({png}))
                ```

                See @fig-dot.
                """
            )
        }
    )
    code, said = site.render()
    assert code == 0, said
    html = site.html("index.html")
    assert re.search(
        r'<img src="data:image/png;base64,[^"]+" [^>]*alt="One &quot;red&quot; pixel"', html
    )
    assert '<div id="fig-dot" class="cell-output cell-output-display quarto-float' in html
    assert "Figure\u00a01: A dot" in html
    assert '<a href="#fig-dot" class="quarto-xref">Figure\u00a01</a>' in html


def test_sections_may_be_numbered(make_site: MakeSite) -> None:
    body = "## One {#sec-one}\n\n### Deep {#sec-deep}\n\n## Two {#sec-two}\n\n@sec-deep, @sec-two."
    site = make_site({"index.qmd": page(body, "title: T\nnumber-sections: true")})
    assert site.render()[0] == 0
    html = site.html("index.html")
    assert '<span class="header-section-number">1.1</span> Deep' in html
    assert "Section\u00a01.1</a>" in html
    assert "Section\u00a02</a>" in html


def test_navigation_landmarks_and_neighbours(make_site: MakeSite) -> None:
    site = make_site(
        {
            "_quarto.yml": """
                project:
                  type: website
                website:
                  title: Site
                  description: What it is.
                  search: false
                  page-navigation: true
                  navbar:
                    left:
                      - text: Book
                        href: book/one.qmd
                  sidebar:
                    contents:
                      - index.qmd
                      - section: The book
                        contents:
                          - book/one.qmd
                          - text: The second
                            href: book/two.qmd
                  page-footer:
                    left: "See [one](book/one.qmd)."
                """,
            "index.qmd": page("Text.", "title: Start"),
            "book/one.qmd": page("Text.", 'title: "One *more*"\ndescription: Its own.'),
            "book/two.qmd": page("Text.", "title: Two"),
        }
    )
    code, said = site.render()
    assert code == 0, said
    html = site.html("book/one.html")
    assert '<html lang="en">' in html
    assert '<a class="skip-link" href="#quarto-document-content">' in html
    assert '<main class="content" id="quarto-document-content"' in html
    assert '<meta name="description" content="Its own.">' in html
    assert html.count('aria-current="page"') == 2
    assert '<a href="../index.html" class="pagination-link" rel="prev">' in html
    assert '<a href="two.html" class="pagination-link" rel="next">' in html
    assert '<span class="nav-page-text">The second</span>' in html
    assert 'See <a href="one.html">one</a>.' in html
    assert "One more – Site" in html
    assert '<meta name="description" content="What it is.">' in site.html("index.html")


def test_deck_structure(make_site: MakeSite) -> None:
    site = make_site(
        {
            "index.qmd": page("[Deck](deck.qmd#second)"),
            "deck.qmd": page(
                """
                # Part

                ## First {background-color="#eee"}

                . . .

                Later.

                ::: notes
                Say it.
                :::

                ## Second

                ```{python}
                #| output-location: fragment
                #| code-line-numbers: "1|2"
                a = 1
                print(a)
                ```
                """,
                "title: Deck\nauthor: Ada\nformat:\n  revealjs:\n    slide-number: true\n"
                "    width: 1000\n",
            ),
        }
    )
    code, said = site.render()
    assert code == 0, said
    html = site.html("deck.html")
    assert '<section id="title-slide"' in html
    assert '<section id="part" class="title-slide slide level1 center">' in html
    assert '<section id="first" class="slide level2" data-background-color="#eee">' in html
    assert '<div class="fragment">\n<p>Later.</p>' in html
    assert '<aside class="notes">\n<p>Say it.</p>' in html
    assert 'data-code-line-numbers="1|2"' in html
    assert '"width": 1000' in html
    assert '"slideNumber": "c/t"' in html
    for name in ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js"):
        assert (site.root / "_site/site_libs/revealjs" / name).stat().st_size > 100


def test_header_includes_and_style_sheets_travel_with_what_they_name(make_site: MakeSite) -> None:
    site = make_site(
        {
            "theme/a.css": '@import "b.css"; body { background: url(img/x.svg) }',
            "theme/b.css": "@font-face { src: url('f.woff2') }",
            "theme/img/x.svg": "<svg/>",
            "theme/f.woff2": "font",
            "theme/head.html": "<script>var here = 1;</script>",
            "pages/one.qmd": page(
                "Text.",
                "title: T\nformat:\n  html:\n    css: ../theme/a.css\n"
                "    include-in-header: ../theme/head.html",
            ),
        }
    )
    code, said = site.render()
    assert code == 0, said
    html = site.html("pages/one.html")
    assert '<link rel="stylesheet" href="../theme/a.css">' in html
    assert "<script>var here = 1;</script>" in html
    for name in ("theme/a.css", "theme/b.css", "theme/img/x.svg", "theme/f.woff2"):
        assert (site.root / "_site" / name).is_file()


def test_backticks_within_a_line_open_nothing(make_site: MakeSite) -> None:
    site = make_site({"index.qmd": page("```inline``` here, `{python} 1 + 1` there.")})
    code, said = site.render()
    assert code == 0, said
    assert "<code>inline</code> here, 2 there." in site.html("index.html")
