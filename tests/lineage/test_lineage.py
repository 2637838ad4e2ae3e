"""The store of runs: whole runs, however many write and whoever is killed."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from debugml.errors import StoreError
from debugml.lineage import VERSION, Artifact, Lineage, Run, backtrace


def run(name: str, used: str = "d1", made: str = "d2") -> Run:
    return Run(
        name=name,
        used=(Artifact(used, "january", "trips", 10), Artifact("d0", "february", "trips", None)),
        made=(Artifact(made, "ks", "result", 11),),
        parameters={"months": ["2020-01"], "seed": 0, "scale": 1.5},
        code="c0de",
        engine="pandas",
        device="laptop, 2 cores",
        versions={"python": "3.11", "numpy": "2.4"},
        started="2026-01-02T03:04:05+00:00",
        seconds=1.25,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "lineage.sqlite"


def test_a_run_comes_back_as_it_went_in(path: Path) -> None:
    number = Lineage(path).record(run("ks"))
    again = Lineage(path)
    assert again.runs() == [run("ks")]
    assert again.record(run("more", made="d3")) == number + 1
    assert [r.name for r in again.runs()] == ["more", "ks"]


def test_questions_by_artifact(path: Path) -> None:
    store = Lineage(path)
    store.record(run("first", used="a", made="b"))
    store.record(run("second", used="b", made="c"))
    assert [r.name for r in store.runs_that_made("b")] == ["first"]
    assert [r.name for r in store.runs_that_used("b")] == ["second"]
    assert [r.name for r in store.runs_that_used("d0")] == ["second", "first"]
    assert store.runs_that_made("nothing") == []


def test_a_run_that_cannot_be_written_leaves_nothing(path: Path) -> None:
    store = Lineage(path)
    broken = Run("x", (Artifact("d", None, "trips"),), (), {}, "c", "e", "d", {})  # type: ignore[arg-type]
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE used")
    with pytest.raises(StoreError, match="x was not recorded"):
        store.record(broken)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)


def write_many(path: Path, writer: int, runs: int) -> None:
    for number in range(runs):
        # Opened each time: making the store is part of the race.
        Lineage(path).record(run(f"{writer}-{number}", used=f"u{number}", made=f"m{writer}"))


def eight_at_once(path: Path, runs: int, context: Any, seconds: float) -> None:
    writers = [context.Process(target=write_many, args=(path, n, runs)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(seconds)
    assert [w.exitcode for w in writers] == [0] * 8


def test_eight_processes_at_once_lose_nothing(path: Path) -> None:
    eight_at_once(path, 12, mp.get_context("fork"), seconds=90)
    store = Lineage(path)
    names = [r.name for r in store.runs()]
    assert sorted(names) == sorted(f"{w}-{n}" for w in range(8) for n in range(12))
    assert all(len(r.used) == 2 and len(r.made) == 1 for r in store.runs())
    assert len(store.runs_that_made("m3")) == 12


KILLED = """
import sys, time
from pathlib import Path
import debugml.lineage.store as lineage
from debugml.lineage import Artifact, Run
store = lineage.Lineage(Path(sys.argv[1]))
real = lineage.insert
def insert(connection, run):
    number = real(connection, run)      # all of it written, nothing committed
    Path(sys.argv[2]).touch()
    time.sleep(60)
    return number
