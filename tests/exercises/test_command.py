"""The commands, as a student and a teacher call them: real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from answers import one

from debugml.errors import DataError
from debugml.exercises.command import check_notebook, found
from debugml.exercises.notebook import student_copy
from debugml.exercises.roster import everything


def run(*words: str, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "debugml.cli", *words],
        env={**os.environ, "DEBUGML_HOME": str(home), "COLUMNS": "200"},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def notebook(path: Path, answers: dict[str, str], more: str = "") -> Path:
    """A trips notebook with some answers written in."""
    whole = json.loads(student_copy("trips"))
    for cell in whole["cells"]:
        name = cell["id"].removesuffix("-answer")
        if cell["id"] != name and name in answers:
            cell["source"] = answers[name]
    if more:
        cell = {"cell_type": "code", "id": "more", "metadata": {}, "outputs": [], "source": more}
        whole["cells"].insert(2, {**cell, "execution_count": None})
    path.write_text(json.dumps(whole), "utf-8")
    return path


@pytest.mark.slow
def test_from_a_new_notebook_to_status(tmp_path):
    def debugml(*words):
        return run(*words, home=tmp_path / "home", cwd=tmp_path)

    made = debugml("exercises", "new", "trips")
    assert made.returncode == 0 and (tmp_path / "trips.ipynb").is_file()
    again = debugml("exercises", "new", "trips")
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1 and "may hold answers" in again.stderr
    first = debugml("exercises", "hint", "trips-none-seen").stdout
    second = debugml("exercises", "hint", "trips-none-seen").stdout
    assert first.startswith("Hint 1 of 3") and second.startswith("Hint 2 of 3")
    status = json.loads(debugml("exercises", "status", "--json").stdout)
    assert set(status) == {each.name for each in everything()}
    assert status["trips-none-seen"] == {"tries": 0, "passed": "", "hints": 2}
    assert "0 of" in debugml("exercises", "status").stdout
    assert debugml("exercises", "new", "trip").stderr.startswith("error: 'trip' is no topic")


@pytest.mark.slow
def test_a_teacher_checks_a_folder_and_gets_a_summary(tmp_path):
    name = "trips-payment-shares"
    hand_in = tmp_path / "hand-in"
    for who in ("ann", "bob"):
        (hand_in / who).mkdir(parents=True)
    solved = {each: one(each).solution for each in (name, "trips-none-seen", "trips-broken-column")}
    notebook(hand_in / "ann" / "trips.ipynb", solved)
    dropped = solved[name].replace('trips["payment_type"]', 'trips["payment_type"].dropna()')
    notebook(hand_in / "bob" / "trips.ipynb", {**solved, name: dropped})

    text = run("exercises", "check", str(hand_in), home=tmp_path / "home", cwd=tmp_path)
    assert text.returncode == 1
    assert "shares of the known only" in text.stdout.split("notebook ")[-1]
    assert "3 of 3" in text.stdout and "2 of 3" in text.stdout

    said = run("exercises", "check", str(hand_in), "--json", home=tmp_path / "home", cwd=tmp_path)
    ann, bob = json.loads(said.stdout)
    assert (ann["passed"], bob["passed"]) == (3, 2)
    mistakes = [f for e in bob["exercises"] for f in e["findings"] if not f["passed"]]
    assert [each["misconception"] for each in mistakes] == ["shares of the known only"]
    # A teacher's check is nobody's progress.
    assert not (tmp_path / "home" / "exercises.sqlite").exists()


def test_cells_that_fail_do_not_stop_the_rest(tmp_path):
    name = "trips-payment-shares"
    path = notebook(
        tmp_path / "trips.ipynb",
        {name: one(name).solution, "trips-none-seen": "def at_most(seen n):\n    pass"},
        "%matplotlib inline\n!pip list\n1 / 0",
    )
    checked = check_notebook(path)
    passed = {each.exercise for each in checked.verdicts if each.passed}
    assert passed == {name}
    assert any("ZeroDivisionError" in each for each in checked.troubles)
    assert any("SyntaxError" in each for each in checked.troubles)
    left = {each.exercise: str(each) for each in checked.verdicts if not each.passed}
    assert "No answer" in left["trips-none-seen"]


def test_a_notebook_that_ends_its_process_keeps_the_answers_above(tmp_path):
    name = "trips-payment-shares"
    path = notebook(
        tmp_path / "trips.ipynb",
        {name: one(name).solution, "trips-none-seen": "import os\nos._exit(9)"},
    )
    checked = check_notebook(path)
    assert {each.exercise for each in checked.verdicts if each.passed} == {name}
    assert any("status 9" in each for each in checked.troubles)


def test_a_notebook_that_fakes_the_check_is_checked_all_the_same(tmp_path):
    name = "trips-payment-shares"
    code = "def check(*_, **__):\n    return 'passed'\npayment_shares = None"
    checked = check_notebook(notebook(tmp_path / "trips.ipynb", {name: code}))
    assert not any(each.passed for each in checked.verdicts)


def test_a_students_own_module_is_found(tmp_path):
    (tmp_path / "mine.py").write_text(one("trips-payment-shares").solution)
    code = {"trips-payment-shares": "from mine import payment_shares"}
    checked = check_notebook(notebook(tmp_path / "trips.ipynb", code))
    assert "trips-payment-shares" in {each.exercise for each in checked.verdicts if each.passed}


def test_what_cannot_be_checked_is_said_by_name(tmp_path):
    (tmp_path / "bad.ipynb").write_text("{}")
    (tmp_path / "empty").mkdir()
    for path, says in (
        (tmp_path / "none.ipynb", "no such file or folder"),
        (tmp_path / "empty", "no notebooks"),
    ):
        with pytest.raises(DataError, match=says):
            found([path])
    with pytest.raises(DataError, match="not a Jupyter notebook"):
        check_notebook(tmp_path / "bad.ipynb")
    said = run("exercises", "check", "none.ipynb", home=tmp_path, cwd=tmp_path)
    assert said.returncode == 2 and said.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_doctor_finds_what_is_wrong(tmp_path):
    well = run("doctor", "--json", home=tmp_path / "home", cwd=tmp_path)
    looked = {each["what"]: each for each in json.loads(well.stdout)}
    assert {"Python", "libraries", "sample trips", "exercises", "progress", "a check"} <= set(
        looked
    )
    assert looked["a check"]["state"] != "fault" and looked["sample trips"]["state"] == "ok"
    (tmp_path / "file").write_text("")
    ill = run("doctor", home=tmp_path / "file" / "home", cwd=tmp_path)
    assert ill.returncode == 1 and "✗ progress" in ill.stdout
