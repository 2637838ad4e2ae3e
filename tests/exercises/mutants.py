"""Slight changes of a solution, one at a time, as slips of the keyboard make them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Pow: ast.Mult, ast.FloorDiv: ast.Div, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_NAMED = {
    "min": "max", "max": "min", "any": "all", "all": "any", "head": "tail", "tail": "head",
    "mean": "median", "sum": "mean", "idxmax": "idxmin", "cummax": "cummin", "isna": "notna",
    "notna": "isna", "left": "right", "right": "left",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed solution, and what was changed: "line 4: < for <="."""

    says: str
    code: str


def mutants(code: str) -> list[Mutant]:
    """All single changes of a piece of code that leave it valid and say something else."""
    tree = ast.parse(code)
    found: dict[str, Mutant] = {}
    same = ast.unparse(tree)
    for at, node in enumerate(ast.walk(tree)):
        for number, _ in enumerate(_changes(node)):
            changed = copy.deepcopy(tree)
            target = _nth(changed, at)
            says, apply = list(_changes(target))[number]
            apply()
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text != same and text not in found:
                found[text] = Mutant(f"line {getattr(node, 'lineno', 0)}: {says}", text)
    return list(found.values())


def _nth(tree: ast.AST, at: int) -> ast.AST:
    return next(node for number, node in enumerate(ast.walk(tree)) if number == at)


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            if other := _COMPARED.get(type(op)):
                yield _swap(node.ops, at, op, other)
    elif isinstance(node, ast.BinOp) and (other := _COMPUTED.get(type(node.op))):
        yield f"{_name(other)} for {_name(type(node.op))}", lambda: setattr(node, "op", other())
        yield "operands swapped", lambda: _exchange(node, "left", "right")
    elif isinstance(node, ast.BoolOp):
        turned = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{_name(turned)} for its opposite", lambda: setattr(node, "op", turned())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert, ast.USub)):
        yield f"no {_name(type(node.op))}", lambda: setattr(node, "op", ast.UAdd())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{not node.value} for {node.value}", lambda: setattr(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        for value in (node.value + 1, node.value * 2 if node.value else -1):
            yield f"{value} for {node.value}", lambda value=value: setattr(node, "value", value)
    elif isinstance(node, ast.Attribute) and (named := _NAMED.get(node.attr)):
        yield f"{named} for {node.attr}", lambda: setattr(node, "attr", named)
    elif isinstance(node, ast.Name) and (named := _NAMED.get(node.id)):
        yield f"{named} for {node.id}", lambda: setattr(node, "id", named)
    elif isinstance(node, ast.Call):
        for at, keyword in enumerate(node.keywords):
            yield f"no {keyword.arg}=", lambda at=at: node.keywords.pop(at)
        if len(node.args) >= 2:
            yield "arguments swapped", lambda: node.args.insert(0, node.args.pop(1))
    elif isinstance(node, (ast.If, ast.IfExp)):
        test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition turned round", lambda: setattr(node, "test", test)
    elif isinstance(node, ast.Slice):
        for side in ("lower", "upper"):
            if getattr(node, side) is not None:
                yield f"no {side} bound", lambda side=side: setattr(node, side, None)
    for field in ("body", "orelse"):
        lines = getattr(node, field, None)
        if isinstance(lines, list) and not isinstance(node, ast.Module):
            for at, line in enumerate(lines):
                if isinstance(line, (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For)):
                    yield (
                        f"line {line.lineno} left out",
                        lambda lines=lines, at=at: _drop(lines, at),
                    )


def _swap(ops: list[ast.cmpop], at: int, op: ast.cmpop, other: type) -> tuple[str, object]:
    return f"{_name(other)} for {_name(type(op))}", lambda: ops.__setitem__(at, other())


def _exchange(node: ast.AST, one: str, other: str) -> None:
    first, second = getattr(node, one), getattr(node, other)
    setattr(node, one, second)
    setattr(node, other, first)


def _drop(lines: list[ast.stmt], at: int) -> None:
    lines[at] = ast.Pass()


def _name(kind: type) -> str:
    return kind.__name__
