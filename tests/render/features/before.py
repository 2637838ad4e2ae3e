"""Runs before the pages are read, and writes one."""

from pathlib import Path

Path("book/third.qmd").write_text("---\ntitle: Third\n---\n\nWritten by a [script](page.qmd).\n")
