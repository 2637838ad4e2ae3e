"""More months than a worker's memory: memory stays flat, and time grows with the rows.

The months are made up: the samples' trips drawn with replacement, distance and time jittered.
They are written as Parquet, and each group of rows of a file is a partition. KS table, daily
F1 and score are computed by two workers of 2 GB each.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import debugml as dm
from debugml.deployment import replay_features
from debugml.drift import ks_table
from debugml.engines import from_parts

pytestmark = pytest.mark.bench

MILLIONS = [float(n) for n in os.environ.get("DEBUGML_BENCH_MILLIONS", "12.5,25,50").split(",")]
"""Rows of the three runs; fewer show that it runs, not that memory is flat."""

GROUP = 250_000


class Run(NamedTuple):
    """One run: rows, seconds, and the largest memory that a worker ever had, in bytes."""

    rows: int
    seconds: float
    peak: int


def write(folder: Path, rows: int) -> Path:
    """One Parquet file of so many made-up trips of March 2020, in order of dropoff."""
    trips = dm.load("2020-03", source="sample")
    generator = np.random.default_rng(0)
    path = folder / "months.parquet"
    with pq.ParquetWriter(path, pa.Schema.from_pandas(trips, preserve_index=False)) as file:
        for start in range(0, rows, GROUP):
            n = min(GROUP, rows - start)
            drawn = trips.iloc[generator.integers(0, len(trips), n)].reset_index(drop=True)
            later = pd.to_timedelta(generator.integers(0, 3_600, n), unit="s")
            drawn["tpep_dropoff_datetime"] += later
            drawn["trip_distance"] *= generator.uniform(0.9, 1.1, n)
            drawn = drawn.sort_values("tpep_dropoff_datetime", ignore_index=True)
            file.write_table(pa.Table.from_pandas(drawn, preserve_index=False))
    return path


def read(part: tuple[str, int]) -> pd.DataFrame:
    path, group = part
    with pq.ParquetFile(path) as file:
        return file.read_row_group(group).to_pandas()


def run(folder: Path, rows: int, model: dm.Forest, reference: pd.DataFrame) -> Run:
    from distributed import Client, LocalCluster

    path = write(folder, rows)
    groups = [(str(path), group) for group in range(pq.ParquetFile(path).num_row_groups)]
    meta = dm.load("2020-03", source="sample").head(0)
    options: dict[str, Any] = {"processes": True, "dashboard_address": None}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, memory_limit="2GB", **options) as cluster,
        Client(cluster) as client,
    ):
        start = time.perf_counter()
        features = dm.featurize(from_parts(read, groups, meta, "dask"))
        table = ks_table(reference, features)
        daily = replay_features(model, [features]).daily(draws=0)
        score = dm.score(model, features)
        seconds = time.perf_counter() - start
        assert len(table) == 12 and daily["n"].sum() == score.n > 0.95 * rows
        peak = max(client.run(_peak).values())
    path.unlink()
    return Run(rows, seconds, peak)


def _peak() -> int:
    import resource

    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_memory_is_flat_and_time_linear(tmp_path: Path) -> None:
    reference = dm.featurize(dm.load("2020-02", source="sample"))
    model = dm.fit_forest(reference, n_estimators=10)
    runs = [run(tmp_path, int(n * 1e6), model, reference) for n in MILLIONS]
    for each in runs:
        print(
            f"{each.rows:,} made-up rows: {each.seconds:.0f} s, "
            f"{1e6 * each.seconds / each.rows:.2f} µs a row, peak {each.peak / 1e9:.2f} GB"
        )
    first, last = runs[0], runs[-1]
    assert all(each.peak < 2e9 for each in runs)
    assert last.peak <= 1.25 * first.peak
    assert last.seconds / last.rows <= 1.3 * first.seconds / first.rows
