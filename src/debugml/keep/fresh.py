"""Blocks in which results are computed anew, whatever is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from .record import Record

Entry = tuple[pd.DataFrame, Record]
"""A result and what made it."""

Computed = dict[tuple[str, str], Entry]
"""Results that a block of `anew` has computed, by name and key."""


@dataclass(frozen=True)
class _Block:
    computed: Computed
    only: frozenset[str] | None


# Not a context's variable: a thread that a computation starts must compute anew as well.
_open: _Block | None = None


def place_of(name: str, *, nested: bool) -> Computed | None:
    """Where a result that is asked for belongs if it must be computed anew, else None.

    Parameters
    ----------
    name : str
    nested : bool
        Whether another result, which is being computed, asks for it.

    Examples
    --------
    >>> with anew(only=["cps"]) as computed:
    ...     place_of("cps", nested=False) is computed, place_of("seeds", nested=False)
    (True, None)
    """
    if _open is None:
        return None
    meant = _open.only is None or name in _open.only or nested
    return _open.computed if meant else None


@contextmanager
def anew(computed: Computed | None = None, only: Iterable[str] | None = None) -> Iterator[Computed]:
    """Compute every kept result that is asked for inside the block, each once.

    What they ask for themselves is computed anew too. Nothing that was kept is read, and
    nothing is kept or recorded. A block inside another shares what that one has computed.

    Parameters
    ----------
    computed : dict, optional
        What an earlier block has computed, to go on from.
    only : iterable of str, optional
        Names of results: all others are read as ever.

    Yields
    ------
    dict
        What the block has computed: frame and record by the result's name and key.

    Examples
    --------
    >>> from debugml import study
    >>> with anew() as computed:
    ...     rows = len(study.month_facts(("2020-01",)))
    >>> rows, [name for name, key in computed]
    (1, ['month_facts'])
    """
    global _open
    outer = _open
    if outer is None:
        chosen = None if only is None else frozenset(only)
        _open = _Block({} if computed is None else computed, chosen)
    try:
        assert _open is not None
        yield _open.computed
    finally:
        _open = outer
