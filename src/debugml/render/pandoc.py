"""Run Pandoc over a page's Markdown, and read back what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from debugml.errors import RenderError

FILTERS = Path(__file__).parent / "filters"
# Parts of the page, one after the other; the mark cannot occur in HTML text.
_MARK = "\x1e"
_FIELDS = (
    "title",
    "subtitle",
    "description",
    "abstract",
    "date",
    "institute",
    "toc",
    "appendix",
    "body",
)
_TEMPLATE = _MARK.join(
    [f"${field}$" for field in _FIELDS] + ["$for(author)$$author$$sep$\x1f$endfor$"]
)
READER = "markdown+auto_identifiers-implicit_header_references+implicit_header_references"
_CITATION = re.compile(r"\[WARNING\] Citeproc: citation (\S+) not found")
_CELL_CODE = re.compile(
    r'<div class="sourceCode"([^>]*><pre class="[^"]*?) cell-code((?: [^"]*)?)("[^>]*>)'
)
_NOTES = re.compile(r'<section id="footnotes"[^>]*>\s*<hr ?/?>(.*)</section>\s*\Z', re.S)


@dataclass(frozen=True)
class Converted:
    """A page's pieces in HTML, and the problems met on the way.

    Attributes
    ----------
    fields : dict
        HTML of the title, the table of contents, the body and so on.
    authors : tuple of str
        HTML of each author.
    problems : tuple of (str, str)
        What is wrong, and the text in the source that it is about.
    """

    fields: dict[str, str]
    authors: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def executable() -> str:
    """The Pandoc that `pypandoc-binary` carries.

    Raises
    ------
    RenderError
        If it is not installed.
    """
    try:
        import pypandoc
    except ImportError as error:
        raise RenderError(
            "the embedded engine needs Pandoc: pip install 'debugml[talk]'"
        ) from error
    path: str = pypandoc.get_pandoc_path()
    return path


def convert(
    markdown: str,
    *,
    folder: Path,
    metadata: dict[str, Any],
    settings: dict[str, Any],
    bibliography: Sequence[Path] = (),
    csl: Path | None = None,
    toc_depth: int = 0,
    incremental: bool = False,
) -> Converted:
    """Markdown with cell outputs to HTML.

    Parameters
    ----------
    markdown : str
        The page, without front matter.
    folder : Path
        Where relative paths start.
    metadata : dict
        The front matter's texts, themselves Markdown.
    settings : dict
        What the Lua filters need: format, folder in the project, profiles.
    bibliography, csl
        Citations are resolved where a bibliography is given.
    toc_depth : int
        Zero for no table of contents.
    incremental : bool
        Whether a deck's lists appear item by item.

    Raises
    ------
    RenderError
        If Pandoc fails.
    """
    with tempfile.TemporaryDirectory(prefix="debugml-pandoc-") as name:
        scratch = Path(name)
        (scratch / "page.html").write_text(_TEMPLATE, "utf-8")
        (scratch / "meta.json").write_text(json.dumps(metadata), "utf-8")
        deck = settings["format"] == "revealjs"
        command = [
            executable(),
            f"--from={READER}",
            f"--to={'revealjs' if deck else 'html5'}",
            f"--template={scratch / 'page.html'}",
            f"--metadata-file={scratch / 'meta.json'}",
            "--mathml",
            "--wrap=none",
            f"--lua-filter={FILTERS / 'quarto.lua'}",
        ]
        if deck:
            # No section round a heading within a slide: reveal.js would take it for a slide.
            command.append("--slide-level=2")
            if incremental:
                command.append("--incremental")
        else:
            command.append("--section-divs")
        if toc_depth:
            command += ["--toc", f"--toc-depth={toc_depth}"]
        if bibliography:
            command += ["--citeproc", *(f"--bibliography={path}" for path in bibliography)]
            if csl is not None:
                command.append(f"--csl={csl}")
        command.append(f"--lua-filter={FILTERS / 'after.lua'}")
        done = subprocess.run(
            command,
            input=markdown.encode(),
            capture_output=True,
            cwd=folder,
            env={**os.environ, "DEBUGML_FILTER_SETTINGS": json.dumps(settings)},
            check=False,
        )
    messages = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise RenderError(f"Pandoc failed:\n{messages.strip()}")
    problems = []
    for line in messages.splitlines():
        if line.startswith("debugml-problem\t"):
            _, what, token = line.split("\t", 2)
            problems.append((what, token))
        elif found := _CITATION.search(line):
            problems.append(("unknown citation", "@" + found.group(1)))
        elif "[WARNING]" in line and "Could not convert TeX math" in line:
            problems.append((f"math that cannot be shown: {line.split('math', 1)[1]}", "$"))
    pieces = done.stdout.decode().rstrip("\n").split(_MARK)
    authors = tuple(part for part in pieces[-1].split("\x1f") if part.strip())
    fields = dict(zip(_FIELDS, pieces, strict=False))
    # Pandoc puts a cell's class on the code, Quarto on the box around it.
    fields["body"] = _CELL_CODE.sub(r'<div class="sourceCode cell-code"\1\2\3', fields["body"])
    if deck:
        # The class is for the slide; Pandoc gives it to the heading as well.
        fields["body"] = fields["body"].replace('<h1 class="center">', "<h1>")
    else:
        fields["body"], notes = _take_notes(fields["body"])
        fields["appendix"] = _appendix(fields["appendix"], notes)
    return Converted(fields, authors, tuple(dict.fromkeys(problems)))


def _take_notes(body: str) -> tuple[str, str]:
    """The body without its footnotes, and their list."""
    found = _NOTES.search(body)
    if found is None:
        return body, ""
    return body[: found.start()], found.group(1)


def _appendix(references: str, notes: str) -> str:
    """References and footnotes at the page's end, where Quarto has them."""
    parts = []
    if references.strip():
        parts.append(
            '<section class="quarto-appendix-contents" role="doc-bibliography" '
            'id="quarto-bibliography"><h2 class="anchored quarto-appendix-heading">References</h2>'
            f"{references}</section>"
        )
    if notes.strip():
        parts.append(
            '<section id="footnotes" class="footnotes footnotes-end-of-document" '
            'role="doc-endnotes"><h2 class="anchored quarto-appendix-heading">Footnotes</h2>'
            f"{notes}</section>"
        )
    if not parts:
        return ""
    return f'<div id="quarto-appendix" class="default">{"".join(parts)}</div>'
