"""The command ends with 1 where a figure is not shown to be the same, and with 2 where it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from one_page_project import MONTHS, one_page_project
from typer.testing import CliRunner

from debugml import study
from debugml.cli import app
from debugml.reproduce import ALL, reproduce

PAGE = """---
title: "A page"
---

```{python}
#| label: setup
import debugml as dm

facts = dm.study.month_facts(("2020-01", "2020-02"))
```

```{python}
#| label: fig-shares
dm.figures.trips.payment_shares(facts)
```

```{python}
#| label: fig-normals
dm.figures.drift.two_normals((0.1,))
```
"""
UNKEPT = "nothing kept to compare with: it was computed twice"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one page, with no result kept."""
    return one_page_project(PAGE, tmp_path, monkeypatch)


def ended(*arguments: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["reproduce", *arguments])
    return found.exit_code, found.stdout, found.stderr


def test_nothing_kept_is_no_proof(project: Path) -> None:
    code, out, err = ended(ALL)
    first, second = out.splitlines()
    assert code == 1 and first.startswith("unkept") and UNKEPT in first
    assert "month_facts(months=['2020-01', '2020-02'])" in first
    # A formula has nothing to keep, and that is no fault.
    assert second.startswith("same") and "rests on no kept result" in second
    assert err.count("\n") == 1 and "make study" in err and "1 figure rests" in err
    # The first time has kept it.
    code, out, err = ended(ALL)
    assert code == 0 and UNKEPT not in out and not err
    assert ended("fig-normals")[0] == 0


@pytest.mark.parametrize("asked", ["**chosen", "months=chosen['months']"])
def test_nothing_kept_where_the_parameters_cannot_be_read(project: Path, asked: str) -> None:
    text = PAGE.replace("facts = ", "chosen = dict(months=('2020-01', '2020-02'))\nfacts = ")
    text = text.replace('month_facts(("2020-01", "2020-02"))', f"month_facts({asked})")
    (project / "page.qmd").write_text(text)
    (outcome,) = reproduce(project, "fig-shares")
    assert outcome.status == "unkept"


def test_a_difference_comes_before_nothing_kept(project: Path) -> None:
    text = PAGE.replace("(facts)", "(facts.assign(card=next(turns)))")
    text = text.replace("facts = ", "import builtins\nturns = builtins.turns\nfacts = ")
    (project / "page.qmd").write_text(text)
    import builtins

    builtins.turns = iter([0.1, 0.2])  # type: ignore[attr-defined]
    try:
        assert ended("fig-shares")[:2][1].startswith("differs")
    finally:
        del builtins.turns  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", ["import sys; sys.exit()", "raise SystemExit(0)", "exit(1)"])
def test_a_cell_that_ends_the_program_is_an_error(project: Path, code: str) -> None:
    (project / "page.qmd").write_text(PAGE.replace("facts = ", f"{code}\nfacts = "))
    status, out, err = ended("fig-shares")
    assert status == 2 and not out
    assert err.startswith("error: ") and err.count("\n") == 1
    assert "page.qmd:" in err and "line 3" in err and ("SystemExit" in err or "NameError" in err)


def test_a_crash_is_no_difference(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of the program's own")

    monkeypatch.setattr("debugml.reproduce.outcome.difference", broken)
    status, _, err = ended("fig-shares")
    assert status == 2 and err.startswith("Traceback") and "of the program's own" in err


def test_what_cannot_be_compared_is_named(project: Path) -> None:
    text = PAGE.replace("two_normals((0.1,))", "two_normals(Once())")
    made = "class Once:\n    __slots__ = ()\n    __len__ = lambda self: 1\n"
    made += "    __getitem__ = lambda self, at: (0.1,)[at]\n"
    (project / "page.qmd").write_text(text.replace("facts = ", f"{made}\nfacts = "))
    status, out, err = ended("fig-normals")
    assert status == 2 and not out
    assert "page.qmd:" in err and "drift.two_normals" in err and "__main__.Once" in err, err


def command(*arguments: str, cwd: Path, shell: str) -> subprocess.CompletedProcess[str]:
    """The command as a program, within a shell's line where it stands for ``$0 "$@"``."""
    line = ["bash", "-c", shell, sys.executable, "-m", "debugml.cli", "reproduce", *arguments]
    return subprocess.run(line, cwd=cwd, text=True, capture_output=True, timeout=120, check=False)


def test_a_reader_who_has_seen_enough(project: Path) -> None:
    drawn = "dm.figures.trips.payment_shares(facts)"
    labels = [f"fig-{at}-{'x' * 600}" for at in range(200)]
    many = "".join(f"\n```{{python}}\n#| label: {x}\n{drawn}\n```\n" for x in labels)
    (project / "page.qmd").write_text(PAGE + many)
    found = command("--list", cwd=project, shell='"$0" "$@" | head -1; echo ${PIPESTATUS[0]}')
    line, status = found.stdout.splitlines()
    assert "fig-shares" in line and status == "0"
    assert not found.stderr


@pytest.mark.skipif(os.name == "nt", reason="an open folder can't be deleted there")
def test_a_folder_that_is_gone(project: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    found = command("fig-shares", cwd=gone, shell='rmdir ../gone; "$0" "$@"')
    assert found.returncode == 2 and found.stderr.startswith("error: "), found.stderr
    assert found.stderr.count("\n") == 1 and "folder" in found.stderr


def test_what_was_planted_is_not_called_unkept(project: Path) -> None:
    kept = study.month_facts(MONTHS)
    assert isinstance(kept, pd.DataFrame)
    (outcome,) = reproduce(project, "fig-shares")
    assert outcome.status == "same" and outcome.rests and not outcome.unkept
