"""axe-core finds nothing: on every page and every slide, light and dark, wide and narrow."""

from __future__ import annotations

import pytest
from axe_core import COLOURS, violations
from built_site import PAGES
from test_browser_deck import each_slide, slides_in_source

pytestmark = pytest.mark.browser

READ = [page for page in PAGES if page != "talk/slides.html"]
# What a narrow page hides or folds.
AROUND = ["header", "nav", "aside", "footer"]
# What is around the text is the same on all pages of a kind.
ONE_OF_A_KIND = {"index.html", "talk/chapters/drift.html", "talk/api/drift.html"}
SLIDE = "section.present:not(.stack)"

# The slides' backgrounds, drawn beneath them and empty: axe-core takes them to lie above, calls
# every text covered, and judges no contrast. It looks without them, where they are empty.
NO_BACKGROUNDS = """() => {
  const painted = [...document.querySelectorAll(".slide-background, .slide-background-content")]
    .map(e => getComputedStyle(e))
    .filter(s => s.backgroundColor !== "rgba(0, 0, 0, 0)" || s.backgroundImage !== "none");
  document.querySelector(".reveal .backgrounds").style.display = "none";
  return painted.length;
}"""

PLANTED = """<p class="planted" style="position: absolute; top: 0; background: #fff; color: #999">
pale</p><img src="data:,">"""

# axe-core walks the whole document for each slide. The others are not on screen: for as long as it
# looks at one, they are out of the document, and their places are kept.
OTHERS_OUT = """() => {
  const slides = [...document.querySelectorAll(".reveal .slides section")];
  window.out = slides.filter(s => !s.classList.contains("present")).map(slide => {
    const place = document.createComment("slide");
    slide.replaceWith(place);
    return [place, slide];
  });
}"""
OTHERS_BACK = "() => window.out.reverse().forEach(([place, slide]) => place.replaceWith(slide))"


@pytest.mark.parametrize("name", READ)
def test_a_page_in_both_modes_wide_and_narrow(site, watched, name):
    page = watched(color_scheme="light", reduced_motion="reduce").open((site / name).as_uri())
    found = {"light": violations(page)}
    page.emulate_media(color_scheme="dark")
    if name in ONE_OF_A_KIND:
        found["dark, around the text"] = violations(page, COLOURS, AROUND)
    page.set_viewport_size({"width": 390, "height": 844})
    # The page learns of its new width with the next frame, and makes what scrolls reachable.
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    found["dark, 390 px"] = violations(page)
    assert {view: what for view, what in found.items() if what} == {}


@pytest.fixture
def deck(site, watched):
    def opened(scheme):
        view = watched(color_scheme=scheme, reduced_motion="reduce")
        page = view.open((site / "talk" / "slides.html").as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        assert page.evaluate(NO_BACKGROUNDS) == 0
        return page

    return opened


def on_slides(page, only=None):
    """What axe-core has against each slide, by the slide's id."""
    found = {}
    for slide in each_slide(page):
        page.evaluate(OTHERS_OUT)
        found[slide["id"]] = violations(page, only, [SLIDE])
        page.evaluate(OTHERS_BACK)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_slide(deck, scheme):
    page = deck(scheme)
    around = violations(page)
    slides = on_slides(page, COLOURS if scheme == "dark" else None)
    assert len(slides) == slides_in_source()
    assert {name: what for name, what in slides.items() if what} == {}
    assert around == []


def test_axe_would_find_something_on_every_slide(deck):
    page = deck("light")
    page.evaluate(
        "code => Reveal.getSlides().forEach(s => s.insertAdjacentHTML('beforeend', code))", PLANTED
    )
    for slide, found in on_slides(page, ["color-contrast", "image-alt"]).items():
        if slide == "title-slide":
            continue  # its decoration is a pseudo-element, on which axe-core judges nothing
        rules = {each.partition(":")[0] for each in found}
        assert rules == {"color-contrast", "image-alt"}, slide


def test_axe_would_find_something(watched):
    """A page with faults on purpose: the tests above can fail."""
    page = watched().page
    page.set_content('<html><body><p style="color:#999">pale</p><img src="data:,"></body></html>')
    found = "\n".join(violations(page))
    assert "color-contrast" in found and "image-alt" in found
