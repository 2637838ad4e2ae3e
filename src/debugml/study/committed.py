"""Compute all results anew into the committed folder, two or more at a time."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from .. import closure, settings
from ..errors import SettingError
from ..keep import Kept
from ..trips import samples

MEASURED = ("feeds",)
"""Results that hold measured times: computed last and alone, so that nothing else slows them."""

PROCESSES = max(1, min(4, os.cpu_count() or 1))

Results = tuple[tuple[Kept[Any], dict[str, Any]], ...]


def recompute() -> None:
    """Compute every result anew into the committed folder; what no longer counts goes.

    Raises
    ------
    SettingError
        If the environment asks for other trips or another engine than the samples and
        pandas, or the samples are an installed package's.
    StoreError
        If a result can't be written.
    """
    from rich.progress import Progress

    from . import RESULTS

    _refuse()
    current = set()
    with Progress() as progress:
        bar = progress.add_task("study", total=len(RESULTS))
        for wave in waves(RESULTS):
            workers = min(PROCESSES, len(wave))
            # Spawned, not forked: a fork would copy the locks of threads that it does not have.
            fresh = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(workers, mp_context=fresh) as pool:
                for done in as_completed([pool.submit(_commit, number) for number in wave]):
                    current.add(done.result())
                    progress.advance(bar)
    for entry in (samples.folder() / "results").glob("*/*"):
        # What another process is about to put there is not ours to remove.
        if entry.is_dir() and not entry.name.startswith(".") and entry not in current:
            shutil.rmtree(entry)


def waves(results: Results) -> list[list[int]]:
    """Numbers of results in the order of computing: who reads another's waits for it.

    Within a wave the longest go first, by what they took last time, so that no process
    ends up waiting for one that began late.

    Examples
    --------
    >>> from debugml import study
    >>> first, *later = waves(((study.alarm_scores, {}), (study.alarm_history, {})))
    >>> first, later
    ([1], [[0]])
    """
    name_of = {f"{r.function.__module__}.{r.name}": r.name for r, _ in results}
    reads = {
        r.name: {name_of[n] for n in closure.of_function(r.function).names if n in name_of}
        - {r.name}
        for r, _ in results
    }
    waiting, done, found = list(range(len(results))), set[str](), []
    alone = [number for number in waiting if results[number][0].name in MEASURED]
    waiting = [number for number in waiting if number not in alone]
    while waiting:
        wave = [n for n in waiting if reads[results[n][0].name] <= done]
        found.append(sorted(wave, key=lambda n: -_took(results[n][0], results[n][1])))
        done |= {results[n][0].name for n in wave}
        waiting = [n for n in waiting if n not in wave]
    return [*found, *([number] for number in alone)]


def _took(result: Kept[Any], parameters: dict[str, Any]) -> float:
    """Seconds that the committed entry took, of whatever code; 0 where there is none."""
    given = json.loads(json.dumps(parameters))
    took = [0.0]
    for path in (samples.folder() / "results" / result.name).glob("*/provenance.json"):
        about = json.loads(path.read_text("utf-8"))
        if given.items() <= about["parameters"].items():
            took.append(about["seconds"])
    return max(took)


def _commit(number: int) -> Path:
    from . import RESULTS

    result, parameters = RESULTS[number]
    return result.commit(**parameters)


def _refuse() -> None:
    if settings.source() != settings.SAMPLE or settings.engine() != "pandas":
        raise SettingError(
            "the committed results are those of the samples on pandas: unset DEBUGML_SOURCE "
            "and DEBUGML_ENGINE, or read the results you need, which keeps them in DEBUGML_HOME"
        )
    if samples.folder().parent.name == "debugml":
        raise SettingError(
            f"{samples.folder()}: an installed package's folder. Run this in a clone of the project"
        )
