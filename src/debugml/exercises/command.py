"""`debugml exercises`: list, new, check, hint and status."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from ..errors import CheckError, DataError
from ..output import in_json, plain_table, write_out
from .checking import SEED, examined
from .client import checker
from .exercise import LEVELS, Finding
from .limits import Limits
from .notebook import new_notebook
from .progress import Progress, Record
from .request import Request
from .roster import TOPICS, everything, exercise, of_topic
from .submission import cells_of
from .verdict import Verdict

NOTEBOOK = Limits(seconds=120.0, memory=2048)
"""For all cells of one notebook together."""


@dataclass(frozen=True)
class Checked:
    """One notebook that was handed in.

    Attributes
    ----------
    path : str
    verdicts : tuple of Verdict
        One for each exercise that it checks; the last answer counts.
    troubles : tuple of str
        Cells that failed, and what stopped the notebook.
    """

    path: str
    verdicts: tuple[Verdict, ...]
    troubles: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As values of JSON."""
        return {
            "notebook": self.path,
            "passed": sum(each.passed for each in self.verdicts),
            "exercises": [each.to_dict() for each in self.verdicts],
            "troubles": list(self.troubles),
        }


def new(topic: str, folder: Path) -> int:
    """Write a topic's notebook, or those of all topics."""
    for each in TOPICS if topic == "all" else (topic,):
        path = folder / f"{each}.ipynb"
        if topic == "all" and path.exists():
            write_out(f"{path}: there already, left as it is\n")
            continue
        new_notebook(each, folder)
        write_out(f"{path}: {len(of_topic(each))} exercises\n")
    write_out("Open it in Jupyter (jupyter lab), or in an editor that knows notebooks.\n")
    return 0


def list_all(*, as_json: bool = False) -> int:
    """All exercises, by topic."""
    if as_json:
        names = ("name", "title", "topic", "kind", "level", "minutes", "section", "slide")
        said = [{name: getattr(each, name) for name in names} for each in everything()]
        write_out(in_json(said))
        return 0
    table = plain_table("exercise", "title", "kind")
    table.add_column("level", justify="right")
    table.add_column("minutes", justify="right")
    for each in everything():
        table.add_row(each.name, Text(each.title), each.kind, str(each.level), str(each.minutes))
    _show(table)
    return 0


def check_paths(paths: Sequence[Path], *, seed: int = SEED, as_json: bool = False) -> int:
    """Check notebooks, for a teacher: 0 if every exercise in them passed, else 1."""
    notebooks = found(paths)
    shown: Iterable[Path] = notebooks
    if len(notebooks) > 1 and not as_json:
        shown = track(notebooks, "Checking", console=Console(stderr=True), transient=True)
    checked = [check_notebook(path, seed=seed) for path in shown]
    if as_json:
        write_out(in_json([each.to_dict() for each in checked]))
    else:
        for each in checked:
            _tell(each)
        if len(checked) > 1:
            _show(_summary(checked))
    well = all(one.passed for each in checked for one in each.verdicts)
    return 0 if well and not any(each.troubles for each in checked) else 1


def check_notebook(path: Path, *, seed: int = SEED) -> Checked:
    """Run a notebook apart, and check every answer that it gives to `check`.

    Parameters
    ----------
    path : Path
        A notebook, or a Python file.
    seed : int
        Of the cases that are drawn at random.

    Raises
    ------
    DataError
        If it is neither.
    """
    folders = (str(path.parent.resolve()),)
    ran = checker.ask(Request("run", cells=cells_of(path), path=folders, limits=NOTEBOOK))
    answers: dict[str, bytes] = {}
    troubles = []
    for message in ran.messages:
        kind, *said = json.loads(message)
        if kind == "answer":
            answers[said[0]] = base64.b64decode(said[1])
        else:
            troubles += said
    if ran.stopped:
        troubles.append(f"the notebook {ran.stopped}; answers below that are not checked")
    verdicts = []
    for name, packed in answers.items():
        try:
            exercise(name)
        except CheckError as error:
            troubles.append(str(error))
            continue
        verdicts.append(examined(name, packed, seed=seed, path=folders))
    verdicts += _missing(path, answers)
    if not verdicts and not troubles:
        troubles.append("no cell calls check(…): nothing to check")
    return Checked(str(path), tuple(verdicts), tuple(troubles))


def found(paths: Sequence[Path]) -> list[Path]:
    """Notebooks and Python files: those named, and those in the folders named.

    Raises
    ------
    DataError
        If one does not exist, or a folder holds none.
    """
    there: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                each
                for each in path.rglob("*.ipynb")
                if not any(part.startswith(".") for part in each.relative_to(path).parts)
            )
            if not inside:
                raise DataError(f"{path}: no notebooks (.ipynb) in this folder")
            there += inside
        elif path.is_file():
            there.append(path)
        else:
            raise DataError(f"{path}: no such file or folder")
    return there


def status(*, as_json: bool = False) -> int:
    """What this person has passed, on this machine."""
    records = Progress().records()
    if as_json:
        write_out(
            in_json({each.name: vars(records.get(each.name, Record())) for each in everything()})
        )
        return 0
    table = plain_table("exercise", "title")
    for name in ("level", "tries", "hints"):
        table.add_column(name, justify="right")
    table.add_column("passed")
    for each in everything():
        one = records.get(each.name, Record())
        table.add_row(
            each.name,
            Text(each.title),
            str(each.level),
            str(one.tries or "–"),
            str(one.hints or "–"),
            f"✓ {one.passed[:10]}" if one.passed else "",
        )
    _show(table)
    done = [each for each in everything() if records.get(each.name, Record()).passed]
    write_out(f"{len(done)} of {len(everything())} passed. {_next(done)}\n")
    return 0


def _next(done: Sequence[Any]) -> str:
    left = [each for each in everything() if each not in done]
    if not left:
        return "That is all of them."
    each = min(left, key=lambda one: one.level)
    level = LEVELS[each.level]
    return f"Next ({level}): {each.name}, in the notebook of debugml exercises new {each.topic}"


def _missing(path: Path, answers: dict[str, bytes]) -> list[Verdict]:
    """Exercises of the notebook's topic that it gives no answer to."""
    if path.stem not in TOPICS:
        return []
    says = "No answer: no cell gave one to check(…)."
    return [
        Verdict(each.name, (Finding(False, says),))
        for each in of_topic(path.stem)
        if each.name not in answers
    ]


def _tell(one: Checked) -> None:
    passed = sum(each.passed for each in one.verdicts)
    write_out(f"{one.path}: {passed} of {len(one.verdicts)} passed\n")
    for trouble in one.troubles:
        write_out(f"  ! {trouble}\n")
    for each in one.verdicts:
        write_out("".join(f"  {line}\n" for line in str(each).split("\n")))


def _summary(checked: list[Checked]) -> Table:
    table = plain_table("notebook", "passed", "not yet", "common mistakes")
    for each in checked:
        left = [one for one in each.verdicts if not one.passed]
        mistakes = [name for one in left for name in one.misconceptions]
        table.add_row(
            Text(each.path),
            f"{len(each.verdicts) - len(left)} of {len(each.verdicts)}",
            Text(", ".join(one.exercise for one in left)),
            Text("; ".join(mistakes)),
        )
    return table


def _show(table: Table) -> None:
    console = Console(soft_wrap=False)
    with console.capture() as kept:
        console.print(table)
    write_out(kept.get())
