"""The machine and the libraries that a result was made with, in words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")

ONLY_IF_USED = ("cudf", "cuml", "dask", "distributed", "xgboost")
"""Modules of other engines and forests: figures depend on them where they are imported."""


def versions() -> dict[str, str]:
    """Version of Python, debugml and each library that figures depend on in this process.

    Examples
    --------
    >>> {"debugml", "numpy"} <= set(versions())
    True
    """
    used = {n: str(sys.modules[n].__version__) for n in ONLY_IF_USED if sys.modules.get(n)}
    return _versions() | used


def device(engine: str = "pandas") -> str:
    """Processor, cores, memory and system, such as ``AMD EPYC, 2 cores, 24 GB, Linux``.

    On a GPU engine with its GPU; in a process that is a client of a Dask cluster, with the
    cluster's workers.

    Examples
    --------
    >>> device() == device("dask")
    True
    """
    parts = [_here(), _gpus() if "cudf" in engine else "", _workers() if "dask" in engine else ""]
    return ", ".join(part for part in parts if part)


@cache
def _here() -> str:
    parts = [_processor(), f"{os.cpu_count()} cores", _memory(), platform.system()]
    return ", ".join(part for part in parts if part)


@cache
def _gpus() -> str:
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    names = Counter(line.strip() for line in said.splitlines() if line.strip())
    return ", ".join(f"{n} × {name}" if n > 1 else name for name, n in names.items())


def _workers() -> str:
    """The workers of the Dask cluster that this process is a client of; empty for none."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return ""
    try:
        threads = distributed.default_client().nthreads()
    except (ValueError, OSError):
        # No client here, or its cluster is gone.
        return ""
    return f"{len(threads)} Dask workers with {sum(threads.values())} threads"


@cache
def _versions() -> dict[str, str]:
    names = ("debugml", *LIBRARIES)
    return {"python": platform.python_version()} | {n: importlib.metadata.version(n) for n in names}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # Not Linux: the platform module knows less, but something.
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return ""
    return f"{size / 2**30:.0f} GB"
