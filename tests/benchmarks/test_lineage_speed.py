"""A backtrace over ten thousand runs, beside the store read whole and a query for each run.

Ratios within one run, so that they mean the same on any machine. `make bench` runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from timing import best, seconds

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


def test_a_backtrace(
    store: Lineage, request: pytest.FixtureRequest, benchmark: Any, row: Callable[..., None]
) -> None:
    """The nearest 250 links, in whatever shape, beside the store read whole."""
    last = thing(RUNS - 1)
    shape = request.node.callspec.params["store"]
    theirs = seconds(lambda: all_runs(store, last), 2)
    links = len(list(backtrace(store, last.digest).walk()))
    row(
        f"a backtrace, {shape}",
        n=RUNS,
        records="runs made up",
        ours=best(benchmark, lambda: backtrace(store, last.digest), 7),
        beside="the store read whole",
        theirs=theirs,
        at_least=8,
        at_most=0.05,
        note=f"{links} links found",
    )


def test_all_links_beside_one_query_for_each_run(
    store: Lineage, request: pytest.FixtureRequest, benchmark: Any, row: Callable[..., None]
) -> None:
    last = thing(RUNS - 1)
    shape = request.node.callspec.params["store"]
    trace = backtrace(store, last.digest, None)
    expected: set[str] = set()
    theirs = seconds(lambda: expected.update(one_by_one(store, last)))
    assert {link.artifact.digest for link in trace.walk()} == expected
    row(
        f"all that lies behind a result, {shape}",
        n=RUNS,
        records="runs made up",
        ours=best(benchmark, lambda: backtrace(store, last.digest, None), 2),
        beside="a query for each run",
        theirs=theirs,
        at_least=1,
        note=f"{len(expected):,} links found",
    )
