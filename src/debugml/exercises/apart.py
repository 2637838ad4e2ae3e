"""Work in a process of its own: forked, limited, watched, and gone afterwards.

The process that forks has imported everything already, so that starting one costs
milliseconds. Whatever the work does (loops, crashes, exits, prints without end, changes what it
finds), the forking process lives on unchanged.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .limits import MB, Limits, contain
from .wire import Reader, write

SHOWN = 4000
"""Characters of output that are kept."""

# Statuses that student code is not likely to end with by itself.
_CALLED_EXIT, _NO_MEMORY = 231, 232


@dataclass
class Ran:
    """What came out of a piece of work.

    Attributes
    ----------
    messages : list of bytes
        What it sent, in order, also where it did not end well.
    output : str
        The beginning of what it printed.
    stopped : str
        What ended it before its time, in words; empty if it came to its end.
    seconds : float
    """

    messages: list[bytes] = field(default_factory=list)
    output: str = ""
    stopped: str = ""
    seconds: float = 0.0


def apart(work: Callable[[Callable[[bytes], None]], None], limits: Limits) -> Ran:
    """Run a piece of work in a fork of this process.

    Parameters
    ----------
    work : callable
        Is given a function that sends bytes to the caller.
    limits : Limits

    Returns
    -------
    Ran

    Examples
    --------
    >>> apart(lambda send: send(b"42"), Limits()).messages
    [b'42']
    """
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="debugml-check-"))
    message_in, message_out = os.pipe()
    print_in, print_out = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(message_in)
        os.close(print_in)
        _in_child(work, folder, limits, message_out, print_out)
    os.close(message_out)
    os.close(print_out)
    try:
        ran = _watch(child, message_in, print_in, limits, started)
    finally:
        os.close(message_in)
        os.close(print_in)
        _end(child)
        shutil.rmtree(folder, ignore_errors=True)
    ran.seconds = time.monotonic() - started
    return ran


def _in_child(
    work: Callable[[Callable[[bytes], None]], None],
    folder: Path,
    limits: Limits,
    messages: int,
    printed: int,
) -> None:
    """Never returns."""
    status = 1
    try:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for the process' life
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        contain(folder, limits)
        work(lambda said: write(messages, said))
        status = 0
    except SystemExit:
        status = _CALLED_EXIT
    except MemoryError:
        status = _NO_MEMORY
    except BaseException as error:
        with contextlib.suppress(BaseException):
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _watch(child: int, messages: int, printed: int, limits: Limits, started: float) -> Ran:
    ran, reader, heard, much = Ran(), Reader(), bytearray(), 0
    until = started + limits.seconds
    with selectors.DefaultSelector() as watched:
        watched.register(messages, selectors.EVENT_READ)
        watched.register(printed, selectors.EVENT_READ)
        while watched.get_map():
            left = until - time.monotonic()
            if left <= 0:
                ran.stopped = (
                    f"was stopped after {limits.seconds:g} seconds; look for an endless loop"
                )
                break
            for key, _ in watched.select(min(left, 0.5)):
                got = os.read(key.fd, 1 << 16)
                if not got:
                    watched.unregister(key.fd)
                elif key.fd == messages:
                    ran.messages += reader.feed(got)
                else:
                    much += len(got)
                    heard += got[: max(0, 4 * SHOWN - len(heard))]
            if much > limits.printed * MB:
                ran.stopped = f"was stopped after {limits.printed} MB of output: print less"
                break
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) and not (
                watched.select(0)
            ):
                # Gone, and nothing left to read: something that it started may hold the pipes.
                break
    ran.output = heard.decode("utf-8", "replace")[:SHOWN]
    if not ran.stopped:
        ran.stopped = _ended(child, limits)
    return ran


def _ended(child: int, limits: Limits) -> str:
    """How a process that has closed its pipes came to its end, if not well."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        info = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if info is None:
            time.sleep(0.002)
            continue
        if info.si_code == os.CLD_EXITED:
            return {
                0: "",
                _CALLED_EXIT: "called exit(): in production, that takes the whole service down",
                _NO_MEMORY: f"asked for more than {limits.memory:,} MB of memory",
            }.get(info.si_status, f"ended its process with status {info.si_status}")
        name = signal.Signals(info.si_status).name
        if info.si_status == signal.SIGXCPU:
            return f"was stopped after {limits.seconds:g} seconds of computing"
        return f"crashed its process ({name})"
    return "closed what it reports to, and went on"


def _end(child: int) -> None:
    """Whatever is left of the work ends."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
