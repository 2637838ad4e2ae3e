"""What a student's code may use and touch. It contains accidents, not attackers.

Python code that wants out gets out: limits of memory, time and file size are the system's own,
but what may be written or connected to is asked in Python, by an audit hook. To check answers of
people whom you don't trust, run the checks in a container or a virtual machine without network.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MB = 2**20

_CHANGES = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link",
    "os.symlink", "os.truncate", "os.utime", "shutil.rmtree", "shutil.move", "shutil.copyfile",
}  # fmt: skip
_STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile"}
_CONNECTS = {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Limits:
    """What one piece of a student's work may use.

    Attributes
    ----------
    seconds : float
        From start to end.
    memory : int
        Megabytes beyond what was there before it began.
    printed : int
        Megabytes of output.
    written : int
        Megabytes in one file of its own folder.
    """

    seconds: float = 20.0
    memory: int = 1024
    printed: int = 5
    written: int = 50


def contain(folder: Path, limits: Limits) -> None:
    """From here on, this process has the limits, and writes only to the folder. No way back.

    Parameters
    ----------
    folder : Path
        Becomes the working folder, and home of what the package keeps.
    limits : Limits
    """
    import resource

    os.chdir(folder)
    os.environ.update(HOME=str(folder), DEBUGML_HOME=str(folder), TMPDIR=str(folder))
    sys.dont_write_bytecode = True
    processor = int(limits.seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written * MB, limits.written * MB))
    if there := _address_space():
        allowed = there + limits.memory * MB
        # A system that has no such limit (macOS) goes without.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    sys.addaudithook(_Guard(folder.resolve()))


def _address_space() -> int:
    """Bytes of address space in use; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("utf-8").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


class _Guard:
    """Refuses to write elsewhere, to start programs and to use the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & _WRITES and not self._own(path):
                raise PermissionError(f"a check writes only to its own folder, not to {path!s}")
        elif event in _CHANGES:
            if not self._own(args[0]):
                raise PermissionError(f"a check changes nothing outside its folder: {args[0]!s}")
        elif event in _STARTS:
            raise PermissionError("a check starts no other programs")
        elif event in _CONNECTS:
            raise PermissionError("a check does not use the network")
        elif event == "os.kill":
            raise PermissionError("a check ends no processes")

    def _own(self, path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return True
        try:
            full = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return True
        return full == os.devnull or full == self.folder or full.startswith(self.folder + os.sep)
