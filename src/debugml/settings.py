"""What the environment sets: where trips come from, which engine, where results are kept.

==================  ==================================================  ===========
variable            meaning                                             default
==================  ==================================================  ===========
``DEBUGML_SOURCE``  ``sample``, or a folder of TLC's monthly files      ``sample``
``DEBUGML_ENGINE``  ``pandas``, ``dask``, ``cudf`` or ``dask-cudf``     ``pandas``
``DEBUGML_FOREST``  ``sklearn``, ``xgboost`` or ``cuml``                by engine
``DEBUGML_HOME``    folder for computed results and the lineage store   per user
==================  ==================================================  ===========
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from .engines import ENGINES
from .errors import SettingError

SAMPLE = "sample"
FORESTS = ("sklearn", "xgboost", "cuml")


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


def forest(value: str | None = None) -> str | None:
    """The kind of forest: the argument, else ``DEBUGML_FOREST``, else None: by the engine.

    Raises
    ------
    SettingError
        If debugml has no forest of that kind.

    Examples
    --------
    >>> forest("xgboost")
    'xgboost'
    """
    said = "kind" if value is not None else "DEBUGML_FOREST"
    chosen = value if value is not None else os.environ.get(said) or None
    if chosen is not None and chosen not in FORESTS:
        raise SettingError(f"{said} is {chosen!r}: use one of {', '.join(FORESTS)}")
    return chosen


def home() -> Path:
    """Folder for computed results and the lineage store: ``DEBUGML_HOME``, else per user."""
    chosen = os.environ.get("DEBUGML_HOME") or platformdirs.user_data_path("debugml")
    return Path(chosen).expanduser()
