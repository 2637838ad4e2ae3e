"""Which of the package's definitions does a piece of code reach, and what do they say?

A result or a page is worth keeping while the code that made it is unchanged.
The package as a whole is too coarse a key: a docstring in `drift` would throw
away every forest. So the sources are read, not run: from each name that a
function mentions to its definition, and on from there. The digest covers what
was reached, without comments, docstrings or layout.

The reading is static. It follows imports (also inside functions), attributes
of modules (`dm.drift.ks_table`), and takes a class as one piece. A module used
as a value, or code that cannot be parsed, counts as everything it could mean:
too much is recomputed, never too little. A string that names a file beside its
module (`"published.toml"`) counts as that file's bytes.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

PACKAGE_ROOT = Path(__file__).parent

Definition = tuple[str, str]
"""A module's dotted name and a name that it defines."""

_EVERYTHING = "*"
_OTHER = "<module>"


@dataclass(frozen=True)
class Closure:
    """The definitions that some code reaches, and a digest of their source.

    Attributes
    ----------
    names : tuple of str
        Dotted names, sorted: ``"debugml.metrics.score_summary"``.
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
        Python; lines that start with ``%`` or ``!`` (notebook magics) are left out.
    root : Path
        Folder of the package to follow names into. Names outside it end there.

    Examples
    --------
    >>> code = "import debugml as dm\\nfolds = dm.errors.MonthError"
    >>> of_source(code).names
    ('debugml.errors.DebugmlError', 'debugml.errors.MonthError')
    """
    package = Package(root)
    kept = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        tree = ast.parse("\n".join(kept))
    except SyntaxError:
        return package.close({(name, _EVERYTHING) for name in package.module_names()})
    page = _read_module("__page__", tree, is_package=False)
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
        Modules that can't change what the function returns, such as those that
        only store it.

    Raises
    ------
    ValueError
        If the function is not defined at the top of one of the package's modules.

    Examples
    --------
    >>> of_function(of_function).names[0]
    'debugml.closure.Closure'
    """
    name = inspect.unwrap(function).__qualname__
    module = function.__module__
    package = Package(root, leave_out)
    if package.module(module) is None or name not in package.require(module).definitions:
        raise ValueError(f"{module}.{name} is not a top-level function of {root}")
    return package.close({(module, name)})


@dataclass
class _Module:
    name: str
    is_package: bool
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    other: list[ast.stmt] = field(default_factory=list)
    """Statements that run on import but define nothing: they belong to every definition."""


class Package:
    """The modules under a folder, read on demand."""

    def __init__(self, root: Path, leave_out: tuple[str, ...] = ()) -> None:
        self.root = root
        self.name = root.name
        self.leave_out = leave_out

    def path(self, module: str) -> Path | None:
        parts = module.split(".")
        if parts[0] != self.name:
            return None
        folder = self.root.joinpath(*parts[1:])
        for candidate in (folder / "__init__.py", folder.with_suffix(".py")):
            if candidate.is_file():
                return candidate
        return None

    def module_names(self) -> list[str]:
        found = []
        for path in sorted(self.root.rglob("*.py")):
            parts = path.relative_to(self.root.parent).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        return found

    def module(self, name: str) -> _Module | None:
        path = self.path(name)
        if path is None:
            return None
        stub = path.with_suffix(".pyi")
        stamps = [(p, p.stat().st_mtime_ns, p.stat().st_size) for p in (path, stub) if p.is_file()]
        return _read_files(name, tuple(stamps))

    def require(self, name: str) -> _Module:
        module = self.module(name)
        assert module is not None, name
        return module

    def mentions(self, module: _Module, nodes: list[ast.stmt]) -> set[Definition]:
        """The package's definitions that the nodes name directly."""
        found: set[Definition] = set()
        for node in nodes:
            local: dict[str, str] = {}
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    local |= _imports(inner, module.name, module.is_package)
            for chain in _chains(node):
                found |= self._resolve(module, local, chain)
        return found

    def _resolve(self, module: _Module, local: dict[str, str], chain: list[str]) -> set[Definition]:
        head, rest = chain[0], chain[1:]
        target = local.get(head) or module.imports.get(head)
        if target is not None:
            return self._follow(target, rest)
        if head in module.definitions:
            return {(module.name, head)}
        return set()

    def _follow(self, target: str, rest: list[str]) -> set[Definition]:
        """Where a dotted target and the attributes after it lead, inside the package."""
        parts = [*target.split("."), *rest]
        if parts[0] != self.name:
            return set()
        name, at = self.name, 1
        while at < len(parts) and self.path(f"{name}.{parts[at]}") is not None:
            shadow = self.require(name).definitions.get(parts[at])
            if shadow is not None:
                break
            name, at = f"{name}.{parts[at]}", at + 1
        module = self.require(name)
        if at == len(parts):
            # A bare import needs nothing yet; a module used as a value, everything in it.
            return {(name, _EVERYTHING)}
        attribute = parts[at]
        if attribute in module.definitions:
            return {(name, attribute)}
        if attribute in module.imports:
            return self._follow(module.imports[attribute], parts[at + 1 :])
        return {(name, _EVERYTHING)}

    def close(self, start: set[Definition]) -> Closure:
        """Everything reached from ``start``, and its digest."""
        waiting, seen = sorted(start), set(start)
        pieces: dict[str, str] = {}
        while waiting:
            module_name, name = waiting.pop()
            module = self.require(module_name)
            if name == _EVERYTHING:
                reached = {(module_name, n) for n in module.definitions}
            else:
                nodes = module.other if name == _OTHER else module.definitions[name]
                pieces[f"{module_name}.{name}"] = "".join(self._text(module, n) for n in nodes)
                reached = self.mentions(module, nodes)
                if module.other:
                    reached = reached | {(module_name, _OTHER)}
            reached = {d for d in reached if d[0] not in self.leave_out}
            waiting += sorted(reached - seen)
            seen |= reached
        whole = hashlib.sha256()
        for key in sorted(pieces):
            whole.update(f"{key}\0{pieces[key]}\0".encode())
        return Closure(tuple(sorted(pieces)), whole.hexdigest())

    def _text(self, module: _Module, node: ast.stmt) -> str:
        path = self.path(module.name)
        assert path is not None
        text = [_canonical(node)]
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                value = inner.value
                if "." in value and len(value) < 60 and value.isprintable() and "/" not in value:
                    beside = path.parent / value
                    if beside.is_file():
                        text.append(hashlib.sha256(beside.read_bytes()).hexdigest())
        return "".join(text)


