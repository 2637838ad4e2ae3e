"""Which results and trips a figure on a page is drawn from, found by reading the code.

The reading goes statement by statement: a name stands for everything that the
expression it was assigned from rests on. It errs on the side of too much: a figure that
gets one number of a result rests on that result, and what two branches assign both count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from .. import study
from ..trips import months_between
from .names import (
    IN_STUDY,
    LOAD,
    MONTHS_BETWEEN,
    REPLAY,
    asked,
    figure_named,
    mentioned,
    result_named,
)
from .sources import UNKNOWN, Drawn, Sources, Trips

NONE: Sources = frozenset()


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
        # What a name may stand for inside the package: modules, functions.
        self._means: dict[str, frozenset[str]] = {}
        self._draws: dict[str, list[str]] = {}
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
                self._means.pop(name, None)
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
        inner._means, inner._draws = dict(self._means), dict(self._draws)
        takes = node.args
        more = [a for a in (takes.vararg, takes.kwarg) if a is not None]
        for each in (*takes.posonlyargs, *takes.args, *takes.kwonlyargs, *more):
            for known in (inner._names, inner._values, inner._means, inner._draws):
                known.pop(each.arg, None)
        found = NONE
        inner._block(node.body)
        self._draws[node.name] = list(dict.fromkeys(each.figure for each in inner._drawn))
        for part in (p for statement in node.body for p in ast.walk(statement)):
            if isinstance(part, ast.stmt | ast.withitem):
                whole = (e for e in ast.iter_child_nodes(part) if isinstance(e, ast.expr))
                found |= inner._all(whole)
        return found

    def _bind(self, target: ast.expr, value: ast.expr, found: Sources, each: bool = False) -> None:
        match target:
            case ast.Name(id=name):
                self._names[name] = found | (self._names.get(name, NONE) if self._branch else NONE)
                values = self._literals(value)
                values = _items(values) if each else values
                means = self._meanings(value, each)
                if self._branch and name in self._values:
                    # Of two branches both count, and what one leaves unknown is unknown.
                    before = self._values[name]
                    new = [v for v in values if v not in before]
                    values = [*before, *new] if before and values else []
                    means |= self._means.get(name, frozenset())
                self._values[name], self._means[name] = values, means
                self._draws.pop(name, None)
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
        if isinstance(target, ast.Name) and not self._means.get(target.id):
            self._names[target.id] = self._names.get(target.id, NONE) | found
            # Changed in place: what was written there first is not all of it.
            self._values[target.id] = []

    def _sources(self, node: ast.AST) -> Sources:
        """What an expression rests on; figures that it draws are noted on the way."""
        if isinstance(node, ast.expr) and (means := self._meanings(node)):
            return NONE.union(*map(mentioned, means))
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
        before = dict(self._names), dict(self._values), dict(self._means), dict(self._draws)
        found = NONE
        for turn in node.generators:
            found |= self._sources(turn.iter)
            self._bind(turn.target, turn.iter, self._sources(turn.iter), each=True)
            found |= self._all(turn.ifs)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        found |= self._all(parts)
        self._names, self._values, self._means, self._draws = before
        return found

    def _call(self, node: ast.Call) -> Sources:
        given = self._all([*node.args, *(k.value for k in node.keywords)])
        for argument in (*node.args, *(k.value for k in node.keywords)):
            # Such as partial(figure, frame) or map(figure, frames).
            names = map(figure_named, sorted(self._meanings(argument)))
            self._drawn += [Drawn(name, given) for name in names if name is not None]
        means = self._meanings(node.func)
        if not means:
            given |= self._sources(node.func)
            if isinstance(node.func, ast.Name):
                drawn = self._draws.get(node.func.id, [])
                self._drawn += [Drawn(figure, given) for figure in drawn]
            return given
        found = given
        for name in sorted(means):
            if (result := result_named(name)) is not None:
                found |= asked(result, node, self._literals)
            elif name in LOAD:
                found |= self._months(node.args[:1])
            elif name in REPLAY:
                found |= self._months(node.args[1:2])
            elif (figure := figure_named(name)) is not None:
                self._drawn.append(Drawn(figure, given))
        return found

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
        means = self._meanings(node.func if isinstance(node, ast.Call) else node)
        if isinstance(node, ast.Call) and means & MONTHS_BETWEEN:
            ends = [self._literals(argument) for argument in node.args]
            if len(ends) == 2 and all(ends):
                return [months_between(one, two) for one in ends[0] for two in ends[1]]
        values = [
            getattr(study, name.rpartition(".")[2], None)
            for name in means
            if name.startswith(IN_STUDY)
        ]
        return [value for value in values if isinstance(value, str | int | tuple)]

    def _meanings(self, node: ast.expr, each: bool = False) -> frozenset[str]:
        """Dotted names inside the package that an expression may stand for.

        With ``each``, those that its items may.
        """
        if each:
            items = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
            return frozenset().union(*map(self._meanings, items))
        match node:
            case ast.Name(id=name):
                return self._means.get(name, frozenset())
            case ast.Attribute(value=value, attr=attribute):
                return frozenset(f"{name}.{attribute}" for name in self._meanings(value))
            case ast.IfExp(body=one, orelse=two):
                return self._meanings(one) | self._meanings(two)
            case _:
                return frozenset()

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        inside = node.module if isinstance(node, ast.ImportFrom) else None
        for alias in node.names:
            whole = f"{inside}.{alias.name}" if inside else alias.name
            if whole.split(".")[0] == "debugml":
                # `import debugml.figures` binds the package's name, not the module's.
                plain = inside is None and alias.asname is None
                name = "debugml" if plain else alias.asname or alias.name
                self._means[name] = frozenset({"debugml" if plain else whole})


def _items(values: list[Any]) -> list[Any]:
    return [item for value in values if isinstance(value, tuple | list) for item in value]
