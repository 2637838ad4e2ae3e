"""The text behind a figure's mark: trips, results, where and when, and how to make it again.

>>> panel("alarms.falls", [{"published": "Shankar 2021"}], 0)
'<dl><div><dt>Published</dt><dd>Shankar 2021</dd></div>...'
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from .words import MONTHS

_MONTH = re.compile(r"\d{4}-\d{2}")
LONGEST_VALUE, LONGEST_CALL, MOST_RESULTS = 28, 80, 6
"""Characters of a parameter and of a call, and results, that a panel shows."""

NO_TRIPS = "none: simulated, or worked out from published numbers"


def panel(figure: str, entries: Sequence[Mapping[str, Any]], unnamed: int) -> str:
    """What a figure rests on, as a list of terms in HTML.

    Parameters
    ----------
    figure : str
        Its name, ``"alarms.falls"``.
    entries : sequence of dict
        As frames carry them: ``published``, or ``months``, ``rows``, ``data`` and, of a kept
        result, ``result``, ``parameters``, ``digest``, ``code``, ``device``, ``started``,
        ``seconds``; ``source`` of trips that are not the samples; ``recorded`` and
        ``other_code`` of a recorded study's. What is missing is left out.
    unnamed : int
        How many frames carried nothing.
    """
    results = [entry for entry in entries if "result" in entry]
    named = [_result(entry) for entry in results[:MOST_RESULTS]]
    if len(results) > MOST_RESULTS:
        named.append(f"and {len(results) - MOST_RESULTS} more")
    ran = _once(
        ", ".join(escape(str(entry[key])) for key in ("engine", "device") if entry.get(key))
        for entry in entries
    )
    rows = [
        ("Published", _once(escape(str(e["published"])) for e in entries if "published" in e)),
        ("Trips", _once(_trips(entry) for entry in entries if "published" not in entry)),
        ("From", _once(escape(str(entry.get("source", ""))) for entry in entries)),
        ("Results" if len(named) > 1 else "Result", named),
        ("Computed", _computed(entries, unnamed)),
        ("Ran on", ran),
        ("Make it again", [f"<code>debugml reproduce {escape(figure)}</code>"]),
    ]
    terms = (
        f"<div><dt>{term}</dt>{''.join(f'<dd>{text}</dd>' for text in texts)}</div>"
        for term, texts in rows
        if texts
    )
    return f"<dl>{''.join(terms)}</dl>"


def label(entries: Sequence[Mapping[str, Any]]) -> str:
    """The line under a figure that does not show the samples, computed here; else empty.

    When, where and on what it was computed, from which trips, and whether by other code.

    Parameters
    ----------
    entries : sequence of dict
        As `panel` takes them.

    >>> label([{"months": ["2020-01"], "rows": 10_000, "engine": "pandas"}])
    ''
    >>> label([{"months": ["2020-01"], "rows": 6_405_008, "engine": "dask", "recorded": True,
    ...         "source": "TLC's monthly files", "device": "laptop, 2 cores",
    ...         "started": "2026-05-02T08:00:00+00:00"}])
    "Recorded on 2 May 2026 on laptop, 2 cores, with dask: 6,405,008 trips of 2020-01, TLC's
    monthly files."
    """
    others = [entry for entry in entries if entry.get("recorded") or entry.get("source")]
    if not others:
        return ""
    days = sorted({_moment(entry) for entry in others if entry.get("started")})
    when = " to ".join(dict.fromkeys(_day(at) for at in (*days[:1], *days[-1:])))
    devices = _once(str(entry.get("device", "")) for entry in others)
    engines = _once(str(entry.get("engine", "")) for entry in others)
    parts = [
        "Recorded" if any(entry.get("recorded") for entry in others) else "Computed",
        f" on {when}" if when else "",
        f" on {' and '.join(devices)}" if devices else "",
        f", with {' and '.join(engines)}" if engines else "",
    ]
    months = {month for entry in others for month in entry.get("months") or []}
    if months:
        # Of several results the largest: their months overlap.
        known = [entry["rows"] for entry in others if entry.get("rows") is not None]
        rows = f"{max(known):,} trips" if known else "trips"
        sources = _once(str(e.get("source") or "the samples") for e in others if e.get("months"))
        said = [f"{rows} of {_short(months_in_words(months), LONGEST_CALL)}", *sources]
        parts.append(f": {', '.join(said)}")
    other = " Computed by other code than this." if any(e.get("other_code") for e in others) else ""
    return f"{''.join(parts)}.{other}"


def months_in_words(months: Iterable[str]) -> str:
    """Months as spans; a file without a month in its name stays as it is.

    >>> months_in_words(["2020-01", "2019-12", "2020-02", "2020-04"])
    '2019-12 to 2020-02, 2020-04'
    >>> months_in_words(["2020-01", "2020-02", "zones.csv"])
    '2020-01, 2020-02, zones.csv'
    """
    names = sorted(set(months))
    spans: list[list[str]] = []
    for month in (name for name in names if _MONTH.fullmatch(name)):
        if spans and _number(month) == _number(spans[-1][-1]) + 1:
            spans[-1].append(month)
        else:
            spans.append([month])
    said = [f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(s) for s in spans]
    return ", ".join([*said, *(name for name in names if not _MONTH.fullmatch(name))])


def _number(month: str) -> int:
    return 12 * int(month[:4]) + int(month[5:])


def _trips(entry: Mapping[str, Any]) -> str:
    months = entry.get("months") or []
    if not months:
        return "" if "months" not in entry else NO_TRIPS
    parts = [escape(_short(months_in_words(months), LONGEST_CALL))]
    if len(months) > 1:
        parts.append(f"{len(months)} files")
    if entry.get("rows") is not None:
        parts.append(f"{entry['rows']:,} rows")
    return ", ".join([*parts, *_digest(entry.get("data"))])


def _result(entry: Mapping[str, Any]) -> str:
    about = [*_digest(entry.get("digest"))]
    about += [f"code {digest}" for digest in _digest(entry.get("code"))]
    if entry.get("started"):
        about.append(_day(_moment(entry)))
    if entry.get("seconds") is not None:
        about.append(f"{entry['seconds']:,.1f} s")
    if entry.get("recorded"):
        about.append("read from a recorded study")
    if entry.get("other_code"):
        about.append("computed by other code than this")
    return f"<code>{escape(_call(entry))}</code><span>{', '.join(about)}</span>"


def _moment(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(entry["started"]))


def _day(at: datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def _call(entry: Mapping[str, Any]) -> str:
    """The call that made the result; parameters that would make it too long are left out."""
    given = [f"{name}={_value(value)}" for name, value in (entry.get("parameters") or {}).items()]
    whole = f"{entry['result']}({', '.join(given)})"
    while given and len(whole) > LONGEST_CALL:
        given.pop()
        whole = f"{entry['result']}({', '.join([*given, '…'])})"
    return whole


def _value(value: Any) -> str:
    if isinstance(value, list | tuple) and value and all(_is_month(each) for each in value):
        return _short(months_in_words(value), LONGEST_VALUE)
    return _short(json.dumps(value, ensure_ascii=False), LONGEST_VALUE)


def _is_month(value: Any) -> bool:
    return isinstance(value, str) and bool(_MONTH.fullmatch(value))


def _computed(entries: Sequence[Mapping[str, Any]], unnamed: int) -> list[str]:
    """What was made on the page itself, or of no data at all."""
    if not entries and not unnamed:
        return ["from a formula or a made-up example: no data"]
    made_before = [entry for entry in entries if "result" in entry or "published" in entry]
    if not unnamed and len(made_before) == len(entries):
        return []
    return ["in part on this page" if made_before else "on this page"]


def _digest(digest: Any) -> list[str]:
    """The first twelve digits, which tell files and results apart."""
    return [f"<code>{escape(str(digest)[:12])}</code>"] if digest else []


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip(" ,(") + "…"


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
