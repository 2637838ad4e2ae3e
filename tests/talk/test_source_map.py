"""The talk of 2021: every point has a slide that answers for it, and every slide a reason."""

from __future__ import annotations

import tomllib

from talk_sources import ROOT, TALK, TOPICS, Section, body, deck, slide, words

from debugml.book.original import original
from debugml.render.project import load_project

MAP = tomllib.loads((TALK / "source-map.toml").read_text("utf-8"))
HOW = {"kept", "measured", "corrected", "doubted", "left out"}
POINTS = [
    (one["number"], point.get("says", one["heading"]), point)
    for one in MAP["slide"]
    for point in (one, *one["points"])
]


def has_content(one: Section) -> bool:
    """Anything under the title that an audience sees."""
    # The references are written by the citations.
    return words(body(one)) > 0 or one.cells > 0 or one.id == "sec-slide-references"


def test_the_originals_slides_are_all_there_in_order():
    assert [one["number"] for one in MAP["slide"]] == list(range(1, 40))
    assert len(POINTS) == 39 + 160
    assert all(one["part"] and one["heading"] for one in MAP["slide"])


def test_each_point_says_how_it_is_answered():
    odd = [
        (number, says)
        for number, says, point in POINTS
        if not says.strip()
        or point["how"] not in HOW
        or ("why" in point) != (point["how"] == "left out")
        or not point["answered_by"]
    ]
    assert odd == []


def test_each_point_has_a_slide_with_content():
    named = {name for _, _, point in POINTS for name in point["answered_by"]}
    assert sorted(name for name in named if slide(name) is None) == []
    assert sorted(name for name in named if not has_content(slide(name))) == []


def test_each_slide_of_ours_answers_for_a_point_or_says_why_it_is_here():
    claimed = {name for _, _, point in POINTS for name in point["answered_by"]}
    frame = {f"sec-slide-{topic}" for topic in TOPICS}  # openers
    content = [s.id for s in deck() if s.id not in frame and not s.id.endswith("-monday")]
    unclaimed = set(content) - claimed
    assert sorted(unclaimed) == sorted(MAP["own"])
    assert all(len(reason.split()) >= 5 for reason in MAP["own"].values())


def test_the_page_shows_the_map():
    shown = original(load_project(ROOT))
    rows = [line for line in shown.splitlines() if line.startswith("| ") and "**" in line]
    assert len(rows) == len(POINTS)
    for _, says, point in POINTS:
        assert says in shown
        assert all(f"(slides.qmd#{name})" in shown for name in point["answered_by"])
    # Each link says the slide's title, not its id.
    assert "[sec-slide" not in shown
