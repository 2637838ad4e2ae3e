"""From a slide to its section of the book and back, and from a term to the glossary."""

from __future__ import annotations

import posixpath
import re

import pytest
from talk_sources import ROOT, TOPICS, Section, chapter, deck, glossary, ids, page


def to_book(one: Section) -> tuple[str, str]:
    """Page, in the project, and anchor of a slide's mark; nothing where it has not one mark."""
    marks = one.marks("to-book")
    if len(marks) != 1:
        return "", ""
    path, _, anchor = marks[0].partition("#")
    return posixpath.normpath(f"talk/{path}"), anchor


def section_of(one: Section) -> Section | None:
    """The section of a chapter that a slide's mark leads to."""
    name, anchor = to_book(one)
    if not name.startswith("talk/chapters/") or not (ROOT / name).is_file():
        return None
    return next((part for part in page(name) if anchor and part.id == anchor), None)


def test_a_slide_has_one_mark_before_its_notes():
    assert [one.id for one in deck() if len(one.marks("to-book")) != 1] == []
    late = []
    for one in deck():
        texts = [piece for piece in one.pieces if piece.text.strip()]
        place = next((i for i, p in enumerate(texts) if p.kind == "mark"), len(texts))
        if any(p.kind != "prose" or not p.within("notes") for p in texts[place + 1 :]):
            # A cell after the notes prepares the slides that follow.
            rest = [p for p in texts[place + 1 :] if p.kind == "prose" and not p.within("notes")]
            if rest:
                late.append(one.id)
    assert late == []


def test_a_slide_leads_to_its_section_of_the_book():
    dead = {}
    for one in deck():
        name, anchor = to_book(one)
        if not name or not (ROOT / name).is_file() or (anchor and anchor not in ids(name)):
            dead[one.id] = f"{name}#{anchor}"
    assert dead == {}
    elsewhere = [one.id for one in deck() if one.level == 2 and one.topic and not section_of(one)]
    assert elsewhere == []
    openers = {one.topic: to_book(one) for one in deck() if one.level == 1}
    assert openers == {topic: (f"talk/chapters/{topic}.qmd", "") for topic in TOPICS}


def test_the_section_leads_back_to_the_first_of_its_slides():
    first: dict[str, str] = {}
    for one in deck():
        if section := section_of(one):
            first.setdefault(section.id, one.id)
    wrong = {}
    for topic in TOPICS:
        for part in chapter(topic):
            backs = [target.partition("#")[2] for target in part.marks("to-slide")]
            expected = [first[part.id]] if part.id in first else []
            if backs != expected:
                wrong[part.id] = (backs, expected)
    assert wrong == {}


@pytest.mark.parametrize("topic", TOPICS)
def test_marks_back_stand_below_headings_and_lead_to_slides(topic):
    for part in chapter(topic):
        marks = part.marks("to-slide")
        assert all(re.fullmatch(r"\.\./slides\.qmd#sec-slide-[\w-]+", m) for m in marks), part.where
        if marks:
            first = next(p for p in part.pieces if p.kind != "prose" or p.text.strip())
            assert first.kind == "mark", f"{part.where}: the mark stands directly below"


def linked_terms(topic):
    text = "\n".join(piece.text for part in chapter(topic) for piece in part.lines())
    return re.findall(r"\]\(\.\./glossary\.qmd#(term-[\w-]+)\)", text)


def test_the_glossary_is_in_order():
    titles = [one.title.lower() for one in glossary()]
    assert titles == sorted(titles)
    assert len({one.id for one in glossary()}) == len(titles) >= 40


def test_each_term_is_linked_from_a_chapter_and_each_link_leads_to_a_term():
    linked = {topic: linked_terms(topic) for topic in TOPICS}
    terms = {one.id for one in glossary()}
    everywhere = {term for found in linked.values() for term in found}
    assert everywhere - terms == set()
    assert terms - everywhere == set()
    assert {topic: len(set(found)) for topic, found in linked.items() if len(set(found)) < 3} == {}
    twice = {topic: sorted({t for t in f if f.count(t) > 1}) for topic, f in linked.items()}
    assert {topic: again for topic, again in twice.items() if again} == {}, "the first use only"


def test_a_term_says_where_it_works():
    dead = []
    for term in glossary():
        text = " ".join(piece.text for piece in term.lines())
        where = re.findall(r"\]\((chapters/[\w-]+\.qmd)(?:#([\w-]+))?\)\{\.where\}", text)
        if not where or any(a and a not in ids(f"talk/{name}") for name, a in where):
            dead.append((term.where, where))
    assert dead == []


def test_a_slides_figure_is_in_the_book_with_the_same_call():
    def calls(parts):
        code = " ".join(p.text.strip() for part in parts for p in part.lines("code"))
        return re.findall(r"dm\.figures\.(\w+\.\w+)\(", code)

    book = {call for topic in TOPICS for call in calls(chapter(topic))}
    frame = {"deployment.published_months"}  # the opening picture
    lost = {one.id: set(calls([one])) - book - frame for one in deck()}
    assert {name: missing for name, missing in lost.items() if missing} == {}
