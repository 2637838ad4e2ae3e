"""Each chapter in the shape of the book: question, what you can do then, story, and where next."""

from __future__ import annotations

import re

import pytest
from talk_sources import TALK, TOPICS, Section, chapter, paragraphs, read, words

CITED = re.compile(r"^- (?:\[?-?@[\w:-]+\]?(?:(?:,| and|;) )?)+: \S")
EVERY = pytest.mark.parametrize("topic", TOPICS)

# What an outcome can't begin with: it can't be seen in what a reader does.
NOT_DONE = {"understand", "know", "learn", "appreciate", "be", "have"}


def named(topic: str, end: str) -> Section:
    found = [one for one in chapter(topic) if one.id == f"sec-{topic}-{end}"]
    assert len(found) == 1, f"chapter {topic}: one section {{#sec-{topic}-{end}}}"
    return found[0]


def items(lines: list[str]) -> list[str]:
    """The items of a list, each with the lines that continue it."""
    found: list[str] = []
    inside = False
    for line in lines:
        if re.match(r"(-|\d+\.) ", line):
            found.append(line)
            inside = True
        elif inside and line.strip():
            found[-1] += " " + line.strip()
        else:
            inside = False
    return found


@EVERY
def test_it_opens_with_question_outcomes_and_lead(topic):
    opening = chapter(topic)[0]
    boxes = [piece.boxes[0] for piece in opening.lines() if piece.boxes and piece.text.strip()]
    order = list(dict.fromkeys(boxes))
    assert order[:4] == ["chapter-links", "question", "outcomes", "lead"]
    ways = [link.split("{")[0] for link in opening.box("chapter-links") if link.strip()]
    assert ways == [
        f"[Slides](../slides.qmd#sec-slide-{topic})",
        f"[Notebook]({topic}.ipynb)",
        f"[Exercises](../exercises/{topic}.qmd)",
    ]
    assert " ".join(opening.box("question")).strip().endswith("?")
    outcomes = opening.box("outcomes")
    promise = next(line for line in outcomes if line.strip())
    assert promise.startswith("After this chapter you can")
    able = items(outcomes)
    assert 3 <= len(able) <= 5
    verbs = [re.sub(r"\W", "", item.split()[1]).lower() for item in able]
    assert NOT_DONE & set(verbs) == set()
    assert words(opening.box("lead")) >= 15


@EVERY
def test_every_heading_has_an_id_of_the_chapter(topic):
    headings = chapter(topic)[1:]
    assert [one.where for one in headings if not one.id.startswith(f"sec-{topic}-")] == []
    names = [one.id for one in headings]
    assert len(names) == len(set(names))
    assert [one.where for one in headings if one.level not in (2, 3)] == []


@EVERY
def test_it_ends_with_pitfalls_what_to_remember_reading_and_next(topic):
    pitfalls, reading = named(topic, "pitfalls"), named(topic, "reading")
    assert chapter(topic)[-2:] == [pitfalls, reading]
    assert (pitfalls.title, reading.title) == ("Pitfalls", "Further reading")

    plain = [p for p in pitfalls.lines() if not p.boxes]
    beliefs = [text for text, _ in paragraphs(plain) if text.startswith("**")]
    assert 3 <= len(beliefs) <= 5
    for belief in beliefs:
        assert re.match(r'\*\*["“][^*]+["”]\*\* \S', belief), belief[:60]
        assert words([belief.partition("** ")[2]]) >= 5, belief[:60]

    assert 3 <= len(items(pitfalls.box("takeaway"))) <= 5

    sources = items([piece.text for piece in reading.lines() if not piece.boxes])
    assert 3 <= len(sources) <= 5
    for source in sources:
        assert CITED.match(source), source[:60]
        assert words([source.partition(": ")[2]]) >= 4 and source.rstrip().endswith("."), source
    keys = set(re.findall(r"@([\w-]+)", " ".join(item.partition(": ")[0] for item in sources)))
    library = (TALK / "references.bib").read_text("utf-8")
    assert {key for key in keys if f"{{{key}," not in library} == set()


@EVERY
def test_it_leads_to_the_next_chapter(topic):
    last = [piece.text for piece in named(topic, "reading").lines() if piece.text.strip()][-1]
    following = [*TOPICS, None][TOPICS.index(topic) + 1]
    if following is None:
        assert re.match(r"Next: \[[^\]]+\]\(\S+\.qmd", last)
    else:
        assert re.match(rf"Next: \[[^\]]+\]\({following}\.qmd\)", last), last


@EVERY
def test_it_has_1200_to_2500_words(topic):
    prose = [piece.text for one in chapter(topic) for piece in one.lines()]
    # A table's lines are no prose.
    assert 1200 <= words(line for line in prose if not line.startswith("|")) <= 2500


@EVERY
def test_every_cell_is_labelled_and_fits_the_column(topic):
    options: list[str] | None = None
    label: list[str] = []
    bare, wide = [], []
    for one in chapter(topic):
        echoed = True
        for piece in one.pieces:
            if piece.kind == "cell":
                options, echoed = [], True
                label.append(piece.where)
            elif piece.kind in ("option", "caption") and options is not None:
                if piece.text.startswith("label: "):
                    label.pop()
                if piece.text in ("echo: false", "include: false"):
                    echoed = False
            elif piece.kind == "code" and echoed and len(piece.text) > 76:
                wide.append(piece.where)
    bare = label
    assert bare == []
    assert wide == []


@EVERY
def test_a_chapter_measures(topic):
    """Its question is answered by what cells computed, shown in prose and in figures."""
    text = "\n".join(piece.text for one in chapter(topic) for piece in one.pieces)
    assert text.count("`{python}") >= 5
    assert len(re.findall(r"^label: (?:fig|tbl)-", text, re.M)) >= 3
    assert "dm.study." in text or topic in ("pipelines", "trips", "features")


def test_read_counts_as_a_reader_does():
    line = 'About `{python} f"{x:.0%}"` of [trips](trips.qmd#a){.b}, **all** of them [@key, p. 3].'
    assert read(line) == "About 0 of trips, all of them @key, p. 3."
    assert words([line]) == 10
