"""The machine and the libraries that a result was made with, in words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
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


@cache
def device() -> str:
    """Processor, cores, memory and system, such as ``AMD EPYC, 2 cores, 24 GB, Linux``."""
    parts = [_processor(), f"{os.cpu_count()} cores", _memory(), platform.system()]
    return ", ".join(part for part in parts if part)


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
