"""The machine and the libraries that a result was made with, in words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from functools import cache
from pathlib import Path

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


def versions() -> dict[str, str]:
    """Version of Python, debugml and each library that figures depend on.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['debugml', 'numpy']
    """
    return dict(_versions())


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
