"""The site's search index, by pagefind."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from debugml.errors import RenderError

FOLDER = "pagefind"


def executable() -> Path:
    """The binary that `pagefind[bin]` carries.

    Raises
    ------
    RenderError
        If it is not installed.
    """
    try:
        import pagefind_bin  # type: ignore[import-untyped]
    except ImportError as error:
        raise RenderError(
            "the embedded engine needs pagefind: pip install 'debugml[talk]'"
        ) from error
    for name in ("pagefind", "pagefind.exe"):
        path = Path(str(pagefind_bin.__file__)).parent / name
        if path.is_file():
            return path
    raise RenderError("pagefind's binary is missing: pip install --force-reinstall 'pagefind[bin]'")


def index(site: Path) -> None:
    """Index every page's `main`; the old index stays until the new one is whole.

    Raises
    ------
    RenderError
        If pagefind fails.
    """
    with tempfile.TemporaryDirectory(dir=site, prefix=".pagefind-") as name:
        fresh = Path(name) / FOLDER
        done = subprocess.run(
            [
                str(executable()),
                "--site",
                str(site),
                "--output-path",
                str(fresh),
                "--root-selector",
                "main",
                "--exclude-selectors",
                "pre, svg, nav, .code-fold",
                "--force-language",
                "en",
                "--quiet",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not (fresh / "pagefind.js").is_file():
            raise RenderError(f"pagefind failed:\n{done.stdout}{done.stderr}".strip())
        old = Path(name) / "old"
        if (site / FOLDER).exists():
            (site / FOLDER).rename(old)
        fresh.rename(site / FOLDER)
        shutil.rmtree(old, ignore_errors=True)
