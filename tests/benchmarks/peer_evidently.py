"""Evidently's KS tests of all columns of two Parquet files; prints seconds and each D's p as JSON.

Run by `test_drift_speed.py` in an environment of its own (Evidently 0.7 needs pandas < 3):
``DO_NOT_TRACK=1 python peer_evidently.py reference.parquet current.parquet``.
"""

from __future__ import annotations

import json
import sys
import time

import evidently
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset


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
    seconds = time.perf_counter() - start
    told = {"seconds": seconds, "version": evidently.__version__, "p_values": found}
    print(json.dumps(told, default=float))


if __name__ == "__main__":
    main(*sys.argv[1:])
