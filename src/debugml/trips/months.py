"""Months as text, ``YYYY-MM``: read, checked, counted."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from ..errors import MonthError

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def parse_month(text: object) -> str:
    """A month's own text, if it is one.

    Raises
    ------
    MonthError
        If the text is not of the form ``YYYY-MM``, from 2009 on (TLC's first year).

    Examples
    --------
    >>> parse_month("2020-01")
    '2020-01'
    """
    if isinstance(text, str) and (match := _MONTH.fullmatch(text)) and int(match[1]) >= 2009:
        return text
    raise MonthError(f"{text!r} is not a month: write year and month as in '2020-01', from 2009 on")


def parse_months(months: str | Iterable[str]) -> list[str]:
    """One month or several, each checked; order kept.

    Raises
    ------
    MonthError
        If one is no month, stands twice, or there is none.

    Examples
    --------
    >>> parse_months(["2020-01", "2020-02"])
    ['2020-01', '2020-02']
    """
    if isinstance(months, str | bytes) or not isinstance(months, Iterable):
        months = [parse_month(months)]
    parsed = [parse_month(month) for month in months]
    if not parsed:
        raise MonthError("no month was asked for: give one as in '2020-01', or a list of them")
    twice = sorted({m for m in parsed if parsed.count(m) > 1})
    if twice:
        raise MonthError(f"{', '.join(twice)} asked for twice: its trips would count double")
    return parsed


def months_between(first: str, last: str) -> list[str]:
    """All months from ``first`` to ``last``, both included.

    Raises
    ------
    MonthError
        If one is no month or ``last`` lies before ``first``.

    Examples
    --------
    >>> months_between("2019-12", "2020-02")
    ['2019-12', '2020-01', '2020-02']
    """
    if parse_month(last) < parse_month(first):
        raise MonthError(f"{last} lies before {first}: swap them")
    return [str(month) for month in pd.period_range(first, last, freq="M")]


def parse_ranges(texts: Iterable[str]) -> list[str]:
    """Months and ranges of them, ``"2020-01..2020-03"``, as a command takes them; order kept.

    Raises
    ------
    MonthError
        If one is no month, a range ends before it begins, or a month stands twice.

    Examples
    --------
    >>> parse_ranges(["2019-11", "2020-01..2020-03"])
    ['2019-11', '2020-01', '2020-02', '2020-03']
    """
    months: list[str] = []
    for text in texts:
        first, dots, last = text.partition("..")
        months += months_between(first, last) if dots else [parse_month(text)]
    return parse_months(months)
