"""What the environment sets: where trips come from, which engine, where results are kept.

==================  ==================================================  ===========
variable            meaning                                             default
==================  ==================================================  ===========
``DEBUGML_SOURCE``  ``sample``, or a folder of TLC's monthly files      ``sample``
``DEBUGML_ENGINE``  ``pandas``, ``dask``, ``cudf`` or ``dask-cudf``     ``pandas``
``DEBUGML_HOME``    folder for computed results and the lineage store   per user
``DEBUGML_STUDY``   folder of a recorded study, or ``sample``           ``sample``
==================  ==================================================  ===========
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from .engines import ENGINES
from .errors import SettingError

SAMPLE = "sample"


def source(value: str | os.PathLike[str] | None = None) -> str:
    """The trips' source: the argument, else ``DEBUGML_SOURCE``, else ``"sample"``.

    Raises
    ------
    SettingError
        If it is neither ``"sample"`` nor a folder that exists.

    Examples
    --------
    >>> source("sample")
    'sample'
    """
    said = "source" if value is not None else "DEBUGML_SOURCE"
    chosen = os.fspath(value) if value is not None else os.environ.get(said) or SAMPLE
    chosen = str(Path(chosen).expanduser()) if chosen != SAMPLE else chosen
    if chosen != SAMPLE and not Path(chosen).is_dir():
        raise SettingError(
            f"{said} is {chosen!r}: no such folder. Use 'sample' for the trips that come with "
            "debugml, or a folder that holds files such as yellow_tripdata_2020-01.parquet"
        )
    return chosen


def engine(value: str | None = None) -> str:
    """The dataframe engine: the argument, else ``DEBUGML_ENGINE``, else ``"pandas"``.

    Raises
    ------
    SettingError
        If debugml has no engine of that name.

    Examples
    --------
    >>> engine("dask")
    'dask'
    """
    said = "engine" if value is not None else "DEBUGML_ENGINE"
    chosen = value if value is not None else os.environ.get(said) or "pandas"
    if chosen not in ENGINES:
        raise SettingError(f"{said} is {chosen!r}: use one of {', '.join(ENGINES)}")
    return chosen


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder for computed results and the lineage store: ``DEBUGML_HOME``, else per user."""
    chosen = environment.get("DEBUGML_HOME") or platformdirs.user_data_path("debugml")
    return Path(chosen).expanduser()


STUDY_FILE = "study.json"
"""The file that makes a folder a recorded study."""


def study_choice(environment: Mapping[str, str] = os.environ) -> Path:
    """Where `debugml study use` writes down which recorded study is in use.

    Examples
    --------
    >>> study_choice({"DEBUGML_HOME": "/data"}).name
    'study-in-use'
    """
    return home(environment) / "study-in-use"


def study_named(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The recorded study that is asked for, unchecked, and what asks for it.

    ``DEBUGML_STUDY`` wins over the choice that `debugml study use` wrote down.

    Raises
    ------
    SettingError
        If that choice can't be read.

    Examples
    --------
    >>> study_named({"DEBUGML_STUDY": "gpu-run"})
    ('gpu-run', 'DEBUGML_STUDY')
    """
    if chosen := environment.get("DEBUGML_STUDY"):
        return chosen, "DEBUGML_STUDY"
    path = study_choice(environment)
    try:
        return path.read_text("utf-8").strip() or SAMPLE, "`debugml study use`"
    except (FileNotFoundError, NotADirectoryError):
        return SAMPLE, ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{path}: cannot be read ({error}), so nobody knows which study is in use. "
            "Delete it, or choose one anew: debugml study use"
        ) from error


def study(value: str | os.PathLike[str] | None = None) -> Path | None:
    """Folder of the recorded study in use: the argument, else what `study_named` says.

    Returns
    -------
    Path, or None
        None for ``"sample"``: the results that come with debugml, and those computed here.

    Raises
    ------
    SettingError
        If it is neither ``"sample"`` nor a folder with a recorded study.

    Examples
    --------
    >>> study("sample") is None
    True
    """
    chosen, said = (os.fspath(value), "study") if value is not None else study_named()
    if chosen == SAMPLE:
        return None
    folder = Path(chosen).expanduser()
    if not (folder / STUDY_FILE).is_file():
        what = "holds no study.json" if folder.is_dir() else "is no folder"
        raise SettingError(
            f"{said} names {chosen!r}, which {what}. Name a folder that `debugml study save` "
            "made, whole, or 'sample' for the results that come with debugml"
        )
    return folder


def source_in_words(chosen: str) -> str:
    """What to call a source where others read it: no user, password, query or local path.

    Examples
    --------
    >>> source_in_words("s3://key:secret@bucket/trips/?token=1")
    's3://bucket/trips'
    >>> source_in_words("/home/ann/tlc")
    "a local folder of TLC's files"
    """
    if chosen in (SAMPLE, "tlc"):
        return {SAMPLE: "the samples", "tlc": "TLC's monthly files"}[chosen]
    parts = urlsplit(chosen)
    if parts.scheme not in ("http", "https", "s3"):
        return "a local folder of TLC's files"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")
