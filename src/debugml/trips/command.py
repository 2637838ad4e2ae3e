"""`debugml data`: list, fetch, verify and clear, as text or JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from .. import settings
from ..address import is_address
from ..errors import DebugmlError, SettingError
from ..output import in_json, plain_table, require_output, write_out
from . import cache
from .fetch import fetch
from .months import parse_ranges
from .sources import listing


def list_months(*, source: str | None = None, as_json: bool = False) -> int:
    """The months of a source, and which of them are in the cache: size, date."""

    def told() -> int:
        chosen = settings.source(source)
        there = listing(chosen)
        kept = {e.month: e for e in cache.entries(chosen)} if is_address(chosen) else {}
        rows = [
            {
                "month": month,
                "bytes": kept[month].size if month in kept else (there or {}).get(month),
                "cached": month in kept,
                "fetched": kept[month].fetched if month in kept else None,
                "sha256": kept[month].sha256 if month in kept else None,
            }
            for month in sorted({*(there or {}), *kept})
        ]
        if as_json:
            folder = str(cache.folder_of(chosen)) if is_address(chosen) else None
            write_out(in_json({"source": chosen, "cache": folder, "months": rows}))
            return 0
        write_out(_listed(chosen, rows, asked=there is not None))
        return 0

    return run(told)


def fetch_months(months: Sequence[str], *, source: str | None = None) -> int:
    """Fetch months into the cache; those that are there are left alone."""

    def told() -> int:
        asked = parse_ranges(months)
        chosen = settings.source(source)
        if not is_address(chosen):
            what = "the samples are" if chosen == settings.SAMPLE else f"{chosen} is"
            raise SettingError(
                f"{what} on this machine: there is nothing to fetch. Name an address, "
                "as in --source tlc, or set DEBUGML_SOURCE"
            )
        for month in asked:
            had = cache.find(chosen, month)
            entry = had or fetch(chosen, month)
            how = "is there" if had else "fetched"
            write_out(f"{month}  {how}  {decimal(entry.size)}  {entry.path}\n")
        return 0

    return run(told)


def verify_all(*, as_json: bool = False) -> int:
    """Compare every cached file's bytes with what came; 1 if one differs."""

    def told() -> int:
        checked: list[tuple[Path, str | None, int, str | None]] = [
            (e.path, e.source, e.size, cache.verify(e)) for e in cache.entries()
        ]
        checked += [
            (path, None, path.stat().st_size, "has no record of what came")
            for path in cache.remains()
            if path.suffix != ".part"
        ]
        wrong = [f"{path}: {problem}\n" for path, _, _, problem in checked if problem]
        if as_json:
            names = ("path", "source", "bytes", "problem")
            write_out(
                in_json([dict(zip(names, (str(p), *more), strict=True)) for p, *more in checked])
            )
            return int(bool(wrong))
        said = f"{len(checked)} files, {decimal(sum(size for _, _, size, _ in checked))}; "
        if wrong:
            said += (
                f"{len(wrong)} not as they came: fetching or loading their months replaces them\n"
            )
        else:
            said += "all as they came\n"
        write_out("".join(wrong) + said)
        return int(bool(wrong))

    return run(told)


def clear(
    months: Sequence[str] = (),
    *,
    source: str | None = None,
    yes: bool = False,
    ask: Callable[[str], bool],
) -> int:
    """Take files out of the cache: of these months, of this source, else all of them.

    Parameters
    ----------
    months : sequence of str
        Months, or ranges of them; all where there are none.
    source : str, optional
        An address; all where none is given.
    yes : bool
        Don't ask.
    ask : callable
        Asks a question that is answered with yes or no.
    """

    def told() -> int:
        wanted = parse_ranges(months) if months else None
        chosen = settings.source(source) if source is not None else None
        whole = [entry.path for entry in cache.entries(chosen)]
        other = cache.remains(chosen)
        found = [p for p in whole + other if wanted is None or cache.month_of(p) in wanted]
        if not found:
            write_out("the cache holds none of these\n")
            return 0
        size = decimal(sum(path.stat().st_size for path in found))
        unfinished = sum(path in other for path in found)
        said = f"{len(found)} files, {size}" + (f", {unfinished} unfinished" if unfinished else "")
        if not yes and not ask(f"Remove {said} from {settings.cache()}?"):
            write_out("nothing was removed\n")
            return 0
        for path in found:
            cache.remove(path)
        write_out(f"removed {said}\n")
        return 0

    return run(told)


def run(told: Callable[[], int]) -> int:
    """The status of what a command does; after an error 2, and 130 if interrupted.

    Examples
    --------
    >>> run(lambda: 1)
    1
    """
    try:
        require_output()
        return told()
    except KeyboardInterrupt:
        _complain("stopped; what has come is kept, and the next fetch goes on there")
        return 130
    except (DebugmlError, OSError, MemoryError) as error:
        _complain(f"error: {' '.join(str(error).split()) or 'out of memory'}")
        return 2


def _complain(said: str) -> None:
    if sys.stderr is not None:
        print(said, file=sys.stderr)


def _listed(source: str, rows: list[dict[str, Any]], *, asked: bool) -> str:
    about = f"{source}, kept in {cache.folder_of(source)}" if is_address(source) else source
    if not asked:
        about += "\nA web server can't be asked which months it has; these are in the cache."
    table = plain_table("month")
    table.add_column("size", justify="right")
    if is_address(source):
        table.add_column("fetched")
    for row in rows:
        size = decimal(row["bytes"]) if row["bytes"] is not None else ""
        ends = [row["fetched"] or "no"] if is_address(source) else []
        table.add_row(Text(row["month"]), size, *ends)
    console = Console(width=100, color_system=None)
    with console.capture() as captured:
        console.print(table if rows else "none")
    return f"{about}\n{captured.get().rstrip()}\n"
