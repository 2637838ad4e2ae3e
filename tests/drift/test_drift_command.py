"""`debugml drift`: the rule in the exit status, three formats, and one line for bad input."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from debugml import trips
from debugml.cli import app
from debugml.drift import command
from debugml.drift.read import read_table
from debugml.errors import DataError

LONG = "a_column_whose_name_is_a_good_deal_longer_than_a_narrow_terminal_would_ever_like_to_show"

PACKED = gzip.compress(
    "".join(["x,y\n", *(f"{i * i % 9973},{i}\n" for i in range(9999))]).encode(), mtime=0
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tables apart, in each form; the later one has more of b and less of x."""
    at = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    before = pd.DataFrame({"x": rng.normal(size=3000).round(3), LONG: ["a", "b"] * 1500})
    after = before.assign(**{"x": before["x"] - 1, LONG: ["a", "b", "b"] * 1000})
    for name, frame in (("before", before), ("after", after)):
        frame.to_csv(at / f"{name}.csv", index=False)
        frame.to_csv(at / f"{name}.csv.gz", index=False)
        frame.to_parquet(at / f"{name}.parquet")
    return at


def call(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["drift", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def start(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "debugml.cli", "drift", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | more,
    )


def refused(*arguments: object) -> str:
    """The one line on standard error."""
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n")
    return err


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_alarm_and_none(folder: Path, kind: str) -> None:
    before, after = folder / f"before.{kind}", folder / f"after.{kind}"
    status, out, err = call(before, after)
    assert (status, err) == (1, "")
    assert out.splitlines()[-1].startswith("Alarm. 3,000 records against 3,000.")
    status, out, _ = call(before, before)
    assert status == 0 and "No alarm." in out and "drifted  " not in out


def test_files_of_two_kinds_compare(folder: Path) -> None:
    assert call(folder / "before.csv", folder / "before.parquet")[0] == 0


def test_the_rule_follows_its_settings(folder: Path) -> None:
    files = folder / "before.csv", folder / "after.csv"
    # Total variation 1/6.
    assert call(*files, "--columns", LONG)[0] == 1
    assert call(*files, "--columns", LONG, "--tolerance", "0.15")[0] == 0
    assert call(*files, "--tolerance", "0.7")[0] == 0
    status, out, _ = call(*files, "--columns", f"x,{LONG}", "--format", "json", "--level", "1e-9")
    assert status == 1 and json.loads(out)["level"] == 1e-9


def test_json_is_strict_and_complete(folder: Path) -> None:
    def none(text: str) -> None:
        raise AssertionError(text)

    status, out, _ = call(folder / "before.csv", folder / "after.csv", "--format", "json")
    said = json.loads(out, parse_constant=none)
    assert said["alarm"] is (status == 1) is True
    assert "minimum-effect" in said["rule"] and re.match(r"\d+\.", said["debugml"])
    assert said["reference"] == {"file": str(folder / "before.csv"), "rows": 3000}
    rows = {row["column"]: row for row in said["columns"]}
    assert rows["x"]["cramers_v"] is None and rows[LONG]["wasserstein"] is None
    assert rows["x"]["verdict"] == "drifted" and rows["x"]["effect"] > 0.3


def test_html_is_a_page_that_fetches_nothing(folder: Path) -> None:
    status, out, _ = call(folder / "before.csv", folder / "after.csv", "--format", "html")
    assert status == 1 and out.startswith("<!doctype html>") and "<h1>Alarm</h1>" in out
    assert not re.search(r"https?:|<script|<link|@import|url\(|src=", out)
    assert LONG in out and "Jensen–Shannon" in out


def test_piped_output_is_plain_and_cuts_no_name(folder: Path) -> None:
    done = start(folder / "before.csv", folder / "after.csv", COLUMNS="80", FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b" not in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith(LONG))
    assert "drifted" in row and "…" not in done.stdout


@pytest.mark.slow
def test_a_reader_who_leaves_early_gets_no_traceback(folder: Path) -> None:
    files = f"'{folder}/before.csv' '{folder}/after.csv' --format html"
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"'{sys.executable}' -m debugml.cli drift {files} | head -1; echo ${{PIPESTATUS[0]}}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["<!doctype html>", "1"] and done.stderr == ""


def test_a_terminal_shows_whole_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    before, after = (read_table(folder / f"{name}.csv") for name in ("before", "after"))
    shown = command.as_text(command.compare(before, after), True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 80 and "…" not in plain
    assert LONG in "".join(line.split(" ")[0] for line in plain.splitlines() if line[:2] != "x ")


def test_real_files(tmp_path: Path) -> None:
    january, april = (trips.samples.sample_path(month) for month in ("2020-01", "2020-04"))
    status, out, _ = call(january, april, "--format", "json", "--categorical", "payment_type")
    said = json.loads(out)
    assert status == 1 and "tpep_pickup_datetime" in said["left_out"]
    drifted = {row["column"] for row in said["columns"] if row["verdict"] == "drifted"}
    assert "tip_amount" in drifted and "trip_distance" not in drifted
    assert call(january, january)[0] == 0


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("x,y\n", "has no rows"),
        (",\n1,2\n", "has no column with a name"),
        ("z\n1\n", "share no column"),
        ("x\n1\n", "has no column y"),
        ("x,y\n1,a\n", "column y is int64 in"),
        ("x,y\n1,inf\n", "holds infinities"),
        ("x,x\n1,2\n", "column x more than once"),
        ("x;y\n1;2\n", "separated by semicolons"),
        ("x,y\n1,2\n\n1,2,3\n", "line 4 has 3 values and the head 2 names; put values that"),
        ("x,y\n1,2,3\n1,2,3\n", "rows have more values than the head has names; name every"),
        ('x,y\n1,2\n1,"2\n', "a quotation mark in row 3 is never closed; close it"),
        ('x,"y\n1,2\n', "a quotation mark in row 1 is never closed; close it"),
        (b"x,y\n\xff\xfe,2\n", "not in UTF-8"),
        ("x,y\n1,2\n".encode("utf-16"), "is in UTF-16, not in UTF-8: save it in that"),
        ("x,y\n1,2\n".encode("utf-16-be"), "is in UTF-16, not in UTF-8: save it in that"),
        (gzip.compress("x,y\n1,2\n".encode("utf-16-le"), mtime=0), "is in UTF-16, not in UTF-8"),
        ("x,y\n1,2\n".encode("utf-32"), "is in UTF-32, not in UTF-8: save it in that"),
        (b"\x89PNG\0\0\0\1", "neither CSV nor Parquet"),
        (b"PAR1 and then nothing of the kind", "cut short, damaged or of an unknown kind"),
        (b"PAR1 and then nothing of the kind", "copy or write it again"),
        (gzip.compress(b"PAR1, packed", mtime=0), "is a Parquet file within gzip: unpack it first"),
        (
            gzip.compress(b"x,y\n" + b"1,2\n" * 9999, mtime=0)[:60],
            "is cut short, in the midst of its gzip",
        ),
        (PACKED[:-99], "is cut short, in the midst of its gzip data: copy it again"),
        (PACKED[:-8] + b"\0" * 8, "is damaged (CRC check failed"),
        (b"\x1f\x8bnot really", "is damaged (Unknown compression method): copy it, or pack it"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    good = write(tmp_path, "good.csv", "x,y\n1,2\n3,4\n")
    bad = write(tmp_path, "bad.csv", content)
    line = refused(good, bad)
    assert said in line and "bad.csv" in line


def test_bad_names_and_settings_are_told_in_one_line(tmp_path: Path) -> None:
    good = write(tmp_path, "good.csv", "x,y\n1,2\n3,4\n")
    times = write(tmp_path, "times.csv", "at\n2020-01-01 10:00:00\n2020-01-02 11:00:00\n")
    assert "absent.csv does not exist" in refused(good, tmp_path / "absent.csv")
    assert "is a folder" in refused(good, tmp_path)
    assert "has no column z: it has x, y" in refused(good, good, "--columns", "x,z")
    assert "has no column z" in refused(good, good, "--categorical", "z")
    assert "tolerance is 'much'" in refused(good, good, "--tolerance", "much")
    assert "tolerance is 2.0" in refused(good, good, "--tolerance", "2")
    assert "level is 0.0" in refused(good, good, "--level", "0")
    assert "format is 'xml': give one of table, json, html" in refused(
        good, good, "--format", "xml"
    )
    assert "column at holds times" in refused(times, times, "--columns", "at")
    assert "no column of numbers" in refused(times, times)
    for nothing in ("", " ", ",", " , "):
        assert f"--columns is {nothing!r}, which" in refused(good, good, "--columns", nothing)
    assert "--categorical is ''" in refused(good, good, "--columns", "x", "--categorical", "")


def test_wrong_usage_is_told_in_one_line(tmp_path: Path) -> None:
    good = write(tmp_path, "good.csv", "x,y\n1,2\n3,4\n")
    assert refused(good) == "error: Missing argument 'current'; see: debugml drift --help\n"
    assert "Missing argument 'reference'" in refused()
    assert "--nope" in refused(good, good, "--nope")
    assert "--columns" in refused(good, good, "--columns")
    assert "extra argument" in refused(good, good, good)
    status, out, err = call("--help")
    assert (status, err) == (0, "") and "--tolerance" in out


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read everything, so the system's refusal is acted.
    def closed(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    good = write(tmp_path, "good.csv", "x\n1\n")
    monkeypatch.setattr(Path, "open", closed)
    assert "good.csv can't be opened: Permission denied" in refused(good, good)


@pytest.mark.slow
def test_bad_input_ends_with_2_in_a_real_process_too(tmp_path: Path) -> None:
    done = start("absent.csv", "absent.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: absent.csv does not exist: check the name of the file\n"


def test_types_that_files_have(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "price": [decimal.Decimal("1.50"), None],
            "day": [dt.date(2020, 1, 1)] * 2,
            "flag": [True, None],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    assert found["price"].dtype == "float64" and found["price"][0] == 1.5
    assert pd.api.types.is_datetime64_any_dtype(found["day"])
    text = "\ufeffat,word,code\n2020-01-01,2020-01-01,007\n2020-01-02T10:00:00Z,later,008\n"
    found = read_table(write(tmp_path, "t.csv", text))
    assert list(found) == ["at", "word", "code"]
    assert pd.api.types.is_datetime64_any_dtype(found["at"])
    assert found["word"].tolist() == ["2020-01-01", "later"]
    indexed = write(tmp_path, "i.csv", ",x\n0,5\n1,6\n")
    assert read_table(indexed).to_dict("list") == {"x": [5, 6]}
    with pytest.raises(DataError, match="does not exist"):
        read_table(tmp_path / "none.csv")


def test_a_crash_or_an_interrupt_is_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 1 means that something drifted, and Python's own status for a crash is 1 too."""
    from typer.testing import CliRunner

    from debugml.cli import app
    from debugml.drift import command

    for raised, status in ((RuntimeError("a bug"), 2), (KeyboardInterrupt(), 130)):

        def broken(*_: object, error: BaseException = raised, **__: object) -> int:
            raise error

        monkeypatch.setattr(command, "run", broken)
        result = CliRunner().invoke(app, ["drift", "a.csv", "b.csv"])
        assert result.exit_code == status
