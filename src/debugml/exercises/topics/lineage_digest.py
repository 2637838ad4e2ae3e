"""Do two tables hold the same records? A digest is judged on pairs, alike and not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..calling import Raised, call
from ..exercise import Exercise, Finding
from ..trial import copied

_NAMES = {
    "tpep_dropoff_datetime": "time",
    "PULocationID": "zone",
    "payment_type": "payment",
    "fare_amount": "fare",
    "store_and_fwd_flag": "flag",
}
_TOLD = 3
"""Mistakes that one check tells of: more are not read."""


@dataclass(frozen=True)
class _Pairs:
    """Pairs of tables that are alike in the same way, or differ in it."""

    says: str
    alike: bool
    misconception: str
    cost: str
    tables: tuple[tuple[pd.DataFrame, pd.DataFrame], ...]


def _table(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    month = str(rng.choice(["2020-04", "2020-05"]))
    trips = material.trips(month)[list(_NAMES)].rename(columns=_NAMES)
    found = trips.iloc[rng.choice(len(trips), rows, replace=False)]
    return _read(found.drop_duplicates().reset_index(drop=True), f"{month}.parquet", 2)


def _read(table: pd.DataFrame, file: str, hour: int) -> pd.DataFrame:
    """As if it had been read from that file at that hour."""
    found = table.copy()
    found.attrs = {"file": file, "read_at": f"2020-06-01 {hour:02d}:00"}
    return found


def _with(table: pd.DataFrame, row: int, column: str, value: Any) -> pd.DataFrame:
    found = table.copy()
    found.loc[row, column] = value
    return found


def _rows(table: pd.DataFrame, places: list[int]) -> pd.DataFrame:
    return table.iloc[places].reset_index(drop=True)


def _exchanged(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Two trips with different fares and times, each with the other's fare."""
    fares = table["fare"]
    one = int(rng.integers(len(table)))
    other = int(rng.choice(np.flatnonzero(((fares - fares[one]).abs() > 1).to_numpy())))
    return _with(_with(table, one, "fare", fares[other]), other, "fare", fares[one])


def _changed(table: pd.DataFrame, row: int, by: float) -> pd.DataFrame:
    return _with(table, row, "fare", table["fare"][row] + by)


