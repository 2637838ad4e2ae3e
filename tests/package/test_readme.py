"""What the README shows runs, on files of the reader's own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from debugml.cli import app

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


def test_the_lineage_commands_answer_in_a_clone(tmp_path, monkeypatch):
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path))
    monkeypatch.chdir(README.parent)
    lines = re.findall(r"^debugml (lineage .*?)(?: +#.*)?$", README.read_text("utf-8"), flags=re.M)
    assert len(lines) == 2
    for line in lines:
        result = CliRunner().invoke(app, shlex.split(line))
        assert result.exit_code == 0, result.output
        assert "yellow_tripdata_20" in result.output


def test_pictures_are_there():
    for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).stat().st_size > 10_000
