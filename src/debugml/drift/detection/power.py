"""How often does each detector see a shift of known size, and with how many records?"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ...errors import RecordsError
from ...summary import Floats
from ..effect import check_level
from ..null import clopper_pearson
from .evidence import check_at_least
from .pipeline import TestName, named_test
from .representation import Representation
from .shift import Shift

SIZES = (10, 20, 50, 100, 200, 500, 1000)
"""Rows in each sample, as in the paper, which goes on to 10,000."""


@dataclass(frozen=True)
class Detector:
    """A representation with a name, and the test that is run on it.

    Attributes
    ----------
    name : str
        Of the representation, as the paper has it: ``NoRed``, ``PCA``, ``BBSDs`` …
    representation : Representation
        Fitted, on rows that are in neither sample.
    test : str
        As for `debugml.drift.detection.detect`.
    largest : int, optional
        Samples larger than this are left to the other detectors.
    estimator : scikit-learn classifier, optional
        Of the test ``classifier``: see `domain_test`.

    Examples
    --------
    >>> from debugml.drift.detection import NoReduction
    >>> Detector("NoRed", NoReduction(), "mmd", largest=500).largest
    500
    """

    name: str
    representation: Representation
    test: TestName
    largest: int | None = None
    estimator: Any = None


def detection_power(
    records: pd.DataFrame,
    shifts: Sequence[Shift],
    detectors: Sequence[Detector],
    sizes: Sequence[int] = SIZES,
    *,
    repeats: int = 30,
    level: float = 0.05,
    permutations: int = 99,
    seed: int = 0,
    workers: int = 2,
) -> pd.DataFrame:
    """Share of repeats in which each detector calls each shift, at each sample size.

    In every repeat, n records are drawn for the reference, and n of the shifted records for
    the current sample, none of which is in the reference: of the unshifted control, the two
    are a random split, so the null is true of it. All detectors see the same draws.
    Repeats draw from the same records: they speak of these, and no further.

    Parameters
    ----------
    records : DataFrame of shape (rows, columns)
        With a unique index.
    shifts : sequence of Shift
        Applied once, to all records; whether a row is touched is then a matter of the draw.
    detectors : sequence of Detector
        Fitted on rows that are not among the records.
    sizes : sequence of int
        n, from 4 on.
    repeats, permutations, seed : int
    level : float
    workers : int
        Threads; the result does not depend on them.

    Returns
    -------
    DataFrame, one row a detector, shift and size
        ``representation``, ``test``, ``kind``, ``strength``, ``share``, ``n``, ``detected``
        (share of repeats with an alarm), ``repeats``, ``low``, ``high`` (95 %,
        `clopper_pearson`), ``statistic`` (mean over the repeats).

    Raises
    ------
    RecordsError
        If the index is not unique, or too few records are left for a size.
    SettingError
        If the level is not between 0 and 1, or a number is too small.

    Examples
    --------
    >>> from debugml.drift.detection import Detector, NoReduction, Shift, rescale
    >>> past, records = pd.DataFrame({"x": np.arange(99.0)}), pd.DataFrame({"x": np.arange(400.0)})
    >>> far = Shift("far", 9, 1.0, lambda rows, seed: rescale(rows, {"x": 9}, 1.0, seed))
    >>> detectors = [Detector("NoRed", NoReduction().fit(past), "ks")]
    >>> found = detection_power(records, [Shift("none"), far], detectors, [50], repeats=5, seed=1)
    >>> found[["kind", "n", "detected"]].to_dict("list")
    {'kind': ['none', 'far'], 'n': [50, 50], 'detected': [0.0, 1.0]}
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    check_level(level)
    check_at_least(repeats, 1, "repeats")
    check_at_least(min(sizes, default=0), 4, "the smallest size")
    if not records.index.is_unique:
        raise RecordsError("index labels occur twice: reset_index(drop=True) first")
    before = _represented(records, detectors)
    run = partial(
        _of_one_shift,
        records=records,
        before=before,
        detectors=detectors,
        sizes=sizes,
        repeats=repeats,
        permutations=permutations,
        level=level,
        seed=seed,
    )
    # One thread each: small products gain nothing from more, and sums keep their order.
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        rows = list(pool.map(run, range(len(shifts)), shifts))
    return pd.DataFrame([row for part in rows for row in part])


def _represented(frame: pd.DataFrame, detectors: Sequence[Detector]) -> dict[int, Floats]:
    """Each representation of a frame, once, by its identity."""
    different = {id(d.representation): d.representation for d in detectors}
    return {key: each.transform(frame) for key, each in different.items()}


def _of_one_shift(
    place: int,
    shift: Shift,
    *,
    records: pd.DataFrame,
    before: dict[int, Floats],
    detectors: Sequence[Detector],
    sizes: Sequence[int],
    repeats: int,
    permutations: int,
    level: float,
    seed: int,
) -> list[dict[str, Any]]:
    shifted = shift.apply(records, seed)
    after = before if shifted is records else _represented(shifted, detectors)
    origin = records.index.get_indexer(shifted.index)
    told = {"kind": shift.kind, "strength": shift.strength, "share": shift.share}
    rows = []
    for n in sizes:
        running = [d for d in detectors if d.largest is None or n <= d.largest]
        tests = [named_test(d.test, permutations, d.estimator) for d in running]
        p, statistic = np.empty((2, len(running), repeats))
        for repeat in range(repeats):
            key = [seed, place, n, repeat]
            one, other = _draw(len(records), origin, n, np.random.default_rng(key))
            inner = int(np.random.SeedSequence(key).generate_state(1)[0])
            for i, (detector, test) in enumerate(zip(running, tests, strict=True)):
                which = id(detector.representation)
                statistic[i, repeat], p[i, repeat] = test(
                    before[which][one], after[which][other], inner
                )
        for i, detector in enumerate(running):
            hits = int((p[i] <= level).sum())
            low, high = clopper_pearson(hits, repeats)
            rows.append(
                {"representation": detector.name, "test": detector.test, **told, "n": n}
                | {"detected": hits / repeats, "repeats": repeats, "low": low, "high": high}
                | {"statistic": float(statistic[i].mean())}
            )
    return rows


def _draw(records: int, origin: Any, n: int, generator: np.random.Generator) -> tuple[Any, Any]:
    """Positions of n records, and of n shifted ones that are none of these."""
    if n > records:
        raise RecordsError(f"{records} records for samples of {n}: give more, or ask for less")
    one = generator.choice(records, n, replace=False)
    taken = np.zeros(records, dtype=bool)
    taken[one] = True
    free = np.flatnonzero(~taken[origin])
    if n > len(free):
        raise RecordsError(
            f"{len(free)} shifted records beside a reference of {n}: give more, or ask for less"
        )
    return one, generator.choice(free, n, replace=False)
