"""The mark that opens where a figure comes from, on slides and pages, as a reader uses it."""

from __future__ import annotations

import gzip
import re

import pytest
from built_site import PAGES, SITE
from test_browser_deck import each_slide

pytestmark = pytest.mark.browser

READ = [page for page in PAGES if page != "talk/slides.html"]
# Of the others, `test_browser_pages` shows what is asked of every page.
WITH_FIGURES = [
    page
    for page in READ
    if re.search(r'<(svg|table|details)[^>]* class="[^"]*dm-', (SITE / page).read_text("utf-8"))
]
MARK = ".dm-provenance > summary"

NO_MONTH = {
    "deployment.three_times": "one made-up trip",
    "drift.two_normals": "two normal distributions",
    "drift.p_against_n": "the statistic's distribution",
    "evidence.check": "worked out from the published table",
    "evidence.cps": "worked out from a formula",
    "evidence.smallest": "worked out from a formula",
    "evidence.two_questions": "simulated",
    "features.clock_faults": "three made-up durations",
    "pipelines.cycle": "a drawing",
    "pipelines.people": "a drawing",
    "pipelines.system": "a drawing",
    "tables.table": "the records of the results",
}
"""Figures that rest on no month's trips and on no published number alone, and why."""

# The present slide's mark against everything else that is drawn on it.
ROOM = """() => {
  const slide = Reveal.getCurrentSlide();
  const marks = [...slide.querySelectorAll(".dm-provenance > summary")];
  const boxes = marks.map(e => e.getBoundingClientRect());
  const number = document.querySelector(".reveal .slide-number");
  const others = [...slide.querySelectorAll("svg.dm-picture, table, p, li, pre, h2"), number]
    .filter(e => e && !e.closest(".dm-origin, aside") && e.getClientRects().length);
  const meet = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const hit = others.filter(e => boxes.some(b => meet(b, e.getBoundingClientRect())));
  return {
    id: slide.id,
    figures: slide.querySelectorAll("svg.dm-picture, table.dm-table").length,
    marks: marks.length,
    names: marks.map(e => e.getAttribute("aria-label")),
    small: boxes.filter(b => Math.min(b.width, b.height) < 24).length,
    outside: boxes.filter(b => b.right > innerWidth || b.bottom > innerHeight).length,
    met: hit.map(e => e.tagName),
    own: boxes.some((a, i) => boxes.some((b, j) => i < j && meet(a, b))),
    height: slide.scrollHeight,
  };
}"""

LAYOUT = """() => [...Reveal.getCurrentSlide().querySelectorAll("*")]
  .filter(e => !e.closest(".dm-provenance"))
  .map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })"""


@pytest.fixture
def deck(site, watched):
    def opened(slide="", **options):
        view = watched(reduced_motion="reduce", **options)
        view.open((site / "talk" / "slides.html").as_uri() + (f"#/{slide}" if slide else ""))
        view.page.wait_for_function("window.Reveal && Reveal.isReady()")
        return view

    return opened


def test_each_figure_of_the_deck_has_a_mark_in_free_space(deck):
    page = deck().page
    seen = [page.evaluate(ROOM) for _ in each_slide(page)]
    assert sum(s["marks"] for s in seen) >= 40
    for slide in seen:
        assert slide["marks"] == slide["figures"], slide["id"]
        assert all(re.match("Where this (figure|table) comes from", n) for n in slide["names"])
        trouble = (slide["small"], slide["outside"], slide["met"], slide["own"])
        assert trouble == (0, 0, [], False), slide["id"]


def test_each_panel_opens_over_its_slide_and_moves_nothing(deck):
    page = deck().page
    for _ in each_slide(page):
        marks = page.locator(f"section.present:not(.stack) {MARK}")
        for place in range(marks.count()):
            before = page.evaluate(LAYOUT)
            marks.nth(place).click()
            panel = page.locator("details[open] .dm-origin")
            box = panel.bounding_box()
            assert box["x"] >= 0 and box["y"] >= 0
            assert box["x"] + box["width"] <= 1280 and box["y"] + box["height"] <= 720
            assert page.evaluate(LAYOUT) == before
            assert page.evaluate("Reveal.getCurrentSlide().scrollHeight") <= 722
            sizes = panel.evaluate(
                """e => [...e.querySelectorAll("*")]
                  .map(x => parseFloat(getComputedStyle(x).fontSize))"""
            )
            assert min(sizes) >= 24
            marks.nth(place).click()
            assert page.locator("details[open]").count() == 0


