"""A web server of one folder on loopback, which does wrong what it is told to."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Faulty:
    """What the server serves, does wrong, and has done.

    ``plan`` is a fault for each GET of a file that is there, in order; when it is used up,
    ``always``. A fault is ``""`` for none, an answer's number, ``stall``, ``cut``, ``longer`` (it
    says more bytes than it sends), ``shorter``, ``page`` (another file altogether). A server that
    ``heeds`` nothing goes on with a file that is no longer the one that was begun.
    """

    folder: Path
    plan: list[str] = field(default_factory=list)
    always: str = ""
    ranges: bool = True
    etags: bool = True
    heeds: bool = True
    head: bool = True
    pause: float = 0.0
    after: int = 200_000
    gets: list[str] = field(default_factory=list)
    heads: int = 0
    sent: int = 0
    stalled: threading.Event = field(default_factory=threading.Event)
    address: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: Faulty

    def log_message(self, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.told.heads += 1
        path = self.told.folder / self.path.lstrip("/")
        code = 501 if not self.told.head else 200 if path.is_file() else 404
        self._start(code, path.stat().st_size if code == 200 else 0)

    def do_GET(self) -> None:
        told, path = self.told, self.told.folder / self.path.lstrip("/")
        if not path.is_file():
            self._start(404, 0)
            return
        told.gets.append(self.headers.get("Range", ""))
        fault = told.plan.pop(0) if told.plan else told.always
        if fault.isdigit():
            self._start(int(fault), 0)
            return
        body = b"<html><body>Log in first</body></html>\n" if fault == "page" else path.read_bytes()
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        first, whole = 0, len(body)
        asked = self.headers.get("Range", "")
        same = not told.heeds or self.headers.get("If-Range", etag) == etag
        if asked and told.ranges and same:
            first = int(asked.removeprefix("bytes=").rstrip("-"))
            body = body[first:]
        length = len(body) + {"longer": 1000, "shorter": -1000}.get(fault, 0)
        if first >= whole:
            self._start(416, 0, {"Content-Range": f"bytes */{whole}"})
            return
        headers = {"ETag": etag} if told.etags else {}
        if first:
            headers["Content-Range"] = f"bytes {first}-{whole - 1}/{whole}"
        self._start(206 if first else 200, length, headers)
        stop = told.after if fault in ("cut", "stall") else None
        for at in range(0, len(body), 50_000):
            if stop is not None and at >= stop:
                break
            self._send(body[at : at + 50_000])
            time.sleep(told.pause)
        if fault == "stall":
            told.stalled.wait(20)
        if fault in ("cut", "stall", "longer", "shorter"):
            self.close_connection = True

    def _send(self, block: bytes) -> None:
        # Counted before they go: a client may be done before this thread runs on.
        self.told.sent += len(block)
        try:
            self.wfile.write(block)
            self.wfile.flush()
        except OSError:
            self.told.sent -= len(block)
            self.close_connection = True

    def _start(self, code: int, length: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[Faulty]:
    """A server of a folder, until the block ends; with a context by https."""
    told = Faulty(folder)
    handler = type("Handler", (_Handler,), {"told": told})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    told.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        told.stalled.set()
        server.shutdown()
        server.server_close()
        thread.join()
