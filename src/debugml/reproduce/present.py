"""The kept results that calls would give now: of the present data, engine and code."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import settings, study
from ..closure import PACKAGE_ROOT
from ..errors import DebugmlError
from ..keep import Kept, Record
from .sources import UNKNOWN, Result

_CODES = "codes.json"


def present(results: Iterable[Result]) -> dict[Result, Record]:
    """What made each result, of those that are kept under their present key.

    A key covers all code that a result reaches, and reading that for all results takes a second
    or more: so ``codes.json`` in ``DEBUGML_HOME`` keeps these digests for as long as no
    file of the package changes.

    Examples
    --------
    >>> present([Result("month_facts", json.dumps(UNKNOWN))])
    {}
    """
    found: dict[Result, Record] = {}
    asked = {result: kept_of(result) for result in sorted(set(results))}
    stamp = _stamp()
    codes = _read(stamp)
    for result, kept in asked.items():
        if kept is None:
            continue
        if kept.name in codes:
            # Where the property keeps what it has read once.
            vars(kept).setdefault("_code", codes[kept.name])
        try:
            record = kept.known(**json.loads(result.parameters))
        except DebugmlError:
            # Such as a month that the present source lacks: then nothing is kept of it.
            continue
        if record is not None:
            found[result] = record
    whole = codes | {k.name: k._code for k in asked.values() if k and "_code" in vars(k)}
    if whole != codes:
        _write({"package": stamp, "codes": whole})
    return found


def kept_of(result: Result) -> Kept[Any] | None:
    """The function that gives a result; None if there is none or its parameters are unknown.

    Examples
    --------
    >>> kept_of(Result("month_facts", "{}")) is study.month_facts
    True
    """
    kept = getattr(study, result.name, None)
    known = json.loads(result.parameters) != UNKNOWN
    return kept if known and isinstance(kept, Kept) else None


def _stamp() -> str:
    """Digest of all of the package's files."""
    whole = hashlib.sha256()
    for path in sorted(PACKAGE_ROOT.rglob("*")):
        if path.suffix in (".py", ".pyi", ".toml", ".json") and path.is_file():
            inside = path.relative_to(PACKAGE_ROOT).as_posix()
            whole.update(f"{inside}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return whole.hexdigest()


def _read(stamp: str) -> dict[str, str]:
    try:
        about = json.loads((settings.home() / _CODES).read_text("utf-8"))
        codes = about["codes"] if about["package"] == stamp else {}
        return {str(name): str(code) for name, code in codes.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # It only saves time.
        return {}


def _write(about: dict[str, Any]) -> None:
    try:
        settings.home().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{_CODES}-", dir=settings.home())
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(about, file, indent=1, sort_keys=True)
        # Whole or not at all, also for another process that reads it now.
        Path(name).replace(settings.home() / _CODES)
    except OSError:
        return
