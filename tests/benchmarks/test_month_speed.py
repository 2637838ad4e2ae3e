"""A month of 6.4 million trips, from its Parquet file to KS table, daily F1 and score.

The month is made up from the sample of February 2020; the KS table's reference is the real sample
of January, which the forest was trained on as well.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import write_months
from timing import in_own_process

pytestmark = pytest.mark.bench

MONTH = 6_400_000


def test_a_month_on_one_machine(tmp_path: Path, row: Callable[..., None]) -> None:
    write_months(tmp_path, "2020-02", MONTH, seed=0)
    told = in_own_process("whole_month.py", tmp_path, "2020-01", "2020-02")
    assert told["rows"] > 0.99 * MONTH and told["features"] == 11 and told["days"] >= 29
    steps = ", ".join(f"{step} {took:.1f}" for step, took in told["steps"].items())
    what = "a month, from Parquet to KS table, daily F1 and score"
    row(what, n=MONTH, ours=told["seconds"], at_most=60, note=f"seconds: {steps}")
    row(f"{what}: peak memory", n=MONTH, ours=told["peak_gb"], unit="GB", at_most=6)
