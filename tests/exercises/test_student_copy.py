"""A student's notebook holds everything but hints and solutions, and comes out the same twice."""

from __future__ import annotations

import ast
import io
import json
import tokenize

import nbformat
import pytest
from answers import one

from debugml.errors import DataError
from debugml.exercises.notebook import new_notebook, student_copy, write_copies
from debugml.exercises.roster import TOPICS, of_topic
from debugml.exercises.source import folder, page, parsed

EVERY = pytest.mark.parametrize("topic", TOPICS)


def statements(code: str) -> set[str]:
    """Each statement and expression of some length, as Python writes it: spaces don't count."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.stmt, ast.Call, ast.BinOp, ast.Compare, ast.ListComp)):
            text = ast.unparse(node)
            if len(text) >= 25:
                found.add(text)
    return found


@EVERY
def test_it_is_a_valid_notebook_with_every_exercise_and_nothing_run(topic):
    notebook = nbformat.reads(student_copy(topic), as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(cell.metadata == {} for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    for each in of_topic(topic):
        assert f"{each.name}-answer" in ids and f"{each.name}-check" in ids
    for cell in code:
        compile(cell.source, cell.id, "exec")


@EVERY
def test_it_holds_no_solution_and_no_hint(topic):
    text = student_copy(topic)
    cells = json.loads(text)["cells"]
    prose = " ".join(" ".join("".join(cell["source"]).split()) for cell in cells)
    code = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    given = statements(code)
    for exercise in page(topic).exercises:
        told = statements(exercise.solution) - statements(exercise.starter)
        imports = {each for each in told if each.startswith(("import ", "from "))}
        assert not (told - imports) & given, exercise.name
        for sentence in (*exercise.hints, *exercise.why.split("\n\n")):
            assert " ".join(sentence.split()) not in prose, exercise.name
        comments = {
            token.string
            for token in tokenize.generate_tokens(io.StringIO(exercise.solution).readline)
            if token.type == tokenize.COMMENT and token.string not in exercise.starter
        }
        assert not [each for each in comments if each in code]


@EVERY
def test_it_reads_as_a_notebook_and_not_as_a_page(topic):
    for cell in json.loads(student_copy(topic))["cells"]:
        text = "".join(cell["source"])
        for syntax in (":::", "#|", "{python}", ".qmd", "{.to-", "{{<", "facts("):
            assert syntax not in text, text


@EVERY
def test_twice_gives_the_same_bytes(topic):
    page.cache_clear()
    first = student_copy(topic)
    page.cache_clear()
    assert student_copy(topic) == first


def test_a_notebook_that_is_there_is_never_overwritten(tmp_path):
    path = new_notebook("trips", tmp_path / "new" / "folder")
    path.write_text("my answers")
    with pytest.raises(DataError, match="may hold answers"):
        new_notebook("trips", path.parent)
    assert path.read_text() == "my answers"


@EVERY
def test_facts_on_the_page_are_those_of_the_check(topic):
    there = page(topic).exercises
    assert [each.name for each in there] == [each.name for each in of_topic(topic)]
    for exercise in of_topic(topic):
        found = one(exercise.name)
        assert (found.title, found.section, found.slide) == (
            exercise.title,
            exercise.section,
            exercise.slide,
        )
        assert 2 <= len(found.hints) <= 4


SMALL = (folder() / "trips.qmd").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("#| label: trips-payment-shares-starter", "#| label: starter", "begin it with"),
        (
            'check("trips-payment-shares", payment_shares)',
            "payment_shares",
            "check is one line",
        ),
        (
            "#| label: trips-none-seen-solution",
            "#| label: trips-none-seen-way",
            "in the box",
        ),
        ("::: {.callout-tip", "::: {.note", "has no hints"),
        ("{.to-slide}", "{.to-somewhere}", "has no slide"),
        ('title="Solution"', 'title="Answer"', "in the box"),
    ],
)
def test_a_page_that_lacks_something_is_refused_by_line(old, new, says):
    assert old in SMALL
    with pytest.raises(DataError, match=rf"trips\.qmd:\d+.*{says}"):
        parsed(SMALL.replace(old, new), "trips.qmd")


def test_copies_beside_the_pages_are_written_when_something_changed(tmp_path):
    beside = tmp_path / "talk" / "exercises"
    beside.mkdir(parents=True)
    assert len(write_copies(tmp_path)) == len(TOPICS)
    assert (beside / "trips.ipynb").read_text("utf-8") == student_copy("trips")
    assert write_copies(tmp_path) == []
    (beside / "trips.ipynb").unlink()
    assert write_copies(tmp_path) == ["talk/exercises/trips.ipynb"]
    stamp = tmp_path / ".debugml" / "exercises.stamp"
    made_of = stamp.read_text()
    (beside / "trips.qmd").write_text("another page")
    assert write_copies(tmp_path) == [] and stamp.read_text() != made_of
