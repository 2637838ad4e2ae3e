"""`debugml data`: list, fetch, verify, clear, and being interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_server import Faulty, serving
from typer.testing import CliRunner, Result

from debugml.cli import app
from debugml.trips import cache, samples

NAMES = [f"yellow_tripdata_2020-0{number}.parquet" for number in (1, 2, 3)]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    folder = tmp_path / "server"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes((samples.folder() / name).read_bytes())
    monkeypatch.setenv("DEBUGML_CACHE", str(tmp_path / "cache"))
    with serving(folder) as told:
        monkeypatch.setenv("DEBUGML_SOURCE", told.address)
        yield told


def data(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["data", *arguments], input=answer)


def path_of(server: Faulty, name: str) -> Path:
    return cache.folder_of(server.address) / name


def test_fetch_takes_ranges_and_leaves_what_is_there(server: Faulty) -> None:
    done = data("fetch", "2020-01..2020-02")
    assert done.exit_code == 0 and done.output.count("fetched") == 2
    done = data("fetch", "2020-01..2020-03")
    assert done.output.count("is there") == 2 and done.output.count("fetched") == 1
    assert len(server.gets) == 3
    assert "\x1b" not in done.output  # no bar where nobody looks


def test_list_says_which_are_cached(server: Faulty) -> None:
    assert "2020-02" not in data("list").output
    data("fetch", "2020-02")
    assert "2020-02" in data("list").output and "can't be asked" in data("list").output
    told = json.loads(data("list", "--json").output)
    assert told["source"] == server.address and told["cache"] == str(
        cache.folder_of(server.address)
    )
    (month,) = told["months"]
    assert month["month"] == "2020-02" and month["cached"] is True
    assert month["bytes"] == (server.folder / NAMES[1]).stat().st_size
    assert month["sha256"] == samples.manifest()[NAMES[1]]["sha256"]


def test_list_of_samples_and_folders(server: Faulty) -> None:
    told = json.loads(data("list", "--json", "--source", "sample").output)["months"]
    assert len(told) == 36 and not any(month["cached"] for month in told)
    assert [
        month["month"]
        for month in json.loads(data("list", "--json", "--source", str(server.folder)).output)[
            "months"
        ]
    ] == ["2020-01", "2020-02", "2020-03"]


def test_verify_names_each_file_that_differs(server: Faulty) -> None:
    data("fetch", "2020-01..2020-03")
    done = data("verify")
    assert done.exit_code == 0 and "3 files" in done.output
    one, two = path_of(server, NAMES[0]), path_of(server, NAMES[2])
    before = one.stat()
    damaged = bytearray(one.read_bytes())
    damaged[1000] ^= 1
    one.write_bytes(damaged)
    # Size and time are as before: only the bytes tell.
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    two.with_name(f"{two.name}.json").write_text("{")
    done = data("verify")
    assert done.exit_code == 1
    assert f"{one}: has SHA-256" in done.output and f"{two}: has no record" in done.output
    assert NAMES[1] not in done.output
    told = json.loads(data("verify", "--json").output)
    assert [bool(file["problem"]) for file in told] == [True, False, True]


def test_clear_asks(server: Faulty) -> None:
    data("fetch", "2020-01..2020-03")
    assert "nothing was removed" in data("clear", answer="n\n").output
    assert "give --yes" in data("clear", answer="").output
    assert len(cache.entries()) == 3
    done = data("clear", "2020-01..2020-02", answer="y\n")
    assert "removed 2 files" in done.output
    assert [entry.month for entry in cache.entries()] == ["2020-03"]
    assert data("clear", "--yes", "--source", "https://elsewhere/x").output.startswith("the cache")
    assert data("clear", "--yes").exit_code == 0 and cache.entries() == []
    assert not list(cache.folder_of(server.address).glob("yellow*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fetch", "2020-03..2020-01"], "2020-01 lies before 2020-03"),
        (["fetch", "2020-01..2020-02", "2020-02"], "2020-02 asked for twice"),
        (["fetch", "2020-01..soon"], "'soon' is not a month"),
        (["fetch", "2020-01", "--source", "sample"], "nothing to fetch"),
        (["fetch", "2020-09"], "no trips of 2020-09"),
        (["list", "--source", "file:///tmp"], "give a folder of this machine by its path"),
        (["clear", "2020"], "'2020' is not a month"),
    ],
)
def test_wrong_use_is_one_line(server: Faulty, arguments: list[str], said: str) -> None:
    done = data(*arguments)
    assert done.exit_code == 2 and said in done.output
    assert done.output.startswith("error: ") and done.output.count("\n") == 1


@pytest.mark.slow
def test_interrupted_by_hand(server: Faulty) -> None:
    server.plan, server.after = ["stall"], 100_000
    code = "from debugml.cli import main; main()"
    command = [sys.executable, "-c", code, "data", "fetch", "2020-01"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    part = path_of(server, f"{NAMES[0]}.part")
    deadline = time.monotonic() + 30
    while not (part.is_file() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 130, said
    assert said == "stopped; what has come is kept, and the next fetch goes on there\n"
    assert data("fetch", "2020-01").exit_code == 0
    assert server.gets[1].startswith("bytes=")
