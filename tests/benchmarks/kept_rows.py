"""The table of benchmarks: what one run found, put in the place of what it found before."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from debugml import machine


def write(path: Path, new: list[dict[str, Any]], ran: set[str], order: list[str]) -> None:
    """The table with the rows of the tests that ran replaced, and those of absent tests gone."""
    old = json.loads(path.read_text("utf-8")) if path.exists() else {"runs": {}, "rows": []}
    run = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    kept = [each for each in old["rows"] if each["test"] in order and each["test"] not in ran]
    rows = kept + [found | {"run": run} for found in new]
    rows.sort(key=lambda each: order.index(each["test"]))
    runs = old["runs"] | {run: {"machine": machine.device(), "versions": machine.versions()}}
    used = {each["run"] for each in rows}
    table = {"runs": {name: runs[name] for name in sorted(used)}, "rows": rows}
    path.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", "utf-8")
