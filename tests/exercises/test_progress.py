"""Progress is kept: by several sessions at once, and through a kill in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from debugml.errors import StoreError
from debugml.exercises.exercise import Finding
from debugml.exercises.progress import Progress
from debugml.exercises.verdict import Verdict

PASSED = Verdict("trips-none-seen", (Finding(True, "Right."),), 0.1)
FAILED = Verdict("trips-none-seen", (Finding(False, "Wrong."),), 0.1)

WRITES = """
import sys
from pathlib import Path
from debugml.exercises.exercise import Finding
from debugml.exercises.progress import Progress
from debugml.exercises.verdict import Verdict

verdict = Verdict(sys.argv[2], (Finding(False, "Wrong."),))
for at in range(int(sys.argv[3])):
    Progress(Path(sys.argv[1])).tried(verdict)
    print(at, flush=True)
"""


def test_tries_hints_and_the_first_pass_are_kept(tmp_path):
    progress = Progress(tmp_path / "deep" / "kept.sqlite")
    assert progress.records() == {}
    for verdict in (FAILED, PASSED, FAILED, PASSED):
        progress.tried(verdict)
    record = progress.records()["trips-none-seen"]
    assert (record.tries, record.hints) == (4, 0)
    assert record.passed.endswith("Z")
    assert [progress.hinted("trips-none-seen", 2) for _ in range(4)] == [1, 2, 3, 3]
    assert Progress(progress.path).records()["trips-none-seen"].hints == 3


def test_two_sessions_write_at_once_and_nothing_is_lost(tmp_path):
    path = str(tmp_path / "kept.sqlite")
    names = ("trips-none-seen", "trips-payment-shares")
    sessions = [
        subprocess.Popen(
            [sys.executable, "-c", WRITES, path, name, "40"], stdout=subprocess.DEVNULL
        )
        for name in names
    ]
    assert [session.wait(timeout=60) for session in sessions] == [0, 0]
    records = Progress(tmp_path / "kept.sqlite").records()
    assert {name: records[name].tries for name in names} == dict.fromkeys(names, 40)


def test_a_session_that_is_killed_loses_at_most_what_it_was_writing(tmp_path):
    path = tmp_path / "kept.sqlite"
    session = subprocess.Popen(
        [sys.executable, "-c", WRITES, str(path), "trips-none-seen", "100000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    for _ in range(20):
        last = session.stdout.readline()
    os.kill(session.pid, signal.SIGKILL)
    session.wait()
    seen = int(([last, *session.stdout.readlines()])[-1])
    assert Progress(path).records()["trips-none-seen"].tries in (seen + 1, seen + 2)
    Progress(path).tried(PASSED)
    assert Progress(path).records()["trips-none-seen"].passed


def test_a_home_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="DEBUGML_HOME"):
        Progress(tmp_path / "file" / "kept.sqlite").tried(PASSED)


def test_a_damaged_store_says_so_and_stays(tmp_path):
    path = tmp_path / "kept.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="progress can't be kept"):
        Progress(path).tried(PASSED)
    assert path.read_bytes().startswith(b"not a database")
