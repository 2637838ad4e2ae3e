"""Exercises on pipelines: when a fault could be known, and which steps must run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ..calling import Raised, call
from ..difference import difference
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial, copied
from .pipelines_incident import WHEN_KNOWN

# --- which steps must run again? --------------------------------------------------

Steps: TypeAlias = dict[str, dict[str, list[str]]]


class _Order(list[str]):
    """Steps in one right order, and what makes another one right: pairs, earlier and later."""

    before: frozenset[tuple[str, str]] = frozenset()


class _InAnyOrder(list[str]):
    """Steps of which only the names count."""


def _spoiled(steps: Steps, bad: str) -> list[str]:
    """Steps that read it, or what such a step writes; as they are listed."""
    lost, again = {bad}, set[str]()
    while more := {
        name for name in steps if name not in again and lost.intersection(steps[name]["reads"])
    }:
        again |= more
        lost.update(*(steps[name]["writes"] for name in more))
    return [name for name in steps if name in again]


def _in_order(steps: Steps, names: Sequence[str]) -> _Order:
    pairs = {
        (one, other)
        for one in names
        for other in names
        if set(steps[one]["writes"]) & set(steps[other]["reads"])
    }
    waiting, found = list(names), _Order()
    while waiting:
        ready = next(name for name in waiting if not any((one, name) in pairs for one in waiting))
        waiting.remove(ready)
        found.append(ready)
    found.before = frozenset(pairs)
    return found


def _run_again(steps: Steps, bad: str) -> _Order:
    return _in_order(steps, _spoiled(steps, bad))


def _next_only(steps: Steps, bad: str) -> _InAnyOrder:
    return _InAnyOrder(name for name, step in steps.items() if bad in step["reads"])


def _everything(steps: Steps, bad: str) -> _InAnyOrder:
    return _InAnyOrder(steps)


def _writer_too(steps: Steps, bad: str) -> _InAnyOrder:
    return _InAnyOrder([*_writers(steps, bad), *_spoiled(steps, bad)])


def _from_the_writer(steps: Steps, bad: str) -> _InAnyOrder:
    """The writer, and all that rests on anything it writes."""
    found = [*_writers(steps, bad), *_spoiled(steps, bad)]
    for name in _writers(steps, bad):
        for artifact in steps[name]["writes"]:
            found += _spoiled(steps, artifact)
    return _InAnyOrder(dict.fromkeys(found))


def _writers(steps: Steps, bad: str) -> list[str]:
    return [name for name, step in steps.items() if bad in step["writes"]]


def _as_reached(steps: Steps, bad: str) -> list[str]:
    queue, found = [bad], list[str]()
    while queue:
        artifact = queue.pop(0)
        for name, step in steps.items():
            if artifact in step["reads"] and name not in found:
                found.append(name)
                queue += step["writes"]
    return found


def _wrong_steps(given: Any, right: Any) -> str:
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
        return difference(given, list(right)) or "there is something other than names of steps"
    if said := difference(set(given), set(right)):
        return said
    if twice := [name for name, times in Counter(given).items() if times > 1]:
        return f"{twice[0]!r} runs more than once"
    if isinstance(right, _InAnyOrder):
        return ""
    if not isinstance(right, _Order):
        return "" if list(given) == list(right) else "the order is another one"
    place = {name: at for at, name in enumerate(given)}
    late = sorted(
        (place[other], other, one) for one, other in right.before if place[one] > place[other]
    )
    return f"{late[0][1]!r} runs before {late[0][2]!r}, whose result it reads" if late else ""


class _OrderTrial(Trial):
    """A trial of orders: of several right ones, none is different from another."""

    def compared(self, one: Any, other: Any, rng: np.random.Generator) -> str:
        found = "alike"
        for case in self.cases(rng):
            right = self.reference(*copied(case.args))
            given = [call(each, copied(case.args)) for each in (one, other)]
            if any(isinstance(each, Raised) for each in given):
                return "raised"
            said = [self.explain(each, right) for each in given]
            if said[0] != said[1]:
                found = "different"
        return found


COURSE: Steps = {
    "alarm": {"reads": ["scores", "policy"], "writes": ["alarms"]},
    "decide": {"reads": ["model", "features Feb", "limits"], "writes": ["decision"]},
    "featurize Jan": {"reads": ["trips Jan"], "writes": ["features Jan"]},
    "featurize Feb": {"reads": ["trips Feb"], "writes": ["features Feb"]},
    "featurize Mar": {"reads": ["trips Mar"], "writes": ["features Mar", "labels Mar"]},
    "release": {"reads": ["model", "decision"], "writes": ["service"]},
    "replay": {"reads": ["service", "features Mar"], "writes": ["predictions"]},
    "score": {"reads": ["predictions", "labels Mar"], "writes": ["scores"]},
    "train": {"reads": ["features Jan"], "writes": ["model"]},
}


def _shuffled(steps: Steps, rng: np.random.Generator) -> Steps:
    return {name: steps[name] for name in rng.permutation(list(steps)).tolist()}


def _drawn(rng: np.random.Generator) -> tuple[Steps, str]:
    """Steps without a loop, listed in no order, and an artifact that several of them rest on."""
    while True:
        names = [f"step {letter}" for letter in rng.permutation(list("ABCDEFGHIJ"))]
        names = names[: int(rng.integers(6, 11))]
        there, steps, fresh = ["raw 1", "raw 2"], Steps(), 0
        for name in names:
            recent = there[-4:] if rng.random() < 0.7 else there
            reads = rng.choice(recent, min(len(recent), int(rng.integers(1, 4))), replace=False)
            writes = [f"part {fresh + at}" for at in range(int(rng.integers(1, 3)))]
            fresh += len(writes)
            steps[name] = {"reads": reads.tolist(), "writes": writes}
            there += writes
        bad = str(rng.choice(there[: len(there) // 2]))
        if 3 <= len(_spoiled(steps, bad)) < len(steps):
            return _shuffled(steps, rng), bad


def _step_cases(rng: np.random.Generator) -> list[Case]:
    bad = ("trips Jan", "features Mar", "model", "alarms", "policy")
    cases = [Case(f"the steps of this course, “{each}” was bad", (COURSE, each)) for each in bad]
    # Two ways to the last step, one of them longer: it must wait for both.
    ways: Steps = {
        "join": {"reads": ["short", "long 2", "bad"], "writes": ["whole"]},
        "report": {"reads": ["whole"], "writes": []},
        "second": {"reads": ["long 1"], "writes": ["long 2"]},
        "first": {"reads": ["bad"], "writes": ["long 1", "short"]},
        "aside": {"reads": ["other"], "writes": ["unused"]},
        "origin": {"reads": [], "writes": ["bad", "other"]},
    }
    cases.append(Case("a step that the fault reaches in two ways", (_shuffled(ways, rng), "bad")))
    cases.append(Case("an artifact that nobody reads", (_shuffled(ways, rng), "unused")))
    cases += [Case("steps drawn at random", _drawn(rng)) for _ in range(6)]
    return cases


_LEAVES_OLD = "What lies further down still rests on the bad artifact, and looks as if it were new."


_OVERWRITES = "It writes over the artifact that was just repaired, with the fault in it again."

RUN_AGAIN = Exercise(
    name="pipelines-run-again",
    title="Which steps must run again?",
    kind="write a function",
    level=2,
    minutes=15,
    section="sec-pipelines-system",
    slide="sec-slide-pipelines-system",
    examine=_OrderTrial(
        reference=_run_again,
        cases=_step_cases,
        cost="A step too few leaves a result that rests on the bad artifact; in a wrong order, a "
        "step reads it once more.",
        explain=_wrong_steps,
        misconceptions=(
            Misconception("only the next step", _next_only, _LEAVES_OLD),
            Misconception(
                "run everything again",
                _everything,
                "It costs hours at night. Results that were right come out in a new version, and "
                "nobody can say any more what the repair has changed.",
            ),
            Misconception("the writer of the bad artifact runs too", _writer_too, _OVERWRITES),
            Misconception("the writer of the bad artifact runs too", _from_the_writer, _OVERWRITES),
            Misconception(
                "in the order in which they are listed",
                _spoiled,
                "A step that is listed early reads what a later one has not repaired yet. All "
                "jobs are green, and the last result is still wrong.",
            ),
            Misconception(
                "in the order in which the fault reaches them",
                _as_reached,
                "A step with two ways to it runs on the shorter one, while the longer one is "
                "still old. All jobs are green, and its result is half repaired.",
            ),
        ),
    ),
)

EXERCISES = (WHEN_KNOWN, RUN_AGAIN)
