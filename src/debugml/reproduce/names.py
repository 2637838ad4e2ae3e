"""What the package's dotted names give where a page calls or mentions them."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from itertools import product
from typing import Any

from .. import figures, study
from ..keep import Kept
from .sources import UNKNOWN, Result, Sources, Trips

IN_STUDY = "debugml.study."
MONTHS_BETWEEN = frozenset({"debugml.months_between", "debugml.trips.months_between"})
LOAD = frozenset({"debugml.load", "debugml.trips.load"})
REPLAY = frozenset({"debugml.replay", "debugml.deployment.replay"})
_MOST = 10_000
"""Combinations of arguments beyond which a call's are called unknown."""


def result_named(name: str) -> Kept[Any] | None:
    """The result function of a dotted name, if it is one.

    Examples
    --------
    >>> result_named("debugml.study.cps") is study.cps, result_named("debugml.load")
    (True, None)
    """
    found = getattr(study, name.rpartition(".")[2], None) if name.startswith(IN_STUDY) else None
    return found if isinstance(found, Kept) else None


def figure_named(name: str) -> str | None:
    """The name under which a figure function notes its calls, if it is one.

    Examples
    --------
    >>> figure_named("debugml.figures.alarms.falls"), figure_named("debugml.figures.table")
    ('alarms.falls', 'tables.table')
    """
    if not name.startswith("debugml.figures."):
        return None
    found: Any = figures
    for part in name.split(".")[2:]:
        found = getattr(found, part, None)
    return getattr(found, "sourced", None)


def mentioned(name: str) -> Sources:
    """What rests on a name that is not called there: who calls it, and with what, is unknown.

    Examples
    --------
    >>> [str(source) for source in mentioned("debugml.study.cps")]
    ['cps(…)']
    """
    if (result := result_named(name)) is not None:
        return frozenset({Result(result.name, json.dumps(UNKNOWN))})
    if name == "debugml.study":
        return frozenset({Result(UNKNOWN, json.dumps(UNKNOWN))})
    return frozenset({Trips(UNKNOWN)}) if name in LOAD | REPLAY else frozenset()


def asked(result: Kept[Any], node: ast.Call, literals: Callable[[ast.expr], list[Any]]) -> Sources:
    """The results that a call may stand for.

    In loops its arguments have several values each, and every combination counts; two
    arguments with the same text have the same value.

    Parameters
    ----------
    result : Kept
    node : ast.Call
    literals : function
        From an argument to the values that it can have; none where that is unknown.

    Examples
    --------
    >>> node = ast.parse("cdfs(a, b)").body[0].value
    >>> found = asked(study.cdfs, node, lambda argument: ["2020-03", "2020-04"])
    >>> len(found), min(map(str, found))
    (4, "cdfs(current='2020-03', reference='2020-03')")
    """
    unknown: Sources = frozenset({Result(result.name, json.dumps(UNKNOWN))})
    names = [keyword.arg for keyword in node.keywords]
    if None in names or any(isinstance(argument, ast.Starred) for argument in node.args):
        return unknown
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [ast.dump(argument) for argument in arguments]
    values = {text: literals(each) for text, each in zip(texts, arguments, strict=True)}
    if not 0 < math.prod(map(len, values.values())) <= _MOST:
        return unknown
    found = set()
    for turn in product(*values.values()):
        chosen = dict(zip(values, turn, strict=True))
        given = [chosen[text] for text in texts]
        positional, rest = given[: len(node.args)], given[len(node.args) :]
        try:
            parameters = result.parameters(
                *positional, **dict(zip(map(str, names), rest, strict=True))
            )
        except TypeError:
            return unknown
        found.add(Result(result.name, json.dumps(parameters, sort_keys=True)))
    return frozenset(found)
