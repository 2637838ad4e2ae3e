"""One column compared: the figures of its row in the tidy table."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..summary import Ints, ValueCounts
from .binning import Bins, with_missing
from .categorical import CategoryCounts, aligned, chi_squared
from .columns import Counts, Wanted
from .distance import jensen_shannon, psi, scaled_wasserstein, total_variation
from .effect import d_bounds, equivalence, minimum_effect
from .ks import ks
from .pvalue import effective_size

NAN = float("nan")
NAMED = 3
"""A note names this many unseen categories, then says how many more there are."""

MOST_UNSEEN = 0.01
"""The share of records in categories unknown to the reference beyond which no alarm is made.

The bound takes the classes as known beforehand, though they are read off the reference. Up to
a hundredth, what that hides is small beside any tolerance worth setting: a tenth of the default.
"""


@dataclass
class Row:
    """A row before the p-values of all columns are adjusted.

    Attributes
    ----------
    name : str
        The column's.
    figures : dict
        All that needs no look at other columns, by the table's names.
    p_alarm, p_clear : float
        That the column, values and missing share, is within tolerance; that it is beyond.
    notes : list of str
        What the figures alone don't say.
    """

    name: Hashable
    figures: dict[str, Any]
    p_alarm: float
    p_clear: float
    notes: list[str]


def row(
    column: Wanted,
    reference: Counts,
    current: Counts,
    tolerance: float,
    level: float,
    p_value: bool = True,
) -> Row:
    """Compare a column's counts; ``tolerance``, ``level`` and ``p_value`` as in the table.

    The bound behind a categorical column's ``p_alarm`` and ``effect_low`` holds for classes
    named beforehand. Here they are those that the reference happened to show, so it is
    approximate. How much of the mass the reference has not seen, its singletons tell: their
    number over n (Good 1953, after Turing). Above `MOST_UNSEEN`, no alarm is made of the
    categories: their p is 1, ``effect_low`` is 0, and a note says so.

    Examples
    --------
    >>> zones = Wanted("zone", "categorical", "str", "text")
    >>> one, other = CategoryCounts({"a": 50, "b": 50}), CategoryCounts({"a": 50, "c": 50})
    >>> found = row(zones, one, other, tolerance=0.1, level=0.05)
    >>> found.figures["effect"], found.notes
    (0.5, ["unseen in the reference: 'c'"])
    """
    n, m = reference.n, current.n
    missing = [reference.missing / (n + reference.missing), current.missing / (m + current.missing)]
    found = Row(column.name, {}, 1.0, 1.0, _gaps(n, m))
    if isinstance(reference, ValueCounts) and isinstance(current, ValueCounts):
        test, figures = "KS", _numeric(reference, current, tolerance, level, p_value, found)
        bins = Bins.of(reference)
        classes = bins.count(reference), bins.count(current)
    elif isinstance(reference, CategoryCounts) and isinstance(current, CategoryCounts):
        classes = aligned(reference, current)[1:]
        found.notes += _unseen(reference, current)
        test = "chi-squared"
        figures = _categorical(*classes, tolerance, level, p_value, found)
    else:
        raise TypeError(f"column {column.name}: the counts are of two kinds")
    _missing(reference, current, tolerance, level, found)
    both = with_missing(*classes, reference.missing, current.missing)
    wasserstein = figures.pop("wasserstein")
    found.figures = {
        "column": column.name,
        "kind": column.kind,
        "n_reference": n,
        "n_current": m,
        "missing_reference": missing[0],
        "missing_current": missing[1],
        "test": test,
        **figures,
        "total_variation": total_variation(*both),
        "jensen_shannon": jensen_shannon(*both),
        "psi": psi(*both),
        "wasserstein": wasserstein,
    }
    return found


def _numeric(
    reference: ValueCounts,
    current: ValueCounts,
    tolerance: float,
    level: float,
    p_value: bool,
    found: Row,
) -> dict[str, Any]:
    if not (reference.n and current.n):
        return _undefined(p_value)
    n, m = reference.n, current.n
    if len(reference.values) == 1:
        same = len(current.values) == 1 and current.values[0] == reference.values[0]
        found.notes.append("constant" if same else "constant in the reference")
    result = ks(reference, current)
    found.p_alarm = minimum_effect(result.statistic, n, m, tolerance)
    found.p_clear = equivalence(result.statistic, n, m, tolerance)
    low, high = d_bounds(result.statistic, n, m, level)
    return {
        "statistic": result.statistic,
        **({"p_value": result.p_value} if p_value else {}),
        "effect": result.statistic,
        "effect_low": low,
        "effect_high": high,
        "cramers_v": NAN,
        "wasserstein": scaled_wasserstein(reference, current),
    }


def _categorical(
    before: Ints, after: Ints, tolerance: float, level: float, p_value: bool, found: Row
) -> dict[str, Any]:
    n, m = int(before.sum()), int(after.sum())
    if not (n and m):
        return _undefined(p_value)
    effect, result = total_variation(before, after), chi_squared(before, after)
    # All values that the reference does not know are one class: total variation stays the same,
    # and how many classes there could be is known before the current sample is.
    classes = int(np.count_nonzero(before)) + 1
    judged = np.count_nonzero(before == 1) <= MOST_UNSEEN * n
    found.p_alarm = minimum_effect(effect, n, m, tolerance, classes=classes) if judged else 1.0
    found.p_clear = equivalence(effect, n, m, tolerance)
    # The reach at which the minimum-effect test's p is the level. Each set of classes has its
    # complement, so it holds in both directions.
    sets = classes * np.log(2) + np.log1p(-(2.0 ** (1 - classes)))
    margin = float(np.sqrt((sets - np.log(level)) / (2 * effective_size(n, m))))
    if len(before) == 1:
        found.notes.append("constant")
    if classes > max(20, n / 2):
        found.notes.append("most categories occur once: an identifier?")
    if not judged:
        found.notes.append("too many rare categories to judge: pool them")
    if result.pooled:
        found.notes.append(f"{result.pooled} rare classes pooled for chi-squared")
    return {
        "statistic": result.statistic,
        **({"p_value": result.p_value} if p_value else {}),
        "effect": effect,
        "effect_low": max(0.0, effect - margin) if judged else 0.0,
        "effect_high": min(1.0, effect + margin),
        "cramers_v": result.cramers_v,
        "wasserstein": NAN,
    }


def _undefined(p_value: bool) -> dict[str, Any]:
    names = ["statistic", *(["p_value"] if p_value else []), "effect"]
    names += ["effect_low", "effect_high", "cramers_v", "wasserstein"]
    return dict.fromkeys(names, NAN)


def _missing(
    reference: Counts, current: Counts, tolerance: float, level: float, found: Row
) -> None:
    """The missing share is a second thing that may drift, if any value is missing."""
    if reference.missing + current.missing == 0:
        return
    n, m = reference.n + reference.missing, current.n + current.missing
    before, after = reference.missing / n, current.missing / m
    moved = abs(after - before)
    p = minimum_effect(moved, n, m, tolerance, classes=2)
    found.p_alarm = min(1.0, 2 * min(found.p_alarm, p))
    found.p_clear = max(found.p_clear, equivalence(moved, n, m, tolerance))
    if moved > tolerance or minimum_effect(moved, n, m, 0, classes=2) <= level:
        way = "rose" if after > before else "fell"
        beyond = ", beyond the tolerance" if moved > tolerance else ""
        found.notes.append(f"the missing share {way} from {before:.1%} to {after:.1%}{beyond}")


def _gaps(n: int, m: int) -> list[str]:
    if n and m:
        return []
    where = "either sample" if n == m else ("the reference" if n == 0 else "the current sample")
    return [f"no values in {where}"]


def _unseen(reference: CategoryCounts, current: CategoryCounts) -> list[str]:
    new = [(-n, _said(v)) for v, n in current.counts.items() if v not in reference.counts]
    if not (new and reference.n):
        return []
    named = ", ".join(value for _, value in sorted(new)[:NAMED])
    more = f" and {len(new) - NAMED} more" if len(new) > NAMED else ""
    return [f"unseen in the reference: {named}{more}"]


def _said(value: Hashable) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    return repr(value) if isinstance(value, str) else str(value)