@lru_cache(maxsize=512)
def _read_files(name: str, stamps: tuple[tuple[Path, int, int], ...]) -> _Module:
    # The stamps are the cache's key: an edited file is read again within one process.
    path = stamps[0][0]
    is_package = path.name == "__init__.py"
    module = _read_module(name, ast.parse(path.read_text("utf-8")), is_package)
    for stub, _, _ in stamps[1:]:
        # A lazily loaded package says in its stub which names it re-exports.
        exports = _read_module(name, ast.parse(stub.read_text("utf-8")), is_package)
        module.imports |= exports.imports
    return module


def _read_module(name: str, tree: ast.Module, is_package: bool) -> _Module:
    module = _Module(name, is_package)
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module.imports |= _imports(node, name, is_package)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            module.definitions.setdefault(node.name, []).append(node)
        elif names := _assigned(node):
            for target in names:
                module.definitions.setdefault(target, []).append(node)
        elif not _is_docstring(node):
            if isinstance(node, ast.If) and _is_type_checking(node):
                for inner in node.body:
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        module.imports |= _imports(inner, name, is_package)
                continue
            module.other.append(node)
    return module


def _is_type_checking(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _assigned(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    else:
        return []
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]


def _imports(node: ast.Import | ast.ImportFrom, module: str, is_package: bool) -> dict[str, str]:
    if isinstance(node, ast.Import):
        # `import a.b` binds `a`; the attributes written after it lead on.
        return {
            a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
            for a in node.names
        }
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        keep = len(parts) - node.level + (1 if is_package else 0)
        base = ".".join([*parts[:keep], *([node.module] if node.module else [])])
    return {a.asname or a.name: f"{base}.{a.name}" for a in node.names}


def _chains(node: ast.AST) -> Iterator[list[str]]:
    """Each name that is read, with the attributes that follow it: ``dm.drift.ks_table``."""
    if isinstance(node, ast.Attribute):
        attributes, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            attributes.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield [inner.id, *reversed(attributes)]
            return
        yield from _chains(inner)
        return
    if isinstance(node, ast.Name):
        yield [node.id]
        return
    for child in ast.iter_child_nodes(node):
        yield from _chains(child)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _canonical(value: object) -> str:
    """A text of the syntax tree that no formatter, comment or Python version changes."""
    if isinstance(value, ast.AST):
        fields = []
        for name in value._fields:
            inner = getattr(value, name, None)
            if name == "body" and isinstance(inner, list):
                inner = [n for n in inner if not _is_docstring(n)]
            if name in ("ctx", "kind", "type_comment") or inner is None or inner == []:
                continue
            fields.append(f"{name}={_canonical(inner)}")
        return f"{type(value).__name__}({','.join(fields)})"
    if isinstance(value, list):
        return f"[{','.join(_canonical(v) for v in value)}]"
    return repr(value)
