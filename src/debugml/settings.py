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

from .engines import ENGINES, NEEDS, has_gpu
from .errors import SettingError

SAMPLE = "sample"
FORESTS = ("sklearn", "xgboost", "cuml")
THREADS, LOCAL = "threads", "local"

_ADDRESS = re.compile(r"(tcp|tls|ucx|ucxx|ws|wss)://[^\s/]+:\d+")

TLC = "https://d37ci6vzurychx.cloudfront.net/trip-data"
"""Where TLC publishes full months, as Parquet; short: ``tlc``."""

_LIKE = {"s3": "s3://bucket/trips", "http": "http://server/trips", "https": "https://server/trips"}


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
        return _address(chosen, said)
    chosen = str(Path(chosen).expanduser())
    if not Path(chosen).is_dir():
        raise SettingError(
            f"{said} is {chosen!r}: no such folder. Use 'sample' for the trips that come with "
            "debugml, 'tlc' for TLC's own files, a folder that holds files such as "
            "yellow_tripdata_2020-01.parquet, or an address (https://… or s3://…)"
        )
    return chosen


def is_address(source: str) -> bool:
    """Whether a source is an address, from which files are fetched before they are read.

    Examples
    --------
    >>> is_address("sample"), is_address(TLC)
    (False, True)
    """
    return "://" in source


def _address(text: str, said: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.scheme != "s3" else parts.netloc
        _ = parts.port if parts.scheme != "s3" else None
    except ValueError as error:
        raise SettingError(f"{said} is {text!r}: not an address ({error})") from error
    if parts.scheme == "file":
        raise SettingError(f"{said} is {text!r}: give a folder of this machine by its path alone")
    if parts.scheme not in ("http", "https", "s3"):
        raise SettingError(
            f"{said} is {text!r}: debugml reads addresses that begin with https://, http:// or s3://"
        )
    if not host or any(character.isspace() for character in text):
        named = "bucket" if parts.scheme == "s3" else "server"
        raise SettingError(f"{said} is {text!r}: it names no {named}, as in {_LIKE[parts.scheme]}")
    if "@" in parts.netloc:
        raise SettingError(
            f"{said} names a user or password within its address: those would be written to disk. "
            "S3's credentials are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
            "debugml has none for web servers"
        )
    if parts.scheme != "s3" and (parts.query or parts.fragment):
        raise SettingError(
            f"{said} is {text!r}: give the address that file names are added to, without '?' or '#'"
        )
    if parts.scheme == "s3" and importlib.util.find_spec("s3fs") is None:
        raise SettingError(
            f"{said} is {text!r}, and s3fs, which reads such addresses, is not installed: "
            "pip install 'debugml[s3]'"
        )
    return text.rstrip("/")


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
