"""More months than a worker's memory: memory stays flat, and time grows with the rows.

Months of 6.25 million made-up trips lie in a folder as TLC's Parquet files would. KS table,
daily F1 and score are computed by two workers of 2 GB each, by the lines that a page has.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from made_up import write_months

import debugml as dm
from debugml.deployment import replay_features

pytest.importorskip("distributed", reason="workers need the extra dask")

pytestmark = pytest.mark.bench

MONTH = 6_250_000
MONTHS = dm.months_between("2020-01", "2020-08")
RUNS = (2, 4, 8)
"""Months in each run."""


class Run(NamedTuple):
    """One run: rows, seconds, and the largest memory that a worker ever had, in bytes."""

    rows: int
    seconds: float
    peak: int


def run(folder: Path, months: list[str], model: dm.Forest) -> Run:
    from distributed import Client, LocalCluster

    reference = dm.featurize(dm.load("2020-02", source="sample"))
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit="2GB",
            processes=True,
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
    ):
        start = time.perf_counter()
        columns = dm.features.NEEDED
        trips = dm.load(months, source=folder, engine="dask", columns=columns)
        features = dm.featurize(trips)
        table = dm.drift.ks_table(reference, features)
        daily = replay_features(model, [features]).daily(draws=0)
        score = dm.score(model, features)
        seconds = time.perf_counter() - start
        assert len(table) == 12 and daily["n"].sum() == score.n > 0.95 * MONTH * len(months)
        peak = max(client.run(_peak).values())
    return Run(MONTH * len(months), seconds, peak)


def _peak() -> int:
    import resource

    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_memory_is_flat_and_time_linear(tmp_path: Path, row: Callable[..., None]) -> None:
    write_months(tmp_path, MONTHS, MONTH, seed=0)
    model = dm.fit_forest(dm.featurize(dm.load("2020-01", source="sample")), n_estimators=10)
    runs = [run(tmp_path, MONTHS[:n], model) for n in RUNS]
    first = runs[0]
    work = "KS table, daily F1 and score, 2 workers of 2 GB"
    for each in runs:
        row(
            f"{work}: seconds a million rows",
            n=each.rows,
            ours=1e6 * each.seconds / each.rows,
            at_most=None if each is first else 1.3e6 * first.seconds / first.rows,
            note="a forest of 10 trees; the target is 1.3 times the smallest run's",
        )
        row(
            f"{work}: most memory of a worker",
            n=each.rows,
            ours=each.peak / 1e9,
            unit="GB",
            at_most=2 if each is first else min(2, 1.25 * first.peak / 1e9),
            note="the target is 1.25 times the smallest run's, and below 2 GB",
        )
