"""The deck and the book as they are written: slides, chapters, and the words a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from debugml.exercises.roster import TOPICS as TOPICS
from debugml.render.cells import CELL_OPTIONS
from debugml.render.project import Project, load_project
from debugml.render.source import Line, read_source

ROOT = Path(__file__).parents[2]
TALK = ROOT / "talk"

_FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$")
_OPENED = re.compile(r"^:{3,}\s*\{(.*)\}\s*$")
_CLOSED = re.compile(r"^:{3,}\s*$")
_OPTION = re.compile(r"^#\|\s*([\w-]+):\s*(.*)$")
_HEADING = re.compile(r"^(#{1,4}) (.*?)\s*(?:\{([^{}]*)\})?\s*$")
_INLINE = re.compile(r"`\{python\}\s+[^`]+`")
_MARK = re.compile(
    r"^\[(?:Book|Slide|Notebook|Exercise[^\]]*)\]\(([^)]*)\)"
    r"\{[^}]*\.(to-book|to-slide|to-exercise)(?:\s[^}]*)?\}\s*$"
)


@dataclass(frozen=True)
class Piece:
    """One line of a source, and what it is.

    `kind` is one of heading, prose, caption, code, option, mark; `boxes` are the classes of the
    divs around it, the outermost first.
    """

    kind: str
    text: str
    where: str
    boxes: tuple[str, ...] = ()

    def within(self, box: str) -> bool:
        return any(box in boxes.split() for boxes in self.boxes)


@dataclass
class Section:
    """A heading with what follows it, up to the next heading of the same level or above."""

    title: str
    level: int
    id: str
    where: str
    pieces: list[Piece] = field(default_factory=list)

    def lines(self, *kinds: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind in (kinds or ("prose",))]

    def box(self, name: str) -> list[str]:
        """Lines of prose inside the divs of a class."""
        return [piece.text for piece in self.lines() if piece.within(name)]

    def marks(self, name: str) -> list[str]:
        """Targets of the marks of a class: to-book, to-slide or to-exercise."""
        found = [_MARK.match(piece.text) for piece in self.lines("mark")]
        return [match[1] for match in found if match and match[2] == name]

    @property
    def cells(self) -> int:
        """How many cells show something."""
        hidden = [p for p in self.lines("option") if p.text == "include: false"]
        return len(self.lines("cell")) - len(hidden)

    @property
    def topic(self) -> str:
        """The topic that the id names, or nothing."""
        name = self.id.removeprefix("sec-slide-").removeprefix("sec-").partition("-")[0]
        return name if name in TOPICS else ""


@cache
def project() -> Project:
    return load_project(ROOT)


def pieces(lines: Iterable[Line]) -> Iterator[Piece]:
    """Each line with its kind; blank lines are prose."""
    fence, cell, math, comment = "", False, False, False
    boxes: list[str] = []
    for line in lines:
        text, around = line.text, tuple(boxes)
        fenced = _FENCE.match(text.strip())
        if fence:
            if fenced and text.strip() == fence:
                fence = ""
            elif cell and (option := _OPTION.match(text)):
                name, value = option.groups()
                assert name in CELL_OPTIONS, f"{line.where}: {name}"
                kind = "caption" if name in ("fig-cap", "tbl-cap", "lst-cap") else "option"
                shown = value.strip().strip("\"'") if kind == "caption" else f"{name}: {value}"
                yield Piece(kind, shown, line.where, around)
            else:
                yield Piece("code", text, line.where, around)
        elif fenced and "`" not in fenced[2]:
            fence, cell = fenced[1], fenced[2].strip().startswith("{python")
            yield Piece("cell" if cell else "block", fenced[2].strip(), line.where, around)
        elif comment or text.lstrip().startswith("<!--"):
            comment = "-->" not in text
        elif text.strip().startswith("$$") or math:
            ends = "$$" in text.strip()[2:] if not math else "$$" in text
            math = not ends
            yield Piece("math", text, line.where, around)
        elif opened := _OPENED.match(text.strip()):
            boxes.append(" ".join(re.findall(r"\.([\w-]+)", opened[1])))
        elif _CLOSED.match(text.strip()):
            assert boxes, f"{line.where}: closes a box that is not open"
            boxes.pop()
        elif _MARK.match(text.strip()):
            yield Piece("mark", text.strip(), line.where, around)
        elif _HEADING.match(text):
            yield Piece("heading", text, line.where, around)
        else:
            yield Piece("prose", text, line.where, around)


def sections(lines: Iterable[Line], depth: int = 4) -> list[Section]:
    """What stands before the first heading (without id or title), then one entry a heading.

    Headings deeper than `depth` are prose of the section that they are in.
    """
    found = [Section("", 0, "", "")]
    for piece in pieces(lines):
        match = _HEADING.match(piece.text) if piece.kind == "heading" else None
        if match is None or len(match[1]) > depth:
            plain = replace(piece, kind="prose", text=match[2]) if match else piece
            found[-1].pieces.append(plain)
            continue
        marks, title, attributes = match.groups()
        name = re.search(r"#([\w-]+)", attributes or "")
        found.append(Section(title, len(marks), name[1] if name else "", piece.where))
    return found


@cache
def deck() -> list[Section]:
    """The slides in order, openers (level 1) included."""
    return sections(read_source(project(), "talk/slides.qmd").lines, depth=2)[1:]


@cache
def slide(name: str) -> Section | None:
    return next((one for one in deck() if one.id == name), None)


@cache
def chapter(topic: str) -> list[Section]:
    return sections(read_source(project(), f"talk/chapters/{topic}.qmd").lines)


@cache
def page(name: str) -> list[Section]:
    """Any page, by its path in the project."""
    return sections(read_source(project(), name).lines)


def read(text: str) -> str:
    """A line as a reader reads it: values as `0`, links as their words, no attributes."""
    text = _INLINE.sub("0", text)
    text = re.sub(r"\$[^$]+\$", "x", text)
    text = re.sub(r"\{\{<.*?>\}\}", "x", text)
    text = re.sub(r"(?<=[\])`])\{[^}]*\}", "", text)
    text = re.sub(r"\[([^\[\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r"[*`\[\]]", "", text)


def words(lines: Iterable[str]) -> int:
    """Words as a reader counts them: anything with a letter or a digit."""
    text = " ".join(read(line) for line in lines)
    return sum(bool(re.search(r"\w", word)) for word in text.split())


def body(slide: Section) -> list[str]:
    """A slide's lines of prose that the audience reads: no title, code, table or notes."""
    return [
        piece.text
        for piece in slide.lines()
        if not piece.within("notes") and not piece.text.startswith("|")
    ]


