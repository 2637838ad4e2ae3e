"""Runs before the pages are read, and writes one."""

from pathlib import Path

PAGE = "---\ntitle: Third\n---\n\nWritten by a [script](page.qmd).\n"

if __name__ == "__main__":
    Path("book/third.qmd").write_text(PAGE)
