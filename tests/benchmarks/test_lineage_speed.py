"""A backtrace over ten thousand runs, beside the same walk with one query for each run.

Ratios within one run, so that they mean the same on any machine. `make bench` runs them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from debugml.lineage import Artifact, Lineage, Run, backtrace

pytestmark = pytest.mark.bench

RUNS = 10_000


def thing(number: int) -> Artifact:
    return Artifact(f"{number:064x}", f"thing {number}", "result", number)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    """Each thing is made from three of the first quarter of those before it."""
    store = Lineage(tmp_path_factory.mktemp("lineage") / "lineage.sqlite")
    about: tuple[Any, ...] = ({"seed": 0}, "c0de", "pandas", "here", {"python": "3.11"}, "2026")
    runs = [Run("make", (), (thing(0),), *about)]
    for n in range(1, RUNS):
        used = {thing((n * k) % max(n // 4, 1)) for k in (7, 11, 13)}
        runs.append(Run("make", tuple(sorted(used, key=str)), (thing(n),), *about))
    store.record_all(runs)
    return store


def one_by_one(store: Lineage, artifact: Artifact) -> set[str]:
    """The digests behind an artifact, by the store's own questions."""
    seen: set[str] = set()
    waiting = [artifact.digest]
    while waiting:
        digest = waiting.pop()
        if digest not in seen:
            seen.add(digest)
            made = store.runs_that_made(digest)
            waiting += [a.digest for a in made[0].used] if made else []
    return seen


def all_runs(store: Lineage, artifact: Artifact) -> set[str]:
    """The same, with the whole store read into memory first."""
    makers = {a.digest: run for run in reversed(store.runs()) for a in run.made}
    seen: set[str] = set()
    waiting = [artifact.digest]
    while waiting:
        digest = waiting.pop()
        if digest not in seen:
            seen.add(digest)
            waiting += [a.digest for a in makers[digest].used]
    return seen


def seconds(work: Callable[[], Any], repeats: int) -> float:
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


@pytest.mark.parametrize(
    ("other", "least"), [(one_by_one, 2), (all_runs, 20)], ids=["run by run", "all read"]
)
def test_a_backtrace(
    store: Lineage, other: Callable[..., set[str]], least: float, benchmark: Any
) -> None:
    last = thing(RUNS - 1)
    trace = benchmark.pedantic(backtrace, (store, last.digest), rounds=5)
    assert {t.artifact.digest for t in trace.walk()} == other(store, last)
    ours = seconds(lambda: backtrace(store, last.digest), 7)
    theirs = seconds(lambda: other(store, last), 2)
    row = {"runs": RUNS, "behind": len(trace.runs()), "other": theirs, "ours": ours}
    benchmark.extra_info.update(row | {"ratio": theirs / ours})
    print(f"\n{len(trace.runs())} of {RUNS:,} runs: {theirs:.3f} s, ours {ours:.4f} s")
    assert theirs / ours >= least
    assert ours < 0.05
