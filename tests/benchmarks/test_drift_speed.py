"""Eleven features, a million and 6.4 million records a side: D, and D with p, beside others.

The records are made up (`made_up.features`). The reference comes from the earlier eighteen
months, the current sample from the later: as in the published tables, most features have drifted.

Ratios within one run, so that they mean the same on any machine. `make bench` runs them; the
peers run in an environment of their own, which `make peers` makes, else their rows are left out.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_up import features
from scipy import stats
from timing import HAVE_PEERS, PEERS, best, in_own_process, seconds

import debugml as dm
from debugml.drift.ks import ks_table

pytestmark = pytest.mark.bench

HALVES = (("2018-01", "2019-06"), ("2019-07", "2020-12"))
MILLION, MONTH = 1_000_000, 6_400_000

Sides = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module", params=[MILLION, MONTH], ids=["1 million", "6.4 million"])
def sides(request: pytest.FixtureRequest) -> Sides:
    one, other = (
        features(*months, request.param, seed)[list(dm.FEATURES)]
        for seed, months in enumerate(HALVES)
    )
    return one, other


def with_scipy(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, Any]:
    """D and p of each column, as one writes it with scipy, which gives no D without p."""
    return {name: stats.ks_2samp(reference[name], current[name]) for name in reference}


def d_only(reference: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    return ks_table(reference, current).to_frame(p_value=False)


def d_and_p(reference: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    return ks_table(reference, current).to_frame()


@pytest.mark.parametrize("work", [d_only, d_and_p], ids=["D", "D and p"])
def test_beside_scipy(
    sides: Sides, work: Callable[..., pd.DataFrame], benchmark: Any, row: Callable[..., None]
) -> None:
    n = len(sides[0])
    expected: dict[str, Any] = {}
    theirs = seconds(lambda: expected.update(with_scipy(*sides)))
    found = work(*sides).set_index("feature")
    for name, their in expected.items():
        assert found["statistic"][name] == pytest.approx(their.statistic, abs=1e-12), name
        if "p_value" in found:
            assert found["p_value"][name] == pytest.approx(their.pvalue, abs=1e-3), name
    row(
        "KS of 11 features, D alone" if work is d_only else "KS of 11 features, D and p",
        n=n,
        ours=best(benchmark, lambda: work(*sides)),
        beside="scipy ks_2samp",
        theirs=theirs,
        at_least=25 if n == MILLION else 8,
        note="n records a side; scipy gives no D without p",
    )


def test_memory_is_under_twice_the_input(sides: Sides, row: Callable[..., None]) -> None:
    tracemalloc.start()
    try:
        d_and_p(*sides)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = sum(int(frame.memory_usage(index=False).sum()) for frame in sides)
    what = "KS of 11 features: memory beside that of the records"
    row(what, n=len(sides[0]), ours=peak / size, unit="times", at_most=2)


@pytest.mark.skipif(not HAVE_PEERS, reason="no .venv-peers: run make peers")
@pytest.mark.parametrize("peer", ["evidently", "frouros", "nannyml"])
def test_beside_a_peer(
    sides: Sides, peer: str, benchmark: Any, row: Callable[..., None], tmp_path: Path
) -> None:
    n = len(sides[0])
    paths = [tmp_path / "reference.parquet", tmp_path / "current.parquet"]
    for frame, path in zip(sides, paths, strict=True):
        frame.to_parquet(path)
    told = in_own_process(f"peer_{peer}.py", *paths, python=PEERS)
    found = d_and_p(*sides).set_index("feature")
    assert set(told["found"]) == set(found.index)
    gaps = pd.Series(told["found"])
    gaps = (gaps - found["p_value" if peer == "evidently" else "statistic"]).abs()
    note = "n records a side"
    if peer == "nannyml":
        note += f"; NannyML's D is of bins, here up to {gaps.max():.3f} off"
    else:
        assert gaps.max() < (1e-3 if peer == "evidently" else 1e-12), gaps
    row(
        "KS of 11 features, D and p",
        n=n,
        ours=best(benchmark, lambda: d_and_p(*sides)),
        beside=told["peer"],
        theirs=told["seconds"],
        at_least=80 if peer == "evidently" and n == MONTH else None,
        note=note,
    )
