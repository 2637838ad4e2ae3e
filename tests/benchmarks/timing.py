"""Seconds of our work and of others', taken in one run; and others' in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / ".venv-peers" / "bin" / "python"
"""The Python of the environment that `make peers` makes, and marks as made."""

HAVE_PEERS = PEERS.parents[1].joinpath("made").exists()


def seconds(work: Callable[[], Any], repeats: int = 1) -> float:
    """The least wall time of some repeats.

    >>> 0.01 <= seconds(lambda: time.sleep(0.01), 2) < 1
    True
    """
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def best(benchmark: Any, work: Callable[[], Any], rounds: int = 3) -> float:
    """The least wall time of some rounds, as pytest-benchmark takes and shows it."""
    benchmark.pedantic(work, rounds=rounds)
    least: float = benchmark.stats.stats.min
    return least


def in_own_process(
    script: str, *arguments: object, python: str | Path = sys.executable
) -> dict[str, Any]:
    """What a script beside this file prints as its last line, a JSON object, in a fresh process."""
    done = subprocess.run(
        [str(each) for each in (python, HERE / script, *arguments)],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=1_200,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
