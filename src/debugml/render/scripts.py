"""The project's own scripts that run before its pages are read, as Quarto runs them."""

from __future__ import annotations

import os
import subprocess
import sys

from debugml.errors import RenderError
from debugml.render.project import Project, load_project


def prepared(project: Project, *, every_page: bool = True) -> Project:
    """Run `project: pre-render`, and read the project again: scripts may write pages.

    Parameters
    ----------
    project : Project
    every_page : bool
        Whether all pages will be rendered; the scripts are told, as Quarto tells them.

    Raises
    ------
    RenderError
        If a script is none that the engine can run, or ends with an error: with its output.
    """
    given = project.section("project").get("pre-render") or []
    scripts = [given] if isinstance(given, str) else list(given)
    for script in scripts:
        _run(project, str(script), every_page=every_page)
    if not scripts:
        return project
    return load_project(project.root, ",".join(project.profiles) or None)


def _run(project: Project, script: str, *, every_page: bool) -> None:
    path = project.root / script
    if path.suffix != ".py":
        raise RenderError(
            f"_quarto.yml: pre-render: {script}: the embedded engine runs Python scripts only"
        )
    if not path.is_file():
        raise RenderError(f"_quarto.yml: pre-render: {script}: no such file")
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=project.root,
        env={**os.environ, **project.environment, **_told(project, every_page)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise RenderError(
            f"{script}, which runs before the pages are read, ended with status "
            f"{done.returncode}:\n\n{done.stdout.strip()}"
        )


def _told(project: Project, every_page: bool) -> dict[str, str]:
    """The environment variables that Quarto gives such a script."""
    told = {
        "QUARTO_PROJECT_DIR": str(project.root),
        "QUARTO_PROJECT_OUTPUT_DIR": str(project.output),
        "QUARTO_PROJECT_INPUT_FILES": "\n".join(project.pages),
        "QUARTO_PROFILE": ",".join(project.profiles),
        "PYTHONIOENCODING": "utf-8",
    }
    if every_page:
        told["QUARTO_PROJECT_RENDER_ALL"] = "1"
    return told
