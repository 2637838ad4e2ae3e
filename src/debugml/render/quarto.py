"""Render with the real Quarto."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from debugml.errors import RenderError


def available() -> str | None:
    """Path of `quarto`, or None where it is not on the PATH."""
    return shutil.which("quarto")


def render(root: Path, pages: Sequence[str], profile: str | None) -> int:
    """Run `quarto render` in the project; returns its exit code.

    Raises
    ------
    RenderError
        If there is no `quarto` on the PATH.
    """
    command = available()
    if command is None:
        raise RenderError(
            "no `quarto` on the PATH: install it (pip install 'debugml[quarto]', or from "
            "quarto.org), or use `--engine embedded`, which needs only debugml[talk]"
        )
    suffix = ["--profile", profile] if profile else []
    # Quarto renders a whole project, or one input at a time.
    for target in list(pages) or ["."]:
        done = subprocess.run([command, "render", target, *suffix], cwd=root, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0
