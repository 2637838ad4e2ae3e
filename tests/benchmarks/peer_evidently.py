"""Evidently's KS tests of all columns of two Parquet files: p of each."""

from __future__ import annotations

import sys
import time

import pandas as pd
from peer_quiet import tell  # before Evidently, which would report its use

from evidently import DataDefinition, Dataset, Report  # isort: skip
from evidently.presets import DataDriftPreset  # isort: skip


def main(reference_path: str, current_path: str) -> None:
    """Time the report alone: reading the files is left out, for us too."""
    reference, current = pd.read_parquet(reference_path), pd.read_parquet(current_path)
    definition = DataDefinition(numerical_columns=list(reference))
    start = time.perf_counter()
    report = Report([DataDriftPreset(num_method="ks")]).run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    )
    found = {
        metric["config"]["column"]: metric["value"]
        for metric in report.dict()["metrics"]
        if "column" in metric.get("config", {})
    }
    tell("evidently", time.perf_counter() - start, found)


if __name__ == "__main__":
    main(*sys.argv[1:])
