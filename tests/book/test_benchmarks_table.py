"""The table of benchmarks: read whole or refused, and shown with what was missed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from debugml.book import benchmarks
from debugml.errors import DataError
from debugml.figures.tables import table

COMMITTED = Path(__file__).parents[2] / "talk" / "benchmarks.json"
ROW = {
    "test": "tests/benchmarks/test_a.py::test_a", "topic": "drift", "what": "KS", "n": 6_400_000,
    "records": "made-up months", "ours": 0.5, "unit": "s", "beside": "scipy", "theirs": 10.0,
    "ratio": 20.0, "at_least": 8, "at_most": None, "reached": True, "note": "", "run": "then",
}  # fmt: skip


def written(path: Path, *rows: dict[str, Any]) -> Path:
    runs = {"then": {"machine": "a machine", "versions": {"python": "3.11", "numpy": "2"}}}
    path.write_text(json.dumps({"runs": runs, "rows": [ROW | row for row in rows]}), "utf-8")
    return path


def test_a_row_is_shown_with_n_records_ratio_and_target(tmp_path: Path) -> None:
    slow = {"what": "a month", "ours": 61.0, "theirs": None, "ratio": None, "beside": ""}
    missed = slow | {"at_least": None, "at_most": 60, "reached": False, "note": "on a busy machine"}
    other = {"topic": "lineage", "what": "a backtrace"}
    found = benchmarks.read(written(tmp_path / "b.json", {}, missed, other))
    html = table(**benchmarks.shown(found, ["drift"])).html.replace("\N{NO-BREAK SPACE}", " ")
    for said in ("6,400,000", "made-up months", "0.5 s", "10 s, scipy", "ratio ≥ 8", "a month (1)"):
        assert said in html, said
    assert "≤ 60 s: not reached" in html and "(1) on a busy machine." in html
    assert html.count("dm-highlight") == 1 and "a backtrace" not in html


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": {}, "rows": [{"what": 1}]}', "\x00"])
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "benchmarks.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"benchmarks\.json: not a table.*make bench"):
        benchmarks.read(path)
    with pytest.raises(DataError, match=r"absent\.json: No such file.*make bench"):
        benchmarks.read(tmp_path / "absent.json")


def test_the_committed_table_names_its_machine_and_no_path_of_it() -> None:
    found = benchmarks.read(COMMITTED)
    assert (found["machine"] != "").all() and found["versions"].str.contains("numpy").all()
    assert not found.duplicated(["what", "n", "beside"]).any()
    assert "/tmp" not in COMMITTED.read_text("utf-8")
