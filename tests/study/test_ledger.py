"""The ledger: every committed result's runs are in the store, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from debugml import study
from debugml.errors import StoreError
from debugml.keep import PROVENANCE
from debugml.lineage import Artifact, Lineage, Run
from debugml.trips import samples


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def committed() -> list[dict[str, object]]:
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
        assert (each["name"], each["started"], each["result"]["sha256"]) in kept  # type: ignore[index]
        for run in each.get("behind", []):  # type: ignore[attr-defined]
            assert (run["name"], run["started"], run["made"][0]["sha256"]) in kept


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
    monkeypatch.setattr(Lineage, "add", lambda *_: pytest.fail("written again"))
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
