"""Record a study: save what is kept, and choose which recorded study is read."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import settings
from ..errors import DebugmlError, SettingError
from ..keep import PROVENANCE, Kept, read_record, recorded
from ..keep.recorded import Recorded
from ..trips import samples
from .computing import in_words, present


def save(folder: str | os.PathLike[str]) -> Recorded:
    """Save all results that are kept of the present source, engine and code as a recorded study.

    Raises
    ------
    StoreError
        If nothing is kept, something is damaged, the folder exists or can't be written.
    SettingError
        If the settings name no source or engine.
    """
    settings.source(), settings.engine()
    with present():
        return recorded.save(Path(folder).expanduser(), sorted(_kept()))


def use(folder: str | os.PathLike[str]) -> Recorded | None:
    """Have this user's later calls and renders read a recorded study; ``"sample"`` ends that.

    Every result is read once, so that what is damaged shows now and not on stage.

    Returns
    -------
    Recorded, or None for ``"sample"``

    Raises
    ------
    SettingError
        If the folder holds no recorded study, or the choice can't be written down.
    StoreError
        If the study is damaged, or a newer debugml recorded it.
    """
    chosen = settings.study(folder)
    path = settings.study_choice()
    try:
        if chosen is None:
            path.unlink(missing_ok=True)
            return None
        study = recorded.open_study(chosen.resolve())
        study.check()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, also for another process that reads it now.
        handle, name = tempfile.mkstemp(prefix=".study-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{study.folder}\n")
        Path(name).replace(path)
    except OSError as error:
        raise SettingError(
            f"{path}: the choice could not be written down ({error.strerror}). Check the "
            "permissions of DEBUGML_HOME, or set DEBUGML_STUDY instead"
        ) from error
    return study


def missing_from(study: Recorded) -> list[str]:
    """Calls of the study's results that a recorded study does not hold.

    Examples
    --------
    >>> from debugml.keep.recorded import Recorded
    >>> len(missing_from(Recorded(Path("empty"), {}, "", {}))) > 50
    True
    """
    from . import RESULTS

    held = {(name, recorded.written(parameters)) for name, parameters in study.calls()}
    return [
        in_words(result.name, parameters)
        for result, parameters in RESULTS
        if (result.name, recorded.written(result.parameters(**parameters))) not in held
    ]


def other_code(study: Recorded) -> list[str]:
    """Names of the results in a recorded study that other code than this computed.

    Examples
    --------
    >>> from debugml.keep.recorded import Recorded
    >>> other_code(Recorded(Path("empty"), {}, "", {}))
    []
    """
    found = set()
    for name, parameters in study.calls():
        record, result = study.record(name, parameters), _function(name)
        if record is not None and (result is None or record.run.code != result.code):
            found.add(name)
    return sorted(found)


def _kept() -> Iterator[Path]:
    """Folders of the results whose keys hold now, with whatever parameters they were asked for."""
    roots = (samples.folder() / "results", settings.home() / "results")
    for path in (p for root in roots for p in root.glob(f"[!.]*/[!.]*/{PROVENANCE}")):
        folder = path.parent
        result = _function(folder.parent.name)
        if result is None:
            continue
        parameters: dict[str, Any] = dict(read_record(folder).run.parameters)
        # Such as a month that the source lacks, or a parameter that went: it is of other times.
        with contextlib.suppress(DebugmlError, TypeError):
            if result.folder(**parameters) == folder:
                yield folder


def _function(name: str) -> Kept[Any] | None:
    from .. import study

    found = getattr(study, name, None)
    return found if isinstance(found, Kept) else None
