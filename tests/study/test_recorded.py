"""A study recorded on made-up months, moved, and presented where only the samples are."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from debugml import figures, keep, machine, settings, study
from debugml.cli import app
from debugml.errors import SettingError, StoreError
from debugml.keep import recorded
from debugml.render import keys
from debugml.render.cells import parse
from debugml.render.command import render
from debugml.render.project import load_project
from debugml.render.source import read_source
from debugml.reproduce import reproduce
from debugml.study import recording
from debugml.study.base import _inputs
from debugml.study.processes import in_processes
from debugml.trips import samples

ROWS = 300
TWO = ("2020-01", "2020-02")
DEVICE = "a made-up device, 8 cores"


def simulated() -> list[Any]:
    """Committed results that rest on no trips: they go into any study."""
    return [r for r, p in study.RESULTS if not _inputs(r.parameters(**p)) and r.is_committed(**p)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty-six made-up months: a part of each sample month under TLC's own names."""
    folder = tmp_path_factory.mktemp("source")
    for path in samples.folder().glob("yellow_tripdata_*.parquet"):
        pd.read_parquet(path).sample(ROWS, random_state=0).to_parquet(folder / path.name)
    return folder


@pytest.fixture(scope="module")
def made(
    source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, pd.DataFrame]]]:
    """A recorded study, moved from where it was saved, and the frames as they were computed."""
    home = tmp_path_factory.mktemp("home-there")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEBUGML_SOURCE", str(source))
        patch.setenv("DEBUGML_HOME", str(home))
        patch.setattr(machine, "device", lambda engine: DEVICE)
        frames = {
            "month_facts": study.month_facts(),
            "two": study.month_facts(TWO),
            "calibration": study.calibration(),
        }
        recording.save(home / "saved")
    moved = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.move(home / "saved", moved)
    shutil.rmtree(home)
    yield moved, frames


@pytest.fixture
def folder(made: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the study, to damage, which is in use; and a home of one's own."""
    copied = tmp_path / "copied"
    shutil.copytree(made[0], copied)
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DEBUGML_STUDY", str(copied))
    return copied


def ended(*arguments: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["study", *arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit)
    return found.exit_code, found.stdout, found.stderr


def refused(*arguments: str) -> str:
    """The one line that a command says of bad input."""
    code, out, err = ended(*arguments)
    assert code == 2 and not out and err.count("\n") == 1 and err.startswith("error: ")
    return err


def test_another_process_reads_it_without_its_data(made: Any, tmp_path: Path) -> None:
    folder, frames = made
    code = (
        "import sys, pandas as pd, debugml as dm\n"
        "facts, found = dm.study.month_facts(), dm.study.calibration(seed=0)\n"
        "pd.to_pickle((facts, found), sys.argv[1])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DEBUGML_SOURCE"}
    environment |= {"DEBUGML_HOME": str(tmp_path / "home"), "DEBUGML_STUDY": str(folder)}
    command = [sys.executable, "-c", code, str(tmp_path / "found")]
    subprocess.run(command, env=environment, check=True, timeout=120)
    facts, found = pd.read_pickle(tmp_path / "found")
    pd.testing.assert_frame_equal(facts, frames["month_facts"])
    pd.testing.assert_frame_equal(found, frames["calibration"])
    assert facts["trips"].tolist() == [ROWS] * 36
    (said,) = facts.attrs["provenance"]
    (computed,) = frames["month_facts"].attrs["provenance"]
    assert said == computed | {"recorded": True}
    assert said["device"] == DEVICE and said["engine"] == "pandas" and said["rows"] == 36 * ROWS
    assert said["source"] == "a local folder of TLC's files"
    assert not (tmp_path / "home" / "results").exists(), "nothing was computed"


def test_it_says_when_where_and_on_what_and_names_no_place(made: Any, source: Path) -> None:
    folder, frames = made
    about = recorded.open_study(folder).about
    started = [f.attrs["provenance"][0]["started"] for f in frames.values()]
    assert about["started"] <= min(started) <= max(started) <= about["ended"]
    assert DEVICE in about["devices"] and about["engine"] == "pandas"
    assert about["rows"] == 36 * ROWS and len(about["months"]) == 36
    for path in folder.rglob("*.json"):
        assert str(source) not in path.read_text() and str(folder.parent) not in path.read_text()


def test_a_result_that_is_not_there_is_never_the_samples(folder: Path) -> None:
    for ask, said in (
        (lambda: study.calibration(seed=7), "no calibration(month='2020-02', train='2020-01', s"),
        (lambda: study.month_facts(TWO[:1]), "no month_facts(months=['2020-01'])"),
        (lambda: study.features.published_faults(), "no published_faults("),
    ):
        with pytest.raises(StoreError) as caught:
            ask()
        text = str(caught.value)
        assert said in text and str(folder) in text
        assert "debugml study run" in text and "debugml study use sample" in text


def entry(folder: Path, name: str = "calibration") -> Path:
    (found,) = (folder / "results" / name).iterdir()
    return found


def change_record(folder: Path) -> None:
    path = entry(folder) / keep.PROVENANCE
    path.write_text(path.read_text().replace(DEVICE, "a faster device"))


def change_values(folder: Path) -> None:
    path = entry(folder) / keep.RESULT
    pd.read_parquet(path).assign(n=1).to_parquet(path, index=False)


def say(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / settings.STUDY_FILE
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change_record, "not the record that"),
        (change_values, "not the values that"),
        (lambda folder: shutil.rmtree(entry(folder)), "cannot be read"),
        (lambda folder: (entry(folder) / keep.RESULT).write_bytes(b"PAR1"), "cannot be read"),
        (lambda folder: (entry(folder) / keep.RESULT).unlink(), "cannot be read"),
        (lambda folder: (folder / settings.STUDY_FILE).write_text("{"), "not what a recorded"),
        (lambda folder: (folder / settings.STUDY_FILE).write_text("[]"), "not what a recorded"),
        (say(results=[]), "no results"),
        (say(results=[{"name": "x", "parameters": {}, "key": "../..", "record": ""}]), "no name"),
        (say(format=recorded.FORMAT + 1), "A newer debugml recorded it: update this one"),
        (say(format="new"), "not what a recorded"),
    ],
)
def test_damage_is_one_clear_error(folder: Path, damage: Callable[[Path], None], said: str) -> None:
    study.calibration()
    damage(folder)
    # What this process has read stands; another one reads the folder.
    study.calibration._read.clear()
    with pytest.raises(StoreError) as caught:
        study.calibration()
    assert said in str(caught.value) and str(folder) in str(caught.value)
    assert "Delete that folder" not in str(caught.value)
    assert said in refused("use", str(folder)), "said when it is chosen, and not on stage"


