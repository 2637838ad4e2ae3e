"""Which results and trips a figure on a page is drawn from, found by reading the code.

The reading goes statement by statement: a name stands for everything that the
expression it was assigned from rests on. It errs on the side of too much: a figure that
gets one number of a result rests on that result, and what two branches assign both count.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from typing import Any

from .. import figures, study
from ..keep import Kept
from ..trips import months_between
from .sources import UNKNOWN, Drawn, Result, Sources, Trips

NONE: Sources = frozenset()
_MONTHS_BETWEEN = ("debugml.months_between", "debugml.trips.months_between")


class Flow:
    """Reads a page's cells one after the other and keeps what its names rest on.

    Examples
    --------
    >>> flow = Flow()
    >>> flow.read("import debugml as dm; rang = dm.study.alarm_history(window=3)")
    []
    >>> (drawn,) = flow.read("dm.figures.alarms.falls(rang.head())")
    >>> drawn.figure, [str(source) for source in drawn.sources]
    ('alarms.falls', ['alarm_history(window=3)'])
    """

    def __init__(self) -> None:
        self._names: dict[str, Sources] = {}
        self._values: dict[str, list[Any]] = {}
        self._modules: dict[str, str] = {}
        self._drawn: list[Drawn] = []
        self._branch = 0

    def read(self, code: str) -> list[Drawn]:
        """The figures that one more cell draws.

        Raises
        ------
        SyntaxError
            If the code is not plain Python.
        """
        self._drawn = []
        self._block(ast.parse(code).body)
        return self._drawn

    def _block(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.Assign(targets=targets, value=value):
                found = self._sources(value)
                for target in targets:
                    self._bind(target, value, found)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._bind(target, value, self._sources(value))
            case ast.AugAssign(target=target, value=value):
                self._add(target, self._sources(value))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=target)) as value):
                # Such as rows.append(row): what it is given becomes part of it.
                self._add(target, self._sources(value))
            case ast.For(target=target, iter=iterated, body=body, orelse=after):
                self._bind(target, iterated, self._sources(iterated), each=True)
                before = len(self._drawn)
                self._branches(body)
                # What one turn leaves behind, the next turn reads.
                del self._drawn[before:]
                self._branches(body, after)
            case ast.While(body=body, orelse=after) | ast.If(body=body, orelse=after):
                self._sources(node.test)
                self._branches(body, after)
            case ast.With(items=items, body=body):
                for item in items:
                    found = self._sources(item.context_expr)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, item.context_expr, found)
                self._block(body)
            case ast.Try(body=body, handlers=handlers, orelse=after, finalbody=last):
                self._branches(body, *(h.body for h in handlers), after, last)
            case ast.FunctionDef(name=name):
                self._names[name] = self._inside(node)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._sources(child)
                    elif isinstance(child, ast.stmt):
                        self._branches([child])

    def _branches(self, *bodies: list[ast.stmt]) -> None:
        self._branch += 1
        for body in bodies:
            self._block(body)
        self._branch -= 1

    def _inside(self, node: ast.FunctionDef) -> Sources:
        """What a function's body reads and returns; what it draws is drawn where it is called."""
        inner = Flow()
        inner._names, inner._values = dict(self._names), dict(self._values)
        inner._modules = self._modules
        parameters = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)}
        for name in parameters:
            inner._names.pop(name, None)
        found = NONE
        for statement in node.body:
            inner._statement(statement)
            for expression in ast.walk(statement):
                if isinstance(expression, ast.expr):
                    found |= inner._sources(expression)
        return found

    def _bind(self, target: ast.expr, value: ast.expr, found: Sources, each: bool = False) -> None:
        match target:
            case ast.Name(id=name):
                self._names[name] = found | (self._names.get(name, NONE) if self._branch else NONE)
                values = self._literals(value)
                self._values[name] = _items(values) if each else values
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                apart = isinstance(value, ast.Tuple | ast.List) and not each
                if apart and len(value.elts) == len(targets):  # type: ignore[attr-defined]
                    for one, its in zip(targets, value.elts, strict=True):  # type: ignore[attr-defined]
                        self._bind(one, its, self._sources(its))
                else:
                    for one in targets:
                        self._bind(one, ast.Constant(value=...), found)
            case ast.Starred(value=inner):
                self._bind(inner, ast.Constant(value=...), found)
            case _:
                self._add(target, found)

    def _add(self, target: ast.expr, found: Sources) -> None:
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name) and target.id not in self._modules:
            self._names[target.id] = self._names.get(target.id, NONE) | found

    def _sources(self, node: ast.AST) -> Sources:
        """What an expression rests on; figures that it draws are noted on the way."""
        match node:
            case ast.Name(id=name):
                return self._names.get(name, NONE)
            case ast.Call():
                return self._call(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.NamedExpr(target=target, value=value):
                found = self._sources(value)
                self._bind(target, value, found)
                return found
            case _:
                return self._all(ast.iter_child_nodes(node))

    def _all(self, nodes: Iterable[ast.AST]) -> Sources:
        return NONE.union(*(self._sources(node) for node in nodes))

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Sources:
        names, values = dict(self._names), dict(self._values)
        found = NONE
        for turn in node.generators:
            found |= self._sources(turn.iter)
            self._bind(turn.target, turn.iter, self._sources(turn.iter), each=True)
            found |= self._all(turn.ifs)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        found |= self._all(parts)
        self._names, self._values = names, values
        return found

    def _call(self, node: ast.Call) -> Sources:
        name = self._dotted(node.func)
        given = self._all([*node.args, *(k.value for k in node.keywords)])
        if name is None:
            return given | self._sources(node.func)
        if name.startswith("debugml.study."):
            result = getattr(study, name.rpartition(".")[2], None)
            if isinstance(result, Kept):
                return given | self._asked(result, node)
        if name in ("debugml.load", "debugml.trips.load"):
            return given | self._months(node.args[:1])
        if name in ("debugml.replay", "debugml.deployment.replay"):
            return given | self._months(node.args[1:2])
        if name.startswith("debugml.figures.") and (figure := _figure(name)) is not None:
            self._drawn.append(Drawn(figure, given))
        return given

    def _asked(self, result: Kept[Any], node: ast.Call) -> Sources:
        positional = [self._literals(a) for a in node.args]
        named = {k.arg: self._literals(k.value) for k in node.keywords if k.arg}
        found = set()
        # One call may stand for several: in a loop over months its argument has several values.
        turns = max([1, *(len(v) for v in (*positional, *named.values()))])
        for turn in range(turns):
            try:
                parameters = result.parameters(
                    *(values[turn % len(values)] for values in positional),
                    **{k: values[turn % len(values)] for k, values in named.items()},
                )
            except (TypeError, ZeroDivisionError):
                return frozenset({Result(result.name, json.dumps(UNKNOWN))})
            found.add(Result(result.name, json.dumps(parameters, sort_keys=True)))
        return frozenset(found)

    def _months(self, arguments: list[ast.expr]) -> Sources:
        values = [value for argument in arguments for value in self._literals(argument)]
        months = {m for v in values for m in ([v] if isinstance(v, str) else v)}
        return frozenset(Trips(str(month)) for month in months or {UNKNOWN})

    def _literals(self, node: ast.expr) -> list[Any]:
        """The values that an expression can have, as far as they are written on the page."""
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError):
            pass
        else:
            return [] if value is ... else [value]
        if isinstance(node, ast.Name):
            return self._values.get(node.id, [])
        name = self._dotted(node.func if isinstance(node, ast.Call) else node)
        if isinstance(node, ast.Call) and name in _MONTHS_BETWEEN:
            ends = [self._literals(argument) for argument in node.args]
            if len(ends) == 2 and all(ends):
                return [months_between(ends[0][0], ends[1][0])]
        if name is not None and name.startswith("debugml.study."):
            value = getattr(study, name.rpartition(".")[2], None)
            if isinstance(value, str | int | tuple):
                return [value]
        return []

    def _dotted(self, node: ast.expr) -> str | None:
        """A dotted name inside the package, or None."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._modules:
            return None
        return ".".join([self._modules[node.id], *parts])

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        inside = node.module if isinstance(node, ast.ImportFrom) else None
        for alias in node.names:
            whole = f"{inside}.{alias.name}" if inside else alias.name
            if whole.split(".")[0] == "debugml":
                # `import debugml.figures` binds the package's name, not the module's.
                plain = inside is None and alias.asname is None
                name = "debugml" if plain else alias.asname or alias.name
                self._modules[name] = "debugml" if plain else whole


def _items(values: list[Any]) -> list[Any]:
    return [item for value in values if isinstance(value, tuple | list) for item in value]


def _figure(name: str) -> str | None:
    """The name under which a figure function notes its calls, if it is one."""
    found: Any = figures
    for part in name.split(".")[2:]:
        found = getattr(found, part, None)
    return getattr(found, "sourced", None)
