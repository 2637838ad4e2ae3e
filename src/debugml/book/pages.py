"""Write the pages that come from sources, when their sources have changed."""

from __future__ import annotations

from pathlib import Path

from ..render.cache import digest, write_atomically, write_if_changed
from ..render.keys import file_digest, package_digest
from ..render.project import load_project

STAMP = ".debugml/book.stamp"
INDEX = "talk/figures.qmd"
ORIGINAL = "talk/original.qmd"
MAP = "talk/source-map.toml"


def write_pages(root: Path) -> list[str]:
    """Write the reference, the index of figures and the map of the original talk.

    Pages of modules that went are removed.

    Where no source has changed since the last time, nothing is read but the sources' digests.
    A page that says the same stays untouched.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    list of str
        Pages that are new or say something else now.

    Raises
    ------
    RenderError
        If the project can't be read, or griffe is not installed.
    """
    stamp = root / STAMP
    made_of = _sources(root)
    if stamp.is_file() and stamp.read_text("utf-8") == digest(made_of, _present(root)):
        return []
    # Only now: to read the package's source takes a second.
    from .figures import index_of_figures
    from .original import original
    from .reference import FOLDER, reference

    project = load_project(root)
    pages = {**reference(project), INDEX: index_of_figures(project)}
    if (root / MAP).is_file():
        pages[ORIGINAL] = original(project)
    for path in (root / FOLDER).glob("*.qmd"):
        if path.relative_to(root).as_posix() not in pages:
            path.unlink()
    changed = [name for name, text in pages.items() if write_if_changed(root / name, text.encode())]
    write_atomically(stamp, digest(made_of, _present(root)).encode())
    return changed


def _sources(root: Path) -> list[list[str]]:
    """The package, and the pages that people write."""
    found = [["package", package_digest()]]
    for path in sorted((root / "talk").glob("**/*.qmd")):
        if not _is_written(root, path):
            found.append([path.relative_to(root).as_posix(), file_digest(path)])
    for name in ("_quarto.yml", MAP):
        found.append([name, file_digest(root / name)])
    return found


def _present(root: Path) -> list[list[str]]:
    """The pages as they were left: one that was edited or removed is written again."""
    paths = [*(root / "talk" / "api").glob("*.qmd"), root / INDEX, root / ORIGINAL]
    return [[path.name, file_digest(path)] for path in sorted(paths)]


def _is_written(root: Path, path: Path) -> bool:
    return path.parent == root / "talk" / "api" or path in {root / INDEX, root / ORIGINAL}
