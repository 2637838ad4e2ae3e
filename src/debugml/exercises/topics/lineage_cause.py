"""Which upstream made the bad ones? A rule is judged on incidents that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied

Named: TypeAlias = tuple[str, Any] | None

_CAUSES = (
    *("file", "file", "model", "zone_table", "zone_table"),
    *("zone", "hour", "zone", "hour"),
    *("vendor",) * 4,
)
_QUIET = 15
_LEAST_FOUND = 0.8
_MOST_CALLED = 0.2
_NUMBERS = ("zone", "hour")
_MISSING = "missing"


@dataclass(frozen=True)
class _Incident:
    """Flagged predictions and all others, and what made the flagged ones, if anything."""

    flagged: pd.DataFrame
    others: pd.DataFrame
    cause: Named


def _records(rng: np.random.Generator) -> pd.DataFrame:
    """What is on record of each prediction: some values common, some rare."""
    n = int(rng.integers(800, 1100))
    file = rng.integers(8, size=n)
    # Models are released between files: each file has one model, each model several files.
    releases = np.array([rng.integers(2, 4), rng.integers(5, 7)])
    zones = rng.choice(np.arange(1, 264), 30, replace=False)
    common = 1.0 / np.arange(1, 31)
    hours = np.concatenate([np.full(6, 0.3), np.full(18, 1.0)])
    return pd.DataFrame(
        {
            "file": [f"part-{at}.parquet" for at in file],
            "model": np.array(["1.3", "1.4", "1.5"])[np.searchsorted(releases, file, "right")],
            "zone_table": rng.choice(["v7", "v8", "v9"], n, p=[0.1, 0.78, 0.12]),
            "zone": zones[rng.choice(30, n, p=common / common.sum())],
            "hour": rng.choice(24, n, p=hours / hours.sum()),
            "vendor": rng.choice(np.array(["CMT", "VTS", None]), n, p=[0.3, 0.61, 0.09]),
        }
    )


def _incident(rng: np.random.Generator, column: str | None) -> _Incident:
    records = _records(rng)
    risk = np.full(len(records), rng.uniform(0.05, 0.08))
    cause: Named = None
    if column is not None:
        values = records[column].fillna(_MISSING)
        counts = values.value_counts()
        fit = counts[(counts >= 30) & (counts <= len(records) / 2)]
        value = _MISSING if column == "vendor" else rng.choice(fit.index.to_numpy())
        risk[(values == value).to_numpy()] = rng.uniform(0.45, 0.6)
        cause = (column, value)
    hit = rng.random(len(records)) < risk
    return _Incident(
        records[hit].reset_index(drop=True), records[~hit].reset_index(drop=True), cause
    )


def _same(given: Named, cause: Named) -> bool:
    if given is None or cause is None:
        return given is cause
    return given[0] == cause[0] and _text(given[1]) == _text(cause[1])


def _text(value: Any) -> str:
    """17, 17.0 and "17" are one; whatever stands for a missing value as well."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return _MISSING
    said = str(value).strip()
    return said.removesuffix(".0") if said != "nan" else _MISSING


def _named(answer: Any, incident: _Incident) -> Named | Raised:
    given = call(answer, copied((incident.flagged, incident.others)))
    if given is None or isinstance(given, Raised):
        return given
    pair = isinstance(given, (tuple, list)) and len(given) == 2
    if not pair or not isinstance(given[0], str):
        return Raised("is to return a column and a value, as a pair, or None.")
    return given[0], given[1]


# --- strategies that go wrong -----------------------------------------------------


def _most_common(incident: _Incident) -> Named:
    best = [
        (counts.iloc[0], str(name), counts.index[0])
        for name in incident.flagged
        if len(counts := incident.flagged[name].fillna(_MISSING).value_counts())
    ]
    _, name, value = max(best, key=lambda each: each[0])
    return name, value


def _highest_lift(incident: _Incident) -> Named:
    best: tuple[float, str, Any] = (0.0, "", None)
    for name in incident.flagged:
        mine = incident.flagged[name].fillna(_MISSING).value_counts(normalize=True)
        theirs = incident.others[name].fillna(_MISSING).value_counts(normalize=True)
        lift = mine / theirs.reindex(mine.index).fillna(1e-9)
        if lift.max() > best[0]:
            best = (float(lift.max()), str(name), lift.idxmax())
    return best[1], best[2]