run = Run("whole", (), (Artifact("d", "n", "result"),), {}, "c", "e", "d", {})
store.record(run)
lineage.insert = insert
store.record(run)
"""


def test_killed_writer_leaves_a_store_that_opens(path: Path, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(flag)])
    deadline = time.monotonic() + 60
    while not flag.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert flag.exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    store = Lineage(path)
    assert [r.name for r in store.runs()] == ["whole"], "the run half-written is not there"
    store.record(run("after"))
    assert {r.name for r in store.runs()} == {"after", "whole"}


def test_newer_store_is_refused(path: Path) -> None:
    Lineage(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=f"format {VERSION + 1}.*Update debugml.*DEBUGML_HOME"):
        Lineage(path)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough" * 50, b"short"])
def test_foreign_file_is_refused_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lineage.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"lineage\.sqlite: not a database: not a lineage st"):
        Lineage(path)
    assert path.read_bytes() == content


def test_foreign_database_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "lineage.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE album (title TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a lineage store"):
        Lineage(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("number", [VERSION, VERSION + 1])
@pytest.mark.parametrize("application", [0, 42])
def test_somebody_elses_database_is_refused_whatever_its_version(
    tmp_path: Path, number: int, application: int
) -> None:
    path = tmp_path / "lineage.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE run (title TEXT)")
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {application}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"not a lineage store\. Move it, or set DEBUGML_HOME"):
        Lineage(path)
    assert path.read_bytes() == before


def test_a_store_of_before_it_carried_its_letters_still_opens(path: Path) -> None:
    Lineage(path).record(run("ks"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 0")
    assert Lineage(path).runs() == [run("ks")]


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a file: not a lineage store"):
        Lineage(tmp_path)


def test_store_damaged_after_opening(path: Path) -> None:
    store = Lineage(path)
    store.record(run("ks"))
    path.write_bytes(b"\0" * 4096)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with pytest.raises(StoreError, match=r"lineage\.sqlite: cannot be read") as found:
        store.runs()
    assert "elete" not in str(found.value), "it may be somebody's"


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="permissions, or set DEBUGML_HOME"):
        Lineage(tmp_path / "file" / "lineage.sqlite")


def test_read_only_folder() -> None:
    # Not under pytest's folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setuid(65534)
                Lineage(Path(name) / "lineage.sqlite")
            except StoreError:
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        Path(name).chmod(0o755)


def test_a_run_is_added_once(path: Path) -> None:
    store = Lineage(path)
    assert [store.add(run("ks")) for _ in range(3)] == [True, False, False]
    # How long it took, and where, is no part of a run's identity; all else is.
    assert store.add(replace(run("ks"), started="2026-01-02T03:04:06+00:00"))
    assert store.add(run("other"))
    assert store.add(run("ks", made="d3"))
    assert not store.add(replace(run("ks"), device="elsewhere", seconds=9.0))
    assert store.add(run("ks", used="d9"))
    assert store.add(replace(run("ks"), parameters={"seed": 1}))
    assert store.add(replace(run("ks"), code="c0de2"))
    nothing = replace(run("check"), made=())
    assert [store.add(nothing), store.add(nothing)] == [True, False]
    runs = store.runs()
    assert len(runs) == len({each.identity() for each in runs}) == 8
    assert store.add_all([*runs, run("last")]) == 1


def test_many_runs_at_once_all_or_none(path: Path) -> None:
    store = Lineage(path)
    store.record_all(run(f"r{n}", made=f"m{n}") for n in range(5))
    assert len(store.runs()) == 5
    broken = Run("x", (Artifact("d", None, "trips"),), (), {}, "c", "e", "d", {})  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="2 runs were not recorded"):
        store.record_all([run("fine"), broken])
    assert len(store.runs()) == 5


def test_newest_first_by_start_however_they_were_written(path: Path) -> None:
    store = Lineage(path)
    for second in (2, 3, 1):
        store.record(replace(run(f"at {second}"), started=f"2026-01-02T03:04:0{second}+00:00"))
    assert [r.name for r in store.runs()] == ["at 3", "at 2", "at 1"]
    assert [r.name for r in store.runs_that_made("d2")] == ["at 3", "at 2", "at 1"]


def as_nobody(work: Callable[[], None]) -> int:
    """Exit status of work done by a user who may write nothing here: 0 if it raised nothing."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize("closed", ["folder", "file", "both"])
def test_a_store_that_cannot_be_written_is_read(closed: str) -> None:
    # Not under pytest's folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "lineage.sqlite"
        Lineage(path).record(run("ks"))
        path.chmod(0o444 if closed != "folder" else 0o666)
        Path(name).chmod(0o555 if closed != "file" else 0o777)

        def work() -> None:
            store = Lineage(path)
            assert store.read_only
            assert store.runs() == [run("ks")]
            assert backtrace(store, "ks").files()[0].name == "january"
            for write in (store.record, store.add):
                with pytest.raises(StoreError, match=r"run more was not recorded\..*HOME"):
                    write(run("more"))

        assert as_nobody(work) == 0
        Path(name).chmod(0o755)
        assert [p.name for p in Path(name).iterdir()] == ["lineage.sqlite"]


