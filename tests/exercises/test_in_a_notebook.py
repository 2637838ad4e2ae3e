"""In a real kernel: the notebook lives on, and a student's copy runs with the solutions in it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from answers import one

from debugml.exercises.notebook import student_copy
from debugml.exercises.roster import TOPICS, of_topic

pytestmark = pytest.mark.slow


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    from nbclient import NotebookClient

    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def shown(cell: nbformat.NotebookNode) -> str:
    said = []
    for output in cell.outputs:
        said.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "".join(said)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_students_notebook_runs_from_a_clean_kernel_with_the_solutions_pasted_in(
    topic, tmp_path, monkeypatch
):
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    notebook = nbformat.reads(student_copy(topic), as_version=4)
    for cell in notebook.cells:
        name = cell.id.removesuffix("-answer")
        if cell.id != name:
            cell.source = one(name).solution
    work = tmp_path / "work"
    work.mkdir()
    done = run(notebook, work)
    checks = {cell.id: shown(cell) for cell in done.cells if cell.id.endswith("-check")}
    assert len(checks) == len(of_topic(topic))
    for name, said in checks.items():
        assert ": passed" in said, f"{name}: {said}"
    assert list(work.iterdir()) == []
    progress = tmp_path / "home" / "exercises.sqlite"
    assert progress.is_file()


def test_the_notebook_lives_on_whatever_an_answer_does(tmp_path, monkeypatch):
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    cells = [
        "import os\nfrom debugml.exercises import check, hint\nkept = os.getpid()",
        "def f(trips):\n    while True: pass\ncheck('trips-payment-shares', f)",
        "def f(trips):\n    os._exit(3)\ncheck('trips-payment-shares', f)",
        "def f(trips):\n    exit()\ncheck('trips-payment-shares', f)",
        "def f(trips):\n    import ctypes; ctypes.string_at(0)\ncheck('trips-payment-shares', f)",
        "def f(trips):\n    for _ in range(10**7): print('x' * 500)\n"
        "check('trips-payment-shares', f)",
        "kept_list = []\ndef f(trips):\n    kept_list.append(1)\n    return {}\n"
        "check('trips-payment-shares', f)",
        "check('trips-payment-shares')",
        "hint('trips-none-seen')",
        "print(kept == os.getpid(), kept_list)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    said = [shown(cell) for cell in run(notebook, tmp_path).cells]
    assert "endless loop" in said[1]
    assert "status 3" in said[2]
    assert "called exit()" in said[3]
    assert "SIGSEGV" in said[4]
    assert "MB of output" in said[5]
    assert all(len(each) < 5000 for each in said)
    assert "not yet" in said[6] and "still empty" in said[7]
    assert said[8].startswith("Hint 1 of ")
    assert said[9].strip() == "True []"
