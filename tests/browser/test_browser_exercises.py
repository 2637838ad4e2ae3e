"""Exercises on the site: hints and solutions are folded, and a student's copy is offered."""

from __future__ import annotations

import pytest
from built_site import SITE

from debugml.exercises.notebook import student_copy
from debugml.exercises.roster import TOPICS, of_topic

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("topic", TOPICS)
def test_the_site_offers_the_notebook_that_new_writes(site, topic):
    offered = site / "talk" / "exercises" / f"{topic}.ipynb"
    assert offered.read_text("utf-8") == student_copy(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_solutions_and_hints_are_folded_until_asked_for(watched, topic):
    view = watched()
    page = view.open((SITE / f"talk/exercises/{topic}.html").as_uri())
    assert page.locator("main .callout").count() >= 3 * len(of_topic(topic))
    for text in page.locator("main .callout :is(pre, p)").all():
        assert not text.is_visible() or text.inner_text().startswith(("Hint", "Solution"))
    for each in of_topic(topic):
        section = page.locator(f"#sec-exercise-{each.name}")
        solution = section.locator(".callout", has_text="Solution").last
        code = solution.locator("pre").first
        assert not code.is_visible()
        solution.locator(".callout-header, summary").first.click()
        code.wait_for(state="visible")
        # The starter and the check can be seen without asking.
        shown = [one for one in section.locator("pre").all() if one.is_visible()]
        assert len(shown) >= 3
    assert view.errors == [] and view.left == []
