"""Read a module's source: what it defines, what it imports, which names it mentions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

Imports = dict[str, set[str]]
"""From a name to the dotted targets that it may stand for; ``"*"`` to starred modules."""


@dataclass
class Module:
    """One module, taken apart.

    Attributes
    ----------
    name : str
        Dotted.
    is_package : bool
    definitions : dict of str to list of statements
        By name; several where a name is assigned or changed more than once.
    imports : Imports
        Of the whole module level, conditions and `try` included.
    loads : set of str
        Dotted targets that importing the module imports in turn.
    other : list of statements
        What runs on import but defines nothing: it belongs to every definition.
    """

    name: str
    is_package: bool
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: Imports = field(default_factory=dict)
    loads: set[str] = field(default_factory=set)
    other: list[ast.stmt] = field(default_factory=list)


@lru_cache(maxsize=512)
def read_files(name: str, stamps: tuple[tuple[Path, int, int], ...]) -> Module:
    """A module from its file and, where it has one, its stub; each with its time and size."""
    # The stamps are the cache's key: an edited file is read again within one process.
    path = stamps[0][0]
    is_package = path.name == "__init__.py"
    module = read_module(name, ast.parse(path.read_text("utf-8")), is_package)
    for stub, _, _ in stamps[1:]:
        # A lazily loaded package says in its stub which names it re-exports.
        _add(module.imports, imports_in(ast.parse(stub.read_text("utf-8")).body, name, is_package))
    return module


def read_module(name: str, tree: ast.Module, is_package: bool) -> Module:
    """A module from its syntax tree."""
    module = Module(name, is_package)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            module.definitions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            _assign(module, node)
        elif not is_docstring(node):
            imported = imports_in([node], name, is_package)
            _add(module.imports, imported)
            if _is_type_checking(node):
                continue
            module.loads.update(*imported.values())
            if not isinstance(node, ast.Import | ast.ImportFrom):
                module.other.append(node)
    return module


def _assign(module: Module, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for inner in (n for target in targets for n in ast.walk(target)):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            module.definitions.setdefault(inner.id, []).append(node)
        elif isinstance(inner, ast.Attribute | ast.Subscript) and isinstance(inner.ctx, ast.Store):
            # `TABLE["x"] = f` changes TABLE; where that is not this module's own, it is
            # an effect of the import.
            root: ast.expr = inner
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            own = module.definitions.get(root.id) if isinstance(root, ast.Name) else None
            (module.other if own is None else own).append(node)


def _is_type_checking(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If) or node.orelse:
        return False
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports_in(nodes: Iterable[ast.stmt], module: str, is_package: bool) -> Imports:
    """What the nodes import, at any depth."""
    found: Imports = {}
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import):
                for alias in inner.names:
                    # `import a.b` binds `a`; the attributes written after it lead on.
                    target = alias.name if alias.asname else alias.name.split(".")[0]
                    found.setdefault(alias.asname or target, set()).add(target)
            elif isinstance(inner, ast.ImportFrom):
                base = _base(inner, module, is_package)
                for alias in inner.names:
                    if alias.name == "*":
                        found.setdefault("*", set()).add(base)
                    else:
                        name = alias.asname or alias.name
                        found.setdefault(name, set()).add(f"{base}.{alias.name}")
    return found


def _base(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    keep = len(parts) - node.level + (1 if is_package else 0)
    return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def _add(imports: Imports, more: Imports) -> None:
    for name, targets in more.items():
        imports.setdefault(name, set()).update(targets)


def chains(node: ast.AST) -> Iterator[list[str]]:
    """Each name that is read, with the attributes that follow it: ``dm.drift.ks_table``."""
    if isinstance(node, ast.Attribute):
        attributes, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            attributes.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield [inner.id, *reversed(attributes)]
            return
        yield from chains(inner)
        return
    if isinstance(node, ast.Name):
        yield [node.id]
        return
    for child in ast.iter_child_nodes(node):
        yield from chains(child)


def is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a string alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def canonical(value: object) -> str:
    """A text of the syntax tree that no formatter, comment or Python version changes."""
    if isinstance(value, ast.AST):
        fields = []
        for name in value._fields:
            inner = getattr(value, name, None)
            if name == "body" and isinstance(inner, list):
                inner = [n for n in inner if not is_docstring(n)]
            if name in ("ctx", "kind", "type_comment") or inner is None or inner == []:
                continue
            fields.append(f"{name}={canonical(inner)}")
        return f"{type(value).__name__}({','.join(fields)})"
    if isinstance(value, list):
        return f"[{','.join(canonical(v) for v in value)}]"
    return repr(value)
