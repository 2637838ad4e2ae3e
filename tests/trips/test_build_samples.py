"""The tool that rebuilds the samples: on an archive made here, and on the real one."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow.parquet as pq
import pytest

TOOL = Path(__file__).parents[2] / "tools" / "build_samples.py"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_samples", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "MONTHS", ["2018-01", "2018-02"])
    monkeypatch.setattr(module, "SAMPLES", tmp_path / "samples")
    module.SAMPLES.mkdir()
    return module


@pytest.fixture
def archive(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "archive.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for month in tool.MONTHS:
            rows = []
            for end in ("10:20:00", "10:10:00", "10:10:00"):
                row = dict.fromkeys(tool.COLUMNS, 1.5)
                row |= {"vendor_id": len(rows), "payment_type": 1, "store_and_fwd_flag": "N"}
                row |= {"pickup_location_id": 7, "dropoff_location_id": 9}
                row |= {"pickup_datetime": f"{month}-05 10:00:00"}
                row |= {"dropoff_datetime": f"{month}-05 {end}", "congestion_surcharge": None}
                rows.append(row)
            text = pd.DataFrame(rows).to_csv(index=False).encode()
            member = tarfile.TarInfo(f"{tool.INSIDE}/yellow_tripdata_sample_{month}.csv")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(tool, "ARCHIVE_SHA256", digest)
    return path


def run(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["build_samples.py", *arguments])
    code: int = tool.main()
    return code


def test_rebuild_then_verify(
    tool: ModuleType, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tool, monkeypatch, str(archive)) == 0
    path = tool.SAMPLES / "yellow_tripdata_2018-01.parquet"
    table = pq.read_table(path)
    # By dropoff; the two that tie keep the archive's order.
    assert table["VendorID"].to_pylist() == [1, 2, 0]
    assert run(tool, monkeypatch, str(archive), "--verify") == 0


def test_verify_finds_one_changed_value(
    tool: ModuleType, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    run(tool, monkeypatch, str(archive))
    path = tool.SAMPLES / "yellow_tripdata_2018-02.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("tip_amount")
    field = table.schema.field("tip_amount")
    pq.write_table(table.set_column(at, field, [[1.5, 1.5, 1.51]]), path)
    assert run(tool, monkeypatch, str(archive), "--verify") == 1
    said = capsys.readouterr().out
    assert "2018-01.parquet  equal" in said and "2018-02.parquet  DIFFERENT" in said


def test_another_archive_is_refused(
    tool: ModuleType, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(SystemExit, match="SHA-256"):
        run(tool, monkeypatch, str(archive), "--verify")


@pytest.mark.slow
@pytest.mark.skipif(
    "DEBUGML_ARCHIVE" not in os.environ,
    reason="DEBUGML_ARCHIVE names no source archive (see tools/build_samples.py)",
)
def test_the_committed_samples_are_the_archive_row_for_row() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, os.environ["DEBUGML_ARCHIVE"], "--verify"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("equal, row for row") == 36
