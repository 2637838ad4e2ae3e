"""What the README shows runs, on files of the reader's own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

README = Path(__file__).parents[2] / "README.md"


def test_the_ten_lines_run(tmp_path, monkeypatch):
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.S)
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    rng = np.random.default_rng(0)
    for month, name in ((3, "march"), (4, "april")):
        n = 500
        pd.DataFrame(
            {
                "time": pd.Timestamp(2020, month, 1) + pd.to_timedelta(rng.uniform(0, 28, n), "D"),
                "label": rng.integers(0, 2, n),
                "probability": (p := rng.uniform(0, 1, n)),
                "prediction": (p > 0.5).astype(int),
                "speed": rng.normal(month, 1, n),
            }
        ).to_parquet(tmp_path / f"{name}.parquet")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(block, names)
    assert names["monitor"].weekly()["n"].sum() == names["monitor"].n == 500


def test_pictures_are_there():
    for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).stat().st_size > 10_000
