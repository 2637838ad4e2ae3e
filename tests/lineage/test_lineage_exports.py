"""Runs for other tools: OpenLineage by its own classes or its required fields; MLflow if here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from debugml.errors import StoreError
from debugml.lineage import Artifact, Run, mlflow, openlineage

FILE = Artifact("a1" * 32, "january.parquet", "trips", 10_000)
MODEL = Artifact("b1" * 32, "forest «2020-01»", "model")
RUN = Run(
    name="fit_forest",
    used=(FILE,),
    made=(MODEL,),
    parameters={"seed": 0, "months": ["2020-01"]},
    code="c0de",
    engine="pandas",
    device="laptop, 2 cores",
    versions={"python": "3.11", "pandas": "3.0"},
    started="2026-01-02T03:04:05+00:00",
    seconds=1.25,
)


def facets_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    found = list(event["run"]["facets"].values())
    for data in (*event["inputs"], *event["outputs"]):
        for side in ("facets", "inputFacets", "outputFacets"):
            found += data.get(side, {}).values()
    return found


def test_events_have_what_the_specification_requires() -> None:
    (line,) = openlineage.as_lines([RUN]).splitlines()
    event = json.loads(line)
    assert event["eventType"] == "COMPLETE"
    assert datetime.fromisoformat(event["eventTime"]).isoformat() == (
        "2026-01-02T03:04:06.250000+00:00"
    )
    assert uuid.UUID(event["run"]["runId"]).version == 5
    assert event["schemaURL"].endswith("OpenLineage.json#/$defs/RunEvent")
    assert event["producer"] == "urn:debugml", "a URI, as the specification asks, and no host"
    assert event["job"]["namespace"] and event["job"]["name"] == "fit_forest"
    (used,), (made,) = event["inputs"], event["outputs"]
    assert used["name"] == FILE.name and made["name"] == MODEL.name
    assert used["facets"]["version"]["datasetVersion"] == FILE.digest
    assert used["inputFacets"]["inputStatistics"]["rowCount"] == 10_000
    assert "outputFacets" not in made, "nobody knows how many rows"
    facets = facets_of(event)
    assert len(facets) == 7
    assert all(f["_producer"] and f["_schemaURL"].startswith("https://") for f in facets)
    assert event["run"]["facets"]["debugml_run"]["parameters"] == RUN.parameters


def test_a_run_has_one_identity_and_no_two_share_it() -> None:
    same = replace(RUN, seconds=9.0, device="elsewhere")
    others = [replace(RUN, name="x"), replace(RUN, made=()), replace(RUN, code="y")]
    others.append(replace(RUN, started="2026-01-02T03:04:06+00:00"))
    others += [replace(RUN, used=()), replace(RUN, parameters={"seed": 1})]
    assert openlineage.run_id(same) == openlineage.run_id(RUN)
    assert len({openlineage.run_id(run) for run in (RUN, *others)}) == 7


def test_openlineages_own_classes_accept_the_event() -> None:
    event_v2 = pytest.importorskip(
        "openlineage.client.event_v2",
        reason="openlineage-python is not installed: pip install openlineage-python",
    )
    facet_v2 = pytest.importorskip("openlineage.client.facet_v2")
    (event,) = openlineage.events([RUN])
    facet = event["run"]["facets"]["processing_engine"]
    engine = facet_v2.processing_engine_run.ProcessingEngineRunFacet(
        version=facet["version"], name=facet["name"]
    )
    assert engine._schemaURL == facet["_schemaURL"]
    version = event["inputs"][0]["facets"]["version"]
    theirs = facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet(version["datasetVersion"])
    assert theirs._schemaURL == version["_schemaURL"]
    rows = event["inputs"][0]["inputFacets"]["inputStatistics"]
    counted = facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
        rowCount=rows["rowCount"]
    )
    assert counted._schemaURL == rows["_schemaURL"]
    made = event_v2.RunEvent(
        eventType=event_v2.RunState(event["eventType"]),
        eventTime=event["eventTime"],
        run=event_v2.Run(runId=event["run"]["runId"]),
        job=event_v2.Job(**{name: event["job"][name] for name in ("namespace", "name")}),
        inputs=[event_v2.InputDataset(d["namespace"], d["name"]) for d in event["inputs"]],
        outputs=[event_v2.OutputDataset(d["namespace"], d["name"]) for d in event["outputs"]],
        producer=event["producer"],
    )
    assert made.schemaURL == event["schemaURL"]


EXPORT = """
import socket, sys
def closed(*arguments, **settings):
    raise AssertionError("the network was asked for")
