"""`debugml drift` on people's files: indexes, lists, commas in names; pipes and closed ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from debugml.cli import app
from debugml.drift.read import column_names, read_table
from debugml.errors import DataError, SchemaError

GOOD = "x,y\n1,2\n3,4\n"


def compared(*arguments: object) -> tuple[list[str], dict[str, str]]:
    """The columns that were compared, and those left out."""
    done = CliRunner().invoke(app, ["drift", *map(str, arguments), "--format", "json"])
    assert done.exit_code in (0, 1), done.stderr
    said = json.loads(done.stdout)
    return [row["column"] for row in said["columns"]], said["left_out"]


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in the folder, with "drift" for the command."""
    drift = f"'{sys.executable}' -m debugml.cli drift"
    return subprocess.run(
        ["bash", "-c", line.replace("drift", drift, 1)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
    )


def test_the_index_of_a_filtered_frame_is_no_feature(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0] * 1000})
    halves = tmp_path / "first.parquet", tmp_path / "second.parquet"
    # A filter leaves an index that is stored; a slice leaves a range, which is not.
    frame[frame.index % 3 > 0].loc[:999].to_parquet(halves[0])
    frame[frame.index % 3 > 0].loc[1000:].to_parquet(halves[1])
    assert "__index_level_0__" in column_names(halves[0])
    assert CliRunner().invoke(app, ["drift", *map(str, halves)]).exit_code == 0
    assert compared(*halves) == (["x"], {"__index_level_0__": "is the index of its data frame"})
    frame.iloc[:5].to_parquet(halves[0])
    assert list(read_table(halves[0])) == ["x"] and read_table(halves[0]).attrs == {"index": []}


def test_a_named_index_can_be_chosen(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1, 2], "zone": [7, 9], "hour": [5, 6]})
    path = tmp_path / "t.parquet"
    frame.set_index(["zone", "hour"]).to_parquet(path)
    assert list(compared(path, path)[1]) == ["zone", "hour"]
    assert compared(path, path, "--columns", "zone") == (["zone"], {})
    frame.set_index(["x", "zone", "hour"]).to_parquet(path)
    with pytest.raises(SchemaError, match="no column but its index: choose x, zone, hour by name"):
        read_table(path)


def test_lists_in_parquet_are_left_out_unless_chosen(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1, 2], "l": [[1], [2, 3]], "s": [{"a": 1}, {"a": 2}]})
    path = tmp_path / "lists.parquet"
    frame.to_parquet(path)
    names, left_out = compared(path, path)
    assert names == ["x"] and "list<" in left_out["l"] and "struct<" in left_out["s"]
    done = CliRunner().invoke(app, ["drift", str(path), str(path), "--columns", "x,l"])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: column l holds") and "a feature made from" in done.stderr


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_name_with_a_comma_can_be_chosen(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"fare, total": [1, 2], "x": [3, 4], "y": [5, 6]})
    path = tmp_path / f"t.{kind}"
    getattr(frame, f"to_{kind}")(path, index=False)
    assert column_names(path) == list(frame)
    assert compared(path, path, "--columns", "fare, total")[0] == ["fare, total"]
    found = compared(path, path, "--columns", "fare, total", "--columns", "y ,x")[0]
    assert sorted(found) == ["fare, total", "x", "y"]
    pairs = compared(path, path, "--categorical", "fare, total")[0]
    assert sorted(pairs) == sorted(frame)


def test_a_device_is_no_file() -> None:
    for read in (read_table, column_names):
        with pytest.raises(DataError, match="/dev/null is a pipe or a device: save what it gives"):
            read(Path("/dev/null"))


def test_a_closed_output_is_one_line_and_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    done = shell(tmp_path, "drift good.csv good.csv >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("error: standard output is closed: send it to a file, or to /dev/null\n")


@pytest.mark.slow
def test_ends_of_a_real_process(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    for line, status, said in (
        (
            "drift <(cat good.csv) good.csv",
            2,
            "is a pipe or a device: save what it gives to a file",
        ),
        ("cat good.csv | drift good.csv /dev/stdin", 2, "/dev/stdin is a pipe or a device"),
        ("drift good.csv /dev/stdin < good.csv", 0, ""),
        ("drift good.csv", 2, "error: Missing argument 'current'"),
        ("drift good.csv good.csv > /dev/full", 2, "No space left on device"),
        ("drift good.csv absent.csv 2>&-", 2, ""),
    ):
        done = shell(tmp_path, line)
        assert done.returncode == status, line
        assert said in done.stderr and done.stderr.count("\n") == bool(said), line
        assert status == 0 or done.stdout == "", line