def test_runs_in_a_log_that_cannot_be_read_say_what_to_do() -> None:
    with tempfile.TemporaryDirectory() as name:
        path, copy = Path(name) / "lineage.sqlite", Path(name) / "closed" / "lineage.sqlite"
        Lineage(path)
        held = sqlite3.connect(path)
        try:
            held.execute("SELECT count(*) FROM run").fetchone()
            Lineage(path).record(run("ks"))
            copy.parent.mkdir()
            for end in ("", "-wal"):
                copied = path.with_name(path.name + end).read_bytes()
                copy.with_name(copy.name + end).write_bytes(copied)
        finally:
            held.close()
        Path(name).chmod(0o755)
        copy.parent.chmod(0o555)

        def work() -> None:
            with pytest.raises(StoreError, match=r"lineage\.sqlite-wal.*Copy both files"):
                Lineage(copy)

        assert as_nobody(work) == 0
        copy.parent.chmod(0o755)
        assert Lineage(copy).runs() == [run("ks")]


def test_a_store_that_another_process_keeps_locked(path: Path) -> None:
    Lineage(path).record(run("ks"))
    store = Lineage(path, wait=0.2)
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        with pytest.raises(StoreError, match=r"for 0.2 s; the run more was not recorded\. Try"):
            store.record(run("more"))
        assert 0.15 < time.monotonic() - begun < 5
        assert len(store.runs()) == 1, "reading needs no lock"
        other.execute("ROLLBACK")
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        for read in (store.runs, lambda: Lineage(path, wait=0.2)):
            with pytest.raises(StoreError, match=r"another process has kept it locked for 0.2 s\."):
                read()
    finally:
        other.close()
    store.record(run("more"))


def test_values_damaged_inside_a_sound_file(path: Path) -> None:
    store = Lineage(path)
    store.record(run("ks"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE run SET parameters = '{\"seed\": '")
    with pytest.raises(StoreError, match=r"lineage\.sqlite: cannot be read"):
        store.runs()


@pytest.mark.slow
def test_eight_processes_with_two_hundred_runs_each_lose_nothing(path: Path) -> None:
    eight_at_once(path, 200, mp.get_context("spawn"), seconds=400)
    runs = Lineage(path).runs()
    assert sorted(r.name for r in runs) == sorted(f"{w}-{n}" for w in range(8) for n in range(200))
    assert all(len(r.used) == 2 and len(r.made) == 1 for r in runs)


ENDLESS = """
import itertools, sys
from pathlib import Path
from debugml.lineage import Artifact, Lineage, Run
store = Lineage(Path(sys.argv[1]))
for n in itertools.count():
    made = tuple(Artifact(f"{sys.argv[2]}-{n}-{i}", f"{i}", "result") for i in range(20))
    store.record(Run(f"{sys.argv[2]}-{n}", made[:1], made, {"n": n}, "c", "e", "d", {}))
    print(n, flush=True)
"""


@pytest.mark.slow
def test_writers_killed_at_any_moment_leave_whole_runs(path: Path) -> None:
    """Twelve writers in turn, each killed while it writes; what it had told of is there, whole."""
    Lineage(path)
    rng = np.random.default_rng(0)
    for writer in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(path), str(writer)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        told = int(process.stdout.readline())
        time.sleep(float(rng.uniform(0, 0.2)))
        process.send_signal(signal.SIGKILL)
        told = max([told, *map(int, process.stdout.read().split("\n")[:-1])])
        process.wait()
        mine = [r for r in Lineage(path).runs() if r.name.startswith(f"{writer}-")]
        # One more may have been written and not told of.
        assert len(mine) in (told + 1, told + 2)
        assert all(len(r.made) == 20 and len(r.used) == 1 for r in mine)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
