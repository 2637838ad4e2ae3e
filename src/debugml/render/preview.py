"""`debugml preview`: serve the site on this machine, render what changes, reload."""

from __future__ import annotations

import json
import threading
import time
import webbrowser
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rich.console import Console

from debugml.errors import DebugmlError, RenderError
from debugml.render.command import show, summarise
from debugml.render.project import find_root, load_project
from debugml.render.scripts import prepared
from debugml.render.site import Report

EVENTS = "/__debugml/events"
_POLL_SECONDS = 0.4
_SKIPPED = {"__pycache__", "node_modules", "build", "dist"}
_SCRIPT = f"""
<script>
(function () {{
  var events = new EventSource("{EVENTS}");
  var page = location.pathname.replace(/^\\//, "").replace(/(^|\\/)$/, "$1index.html");
  events.onmessage = function (event) {{
    var changed = JSON.parse(event.data);
    var mine = function (name) {{ return name === page || !/\\.html$/.test(name); }};
    if (changed.some(mine)) location.reload();
  }};
}})();
</script>
"""


class Announcer:
    """Tells every connected page which files of the site changed."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._number = 0
        self._changed: list[str] = []
        self.closed = False

    def announce(self, changed: list[str]) -> None:
        """Send the names of files that changed."""
        with self._condition:
            self._number += 1
            self._changed = changed
            self._condition.notify_all()

    def close(self) -> None:
        """End every open connection."""
        with self._condition:
            self.closed = True
            self._condition.notify_all()

    def messages(self) -> Iterator[list[str] | None]:
        """What changes from now on; None at times, to notice that a page has gone."""
        with self._condition:
            seen = self._number
        while True:
            with self._condition:
                if self._number == seen and not self.closed:
                    self._condition.wait(timeout=5)
                if self.closed:
                    return
                fresh = self._number > seen
                seen, changed = self._number, self._changed
            yield changed if fresh else None


class _Handler(SimpleHTTPRequestHandler):
    """The site's files, with the reloading script in each page."""

    def __init__(self, *args: Any, announcer: Announcer, **kwargs: Any) -> None:
        self._announcer = announcer
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        if self.path == EVENTS:
            self._events()
            return
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path = path / "index.html"
        if path.suffix != ".html" or not path.is_file():
            super().do_GET()
            return
        text = path.read_text("utf-8").replace("</body>", _SCRIPT + "</body>", 1)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not news."""

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self.wfile.write(b": connected\n\n")
            self.wfile.flush()
            for changed in self._announcer.messages():
                line = ": still here\n\n" if changed is None else f"data: {json.dumps(changed)}\n\n"
                self.wfile.write(line.encode())
                self.wfile.flush()
        except OSError:
            pass  # the page has gone


class Preview:
    """A served site that follows its sources.

    Attributes
    ----------
    url : str
        Where it is served.
    """

    def __init__(self, start: Path, *, port: int = 0, profile: str | None = None) -> None:
        self._start = start
        self._profile = profile
        self._console = Console(stderr=True, highlight=False)
        self.root = find_root(start.resolve())
        self._output = self.root / "_site"
        self._seen = self._stamps()
        self.update()
        self._announcer = Announcer()
        handler = partial(_Handler, directory=str(self._output), announcer=self._announcer)
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            raise RenderError(
                f"port {port} cannot be used ({error.strerror}): try another with --port"
            ) from error
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def update(self) -> Report | None:
        """Render what changed; errors are shown and end nothing."""
        begun = time.monotonic()
        try:
            project = prepared(load_project(self._start, self._profile))
            self._output = project.output
            report = show(self._console, project, [])
        except DebugmlError as error:
            self._console.print(f"\nerror: {error}", markup=False, soft_wrap=True)
            return None
        summarise(self._console, report, time.monotonic() - begun)
        return report

    def poll(self) -> bool:
        """Look for changed sources once; returns whether there were any."""
        now = self._stamps()
        if now == self._seen:
            return False
        self._seen = now
        report = self.update()
        if report is not None and report.changed:
            self._announcer.announce(report.changed)
        return True

    def close(self) -> None:
        """Stop serving."""
        self._announcer.close()
        self._server.shutdown()
        self._server.server_close()

    def _stamps(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        waiting = [self.root]
        while waiting:
            folder = waiting.pop()
            try:
                entries = list(folder.iterdir())
            except OSError:
                continue
            for path in entries:
                if path.name.startswith(".") or path.name in _SKIPPED or path == self._output:
                    continue
                try:
                    if path.is_dir():
                        waiting.append(path)
                    else:
                        status = path.stat()
                        found[str(path)] = (status.st_mtime_ns, status.st_size)
                except OSError:
                    continue
        return found


def serve(start: Path, *, port: int, browser: bool, profile: str | None) -> int:
    """Serve until Ctrl-C; returns the exit code.

    Raises
    ------
    RenderError
        If there is no project, or the port is taken.
    """
    preview = Preview(start, port=port, profile=profile)
    Console(stderr=True, highlight=False).print(f"Serving {preview.url}  (Ctrl-C stops)")
    if browser:
        webbrowser.open(preview.url)
    try:
        while True:
            time.sleep(_POLL_SECONDS)
            preview.poll()
    except KeyboardInterrupt:
        return 0
    finally:
        preview.close()