def test_a_half_written_folder_is_no_study(folder: Path) -> None:
    (folder / settings.STUDY_FILE).unlink()
    with pytest.raises(SettingError, match=r"DEBUGML_STUDY names .* holds no study\.json"):
        study.calibration()
    assert "holds no study.json" in refused("use", str(folder))
    assert "is no folder" in refused("use", str(folder / "nowhere"))


def test_the_choice_is_kept_for_the_user_and_the_variable_wins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEBUGML_STUDY")
    monkeypatch.chdir(folder.parent)
    assert "that come with debugml" in ended("show")[1]
    code, out, err = ended("use", folder.name)
    assert code == 0 and not err and f"in use: {folder}" in out
    assert DEVICE in out and f"{36 * ROWS:,} trips of 2018-01 to 2020-12" in out
    assert f"results: {3 + len(simulated())}\n" in out and "code: this package's" in out
    monkeypatch.chdir("/")
    assert ended("show")[1] == out == ended("use")[1]
    assert study.month_facts()["trips"].eq(ROWS).all()
    monkeypatch.setenv("DEBUGML_STUDY", "sample")
    assert study.month_facts()["trips"].eq(10_000).all()
    assert "DEBUGML_STUDY is set, and wins" in ended("use", str(folder))[2]
    monkeypatch.delenv("DEBUGML_STUDY")
    shutil.rmtree(folder)
    with pytest.raises(SettingError, match="`debugml study use` names"):
        study.month_facts()
    # The way out that the error names.
    assert ended("use", "sample")[0] == 0
    assert study.month_facts()["trips"].eq(10_000).all()


def test_results_of_other_code_say_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(study.calibration), "_code", "c0de")
    monkeypatch.setattr(study.calibration, "_read", {})
    (said,) = study.calibration().attrs["provenance"]
    assert said["other_code"] and said["code"] != "c0de"
    assert "code: other than this package's: calibration" in ended("show")[1]
    assert "other_code" not in study.month_facts().attrs["provenance"][0]


def test_what_computes_from_the_samples_is_refused(folder: Path, tmp_path: Path) -> None:
    assert f"a recorded study is in use ({folder})" in refused("commit")
    with pytest.raises(SettingError, match="a recorded study is in use"):
        next(reproduce(one_page(tmp_path), "fig-shares"))


