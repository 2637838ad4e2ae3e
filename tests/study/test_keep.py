"""Kept results: under what made them, whole or not at all, whoever is killed when."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from debugml import closure, keep
from debugml.errors import StoreError
from debugml.keep import Kept
from debugml.lineage import Artifact, Lineage

Calls = list[tuple[int, str]]


class Fixture(SimpleNamespace):
    """A kept function with what its key hangs on, all of it to change."""

    result: Kept
    calls: Calls
    home: Path
    committed: Path


@pytest.fixture
def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fixture:
    it = Fixture(calls=[], home=tmp_path / "home", committed=tmp_path / "committed")
    it.data, it.code = "d1", "c1"
    monkeypatch.setenv("DEBUGML_HOME", str(it.home))
    monkeypatch.setattr(
        closure, "of_function", lambda *_, **__: SimpleNamespace(digest=it.code, names=())
    )

    def table(rows: int = 3, word: str = "a") -> pd.DataFrame:
        it.calls.append((rows, word))
        return pd.DataFrame(
            {
                "n": range(rows),
                "share": [i / 7 for i in range(rows)],
                "word": [word] * rows,
                "yes": [i % 2 == 0 for i in range(rows)],
                "day": pd.date_range("2020-03-01", periods=rows),
                "gap": [None, *[1.5] * (rows - 1)],
            },
            index=range(5, 5 + rows),
        )

    def inputs(parameters: object) -> tuple[Artifact, ...]:
        return (Artifact(it.data, "january", "trips", 10),)

    it.fresh = lambda: Kept(table, inputs, lambda: it.committed)
    it.result = it.fresh()
    return it


def entries(home: Path) -> list[Path]:
    return sorted(p for p in (home / "results").glob("*/*"))


def test_computed_once_and_the_same_from_disk(it: Fixture) -> None:
    first, again = it.result(), it.result()
    from_disk = it.fresh()()
    assert it.calls == [(3, "a")]
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first, from_disk)
    assert first.index.equals(pd.RangeIndex(3))


def test_callers_do_not_share_a_frame(it: Fixture) -> None:
    mine = it.result()
    mine.loc[:, "share"] = 99.0
    mine["more"] = 1
    assert it.result()["share"].tolist() == [0, 1 / 7, 2 / 7]
    assert "more" not in it.result()


def test_key_hangs_on_data_parameters_engine_forest_and_code(
    it: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = it.result.key()
    assert it.result.key(3, word="a") == key, "a default spelled out is the same call"
    keys = {key, it.result.key(4), it.result.key(word="b")}
    it.data = "d2"
    keys.add(it.result.key())
    it.data, it.code = "d1", "c2"
    keys.add(it.fresh().key())
    it.code = "c1"
    monkeypatch.setenv("DEBUGML_ENGINE", "dask")
    keys.add(it.result.key())
    monkeypatch.delenv("DEBUGML_ENGINE")
    monkeypatch.setenv("DEBUGML_FOREST", "xgboost")
    keys.add(it.result.key())
    monkeypatch.delenv("DEBUGML_FOREST")
    assert len(keys) == 7
    assert it.result.key() == key


def test_changed_code_computes_again_and_changed_back_does_not(it: Fixture) -> None:
    it.result()
    it.code = "c2"
    # A process runs the code that it loaded: the next one sees the change.
    it.result()
    assert len(it.calls) == 1
    it.fresh()()
    assert len(it.calls) == 2
    it.code = "c1"
    it.fresh()()
    assert len(it.calls) == 2


def test_committed_comes_first(it: Fixture) -> None:
    folder = it.result.commit()
    assert folder.parent.parent == it.committed and it.result.is_committed()
    assert not it.result.is_committed(4)
    it.fresh()()
    assert len(it.calls) == 1 and not entries(it.home)
    it.result.commit()
    assert len(it.calls) == 2, "commit computes anew"


def test_provenance_says_what_made_it(it: Fixture) -> None:
    about = it.result.provenance(4, word="b")
    assert about["name"] == "table" and about["parameters"] == {"rows": 4, "word": "b"}
    assert about["data"] == {"january": {"sha256": "d1", "rows": 10}}
    assert about["code"] == "c1" and about["engine"] == "pandas" and about["result"]["rows"] == 4
    assert "pandas" in about["versions"] and about["started"] and about["device"]
    store = Lineage(it.home / "lineage.sqlite")
    (run,) = store.runs()
    assert run.made[0].digest == about["result"]["sha256"]
    assert store.runs_that_used("d1") == [run]


def test_digest_is_of_values_not_of_storage(it: Fixture) -> None:
    frame = it.result()
    digest = keep.entries.digest(frame)
    as_pandas_2_reads_it = frame.astype({"word": object, "day": "datetime64[ns]"})
    assert keep.entries.digest(as_pandas_2_reads_it) == digest
    for change in ({"share": 0.1}, {"word": "b"}, {"gap": None}):
        assert keep.entries.digest(frame.assign(**change)) != digest
    assert keep.entries.digest(frame.rename(columns={"n": "m"})) != digest
    assert keep.entries.digest(frame.astype({"n": float})) != digest


def damage_values(folder: Path) -> None:
    frame = pd.read_parquet(folder / keep.RESULT)
    frame.assign(share=0.5).to_parquet(folder / keep.RESULT, index=False)


def damage_bytes(folder: Path) -> None:
    damaged = bytearray((folder / keep.RESULT).read_bytes())
    damaged[len(damaged) // 2 :] = b"\0" * (len(damaged) - len(damaged) // 2)
    (folder / keep.RESULT).write_bytes(damaged)


@pytest.mark.parametrize(
    "damage",
    [
        damage_values,
        damage_bytes,
        lambda folder: (folder / keep.RESULT).unlink(),
        lambda folder: (folder / keep.RESULT).write_bytes(b""),
        lambda folder: (folder / keep.PROVENANCE).unlink(),
        lambda folder: (folder / keep.PROVENANCE).write_text("{"),
        lambda folder: (folder / keep.PROVENANCE).write_text("[]"),
        lambda folder: (folder / keep.PROVENANCE).write_text("{}"),
    ],
)
def test_damaged_entry_says_the_way_out(it: Fixture, damage: Callable[[Path], None]) -> None:
    it.result()
    (folder,) = entries(it.home)
    damage(folder)
    with pytest.raises(StoreError) as caught:
        it.fresh()()
    assert str(folder) in str(caught.value) and "Delete that folder" in str(caught.value)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert len(it.fresh()()) == 3  # the way out works


def test_unwritable_home_warns_and_returns(it: Fixture) -> None:
    it.home.write_text("a file where a folder should be")
    with pytest.warns(UserWarning) as caught:
        frame = it.result()
    said = [str(w.message) for w in caught]
    assert any("table was not kept" in text for text in said), said
    assert any("table was not recorded" in text for text in said), said
    assert {w.filename for w in caught} == {__file__}, "the warning names the caller's line"
    assert len(frame) == 3
    with pytest.raises(StoreError, match="could not be kept"):
        it.result.provenance()


def test_unwritable_commit_is_an_error(it: Fixture) -> None:
    it.committed.write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="could not be written"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        it.result.commit()


def test_a_result_kept_by_another_process_meanwhile_stands(it: Fixture) -> None:
    other = it.fresh()
    real = it.result.function

    @functools.wraps(real)
    def slow(*args: object, **kwargs: object) -> pd.DataFrame:
        other()  # somebody else finishes first
        return real(*args, **kwargs)

    it.result.function = slow
    it.result()
    (folder,) = entries(it.home)
    assert len(pd.read_parquet(folder / keep.RESULT)) == 3


# A process of its own, on the real study: it stops where it is told to, and says so.
WORKER = """
import functools, sys, time
from pathlib import Path
from debugml.keep import entries
import debugml.study as study
where, flag = sys.argv[1], Path(sys.argv[2])
def wait(): flag.touch(); time.sleep(60)
result = study.month_facts
real = result.function
if where == "compute":
    result.function = functools.wraps(real)(lambda **_: wait())