def test_keys_in_a_mark_are_the_marks_and_not_the_decks(deck):
    view = deck("sec-slide-alarms-glance")
    page, at = view.page, "Reveal.getSlidePastCount()"
    here = page.evaluate(at)
    opened = page.locator("details.dm-provenance[open]")
    page.locator(f"section.present:not(.stack) {MARK}").focus()
    for key in (" ", "Enter"):
        page.keyboard.press(key)
        assert opened.count() == 1
        page.keyboard.press("Escape")
        assert opened.count() == 0
        assert not page.evaluate("Reveal.isOverview()")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "PageDown", "End"):
        page.keyboard.press(key)
    assert page.evaluate(at) == here
    # With nothing open the keys are the deck's again, and another slide closes the panel.
    page.locator("details[open] > summary").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert page.evaluate(at) == here + 1
    assert opened.count() == 0
    page.keyboard.press("Escape")
    assert page.evaluate("Reveal.isOverview()")
    assert view.errors == []


def test_a_click_beside_the_panel_closes_it(deck):
    page = deck("sec-slide-alarms-glance").page
    page.locator(f"section.present:not(.stack) {MARK}").click()
    page.locator("details[open] .dm-origin dd").first.click()
    assert page.locator("details[open]").count() == 1
    page.locator("section.present:not(.stack) h2").click()
    assert page.locator("details[open]").count() == 0


def test_on_paper_there_is_no_mark(site, watched):
    page = watched().open((site / "talk" / "slides.html").as_uri() + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    assert page.locator(MARK).count() >= 40
    assert not any(mark.is_visible() for mark in page.locator(MARK).all())
    page = watched().open((site / "talk" / "chapters" / "alarms.html").as_uri())
    page.emulate_media(media="print")
    assert not any(mark.is_visible() for mark in page.locator(MARK).all())


@pytest.mark.parametrize("name", WITH_FIGURES)
@pytest.mark.parametrize("width", [1280, 390])
def test_each_figure_of_a_page_has_a_mark_clear_of_the_text(site, watched, name, width):
    view = watched(viewport={"width": width, "height": 900})
    page = view.open((site / name).as_uri())
    # A figure that is drawn for a student's seed comes from nowhere but the seed.
    if not name.startswith("talk/exercises/"):
        assert page.locator("main :is(svg.dm-picture, table.dm-table)").count() == (
            page.locator("main .dm-provenance").count()
        )
    # Lines of text, not their boxes: a short line leaves room at the right.
    met = page.evaluate(
        """() => {
          const lines = [];
          const main = document.querySelector("main");
          const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const node = walk.currentNode;
            const skipped = node.parentElement.closest(".dm-provenance, noscript");
            if (!node.data.trim() || skipped) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const scrolled = node.parentElement.closest(".dm-figure, .dm-table-wrap");
            if (!scrolled) lines.push(...range.getClientRects());
          }
          return [...document.querySelectorAll("main .dm-provenance > summary")].filter(mark => {
            const a = mark.getBoundingClientRect();
            return mark.checkVisibility() && (a.right > innerWidth || lines.some(b =>
              a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
          }).map(mark => mark.closest("[id]")?.id);
        }"""
    )
    assert met == []
    for mark in page.locator(f"main {MARK}").all():
        if mark.is_visible():
            mark.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert view.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_javascript_keys_open_and_close_it(site, watched, scheme):
    view = watched(java_script_enabled=False, color_scheme=scheme)
    page = view.open((site / "talk" / "chapters" / "alarms.html").as_uri())
    mark = page.get_by_label("Where this figure comes from").first
    panel = page.locator(".dm-origin").first
    assert not panel.is_visible()
    mark.focus()
    page.keyboard.press("Enter")
    assert panel.is_visible()
    assert "debugml reproduce null.rates" in panel.inner_text()
    page.keyboard.press("Space")
    assert not panel.is_visible()


def test_each_figure_names_its_months_or_its_published_source(site):
    nameless, large = set(), []
    for name in PAGES:
        marks = re.findall(
            r'<details class="dm-provenance".*?</details>', (site / name).read_text("utf-8"), re.S
        )
        large += [(name, len(mark)) for mark in marks if len(mark.encode()) >= 2000]
        for mark in marks:
            trips = re.search(r"<dt>Trips</dt><dd>\d{4}-\d{2}", mark)
            if not trips and "<dt>Published</dt>" not in mark:
                nameless.add(re.search(r"debugml reproduce ([\w.]+)", mark)[1])
    assert nameless - set(NO_MONTH) == set()
    assert large == []


def test_search_does_not_find_the_marks(site):
    fragments = list((site / "pagefind" / "fragment").glob("*.pf_fragment"))
    texts = [gzip.decompress(path.read_bytes()).decode("utf-8", "ignore") for path in fragments]
    assert len(texts) >= 10
    assert not [text[:80] for text in texts if "debugml reproduce drift" in text]
    assert not [text[:80] for text in texts if "comes from Trips" in text]
