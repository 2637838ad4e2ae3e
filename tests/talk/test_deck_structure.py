"""The deck as a whole: one arc, short slides that say something, notes that add up."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest
from talk_sources import TOPICS, Section, body, deck, minutes, read, words

NOUN_TITLE = {"sec-slide-references": "a list of sources says nothing"}
"""Slides whose title is no sentence, and why."""

TURN = "sec-slide-monitoring-year"


def slides() -> list[Section]:
    """All but the openers."""
    return [one for one in deck() if one.level == 2]


def shown(title: str) -> str:
    """A title as it is read, less the values in it."""
    return read(re.sub(r"`\{python\}[^`]+`", "", title))


def test_ids_are_unique_and_each_slide_has_one():
    found = Counter(one.id for one in deck())
    assert "" not in found
    assert [name for name, times in found.items() if times > 1] == []


def test_the_deck_has_about_sixty_slides():
    assert 55 <= len(slides()) <= 70, "openers aside"


def test_the_minutes_sum_to_forty_five():
    lengths = {one.id: minutes(one) for one in deck()}
    assert [name for name, length in lengths.items() if length is None] == []
    assert [name for name, length in lengths.items() if (length * 4) % 1] == []
    by_topic: dict[str, float] = defaultdict(float)
    for one in deck():
        by_topic[one.topic or "frame"] += lengths[one.id]
    assert sum(lengths.values()) == 45, dict(by_topic)


def test_the_order_is_question_sections_answers():
    frame = [one.id for one in deck() if not one.topic]
    assert frame == [
        f"sec-slide-{name}" for name in ("question", "scope", "plan", "answers", "references")
    ]
    openers = [one.id for one in deck() if one.level == 1]
    assert openers == [f"sec-slide-{topic}" for topic in TOPICS]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_section_opens_with_its_question_and_ends_with_monday(topic):
    section = [one for one in deck() if one.topic == topic]
    opener, last = section[0], section[-1]
    assert opener.level == 1 and opener.title == topic.capitalize()
    question = [line for line in body(opener) if line.strip()]
    assert len(question) == 1 and question[0].rstrip().endswith("?")
    assert all(one.id.startswith(f"sec-slide-{topic}-") for one in section[1:])
    assert last.id == f"sec-slide-{topic}-monday"
    assert last.title.startswith("On Monday, ")
    assert [line for line in last.box("monday") if re.match(r"\s*(-|\d+\.) ", line)]
    assert [one.id for one in section[:-1] if one.box("monday")] == []


def test_a_title_states_the_message():
    titles = {one.id: shown(one.title) for one in slides()}
    assert {name: len(title) for name, title in titles.items() if len(title) > 80} == {}
    assert [name for name, title in titles.items() if title.endswith(".")] == []
    short = {name for name, title in titles.items() if len(title.split()) < 4}
    assert short == set(NOUN_TITLE)


def test_a_slide_has_at_most_sixty_words():
    counts = {one.id: words(body(one)) for one in deck()}
    assert {name: count for name, count in counts.items() if count > 60} == {}


def test_a_slide_has_notes_that_say_what_people_ask():
    notes = {one.id: " ".join(one.box("notes")) for one in deck()}
    assert [one.id for one in deck() if minutes(one) is None] == []
    del notes["sec-slide-references"]
    assert [name for name, text in notes.items() if words([text]) < 10] == []
    assert [
        one.id for one in slides() if "People ask:" not in notes.get(one.id, "People ask:")
    ] == []


def test_a_figure_names_its_source():
    drawn = re.compile(r"\s*(dm\.)?figures\.")
    figures = [one for one in slides() if any(drawn.match(p.text) for p in one.lines("code"))]
    assert len(figures) >= 20
    assert [one.id for one in figures if words(one.box("source")) == 0] == []


def test_nothing_names_the_twist_before_the_turn():
    order = [one.id for one in deck()]
    before = [one for one in deck() if one.topic in TOPICS[: TOPICS.index("monitoring")]]
    monitoring = [one for one in deck() if one.topic == "monitoring"]
    early = [one for one in monitoring if order.index(one.id) < order.index(TURN)]
    assert order.index("sec-slide-monitoring-yes") > order.index(TURN)
    assert order.index("sec-slide-monitoring-mix") > order.index(TURN)
    named = re.compile(r"always[ -]yes|always_yes|(always|constant).{0,20}\"?yes|beside_yes", re.I)
    given_away = [
        piece.where for one in [*before, *early] for piece in one.pieces if named.search(piece.text)
    ]
    assert given_away == []
