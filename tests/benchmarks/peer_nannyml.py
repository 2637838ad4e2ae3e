"""NannyML's KS statistic of each column of two Parquet files, as it comes: D of each.

From 10,000 reference records on NannyML takes D over bins of the reference's quantiles, so its
values are not exact.
"""

from __future__ import annotations

import sys
import time

import pandas as pd
from peer_quiet import tell  # before NannyML, which would report its use

import nannyml  # isort: skip


def main(reference_path: str, current_path: str) -> None:
    """Time fit and calculation, the current file as one chunk; reading the files is left out."""
    reference, current = pd.read_parquet(reference_path), pd.read_parquet(current_path)
    start = time.perf_counter()
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=list(reference),
        treat_as_numerical=list(reference),
        continuous_methods=["kolmogorov_smirnov"],
        chunk_number=1,
    )
    results = calculator.fit(reference).calculate(current).filter(period="analysis").to_df()
    found = {name: results[name, "kolmogorov_smirnov", "value"].iloc[-1] for name in reference}
    tell("nannyml", time.perf_counter() - start, found)


if __name__ == "__main__":
    main(*sys.argv[1:])
