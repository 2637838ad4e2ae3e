"""From an exercise to its section and slide, from those back to it, and to its topic's page."""

from __future__ import annotations

import pytest
from talk_sources import ROOT, TOPICS, Section, chapter, deck, page

from debugml.exercises.exercise import KINDS
from debugml.exercises.roster import everything, of_topic

EXERCISES = everything()


def marks(one: Section, folder: str) -> list[str]:
    """Names of the exercises that a slide or section leads to."""
    found = []
    for target in one.marks("to-exercise"):
        path, _, anchor = target.partition("#sec-exercise-")
        assert (ROOT / "talk" / folder / path).resolve().is_file(), target
        assert path.endswith(f"exercises/{anchor.partition('-')[0]}.qmd"), target
        found.append(anchor)
    return found


def test_a_section_leads_to_exactly_its_exercises():
    wrong = {}
    for topic in TOPICS:
        for part in chapter(topic):
            expected = [each.name for each in EXERCISES if part.id and each.section == part.id]
            if (found := marks(part, "chapters")) != expected:
                wrong[part.id] = (found, expected)
    assert wrong == {}
    sections = {part.id for topic in TOPICS for part in chapter(topic)}
    assert [each.name for each in EXERCISES if each.section not in sections] == []


def test_a_slide_leads_to_exactly_its_exercises():
    slides = {one.id: marks(one, ".") for one in deck()}
    expected = {name: [each.name for each in EXERCISES if each.slide == name] for name in slides}
    assert slides == expected
    assert [each.name for each in EXERCISES if each.slide not in slides] == []


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_of_exercises_leads_to_its_chapter_section_and_slide(topic):
    parts = {one.id: one for one in page(f"talk/exercises/{topic}.qmd")}
    for each in of_topic(topic):
        part = parts[f"sec-exercise-{each.name}"]
        assert part.title == each.title
        book, slide = part.marks("to-book"), part.marks("to-slide")
        assert [one.partition("#")[2] for one in (*book, *slide)] == [each.section, each.slide]


def test_there_are_thirty_or_more_of_every_level_and_kind():
    assert len(EXERCISES) >= 30
    assert len({each.name for each in EXERCISES}) == len(EXERCISES)
    assert {each.level for each in EXERCISES} == {1, 2, 3}
    assert {each.kind for each in EXERCISES} == set(KINDS)
    for topic in TOPICS:
        there = of_topic(topic)
        assert len(there) >= 2
        assert [each.level for each in there] == sorted(each.level for each in there), topic