socket.socket.connect = closed
from pathlib import Path
from debugml.lineage import mlflow
from test_lineage_exports import RUN
from dataclasses import replace
path = Path(sys.argv[1])
print(mlflow.export([RUN, replace(RUN, name="replay")], path), mlflow.export([RUN], path))
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=f"sqlite:///{path}")
found = client.search_runs([client.get_experiment_by_name(mlflow.EXPERIMENT).experiment_id])
(run,) = [r for r in found if r.info.run_name == "fit_forest"]
print(len(found), run.info.status, run.info.end_time - run.info.start_time)
print(run.data.params, run.data.metrics, run.data.tags["debugml.used.000"])
try:
    bad = path.with_name("bad.sqlite")
    bad.write_bytes(b"no database" * 100)
    mlflow.export([RUN], bad)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_mlflow_keeps_each_run_once_without_the_network(tmp_path: Path) -> None:
    for name in ("mlflow", "sqlalchemy"):
        pytest.importorskip(name, reason="the extra is not installed: pip install debugml[mlflow]")
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, str(tmp_path / "mlflow.sqlite")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert lines[0] == "2 0"
    assert lines[1] == "2 FINISHED 1250"
    assert "'seed': '0'" in lines[2] and "'seconds': 1.25" in lines[2]
    assert FILE.digest in lines[2]
    assert (
        lines[3].startswith("StoreError") and "bad.sqlite: cannot be used as an MLflow" in lines[3]
    )
    assert not (tmp_path / "mlruns").exists(), "nothing is left where one happened to be"


class Client:
    """As much of MLflow's client as the export asks for; the first export is cut off."""

    def __init__(self) -> None:
        self.runs: list[Any] = []
        self.broken = True

    def search_runs(self, experiments: list[str], asked: str) -> list[Any]:
        return [run for run in self.runs if run.tags[mlflow.IDENTITY] in asked]

    def create_run(self, *_: Any, tags: dict[str, str], **about: Any) -> Any:
        info = SimpleNamespace(run_id=str(len(self.runs)), status="RUNNING")
        self.runs.append(SimpleNamespace(info=info, tags=tags))
        return self.runs[-1]

    def delete_run(self, number: str) -> None:
        self.runs = [run for run in self.runs if run.info.run_id != number]

    def log_param(self, *_: Any) -> None:
        if self.broken:
            raise KeyboardInterrupt

    def log_metric(self, *_: Any, **about: Any) -> None: ...

    def set_terminated(self, number: str, status: str, **about: Any) -> None:
        (run,) = (run for run in self.runs if run.info.run_id == number)
        run.info.status = status


def test_a_run_that_an_export_left_half_written_is_written_anew() -> None:
    client = Client()
    with pytest.raises(KeyboardInterrupt):
        mlflow._written(client, "0", RUN)
    assert [run.info.status for run in client.runs] == ["RUNNING"]
    client.broken = False
    assert [mlflow._written(client, "0", RUN) for _ in range(2)] == [True, False]
    assert [run.info.status for run in client.runs] == ["FINISHED"]


def test_without_mlflow_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(StoreError, match=r"pip install 'debugml\[mlflow\]'"):
        mlflow.export([RUN], tmp_path / "mlflow.sqlite")
