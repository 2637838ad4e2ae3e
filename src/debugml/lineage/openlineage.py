"""Runs as OpenLineage events, which Marquez, DataHub, Airflow and others read.

The format is the specification's, version 2-0-2 (https://openlineage.io/spec): one
RunEvent a run, with the digests as dataset versions and rows as statistics.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from .records import Artifact, Run

NAMESPACE = "debugml"
PRODUCER = "urn:debugml"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
# Facets of our own need a schema as well: the one that any facet meets.
_ANY_FACET = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/{kind}Facet"


def run_id(run: Run) -> str:
    """A UUID that is the same wherever and whenever the run is exported.

    Examples
    --------
    >>> run_id(Run("fit", (), (), {}, "c0de", "pandas", "laptop", {}, "2026-01-02T03:04:05+00:00"))
    '3df59b02-be05-5884-b51b-db5d27480e72'
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{PRODUCER}#{run.identity()}"))


def events(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """One COMPLETE event a run, in the order given.

    A store has no runs that failed or are still going on, and so there is no START event:
    one event says all.

    Parameters
    ----------
    runs : iterable of Run

    Returns
    -------
    list of dict
        JSON values.

    Examples
    --------
    >>> file, forest = Artifact("d1", "2020-01", "trips", 9), Artifact("d2", "forest", "model")
    >>> (event,) = events([Run("fit", (file,), (forest,), {}, "c0de", "pandas", "laptop", {})])
    >>> event["eventType"], event["job"]["name"], event["inputs"][0]["name"]
    ('COMPLETE', 'fit', '2020-01')
    """
    return [_event(run) for run in runs]


def as_lines(runs: Iterable[Run]) -> str:
    """The events as JSON lines, one a line, as OpenLineage's file transport writes them.

    Examples
    --------
    >>> as_lines([])
    ''
    """
    return "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in events(runs))


def _event(run: Run) -> dict[str, Any]:
    about = {
        "parameters": dict(run.parameters),
        "code": run.code,
        "device": run.device,
        "versions": dict(run.versions),
        "seconds": run.seconds,
    }
    engine = {"name": run.engine, "version": str(run.versions.get(run.engine, "unknown"))}
    return {
        "eventType": "COMPLETE",
        "eventTime": ended(run).isoformat(timespec="milliseconds"),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {
            "runId": run_id(run),
            "facets": {
                "processing_engine": _facet("1-1-1/ProcessingEngineRunFacet", engine),
                "debugml_run": {
                    "_producer": PRODUCER,
                    "_schemaURL": _ANY_FACET.format(kind="Run"),
                    "debugmlVersion": version("debugml"),
                    **about,
                },
            },
        },
        "job": {"namespace": NAMESPACE, "name": run.name, "facets": {}},
        "inputs": [_dataset(artifact, "input") for artifact in run.used],
        "outputs": [_dataset(artifact, "output") for artifact in run.made],
    }


def ended(run: Run) -> datetime:
    """When a run was over; a time without a zone is taken for UTC, as runs are written.

    Examples
    --------
    >>> run = Run("fit", (), (), {}, "c0de", "pandas", "laptop", {}, "2026-01-02T03:04:05", 1.5)
    >>> ended(run).isoformat()
    '2026-01-02T03:04:06.500000+00:00'
    """
    started = datetime.fromisoformat(run.started)
    if started.tzinfo is None:
        started = started.replace(tzinfo=UTC)
    return started + timedelta(seconds=run.seconds)


def _dataset(artifact: Artifact, side: str) -> dict[str, Any]:
    facets = {
        "version": _facet("1-0-1/DatasetVersionDatasetFacet", {"datasetVersion": artifact.digest}),
        "debugml_artifact": {
            "_producer": PRODUCER,
            "_schemaURL": _ANY_FACET.format(kind="Dataset"),
            "kind": artifact.kind,
            "sha256": artifact.digest,
        },
    }
    found: dict[str, Any] = {"namespace": NAMESPACE, "name": artifact.name, "facets": facets}
    if artifact.rows is not None:
        name = f"{side.title()}Statistics{side.title()}DatasetFacet"
        versions = {"input": "1-0-0", "output": "1-0-2"}
        rows = _facet(f"{versions[side]}/{name}", {"rowCount": artifact.rows})
        found[f"{side}Facets"] = {f"{side}Statistics": rows}
    return found


def _facet(path: str, values: dict[str, Any]) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    return {"_producer": PRODUCER, "_schemaURL": f"{_FACETS}/{path}.json#/$defs/{name}", **values}
