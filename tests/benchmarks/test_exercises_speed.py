"""How long a check takes after the first of a session, and all of them together."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import pytest

from debugml.exercises.checking import examined

sys.path.insert(0, str(Path(__file__).parents[1] / "exercises"))
from answers import NAMES, one, packed

pytestmark = pytest.mark.bench


def test_a_check_takes_less_than_a_second_and_all_less_than_a_minute(
    row: Callable[..., None],
) -> None:
    answers = {name: packed(name, one(name).solution) for name in NAMES}
    started = time.perf_counter()
    examined(NAMES[0], cloudpickle.dumps(None))
    first = time.perf_counter() - started
    seconds = {}
    for name, answer in answers.items():
        started = time.perf_counter()
        assert examined(name, answer).passed
        seconds[name] = time.perf_counter() - started
    slowest = max(seconds, key=lambda name: seconds[name])
    row(
        "the slowest check of an exercise",
        n=1,
        records="exercises",
        ours=seconds[slowest],
        at_most=1,
    )
    row(
        "the first check of a session, and one of each exercise",
        n=len(seconds),
        records="exercises",
        ours=first + sum(seconds.values()),
        at_most=60,
    )
