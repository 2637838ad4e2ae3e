"""From load to score on a cluster of processes, beside pandas; and with a worker killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import debugml as dm
from debugml.drift import ks_table
from debugml.engines import by_part

MONTHS = ["2020-01", "2020-02", "2020-03"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_every_step_equals_pandas(client: Any, model: dm.Forest, train: pd.DataFrame) -> None:
    assert len(client.scheduler_info()["workers"]) == 2
    trips, whole = dm.load(MONTHS, engine="dask"), dm.load(MONTHS, engine="pandas")
    _same(trips, whole)
    features, expected = dm.featurize(trips), dm.featurize(whole)
    _same(features, expected)
    _same(dm.predict(model, features), dm.predict(model, expected))

    stream, here = (dm.replay(model, MONTHS, engine=on) for on in ("dask", "pandas"))
    pd.testing.assert_frame_equal(stream.daily(), here.daily(), check_exact=True)
    pd.testing.assert_frame_equal(stream.weekly(), here.weekly(), check_exact=True)
    pd.testing.assert_frame_equal(
        stream.cumulative().compute(), here.cumulative(), check_exact=True
    )

    tables = [ks_table(train, frame).to_frame() for frame in (features, expected)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)

    scores = [dm.score(model, frame) for frame in (features, expected)]
    assert scores[0].to_dict() == pytest.approx(scores[1].to_dict(), rel=1e-12)
    exact = ("n", "f1", "precision", "recall", "auc", "base_rate")
    assert all(getattr(scores[0], name) == getattr(scores[1], name) for name in exact)


def test_a_worker_killed_in_the_middle_changes_nothing(
    client: Any, model: dm.Forest, train: pd.DataFrame, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    features = dm.featurize(dm.load(MONTHS, engine="dask"))
    fragile = by_part(features, _wait_to_be_killed, str(victim))
    killed: list[int] = []

    def kill() -> None:
        while not victim.exists() or not victim.read_text():
            time.sleep(0.05)
        killed.append(int(victim.read_text()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    table = ks_table(train, fragile).to_frame()
    killer.join(10)
    assert killed
    expected = dm.featurize(dm.load(MONTHS, engine="pandas"))
    pd.testing.assert_frame_equal(table, ks_table(train, expected).to_frame(), check_exact=True)
    client.wait_for_workers(2, timeout=60)
    assert dm.score(model, features).auc == dm.score(model, expected).auc


def _wait_to_be_killed(part: pd.DataFrame, victim: str) -> pd.DataFrame:
    """The same part; the first that comes with rows waits until its process is killed."""
    if len(part):
        try:
            with Path(victim).open("x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            return part
        time.sleep(120)
    return part


def _same(lazy: Any, expected: Any) -> None:
    found, expected = (pd.DataFrame(part) for part in (lazy.compute(), expected))
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected, check_exact=True)
