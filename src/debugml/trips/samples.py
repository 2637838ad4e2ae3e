"""The sample trips that come with debugml: where they are, and whether they are whole."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

from ..errors import DataError, MonthError
from .files import file_digest


class SampleFile(TypedDict):
    """What the manifest says of one file."""

    rows: int
    sha256: str


def folder() -> Path:
    """The folder of the samples: inside the installed package, or beside ``src`` in a checkout.

    Raises
    ------
    DataError
        If neither is there.
    """
    package = Path(__file__).parent.parent
    for candidate in (package / "data_samples", package.parent.parent / "data_samples"):
        if (candidate / "manifest.json").is_file():
            return candidate
    raise DataError(
        f"{package / 'data_samples'}: the sample trips are not there. Install debugml again"
    )


@cache
def manifest() -> dict[str, SampleFile]:
    """Rows and SHA-256 of each sample file, by file name.

    Examples
    --------
    >>> manifest()["yellow_tripdata_2020-01.parquet"]["rows"]
    10000
    """
    path = folder() / "manifest.json"
    try:
        files: dict[str, SampleFile] = json.loads(path.read_text("utf-8"))["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not a manifest of sample files. Install debugml again") from error
    return files


@cache
def sample_path(month: str) -> Path:
    """A month's sample file, checked against the manifest once a process.

    Raises
    ------
    MonthError
        If there is no sample of that month.
    DataError
        If the file's bytes are not those that the manifest names.
    """
    path = folder() / f"yellow_tripdata_{month}.parquet"
    known = manifest()
    if path.name not in known:
        first, last = (name[-15:-8] for name in (min(known), max(known)))
        raise MonthError(
            f"no sample trips of {month}: the samples run from {first} to {last}. "
            "Ask for one of those months, or name a folder of TLC's files as source"
        )
    if not path.is_file():
        raise DataError(f"{path}: the sample file is missing. Install debugml again")
    expected, found = known[path.name]["sha256"], file_digest(path)
    if found != expected:
        raise DataError(
            f"{path}: not the sample file that debugml came with (SHA-256 {found[:12]}…, "
            f"expected {expected[:12]}…). Restore it: install debugml again, or `git checkout` it"
        )
    return path
