"""Small projects to render, and what rendering them said."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from debugml.errors import DebugmlError
from debugml.render import command

PROJECT = """
project:
  type: website
  output-dir: _site
  execute-dir: project
website:
  title: Site
  search: false
format:
  html:
    toc: true
execute:
  echo: true
"""


@dataclass
class Site:
    """A project in a temporary folder."""

    root: Path
    capture: pytest.CaptureFixture[str]

    def write(self, files: dict[str, str]) -> Site:
        """Write sources, their common indent removed."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
        return self

    def render(
        self, *pages: str, profile: str | None = None, force: bool = False
    ) -> tuple[int, str]:
        """Render with the embedded engine: the exit code, and what it printed."""
        self.capture.readouterr()
        paths = [Path(page) for page in pages]
        try:
            code = command.render(self.root, paths, engine="embedded", profile=profile, force=force)
        except DebugmlError as error:
            return 1, f"error: {error}"
        return code, self.capture.readouterr().err

    def html(self, name: str) -> str:
        """A written page."""
        return (self.root / "_site" / name).read_text("utf-8")


def page(body: str, front: str = "title: Page") -> str:
    """A page's source: front matter and a body whose common indent is removed."""
    return f"---\n{front}\n---\n\n{textwrap.dedent(body).strip()}\n"
