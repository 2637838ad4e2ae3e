"""An embedding that was rebuilt: did it change, or only its axes?"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from ...horizons import zone_embeddings
from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial

Array = npt.NDArray[np.float64]


def _known(new: Array, old: Array) -> tuple[Array, Array]:
    both = np.any(new != 0, axis=1) & np.any(old != 0, axis=1)
    return new[both], old[both]


def _mean_cosine(new: Array, old: Array) -> float:
    lengths = np.linalg.norm(new, axis=1) * np.linalg.norm(old, axis=1)
    return float(np.mean(np.sum(new * old, axis=1) / lengths))


def _turn(new: Array, old: Array) -> Array:
    u, _, vt = np.linalg.svd(new.T @ old)
    turn: Array = u @ vt
    return turn


def _after(turned: Callable[[Array, Array], Array]) -> Callable[[Array, Array], float]:
    """The exercise's function with another way to bring the tables together."""

    def similarity(new: Array, old: Array) -> float:
        one, other = _known(new, old)
        if len(one) < new.shape[1]:
            return math.nan
        return _mean_cosine(turned(one, other), other)

    return similarity


def _no_mirror(new: Array, old: Array) -> Array:
    u, _, vt = np.linalg.svd(new.T @ old)
    u[:, -1] *= np.sign(np.linalg.det(u @ vt))
    turned: Array = new @ u @ vt
    return turned


def _signs(new: Array, old: Array) -> Array:
    return new * np.where(np.sum(new * old, axis=0) < 0, -1, 1)


def _of_all_items(new: Array, old: Array) -> float:
    if len(_known(new, old)[0]) < new.shape[1]:
        return math.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        lengths = np.linalg.norm(new, axis=1) * np.linalg.norm(old, axis=1)
        cosine = np.sum(new @ _turn(new, old) * old, axis=1) / lengths
    return float(np.mean(np.nan_to_num(cosine)))


def _whole_table(new: Array, old: Array) -> float:
    one, other = _known(new, old)
    if len(one) < new.shape[1]:
        return math.nan
    turned = one @ _turn(one, other)
    return float(np.sum(turned * other) / (np.linalg.norm(turned) * np.linalg.norm(other)))


def _centred(new: Array, old: Array) -> float:
    one, other = _known(new, old)
    if len(one) < new.shape[1]:
        return math.nan
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    return _mean_cosine(one @ _turn(one, other), other)


@cache
def _zones(month: str) -> Array:
    table: Array = zone_embeddings(material.trips(month)).dropoff
    return table


def _orthogonal(rng: np.random.Generator, size: int, sign: int) -> Array:
    found, _ = np.linalg.qr(rng.normal(size=(size, size)))
    if np.sign(np.linalg.det(found)) != sign:
        found[:, 0] *= -1
    turn: Array = found
    return turn


def _rebuilt(rng: np.random.Generator, items: int, sign: int, noise: float) -> tuple[Array, Array]:
    size = int(rng.integers(3, 6))
    old = rng.normal(0.4, 1, size=(items, size)) * rng.lognormal(0, 0.8, size=(items, 1))
    new = (old + noise * rng.normal(size=old.shape)) @ _orthogonal(rng, size, sign)
    return new, old


def _align_cases(rng: np.random.Generator) -> list[Case]:
    january, february = _zones("2020-01"), _zones("2020-02")
    flipped = january * np.where(np.arange(january.shape[1]) % 2, 1, -1)
    cases = [
        Case("January's zones, with signs changed", (flipped, january)),
        Case("February's zones and January's", (february, january)),
    ]
    for sign, says in ((1, "turned and noisy"), (-1, "mirrored and noisy"), (-1, "mirrored")):
        noise = rng.uniform(0.2, 0.6) if "noisy" in says else 0.0
        cases.append(Case(f"a table {says}", _rebuilt(rng, int(rng.integers(15, 60)), sign, noise)))
    new, old = _rebuilt(rng, 30, 1, 0.4)
    rows = rng.permutation(30)
    new[rows[:4]] = 0.0
    old[rows[2:9]] = 0.0
    new[rows[10], 0] = 0.0
    old[rows[11], -1] = 0.0
    cases.append(Case("items that one table does not know", (new, old)))
    size = new.shape[1]
    few, same = new.copy(), old.copy()
    few[rows[9 + size :]] = 0.0
    cases.append(Case("as many common items as dimensions", (few, same)))
    fewer = few.copy()
    fewer[rows[9]] = 0.0
    cases.append(Case("fewer common items than dimensions", (fewer, same)))
    cases.append(Case("no common item", (np.zeros_like(new), old)))
    cases.append(
        Case(
            "two tables that have nothing in common",
            (rng.normal(size=(40, 4)), rng.normal(size=(40, 4))),
        )
    )
    return cases


ALIGN = Exercise(
    name="horizons-align",
    title="Did the zones change, or only the axes?",
    kind="find the bug",
    level=2,
    minutes=20,
    section="sec-horizons-version",
    slide="sec-slide-horizons-rebuilt",
    examine=Trial(
        reference=_after(lambda new, old: new @ _turn(new, old)),
        cases=_align_cases,
        cost="The figure decides whether a rebuilt table may be aligned and published, or whether "
        "each model downstream must be tested again.",
        misconceptions=(
            Misconception(
                "coordinates compared across retrainings",
                _after(lambda new, old: new),
                "Each rebuild looks like another city. After the third false alarm, the rebuild "
                "that is one goes out unread.",
            ),
            Misconception(
                "signs mended, turns missed",
                _after(_signs),
                "It works as long as the table comes from an SVD. The day the other team changes "
                "its method, every rebuild rings.",
            ),
            Misconception(
                "turned the wrong way",
                _after(lambda new, old: new @ _turn(new, old).T),
                "A turn by half a circle and a changed sign are their own inverses, so the tests "
                "pass; the first real turn is doubled instead of undone.",
            ),
            Misconception(
                "a mirror image taken for another table",
                _after(_no_mirror),
                "Half of all rebuilds are mirrored. Those are reported as changed, and the "
                "reason is looked for in the data.",
            ),
            Misconception(
                "unknown items counted as unlike",
                _of_all_items,
                "A zone without trips has no direction. A quiet month has more of them, and its "
                "table is refused for it.",
            ),
            Misconception(
                "one cosine for the whole table",
                _whole_table,
                "A few busy items with long vectors decide it; a hundred quiet ones may point "
                "anywhere.",
            ),
            Misconception(
                "moved to a common centre",
                _centred,
                "The model downstream saw vectors from zero, not from their mean: the figure "
                "speaks of a table that nobody uses.",
            ),
        ),
    ),
)
