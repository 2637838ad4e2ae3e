"""What a student's session asks of the process that checks."""

from __future__ import annotations

from dataclasses import dataclass, field

from .limits import Limits


@dataclass(frozen=True)
class Request:
    """What is to be done apart.

    Attributes
    ----------
    work : str
        ``"examine"``: one answer; ``"run"``: a notebook's cells, for the answers in it.
    exercise : str
    answer : bytes
        As cloudpickle gives it.
    cells : tuple of str
    seed : int
    path : tuple of str
        Folders to import the student's own modules from.
    limits : Limits
    """

    work: str
    exercise: str = ""
    answer: bytes = b""
    cells: tuple[str, ...] = ()
    seed: int = 0
    path: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
