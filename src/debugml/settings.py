"""What the environment sets: where trips come from, which engine, where results are kept.

=====================  ==================================================  ===========
variable               meaning                                             default
=====================  ==================================================  ===========
``DEBUGML_SOURCE``     ``sample``; ``tlc`` (TLC's own files, from the      ``sample``
                       web); a folder of TLC's monthly files; or the
                       address of one: ``https://…``, ``s3://bucket/…``
``DEBUGML_ENGINE``     ``pandas``, ``dask``, ``cudf`` or ``dask-cudf``     ``pandas``
``DEBUGML_SCHEDULER``  ``threads``, ``local``, or a Dask scheduler's       ``threads``
                       address such as ``tcp://10.0.0.5:8786``
``DEBUGML_FOREST``     ``sklearn``, ``xgboost`` or ``cuml``                by engine
``DEBUGML_STUDY``      folder of a recorded study, or ``sample``           ``sample``
``DEBUGML_CACHE``      folder for files that were fetched from an address  per user
``DEBUGML_HOME``       folder for computed results and the lineage store   per user
=====================  ==================================================  ===========
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from . import address
from .engines import ENGINES, NEEDS, has_gpu
from .errors import SettingError

SAMPLE = "sample"
FORESTS = ("sklearn", "xgboost", "cuml")
THREADS, LOCAL = "threads", "local"

_ADDRESS = re.compile(r"(tcp|tls|ucx|ucxx|ws|wss)://[^\s/]+:\d+")

TLC = "https://d37ci6vzurychx.cloudfront.net/trip-data"
"""Where TLC publishes full months, as Parquet; short: ``tlc``."""


def source(value: str | os.PathLike[str] | None = None) -> str:
    """The trips' source: the argument, else ``DEBUGML_SOURCE``, else ``"sample"``.

    Parameters
    ----------
    value : str or path, optional
        ``"sample"``, ``"tlc"``, a folder, or an address that begins with ``https://``,
        ``http://`` or ``s3://``. What ``tlc`` stands for is `TLC`, where TLC publishes its
        files (https://www.nyc.gov/site/tlc/about/tlc-trip-record-data.page).

    Returns
    -------
    str
        ``"sample"``, a folder's path, or an address without a slash at its end.

    Raises
    ------
    SettingError
        If it is none of these, or the folder does not exist, or what reads the address is not
        installed.

    Examples
    --------
    >>> source("sample"), source("s3://trips/yellow/")
    ('sample', 's3://trips/yellow')
    """
    said = "source" if value is not None else "DEBUGML_SOURCE"
    chosen = os.fspath(value) if value is not None else os.environ.get(said) or SAMPLE
    if chosen == SAMPLE:
        return chosen
    if chosen == "tlc":
        return TLC
    if "://" in chosen:
        return address.checked(chosen, said)
    chosen = str(Path(chosen).expanduser())
    if not Path(chosen).is_dir():
        raise SettingError(
            f"{said} is {chosen!r}: no such folder. Use 'sample' for the trips that come with "
            "debugml, 'tlc' for TLC's own files, a folder that holds files such as "
            "yellow_tripdata_2020-01.parquet, or an address (https://… or s3://…)"
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


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder for computed results and the lineage store: ``DEBUGML_HOME``, else per user."""
    chosen = environment.get("DEBUGML_HOME") or platformdirs.user_data_path("debugml")
    return Path(chosen).expanduser()


def cache() -> Path:
    """Folder for files that were fetched from an address: ``DEBUGML_CACHE``, else per user."""
    chosen = os.environ.get("DEBUGML_CACHE") or platformdirs.user_cache_path("debugml")
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
    if chosen in (SAMPLE, TLC):
        return {SAMPLE: "the samples", TLC: "TLC's monthly files"}[chosen]
    parts = urlsplit(chosen)
    if parts.scheme not in ("http", "https", "s3"):
        return "a local folder of TLC's files"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")
