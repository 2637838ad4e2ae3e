"""Compute all results anew into the committed folder, two or more at a time."""

from __future__ import annotations

import json
import shutil
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from .. import closure, settings
from ..errors import SettingError
from ..keep import Kept
from ..trips import samples
from .processes import PROCESSES, Lane, in_processes

MEASURED = ("feeds", "forests_compared")
"""Results that hold measured times: computed last and alone, so that nothing else slows them."""

SHARING = (("alarms", "estimate", "promotion"),)
"""Modules whose results need the forest of every month: one process fits these for all."""

Results = tuple[tuple[Kept[Any], dict[str, Any]], ...]


def recompute() -> None:
    """Compute every result anew into the committed folder; what no longer counts goes.

    Raises
    ------
    SettingError
        If the environment asks for other trips or another engine than the samples and
        pandas, or a recorded study is in use, or the samples are an installed package's.
    StoreError
        If a result can't be written.
    """
    from rich.progress import Progress

    from . import RESULTS

    _refuse()
    current = set[Path]()
    with Progress() as progress:
        bar = progress.add_task("study", total=len(RESULTS))

        def kept(number: int, folder: Path) -> None:
            current.add(folder)
            progress.advance(bar)

        in_processes(waves(RESULTS), _commit, kept, processes=PROCESSES)
    for entry in (samples.folder() / "results").glob("*/*"):
        # What another process is about to put there is not ours to remove.
        if entry.is_dir() and not entry.name.startswith(".") and entry not in current:
            shutil.rmtree(entry)


def waves(results: Results) -> list[list[Lane]]:
    """Lanes in the order of computing: who reads another's results waits for it.

    A lane is a module of the study, or those of `SHARING`: what they have fitted or predicted
    once stays in the process. Within a wave the longest go first, by what they took last time,
    so that no process ends up waiting for one that began late.

    Examples
    --------
    >>> from debugml import study
    >>> waves(((study.alarm_scores, {}), (study.alarm_history, {})))
    [[[1, 0]]]
    """
    reads = _reads(results)
    lanes: dict[str, Lane] = {}
    alone: list[Lane] = []
    for number, (result, _) in enumerate(results):
        if result.name in MEASURED:
            alone.append([number])
        else:
            lanes.setdefault(_lane_of(result), []).append(number)
    lane_of = {results[n][0].name: lane for lane, numbers in lanes.items() for n in numbers}
    graph = TopologicalSorter(
        {
            lane: {lane_of[name] for n in numbers for name in reads[n]} - {lane}
            for lane, numbers in lanes.items()
        }
    )
    graph.prepare()
    found = []
    while graph.is_active():
        ready = graph.get_ready()
        wave = [_in_order(lanes[lane], results, reads) for lane in ready]
        found.append(sorted(wave, key=lambda lane: -sum(_took(*results[n]) for n in lane)))
        graph.done(*ready)
    return [*found, *([lane] for lane in alone)]


def _reads(results: Results) -> dict[int, set[str]]:
    """Names of the other results among them that each result's code asks for."""
    name_of = {f"{r.function.__module__}.{r.name}": r.name for r, _ in results}
    asked = {
        r.name: {name_of[n] for n in closure.of_function(r.function).names if n in name_of}
        for r, _ in results
    }
    return {number: asked[r.name] - {r.name} for number, (r, _) in enumerate(results)}


def _lane_of(result: Kept[Any]) -> str:
    module = result.function.__module__.rpartition(".")[2]
    return next((shared[0] for shared in SHARING if module in shared), module)


def _in_order(lane: Lane, results: Results, reads: dict[int, set[str]]) -> Lane:
    """Each result of a lane after those that it reads."""
    names = {number: results[number][0].name for number in lane}
    graph = {name: reads[number] & set(names.values()) for number, name in names.items()}
    order = [*TopologicalSorter(graph).static_order()]
    return sorted(lane, key=lambda number: order.index(names[number]))


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
    if settings.forest() not in (None, "sklearn"):
        raise SettingError(
            "the committed results are those of the samples on pandas with forests of "
            "scikit-learn: unset DEBUGML_FOREST"
        )
    if settings.source() != settings.SAMPLE or settings.engine() != "pandas":
        raise SettingError(
            "the committed results are those of the samples on pandas: unset DEBUGML_SOURCE "
            "and DEBUGML_ENGINE, or compute with them into DEBUGML_HOME: debugml study run"
        )
    if (study := settings.study()) is not None:
        raise SettingError(
            f"a recorded study is in use ({study}), and the committed results are computed from "
            "the samples here: unset DEBUGML_STUDY, or run: debugml study use sample"
        )
    if samples.folder().parent.name == "debugml":
        raise SettingError(
            f"{samples.folder()}: an installed package's folder. Run this in a clone of the project"
        )
