"""`debugml lineage`: trees, JSON, one line for what can't be done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from debugml.cli import app
from debugml.lineage import Artifact, Lineage, Run

FILE = Artifact("a1" * 32, "2020-01", "trips", 10)
MODEL = Artifact("b1" * 32, "forest", "model", 9)
MARCH = Artifact("c1" * 32, "predictions 2020-03", "predictions", 12)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "lineage.sqlite"
    about: tuple[Any, ...] = ("c0de", "pandas", "laptop", {"python": "3.11"})
    runs = (
        Run("fit", (FILE,), (MODEL,), {"seed": 0}, *about, "2026-01-02T03:04:05+00:00", 2.5),
        Run("replay", (MODEL,), (MARCH,), {}, *about, "2026-01-02T03:05:05+00:00", 0.5),
    )
    Lineage(path).record_all(runs)
    return path


def said(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["lineage", *map(str, arguments)])


def test_list(store: Path) -> None:
    done = said("list", "--store", store)
    assert done.exit_code == 0
    head, newest, oldest = done.output.splitlines()
    assert head.split() == ["started", "run", "made", "engine", "seconds"]
    assert newest.split()[1:] == ["replay", "predictions", "2020-03", "c1" * 6, "pandas", "0.5"]
    assert oldest.split()[1] == "fit"
    assert "and 1 older" in said("list", "-n", 1, "--store", store).output
    runs = json.loads(said("list", "--json", "--store", store).output)
    assert [run["name"] for run in runs] == ["replay", "fit"]
    assert runs[1]["used"] == [
        {"digest": FILE.digest, "name": "2020-01", "kind": "trips", "rows": 10}
    ]


def test_backtrace(store: Path) -> None:
    done = said("backtrace", "predictions 2020-03#3", "--store", store)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0] == f"predictions 2020-03, row 3 · predictions · 12 rows · {'c1' * 6}"
    assert lines[-1].endswith(f"2020-01 · trips · 10 rows · {'a1' * 6}")
    about = json.loads(said("backtrace", "c1c1c1#3", "--json", "--store", store).output)
    assert about["row"] == 3 and [run["name"] for run in about["runs"]] == ["replay", "fit"]


def test_affected(store: Path) -> None:
    done = said("affected", "2020-01", "--store", store)
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "2020-01: 2 artifacts rest on it"
    assert "predictions 2020-03 · c1c1c1c1c1c1 · 2 runs away, through replay" in done.output
    rows = json.loads(said("affected", "2020-01", "--json", "--store", store).output)
    assert [(row["kind"], row["distance"]) for row in rows] == [("model", 1), ("predictions", 2)]


def test_export(store: Path, tmp_path: Path) -> None:
    done = said("export", "--store", store)
    names = [json.loads(line)["job"]["name"] for line in done.output.splitlines()]
    assert (done.exit_code, names) == (0, ["fit", "replay"])
    to = tmp_path / "events.jsonl"
    assert said("export", "--store", store, "--to", to).output == f"2 events in {to}\n"
    assert len(to.read_text().splitlines()) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_review(tmp_path: Path, kind: str) -> None:
    flagged = pd.DataFrame({"paid": ["cash"] * 30 + ["card"] * 5, "x": range(35)})
    others = pd.DataFrame({"paid": ["card"] * 60 + ["cash"] * 5, "x": range(65)})
    paths = []
    for name, frame in (("flagged", flagged), ("others", others)):
        paths.append(tmp_path / f"{name}.{kind}")
        frame.to_csv(paths[-1], index=False) if kind == "csv" else frame.to_parquet(paths[-1])
    done = said("review", *paths)
    assert done.exit_code == 0
    assert done.output.splitlines()[1].split()[:3] == ["paid", "cash", "30"]
    assert "values and ranges are more common among the flagged than chance" in done.output
    rows = json.loads(said("review", *paths, "--json", "--columns", "paid").output)
    assert {row["column"] for row in rows} == {"paid"}
    assert rows[0]["share_flagged"] == pytest.approx(30 / 35)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backtrace", "forrest"], "there is no artifact 'forrest'. Near: forest"),
        (["backtrace", "predictions 2020-03#99"], "there is no row 99"),
        (["backtrace", "forest \udcff"], "is not valid text"),
        (["affected", f"forest#{'7' * 5000}"], "no row of 5000 digits"),
        (["affected", "b1b1"], "of a digest, give 6 digits or more"),
        (["list", "-n", "0"], "the number of runs is 0: give 1 or more"),
        (["export", "--format", "xml"], "format is 'xml': give one of openlineage, mlflow"),
        (["export", "--format", "mlflow"], "name it by --to"),
        (["export", "--to", "/nowhere/at/all"], "No such file or directory"),
        (["list", "-n", "x"], "see: debugml lineage list --help"),
        (["backtrace"], "Missing argument"),
        (["forward"], "No such command 'forward'; see: debugml lineage --help"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    store: Path, arguments: list[str], message: str
) -> None:
    wrong_usage = "see:" in message or "Missing" in message
    done = said(*arguments, *([] if wrong_usage else ["--store", store]))
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and message in done.stderr
    assert done.stderr.count("\n") == 1


def test_stores_and_tables_that_are_not_there(tmp_path: Path) -> None:
    done = said("list", "--store", tmp_path / "absent.sqlite")
    assert done.exit_code == 2 and "absent.sqlite does not exist: name a lineage" in done.stderr
    assert not (tmp_path / "absent.sqlite").exists()
    (tmp_path / "a.csv").write_text("x\n1\n")
    done = said("review", tmp_path / "a.csv", tmp_path / "b.csv")
    assert done.exit_code == 2 and "b.csv does not exist" in done.stderr
    (tmp_path / "b.csv").write_text("y\n1\n")
    done = said("review", tmp_path / "a.csv", tmp_path / "b.csv")
    assert done.exit_code == 2 and "none is in both" in done.stderr


def test_an_empty_store_says_how_runs_come_about(tmp_path: Path) -> None:
    Lineage(tmp_path / "lineage.sqlite")
    done = said("list", "--store", tmp_path / "lineage.sqlite")
    assert done.exit_code == 0 and done.output.startswith("no runs yet")
