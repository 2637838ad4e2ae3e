"""Whether a student's code left the world as it found it: its globals, and the libraries."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from .exercise import Finding

_LIBRARIES = ("debugml", "numpy", "pandas", "builtins", "math")
_COST = (
    "The next request starts from what this one left behind: it works in a notebook, once, and "
    "fails in a service."
)


class Watch:
    """Remembers what an answer could change, and says what it did change.

    Looks at the globals that the answer's code names, at the names in the libraries' modules,
    at the environment and at the working folder.

    Examples
    --------
    >>> seen = []
    >>> def f(x):
    ...     seen.append(x)
    >>> watch = Watch(f)
    >>> f(1)
    >>> [finding.says for finding in watch.findings()]
    ['Your code changes seen, which lies outside your function.']
    """

    def __init__(self, answer: Any) -> None:
        self._globals: dict[str, Any] = getattr(answer, "__globals__", {})
        code = getattr(answer, "__code__", None)
        self._names = [name for name in getattr(code, "co_names", ()) if name in self._globals]
        self._before = {name: _digest(self._globals[name]) for name in self._names}
        self._libraries = {
            name: dict(vars(module))
            for name, module in sys.modules.items()
            if name.partition(".")[0] in _LIBRARIES and isinstance(module, ModuleType)
        }
        self._around = (dict(os.environ), Path.cwd())

    def findings(self) -> Iterator[Finding]:
        """One for each thing that is not as it was."""
        for name in self._changed():
            says = f"Your code changes {name}, which lies outside your function."
            yield Finding(False, says, _COST)

    def _changed(self) -> list[str]:
        found = [
            name for name in self._names if _digest(self._globals.get(name)) != self._before[name]
        ]
        for name, before in self._libraries.items():
            now = vars(sys.modules[name])
            found += [
                f"{name}.{each}"
                for each, value in before.items()
                if not each.startswith("_") and now.get(each, value) is not value
            ]
        if dict(os.environ) != self._around[0]:
            found.append("the environment (os.environ)")
        if Path.cwd() != self._around[1]:
            found.append("the working folder")
        return found


def _digest(value: Any) -> Any:
    if callable(value) or isinstance(value, ModuleType):
        return id(value)
    try:
        return hash(cloudpickle.dumps(value))
    except Exception:
        return id(value)
