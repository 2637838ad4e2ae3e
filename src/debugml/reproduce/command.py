"""The `debugml reproduce` command: what it prints, and its exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import DebugmlError, RenderError
from ..lineage import Lineage
from ..output import let_go, require_output
from ..study import ledger
from ..usage import ended
from .again import reproduce
from .outcome import Outcome
from .shown import record_shown, shown


def run(start: Path, name: str, *, page: str | None, tolerance: float) -> int:
    """Reproduce figures, and say of each in one line whether it came out the same.

    Returns
    -------
    int
        0 if all are the same. 1 if one differs, or rests on a result of which nothing was kept
        to compare with. 2 if the name is unknown, there is no project, or a page can't be run.
    """

    def compare() -> int:
        seen = [0, 0, 0]
        for outcome in reproduce(start, name, page=page, tolerance=tolerance):
            _print(line_of(outcome))
            seen[STATUSES.index(outcome.status)] += 1
        _, differ, unkept = seen
        if unkept:
            one = "1 figure rests" if unkept == 1 else f"{unkept} figures rest"
            _say(
                f"error: {one} on results that were not kept, so nothing was compared with what "
                "readers see: run make study, or read these results once, then run this again"
            )
        return int(differ + unkept > 0)

    return guarded(compare)


def list_all(start: Path, *, page: str | None) -> int:
    """Print every figure with its page, label and results; the status is 0, or 2 as in `run`."""

    def show() -> int:
        table = shown(start, [page] if page else ())
        for row in table.to_dict("records"):
            loaded = [f"trips of {span(row['months'])}"] if row["months"] else []
            rests = ", ".join([*row["results"], *loaded]) or "no result"
            _print(f"{row['page']}  {row['label'] or '-'}  {row['figure']}  {rests}")
        return 0

    return guarded(show)


def ledger_here(start: Path) -> Lineage:
    """The study's ledger; in a clone of the project also with what its pages show.

    A page that can't be read does not stand in the way: standard error says so.

    Raises
    ------
    StoreError
        If the store can't be opened, or a committed result's record can't be read.
    """
    store = ledger()
    inside = any((folder / "_quarto.yml").is_file() for folder in (start, *start.parents))
    if inside and not store.read_only:
        try:
            record_shown(store, start)
        except RenderError as error:
            _say(f"slides and figures are left out: {error}")
    return store


STATUSES = ("same", "differs", "unkept")


def line_of(outcome: Outcome) -> str:
    """A figure's outcome in one line: its status, its months, seconds, and what there is to say.

    Examples
    --------
    >>> from debugml.reproduce.pages import Step
    >>> step = Step("talk/slides.qmd", "revealjs", "slide-year", "", "", "talk/slides.qmd:9")
    >>> line_of(Outcome(step, "monitoring.year", None, ["2020-01", "2020-02"], [], 3.21))
    'same     talk/slides.qmd  slide-year  monitoring.year  2020-01 to 2020-02  3.2 s'
    >>> line_of(Outcome(step, "drift.two_normals", None, rests=False)).split("  ")[-1]
    'rests on no kept result: it was drawn twice'
    """
    parts = [
        f"{outcome.status:7}",
        outcome.step.page,
        outcome.step.label or outcome.step.where,
        outcome.figure,
        span(outcome.months),
        f"{outcome.seconds:.1f} s",
    ]
    if outcome.difference is not None:
        parts.append(str(outcome.difference))
    if outcome.unkept:
        calls = ", ".join(outcome.unkept)
        parts.append(f"nothing kept to compare with: it was computed twice ({calls})")
    if not outcome.rests:
        parts.append("rests on no kept result: it was drawn twice")
    if outcome.left_out:
        parts.append(f"not compared (measured time): {', '.join(outcome.left_out)}")
    return "  ".join(parts)


def span(months: Sequence[str]) -> str:
    """Months in words: the first and the last.

    Examples
    --------
    >>> span(["2020-03", "2020-01"]), span(["2020-03"]), span([])
    ('2020-01 to 2020-03', '2020-03', 'no months')
    """
    if not months:
        return "no months"
    first, last = min(months), max(months)
    return first if first == last else f"{first} to {last}"


def guarded(do: Callable[[], int]) -> int:
    """The status that a command ends with (`usage.ended`); 2 where it could not do its work.

    A reader who has seen enough, as ``head`` has, is no error: the command ends with what it
    knows by then.

    Examples
    --------
    >>> guarded(lambda: 1)
    1
    """

    def work() -> int:
        try:
            require_output()
            status = do()
            sys.stdout.flush()
            return status
        except BrokenPipeError:
            let_go()
            return 0
        except DebugmlError as error:
            _say(f"error: {error}")
            return 2

    return ended(work)


def _say(line: str) -> None:
    # One line, also where standard error is narrow: scripts read it.
    print(" ".join(line.split()), file=sys.stderr)


def _print(line: str) -> None:
    # Seen at once: each figure may take a while.
    print(line, flush=True)
