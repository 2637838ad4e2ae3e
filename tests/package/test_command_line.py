"""The command line's own errors: one line, and the way out."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_a_missing_extra_is_named(tmp_path):
    absent = "yaml"
    here = str(tmp_path)
    done = run(
        f"import os, sys; os.chdir({here!r})\n"
        "open('_quarto.yml', 'w').write('project: {}')\n"
        f"sys.modules[{absent!r}] = None\n"
        "sys.argv = ['debugml', 'render', '--engine', 'embedded']\n"
        "from debugml.cli import main; main()"
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {absent} is not installed")
    assert "debugml[talk]" in done.stderr
    assert "Traceback" not in done.stderr


def test_version_and_help():
    done = run(
        "import sys; sys.argv = ['debugml', '--version']; from debugml.cli import main; main()"
    )
    assert done.returncode == 0
    assert done.stdout.startswith("debugml ")