if where == "write":
    entries.text_of = lambda record: wait()
if where == "rename":
    Path.rename = lambda self, to: wait()
if where == "together":
    @functools.wraps(real)
    def together(**kwargs):
        (flag.parent / f"ready-{sys.argv[3]}").touch()
        while len(list(flag.parent.glob("ready-*"))) < 2: time.sleep(0.01)
        return real(**kwargs)
    result.function = together
print(result(months=("2018-03",)).to_json())
"""


def worker(home: Path, where: str, flag: Path, number: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, where, str(flag), str(number)],
        env=os.environ | {"DEBUGML_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def whole_entries(home: Path) -> list[Path]:
    """Entries under their final names, each of which must be whole."""
    found = [p for p in entries(home) if not p.name.startswith(".part-")]
    for folder in found:
        assert len(keep.entries.read(folder)[0]) == 1
        json.loads((folder / keep.PROVENANCE).read_text())
    return found


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("compute", marks=pytest.mark.slow),
        pytest.param("write", marks=pytest.mark.slow),
        "rename",  # everything is written but for the final name
    ],
)
def test_killed_half_way(tmp_path: Path, where: str) -> None:
    home, flag = tmp_path / "home", tmp_path / "flag"
    process = worker(home, where, flag)
    deadline = time.monotonic() + 60
    while not flag.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert flag.exists(), process.communicate()[1]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert whole_entries(home) == []
    again = worker(home, "nowhere", flag)
    said, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors
    assert json.loads(said)["month"] == {"0": "2018-03"}
    assert len(whole_entries(home)) == 1


def test_two_processes_at_once(tmp_path: Path) -> None:
    home, flag = tmp_path / "home", tmp_path / "flag"
    both = [worker(home, "together", flag, number) for number in (1, 2)]
    said = [process.communicate(timeout=90) for process in both]
    assert [p.returncode for p in both] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert "Warning" not in said[0][1] + said[1][1]
    assert len(whole_entries(home)) == 1
    assert len(entries(home)) == 1, "nothing half-written is left"
    assert len(Lineage(home / "lineage.sqlite").runs()) == 2
