"""After Quarto's render: write the pages' notebooks (`post-render` in _quarto.yml)."""

from __future__ import annotations

import sys
from pathlib import Path

from debugml.errors import DebugmlError
from debugml.render.kept import write_notebooks

if __name__ == "__main__":
    try:
        write_notebooks(Path.cwd())
    except DebugmlError as error:
        sys.exit(f"error: {error}")
