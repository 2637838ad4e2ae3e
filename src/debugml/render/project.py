"""The Quarto project: `_quarto.yml`, its profiles, environment files and pages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from debugml.errors import RenderError
from debugml.render.yamlmap import YamlMap, merge

# What the engine honours, or may ignore without a reader noticing.
_TOP_KEYS = {
    "project", "website", "format", "bibliography", "csl", "link-citations", "execute", "jupyter",
    "lang", "author", "date", "profile", "number-sections",
}  # fmt: skip
_PROJECT_KEYS = {
    "type", "output-dir", "execute-dir", "render", "resources", "title",
    "pre-render", "post-render",
}  # fmt: skip
_WEBSITE_KEYS = {
    "title", "description", "search", "page-navigation", "navbar", "sidebar", "page-footer",
}  # fmt: skip
_HTML_KEYS = {
    "theme", "css", "toc", "toc-depth", "toc-title", "number-sections", "code-copy",
    "html-math-method", "fig-format", "fig-width", "fig-height", "lang", "code-fold",
    "code-summary", "code-line-numbers", "code-overflow", "include-in-header",
    "respect-user-color-scheme",
}  # fmt: skip
_REVEAL_KEYS = {
    "theme", "css", "slide-number", "hash", "width", "height", "margin", "center",
    "html-math-method", "fig-format", "fig-width", "fig-height", "incremental", "transition",
    "background-transition", "controls", "progress", "history", "navigation-mode", "slide-level",
    "code-copy", "code-line-numbers", "code-overflow", "footer", "title-slide-attributes",
    "center-title-slide", "lang", "pdf-separate-fragments", "number-sections", "toc",
    "include-in-header",
}  # fmt: skip
FORMAT_KEYS = {"html": _HTML_KEYS, "revealjs": _REVEAL_KEYS}
EXECUTE_KEYS = {
    "echo", "eval", "output", "warning", "error", "include", "daemon", "cache", "keep-ipynb",
}  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A website project, its profile applied.

    Attributes
    ----------
    root : Path
        Folder of `_quarto.yml`.
    config : dict
        The merged project file.
    variables : dict
        `_variables.yml`.
    profiles : tuple of str
        The active profiles, most important first.
    environment : dict
        What the environment files add to the environment of the cells.
    named : dict
        All that those files name, also what the process's own environment overrides.
    pages : tuple of str
        Sources to render, relative to the root with ``/``.
    """

    root: Path
    config: dict[str, Any]
    variables: dict[str, Any]
    profiles: tuple[str, ...]
    environment: dict[str, str]
    named: dict[str, str]
    pages: tuple[str, ...]

    @property
    def output(self) -> Path:
        """The folder that the site is written to."""
        return self.root / str(self.config["project"].get("output-dir", "_site"))

    @property
    def cache(self) -> Path:
        """The folder of the execution cache."""
        return self.root / ".debugml" / "pages"

    def section(self, *keys: str) -> dict[str, Any]:
        """A nested mapping of the project file, empty where it is absent."""
        value: Any = self.config
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds `_quarto.yml`.

    Raises
    ------
    RenderError
        If there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "_quarto.yml").is_file():
            return folder
    raise RenderError(
        f"no _quarto.yml in {start} or above it: run this inside a clone of the project"
    )


def load_project(start: Path, profile: str | None = None) -> Project:
    """Read the project around `start` as Quarto would.

    Parameters
    ----------
    start : Path
        A folder inside the project.
    profile : str, optional
        One or more profiles, with commas; else `QUARTO_PROFILE`, from the
        environment or the environment files.

    Raises
    ------
    RenderError
        If there is no project, or its file asks for what the engine lacks.
    """
    root = find_root(start.resolve())
    base = YamlMap.read(root / "_quarto.yml", "_quarto.yml")
    _validate(base)
    profiles = _active_profiles(root, profile, base.data)
    config = base.data
    variables = _read_optional(root, "_variables.yml")
    # The first profile named wins, so it is merged last.
    for name in reversed(profiles):
        over = _read_profile(root, name)
        if over is not None:
            _validate(over)
            config = merge(config, over.data)
    if config.get("project", {}).get("type") != "website":
        raise RenderError(
            f"{base.where('project', 'type')}: the embedded engine renders projects of type website"
        )
    output = config["project"].get("output-dir", "_site")
    inside = (root / output).resolve()
    if inside == root or root not in inside.parents:
        raise RenderError(
            f"{base.where('project', 'output-dir')}: the output folder must be inside the project"
        )
    named = _named(root, profiles)
    return Project(
        root=root,
        config=config,
        variables=variables,
        profiles=profiles,
        environment=_environment(named, profiles),
        named=named,
        pages=_pages(root, config, base),
    )


