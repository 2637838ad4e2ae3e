"""Eleven features, a million and 6.4 million records a side: D, and D with p, beside others.

The records are made up: drawn with replacement from the sample months, distance and time
jittered so that they don't repeat. The reference comes from the earlier eighteen months, the
current sample from the later: as in the published tables, most features have drifted.

Ratios within one run, so that they mean the same on any machine. `make bench` runs them.
Evidently needs pandas < 3: DEBUGML_PEERS_PYTHON names the Python of an environment that has
it (``pip install evidently==0.7.23 "pandas<3" pyarrow``), else its row is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_up import features
from scipy import stats

import debugml as dm
from debugml.drift.ks import ks_table

pytestmark = pytest.mark.bench

# Read at once: the tests' own settings hide it later.
PEERS_PYTHON = os.environ.get("DEBUGML_PEERS_PYTHON", "")
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


def seconds(work: Callable[[], Any], repeats: int) -> float:
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


@pytest.mark.parametrize("work", [d_only, d_and_p], ids=["D", "D and p"])
def test_beside_scipy(sides: Sides, work: Callable[..., pd.DataFrame], benchmark: Any) -> None:
    n = len(sides[0])
    start = time.perf_counter()
    expected = with_scipy(*sides)
    scipy = time.perf_counter() - start
    found = benchmark.pedantic(work, sides, rounds=3).set_index("feature")
    for name, theirs in expected.items():
        assert found["statistic"][name] == pytest.approx(theirs.statistic, abs=1e-12), name
        if "p_value" in found:
            assert found["p_value"][name] == pytest.approx(theirs.pvalue, abs=1e-3), name
    ours = seconds(lambda: work(*sides), 3)
    row = {"n": n, "scipy": scipy, "ours": ours, "ratio": scipy / ours}
    benchmark.extra_info.update(row)
    print(f"\n{n:,} a side: scipy {scipy:.2f} s, ours {ours:.3f} s, ratio {scipy / ours:.1f}")
    assert scipy / ours >= (25 if n == MILLION else 8)


def test_memory_is_under_twice_the_input(sides: Sides, benchmark: Any) -> None:
    tracemalloc.start()
    try:
        d_and_p(*sides)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    benchmark.pedantic(d_and_p, sides, rounds=1)
    size = sum(int(frame.memory_usage(index=False).sum()) for frame in sides)
    benchmark.extra_info.update({"peak bytes": peak, "input bytes": size, "ratio": peak / size})
    print(f"\n{len(sides[0]):,} a side: {peak / size:.2f} times the input")
    assert peak < 2 * size


@pytest.mark.skipif(not PEERS_PYTHON, reason="DEBUGML_PEERS_PYTHON names no Python with Evidently")
def test_beside_evidently(sides: Sides, benchmark: Any, tmp_path: Path) -> None:
    n = len(sides[0])
    paths = [tmp_path / "reference.parquet", tmp_path / "current.parquet"]
    for frame, path in zip(sides, paths, strict=True):
        frame.to_parquet(path)
    script = Path(__file__).with_name("peer_evidently.py")
    done = subprocess.run(
        [PEERS_PYTHON, str(script), *map(str, paths)],
        env=os.environ | {"DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        timeout=1_200,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout.splitlines()[-1])
    found = benchmark.pedantic(d_and_p, sides, rounds=3).set_index("feature")
    assert set(told["p_values"]) == set(found.index)
    for name, p in told["p_values"].items():
        assert found["p_value"][name] == pytest.approx(p, abs=1e-3), name
    ours = seconds(lambda: d_and_p(*sides), 3)
    row = {"n": n, "evidently": told["seconds"], "ours": ours, "ratio": told["seconds"] / ours}
    benchmark.extra_info.update(row | {"version": told["version"]})
    print(
        f"\n{n:,} a side: Evidently {told['seconds']:.1f} s, ours {ours:.3f} s, "
        f"ratio {told['seconds'] / ours:.0f}"
    )
    if n == MONTH:
        assert told["seconds"] / ours >= 80