def _pairs(rng: np.random.Generator) -> list[_Pairs]:
    small, long = _table(rng, 40), _table(rng, int(rng.integers(250, 350)))
    few = _rows(small, [0, 1, 2])
    shuffled = [rng.permutation(len(each)).tolist() for each in (small, long)]
    silent = _with(small, 3, "zone", np.nan)
    codes = pd.DataFrame({"zone": ["1", "1"], "to": ["23", "4"], "fare": [7.5, 9.0]})
    moved = codes.assign(zone=["12", "1"], to=["3", "4"])
    other_file = _read(small, "copy of it.parquet", 5)
    return [
        _Pairs(
            "the same records, read from a file of another name at another hour",
            True,
            "the file taken for its content",
            "A copy of a sound file counts as another one: whatever rests on it is computed "
            "again, and the trace ends at a name.",
            ((small, other_file),),
        ),
        _Pairs(
            "a long table, and the same with one fare in its middle changed",
            False,
            "a digest of what is printed",
            "The change is in the part that a print leaves out. The store swears that the table "
            "is the one that was audited.",
            ((long, _changed(long, len(long) // 2, 1.0)), (long, _changed(long, 60, 2.5))),
        ),
        _Pairs(
            "the same records in another order",
            True,
            "order counted where it means nothing",
            "A job that reads partitions in parallel gives another digest each night: everything "
            "looks changed, so nobody looks any more.",
            ((small, _rows(small, shuffled[0])), (long, _rows(long, shuffled[1]))),
        ),
        _Pairs(
            "the same records under another index",
            True,
            "the index counted",
            "A reset index is reported as new data, and a retraining starts for nothing.",
            (
                (small, small.set_axis(range(7, 7 + len(small)))),
                (small, small.set_axis(small["time"].to_numpy())),
            ),
        ),
        _Pairs(
            "tables with the same records in other numbers",
            False,
            "duplicates lost",
            "A batch that was loaded twice has the digest of the batch that was loaded once, and "
            "the model learns from it twice.",
            (
                (_rows(few, [0, 0, 1]), _rows(few, [0, 1, 1])),
                (_rows(few, [0, 0, 1]), _rows(few, [1])),
                (_rows(few, [0, 1]), _rows(few, [0, 1, 0, 1])),
                (_rows(few, [0, 1, 2]), _rows(few, [0, 0, 0, 1, 2])),
            ),
        ),
        _Pairs(
            "a table, and the same with the fares of two trips exchanged",
            False,
            "columns digested apart",
            "A join that puts fares beside the wrong trips passes: each column by itself is "
            "what it was.",
            ((small, _exchanged(small, rng)), (long, _exchanged(long, rng))),
        ),
        _Pairs(
            "zones 1 and 23, and zones 12 and 3, as texts in neighbouring columns",
            False,
            "values joined without a border",
            "Two different trips are one to the store: a mapping that shifted is not seen.",
            ((codes, moved),),
        ),
        _Pairs(
            "a table, and the same with a fare changed in a late digit",
            False,
            "digits lost in rounding",
            "A column that was converted to a shorter type somewhere upstream passes as unchanged.",
            ((small, _changed(small, 5, 1e-7)), (small, _changed(small, 9, -0.004))),
        ),
        _Pairs(
            "a missing zone, and zone 0 in its place",
            False,
            "missing taken for another value",
            "A job that fills gaps with zeros is the fault to find, and the digest hides it.",
            ((silent, _with(silent, 3, "zone", 0.0)), (silent, _with(silent, 3, "zone", -1.0))),
        ),
        _Pairs(
            "a table, and the same with a column renamed",
            False,
            "names of the columns left out",
            "Two columns change their meaning, and by the store nothing happened.",
            (
                (small, small.rename(columns={"fare": "total"})),
                (small, small.rename(columns={"zone": "payment", "payment": "zone"})),
            ),
        ),
        _Pairs(
            "a table, and the same without its last trip",
            False,
            "",
            "A file that was cut off while it was copied passes as whole.",
            ((small, small.iloc[:-1]), (few, few.iloc[:0])),
        ),
    ]


def _digest(answer: Any, table: pd.DataFrame) -> str | Raised:
    given = call(answer, copied((table,)))
    if isinstance(given, (str, Raised)):
        return given
    said = "nothing (None)" if given is None else f"a value of type {type(given).__name__}"
    return Raised(f"gave {said}, where a text is wanted.")


def _examine(answer: Any, rng: np.random.Generator) -> Iterator[Finding]:
    if not callable(answer):
        yield Finding(False, "The answer is to be a function that is given a table.")
        return
    table = _table(rng, 30)
    other = _changed(table, 12, 3.0)
    first, again, differs = (_digest(answer, each) for each in (table, table, other))
    for given in (first, again, differs):
        if isinstance(given, Raised):
            cost = "The digest is missing from the store, and the trace breaks off here."
            yield Finding(
                False, f"On a table of {len(table)} trips, your function {given.says}", cost
            )
            return
    if first != again:
        yield Finding(
            False,
            "The same table, given twice, has two digests.",
            "Nothing is ever known again: every file looks new each night.",
        )
        return
    if first == differs:
        named = _digest(answer, _read(table, "copy of it.parquet", 5)) != first
        yield Finding(
            False,
            "A table and the same with one fare changed have the same digest.",
            "A file that was changed without a word passes as the one that was audited.",
            "the file taken for its content" if named else "",
        )
        return
    mine = table.copy()
    call(answer, (mine,))
    if not mine.equals(table) or list(mine.columns) != list(table.columns):
        yield Finding(
            False,
            "Your function changes the table that it is given: work on a copy.",
            "Whoever uses the table next has other records than were digested.",
        )
    pairs, told, tried = _pairs(rng), 0, 0
    for each in pairs:
        for one, two in each.tables:
            tried += 1
            digests = [_digest(answer, table) for table in (one, two)]
            broken = next((got for got in digests if isinstance(got, Raised)), None)
            if broken is None and (digests[0] == digests[1]) == each.alike:
                continue
            told += 1
            if told <= _TOLD and broken is not None:
                yield Finding(False, f"Tried {each.says}: your function {broken.says}", each.cost)
            elif told <= _TOLD:
                have = "two digests" if each.alike else "the same digest"
                said = f"It gives {have} to {each.says}."
                yield Finding(False, said, each.cost, each.misconception)
            break
    if told > _TOLD:
        yield Finding(False, f"There are {told - _TOLD} more kinds of pairs that it gets wrong.")
    if not told:
        yield Finding(True, f"Right on {tried} pairs of {len(pairs)} kinds, alike and not.")


DIGEST = Exercise(
    name="lineage-digest",
    title="Are these the same records?",
    kind="find the bug",
    level=1,
    minutes=15,
    section="sec-lineage-back",
    slide="sec-slide-lineage-chain",
    examine=_examine,
)
