"""A month from its Parquet file to KS table, daily F1 and score; prints what it took as JSON.

Run by `test_month_speed.py` in a process of its own, so that the peak memory is this work's:
``python whole_month.py folder reference_month month``. The model is there beforehand.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import debugml as dm


def main(folder: str, reference: str, month: str) -> None:
    """The reference of the KS table, and the model's training month, is the real sample's."""
    train = dm.featurize(dm.load(reference, source="sample"))
    model = dm.fit_forest(train)
    marks = [time.perf_counter()]
    seconds: dict[str, float] = {}

    def lap(step: str) -> None:
        marks.append(time.perf_counter())
        seconds[step] = marks[-1] - marks[-2]

    trips = dm.load(month, source=folder, engine="pandas")
    lap("load")
    current = dm.featurize(trips)
    del trips
    lap("featurize")
    table = dm.drift.ks_table(train[list(dm.FEATURES)], current[list(dm.FEATURES)]).to_frame()
    lap("KS table")
    daily = dm.deployment.replay_features(model, [current]).daily(draws=0)
    lap("replay and daily F1")
    score = dm.score(model, current)
    lap("score")
    # Kilobytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_gb = peak / (1e9 if sys.platform == "darwin" else 1e6 / 1.024)
    told = {
        "seconds": marks[-1] - marks[0],
        "cpu_seconds": time.process_time(),
        "peak_gb": peak_gb,
        "steps": seconds,
        "rows": len(current),
        "features": len(table),
        "days": len(daily),
        "f1": score.f1,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
