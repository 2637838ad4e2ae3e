"""The student's end: starts the process that checks, keeps it, and asks it."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..errors import CheckError
from .apart import Ran
from .request import Request
from .wire import read, write


class Checker:
    """A process that checks; started when first asked, ended with this one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, request: Request) -> Ran:
        """Have a request answered.

        Raises
        ------
        CheckError
            If this system can't fork, or the checking process can't be started.
        """
        if not hasattr(os, "fork"):
            raise CheckError(
                "exercises are checked in a forked process, which this system does not have: on "
                "Windows, work in WSL (wsl --install), where everything runs as on Linux"
            )
        with self._lock, self._kept():
            # It may have been ended since the last check, from outside: then a second one tries.
            for _ in range(2):
                process = self._running()
                with suppress(BrokenPipeError):
                    write(_number(process.stdin), pickle.dumps(request))
                    if (reply := read(_number(process.stdout))) is not None:
                        ran: Ran = pickle.loads(reply)
                        return ran
                self.close()
        raise CheckError(
            "the process that checks could not be started or kept; `debugml doctor` looks for why"
        )

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        process.kill()
        process.wait()

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Interrupted in the middle of an answer, the process can't be asked again."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            self._process = None  # another process' own, inherited by a fork
        if self._process is None or self._process.poll() is not None:
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "debugml.exercises.server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                # Ctrl-C in a terminal is meant for the student's code.
                start_new_session=True,
            )
        return self._process


checker = Checker()
"""The process of this session."""

atexit.register(checker.close)


def _number(pipe: Any) -> int:
    number: int = pipe.fileno()
    return number
