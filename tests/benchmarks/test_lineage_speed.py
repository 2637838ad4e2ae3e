"""A backtrace over ten thousand runs, beside the store read whole and a query for each run.

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


SHAPES: dict[str, Callable[[int], set[int]]] = {
    "many made before": lambda n: {n * k // 64 for k in (13, 23, 31)},
    "a chain": lambda n: {n - 1},
    "a chain with shortcuts": lambda n: {n - 1, n // 2, n // 3},
    "one run that used all others": lambda n: set(range(n)) if n == RUNS - 1 else set(),
}
"""From a thing's number to those that it was made of. All but the first have 9,999 runs behind."""


@pytest.fixture(scope="module", params=SHAPES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    store = Lineage(tmp_path_factory.mktemp("lineage") / "lineage.sqlite")
    about: tuple[Any, ...] = ({"seed": 0}, "c0de", "pandas", "here", {"python": "3.11"}, "2026")
    runs = [Run("make", (), (thing(0),), *about)]
    for n in range(1, RUNS):
        used = tuple(map(thing, sorted(SHAPES[request.param](n))))
        runs.append(Run("make", used, (thing(n),), *about))
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


def test_a_backtrace(store: Lineage, benchmark: Any) -> None:
    """The nearest 250 links, in whatever shape, beside the store read whole."""
    last = thing(RUNS - 1)
    trace = benchmark.pedantic(backtrace, (store, last.digest), rounds=5)
    links = len(list(trace.walk()))
    ours = seconds(lambda: backtrace(store, last.digest), 7)
    theirs = seconds(lambda: all_runs(store, last), 2)
    row = {"runs": RUNS, "links": links, "other": theirs, "ours": ours}
    benchmark.extra_info.update(row | {"ratio": theirs / ours})
    print(f"\n{links} links of {RUNS:,} runs: {theirs:.3f} s, ours {ours:.4f} s")
    assert theirs / ours >= 8
    assert ours < 0.05


def test_all_links_beside_one_query_for_each_run(store: Lineage, benchmark: Any) -> None:
    last = thing(RUNS - 1)
    trace = benchmark.pedantic(backtrace, (store, last.digest, None), rounds=1)
    start = time.perf_counter()
    expected = one_by_one(store, last)
    theirs = time.perf_counter() - start
    ours = seconds(lambda: backtrace(store, last.digest, None), 2)
    assert {link.artifact.digest for link in trace.walk()} == expected
    benchmark.extra_info.update({"other": theirs, "ours": ours, "ratio": theirs / ours})
    print(f"\nall of {len(expected):,}: {theirs:.3f} s, ours {ours:.4f} s")
    assert theirs / ours >= 1