def test_run_and_save_are_of_the_trips_at_hand(folder: Path, source: Path, tmp_path: Path) -> None:
    """Not of the recorded study, which is in use."""
    given = ("--source", str(source))
    code, out, err = ended("run", "calibration", *given)
    assert code == 0 and not out and err.startswith("computed  calibration()")
    code, out, err = ended("save", str(tmp_path / "again"), *given)
    assert code == 0 and not err and f"results: {1 + len(simulated())}\n" in out
    assert "missing: 7" in out
    assert recorded.open_study(tmp_path / "again").about["devices"] == [machine.device()]
    assert settings.source() == settings.SAMPLE


def test_what_fails_is_said_in_one_line_and_the_rest_is_kept(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    few = tmp_path / "few"
    few.mkdir()
    for month in TWO:
        shutil.copy(source / f"yellow_tripdata_{month}.parquet", few)
    code, _, err = ended("run", "month_facts", "calibration", "--source", str(few))
    lines = {line.split()[0]: line for line in err.splitlines()}
    assert code == 1 and set(lines) == {"failed", "computed", "error:"}
    assert "month_facts()" in lines["failed"] and "no trips of 2018-01" in lines["failed"]
    assert "1 of 2 results failed" in lines["error:"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "calibrations"], "Near: calibration"),
        (["run", "--source", "nowhere"], "source is 'nowhere'"),
        (["run", "--engine", "spark"], "engine is 'spark'"),
        (["run", "--scheduler", "tcp://127.0.0.1:1"], "add --engine dask"),
        (["save"], "Missing argument 'folder'"),
        (["sav"], "No such command 'sav'"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


def test_nothing_kept_is_nothing_to_save(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUGML_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(recording.samples, "folder", lambda: tmp_path)
    said = refused("save", str(tmp_path / "saved"), "--source", str(source))
    assert "nothing to save" in said and "debugml study run" in said
    assert not (tmp_path / "saved").exists()


def test_save_overwrites_nothing(folder: Path) -> None:
    kept = recorded.open_study(folder).folders()
    before = (folder / settings.STUDY_FILE).read_bytes()
    for there in (folder, folder / settings.STUDY_FILE):
        with pytest.raises(StoreError, match="is there already"):
            recorded.save(there, kept)
    assert (folder / settings.STUDY_FILE).read_bytes() == before


def test_save_is_whole_or_not_at_all(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, to = recorded.open_study(folder).folders(), tmp_path / "new" / "saved"
    copy = shutil.copyfile

    def full(one: Path, other: Path) -> None:
        if one.parent.parent.name == "month_facts":
            raise OSError(28, "No space left on device")
        copy(one, other)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StoreError, match="No space left on device"):
        recorded.save(to, kept)
    assert not [*to.parent.iterdir()]
    monkeypatch.setattr(shutil, "copyfile", copy)
    damaged = tmp_path / "damaged" / "calibration" / "key"
    shutil.copytree(entry(folder), damaged)
    (damaged / keep.RESULT).write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be read"):
        recorded.save(to, [*kept, damaged])
    assert not [*to.parent.iterdir()]
    recorded.save(to, kept).check()


KILLED = """
import os, signal, sys
from pathlib import Path
from debugml.keep import recorded
def die(self, to): os.kill(os.getpid(), signal.SIGKILL)
Path.rename = die
recorded.save(Path(sys.argv[2]), recorded.open_study(Path(sys.argv[1])).folders())
"""


def test_a_killed_save_leaves_no_study(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "saved"
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(to)], timeout=120)
    assert done.returncode == -signal.SIGKILL and not to.exists()
    with pytest.raises(SettingError):
        settings.study(to)
    recorded.save(to, recorded.open_study(folder).folders()).check()


def processes_below(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for each in map(int, found) for child in (each, *processes_below(each))]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which processes there are")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_goes_on(source: Path, tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "debugml.cli", "study", "run", "--source", str(source)]
    command += ["month_facts", "calibration"]
    environment = os.environ | {"DEBUGML_HOME": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    first = process.stderr.readline()
    assert first.startswith("computed"), first
    below = processes_below(process.pid)
    process.send_signal(how)
    rest = process.communicate(timeout=60)[1]
    if how == signal.SIGINT:
        assert process.returncode == 130 and "Traceback" not in rest
        assert "1 of 2 done; the same command goes on" in rest
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in below) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert below and not any(Path(f"/proc/{pid}").exists() for pid in below), "all end with it"
    if how == signal.SIGINT:
        return  # How it goes on, the harder way to end shows.
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    status = {line.split()[1]: line.split()[0] for line in again.stderr.splitlines()}
    assert status.pop(first.split()[1]) == "kept"
    assert [*status.values()] == ["computed"]


@pytest.mark.slow
def test_a_process_that_dies_costs_its_own_result_only() -> None:
    def computed(**how: Any) -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = []
        lanes = [[signal.SIGCHLD, signal.SIGKILL], [signal.SIGCHLD]]
        in_processes(
            [lanes], signal.raise_signal, lambda *done: found.append(done), processes=1, **how
        )
        return found

    assert computed(died=str) == [
        (signal.SIGCHLD, None),
        (signal.SIGKILL, str(signal.SIGKILL)),
        (signal.SIGCHLD, None),
    ]
    with pytest.raises(BrokenProcessPool):
        computed()


PAGE = """---
title: "A page"
---

```{python}
#| label: fig-shares
#| fig-cap: "Shares by payment type."
import debugml as dm

dm.figures.trips.payment_shares(dm.study.month_facts(("2020-01", "2020-02")))
```
"""


def one_page(tmp_path: Path) -> Path:
    """A project of one page; its folder."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "_quarto.yml").write_text("project:\n  type: website\n")
    (root / "page.qmd").write_text(PAGE)
    return root


@pytest.mark.slow
def test_a_page_says_when_where_and_on_what(folder: Path, tmp_path: Path) -> None:
    root = one_page(tmp_path)
    assert render(root, [], engine="embedded") == 0
    html = (root / "_site" / "page.html").read_text("utf-8")
    (line,) = html.split('<p class="dm-recorded dm-elsewhere">')[1:]
    said = line.partition("</p>")[0]
    assert said.startswith("Recorded on ") and f"on {DEVICE}, with pandas" in said
    assert f"{2 * ROWS} trips of 2020-01, 2020-02, a local folder of TLC" in said


def test_a_page_is_rendered_again_with_another_study(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = one_page(tmp_path)

    def key() -> str | None:
        project = load_project(root)
        source = read_source(project, "page.qmd")
        return keys.execution_key(project, source, parse(source))

    with_variable = key()
    monkeypatch.delenv("DEBUGML_STUDY")
    of_samples = key()
    recording.use(folder)
    chosen = key()
    assert len({with_variable, of_samples, chosen}) == 3
    say(devices=["another"])(folder)
    assert key() not in (with_variable, of_samples, chosen)
    recording.use("sample")
    assert key() == of_samples


def test_a_figure_says_what_it_shows_if_not_the_samples(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line() -> str:
        shown = figures.trips.payment_shares(study.month_facts(TWO)).shown
        return shown.partition('<p class="dm-recorded dm-elsewhere">')[2].partition("</p>")[0]

    of_trips = f"{2 * ROWS} trips of 2020-01, 2020-02, a local folder of TLC&#x27;s files."
    assert line().startswith("Recorded on ") and line().endswith(f"with pandas: {of_trips}")
    monkeypatch.setenv("DEBUGML_STUDY", "sample")
    assert line() == ""
    monkeypatch.setenv("DEBUGML_SOURCE", str(source))
    assert line().startswith("Computed on ") and line().endswith(of_trips)


def test_the_page_of_how_it_was_made_and_the_ledger_read_it(folder: Path) -> None:
    made = study.made()
    own = made[~made["result"].isin([result.name for result in simulated()])]
    assert sorted(own["result"]) == ["calibration", "month_facts", "month_facts"]
    assert set(own["device"]) == {DEVICE} and made["rows"].max() == 36 * ROWS
    assert DEVICE in {run.device for run in study.ledger().runs()}


def test_the_device_has_its_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho NVIDIA H200\necho NVIDIA H200\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    machine._gpus.cache_clear()
    assert machine.device("dask-cudf") == f"{machine.device()}, 2 × NVIDIA H200"
    machine._gpus.cache_clear()


@pytest.mark.slow
def test_the_device_has_the_clusters_workers() -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, processes=False, threads_per_worker=3, dashboard_address=":0"
        ) as cluster,
        Client(cluster),
    ):
        assert machine.device("dask") == f"{machine.device()}, 2 Dask workers with 6 threads"
    assert machine.device("dask") == machine.device()


def test_a_record_keeps_its_source_and_the_samples_need_none() -> None:
    record = keep.from_json(
        json.loads(
            next((samples.folder() / "results" / "calibration").rglob(keep.PROVENANCE)).read_text(
                "utf-8"
            )
        )
    )
    assert "source" not in record.to_json() and "source" not in record.on_frame()
    other = replace(record, source="s3://bucket")
    assert keep.from_json(other.to_json()) == other
    assert other.on_frame()["source"] == "s3://bucket"
