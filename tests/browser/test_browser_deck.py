"""The deck as an audience sees it: every slide, from disk, with the network watched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

TALK = Path(__file__).parents[2] / "talk"

# What a slide holds, measured in the browser: box, overflow, and its smallest text on screen.
MEASURE = """() => {
  const slide = Reveal.getCurrentSlide();
  const frame = slide.getBoundingClientRect();
  const scale = Reveal.getScale();
  const small = [], outside = [];
  for (const e of slide.querySelectorAll('*')) {
    if (e.closest('aside') || e.closest('math') || !e.getClientRects().length) continue;
    const box = e.getBoundingClientRect();
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own) continue;
    let size = parseFloat(getComputedStyle(e).fontSize);
    if (e.ownerSVGElement) size *= Math.abs(e.getScreenCTM().a) / scale;
    if (size < 23.5) small.push(`${e.textContent.trim().slice(0, 20)}: ${size.toFixed(1)}px`);
    if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1)
      outside.push(e.textContent.trim().slice(0, 30));
  }
  const pictures = [...slide.querySelectorAll('svg.dm-picture')].map(s => {
    const b = s.getBoundingClientRect();
    return {width: b.width, height: b.height, alt: s.getAttribute('aria-label')};
  });
  return {id: slide.id, small, outside, pictures, title: slide.querySelector('h1, h2')?.innerText};
}"""


def slides_in_source() -> int:
    """Level-1 and level-2 headings of the deck with its includes, and the title slide."""
    source = (TALK / "slides.qmd").read_text("utf-8")
    source = re.sub(
        r"\{\{< include (\S+) >\}\}", lambda m: (TALK / m[1]).read_text("utf-8"), source
    )
    source = re.sub(r"```.*?```", "", source, flags=re.S)
    return 1 + len(re.findall(r"^#{1,2} ", source, flags=re.M))


@pytest.fixture
def deck(site, watched):
    def opened(**options):
        view = watched(**options)
        view.open((site / "talk" / "slides.html").as_uri())
        view.page.wait_for_function("window.Reveal && Reveal.isReady()")
        return view

    return opened


def each_slide(page):
    """Go through the deck with the arrow key, all fragments shown; yields measurements."""
    last = None
    for _ in range(400):
        current = page.evaluate("Reveal.getSlidePastCount()")
        if current != last:
            page.evaluate(
                "Reveal.getCurrentSlide().querySelectorAll('.fragment')"
                ".forEach(f => f.classList.add('visible'))"
            )
            yield page.evaluate(MEASURE)
            last = current
        if page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
            return
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(40)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_slide_fits_and_reads_from_the_back(deck, scheme):
    view = deck(color_scheme=scheme, reduced_motion="reduce")
    slides = list(each_slide(view.page))
    assert len(slides) == slides_in_source() == view.page.evaluate("Reveal.getTotalSlides()")
    assert [s["id"] for s in slides if s["outside"]] == []
    assert [(s["id"], s["small"]) for s in slides if s["small"]] == []
    pictures = [p for s in slides for p in s["pictures"]]
    assert len(pictures) >= 10
    assert all(p["width"] > 500 and p["height"] > 150 for p in pictures)
    assert all(len(p["alt"]) > 40 for p in pictures)
    assert view.errors == []
    assert view.left == []


def test_each_slide_has_notes_with_minutes(deck):
    page = deck().page
    without = page.evaluate(
        """() => Reveal.getSlides().filter(s => !s.querySelector('aside.notes')).map(s => s.id)"""
    )
    assert set(without) <= {"title-slide", "sec-slide-references"}


def test_arrow_keys_and_the_dark_key(deck):
    page = deck(color_scheme="light").page
    start = page.evaluate("Reveal.getSlidePastCount()")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert page.evaluate("Reveal.getSlidePastCount()") == start + 1
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(100)
    assert page.evaluate("Reveal.getSlidePastCount()") == start

    page.keyboard.press("ArrowRight")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.keyboard.press("d")
    dark = page.evaluate(ground)
    assert light != dark
    page.keyboard.press("d")
    assert page.evaluate(ground) == light


def test_printed_deck_shows_every_slide(site, watched):
    view = watched()
    page = view.open((site / "talk" / "slides.html").as_uri() + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    assert page.locator(".pdf-page").count() >= slides_in_source()
    assert view.left == []
