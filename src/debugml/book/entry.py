"""One public name as Markdown: what it is called with, what its docstring says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .names import PACKAGE, Name

Link = Callable[[str], str | None]
"""From a name in backticks to where it leads, or None."""

_WIDTH = 76
_QUOTED = re.compile(r"(`+)(.+?)\1", re.S)
_SPECIAL = re.compile(r"([$@<\[\]^~|])")
_LONG = 160
_NOTHING = "\u00a0"


def entry(name: Name, level: int, link: Link, used: Iterable[str] = ()) -> str:
    """A heading with its anchor, the signature, the docstring, and where the book uses it.

    Parameters
    ----------
    name : Name
    level : int
        Of the heading.
    link : function
        Where a name in backticks leads.
    used : iterable of str
        Links to the chapters that call it, in Markdown.
    """
    about, short = name.about, name.path.split(".", 1)[1]
    shown = short.removeprefix(name.page + ".")
    # A search for a word is to find what the book says of it before all that is named after it.
    mark = f'{{#{name.path} data-pagefind-weight="1"}}'
    pieces = [f"{'#' * level} {_escaped_heading(shown)} {mark}"]
    if call := signature(about, shown):
        pieces.append(f"```python\n{call}\n```")
    if about.is_class and about.bases:
        bases = ", ".join(f"`{base}`" for base in about.bases)
        pieces.append(f"Is a {_linked(bases, link)}.")
    if _is_kept(about):
        pieces.append("A kept result: computed once, with what made it, and read by every page.")
    pieces += sections(about, link)
    where = Path(about.filepath).relative_to(PACKAGE.parent).as_posix()
    foot = [f"Defined in `{where}`"]
    if chapters := list(used):
        foot.append("in the book: " + ", ".join(chapters))
    if not about.parent.is_class and about.lineno is not None:
        pieces.append("; ".join(foot) + ".")
    return "\n\n".join(pieces)


def signature(about: Any, shown: str) -> str:
    """How it is called; one parameter a line where it is long. Empty for what is not called.

    Examples
    --------
    >>> from debugml.book.names import read
    >>> names = {name.path: name for module in read() for name in module.all()}
    >>> print(signature(names["debugml.drift.ks"].about, "ks"))
    ks(reference: ValueCounts, current: ValueCounts) -> KSResult
    """
    if about.is_attribute:
        if "property" in about.labels:
            return f"{shown} -> {about.annotation}" if about.annotation else shown
        value = "" if about.value is None else str(about.value)
        said = f"{shown}: {about.annotation}" if about.annotation else shown
        return f"{said} = {value}" if value and len(value) <= _LONG else said
    if about.is_class and not _has_parameters(about):
        return f"class {shown}"
    given = _parameters(about.parameters)
    ending = f" -> {about.returns}" if about.is_function and about.returns else ""
    line = f"{shown}({', '.join(given)}){ending}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{shown}(", *(f"    {one}," for one in given), f"){ending}"])


def sections(about: Any, link: Link) -> list[str]:
    """The parts of a docstring, each under its name."""
    found = []
    for part in about.docstring.parsed if about.docstring else ():
        kind = part.kind.value
        if kind == "text":
            found.append(prose(part.value, link))
        elif kind == "examples":
            found += ["**Example**", *(_example(kind, text, link) for kind, text in part.value)]
        elif kind == "admonition":
            title = part.title or part.value.kind.replace("-", " ").capitalize()
            found += [f"**{title}**", prose(part.value.contents, link)]
        elif isinstance(part.value, list):
            title = part.title or kind.capitalize()
            found += [f"**{title}**", _definitions(part.value, link)]
    return found


def summary(about: Any, link: Link = lambda name: None) -> str:
    """The first sentence or paragraph of a docstring, as Markdown."""
    if not about.docstring:
        return ""
    first: str = about.docstring.value.strip().split("\n\n", 1)[0]
    return prose(" ".join(first.split()), link)


def prose(text: str, link: Link) -> str:
    """Text of a docstring as Markdown: names become links, examples code.

    Examples
    --------
    >>> print(prose("See `ks` for D in $.", lambda name: "#debugml.drift.ks"))
    See [`ks`](#debugml.drift.ks) for D in \\$.
    """
    found = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if block.lstrip().startswith(">>>"):
            found.append(f"```python\n{block}\n```")
        else:
            found.append(_linked(block, link))
    return "\n\n".join(found)


def _linked(text: str, link: Link) -> str:
    pieces, end = [], 0
    for match in _QUOTED.finditer(text):
        pieces.append(_SPECIAL.sub(r"\\\1", text[end : match.start()]))
        target = link(match[2].strip().removesuffix("()")) if len(match[1]) == 1 else None
        code = f"`{match[2]}`" if "`" not in match[2] else match[0]
        pieces.append(f"[{code}]({target})" if target else code)
        end = match.end()
    return "".join([*pieces, _SPECIAL.sub(r"\\\1", text[end:])])


def _example(kind: Any, text: str, link: Link) -> str:
    return f"```python\n{text}\n```" if kind.value == "examples" else prose(text, link)


def _definitions(items: Iterable[Any], link: Link) -> str:
    found = []
    for item in items:
        name = getattr(item, "name", "")
        said = str(item.annotation) if item.annotation is not None else ""
        if not name:
            said = said.removeprefix("(").removesuffix(")")  # several errors for one reason
        said = _SPECIAL.sub(r"\\\1", said)
        term = f"`{name}`" + (f" : {said}" if said else "") if name else said or "value"
        text = prose(item.description or "", link).replace("\n", "\n    ")
        found.append(f"{term}\n:   {text or _NOTHING}")
    return "\n\n".join(found)


def _parameters(parameters: Any) -> list[str]:
    found, star, slash = [], False, False
    for one in parameters:
        kind = one.kind.value if one.kind else ""
        if one.name in ("self", "cls"):
            continue
        if slash and kind != "positional-only":
            found.append("/")
        slash = kind == "positional-only"
        if kind == "keyword-only" and not star:
            found.append("*")
        star = star or kind in ("keyword-only", "variadic positional")
        prefix = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        text = prefix + one.name.lstrip("*")
        if one.annotation is not None:
            text += f": {one.annotation}"
        if one.default is not None and not prefix:
            text += f" = {one.default}" if one.annotation is not None else f"={one.default}"
        found.append(text)
    return found


def _has_parameters(about: Any) -> bool:
    return any(one.name not in ("self", "cls") for one in about.parameters)


def _is_kept(about: Any) -> bool:
    return about.is_function and any(str(one.value) == "result" for one in about.decorators)


def _escaped_heading(text: str) -> str:
    return text.replace("_", "\\_")
