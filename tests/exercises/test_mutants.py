"""A check rejects what behaves differently from the solution, however slight the slip."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from answers import NAMES, answer, one
from mutants import Mutant, mutants

from debugml.exercises import material
from debugml.exercises.apart import apart
from debugml.exercises.checking import SEED
from debugml.exercises.limits import Limits
from debugml.exercises.roster import exercise
from debugml.exercises.trial import Trial

MANY = 200
ELSEWHERE = (7, 8)
"""Seeds of the cases on which a mutant shows that it behaves differently: not those of a check."""

SURVIVORS: dict[tuple[str, str], str] = {}
"""Mutants that a check lets pass, and why that is right."""


def fate(name: str, mutant: Mutant) -> str:
    """What becomes of a mutant: "rejected", "passed", "alike" or "does not run"."""
    examine = exercise(name).examine
    given = answer(name, one(name).solution)

    def work(send):
        warnings.simplefilter("ignore")
        try:
            changed = answer(name, mutant.code)
        except Exception:
            send(pickle.dumps("does not run"))
            return
        for seed in ELSEWHERE:
            rng = np.random.default_rng(seed)
            if isinstance(examine, Trial):
                state = examine.compared(given, changed, rng)
            else:
                # Judged by what it does: different is what fails on other months, other cases.
                state = (
                    "alike" if all(each.passed for each in examine(changed, rng)) else "different"
                )
            if state != "alike":
                break
        if state != "different":
            send(pickle.dumps("does not run" if state == "raised" else "alike"))
            return
        findings = examine(changed, np.random.default_rng(SEED))
        send(pickle.dumps("passed" if all(each.passed for each in findings) else "rejected"))

    ran = apart(work, Limits(seconds=30, memory=2048))
    if not ran.messages:
        return "does not run"
    said: str = pickle.loads(ran.messages[-1])
    return said


@pytest.mark.slow
def test_of_200_mutants_95_percent_are_rejected_and_the_rest_is_explained():
    material.warm()
    rng = np.random.default_rng(200)
    waiting = {name: list(rng.permutation(mutants(one(name).solution))) for name in NAMES}
    tried, passed = 0, {}
    while tried < MANY and any(waiting.values()):
        for name in NAMES:
            while waiting[name] and tried < MANY:
                mutant = waiting[name].pop()
                became = fate(name, mutant)
                if became in ("rejected", "passed"):
                    tried += 1
                    if became == "passed":
                        passed[name, mutant.says] = mutant.code
                    break
    assert tried == MANY
    print(f"{tried} mutants, {tried - len(passed)} rejected; passed: {list(passed)}")
    unexplained = [f"{key}\n{code}" for key, code in passed.items() if key not in SURVIVORS]
    assert unexplained == [], "\n\n".join(unexplained)
    assert len(passed) <= 0.05 * tried
    assert set(SURVIVORS) <= set(passed), "no survivor any more"


def test_mutants_are_valid_and_differ():
    found = mutants("def f(x, n=1):\n    if x < 0:\n        x = 0\n    return min(x, n) + 1\n")
    assert len({each.code for each in found}) == len(found) >= 8
    says = " ".join(each.says for each in found)
    assert "LtE for Lt" in says and "max for min" in says and "line 3 left out" in says
    for each in found:
        compile(each.code, "mutant", "exec")
