"""The check of an exercise whose answer is a function: try it on cases, beside the right one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .calling import Raised, call
from .difference import difference
from .exercise import Finding, Misconception


@dataclass(frozen=True)
class Case:
    """Arguments to try an answer on, and what they are: "March 2020, all of it"."""

    says: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Trial:
    """Tries a function on real months and on random cases.

    An answer passes if it gives what the reference gives, leaves its arguments as they were,
    and gives the same when it is called again.

    Attributes
    ----------
    reference : callable
        The right answer, written apart from the solution on the page.
    cases : callable
        From a seeded generator to the cases: real ones, and ones drawn at random, so that an
        answer can't be remembered.
    cost : str
        What a mistake here costs in production, whichever it is.
    misconceptions : tuple of Misconception
        Tried on the same cases: an answer that agrees with one throughout has made it.
    explain : callable
        From the given and the right output to words, or nothing where they agree.
    """

    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator], Sequence[Case]]
    cost: str
    misconceptions: tuple[Misconception, ...] = ()
    explain: Callable[[Any, Any], str] = difference

    def __call__(self, answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
        if not callable(answer):
            yield Finding(False, f"The answer is to be a function; this is {_what(answer)}.")
            return
        cases = list(self.cases(rng))
        right = [self.reference(*copied(case.args)) for case in cases]
        given, spoiled = [], ""
        for case in cases:
            args = copied(case.args)
            given.append(call(answer, args))
            if isinstance(given[-1], Raised) and given[-1].over:
                yield Finding(False, f"On {case.says}, your function {given[-1].says}", self.cost)
                return
            if not spoiled and any(map(_changed, args, case.args)):
                spoiled = case.says
        wrong = [at for at, each in enumerate(given) if self._off(each, right[at])]
        if wrong:
            yield self._mistake(cases, given, right, wrong)
            return
        yield Finding(True, f"Right on {len(cases)} cases: {_listed(cases)}.")
        if spoiled:
            yield Finding(
                False,
                f"Your function changes what it is given ({spoiled}): work on a copy.",
                "Whoever calls it next, with the same data, gets another answer.",
            )
        again = call(answer, copied(cases[0].args))
        if self._off(again, right[0]):
            yield Finding(
                False,
                f"The second call with the same arguments ({cases[0].says}) gave something else: "
                "your function keeps something from call to call.",
                "The answer depends on what was asked before it, and nobody can repeat it.",
            )

    def compared(self, one: Any, other: Any, rng: np.random.Generator) -> str:
        """How two functions compare on the cases: ``"alike"``, ``"different"`` or ``"raised"``."""
        found = "alike"
        for case in self.cases(rng):
            first, second = (call(each, copied(case.args)) for each in (one, other))
            if isinstance(first, Raised) or isinstance(second, Raised):
                return "raised"
            if self.explain(second, first):
                found = "different"
        return found

    def _off(self, given: Any, right: Any) -> bool:
        return isinstance(given, Raised) or bool(self.explain(given, right))

    def _mistake(
        self, cases: list[Case], given: list[Any], right: list[Any], wrong: list[int]
    ) -> Finding:
        named = next((each for each in self.misconceptions if self._made(each, cases, given)), None)
        at = wrong[0]
        where = f"{len(wrong)} of {len(cases)} cases are wrong, the first: {cases[at].says}."
        if isinstance(given[at], Raised):
            said = f"{where} Your function {given[at].says}"
        elif given[at] is None:
            said = f"{where} Your function returned nothing (None): is a return missing?"
        else:
            said = f"{where} Your function {_verb(self.explain(given[at], right[at]))}."
        if named:
            return Finding(False, said, named.cost, named.name)
        return Finding(False, said, self.cost)

    def _made(self, misconception: Misconception, cases: list[Case], given: list[Any]) -> bool:
        seen = False
        for case, mine in zip(cases, given, strict=True):
            theirs = call(misconception.wrong, copied(case.args))
            if isinstance(mine, Raised) or isinstance(theirs, Raised):
                if type(mine) is not type(theirs):
                    return False
                continue
            if self.explain(mine, theirs):
                return False
            seen = True
        return seen


def copied(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments that a function may change without harm.

    Examples
    --------
    >>> copied(([1, 2],))
    ([1, 2],)
    """
    return tuple(copy.deepcopy(each) for each in args)


def _changed(mine: Any, original: Any) -> bool:
    if isinstance(original, (pd.DataFrame, pd.Series)):
        return not original.equals(mine)
    if isinstance(original, np.ndarray):
        return not np.array_equal(original, mine, equal_nan=original.dtype.kind == "f")
    if isinstance(original, (int, float, str, list, dict, set, tuple)):
        return bool(difference(mine, original))
    return False


def _listed(cases: list[Case]) -> str:
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.says] = counts.get(case.says, 0) + 1
    return "; ".join(f"{says} (×{n})" if n > 1 else says for says, n in counts.items())


def _what(answer: Any) -> str:
    if answer is None or answer is Ellipsis:
        return "still empty"
    return f"a value of type {type(answer).__name__} (give the function itself, without calling it)"


def _verb(said: str) -> str:
    """What `difference` says, as what the function did."""
    return said if said.startswith("gave ") else f"gave a result in which {said}"
