"""What `import debugml` offers, read from the source: nothing is imported for it."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RenderError

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Name:
    """A public name of a module.

    Attributes
    ----------
    path : str
        As one writes it, ``"debugml.drift.ks_table"``; also its anchor.
    page : str
        The module whose page shows it, ``"drift"``: that at the package's top, or a folder
        inside it, ``"drift.detection"``.
    about : griffe.Object
        What its definition says: kind, parameters, docstring.
    inside : tuple of Name
        A class's own methods, properties and class methods; a module's names.
    """

    path: str
    page: str
    about: Any
    inside: tuple[Name, ...] = ()

    def all(self) -> Iterator[Name]:
        """This name and all inside it."""
        yield self
        for name in self.inside:
            yield from name.all()


def modules(package: Path = PACKAGE) -> tuple[list[str], dict[str, str]]:
    """Modules of the package, and the names that it has from them at its top.

    Examples
    --------
    >>> found, tops = modules()
    >>> "drift" in found, tops["load"]
    (True, 'trips')
    """
    return _stub(package / "__init__.pyi")


def read(package: Path = PACKAGE) -> list[Name]:
    """The public modules with all that they offer, in alphabetical order.

    A module offers what its ``__all__`` names, or else what is defined in it without an
    underscore.

    Raises
    ------
    RenderError
        If griffe, which reads the source, is not installed.

    Examples
    --------
    >>> names = {name.path: name for module in read() for name in module.all()}
    >>> names["debugml.drift.KSTable.to_frame"].page
    'drift'
    """
    try:
        import griffe
    except ImportError as error:
        raise RenderError(
            "the reference is read from the docstrings by griffe: pip install 'debugml[talk]'"
        ) from error
    logging.getLogger("griffe").setLevel(logging.CRITICAL)
    tree = griffe.load(
        package.name,
        search_paths=[package.parent],
        docstring_parser="numpy",
        allow_inspection=False,
    )
    return [
        _module(tree[name], f"{package.name}.{name}", name, package) for name in modules(package)[0]
    ]


def _stub(path: Path) -> tuple[list[str], dict[str, str]]:
    found: list[str] = []
    tops: dict[str, str] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module is None:
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            tops.update({alias.name: node.module for alias in node.names})
    return sorted(found), tops


def _module(module: Any, path: str, page: str, package: Path, above: Iterable[str] = ()) -> Name:
    stub = Path(module.filepath).with_suffix(".pyi")
    if stub.is_file():
        submodules, tops = _stub(stub)
        offered = [*submodules, *tops]
    else:
        offered = [str(name) for name in module.exports or _defined(module)]
    found = {name: _target(module, name) for name in offered}
    # What the module above offers already is shown there.
    found = {name: one for name, one in found.items() if one.canonical_path not in above}
    shown = {about.canonical_path for about in found.values()}
    inside = []
    for name, about in found.items():
        own = f"{path}.{name}"
        if about.is_module:
            its_page = f"{page}.{name}" if about.is_init_module else page
            inside.append(_module(about, own, its_page, package, shown))
        elif about.is_class:
            inside.append(Name(own, page, about, tuple(_members(about, own, page))))
        else:
            inside.append(Name(own, page, about))
    # A module's own names come before those of the modules inside it.
    return Name(path, page, module, tuple(sorted(inside, key=lambda one: one.about.is_module)))


def _defined(module: Any) -> list[str]:
    return [
        name
        for name, member in module.members.items()
        if name[0] != "_"
        and not member.is_alias
        and not member.is_module
        and (member.docstring or not member.is_attribute)
    ]


def _target(module: Any, name: str) -> Any:
    """What a module's name stands for.

    griffe knows no names that are assigned several at once, and none of other packages: such
    a name is an attribute without a value.
    """
    import griffe

    unknown = griffe.Attribute(name, parent=module)
    member = module.members.get(name, unknown)
    imported = str(module.imports.get(name, "")).removeprefix(f"{module.path}.")
    try:
        # A function may have the name of the file that it is imported from.
        if member.is_module and not member.is_alias and "." in imported:
            member = module[imported]
        return member.final_target if member.is_alias else member
    except (griffe.AliasResolutionError, KeyError):
        return unknown


def _members(about: Any, path: str, page: str) -> Iterator[Name]:
    for name, member in about.members.items():
        if name[0] == "_" or member.is_alias or not member.docstring:
            continue
        yield Name(f"{path}.{name}", page, member)
