"""A recorded study: kept results of any machine in one folder, read without their data.

The folder holds ``results/<name>/<key>/`` as every keeper of results does (`debugml.keep`),
and ``study.json``: what was computed, when, where and on what, and a digest of each result's
record. The record holds the digest of the result's values, so the file vouches for the whole.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import settings
from ..errors import StoreError
from ..lineage.openlineage import ended
from ..provenance import carry, digest_of, months_of
from . import entries
from .fresh import Entry
from .record import Record, once, rows_of

FORMAT = 1
"""Version of the folder's format; who writes another one must raise it."""

FETCH_AGAIN = (
    "Copy the recorded study again from where it was saved, or choose another: debugml study use"
)
SAMPLES_AGAIN = "go back to the results that come with debugml: debugml study use sample"

_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True)
class Recorded:
    """A recorded study, opened.

    Attributes
    ----------
    folder : Path
    about : dict
        What ``study.json`` says: ``started`` and ``ended`` (ISO 8601, UTC), ``devices``,
        ``engine``, ``source`` in words, ``months``, ``rows`` (None if not known),
        ``versions``, ``code`` (one digest of all results' code).
    digest : str
        SHA-256 of ``study.json``.
    """

    folder: Path
    about: Mapping[str, Any]
    digest: str
    _listed: Mapping[tuple[str, str], Mapping[str, Any]] = field(repr=False)

    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Name and parameters of each result that the study holds."""
        return [(name, json.loads(parameters)) for name, parameters in self._listed]

    def folders(self) -> list[Path]:
        """The folder of each result that the study holds."""
        return [self._place(name, listed) for (name, _), listed in self._listed.items()]

    def read(self, name: str, parameters: Mapping[str, Any], code: str = "") -> Entry:
        """A result and what made it; its frame says that it was recorded, and by which code.

        Parameters
        ----------
        name : str
        parameters : mapping
            All of the call's, by name.
        code : str, optional
            Digest of the present code; if it was another then, the frame says that too.

        Raises
        ------
        StoreError
            If the study has no such result, or what it has is damaged.
        """
        listed = self._listed.get((name, written(parameters)))
        if listed is None:
            given = ", ".join(f"{key}={_short(value)}" for key, value in parameters.items())
            raise StoreError(
                f"{self.folder}: the recorded study has no {name}({given}). Where it was made, "
                f"`debugml study run {name}` and `debugml study save` add it; or {SAMPLES_AGAIN}"
            )
        folder = self._place(name, listed)
        frame, record = entries.read(folder, FETCH_AGAIN)
        said = self._checked(folder, record, listed).on_frame() | {"recorded": True}
        if code and record.run.code != code:
            said["other_code"] = True
        return carry(frame, said), record

    def record(self, name: str, parameters: Mapping[str, Any]) -> Record | None:
        """What made a result, without its frame; None if the study has no such result.

        Raises
        ------
        StoreError
            If what it has is damaged.
        """
        listed = self._listed.get((name, written(parameters)))
        if listed is None:
            return None
        folder = self._place(name, listed)
        return self._checked(folder, entries.read_record(folder, FETCH_AGAIN), listed)

    def check(self) -> None:
        """Read every result.

        Raises
        ------
        StoreError
            If one is missing or damaged.
        """
        for name, parameters in self.calls():
            self.read(name, parameters)

    def _place(self, name: str, listed: Mapping[str, Any]) -> Path:
        return self.folder / "results" / name / str(listed["key"])

    def _checked(self, folder: Path, record: Record, listed: Mapping[str, Any]) -> Record:
        if _digest(record) != listed["record"]:
            raise StoreError(
                f"{folder / entries.PROVENANCE}: not the record that "
                f"{self.folder / settings.STUDY_FILE} names. {FETCH_AGAIN}"
            )
        return record


def written(parameters: Mapping[str, Any]) -> str:
    """A call's parameters as one text, whatever their order.

    Examples
    --------
    >>> written({"train": "2020-01", "seed": 0})
    '{"seed": 0, "train": "2020-01"}'
    """
    return json.dumps(parameters, sort_keys=True)


def in_use() -> Recorded | None:
    """The recorded study that the settings name, opened; None for none.

    Raises
    ------
    SettingError
        If they name a folder that holds none.
    StoreError
        If its ``study.json`` can't be read.

    Examples
    --------
    >>> in_use() is None
    True
    """
    folder = settings.study()
    return None if folder is None else open_study(folder)


def open_study(folder: Path) -> Recorded:
    """A recorded study; its results are read when they are asked for.

    Raises
    ------
    StoreError
        If ``study.json`` can't be read, or a newer debugml wrote it.
    """
    path = folder / settings.STUDY_FILE
    try:
        status = path.stat()
        return _opened(folder.absolute(), status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}). {FETCH_AGAIN}") from error


# Every call of a result asks for it.
@lru_cache(maxsize=8)
def _opened(folder: Path, mtime: int, size: int) -> Recorded:
    path = folder / settings.STUDY_FILE
    text = path.read_bytes()
    try:
        about = json.loads(text)
        if about["format"] > FORMAT:
            raise StoreError(
                f"{path}: of format {about['format']}, and this debugml reads up to {FORMAT}. "
                "A newer debugml recorded it: update this one"
            )
        listed = {(r["name"], written(r["parameters"])): r for r in about.pop("results")}
        strange = [r["name"] for r in listed.values() if not _is_plain(r["name"], r["key"])]
        if strange or {type(r["record"]) for r in listed.values()} != {str}:
            raise ValueError(f"no name of a result: {strange}" if strange else "no results")
        about = {name: about[name] for name in _ABOUT}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        said = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise StoreError(
            f"{path}: not what a recorded study says ({said}). {FETCH_AGAIN}"
        ) from error
    return Recorded(folder, about, hashlib.sha256(text).hexdigest(), listed)


_ABOUT = ("started", "ended", "devices", "engine", "source", "months", "rows", "versions", "code")


def save(folder: Path, kept: Iterable[Path]) -> Recorded:
    """Write kept results as a recorded study, in one step when it is whole.

    Parameters
    ----------
    folder : Path
        It may not exist yet, or must be empty.
    kept : iterable of Path
        Folders of kept results, all of one engine.

    Raises
    ------
    StoreError
        If there is something at that place, nothing to save, a result is damaged, or the
        folder can't be written.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise StoreError(f"{folder} is there already: name a folder that does not exist yet")
    found = {entry: entries.read(entry)[1] for entry in kept}
    if not found:
        raise StoreError(
            "there is nothing to save: no result of this source, engine and code is kept. "
            "Compute them: debugml study run"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as temporary:
            part = Path(temporary) / "study"
            for entry, record in found.items():
                to = part / "results" / record.run.name / entry.name
                to.mkdir(parents=True)
                for name in (entries.RESULT, entries.PROVENANCE):
                    shutil.copyfile(entry / name, to / name)
            text = json.dumps(_about(found), indent=1, ensure_ascii=False)
            (part / settings.STUDY_FILE).write_text(text + "\n", "utf-8")
            part.rename(folder)
    except OSError as error:
        raise StoreError(
            f"{folder}: could not be written ({error.strerror}). Nothing was saved: check the "
            "folder's permissions and the space left, or name another"
        ) from error
    return open_study(folder)


def _about(found: Mapping[Path, Record]) -> dict[str, Any]:
    """What `study.json` says of results."""
    records = [*found.values()]
    runs = [record.run for record in records]
    files = once(file for record in records for file in record.files())
    names = {file.name: file.digest for file in files}
    # What is simulated rests on no trips, so it has no source.
    rest = [record for record in records if record.files()]
    sources = sorted({r.source or settings.source_in_words(settings.SAMPLE) for r in rest})
    return {
        "format": FORMAT,
        "started": min(run.started for run in runs),
        "ended": max(ended(run) for run in runs).isoformat(timespec="seconds"),
        "devices": sorted({run.device for run in runs}),
        "engine": ", ".join(sorted({run.engine for run in runs})),
        "source": ", ".join(sources) or "no trips",
        "months": months_of(names),
        "rows": rows_of(files),
        "versions": dict(max(runs, key=lambda run: run.started).versions),
        "code": digest_of({run.name: run.code for run in runs}),
        "results": [
            {
                "name": record.run.name,
                "parameters": dict(record.run.parameters),
                "key": entry.name,
                "record": _digest(record),
            }
            for entry, record in found.items()
        ],
    }


def _digest(record: Record) -> str:
    """SHA-256 of a record, however its file is laid out."""
    return hashlib.sha256(json.dumps(record.to_json(), sort_keys=True).encode()).hexdigest()


def _short(value: Any) -> str:
    """A parameter in an error: of a long list its ends."""
    long = isinstance(value, list) and len(value) > 3
    return f"[{value[0]!r}, …, {value[-1]!r}]" if long else repr(value)


def _is_plain(*names: str) -> bool:
    """Whether names from a file may be parts of a path."""
    return all(_PLAIN.fullmatch(name) for name in names)
