"""Before the book is rendered: write the pages and notebooks that come from sources.

`pre-render` in _quarto.yml names this script; both engines run it in the project's folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from debugml.book import write_pages
from debugml.errors import DebugmlError
from debugml.exercises.notebook import write_copies

if __name__ == "__main__":
    try:
        write_pages(Path.cwd())
        write_copies(Path.cwd())
    except DebugmlError as error:
        sys.exit(f"error: {error}")
