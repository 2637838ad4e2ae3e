"""Compute the study's results from any source on any engine, into ``DEBUGML_HOME``."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .. import settings
from ..errors import DebugmlError, SettingError
from ..keep import Kept
from .committed import waves
from .processes import PROCESSES, in_processes

Call = tuple[Kept[Any], dict[str, Any]]
"""A result and its parameters."""


@dataclass(frozen=True)
class Outcome:
    """What became of one result.

    Attributes
    ----------
    call : str
        ``"slices(month='2020-04')"``.
    status : str
        ``"kept"`` (it was there already), ``"computed"`` or ``"failed"``.
    seconds : float
    why : str
        Why it failed, in one line; else empty.
    """

    call: str
    status: str
    seconds: float
    why: str = ""


def compute(
    names: Sequence[str] = (), tell: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Compute what is not kept yet of the study's results, from the present source and engine.

    A result that fails does not stop the others. What is interrupted goes on when this is
    called again, for all that was computed is kept.

    The samples on pandas are computed in several processes; whatever else in one, since months
    may be large, and a distributed engine has processes of its own.

    Parameters
    ----------
    names : sequence of str, optional
        Only the results of these names.
    tell : function, optional
        Called with each outcome as it comes.

    Raises
    ------
    SettingError
        If no result has a name, or the settings name no source or engine.

    Examples
    --------
    >>> [outcome.call for outcome in compute(["month_facts"])]
    ['month_facts()']
    """
    from . import RESULTS

    small = settings.source() == settings.SAMPLE and settings.engine() == "pandas"
    numbers = [RESULTS.index(call) for call in calls_of(names)]
    chosen = tuple(RESULTS[number] for number in numbers)
    lanes = [[[numbers[n] for n in lane] for lane in wave] for wave in waves(chosen)]
    found: list[Outcome] = []

    def done(number: int, outcome: Outcome) -> None:
        found.append(outcome)
        tell(outcome)

    with present():
        in_processes(lanes, _keep, done, processes=PROCESSES if small else 1, died=_died)
    return found


def calls_of(names: Iterable[str]) -> list[Call]:
    """The study's results of these names, each with all its parameters; all for no names.

    Raises
    ------
    SettingError
        If no result has a name.

    Examples
    --------
    >>> [parameters for result, parameters in calls_of(["slices"])]
    [{}, {'month': '2020-04'}]
    """
    from . import RESULTS

    wanted = list(names)
    known = {result.name for result, _ in RESULTS}
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
            hint = f"Near: {', '.join(near)}" if near else f"They are: {', '.join(sorted(known))}"
            raise SettingError(f"no result of the study is called {name!r}. {hint}")
    return [call for call in RESULTS if not wanted or call[0].name in wanted]


def in_words(name: str, parameters: dict[str, Any]) -> str:
    """A call as it is written.

    Examples
    --------
    >>> in_words("slices", {"month": "2020-04"})
    "slices(month='2020-04')"
    """
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in parameters.items())})"


@contextmanager
def present() -> Iterator[None]:
    """A block that reads no recorded study, nor do the processes that it starts.

    Examples
    --------
    >>> with present():
    ...     settings.study() is None
    True
    """
    before = os.environ.get("DEBUGML_STUDY")
    os.environ["DEBUGML_STUDY"] = settings.SAMPLE
    try:
        yield
    finally:
        if before is None:
            del os.environ["DEBUGML_STUDY"]
        else:
            os.environ["DEBUGML_STUDY"] = before


def _keep(number: int) -> Outcome:
    """Have one result kept, in a process that computes."""
    from . import RESULTS

    result, parameters = RESULTS[number]
    call = in_words(result.name, parameters)
    clock = time.perf_counter()
    status, why = "failed", ""
    try:
        there = result.folder(**parameters) is not None
        # Read it all the same: what is damaged must not count as kept.
        result(**parameters)
        if result.folder(**parameters) is None:
            why = f"{settings.home()}: the result could not be written there"
        else:
            status = "kept" if there else "computed"
    except DebugmlError as error:
        why = str(error)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    return Outcome(call, status, time.perf_counter() - clock, " ".join(why.split()))


def _died(number: int) -> Outcome:
    from . import RESULTS

    result, parameters = RESULTS[number]
    why = "its process was killed; if memory ran out, use an engine of workers: --engine dask"
    return Outcome(in_words(result.name, parameters), "failed", 0.0, why)
