"""axe-core finds nothing: on every page and every slide, light and dark, wide and narrow."""

from __future__ import annotations

import pytest
from axe_core import COLOURS, violations
from built_site import PAGES
from test_browser_deck import each_slide

pytestmark = pytest.mark.browser

READ = [page for page in PAGES if page != "talk/slides.html"]
# What a narrow page hides or folds.
AROUND = ["header", "nav", "aside", "footer"]
# What is around the text is the same on all pages of a kind.
ONE_OF_A_KIND = {"index.html", "talk/chapters/drift.html", "talk/api/drift.html"}
SLIDE = "section.present:not(.stack)"


@pytest.mark.parametrize("name", READ)
def test_a_page_in_both_modes_wide_and_narrow(site, watched, name):
    page = watched(color_scheme="light", reduced_motion="reduce").open((site / name).as_uri())
    found = {"light": violations(page)}
    page.emulate_media(color_scheme="dark")
    if name in ONE_OF_A_KIND:
        found["dark, around the text"] = violations(page, COLOURS, AROUND)
    page.set_viewport_size({"width": 390, "height": 844})
    found["dark, 390 px"] = violations(page)
    assert {view: what for view, what in found.items() if what} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_slide(site, watched, scheme):
    view = watched(color_scheme=scheme, reduced_motion="reduce")
    page = view.open((site / "talk" / "slides.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    found = {"deck": violations(page)}
    only = COLOURS if scheme == "dark" else None
    for slide in each_slide(page):
        found[slide["id"]] = violations(page, only, [SLIDE])
    assert {name: what for name, what in found.items() if what} == {}


def test_axe_would_find_something(watched):
    """A page with faults on purpose: the tests above can fail."""
    page = watched().page
    page.set_content('<html><body><p style="color:#999">pale</p><img src="data:,"></body></html>')
    found = "\n".join(violations(page))
    assert "color-contrast" in found and "image-alt" in found
