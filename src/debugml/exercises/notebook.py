"""A topic's exercises as a student's notebook: everything but hints and solutions."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..ipynb import notebook_text
from .exercise import LEVELS
from .roster import TOPICS, of_topic
from .source import Written, page

STAMP = ".debugml/exercises.stamp"

_LINK = re.compile(r"\[([^\[\]]+)\]\((?!https?:)[^)]*\)(?:\{[^}]*\})?")
_WEB_LINK_ATTRIBUTES = re.compile(r"(\]\(https?:[^)]*\))\{[^}]*\}")
_DIV = re.compile(r"^:{3,}.*$\n?", re.M)


def student_copy(topic: str) -> str:
    """The notebook's file: JSON of nbformat 4.5, the same bytes for the same page.

    Raises
    ------
    CheckError
        If there is no such topic.

    Examples
    --------
    >>> "trips-payment-shares-solution" in student_copy("trips")
    False
    """
    facts = {each.name: each for each in of_topic(topic)}
    source = page(topic)
    cells = [_text("start", _opening(source.title, topic)), _code("setup", source.setup)]
    for one in source.exercises:
        each = facts[one.name]
        line = f"Level {each.level} ({LEVELS[each.level]}) · {each.kind} · {each.minutes} minutes"
        cells += _exercise(one, f"## {one.title}\n\n{line}")
    return notebook_text(cells)


def new_notebook(topic: str, folder: Path) -> Path:
    """Write a topic's notebook into a folder, which is made if need be.

    Raises
    ------
    CheckError
        If there is no such topic.
    DataError
        If the notebook is there already: it may hold answers.
    """
    text = student_copy(topic)
    path = folder / f"{topic}.ipynb"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise DataError(
            f"{path} is there already, and may hold answers: name another folder, or move it away"
        ) from error
    return path


def write_copies(root: Path) -> list[str]:
    """Write every topic's notebook beside its page, for readers to download, if it changed.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    list of str
        Notebooks that are new or say something else now.
    """
    stamp = root / STAMP
    made_of = _digest(root)
    paths = {topic: root / "talk" / "exercises" / f"{topic}.ipynb" for topic in TOPICS}
    there = all(path.is_file() for path in paths.values())
    if there and stamp.is_file() and stamp.read_text("utf-8") == made_of:
        return []
    changed = []
    for topic, path in paths.items():
        text = student_copy(topic)
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path.relative_to(root).as_posix())
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(made_of, "utf-8")
    return changed


def _digest(root: Path) -> str:
    """Of everything that a copy is made from; to import the checks takes seconds."""
    found = hashlib.sha256()
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    for path in [*sources, *sorted((root / "talk" / "exercises").glob("*.qmd"))]:
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _exercise(one: Written, heading: str) -> list[dict[str, Any]]:
    cells = []
    said = heading
    for number, (kind, text) in enumerate(one.given, start=1):
        if kind == "text":
            said = f"{said}\n\n{_plain(text)}".strip()
            continue
        if said:
            cells.append(_text(f"{one.name}-text-{number}", said))
            said = ""
        cells.append(_code(f"{one.name}-given-{number}", text))
    if said:
        cells.append(_text(f"{one.name}-text", said))
    return [
        *cells,
        _code(f"{one.name}-answer", one.starter),
        _code(f"{one.name}-check", f'check("{one.name}", {one.answer})'),
        _text(f"{one.name}-help", f'Stuck? `hint("{one.name}")` gives the next hint.'),
    ]


def _opening(title: str, topic: str) -> str:
    return (
        f"# {title}\n\n"
        "Change the cell that begins each exercise's answer, run it, then run the check below "
        "it. A check tries your answer on real months and on random cases, in a process of its "
        "own: nothing that you write there can harm this notebook. It says what is wrong, not "
        "how to do it.\n\n"
        f"In a terminal: `debugml exercises status` shows what you have passed, "
        f"`debugml exercises check {topic}.ipynb` checks all of it. MIT licence."
    )


def _plain(text: str) -> str:
    """The page's Markdown, as Jupyter shows it: links within the book keep their words."""
    text = _WEB_LINK_ATTRIBUTES.sub(r"\1", _LINK.sub(r"\1", text))
    return _DIV.sub("", text)


def _text(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": name[:64],
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }


def _code(name: str, code: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name[:64],
        "metadata": {},
        "outputs": [],
        "source": code.splitlines(keepends=True),
    }
