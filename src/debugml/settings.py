"""What the environment sets: where trips come from, which engine, where results are kept.

=====================  ==================================================  ===========
variable               meaning                                             default
=====================  ==================================================  ===========
``DEBUGML_SOURCE``     ``sample``, or a folder of TLC's monthly files      ``sample``
``DEBUGML_ENGINE``     ``pandas``, ``dask``, ``cudf`` or ``dask-cudf``     ``pandas``
``DEBUGML_SCHEDULER``  ``threads``, ``local``, or a Dask scheduler's       ``threads``
                       address such as ``tcp://10.0.0.5:8786``
``DEBUGML_HOME``       folder for computed results and the lineage store   per user
=====================  ==================================================  ===========
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import platformdirs

from .engines import ENGINES, NEEDS, has_gpu
from .errors import SettingError

SAMPLE = "sample"
THREADS, LOCAL = "threads", "local"

_ADDRESS = re.compile(r"(tcp|tls|ucx|ucxx|ws|wss)://[^\s/]+:\d+")


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
        If debugml has no engine of that name, or it needs packages or a GPU that are not here.

    Examples
    --------
    >>> engine("pandas")
    'pandas'
    """
    said = "engine" if value is not None else "DEBUGML_ENGINE"
    chosen = value if value is not None else os.environ.get(said) or "pandas"
    if chosen not in ENGINES:
        raise SettingError(f"{said} is {chosen!r}: use one of {', '.join(ENGINES)}")
    extra, packages = NEEDS[chosen]
    lacking = [name for name in packages if importlib.util.find_spec(name) is None]
    gpu = ", on a machine with an NVIDIA GPU" if extra == "gpu" else ""
    if lacking:
        raise SettingError(
            f"{said} is {chosen!r}, which needs {' and '.join(lacking)}: "
            f"pip install 'debugml[{extra}]'{gpu}"
        )
    if extra == "gpu" and not has_gpu():
        raise SettingError(
            f"{said} is {chosen!r}, which needs an NVIDIA GPU, and CUDA finds none here: "
            "use pandas or dask"
        )
    return chosen


def scheduler(value: str | None = None) -> str:
    """Who computes a Dask frame: the argument, else ``DEBUGML_SCHEDULER``, else ``"threads"``.

    Raises
    ------
    SettingError
        If it is neither ``"threads"``, ``"local"`` nor an address.

    Examples
    --------
    >>> scheduler("tcp://10.0.0.5:8786")
    'tcp://10.0.0.5:8786'
    """
    said = "scheduler" if value is not None else "DEBUGML_SCHEDULER"
    chosen = value if value is not None else os.environ.get(said) or THREADS
    if chosen not in (THREADS, LOCAL) and not _ADDRESS.fullmatch(chosen):
        raise SettingError(
            f"{said} is {chosen!r}: use 'local' for processes on this machine, 'threads' for "
            "this process, or a Dask scheduler's address, such as 'tcp://10.0.0.5:8786'"
        )
    return chosen


def home() -> Path:
    """Folder for computed results and the lineage store: ``DEBUGML_HOME``, else per user."""
    chosen = os.environ.get("DEBUGML_HOME") or platformdirs.user_data_path("debugml")
    return Path(chosen).expanduser()
