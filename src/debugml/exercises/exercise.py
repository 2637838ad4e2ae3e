"""What an exercise is: facts for its readers, and how an answer to it is examined."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

KINDS = (
    "write a function",
    "find the bug",
    "choose and defend",
    "read a figure",
    "break a detector",
)
LEVELS = {1: "first steps", 2: "at work", 3: "hard"}


@dataclass(frozen=True)
class Finding:
    """One thing that a check says of an answer.

    Attributes
    ----------
    passed : bool
    says : str
        What was tried and what came out, in a sentence.
    cost : str
        What it would cost in production.
    misconception : str
        Its name, where the mistake is a common one.
    """

    passed: bool
    says: str
    cost: str = ""
    misconception: str = ""

    def to_json(self) -> bytes:
        """As it leaves the process that a student's code ran in: text, nothing that runs.

        Examples
        --------
        >>> Finding.from_json(Finding(True, "Right.").to_json())
        Finding(passed=True, says='Right.', cost='', misconception='')
        """
        return json.dumps({**vars(self), "passed": bool(self.passed)}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Finding:
        """What `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Misconception:
    """A mistake that people make, as the code that they write.

    Attributes
    ----------
    name : str
        As a check calls it: "an exclusive end date".
    wrong : callable
        The exercise's function, written with the mistake: an answer that agrees with it on
        every case has made it.
    cost : str
        What it costs in production, in a sentence or two.
    """

    name: str
    wrong: Callable[..., Any]
    cost: str


@dataclass(frozen=True)
class Exercise:
    """An exercise's facts, and its check.

    Its text, starter, hints and solution are in ``talk/exercises/<topic>.qmd``.

    Attributes
    ----------
    name : str
        The topic, then what it is about: ``trips-payment-shares``.
    title : str
    kind : str
        One of `KINDS`.
    level : int
        1 to 3, see `LEVELS`.
    minutes : int
        For a student who has read the chapter.
    section : str
        Where the book treats it: the section's anchor, ``sec-trips-mix``.
    slide : str
        The slide on the same subject: its anchor.
    examine : callable
        From an answer and a seeded generator to findings; the answer passes if each of them
        has. Runs apart from the student's session, see `debugml.exercises.apart`.
    """

    name: str
    title: str
    kind: str
    level: int
    minutes: int
    section: str
    slide: str
    examine: Callable[[Any, np.random.Generator], Iterable[Finding]]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: kind is {self.kind!r}: use one of {', '.join(KINDS)}")
        if self.level not in LEVELS:
            raise ValueError(f"{self.name}: level is {self.level}: use 1, 2 or 3")

    @property
    def topic(self) -> str:
        """The topic that the name begins with."""
        return self.name.partition("-")[0]
