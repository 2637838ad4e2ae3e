"""Running cells: failures by file, line and traceback; kernels that always end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rendering import Site, page

MakeSite = Callable[[dict[str, str]], Site]


def test_failing_cell_names_file_line_cell_and_traceback(make_site: MakeSite) -> None:
    site = make_site(
        {
            "index.qmd": page(
                """
                Prose.

                ```{python}
                #| label: breaks
                def f(x):
                    return 1 / x

                f(0)
                ```
                """
            ),
            "other.qmd": page("Fine."),
        }
    )
    code, said = site.render()
    assert code == 1
    # The line of the call in the page, not of the function that it reached.
    assert "index.qmd:12: cell breaks failed: ZeroDivisionError: division by zero" in said
    assert "    def f(x):\n        return 1 / x" in said
    assert "Traceback (most recent call last)" in said
    assert "\x1b[" not in said
    assert not (site.root / "_site/index.html").exists()
    assert "Fine." in site.html("other.html")


def test_failed_page_keeps_its_previous_html(make_site: MakeSite) -> None:
    site = make_site({"index.qmd": page("```{python}\nprint('first')\n```")})
    assert site.render()[0] == 0
    before = site.html("index.html")
    site.write({"index.qmd": page("```{python}\nprint('second'); 1 / 0\n```")})
    assert site.render()[0] == 1
    assert site.html("index.html") == before
    site.write({"index.qmd": page("```{python}\nprint('third')\n```")})
    assert site.render()[0] == 0
    assert "third" in site.html("index.html")
    assert not list((site.root / "_site").glob(".writing-*"))


def test_syntax_error_and_failing_expression(make_site: MakeSite) -> None:
    site = make_site(
        {
            "a.qmd": page("```{python}\nx = 1\nx = (\n```"),
            "b.qmd": page("Text.\n\nIs `{python} 1 / 0`."),
        }
    )
    code, said = site.render()
    assert code == 1
    assert "a.qmd:7: cell failed: SyntaxError" in said
    assert "b.qmd:7: `{python} 1 / 0` failed: ZeroDivisionError" in said


def test_what_a_slow_cell_prints_is_one_piece(make_site: MakeSite) -> None:
    """The kernel sends what was printed twice a second or so; a page must not show when."""
    code = "import time\nfor word in ('one', 'two', 'three'):\n    print(word)\n    time.sleep(0.5)"
    site = make_site({"index.qmd": page(f"```{{python}}\n{code}\n```")})
    assert site.render()[0] == 0
    assert "one\ntwo\nthree" in site.html("index.html")


def test_error_may_be_shown(make_site: MakeSite) -> None:
    site = make_site({"index.qmd": page("```{python}\n#| error: true\nint('x')\n```")})
    assert site.render()[0] == 0
    assert "ValueError: invalid literal" in site.html("index.html")


def test_dead_kernel_is_an_error_of_the_cell(make_site: MakeSite) -> None:
    site = make_site({"index.qmd": page("```{python}\nimport os\nos._exit(3)\n```")})
    code, said = site.render()
    assert code == 1
    assert "index.qmd:5: the kernel died while it ran this cell" in said
    assert "os._exit(3)" in said


def test_cells_run_in_this_interpreter_at_the_projects_root(make_site: MakeSite) -> None:
    site = make_site(
        {
            "deep/one.qmd": page(
                "```{python}\nimport os, sys\nprint(sys.executable, os.getcwd(), 'end')\n```"
            )
        }
    )
    assert site.render()[0] == 0
    assert f"{sys.executable} {site.root} end" in site.html("deep/one.html")


def test_pages_do_not_share_a_kernel(make_site: MakeSite) -> None:
    cell = "```{python}\nprint(globals().get('seen', 'nothing'))\nseen = 'leaked'\n```"
    site = make_site({"a.qmd": page(cell), "b.qmd": page(cell)})
    assert site.render()[0] == 0
    assert "leaked" not in site.html("a.html").replace("'leaked'", "").replace(
        "&#39;leaked&#39;", ""
    )
    assert "<code>nothing</code>" in site.html("a.html")
    assert "<code>nothing</code>" in site.html("b.html")


def test_pages_run_side_by_side(make_site: MakeSite) -> None:
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one processor: pages run one after the other")
    # Each page waits for the file that the other writes.
    cell = """
        ```{{python}}
        import pathlib, time
        pathlib.Path("{own}").touch()
        end = time.time() + 30
        while not pathlib.Path("{other}").exists():
            assert time.time() < end
            time.sleep(0.05)
        ```
        """
    site = make_site(
        {
            "a.qmd": page(cell.format(own="a.here", other="b.here")),
            "b.qmd": page(cell.format(own="b.here", other="a.here")),
        }
    )
    code, said = site.render()
    assert code == 0, said


def kernels_of(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if "ipykernel" in (entry / "cmdline").read_text() and (
                (entry / "cwd").resolve() == folder.resolve()
            ):
                found.append(entry.name)
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see the kernels")
def test_interrupt_ends_the_kernels_and_leaves_no_half_page(make_site: MakeSite) -> None:
    site = make_site(
        {
            "index.qmd": page(
                "```{python}\nimport time, pathlib\npathlib.Path('up').touch()\ntime.sleep(60)\n```"
            )
        }
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "debugml.cli", "render", "--engine", "embedded"],
        cwd=site.root,
        stderr=subprocess.PIPE,
        # A shell's background job ignores Ctrl-C, and its children would as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.time() + 40
    while not (site.root / "up").exists():
        assert time.time() < end
        time.sleep(0.1)
    assert kernels_of(site.root)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    end = time.time() + 15
    while kernels_of(site.root):
        assert time.time() < end
        time.sleep(0.1)
    assert not (site.root / "_site/index.html").exists()
