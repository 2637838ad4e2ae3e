"""Runs as MLflow runs, in a database file of MLflow's own. Needs the extra `mlflow`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import StoreError
from .openlineage import ended, run_id
from .records import Artifact, Run

EXPERIMENT = "debugml"
IDENTITY = "debugml.run_id"
"""The tag that says which of our runs it is, so that none is exported twice."""

_LONGEST_PARAMETER, _LONGEST_TAG = 6000, 8000
"""Characters that MLflow accepts."""


def export(runs: Iterable[Run], path: Path) -> int:
    """Write runs to an MLflow tracking database; those that it has already are left alone.

    Parameters are MLflow parameters; seconds a metric; code, engine, device and versions tags.
    Each artifact that a run used or made is a tag with its name, kind, digest and rows.
    Nothing goes over the network: MLflow's telemetry is switched off.

    Parameters
    ----------
    runs : iterable of Run
    path : Path
        A SQLite file; made if absent. ``mlflow ui --backend-store-uri sqlite:///PATH`` shows it.

    Returns
    -------
    int
        How many runs were written.

    Raises
    ------
    StoreError
        If MLflow is not installed, or can't use the file.
    """
    # Read when it is imported.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import sqlalchemy
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the export to MLflow needs {error.name}. Install it with: pip install "
            "'debugml[mlflow]'"
        ) from error
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        client = MlflowClient(tracking_uri=f"sqlite:///{path.absolute()}")
        experiment = _experiment(client, path)
        return sum(_written(client, experiment, run) for run in runs)
    except (OSError, MlflowException, sqlalchemy.exc.SQLAlchemyError) as error:
        said = " ".join(str(error).split())[:200]
        raise StoreError(
            f"{path}: cannot be used as an MLflow database ({said}). Name another file"
        ) from error


def _experiment(client: Any, path: Path) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    # Beside the database: else MLflow would make a folder wherever one happens to be.
    files = path.absolute().with_suffix(".artifacts").as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=files))


def _written(client: Any, experiment: str, run: Run) -> bool:
    identity = run_id(run)
    there = client.search_runs([experiment], f"tags.`{IDENTITY}` = '{identity}'")
    if any(each.info.status == "FINISHED" for each in there):
        return False
    for half in there:
        # An export was cut off while it wrote this one.
        client.delete_run(half.info.run_id)
    end = ended(run)
    start = int((end.timestamp() - run.seconds) * 1000)
    made = client.create_run(
        experiment, start_time=start, run_name=run.name, tags=_tags(run) | {IDENTITY: identity}
    )
    number = made.info.run_id
    for name, value in run.parameters.items():
        client.log_param(number, name, _cut(json.dumps(value), _LONGEST_PARAMETER))
    client.log_metric(number, "seconds", run.seconds, timestamp=_milliseconds(end))
    client.set_terminated(number, "FINISHED", end_time=_milliseconds(end))
    return True


def _tags(run: Run) -> dict[str, str]:
    tags = {"code": run.code, "engine": run.engine, "device": run.device}
    tags |= {f"version.{name}": str(number) for name, number in run.versions.items()}
    for side, artifacts in (("used", run.used), ("made", run.made)):
        tags |= {f"{side}.{i:03}": _said(artifact) for i, artifact in enumerate(artifacts)}
    return {f"debugml.{name}": _cut(text, _LONGEST_TAG) for name, text in tags.items()}


def _said(artifact: Artifact) -> str:
    about = {"name": artifact.name, "kind": artifact.kind, "sha256": artifact.digest}
    return json.dumps(about | {"rows": artifact.rows}, ensure_ascii=False)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
