"""Imported first by every peer: nothing is reported to anyone, and no connection can be made."""

from __future__ import annotations

import json
import os
import socket
import sys
from importlib.metadata import version
from typing import Any, NoReturn

os.environ |= {
    "DO_NOT_TRACK": "1",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "NML_DISABLE_USER_ANALYTICS": "1",
}


def _refuse(*_: object, **__: object) -> NoReturn:
    raise OSError("a peer of the benchmarks has no network")


socket.socket.connect = socket.socket.connect_ex = _refuse  # type: ignore[method-assign,assignment]
socket.getaddrinfo = _refuse


def tell(package: str, seconds: float, found: dict[str, Any]) -> None:
    """One line of JSON for the benchmark: seconds, the peer's version, a value for each column."""
    told = {"seconds": seconds, "peer": f"{package} {version(package)}", "found": found}
    json.dump(told, sys.stdout, default=float)
    print()
