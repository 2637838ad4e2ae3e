"""What a kept result used and what lies behind it; what its frame carries; computed anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml import closure, keep, study
from debugml.keep import PROVENANCE, RESULT, Kept, anew, from_json
from debugml.lineage import Artifact, Lineage, Run
from debugml.lineage.notes import collecting, note
from debugml.study import base
from debugml.training import model_digest

FILE = Artifact("f1", "yellow_tripdata_2020-01.parquet", "trips", 10)
MODEL = Artifact("m1", "forest", "model", 9)
FIT = Run("fit", (FILE,), (MODEL,), {}, "c0de", "pandas", "laptop", {}, "2020-03-01", 1.0)


class Two(SimpleNamespace):
    """A result that trains a model, and one that asks for the first and has no file."""

    inner: Kept[[]]
    outer: Kept[[]]
    calls: list[str]
    home: Path
    fresh: Callable[[], None]


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    it = Two(calls=[], home=tmp_path / "home", value=1.0)
    monkeypatch.setenv("DEBUGML_HOME", str(it.home))
    monkeypatch.setattr(closure, "of_function", lambda *_, **__: SimpleNamespace(digest="c1"))

    def inner() -> pd.DataFrame:
        it.calls.append("inner")
        note(FIT)
        return pd.DataFrame({"n": [it.value, 2.0]})

    def outer() -> pd.DataFrame:
        it.calls.append("outer")
        return it.inner().assign(n=lambda f: f["n"] * 2)

    def fresh() -> None:
        it.inner = Kept(inner, lambda _: (FILE,), lambda: tmp_path / "committed")
        it.outer = Kept(outer, lambda _: (), lambda: tmp_path / "committed")

    it.fresh = fresh
    fresh()
    return it


def folder_of(two: Two, name: str) -> Path:
    (folder,) = (two.home / "results" / name).iterdir()
    return folder


def test_a_result_used_what_it_asked_for_and_keeps_the_runs_behind(two: Two) -> None:
    two.outer()
    about = json.loads((folder_of(two, "outer") / PROVENANCE).read_text())
    inner = two.inner.provenance()
    assert about["data"] == {}
    assert [(a["kind"], a["name"], a["sha256"]) for a in about["used"]] == [
        ("result", "inner", inner["result"]["sha256"])
    ], "the model was used by the inner result, not by the outer one"
    assert [a["name"] for a in inner["used"]] == ["forest"]
    assert list(inner["data"]) == [FILE.name]
    assert [run["name"] for run in about["behind"]] == ["fit", "inner"]
    record = from_json(about)
    assert record.behind[0] == FIT and from_json(record.to_json()) == record
    store = Lineage(two.home / "lineage.sqlite")
    assert sorted(run.name for run in store.runs()) == ["fit", "inner", "outer"]


@pytest.mark.parametrize("where", ["memo", "folder"])
def test_the_chain_is_whole_wherever_the_inner_result_came_from(two: Two, where: str) -> None:
    two.inner()
    if where == "folder":
        two.fresh()
    two.outer()
    assert two.calls == ["inner", "outer"]
    about = two.outer.provenance()
    assert [a["name"] for a in about["used"]] == ["inner"]
    assert [run["name"] for run in about["behind"]] == ["fit", "inner"]
    assert len(Lineage(two.home / "lineage.sqlite").runs()) == 3


def test_whoever_collects_is_told_of_a_kept_result(two: Two) -> None:
    two.inner()
    with collecting() as runs:
        two.inner()
    assert [run.name for run in runs] == ["inner"]


def test_the_frame_says_what_made_it(two: Two) -> None:
    (entry,) = two.inner().attrs["provenance"]
    assert entry["result"] == "inner" and entry["months"] == ["2020-01"] and entry["rows"] == 10
    assert entry["digest"] == keep.entries.digest(two.inner()) and entry["code"] == "c1"
    assert {"parameters", "data", "engine", "device", "started", "seconds"} <= set(entry)
    (behind,) = two.outer().attrs["provenance"]
    assert behind["result"] == "outer" and behind["months"] == ["2020-01"], "those behind it"
    two.fresh()
    assert two.inner().attrs["provenance"] == [entry], "from disk as when computed"


def test_a_caller_may_change_its_attributes(two: Two) -> None:
    two.inner().attrs["provenance"][0]["result"] = "mine"
    assert two.inner().attrs["provenance"][0]["result"] == "inner"


def test_the_kept_bytes_know_nothing_of_the_attributes(two: Two, tmp_path: Path) -> None:
    frame = two.inner()
    plain = frame.copy()
    plain.attrs = {}
    plain.to_parquet(tmp_path / "plain.parquet", index=False)
    assert (folder_of(two, "inner") / RESULT).read_bytes() == (
        tmp_path / "plain.parquet"
    ).read_bytes()
    assert keep.entries.digest(frame) == keep.entries.digest(plain)


def test_an_entry_of_before_the_chain_is_read(two: Two) -> None:
    two.inner()
    path = folder_of(two, "inner") / PROVENANCE
    about = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in about.items() if k not in ("used", "behind")}))
    two.fresh()
    assert two.inner().attrs["provenance"][0]["months"] == ["2020-01"]
    assert two.calls == ["inner"]


def test_anew_computes_each_once_and_keeps_nothing(two: Two) -> None:
    two.outer()
    before = sorted(two.home.rglob("*"))
    two.value = 5.0
    with anew():
        assert two.outer()["n"].tolist() == [10.0, 4.0]
        assert two.inner()["n"].tolist() == [5.0, 2.0]
        with anew():
            two.inner()
    assert two.calls == ["outer", "inner"] * 2
    assert two.outer()["n"].tolist() == [2.0, 4.0], "what was kept stands"
    assert sorted(two.home.rglob("*")) == before
    assert len(Lineage(two.home / "lineage.sqlite").runs()) == 3


def test_anew_ends_with_its_block_also_when_something_fails(two: Two) -> None:
    with pytest.raises(ZeroDivisionError), anew():
        raise ZeroDivisionError
    two.inner()
    assert (two.home / "results" / "inner").is_dir()


# What pandas does with a frame's attributes, on which the figures' marks rest.
ROWS = pd.DataFrame({"k": ["a", "b", "b"], "n": [1.0, 2.0, 3.0]})
KEEPS = {
    "copy": lambda f: f.copy(),
    "loc": lambda f: f.loc[[0, 1]],
    "one row": lambda f: f.loc[0],
    "column": lambda f: f["n"],
    "filter": lambda f: f[f["n"] > 1],
    "query": lambda f: f.query("n > 1"),
    "set_index": lambda f: f.set_index("k"),
    "reset_index": lambda f: f.set_index("k").reset_index(),
    "assign": lambda f: f.assign(m=1),
    "drop": lambda f: f.drop(columns="k"),
    "sort": lambda f: f.sort_values("n"),
    "mean by group": lambda f: f.groupby("k").mean(),
    "pivot_table": lambda f: f.pivot_table(index="k", values="n"),
    "concat with itself": lambda f: pd.concat([f, f]),
    "merge with itself": lambda f: f.merge(f, on="k"),
}


@pytest.mark.parametrize("step", KEEPS)
def test_the_attributes_survive(step: str) -> None:
    frame = ROWS.copy()
    frame.attrs = {"provenance": [{"result": "table", "months": ["2020-01"]}]}
    assert KEEPS[step](frame).attrs == frame.attrs


def test_trips_and_features_say_their_months() -> None:
    trips = dm.load(["2020-02", "2020-01"])
    (entry,) = trips.attrs["provenance"]
    assert entry["months"] == ["2020-01", "2020-02"] and entry["rows"] == 20_000
    assert entry["engine"] == "pandas" and len(entry["data"]) == 64
    assert dm.featurize(trips).attrs == trips.attrs
    assert dm.load("2020-01").attrs["provenance"][0]["data"] != entry["data"]


def test_trips_brought_into_memory_say_their_months(monkeypatch: pytest.MonkeyPatch) -> None:
    (from_pandas,) = base.in_memory("2020-01").attrs["provenance"]
    monkeypatch.setenv("DEBUGML_ENGINE", "dask")
    (from_dask,) = base.in_memory("2020-01").attrs["provenance"]
    assert from_dask == from_pandas | {"engine": "dask"}


def test_model_of_fits_once_and_notes_each_time(train: pd.DataFrame) -> None:
    with collecting() as runs:
        model, again = base.model_of("2020-01", 0), base.model_of("2020-01", 0)
    assert model is again
    assert [run.name for run in runs] == ["fit_forest"] * 2 and runs[0] == runs[1]
    run = runs[0]
    own = dm.fit_forest(train)
    assert run.made == (Artifact(model_digest(own), "forest 2020-01, seed 0", "model", own.rows),)
    assert run.used == base._inputs({"month": "2020-01"})
    assert run.parameters == {"train": "2020-01", "seed": 0}
    np.testing.assert_array_equal(
        dm.predict_proba(model, train).to_numpy(), dm.predict_proba(own, train).to_numpy()
    )


def test_model_of_follows_the_files(samples_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = {model_digest(base.model_of("2020-01", 0))}
    monkeypatch.setenv("DEBUGML_SOURCE", str(samples_copy))
    path = samples_copy / "yellow_tripdata_2020-01.parquet"
    for rows in (900, 800):
        pd.read_parquet(path).head(rows).to_parquet(path)
        digests.add(model_digest(base.model_of("2020-01", 0)))
    assert len(digests) == 3


def test_notes_from_threads_arrive() -> None:
    def step(number: int) -> int:
        note(FIT)
        return number

    with collecting() as runs, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(base.in_context(step), range(20))) == list(range(20))
    assert len(runs) == 20


def test_a_real_result_holds_its_training_run() -> None:
    about = study.calibration.provenance()
    assert [a["name"] for a in about["used"]] == ["forest 2020-01, seed 0"]
    (run,) = about["behind"]
    assert run["name"] == "fit_forest"
    made, used = ([about["artifacts"][n] for n in run[side]] for side in ("made", "used"))
    assert made == about["used"]
    assert [a["name"] for a in used] == ["yellow_tripdata_2020-01.parquet"]
