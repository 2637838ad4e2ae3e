"""YAML with the line of every key, so that an error can point at it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from debugml.errors import RenderError


class YamlMap:
    """A YAML mapping that remembers where its keys stand.

    Attributes
    ----------
    data : dict
        The plain values.
    """

    def __init__(self, text: str, path: str, first_line: int = 1) -> None:
        self._path = path
        self._first_line = first_line
        self._lines: dict[tuple[str, ...], int] = {}
        try:
            node = yaml.compose(text, Loader=_Loader)
            data = yaml.load(text, Loader=_Loader)  # a SafeLoader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = first_line + (mark.line if mark else 0)
            raise RenderError(f"{path}:{line}: not valid YAML: {error.problem}") from error
        if data is None:
            data = {}
        if not isinstance(data, dict):
            raise RenderError(f"{path}:{first_line}: expected a mapping of keys to values")
        self.data: dict[str, Any] = data
        self._index(node, ())

    @classmethod
    def read(cls, path: Path, shown: str) -> YamlMap:
        """Read a file; `shown` is how messages name it."""
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RenderError(f"{shown}: cannot be read: {error}") from error
        return cls(text, shown)

    def where(self, *keys: str) -> str:
        """``file:line`` of a key, or of its nearest parent that has one."""
        while keys and keys not in self._lines:
            keys = keys[:-1]
        return f"{self._path}:{self._lines.get(keys, self._first_line)}"

    def _index(self, node: yaml.Node | None, prefix: tuple[str, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                keys = (*prefix, str(key.value))
                self._lines[keys] = self._first_line + key.start_mark.line
                self._index(value, keys)


class _Loader(yaml.SafeLoader):
    """A safe loader that reads booleans as YAML 1.2 does: ``yes`` and ``on`` are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool",
    re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    list("tTfF"),
)


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Deep merge as Quarto merges a profile: mappings join, lists append, the rest replaces.

    Examples
    --------
    >>> merge({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]})
    {'a': {'b': 3, 'c': 2}, 'd': [1, 2]}
    """
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = merge(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            result[key] = old + [item for item in value if item not in old]
        else:
            result[key] = value
    return result
