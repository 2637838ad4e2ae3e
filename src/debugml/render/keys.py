"""What a page depends on, as digests."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from debugml import settings
from debugml.render.cache import Cache, digest
from debugml.render.cells import Cell, Part
from debugml.render.project import Project
from debugml.render.source import Source

_REQUIREMENT = re.compile(r"^[A-Za-z0-9_.-]+")
_ENGINE = ("*.py", "filters/*.lua")
BENCHMARKS = "talk/benchmarks.json"
"""Figures of `make bench`, for the page that reads them."""


def execution_key(project: Project, source: Source, parts: list[Part]) -> str | None:
    """Digest of everything that the results of a page's code depend on.

    None for a page that runs no code. Prose is not among it: what a cell shows
    is decided by the cells before it, the data, the package's code and its
    libraries, the environment and the project's settings.
    """
    steps: list[Any] = []
    code: list[str] = []
    for part in parts:
        if isinstance(part, Cell):
            steps.append(["cell", part.code, part.options])
            if part.options["eval"]:
                code.append(part.code)
        else:
            steps.extend(["inline", inline.expression] for inline in part.inlines)
            code.extend(inline.expression for inline in part.inlines)
    if not code:
        return None
    return digest(
        "execution-1",
        steps,
        source.name,
        figure_settings(source),
        _reached(project, code),
        environment_digest(project),
        _records(project, code),
    )


def conversion_key(project: Project, source: Source, execution: str | None) -> str:
    """Digest of everything that a page's converted HTML depends on."""
    return digest(
        "conversion-1",
        source.name,
        source.meta,
        source.format,
        [[line.text, line.file, line.number] for line in source.lines],
        execution,
        project.variables,
        project.profiles,
        project.environment,
        [file_digest(path) for path in bibliography(project, source)],
        file_digest(csl) if (csl := style(project, source)) else None,
        engine_digest(),
    )


def figure_settings(source: Source) -> tuple[str, tuple[float, float]]:
    """Image format and size in inches of matplotlib's figures; Quarto's defaults."""
    deck = source.format == "revealjs"
    width = float(source.option("fig-width", 10 if deck else 7))
    height = float(source.option("fig-height", 5))
    return str(source.option("fig-format", "svg")), (width, height)


def bibliography(project: Project, source: Source) -> list[Path]:
    """The page's bibliography files: its own beside it, the project's from the root."""
    own = source.own.get("bibliography")
    folder = (project.root / source.name).parent if own else project.root
    given = own or project.config.get("bibliography") or []
    names = [given] if isinstance(given, str) else [str(name) for name in given]
    return [project.root / n.lstrip("/") if n.startswith("/") else folder / n for n in names]


def style(project: Project, source: Source) -> Path | None:
    """The page's citation style, or None for Pandoc's default."""
    own = source.own.get("csl")
    name = str(own or project.config.get("csl") or "")
    if not name:
        return None
    folder = (project.root / source.name).parent if own else project.root
    return project.root / name.lstrip("/") if name.startswith("/") else folder / name


@lru_cache(maxsize=512)
def _bytes_digest(path: Path, size: int, mtime: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def file_digest(path: Path) -> str:
    """Digest of a file's bytes; of its absence where it is not there."""
    try:
        status = path.stat()
        return _bytes_digest(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return "absent"


def environment_digest(project: Project) -> str:
    """Digest of what every page's code depends on alike."""
    own = {key: value for key, value in os.environ.items() if key.startswith("DEBUGML_")}
    # What the kernel will see: the process's own value of a name wins over the file's.
    named = {key: os.environ.get(key, value) for key, value in project.named.items()}
    return digest(
        project.profiles,
        named,
        project.variables,
        own,
        _data(project, {**project.environment, **own}),
        versions(),
    )


def _records(project: Project, code: list[str]) -> list[Any]:
    """When and where results were computed, for a page that tells it; no other depends on it."""
    found: list[Any] = []
    if any("study.made(" in text for text in code):
        results = project.root / "data_samples" / "results"
        found += [[path.parent.name, file_digest(path)] for path in sorted(results.rglob("*.json"))]
    if any(BENCHMARKS in text for text in code):
        found.append([BENCHMARKS, file_digest(project.root / BENCHMARKS)])
    return found


def _data(project: Project, environment: dict[str, str]) -> list[Any]:
    """The data that pages read: samples' manifest, committed results, study in use, source."""
    samples = project.root / "data_samples"
    found: list[Any] = [
        [path.name, file_digest(path)] for path in sorted(samples.glob("*manifest*"))
    ]
    results = samples / "results"
    for path in sorted(results.rglob("*.parquet")):
        # When and where it was computed changes nothing on a page.
        found.append([path.relative_to(results).as_posix(), file_digest(path)])
    study, _ = settings.study_named(environment)
    if study != settings.SAMPLE:
        # It has the digests of all that the study holds.
        found.append(
            [study, file_digest(project.root / Path(study).expanduser() / settings.STUDY_FILE)]
        )
    source = environment.get("DEBUGML_SOURCE", "")
    folder = project.root / source if source and "://" not in source else None
    if folder is not None and folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                status = path.stat()
                found.append([path.as_posix(), status.st_size, status.st_mtime_ns])
    return found


@lru_cache(maxsize=1)
def _library_names() -> tuple[str, ...]:
    try:
        requirements = importlib.metadata.requires("debugml") or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    # What only tests need changes no page.
    kept = [text for text in requirements if not re.search(r"extra == .(test|quarto).", text)]
    names = {match.group(0).lower() for text in kept if (match := _REQUIREMENT.match(text))}
    return tuple(sorted(names | {"ipykernel", "ipython"} - {"debugml"}))


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that the package asks for."""
    found = {"python": platform.python_version(), "platform": sys.platform}
    for name in _library_names():
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def _reached(project: Project, code: list[str]) -> str:
    """Digest of the package's functions that a page's code reaches."""
    # Cells and expressions are read as one module, so that names carry over.
    text = "\n".join(code)
    # To follow the names takes a moment for each page, to hash the package does not.
    cache = Cache(project.cache / "reached")
    key = digest("reached-1", text, package_digest())
    found = cache.get(key)
    if not isinstance(found, str):
        from debugml.closure import of_source

        found = of_source(text).digest
        cache.put(key, found)
    return found


def package_digest() -> str:
    """Digest of every file of the package."""
    folder = Path(__file__).parents[1]
    return digest(
        [
            [path.relative_to(folder).as_posix(), file_digest(path)]
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.parent.name != "__pycache__"
        ]
    )


@lru_cache(maxsize=1)
def engine_digest() -> str:
    """Digest of the engine's own code and of Pandoc's version."""
    folder = Path(__file__).parent
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in _ENGINE
        for path in sorted(folder.glob(pattern))
    }
    try:
        pandoc = importlib.metadata.version("pypandoc-binary")
    except importlib.metadata.PackageNotFoundError:
        pandoc = "absent"
    return digest(found, pandoc)
