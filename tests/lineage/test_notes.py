"""Runs noted on the way: to every collector that is open here, and to no other."""

from __future__ import annotations

import contextvars
import threading

import pytest

from debugml.lineage import Run, collecting, note


def step(name: str) -> Run:
    return Run(name, (), (), {}, "c0de", "pandas", "laptop", {})


def names(runs: list[Run]) -> list[str]:
    return [run.name for run in runs]


def test_nobody_collects() -> None:
    note(step("lost"))
    with collecting() as runs:
        pass
    note(step("late"))
    assert runs == []


def test_each_open_collector_gets_it_in_order() -> None:
    with collecting() as outer:
        note(step("a"))
        with collecting() as inner:
            note(step("b"))
        note(step("c"))
    assert (names(outer), names(inner)) == (["a", "b", "c"], ["b"])


def test_a_failure_inside_closes_the_collector() -> None:
    with pytest.raises(ValueError, match="broken"), collecting() as runs:
        note(step("a"))
        raise ValueError("broken")
    note(step("b"))
    assert names(runs) == ["a"]


def test_other_threads_collect_only_in_a_copy_of_the_context() -> None:
    with collecting() as runs:
        context = contextvars.copy_context()
        for target in (lambda: note(step("own")), lambda: context.run(note, step("copied"))):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert names(runs) == ["copied"]
