"""Which scheduler computes a Dask frame, and what is said where there is none."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import debugml as dm
from debugml import cluster, engines, settings
from debugml.errors import SettingError


@pytest.fixture(autouse=True)
def own_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DEBUGML_SCHEDULER", raising=False)
    yield
    cluster.disconnect()


@pytest.mark.parametrize("text", ["locall", "10.0.0.5:8786", "tcp://10.0.0.5", "http://a:1", "x y"])
def test_a_scheduler_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DEBUGML_SCHEDULER", text)
    with pytest.raises(SettingError, match=f"^DEBUGML_SCHEDULER is '{text}': use 'local'"):
        dm.load("2020-01", engine="dask")
    with pytest.raises(SettingError, match=f"^scheduler is '{text}'"):
        cluster.connect(text)


def test_unset_is_threads_and_other_engines_never_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.scheduler() == "threads"
    assert cluster.connect() is None
    monkeypatch.setenv("DEBUGML_SCHEDULER", "tcp://127.0.0.1:1")
    assert len(dm.load("2020-01", engine="pandas")) == 10_000


def test_an_address_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("DEBUGML_SCHEDULER", address)
    start = time.monotonic()
    with pytest.raises(SettingError, match=f"^DEBUGML_SCHEDULER is '{address}', where no Dask"):
        dm.load("2020-01", engine="dask")
    assert time.monotonic() - start < 10


def test_an_address_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(SettingError, match=f"^scheduler is '{address}', where no Dask"):
            cluster.connect(address)
    assert time.monotonic() - start < 10


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(*names: str) -> Any:
        return lambda name: None if name in names else object()

    monkeypatch.setattr(settings.importlib.util, "find_spec", lacks("cudf", "distributed"))
    with pytest.raises(SettingError, match=r"engine is 'cudf'.*cudf.*debugml\[gpu\].*NVIDIA GPU"):
        dm.load("2020-01", engine="cudf")
    monkeypatch.setenv("DEBUGML_ENGINE", "dask-cudf")
    with pytest.raises(SettingError, match=r"^DEBUGML_ENGINE is 'dask-cudf'.*debugml\[gpu\]"):
        dm.load("2020-01")
    with pytest.raises(SettingError, match=r"engine is 'dask'.*distributed.*debugml\[dask\]'$"):
        settings.engine("dask")
    with pytest.raises(SettingError, match=r"scheduler is 'local', .*distributed.*\[dask\]"):
        cluster.connect("local")


def test_rapids_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(settings, "has_gpu", lambda: False)
    with pytest.raises(SettingError, match="needs an NVIDIA GPU, and CUDA finds none"):
        dm.load("2020-01", engine="dask-cudf")
    monkeypatch.setattr(settings, "has_gpu", lambda: True)
    assert settings.engine("dask-cudf") == "dask-cudf"


def test_every_engine_says_what_it_needs() -> None:
    assert tuple(engines.NEEDS) == engines.ENGINES


@pytest.mark.slow
def test_a_local_cluster_has_every_core_and_lives_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    monkeypatch.setenv("DEBUGML_SCHEDULER", "local")
    with caplog.at_level(logging.INFO, logger="debugml"):
        client = cluster.connect()
        trips = dm.load("2020-01", engine="dask")
        assert cluster.connect() is client
    workers = client.scheduler_info()["workers"].values()
    assert sum(worker["nthreads"] for worker in workers) == CPU_COUNT
    assert sum(worker["memory_limit"] for worker in workers) <= MEMORY_LIMIT
    assert len([r for r in caplog.records if "dashboard http://127.0.0.1:" in r.message]) == 1
    assert len(trips) == 10_000
    # Without the variable the next load is the threads', and the processes are gone.
    monkeypatch.delenv("DEBUGML_SCHEDULER")
    assert cluster.connect() is None
    assert client.status == "closed"


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of `dask scheduler` with one `dask worker`, processes of their own."""
    file = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    local = ["--host", "127.0.0.1", "--port", "0"]
    command = [sys.executable, "-m", "dask"]
    with (tmp_path / "log").open("w") as log:
        started = [
            subprocess.Popen([*command, "scheduler", *local, *common], stderr=log, cwd=tmp_path)
        ]
        threads = ["--nworkers", "1", "--nthreads", "1"]
        started.append(
            subprocess.Popen([*command, "worker", *threads, *common], stderr=log, cwd=tmp_path)
        )
        try:
            deadline = time.monotonic() + 60
            while "Registered to" not in (tmp_path / "log").read_text():
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.1)
            yield json.loads(file.read_text())["address"]
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(30)


@pytest.mark.slow
def test_a_scheduler_of_ones_own_is_used(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUGML_SCHEDULER", scheduler)
    trips = dm.load("2020-01", engine="dask")
    client = cluster.connect()
    assert client.scheduler.address == scheduler

    # Inside the test, so that it travels by value: the worker can't import this module.
    def finished(dask_worker: Any) -> int:
        events = dask_worker.state.stimulus_log
        return sum(type(event).__name__ == "ExecuteSuccessEvent" for event in events)

    before = sum(client.run(finished).values())
    expected = dm.featurize(dm.load("2020-01"))
    found = dm.featurize(trips).compute().reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    # That worker did it, not a thread of this process.
    assert sum(client.run(finished).values()) > before
    # A choice by argument stays until another one.
    cluster.connect(scheduler)
    monkeypatch.setenv("DEBUGML_SCHEDULER", "threads")
    assert cluster.connect().scheduler.address == scheduler
    assert cluster.connect("threads") is None
