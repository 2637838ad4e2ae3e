"""A kept result on disk: a folder that is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ..errors import StoreError
from .record import Record, from_json

RESULT, PROVENANCE = "result.parquet", "provenance.json"

COMPUTE_AGAIN = "Delete that folder; the result is then computed again"
"""The way out of a damaged entry of one's own."""


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 of a frame's values, names and kinds; the same however it was stored.

    Examples
    --------
    >>> digest(pd.DataFrame({"n": [1]})) == digest(pd.DataFrame({"n": [1.0]}))
    False
    """
    # Kinds, not types: pandas 2 and 3 read the same text and times as different types.
    kinds = [(str(name), kind.kind) for name, kind in frame.dtypes.items()]
    whole = hashlib.sha256(json.dumps(kinds).encode())
    for name in frame.columns:
        column = frame[name]
        # repr of a Python float gives every digit that matters.
        whole.update(repr([*column.astype(object).where(column.notna(), None)]).encode())
    return whole.hexdigest()


def write(folder: Path, frame: pd.DataFrame, record: Record) -> None:
    """Write a result's folder under its final name, when it is whole.

    Raises
    ------
    OSError
        If it can't be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as temporary:
        part = Path(temporary) / folder.name
        part.mkdir()
        # Parquet would store the attributes, and they hold a date.
        plain = frame.copy(deep=False)
        plain.attrs = {}
        plain.to_parquet(part / RESULT, index=False)
        (part / PROVENANCE).write_text(text_of(record), "utf-8")
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
            # Another process kept the same result first: its entry stands.


def text_of(record: Record) -> str:
    """`provenance.json`; runs behind the result and their artifacts one a line: there may be many.

    Examples
    --------
    >>> from debugml.lineage import Artifact, Run
    >>> table = Artifact("d2", "table", "result", 3)
    >>> record = Record(Run("table", (), (table,), {}, "c0de", "pandas", "laptop", {}))
    >>> from_json(json.loads(text_of(record))) == record
    True
    """
    about = record.to_json()
    listed = []
    for name in ("artifacts", "behind"):
        lines = ",".join(f"\n  {json.dumps(each, ensure_ascii=False)}" for each in about.pop(name))
        listed.append(f' "{name}": [{lines}]')
    whole = json.dumps(about, indent=1, ensure_ascii=False).removesuffix("\n}")
    return ",\n".join([whole, *listed]) + "\n}\n"


def read(folder: Path, way_out: str = COMPUTE_AGAIN) -> tuple[pd.DataFrame, Record]:
    """A kept result's frame and record; an error ends with the way out.

    Raises
    ------
    StoreError
        If it can't be read, or does not hold the values that its record names.
    """
    record = read_record(folder, way_out)
    try:
        frame = pd.read_parquet(folder / RESULT)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _unreadable(folder, error, way_out) from error
    if digest(frame) != record.run.made[0].digest:
        raise StoreError(
            f"{folder / RESULT}: not the values that its {PROVENANCE} names. {way_out}"
        )
    return frame, record


def read_record(folder: Path, way_out: str = COMPUTE_AGAIN) -> Record:
    """What made a kept result, without its frame.

    Raises
    ------
    StoreError
        If it can't be read.
    """
    try:
        return from_json(json.loads((folder / PROVENANCE).read_text("utf-8")))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _unreadable(folder, error, way_out) from error


def _unreadable(folder: Path, error: Exception, way_out: str) -> StoreError:
    return StoreError(f"{folder}: a kept result that cannot be read ({error}). {way_out}")
