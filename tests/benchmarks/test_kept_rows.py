"""A run of some benchmarks changes their rows of the table and no others; rows keep their order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kept_rows
import pytest

ORDER = ["a", "b", "c"]


def rows(path: Path) -> list[tuple[str, int]]:
    return [(each["test"], each["ours"]) for each in json.loads(path.read_text("utf-8"))["rows"]]


def found(*tests: str, ours: int) -> list[dict[str, Any]]:
    return [{"test": test, "ours": ours} for test in tests]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    table = tmp_path / "table.json"
    kept_rows.write(table, found("a", "b", "b", "c", ours=1), {"a", "b", "c"}, ORDER)
    return table


def test_a_partial_run_replaces_its_rows_in_place(path: Path) -> None:
    kept_rows.write(path, found("b", ours=2), {"b"}, ORDER)
    assert rows(path) == [("a", 1), ("b", 2), ("c", 1)]


def test_a_test_that_broke_or_went_has_no_row(path: Path) -> None:
    kept_rows.write(path, found("b", ours=2), {"b", "c"}, ["c", "b"])
    assert rows(path) == [("b", 2)]


def test_each_row_names_its_run_and_no_other_run_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = json.loads(path.read_text("utf-8"))
    table["runs"] = {"long ago": {"machine": "another", "versions": {}}, "unused": {}}
    for row in table["rows"]:
        row["run"] = "long ago"
    path.write_text(json.dumps(table), "utf-8")
    kept_rows.write(path, found("b", ours=2), {"b"}, ORDER)
    after = json.loads(path.read_text("utf-8"))
    now = after["rows"][1]["run"]
    assert [row["run"] for row in after["rows"]] == ["long ago", now, "long ago"]
    assert set(after["runs"]) == {"long ago", now}
    assert "numpy" in after["runs"][now]["versions"]
