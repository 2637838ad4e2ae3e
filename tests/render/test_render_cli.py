"""The command line: exit codes, one clear line for an error, which engine runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rendering import Site, page
from typer.testing import CliRunner

from debugml.cli import app

MakeSite = Callable[[dict[str, str]], Site]


def debugml(folder: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "debugml.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_version_and_usage() -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["--version"])
    assert (shown.exit_code, shown.output.startswith("debugml ")) == (0, True)
    assert runner.invoke(app, ["render", "--nonsense"]).exit_code == 2
    assert "preview" in runner.invoke(app, ["--help"]).output


def test_error_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    done = debugml(tmp_path, "render")
    assert done.returncode == 1
    assert done.stderr.startswith("error: no _quarto.yml in ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_unknown_engine(tmp_path: Path) -> None:
    done = debugml(tmp_path, "render", "--engine", "word")
    assert done.returncode == 1
    assert "unknown engine 'word': choose from auto, quarto, embedded" in done.stderr


def test_quarto_is_asked_for_but_absent(make_site: MakeSite) -> None:
    site = make_site({"index.qmd": page("Text.")})
    done = debugml(site.root, "render", "--engine", "quarto")
    assert done.returncode == 1
    assert "no `quarto` on the PATH" in done.stderr
    assert "--engine embedded" in done.stderr


def test_without_quarto_auto_means_embedded(make_site: MakeSite) -> None:
    site = make_site({"pages/one.qmd": page("Text.")})
    done = debugml(site.root / "pages", "render", "one.qmd")
    assert done.returncode == 0, done.stderr
    assert '<meta name="generator" content="debugml">' in site.html("pages/one.html")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_quarto_gets_pages_and_profile_and_its_exit_code_counts(make_site: MakeSite) -> None:
    site = make_site({"pages/one.qmd": page("Text.")})
    stand_in = site.root / "bin" / "quarto"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\necho "quarto $*"\nexit 7\n')
    stand_in.chmod(0o755)
    done = debugml(
        site.root / "pages", "render", "one.qmd", "--profile", "gpu",
        path=f"{stand_in.parent}:/bin:/usr/bin",
    )  # fmt: skip
    assert done.returncode == 7
    assert done.stdout.strip() == "quarto render pages/one.qmd --profile gpu"


def test_render_does_not_load_the_case(make_site: MakeSite) -> None:
    site = make_site({"index.qmd": page("Text.")})
    site.render()
    check = (
        "import sys; from pathlib import Path; from debugml.render.command import render;"
        "render(Path('.'), [], engine='embedded');"
        "heavy = {'pandas', 'sklearn', 'matplotlib', 'scipy', 'nbclient'} & set(sys.modules);"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=site.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