_STRATEGIES: tuple[tuple[str, Callable[[_Incident], Named], str], ...] = (
    (
        "a base rate taken for a cause",
        _most_common,
        "Most predictions use the current version, good and bad ones alike: it is rolled back, "
        "and the faults go on.",
    ),
    (
        "a rare value with a high ratio",
        _highest_lift,
        "A zone with two trips, both bad, comes first in every incident, and the team learns to "
        "scroll past the list.",
    ),
)


def _examine(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function of two frames: flagged and others.")
        return
    incidents = [_incident(rng, column) for column in (*_CAUSES, *(None,) * _QUIET)]
    given: list[Named] = []
    for each in incidents:
        named = _named(answer, each)
        if isinstance(named, Raised):
            yield Finding(
                False,
                f"In an incident of {len(each.flagged)} flagged predictions and "
                f"{len(each.others)} others, your function {named.says}",
                "The rule fails in the night in which it is needed.",
            )
            return
        given.append(named)
    real = [at for at, each in enumerate(incidents) if each.cause]
    missed = [at for at in real if not _same(given[at], incidents[at].cause)]
    called = [at for at, each in enumerate(incidents) if not each.cause and given[at]]
    found = len(real) - len(missed)
    enough = found >= _LEAST_FOUND * len(real)
    careful = len(called) <= _MOST_CALLED * _QUIET
    name, cost = _strategy(incidents, given) if not (enough and careful) else ("", "")
    if enough:
        yield Finding(True, f"It names the cause in {found} of {len(real)} incidents with one.")
    else:
        yield _too_few(incidents, given, missed, found, name, cost)
    if careful:
        yield Finding(
            True, f"It names something in {len(called)} of {_QUIET} incidents without a cause."
        )
    else:
        yield Finding(
            False,
            f"It names something in {len(called)} of {_QUIET} incidents in which nothing is "
            f"shared but chance: {_said(given[called[0]])}, for one.",
            "With so many values to look at, one always looks guilty: a team repairs what was "
            "sound, and the fault, which is elsewhere, stays.",
            "a coincidence taken for a cause" if enough else "",
        )


def _too_few(
    incidents: list[_Incident],
    given: list[Named],
    missed: list[int],
    found: int,
    name: str,
    cost: str,
) -> Finding:
    at = missed[0]
    total = found + len(missed)
    said = (
        f"It names the cause in {found} of {total} incidents that have one. In one of the others, "
        f"the cause was {_said(incidents[at].cause)}; it gave {_said(given[at])}."
    )
    columns = [cause[0] for each in missed if (cause := incidents[each].cause)]
    numbers = sum(column in _NUMBERS for column in columns)
    if name:
        return Finding(False, said, cost, name)
    if numbers > 0.7 * len(columns) and numbers >= 4:
        return Finding(
            False,
            said,
            "One bad zone lies in the middle of the numbers. A mean or a range hides it among "
            "its neighbours, which share nothing with it but the digits.",
            "a code taken for a quantity",
        )
    if all(column == "vendor" for column in columns):
        return Finding(
            False,
            said,
            "Records that lack a field often come by a way of their own, and are bad by it.",
            "missing values left out",
        )
    return Finding(False, said, "The fault goes on for as long as the search does.")


def _strategy(incidents: list[_Incident], given: list[Named]) -> tuple[str, str]:
    """The named strategy that an answer nearly always agrees with."""
    for name, strategy, cost in _STRATEGIES:
        agree = [
            _same(mine, strategy(each)) for mine, each in zip(given, incidents, strict=True) if mine
        ]
        if agree and sum(agree) > 0.8 * len(incidents):
            return name, cost
    return "", ""


def _said(named: Named) -> str:
    return "None" if named is None else f"{named[0]} = {_text(named[1])[:40]}"


CAUSE = Exercise(
    name="lineage-cause",
    title="What do the bad predictions share?",
    kind="choose and defend",
    level=3,
    minutes=30,
    section="sec-lineage-review",
    slide="sec-slide-lineage-monday",
    examine=_examine,
)
