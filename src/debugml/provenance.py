"""What a frame rests on, carried along in its ``attrs`` wherever pandas keeps them.

A frame's ``attrs["provenance"]`` is a list of one plain dict of JSON values: which
months and how many rows it was made from, under one digest, and, for a kept
result, what computed it (`debugml.keep`). Selecting, sorting and copying keep it;
`pandas.concat` keeps it where all parts have the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

PROVENANCE = "provenance"
"""Its name among a frame's ``attrs``."""

_MONTH = re.compile(r"\d{4}-\d{2}")


def months_of(names: Mapping[str, str]) -> list[str]:
    """The months that files' names speak of, sorted; a name without one stays whole.

    Examples
    --------
    >>> months_of({"yellow_tripdata_2020-02.parquet": "d2", "zones.csv": "d1"})
    ['2020-02', 'zones.csv']
    """
    found = (_MONTH.search(name) for name in names)
    return sorted({match[0] if match else name for match, name in zip(found, names, strict=True)})


def digest_of(digests: Mapping[str, str]) -> str:
    """One SHA-256, in hex, over the digests of files by their names, in any order.

    Examples
    --------
    >>> digest_of({"b": "2", "a": "1"}) == digest_of({"a": "1", "b": "2"})
    True
    """
    return hashlib.sha256(json.dumps(dict(sorted(digests.items()))).encode()).hexdigest()


def carry(frame: pd.DataFrame, entry: Mapping[str, Any]) -> pd.DataFrame:
    """The same frame, which from now on says what it rests on.

    Parameters
    ----------
    frame : DataFrame
        Changed in place.
    entry : mapping
        JSON values.

    Examples
    --------
    >>> frame = carry(pd.DataFrame({"n": [2, 1]}), {"months": ["2020-01"], "rows": 2})
    >>> frame.sort_values("n").attrs["provenance"]
    [{'months': ['2020-01'], 'rows': 2}]
    """
    frame.attrs = {PROVENANCE: [dict(entry)]}
    return frame


def of_trips(
    digests: Mapping[str, str], rows: int | None, engine: str, source: str = ""
) -> dict[str, Any]:
    """What trips rest on: ``months``, ``rows``, ``data`` (one digest of all files), ``engine``.

    And ``source`` in words (`settings.source_in_words`), where it is given: of trips that are
    not the samples.

    Examples
    --------
    >>> of_trips({"yellow_tripdata_2020-01.parquet": "d1"}, 3, "pandas")["months"]
    ['2020-01']
    """
    return {
        "months": months_of(digests),
        "rows": rows,
        "data": digest_of(digests),
        "engine": engine,
    } | ({"source": source} if source else {})
