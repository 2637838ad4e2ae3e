"""`Kept`: a function whose results are computed once, with everything that led to them."""

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
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, ParamSpec

import pandas as pd
from rich.console import Console

from .. import closure, settings
from ..errors import StoreError
from ..lineage import Artifact, Lineage, Run
from ..lineage.notes import collecting, note
from ..provenance import carry
from . import entries, fresh, recorded
from .fresh import Entry
from .record import Record, once
from .storing import STORING

P = ParamSpec("P")

Inputs = Callable[[Mapping[str, Any]], tuple[Artifact, ...]]
"""From a call's parameters to the files that its result rests on."""


@dataclass
class _Chain:
    """What a result that is being computed has asked for so far."""

    noted: list[Run]
    behind: list[Run] = field(default_factory=list)


_computing: ContextVar[_Chain | None] = ContextVar("kept_computing", default=None)


class Kept(Generic[P]):
    """A function that returns a frame, and the place where its results are kept.

    Called as the function is, it gives the kept result while its key holds: first
    from the committed folder, then from the user's (`settings.home`). Else it
    computes, keeps, and records the run in the lineage store. The frame says in
    ``attrs["provenance"]`` what made it.

    With a recorded study in use (`settings.study`), that study's result of the same name and
    parameters is given, and only that: its data need not be here. What is being computed reads
    no recorded study.

    Other kept results that it asks for on the way, and runs that are noted
    (`debugml.lineage.notes`), are recorded as what it used, wherever they came from.

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
        self._read: dict[str, Entry] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        asking = _computing.get()
        before = len(asking.noted) if asking else 0
        frame, record = self._entry(args, kwargs)
        if asking:
            # Who asks used this result; what this result used lies behind it.
            del asking.noted[before:]
            asking.behind += record.behind
        note(record.run)
        # A caller may change its copy; the kept one stays as it was.
        return frame.copy()

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Digest of data, parameters, engine and reached code: 16 hex digits."""
        parameters = self._parameters(args, kwargs)
        made_of = {
            "parameters": parameters,
            "data": {a.name: a.digest for a in self._inputs(parameters)},
            "engine": settings.engine(),
            "code": self._code,
        }
        forest = settings.forest()
        # On pandas that is what it is anyway.
        if forest is not None and (forest, made_of["engine"]) != ("sklearn", "pandas"):
            made_of["forest"] = forest
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]

    def provenance(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """What made the result: see `Record.to_json` for the entries; computes it if need be.

        Raises
        ------
        StoreError
            If the result can't be kept.
        """
        self(*args, **kwargs)
        record = self.known(*args, **kwargs)
        if record is None:
            raise StoreError(f"the result {self.name} could not be kept, so it has no provenance")
        return record.to_json()

    def known(self, *args: P.args, **kwargs: P.kwargs) -> Record | None:
        """What made the result, if it is kept somewhere; nothing is computed."""
        if (study := self._study()) is not None:
            return study.record(self.name, self._parameters(args, kwargs))
        folder = self.folder(*args, **kwargs)
        return None if folder is None else entries.read_record(folder)

    def folder(self, *args: P.args, **kwargs: P.kwargs) -> Path | None:
        """Where the result of the present code, data and engine is kept; None if nowhere."""
        return self._find(self.key(*args, **kwargs))

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
            self._read[key] = self._keep(key, new, args, kwargs)
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

    def parameters(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """A call's parameters as its record has them: by name, defaults included, JSON values."""
        return self._parameters(args, kwargs)

    def _parameters(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        bound = inspect.signature(self.function).bind(*args, **kwargs)
        bound.apply_defaults()
        parameters: dict[str, Any] = json.loads(json.dumps(dict(bound.arguments)))
        return parameters

    @property
    def code(self) -> str:
        """Digest of the source that the function reaches (`debugml.closure`)."""
        return self._code

    @functools.cached_property
    def _code(self) -> str:
        # Once a process: what it has loaded does not change any more.
        return closure.of_function(self.function, leave_out=STORING).digest

    def _find(self, key: str) -> Path | None:
        for root in (self._committed(), settings.home() / "results"):
            folder = root / self.name / key
            if folder.is_dir():
                return folder
        return None

    def _study(self) -> recorded.Recorded | None:
        # Who computes does so from the trips at hand alone, never in part from elsewhere.
        return recorded.in_use() if _computing.get() is None else None

    def _entry(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Entry:
        computed = fresh.place_of(self.name, nested=_computing.get() is not None)
        if computed is None and (study := self._study()) is not None:
            return self._recorded(study, self._parameters(args, kwargs))
        key = self.key(*args, **kwargs)
        if computed is not None:
            if (self.name, key) not in computed:
                computed[self.name, key] = self._compute(args, kwargs)
            return computed[self.name, key]
        if key not in self._read:
            folder = self._find(key)
            if folder is None:
                self._read[key] = self._keep(key, settings.home() / "results", args, kwargs)
            else:
                frame, record = entries.read(folder)
                self._read[key] = carry(frame, record.on_frame()), record
        return self._read[key]

    def _recorded(self, study: recorded.Recorded, parameters: dict[str, Any]) -> Entry:
        of_study = f"{study.folder} {study.digest} {recorded.written(parameters)}"
        if of_study not in self._read:
            self._read[of_study] = study.read(self.name, parameters, self._code)
        return self._read[of_study]

    def _compute(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Entry:
        parameters = self._parameters(args, kwargs)
        started, clock = datetime.now(UTC), time.perf_counter()
        # Said in a terminal only: on a page it would be output. (Kernels ask for colour,
        # which rich would take for a terminal.)
        console = Console(stderr=True, force_jupyter=False, force_terminal=sys.stderr.isatty())
        # One line at a time: where a result asks for another, the outer one's is shown already.
        shown = _computing.get() is None
        with collecting() as noted:
            chain = _Chain(noted)
            token = _computing.set(chain)
            try:
                with console.status(f"computing {self.name} …") if shown else nullcontext():
                    # An index would not be kept: the first reader sees what the next will.
                    frame = self.function(*args, **kwargs).reset_index(drop=True)
            finally:
                _computing.reset(token)
        seconds = time.perf_counter() - clock
        asked = once(noted)
        run = Run.here(
            self.name,
            once([*self._inputs(parameters), *(a for run in asked for a in run.made)]),
            [Artifact(entries.digest(frame), self.name, "result", len(frame))],
            parameters,
            self._code,
            started=started,
            seconds=seconds,
        )
        record = Record(run, once([*chain.behind, *asked]))
        source = settings.source()
        if source != settings.SAMPLE and record.files():
            record = replace(record, source=settings.source_in_words(source))
        return carry(frame, record.on_frame()), record

    def _keep(
        self, key: str, root: Path, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Entry:
        frame, record = self._compute(args, kwargs)
        # The result itself is sound even where keeping or recording it fails.
        try:
            entries.write(root / self.name / key, frame, record)
        except OSError as error:
            warnings.warn(f"the result {self.name} was not kept: {error}", stacklevel=4)
        try:
            store = Lineage(settings.home() / "lineage.sqlite")
            # What lies behind may have been recorded when it was made; this run is new.
            for run in record.behind:
                store.add(run)
            store.record(record.run)
        except StoreError as error:
            warnings.warn(f"the run {self.name} was not recorded: {error}", stacklevel=4)
        return frame, record


def kept(
    inputs: Inputs, committed: Callable[[], Path]
) -> Callable[[Callable[P, pd.DataFrame]], Kept[P]]:
    """Decorator: keep a function's results. See `Kept`."""

    def decorate(function: Callable[P, pd.DataFrame]) -> Kept[P]:
        return Kept(function, inputs, committed)

    return decorate