def _validate(file: YamlMap) -> None:
    def check(keys: tuple[str, ...], known: set[str]) -> None:
        value: Any = file.data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            return
        if not isinstance(value, dict):
            raise RenderError(f"{file.where(*keys)}: expected keys and values")
        for key in value:
            if key not in known:
                name = ".".join((*keys, str(key)))
                raise RenderError(
                    f"{file.where(*keys, str(key))}: the embedded engine does not know `{name}`"
                )

    check((), _TOP_KEYS)
    check(("project",), _PROJECT_KEYS)
    check(("website",), _WEBSITE_KEYS)
    check(("format",), set(FORMAT_KEYS))
    check(("execute",), EXECUTE_KEYS)
    for name, known in FORMAT_KEYS.items():
        if isinstance(file.data.get("format"), dict) and isinstance(
            file.data["format"].get(name), dict
        ):
            check(("format", name), known)
    check_jupyter(file)


def check_jupyter(file: YamlMap) -> None:
    """Refuse any kernel but Python's."""
    kernel = file.data.get("jupyter", "python3")
    if kernel != "python3":
        raise RenderError(f"{file.where('jupyter')}: only `jupyter: python3` is supported")


def _active_profiles(root: Path, given: str | None, config: dict[str, Any]) -> tuple[str, ...]:
    text = given or os.environ.get("QUARTO_PROFILE", "")
    if not text:
        for name in ("_environment.local", "_environment"):
            text = text or _dotenv(root / name).get("QUARTO_PROFILE", "")
    profiles = [part for part in text.replace(",", " ").split() if part]
    settings = config.get("profile") or {}
    if isinstance(settings, dict):
        if not profiles and settings.get("default"):
            default = settings["default"]
            profiles = [default] if isinstance(default, str) else list(default)
        if settings.get("group"):
            raise RenderError("_quarto.yml: the embedded engine does not know `profile.group`")
    for name in profiles:
        if not any(
            (root / file).exists() for file in (f"_quarto-{name}.yml", f"_environment-{name}")
        ):
            raise RenderError(
                f"unknown profile {name!r}: neither _quarto-{name}.yml nor "
                f"_environment-{name} exists in the project"
            )
    return tuple(dict.fromkeys(profiles))


def _read_profile(root: Path, name: str) -> YamlMap | None:
    path = root / f"_quarto-{name}.yml"
    return YamlMap.read(path, path.name) if path.is_file() else None


def _read_optional(root: Path, name: str) -> dict[str, Any]:
    path = root / name
    return YamlMap.read(path, name).data if path.is_file() else {}


def _named(root: Path, profiles: tuple[str, ...]) -> dict[str, str]:
    """What the environment files say, the most specific last."""
    names = ["_environment", *(f"_environment-{name}" for name in reversed(profiles))]
    merged: dict[str, str] = {}
    for name in [*names, "_environment.local"]:
        merged.update(_dotenv(root / name))
    return merged


def _environment(named: dict[str, str], profiles: tuple[str, ...]) -> dict[str, str]:
    """What they add: the process's own environment wins over them."""
    environment = {key: value for key, value in named.items() if key not in os.environ}
    if profiles:
        environment["QUARTO_PROFILE"] = ",".join(profiles)
    return environment


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    values = {}
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip().isidentifier():
            raise RenderError(f"{path.name}:{number}: expected NAME=value")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.split(" #", 1)[0].rstrip()
        values[key.strip()] = value
    return values


def _pages(root: Path, config: dict[str, Any], file: YamlMap) -> tuple[str, ...]:
    patterns = config["project"].get("render") or ["**/*.qmd"]
    if not isinstance(patterns, list) or not all(isinstance(p, str) and p for p in patterns):
        raise RenderError(f"{file.where('project', 'render')}: give a list of names of pages")
    pages: dict[str, None] = {}
    for pattern in patterns:
        keep = not pattern.startswith("!")
        found = sorted(root.glob(pattern.removeprefix("!").lstrip("/")))
        names = [path.relative_to(root).as_posix() for path in found if path.suffix == ".qmd"]
        for name in names:
            # As in Quarto: names that start with `_` or `.` are parts, not pages.
            hidden = any(part[0] in "_." for part in PurePosixPath(name).parts)
            if keep and not hidden:
                pages[name] = None
            else:
                pages.pop(name, None)
    if not pages:
        raise RenderError(f"{file.where('project', 'render')}: no page matches the render list")
    return tuple(pages)
