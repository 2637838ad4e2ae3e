"""A built wheel carries the trips, the results and the numbers, and works anywhere."""

from __future__ import annotations

import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from debugml.exercises.notebook import student_copy

ROOT = Path(__file__).parents[2]

CODE = """
import debugml
print(debugml.__file__)
print(len(debugml.load("2020-01")))
print(all(result.is_committed(**p) for result, p in debugml.study.RESULTS))
print(debugml.published.ks("january_march").shape)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # With the build backend that is installed here: nothing is fetched.
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.slow
def test_wheel_holds_data_and_nothing_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(n) for n in names if n.endswith((".py", ".json", ".toml")))
    assert sum("data_samples/yellow_tripdata_20" in name for name in names) == 36
    for name in ("data_samples/manifest.json", "published.toml", "py.typed", "__init__.pyi"):
        assert f"debugml/{name}" in names
    assert "debugml/exercises/pages/trips.qmd" in names
    assert not any(name.endswith(".ipynb") for name in names)
    assert any("data_samples/results/monthly_scores/" in name for name in names)
    assert not any(name.startswith(("tests", "tools", "talk")) for name in names)
    assert str(ROOT).encode() not in text
    assert wheel.stat().st_size < 20_000_000


def installed(wheel: Path, environment: Path) -> str:
    """Install the wheel into a new environment; the folder that it went to."""
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    where = sysconfig.get_path(
        "purelib", vars={"base": str(environment), "platbase": str(environment)}
    )
    # pip installs the wheel; libraries come from this environment, without its path
    # files: one of them is this checkout's editable install.
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    libraries = [sysconfig.get_path("purelib"), *site.getsitepackages()]
    (Path(where) / "libraries.pth").write_text("\n".join(dict.fromkeys(libraries)) + "\n")
    return where


@pytest.mark.slow
def test_a_student_needs_the_wheel_only(wheel: Path, tmp_path: Path) -> None:
    environment, work, home = tmp_path / "venv", tmp_path / "work", tmp_path / "home"
    work.mkdir()
    installed(wheel, environment)

    def debugml(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [environment / "bin" / "debugml", *words],
            cwd=work,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )

    made = debugml("exercises", "new", "all")
    assert made.returncode == 0, made.stderr
    assert len(list(work.glob("*.ipynb"))) == 12
    assert (work / "trips.ipynb").read_text("utf-8") == student_copy("trips")
    checked = debugml("exercises", "check", "trips.ipynb")
    assert checked.returncode == 1 and "none seen, so none there" in checked.stdout
    doctor = debugml("doctor")
    assert doctor.returncode == 0 and doctor.stdout.endswith("Ready.\n"), doctor.stdout


@pytest.mark.slow
def test_wheel_works_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    environment, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    where = installed(wheel, environment)
    python = environment / "bin" / "python"
    done = subprocess.run(
        [python, "-c", CODE],
        cwd=empty,
        env={"HOME": str(empty), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    version = subprocess.run(
        [environment / "bin" / "debugml", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("debugml ")
    place, rows, committed, shape = done.stdout.split("\n")[:4]
    assert Path(place).is_relative_to(where)
    assert (rows, committed, shape) == ("10000", "True", "(11, 3)")
    assert list(empty.iterdir()) == [], "reading committed results writes nothing"


def bare(folder: Path) -> Path:
    """A folder with what the default requirements install, and nothing else."""
    waiting, seen = ["debugml"], set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        found = metadata.distribution(name)
        for text in found.requires or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
        if name == "debugml":
            continue
        for top in {file.parts[0] for file in found.files or [] if file.parts[0] != ".."}:
            there = Path(str(found.locate_file(top)))
            if there.exists() and not (folder / top).exists():
                (folder / top).symlink_to(there)
    return folder


@pytest.mark.slow
def test_lineage_needs_default_requirements_only(wheel: Path, tmp_path: Path) -> None:
    libraries, home = tmp_path / "libraries", tmp_path / "home"
    libraries.mkdir()
    bare(libraries)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(libraries)

    def said(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        code = f"import sys; sys.path.insert(0, {str(libraries)!r}); from debugml.cli import app; "
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"{code}app()", "lineage", *arguments],
            cwd=folder,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "DEBUGML_HOME": str(home)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done

    probe = f"import sys; sys.path.insert(0, {str(libraries)!r}); import yaml"
    without = subprocess.run([sys.executable, "-I", "-S", "-c", probe], capture_output=True)
    assert b"No module named 'yaml'" in without.stderr
    empty, project = tmp_path / "empty", tmp_path / "project"
    for folder in (empty, project):
        folder.mkdir()
    (project / "_quarto.yml").write_text("project: {type: book}\n")
    assert "monthly_scores" in said(empty, "list", "-n", "1000").stdout
    back = said(empty, "backtrace", "monthly_scores")
    assert "yellow_tripdata_2020-01.parquet" in back.stdout and back.stderr == ""
    in_project = said(project, "backtrace", "monthly_scores")
    assert in_project.stdout == back.stdout
    assert in_project.stderr.count("\n") == 1
    assert "slides and figures are left out: reading them needs yaml" in in_project.stderr
