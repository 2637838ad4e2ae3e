"""Keep a result under what made it: data, parameters, and the code that it reaches.

A kept result is a folder, `<name>/<key>/`, with the frame (`result.parquet`) and
what made it (`provenance.json`). The folder gets its final name in one step, when
it is whole: two processes at once, or one killed half-way, leave nothing broken.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, ParamSpec

import pandas as pd
import pyarrow as pa
from rich.console import Console

from . import closure, machine, settings
from .errors import StoreError
from .lineage import Artifact, Lineage, Run

P = ParamSpec("P")

Inputs = Callable[[Mapping[str, Any]], tuple[Artifact, ...]]
"""From a call's parameters to the files that its result rests on."""

_STORING = ("debugml.keep", "debugml.lineage", "debugml.machine", "debugml.settings")
"""Modules that decide where a result lies, not what it is: they are not in its key."""

RESULT, PROVENANCE = "result.parquet", "provenance.json"


class Kept(Generic[P]):
    """A function that returns a frame, and the place where its results are kept.

    Called as the function is, it gives the kept result while its key holds: first
    from the committed folder, then from the user's (`settings.home`). Else it
    computes, keeps, and records the run in the lineage store.

    Parameters
    ----------
    function : function returning DataFrame
        Top-level; its arguments are JSON values and have defaults.
    inputs : function
        Names the files behind a call's parameters.
    committed : function returning Path
        Folder of results that travel with the source.
    """

    def __init__(
        self,
        function: Callable[P, pd.DataFrame],
        inputs: Inputs,
        committed: Callable[[], Path],
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = function.__name__
        self._inputs = inputs
        self._committed = committed
        self._read: dict[str, pd.DataFrame] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        key = self.key(*args, **kwargs)
        if key not in self._read:
            folder = self._find(key)
            if folder is None:
                self._read[key] = self._compute(key, settings.home() / "results", args, kwargs)
            else:
                self._read[key] = _read(folder)
        # A caller may change its copy; the kept one stays as it was.
        return self._read[key].copy()

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Digest of data, parameters, engine and reached code: 16 hex digits."""
        parameters = self._parameters(args, kwargs)
        made_of = {
            "parameters": parameters,
            "data": {a.name: a.digest for a in self._inputs(parameters)},
            "engine": settings.engine(),
            "code": self._code,
        }
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]

    def provenance(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """What made the result: see `_provenance` for the entries; computes it if need be."""
        self(*args, **kwargs)
        folder = self._find(self.key(*args, **kwargs))
        if folder is None:
            raise StoreError(f"the result {self.name} could not be kept, so it has no provenance")
        provenance: dict[str, Any] = json.loads((folder / PROVENANCE).read_text("utf-8"))
        return provenance

    def commit(self, *args: P.args, **kwargs: P.kwargs) -> Path:
        """Compute anew into the committed folder, and give the entry's folder.

        Raises
        ------
        StoreError
            If the entry can't be written.
        """
        key = self.key(*args, **kwargs)
        folder = self._committed() / self.name / key
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: could not be written ({error.strerror})") from error
        # Made whole beside the old entry, which goes only when the new one is there.
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as temporary:
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            self._read[key] = self._compute(key, new, args, kwargs)
            made = new / self.name / key
            if not made.is_dir():
                raise StoreError(f"{folder}: could not be written. Check the folder's permissions")
            if folder.is_dir():
                folder.rename(old)
            made.rename(folder)
        return folder

    def is_committed(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Whether the committed folder holds the result of the present code and data."""
        return (self._committed() / self.name / self.key(*args, **kwargs)).is_dir()

    def _parameters(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        bound = inspect.signature(self.function).bind(*args, **kwargs)
        bound.apply_defaults()
        parameters: dict[str, Any] = json.loads(json.dumps(dict(bound.arguments)))
        return parameters

    @functools.cached_property
    def _code(self) -> str:
        # Once a process: what it has loaded does not change any more.
        return closure.of_function(self.function, leave_out=_STORING).digest

    def _find(self, key: str) -> Path | None:
        for root in (self._committed(), settings.home() / "results"):
            folder = root / self.name / key
            if folder.is_dir():
                return folder
        return None

    def _compute(
        self, key: str, root: Path, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> pd.DataFrame:
        parameters = self._parameters(args, kwargs)
        started, clock = datetime.now(UTC), time.perf_counter()
        # Said in a terminal only: on a page it would be output. (Kernels ask for colour,
        # which rich would take for a terminal.)
        console = Console(stderr=True, force_jupyter=False, force_terminal=sys.stderr.isatty())
        with console.status(f"computing {self.name} …"):
            # An index would not be kept: the first reader sees what the next will.
            frame = self.function(*args, **kwargs).reset_index(drop=True)
        seconds = time.perf_counter() - clock
        run = Run(
            name=self.name,
            used=self._inputs(parameters),
            made=(Artifact(_digest(frame), self.name, "result", len(frame)),),
            parameters=parameters,
            code=self._code,
            engine=settings.engine(),
            device=machine.device(),
            versions=machine.versions(),
            started=started.isoformat(timespec="seconds"),
            seconds=round(seconds, 3),
        )
        # The result itself is sound even where keeping or recording it fails.
        try:
            _write(root / self.name / key, frame, run)
        except OSError as error:
            warnings.warn(f"the result {self.name} was not kept: {error}", stacklevel=3)
        try:
            Lineage(settings.home() / "lineage.sqlite").record(run)
        except StoreError as error:
            warnings.warn(f"the run {self.name} was not recorded: {error}", stacklevel=3)
        return frame


def kept(
    inputs: Inputs, committed: Callable[[], Path]
) -> Callable[[Callable[P, pd.DataFrame]], Kept[P]]:
    """Decorator: keep a function's results. See `Kept`."""

    def decorate(function: Callable[P, pd.DataFrame]) -> Kept[P]:
        return Kept(function, inputs, committed)

    return decorate


def _digest(frame: pd.DataFrame) -> str:
    """SHA-256 of a frame's values, names and kinds; the same however it was stored."""
    # Kinds, not types: pandas 2 and 3 read the same text and times as different types.
    kinds = [(str(name), kind.kind) for name, kind in frame.dtypes.items()]
    whole = hashlib.sha256(json.dumps(kinds).encode())
    for name in frame.columns:
        column = frame[name]
        # repr of a Python float gives every digit that matters.
        whole.update(repr([*column.astype(object).where(column.notna(), None)]).encode())
    return whole.hexdigest()


def _write(folder: Path, frame: pd.DataFrame, run: Run) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as temporary:
        part = Path(temporary) / folder.name
        part.mkdir()
        frame.to_parquet(part / RESULT, index=False)
        about = _provenance(run)
        (part / PROVENANCE).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n")
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
            # Another process kept the same result first: its entry stands.


def _provenance(run: Run) -> dict[str, Any]:
    """Name, parameters, data (files with digest and rows), result, code, engine, where, when."""
    return {
        "name": run.name,
        "parameters": run.parameters,
        "data": {a.name: {"sha256": a.digest, "rows": a.rows} for a in run.used},
        "result": {"sha256": run.made[0].digest, "rows": run.made[0].rows},
        "code": run.code,
        "engine": run.engine,
        "device": run.device,
        "versions": run.versions,
        "started": run.started,
        "seconds": run.seconds,
    }


def _read(folder: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(folder / RESULT)
        expected = json.loads((folder / PROVENANCE).read_text("utf-8"))["result"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise StoreError(
            f"{folder}: a kept result that cannot be read ({error}). "
            "Delete that folder; the result is then computed again"
        ) from error
    if _digest(frame) != expected:
        raise StoreError(
            f"{folder / RESULT}: not the values that its {PROVENANCE} names. "
            "Delete that folder; the result is then computed again"
        )
    return frame