def paragraphs(lines: Iterable[Piece]) -> list[tuple[str, str]]:
    """Paragraphs and list items, joined, each with where it begins."""
    found: list[tuple[str, str]] = []
    fresh, last = True, None
    for piece in lines:
        starts = fresh or piece.boxes != last or re.match(r"\s*(-|\d+\.|\*) ", piece.text)
        last = piece.boxes
        if not piece.text.strip():
            fresh = True
        elif starts or not found:
            found.append((piece.text.strip(), piece.where))
            fresh = False
        else:
            text, where = found[-1]
            found[-1] = (f"{text} {piece.text.strip()}", where)
    return found


def minutes(slide: Section) -> float | None:
    """The minutes that the notes begin with."""
    notes = " ".join(slide.box("notes")).strip()
    match = re.match(r"\*\*Minutes: (\d+(?:\.\d+)?)\.\*\*", notes)
    return float(match[1]) if match else None


def glossary() -> list[Section]:
    """The terms."""
    return [one for one in page("talk/glossary.qmd") if one.id.startswith("term-")]


def ids(name: str) -> set[str]:
    """All ids on a page: headings, labelled cells."""
    found = set()
    for one in page(name):
        found.add(one.id)
        for piece in one.lines("option"):
            if piece.text.startswith("label: "):
                found.add(piece.text.removeprefix("label: ").strip())
    return found - {""}
