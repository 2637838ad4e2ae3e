"""Imports run one way, and importing the package costs nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_import_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    from importlinter.cli import lint_imports

    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    said = capsys.readouterr().out
    assert code == 0, said
    assert "4 kept, 0 broken" in said


def test_the_contract_covers_every_module() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = config["contracts"][0]["layers"]
    named = {name for layer in layers for name in layer.split(" | ")}
    package = ROOT / "src" / "debugml"
    found = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/*.py")}
    assert named == found - {"__init__", "debugml"}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_importing_the_package_loads_no_library() -> None:
    heavy = "{'pandas', 'numpy', 'sklearn', 'scipy', 'matplotlib', 'dask', 'pyarrow'}"
    assert run(f"import sys, debugml; print({heavy} & set(sys.modules))") == "set()"


def test_loading_trips_needs_neither_forest_nor_cluster() -> None:
    heavy = "{'sklearn', 'matplotlib', 'dask', 'distributed', 'skops'}"
    code = (
        "import sys, debugml as d; d.featurize(d.load('2020-01'));"
        f"print({heavy} & set(sys.modules))"
    )
    assert run(code) == "set()"


def test_every_exported_name_is_there() -> None:
    import debugml

    assert len(debugml.__all__) > 20
    for name in debugml.__all__:
        assert getattr(debugml, name) is not None, name
    assert set(debugml.__all__) <= set(dir(debugml))
