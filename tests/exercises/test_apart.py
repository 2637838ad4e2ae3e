"""Student code runs apart: whatever it does, one clear line, and everything lives on."""

from __future__ import annotations

import time
from pathlib import Path

import cloudpickle
import pytest
from answers import answer, one

from debugml.exercises.checking import examined
from debugml.exercises.client import checker
from debugml.exercises.limits import Limits

NAME = "trips-payment-shares"
SMALL = Limits(seconds=8, memory=300, printed=1, written=1)


def said(code: str, limits: Limits = SMALL) -> str:
    """What the check says of an answer of this code, as a student reads it."""
    verdict = examined(NAME, cloudpickle.dumps(answer(NAME, code)), limits=limits)
    assert not verdict.passed
    return str(verdict)


def function(body: str, before: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return f"{before}\ndef payment_shares(trips):\n{lines}\n"


SOLVED = one(NAME).solution

ACCIDENTS = {
    "an endless loop": (function("while True: pass"), "endless loop"),
    "an endless loop that swallows everything": (
        function("while True:\n    try: __import__('time').sleep(1)\n    except BaseException: 0"),
        "stopped after 8 seconds",
    ),
    "a sleep": (function("import time; time.sleep(60)"), "did not end within 5 seconds"),
    "an exception": (function("x = 1\nreturn trips['no such column']"), "line 3 of it"),
    "an exit call": (function("exit()"), "called exit()"),
    "an exit from the process": (function("import os; os._exit(7)"), "with status 7"),
    "a crash": (function("import ctypes; ctypes.string_at(0)"), "crashed its process (SIGSEGV)"),
    "an abort": (function("import os; os.abort()"), "crashed its process (SIGABRT)"),
    "deep recursion": (function("return payment_shares(trips)"), "RecursionError"),
    "too much memory": (function("return bytearray(2_000_000_000)"), "more memory"),
    "memory without end": (
        function("kept = []\nwhile True: kept.append(bytearray(10_000_000))"),
        "more memory",
    ),
    "output by the megabyte": (
        function("for at in range(10**7): print('x' * 200)"),
        "stopped after 1 MB of output",
    ),
    "a missing return": (function("card = 1"), "is a return missing?"),
    "a missing answer": ("payment_shares = None", "still empty"),
    "an answer that was called": ("payment_shares = 0.4", "without calling it"),
    "a changed argument": (
        SOLVED.replace(
            '    paid = trips["payment_type"]',
            '    paid = trips["payment_type"].copy()\n    trips["payment_type"] = 0',
        ),
        "changes what it is given",
    ),
    "a changed global": (
        SOLVED.replace("    return", "    SEEN.append(1)\n    return").replace(
            "def payment_shares", "SEEN = []\n\n\ndef payment_shares"
        ),
        "changes SEEN",
    ),
    "a changed library": (
        SOLVED.replace("    return", "    dm.features.LABEL = 'x'\n    return"),
        "changes debugml.features.LABEL",
    ),
    "a changed environment": (
        SOLVED.replace("    return", "    import os; os.environ['X'] = '1'\n    return"),
        "the environment",
    ),
    "an answer that remembers": (
        SOLVED.replace("    return", "    SEEN.append(1)\n    return").replace(
            "def payment_shares", "SEEN = []\n\n\ndef payment_shares"
        )
        .replace("return shares", "return shares if len(SEEN) < 9 else {}"),
        "keeps something from call to call",
    ),
    "a program": (function("import subprocess; subprocess.run(['true'])"), "no other programs"),
    "a connection": (
        function("import socket; socket.create_connection(('127.0.0.1', 9), 1)"),
        "does not use the network",
    ),
    "a request": (
        function("from urllib.request import urlopen; urlopen('http://127.0.0.1:9/')"),
        "does not use the network",
    ),
    "another process' end": (
        function("import os, signal; os.kill(os.getppid(), signal.SIGKILL)"),
        "ends no processes",
    ),
    "a generator for an answer": ("payment_shares = (x for x in [1])", "the function itself"),
}  # fmt: skip


LONG = {"an endless loop", "an endless loop that swallows everything", "a sleep"}


@pytest.mark.parametrize(
    "accident",
    [pytest.param(a, marks=pytest.mark.slow) if a in LONG else a for a in ACCIDENTS],
)
def test_each_accident_gets_a_clear_line(accident):
    code, line = ACCIDENTS[accident]
    if accident == "a generator for an answer":
        with pytest.raises(TypeError):
            cloudpickle.dumps(answer(NAME, code))
        return
    told = said(code)
    assert line in told
    assert "Traceback" not in told


def test_after_accidents_the_same_process_checks_on():
    said(function("import os; os._exit(1)"))
    first = checker._running().pid
    said(function("import ctypes; ctypes.string_at(0)"))
    assert checker._running().pid == first
    assert examined(NAME, cloudpickle.dumps(answer(NAME, SOLVED))).passed


def test_an_accident_does_not_spoil_the_next_check():
    """A fork that changed the libraries is gone, and its changes with it."""
    said(function("import numpy as np; np.mean = None; dm.load = None; return {}"))
    assert examined(NAME, cloudpickle.dumps(answer(NAME, SOLVED))).passed


def test_it_writes_to_its_own_folder_only(tmp_path):
    there = tmp_path / "victim.txt"
    there.write_text("kept")
    for body in (
        f"open({str(there)!r}, 'w')",
        f"import os; os.remove({str(there)!r})",
        f"import os; os.rename({str(there)!r}, 'mine')",
        f"import shutil; shutil.rmtree({str(tmp_path)!r})",
        f"trips.to_csv({str(there)!r})",
        f"from pathlib import Path; Path({str(tmp_path / 'new')!r}).mkdir()",
    ):
        assert "PermissionError" in said(function(body)), body
    assert there.read_text() == "kept"
    assert [each.name for each in tmp_path.iterdir()] == ["victim.txt"]
    own = SOLVED.replace(
        "    return", "    trips.head().to_csv('mine.csv'); open('mine.csv').read()\n    return"
    )
    before = set(Path.cwd().iterdir())
    assert examined(NAME, cloudpickle.dumps(answer(NAME, own))).passed
    assert set(Path.cwd().iterdir()) == before


def test_a_file_without_end_is_stopped():
    body = "with open('mine', 'wb') as file:\n    while True: file.write(bytes(100_000))"
    assert "OSError" in said(function(body))


def test_it_may_read_the_samples():
    told = said(function("dm.load('2019-07'); dm.published.january_rows()\nreturn {}"))
    assert "wrong" in told and "Error" not in told


def test_a_process_that_it_starts_in_secret_ends_with_it():
    """A grandchild that holds the pipes open does not hold up the check."""
    body = "import os, time\nif os.fork() == 0:\n    time.sleep(30)\nreturn {}"
    started = time.monotonic()
    said(function(body))
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_a_checker_that_was_killed_is_started_again():
    process = checker._running()
    process.kill()
    process.wait()
    assert examined(NAME, cloudpickle.dumps(answer(NAME, SOLVED))).passed


def test_what_it_printed_is_shown_when_it_fails():
    assert "| cash is 0.3" in said(function("print('cash is 0.3')\nreturn {}"))


def test_nothing_is_left_behind(tmp_path):
    import tempfile

    before = set(Path(tempfile.gettempdir()).glob("debugml-check-*"))
    said(function("open('mine', 'w').write('x')\nreturn {}"))
    after = set(Path(tempfile.gettempdir()).glob("debugml-check-*"))
    assert after <= before
    assert not Path("mine").exists()
