"""The pages of exercises as they are written: statement, starter, hints, check, solution.

A page, ``talk/exercises/<topic>.qmd``, opens with a setup cell. Each exercise is a section with
the anchor ``#sec-exercise-<name>``. In it, in this order: a line with its facts, the marks of
its section and slide, the statement (prose and cells), a cell labelled ``<name>-starter``, the
hints (collapsed callouts, "Hint 1" and so on), a collapsed callout "Solution" with the cell
``<name>-solution`` and the reasons, and the cell ``<name>-check``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..errors import DataError

_HEADING = re.compile(r"^## (.*?)\s*\{#sec-exercise-([\w-]+)[^}]*\}\s*$")
_CELL = re.compile(r"^```\{python\}\s*$")
_LABEL = re.compile(r"^#\|\s*label:\s*(\S+)\s*$")
_OPTION = re.compile(r"^#\|")
_BOX = re.compile(r'^::: \{\.callout-\w+[^}]*title="(Hint \d+|Solution)"[^}]*\}\s*$')
_MARK = re.compile(r"^\[(Book|Slide)\]\(\S+#(\S+)\)\{\.to-(book|slide)\}\s*$")
_FACTS = re.compile(r"^`\{python\} .*facts\(.*\)`\s*$")
_CHECK = re.compile(r'^check\("([\w-]+)", (.+)\)$')


@dataclass
class Written:
    """One exercise as its page holds it.

    Attributes
    ----------
    name, title : str
    where : str
        File and line of its heading.
    given : list of (kind, text)
        The statement, in order: ``"text"`` or ``"code"``.
    starter, solution, answer : str
        Code; `answer` is the expression that the check is given.
    hints : list of str
    why : str
        What the page says about the solution.
    section, slide : str
        Anchors in the book and the deck.
    """

    name: str
    title: str
    where: str
    given: list[tuple[str, str]] = field(default_factory=list)
    starter: str = ""
    solution: str = ""
    answer: str = ""
    hints: list[str] = field(default_factory=list)
    why: str = ""
    section: str = ""
    slide: str = ""


@dataclass(frozen=True)
class Page:
    """A topic's page: its setup and its exercises."""

    title: str
    setup: str
    exercises: tuple[Written, ...]


def folder() -> Path:
    """The pages' folder: inside the installed package, or ``talk/exercises`` in a checkout.

    Raises
    ------
    DataError
        If neither is there.
    """
    package = Path(__file__).parent
    for candidate in (package / "pages", package.parents[2] / "talk" / "exercises"):
        if (candidate / "trips.qmd").is_file():
            return candidate
    raise DataError(f"{package / 'pages'}: the exercises are not there. Install debugml again")


def written(topic: str) -> dict[str, Written]:
    """A topic's exercises, by name, in order.

    Examples
    --------
    >>> written("trips")["trips-none-seen"].answer
    'at_most'
    """
    return {each.name: each for each in page(topic).exercises}


@cache
def page(topic: str) -> Page:
    """A topic's page.

    Raises
    ------
    DataError
        If a part is missing or out of its place: with file and line.

    Examples
    --------
    >>> page("trips").title
    'Exercises: trips'
    """
    path = folder() / f"{topic}.qmd"
    try:
        return parsed(path.read_text("utf-8"), path.name)
    except OSError as error:
        raise DataError(f"{path}: can't be read ({error.strerror})") from error


def parsed(text: str, name: str) -> Page:
    """A page, from its text; `name` is for messages.

    Raises
    ------
    DataError
        As `page`.

    Examples
    --------
    >>> parsed('title: "Exercises: trips"', "trips.qmd").exercises
    ()
    """
    title = re.search(r'^title: "?(.*?)"?$', text, re.M)
    setup, box = "", ""
    found: list[Written] = []
    prose: list[str] = []
    lines = iter(enumerate(text.split("\n"), start=1))

    def flush() -> None:
        said = "\n".join(prose).strip()
        prose.clear()
        if not (found and said):
            return
        if box.startswith("Hint"):
            found[-1].hints.append(" ".join(said.split()))
        elif box == "Solution":
            found[-1].why = said
        else:
            found[-1].given.append(("text", said))

    for number, line in lines:
        where = f"{name}:{number}"
        if heading := _HEADING.match(line):
            flush()
            found.append(Written(heading[2], heading[1], where))
        elif _CELL.match(line):
            # A box's prose may go on after its cell: it stays one text.
            if not box:
                flush()
            code: list[str] = []
            for _, inside in lines:
                if inside.strip() == "```":
                    break
                code.append(inside)
            label = next((match[1] for match in map(_LABEL.match, code) if match), "")
            body = "\n".join(each for each in code if not _OPTION.match(each)).strip("\n")
            if not found:
                setup = f"{setup}\n\n{body}".strip()
            else:
                _place(found[-1], label, body, where, box)
        elif opened := _BOX.match(line):
            flush()
            box = opened[1]
        elif line.strip() == ":::" and box:
            flush()
            box = ""
        elif found and (mark := _MARK.match(line)):
            setattr(found[-1], "section" if mark[1] == "Book" else "slide", mark[2])
        elif not _FACTS.match(line):
            prose.append(line)
    flush()
    for each in found:
        _complete(each)
    return Page(title[1] if title else "", setup, tuple(found))


def _place(one: Written, label: str, body: str, where: str, box: str) -> None:
    part = label.removeprefix(f"{one.name}-")
    if label == part:
        raise DataError(f"{where}: label is {label!r}: begin it with {one.name}-")
    if (part == "solution") != (box == "Solution"):
        raise DataError(
            f"{where}: the cell {one.name}-solution stands in the box “Solution”, alone"
        )
    if part == "starter":
        one.starter = body
    elif part == "solution":
        one.solution = body
    elif part == "check":
        match = _CHECK.match(body.strip())
        if match is None or match[1] != one.name:
            raise DataError(f'{where}: the check is one line, check("{one.name}", answer)')
        one.answer = match[2]
    else:
        one.given.append(("code", body))


def _complete(one: Written) -> None:
    for part in ("given", "starter", "hints", "solution", "why", "answer", "section", "slide"):
        if not getattr(one, part):
            raise DataError(f"{one.where}: {one.name} has no {part}")
