"""`row`: what a benchmark found, checked against its target and kept for the book's table.

`make bench` names the table's file in BENCHMARK_TABLE; without it nothing is written. A run of
some benchmarks (``ARGS="-k forest"``) replaces their rows and leaves the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kept_rows import write

COLLECTED = pytest.StashKey[list[str]]()
ROWS = pytest.StashKey[list[dict[str, Any]]]()
BROKEN = pytest.StashKey[list[str]]()
MISSED = pytest.StashKey[list[str]]()

MADE_UP = "made-up months"


class NotReachedError(pytest.fail.Exception):
    """A target was missed: the row says so, and the test fails."""


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Callable[..., None]:
    """A function that keeps a row, and fails the test where the row's target is not reached.

    ``row("KS of 11 features", n=6_400_000, ours=0.4, beside="scipy", theirs=9.0, at_least=8)``
    keeps a ratio, theirs / ours, of which `at_least` speaks;
    ``row("a month to its score", n=6_400_000, ours=41.0, at_most=60)`` a figure, of which
    `at_most` speaks. `unit` is that of `ours` and `theirs`; `records` says what they were
    measured on; `note` what a reader must know.
    """
    missed = request.node.stash.setdefault(MISSED, [])

    def keep(
        what: str,
        *,
        n: int,
        ours: float,
        unit: str = "s",
        beside: str = "",
        theirs: float | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        records: str = MADE_UP,
        note: str = "",
    ) -> None:
        ratio = None if theirs is None else theirs / ours
        assert at_least is None or ratio is not None, "at_least is of a ratio: give theirs"
        reached = (ratio is None or at_least is None or ratio >= at_least) and (
            at_most is None or ours <= at_most
        )
        found = {
            "test": request.node.nodeid,
            "topic": Path(request.node.fspath).stem.removeprefix("test_").removesuffix("_speed"),
            "what": what,
            "n": int(n),
            "records": records,
            "ours": _rounded(ours),
            "unit": unit,
            "beside": beside,
            "theirs": _rounded(theirs),
            "ratio": _rounded(ratio),
            "at_least": at_least,
            "at_most": at_most,
            "reached": reached,
            "note": note,
        }
        request.config.stash[ROWS].append(found)
        said = f"{what}, n = {n:,}: ours {ours:.3g} {unit}"
        if ratio is not None:
            said += f", {beside} {theirs:.3g} {unit}, ratio {ratio:.3g}"
        print(f"\n{said}")
        if not reached:
            targets = []
            if at_least is not None:
                targets.append(f"a ratio of at least {at_least:g}")
            if at_most is not None:
                targets.append(f"at most {at_most:g} {unit}")
            missed.append(f"{said}; the target is {' and '.join(targets)}")

    return keep


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    result = yield
    if missed := item.stash.get(MISSED, []):
        raise NotReachedError("not reached: " + "; ".join(missed), pytrace=False)
    return result


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS], config.stash[BROKEN] = [], []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before any is deselected: their order is the table's."""
    config.stash[COLLECTED] = [item.nodeid for item in items]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.failed and call.excinfo and not call.excinfo.errisinstance(NotReachedError):
        item.config.stash[BROKEN].append(item.nodeid)
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    stash, path = session.config.stash, os.environ.get("BENCHMARK_TABLE")
    # 0 is passed, 1 is failed; others were interrupted, or ran nothing.
    if not path or exitstatus not in (0, 1) or not stash[ROWS]:
        return
    broken = set(stash[BROKEN])
    ran = {found["test"] for found in stash[ROWS]} | broken
    new = [found for found in stash[ROWS] if found["test"] not in broken]
    write(Path(path), new, ran, stash[COLLECTED])
    for name in sorted(broken):
        print(f"\nNo row in {path}: {name} failed")


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
