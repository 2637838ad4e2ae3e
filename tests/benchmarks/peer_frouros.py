"""frouros' KS test of each column of two Parquet files: D of each."""

from __future__ import annotations

import sys
import time

import pandas as pd
from peer_quiet import tell

from frouros.detectors.data_drift import KSTest  # isort: skip


def main(reference_path: str, current_path: str) -> None:
    """Time the tests alone: reading the files is left out, for us too."""
    reference, current = pd.read_parquet(reference_path), pd.read_parquet(current_path)
    start = time.perf_counter()
    found = {}
    for name in reference:
        detector = KSTest()
        detector.fit(X=reference[name].to_numpy())
        found[name] = detector.compare(X=current[name].to_numpy())[0].statistic
    tell("frouros", time.perf_counter() - start, found)


if __name__ == "__main__":
    main(*sys.argv[1:])
