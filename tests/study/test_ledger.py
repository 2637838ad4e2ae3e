"""The ledger: every committed result's runs are in the store, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from debugml import study
from debugml.errors import StoreError
from debugml.keep import PROVENANCE, Record
from debugml.keep.entries import text_of
from debugml.lineage import Artifact, Lineage, Run
from debugml.trips import samples


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def committed() -> list[dict[str, Any]]:
    folder = samples.folder() / "results"
    return [json.loads(path.read_text()) for path in folder.glob(f"[!.]*/[!.]*/{PROVENANCE}")]


def test_every_committed_run_is_there_once(home: Path) -> None:
    runs = study.ledger().runs()
    assert len(study.ledger().runs()) == len(runs), "asked twice, nothing is added"
    kept = {(run.name, run.started, run.made[0].digest) for run in runs}
    assert len(kept) == len(runs)
    about = committed()
    assert about
    for each in about:
        assert (each["name"], each["started"], each["result"]["sha256"]) in kept
        for run in each["behind"]:
            (made,) = (each["artifacts"][number]["sha256"] for number in run["made"])
            assert (run["name"], run["started"], made) in kept


def test_runs_of_this_machine_stay(home: Path) -> None:
    own = Run("mine", (), (Artifact("d", "mine", "result"),), {}, "c", "pandas", "here", {})
    Lineage(home / "lineage.sqlite").record(own)
    assert own in study.ledger().runs()


def test_the_files_lead_to_the_results(home: Path) -> None:
    digest = samples.manifest()["yellow_tripdata_2020-01.parquet"]["sha256"]
    names = {run.name for run in study.ledger().runs_that_used(digest)}
    assert {"month_facts", "monthly_scores"} <= names


def test_nothing_is_written_where_all_are_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = study.ledger().runs()
    # A writing transaction for each run would take a second.
    monkeypatch.setattr(Lineage, "add_all", lambda *_: pytest.fail("written again"))
    assert study.ledger().runs() == runs


def test_a_damaged_record_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = tmp_path / "samples" / "results" / "table" / "0123"
    entry.mkdir(parents=True)
    (entry / PROVENANCE).write_text('{"name": "table"')
    monkeypatch.setattr(samples, "folder", lambda: tmp_path / "samples")
    with pytest.raises(StoreError, match="0123"):
        study.ledger()


def kept_here(home: Path) -> Path:
    """A result as it is kept before its run is recorded."""
    made = (Artifact("d2", "lost", "result", 1),)
    behind = Run("fit", (), (Artifact("d1", "forest", "model"),), {}, "c", "pandas", "here", {})
    run = Run("lost", behind.made, made, {}, "c", "pandas", "here", {})
    folder = home / "results" / "lost" / "0123"
    folder.mkdir(parents=True)
    (folder / PROVENANCE).write_text(text_of(Record(run, (behind,))))
    return folder


def test_a_run_that_was_not_recorded_is_added_from_its_result(home: Path) -> None:
    folder = kept_here(home)
    # What a killed process leaves, and what is no result.
    (folder.parent / ".part-x").mkdir()
    (home / "results" / "notes" / "mine").mkdir(parents=True)
    names = [run.name for run in study.ledger().runs()]
    assert names.count("lost") == names.count("fit") == 1
    assert [run.name for run in study.ledger().runs()] == names
    for left in home.glob("lineage.sqlite*"):
        left.unlink()
    assert sorted(run.name for run in study.ledger().runs()) == sorted(names)


def test_a_damaged_result_of_ones_own_is_named(home: Path) -> None:
    (kept_here(home) / PROVENANCE).write_text("{")
    with pytest.raises(StoreError, match=r"0123.*Delete that folder"):
        study.ledger()
