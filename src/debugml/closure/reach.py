"""Follow names through a package's modules, and digest what they lead to."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .syntax import Imports, Module, canonical, chains, imports_in, read_files, read_module

PACKAGE_ROOT = Path(__file__).parent.parent

Definition = tuple[str, str]
"""A module's dotted name and a name that it defines."""

_EVERYTHING = "*"
_LOADING = "<module>"
"""What importing a module runs, apart from its definitions."""


@dataclass(frozen=True)
class Closure:
    """The definitions that some code reaches, and a digest of their source.

    Attributes
    ----------
    names : tuple of str
        Dotted names, sorted: ``"debugml.metrics.f1_score"``.
    digest : str
        SHA-256 in hex; the same on every supported Python version.
    """

    names: tuple[str, ...]
    digest: str


def of_source(source: str, root: Path = PACKAGE_ROOT) -> Closure:
    """Closure of Python source text, such as all the cells of a page.

    Parameters
    ----------
    source : str
        Python, with notebook magics or without: of ``%time f()`` the call is read, a
        shell line (``!ls``) is left out.
    root : Path
        Folder of the package to follow names into. Names outside it end there.

    Examples
    --------
    >>> code = "import debugml as dm\\nfolds = dm.errors.MonthError"
    >>> of_source(code).names
    ('debugml.errors.DebugmlError', 'debugml.errors.MonthError')
    """
    package = _package(root)
    try:
        tree = ast.parse("\n".join(_without_magic(line) for line in source.splitlines()))
    except SyntaxError:
        return package.close({(name, _EVERYTHING) for name in package.module_names()})
    page = read_module("__page__", tree, is_package=False)
    # The page's own functions need no following: all of its text was read.
    mentioned = package.mentions(page, tree.body)
    return package.close({(module, name) for module, name in mentioned if module != page.name})


def of_function(
    function: Callable[..., object],
    root: Path = PACKAGE_ROOT,
    leave_out: tuple[str, ...] = (),
) -> Closure:
    """Closure of one function of the package, itself included.

    Parameters
    ----------
    function : function
    root : Path
        Folder of the package to follow names into.
    leave_out : tuple of str
        Modules, or packages with all that is in them, that can't change what the
        function returns, such as those that only store it.

    Raises
    ------
    ValueError
        If the function is not defined at the top of one of the package's modules.

    Examples
    --------
    >>> of_function(of_function).names[0]
    'debugml.closure.reach.Closure'
    """
    name = inspect.unwrap(function).__qualname__
    module = function.__module__
    package = _package(root, leave_out)
    if package.path(module) is None or name not in package.module(module).definitions:
        raise ValueError(f"{module}.{name} is not a top-level function of {root}")
    return package.close({(module, name)})


def _package(root: Path, leave_out: tuple[str, ...] = ()) -> Package:
    """The package as its files are now: what was followed once is known to the next who asks."""
    files = (p for p in sorted(root.rglob("*.*")) if p.parent.name != "__pycache__")
    stamps = tuple((p, s.st_mtime_ns, s.st_size) for p in files for s in [p.stat()])
    return _followed(root, leave_out, stamps)


@lru_cache(maxsize=4)
def _followed(root: Path, leave_out: tuple[str, ...], stamps: tuple[object, ...]) -> Package:
    return Package(root, leave_out)


