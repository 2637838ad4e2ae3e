"""The exercises' solutions, starters and planted wrong answers, as answers that can be checked."""

from __future__ import annotations

import contextlib
import io
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from debugml.exercises.roster import everything
from debugml.exercises.source import Written, page, written

HERE = Path(__file__).parent
NAMES = [each.name for each in everything()]


@dataclass(frozen=True)
class Wrong:
    """A planted wrong answer: code in place of the starter, and the misconception it shows."""

    exercise: str
    code: str
    misconception: str = ""


def one(name: str) -> Written:
    return written(name.partition("-")[0])[name]


@cache
def wrong_answers() -> list[Wrong]:
    found = []
    for path in sorted((HERE / "wrong").glob("*.toml")):
        found += [Wrong(**each) for each in tomllib.loads(path.read_text("utf-8"))["wrong"]]
    return found


@cache
def _given(name: str) -> dict[str, Any]:
    """What an exercise's setup and statement define."""
    module = ModuleType("__main__")
    cells = [page(name.partition("-")[0]).setup]
    cells += [text for kind, text in one(name).given if kind == "code"]
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            exec(cell, module.__dict__)
    return dict(module.__dict__)


def answer(name: str, code: str) -> Any:
    """What the exercise's check is given, if a student wrote that code."""
    module = ModuleType("__main__")
    module.__dict__.update(_given(name))
    exec(compile(code, f"<{name}>", "exec"), module.__dict__)
    return eval(one(name).answer, module.__dict__)


def packed(name: str, code: str) -> bytes:
    found: bytes = cloudpickle.dumps(answer(name, code))
    return found
