"""Exercises on lineage: the same records, what lies behind them, what the bad ones share."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .lineage_cause import CAUSE
from .lineage_digest import DIGEST

Runs: TypeAlias = list[dict[str, list[str]]]

# --- back to the files ------------------------------------------------------------


def _maker(artifact: str, runs: Runs) -> int:
    """The place of the last run that made it, or −1."""
    return max((at for at, run in enumerate(runs) if artifact in run["makes"]), default=-1)


def _behind(artifact: str, runs: Runs) -> set[str]:
    made_by: dict[str, list[str]] = {}
    for run in runs:
        made_by.update(dict.fromkeys(run["makes"], run["uses"]))
    found: set[str] = set()
    waiting = list(made_by.get(artifact, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += made_by.get(name, ())
    return found - {artifact}


def _nearest(artifact: str, runs: Runs) -> set[str]:
    at = _maker(artifact, runs)
    return set(runs[at]["uses"]) - {artifact} if at >= 0 else set()


def _forward(artifact: str, runs: Runs) -> set[str]:
    found, waiting = {artifact}, [artifact]
    users: dict[str, list[str]] = {}
    for run in runs:
        for name in run["uses"]:
            users.setdefault(name, []).extend(run["makes"])
    while waiting:
        for name in users.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found - {artifact}


def _before(artifact: str, runs: Runs) -> set[str]:
    at = _maker(artifact, runs)
    if at < 0:
        return set()
    known = {name for run in runs[:at] for name in (*run["uses"], *run["makes"])}
    return (known | set(runs[at]["uses"])) - {artifact}


def _only_files(artifact: str, runs: Runs) -> set[str]:
    made = {name for run in runs for name in run["makes"]}
    return _behind(artifact, runs) - made


def _story() -> Runs:
    return [
        {"uses": ["file 2020-01"], "makes": ["features 2020-01"]},
        {"uses": ["file 2019-02"], "makes": ["features 2019-02"]},
        {"uses": ["features 2019-02", "features 2020-01"], "makes": ["drift report"]},
        {"uses": ["features 2020-01", "code c0de"], "makes": ["forest", "training log"]},
        {"uses": ["forest", "file 2020-02"], "makes": ["decision"]},
        {"uses": ["forest", "decision"], "makes": ["release"]},
        {"uses": ["release", "file 2020-03"], "makes": ["predictions 2020-03"]},
        {"uses": ["predictions 2020-03"], "makes": ["dashboard"]},
    ]


def _random_runs(rng: np.random.Generator) -> Runs:
    """Files that nobody made, then runs on what is there; one in five makes something anew."""
    names = [f"file {at}" for at in range(int(rng.integers(3, 7)))]
    runs: Runs = []
    for at in range(int(rng.integers(12, 40))):
        uses = rng.choice(names, min(len(names), int(rng.integers(1, 4))), replace=False)
        again = [name for name in names if not name.startswith("file") and name not in uses]
        if again and rng.random() < 0.2:
            makes = [str(rng.choice(again))]
        else:
            makes = [f"thing {at}.{part}" for part in range(int(rng.integers(1, 3)))]
        names += [name for name in makes if name not in names]
        runs.append({"uses": [str(name) for name in uses], "makes": makes})
    return runs


def _chain(length: int) -> Runs:
    return [{"uses": [f"state {at}"], "makes": [f"state {at + 1}"]} for at in range(length)]


def _lattice(layers: int) -> Runs:
    return [
        {"uses": [f"left {at}", f"right {at}"], "makes": [f"{side} {at + 1}"]}
        for at in range(layers)
        for side in ("left", "right")
    ]


def _trace_cases(rng: np.random.Generator) -> list[Case]:
    chain = _chain(int(rng.integers(2_500, 3_500)))
    again: Runs = [
        {"uses": ["old file"], "makes": ["table"]},
        {"uses": ["new file"], "makes": ["table"]},
        {"uses": ["table"], "makes": ["report"]},
    ]
    loop: Runs = [
        {"uses": ["events", "state"], "makes": ["summary"]},
        {"uses": ["summary"], "makes": ["state"]},
        {"uses": ["state"], "makes": ["report"]},
        {"uses": ["report"], "makes": ["mail"]},
    ]
    cases = [
        Case("the release of the book's story", ("release", _story())),
        Case("the predictions of March 2020", ("predictions 2020-03", _story())),
        Case("a file, which no run made", ("file 2020-01", _story())),
        Case("a name that is in no run", ("file 2031-01", _story())),
        Case("a table that two runs made", ("report", again)),
        Case("a state that is written back", ("state", loop)),
        Case("what rests on such a state", ("report", loop)),
    ]
    for _ in range(4):
        runs = _random_runs(rng)
        made = [run["makes"][0] for run in runs[len(runs) // 3 :]]
        cases.append(Case("runs drawn at random", (str(rng.choice(made)), runs)))
    cases.append(Case("things that many others share", ("left 40", _lattice(44))))
    # The last: a function that is too slow for it has been seen on the others.
    cases.append(Case("a chain of some thousand runs", (f"state {len(chain) - 3}", chain)))
    return cases


BACKTRACE = Exercise(
    name="lineage-backtrace",
    title="What does this prediction rest on?",
    kind="write a function",
    level=2,
    minutes=20,
    section="sec-lineage-back",
    slide="sec-slide-lineage-chain",
    examine=Trial(
        reference=_behind,
        cases=_trace_cases,
        cost="A list that lacks one file clears the file that was broken; one that is too long "
        "is read by nobody.",
        misconceptions=(
            Misconception(
                "only the nearest",
                _nearest,
                "The model is named and the file that it was trained on is not: the fault lies "
                "two steps further back, and the search ends at the first.",
            ),
            Misconception(
                "forward in place of back",
                _forward,
                "It answers whom to warn, where the question was whom to ask: the broken source "
                "is on no list.",
            ),
            Misconception(
                "everything made before it",
                _before,
                "Time is taken for cause. Everything that ran that night is under suspicion, "
                "and a dozen teams are called for one file.",
            ),
            Misconception(
                "only the files at the end",
                _only_files,
                "Models, decisions and tables in between are left out: a fault that a run put "
                "in, in sound files, has no place on the list.",
            ),
        ),
    ),
)

EXERCISES: tuple[Exercise, ...] = (DIGEST, BACKTRACE, CAUSE)
