"""`check` and `hint`: what a student calls in a notebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .client import checker
from .exercise import Finding
from .limits import Limits
from .packing import packed
from .progress import Progress
from .request import Request
from .roster import exercise
from .source import written
from .verdict import Verdict

SEED = 2020
"""Of the random cases, unless another is given."""


def check(name: str, answer: Any = None, *, seed: int = SEED) -> Verdict:
    """Check an answer: on real months and on random cases, in a process of its own.

    What passed is kept for ``debugml exercises status``, on this machine alone. Nothing of your
    session changes, whatever the answer does.

    Parameters
    ----------
    name : str
        The exercise: ``"trips-payment-shares"``.
    answer : any
        What the exercise asks for: mostly a function.
    seed : int
        Of the cases that are drawn at random.

    Returns
    -------
    Verdict

    Raises
    ------
    CheckError
        If there is no such exercise, or this system has no way to check one.

    Examples
    --------
    >>> check("trips-payment-shares", None).passed
    False
    """
    exercise(name)
    try:
        taken = packed(answer)
    except Exception as error:
        said = f"The answer can't leave the notebook: {type(error).__name__}: {error}."
        verdict = Verdict(name, (Finding(False, said),))
    else:
        verdict = examined(name, taken, seed=seed)
    Progress().tried(verdict)
    return verdict


def examined(
    name: str,
    answer: bytes,
    *,
    seed: int = SEED,
    limits: Limits | None = None,
    path: tuple[str, ...] = (),
) -> Verdict:
    """The verdict on an answer as `packed` gives it.

    Parameters
    ----------
    name : str
    answer : bytes
    seed : int
    limits : Limits, optional
    path : tuple of str
        Folders to import the student's own modules from, before those of this session.

    Raises
    ------
    CheckError
        As `check`.

    Examples
    --------
    >>> examined("trips-payment-shares", packed(0.3)).findings[0].says[:30]
    'The answer is to be a function'
    """
    folders = (*path, str(Path.cwd()), *(each for each in sys.path if each))
    request = Request("examine", name, answer, seed=seed, path=folders, limits=limits or Limits())
    ran = checker.ask(request)
    findings = [Finding.from_json(each) for each in ran.messages]
    if ran.stopped:
        cost = "One such request, and nobody else is served."
        findings.append(Finding(False, f"Your code {ran.stopped}.", cost))
    return Verdict(name, tuple(findings), ran.seconds, ran.output)


def hint(name: str) -> None:
    """Print the next hint for an exercise; after the last one, all of them.

    Parameters
    ----------
    name : str

    Raises
    ------
    CheckError
        If there is no such exercise.

    Examples
    --------
    >>> hint("trips-payment-shares")  # doctest: +SKIP
    Hint 1 of 2: Look at the type of what is compared.
    """
    hints = written(exercise(name).topic)[name].hints
    shown = Progress().hinted(name, len(hints))
    first = shown - 1 if shown <= len(hints) else 0
    for number, text in list(enumerate(hints, start=1))[first:shown]:
        print(f"Hint {number} of {len(hints)}: {text}")