class Package:
    """The modules under a folder, each read when it is first asked for."""

    def __init__(self, root: Path, leave_out: tuple[str, ...] = ()) -> None:
        self.root = root
        self.name = root.name
        self.leave_out = leave_out
        self._paths: dict[str, Path | None] = {}
        self._modules: dict[str, Module] = {}
        self._steps: dict[Definition, tuple[str, frozenset[Definition]]] = {}

    def path(self, module: str) -> Path | None:
        """A module's file, or None if the package has no such module."""
        if module not in self._paths:
            self._paths[module] = self._find(module)
        return self._paths[module]

    def _find(self, module: str) -> Path | None:
        parts = module.split(".")
        if parts[0] != self.name:
            return None
        folder = self.root.joinpath(*parts[1:])
        for candidate in (folder / "__init__.py", folder.with_suffix(".py")):
            if candidate.is_file():
                return candidate
        return None

    def module_names(self) -> list[str]:
        """Dotted names of all modules."""
        found = []
        for path in sorted(self.root.rglob("*.py")):
            parts = path.relative_to(self.root.parent).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        return found

    def module(self, name: str) -> Module:
        """A module that the package has, as it was on disk when first asked for."""
        if name not in self._modules:
            path = self.path(name)
            assert path is not None, name
            files = [p for p in (path, path.with_suffix(".pyi")) if p.is_file()]
            stamps = tuple((p, p.stat().st_mtime_ns, p.stat().st_size) for p in files)
            self._modules[name] = read_files(name, stamps)
        return self._modules[name]

    def mentions(self, module: Module, nodes: Iterable[ast.stmt]) -> set[Definition]:
        """The package's definitions that the nodes name directly."""
        found: set[Definition] = set()
        for node in nodes:
            local = imports_in([node], module.name, module.is_package)
            for chain in chains(node):
                found |= self._resolve(module, local, chain)
        return found

    def _resolve(self, module: Module, local: Imports, chain: list[str]) -> set[Definition]:
        head, rest = chain[0], chain[1:]
        found: set[Definition] = set()
        for imports in (local, module.imports):
            for target in imports.get(head, ()):
                found |= self._follow(target, rest)
            for star in imports.get("*", ()):
                found |= self._follow(star, chain)
        if head in module.definitions:
            found.add((module.name, head))
        return found

    def _follow(
        self, target: str, rest: list[str], on_the_way: frozenset[Definition] = frozenset()
    ) -> set[Definition]:
        """Where a dotted target and the attributes after it lead, inside the package."""
        parts = [*target.split("."), *rest]
        if parts[0] != self.name:
            return set()
        found: set[Definition] = set()
        name = self.name
        for at in range(1, len(parts)):
            # A package may bind a submodule's name to something else too: both count.
            found |= self._exported(name, parts[at], parts[at + 1 :], on_the_way)
            if self.path(f"{name}.{parts[at]}") is None:
                # A name that the module makes in another way could be any of it.
                return found or {(name, _EVERYTHING)}
            name = f"{name}.{parts[at]}"
        # A module used as a value: all of it.
        return found | {(name, _EVERYTHING)}

    def _exported(
        self, module_name: str, attribute: str, rest: list[str], on_the_way: frozenset[Definition]
    ) -> set[Definition]:
        """What a module's attribute stands for, by its definitions and its imports."""
        step = (module_name, attribute)
        if step in on_the_way:
            return set()
        module = self.module(module_name)
        found = {step} if attribute in module.definitions else set()
        for target in module.imports.get(attribute, ()):
            found |= self._follow(target, rest, on_the_way | {step})
        return found

    def close(self, start: set[Definition]) -> Closure:
        """Everything reached from ``start``, and its digest."""
        waiting, seen = sorted(start), set(start)
        pieces: dict[str, str] = {}
        while waiting:
            step = waiting.pop()
            if step not in self._steps:
                self._steps[step] = self._step(*step)
            text, reached = self._steps[step]
            if text:
                pieces[".".join(step)] = text
            waiting += sorted(reached - seen)
            seen |= reached
        whole = hashlib.sha256()
        for key in sorted(pieces):
            whole.update(f"{key}\0{pieces[key]}\0".encode())
        return Closure(tuple(sorted(pieces)), whole.hexdigest())

    def _step(self, module_name: str, name: str) -> tuple[str, frozenset[Definition]]:
        """A definition's own text, and what it leads to at once."""
        module, text = self.module(module_name), ""
        if name == _EVERYTHING:
            reached = self._everything(module)
        else:
            nodes = module.other if name == _LOADING else module.definitions[name]
            text = "".join(self._text(module, node) for node in nodes)
            reached = self.mentions(module, nodes)
            reached |= self._loads(module) if name == _LOADING else {(module_name, _LOADING)}
        return text, frozenset(d for d in reached if not self._left_out(d[0]))

    def _everything(self, module: Module) -> set[Definition]:
        reached = {(module.name, name) for name in (*module.definitions, _LOADING)}
        for targets in module.imports.values():
            for target in targets:
                reached |= self._follow(target, [])
        if module.is_package:
            inside = f"{module.name}."
            reached |= {(n, _EVERYTHING) for n in self.module_names() if n.startswith(inside)}
        return reached

    def _loads(self, module: Module) -> set[Definition]:
        """The modules that importing this one runs: its parents, and what it imports."""
        found = set()
        for target in {module.name, *module.loads}:
            parts = target.split(".")
            prefixes = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
            found |= {(name, _LOADING) for name in prefixes if self.path(name) is not None}
        return found

    def _left_out(self, module: str) -> bool:
        return any(module == name or module.startswith(f"{name}.") for name in self.leave_out)

    def _text(self, module: Module, node: ast.stmt) -> str:
        folder = self._file(module).parent
        text = [canonical(node)]
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                value = inner.value
                if "." in value and len(value) < 200 and value.isprintable():
                    beside = (folder / value).resolve()
                    if beside.is_relative_to(self.root.resolve()) and beside.is_file():
                        text.append(hashlib.sha256(beside.read_bytes()).hexdigest())
        return "".join(text)

    def _file(self, module: Module) -> Path:
        path = self.path(module.name)
        assert path is not None, module.name
        return path


_MAGIC = re.compile(r"(\s*)%+\w+((\s+-\w+)*)(?=\s|$)")


def _without_magic(line: str) -> str:
    if line.lstrip().startswith("!"):
        return ""
    match = _MAGIC.match(line)
    if match is None:
        return line
    # `%time f(x)` runs f(x); of `%load_ext x` only a harmless name is left.
    rest = line[match.end() :].strip()
    try:
        ast.parse(rest)
    except SyntaxError:
        return ""
    return match[1] + rest
