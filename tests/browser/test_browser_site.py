"""The site as a whole: by keyboard alone, without motion, two clicks from the front page."""

from __future__ import annotations

import re
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import pytest
from built_site import PAGES, ROOT, SITE
from lxml import html

pytestmark = pytest.mark.browser

READ = [page for page in PAGES if page != "talk/slides.html"]
CHAPTERS = [page for page in PAGES if page.startswith("talk/chapters/")]

# Everything on the page that a mouse can use, numbered; then who gets the focus, and how it shows.
USABLE = """() => {
  const all = "a[href], button, summary, input, select, textarea, [role=tab], [tabindex]";
  const usable = [...document.querySelectorAll(all)].filter(e =>
    e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.closest("[inert]")
    && !e.matches("[tabindex='-1']") && !(e.type === "radio" && !e.checked));
  usable.forEach((e, i) => e.dataset.usable = i);
  window.focused = [];
  const plain = new Map(usable.map(e => [e, getComputedStyle(e).boxShadow]));
  const shows = e => {
    const s = getComputedStyle(e);
    const outlined = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1;
    return outlined || (s.boxShadow !== "none" && s.boxShadow !== plain.get(e));
  };
  document.addEventListener("focusin", event => {
    const e = event.target;
    window.focused.push([e.dataset.usable ?? "", shows(e), e.outerHTML.slice(0, 90)]);
  });
  return usable.map(e => e.outerHTML.slice(0, 90));
}"""

# Whatever would move: an animation that runs, a transition that takes time, scrolling that glides.
MOVES = """() => {
  const slow = time => time.split(",").some(one => parseFloat(one) > 0);
  const found = document.getAnimations().map(a => `runs: ${a.animationName ?? a}`);
  for (const e of document.querySelectorAll("*")) {
    for (const pseudo of [null, "::before", "::after"]) {
      const s = getComputedStyle(e, pseudo);
      const name = e.className?.baseVal ?? e.className;
      const where = `${e.tagName.toLowerCase()}.${name}${pseudo ?? ""}`;
      if (slow(s.transitionDuration) && s.transitionProperty !== "none")
        found.push(`${where}: transition ${s.transitionDuration}`);
      if (s.animationName !== "none" && slow(s.animationDuration))
        found.push(`${where}: animation ${s.animationName}`);
      if (!pseudo && s.scrollBehavior === "smooth") found.push(`${where}: smooth scrolling`);
    }
  }
  return [...new Set(found)].slice(0, 8);
}"""


def by_tab(page):
    """Go through the page with Tab: what can be used, and what got the focus, in order."""
    usable = page.evaluate(USABLE)
    assert usable
    for _ in usable[1:]:
        page.keyboard.press("Tab")
    for _ in range(41):
        page.keyboard.press("Tab")
        # Past the last element the focus leaves the page, or starts again.
        if page.evaluate(
            """document.activeElement === document.body
               || focused.filter(f => f[2] === focused[0][2]).length > 1 && focused.length > 9"""
        ):
            return usable, page.evaluate("window.focused")
    pytest.fail("Tab never comes to an end: something keeps the focus")


@pytest.mark.parametrize("name", READ)
def test_a_page_by_keyboard_and_without_motion(site, watched, name):
    view = watched(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = view.open((site / name).as_uri())
    assert page.evaluate(MOVES) == []
    usable, focused = by_tab(page)
    reached = {int(number) for number, _, _ in focused if number}
    assert [one for i, one in enumerate(usable) if i not in reached] == []
    assert [one for _, shows, one in focused if not shows] == []
    assert view.errors == []


def test_the_first_tab_skips_to_the_text(site, watched):
    page = watched().open((site / "talk" / "chapters" / "drift.html").as_uri())
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    assert first and first.startswith("#"), "a link past the navigation comes first"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_tabs_are_changed_with_arrows(site, watched):
    page = watched().page
    for name in READ:
        if 'role="tab"' not in (site / name).read_text("utf-8"):
            continue
        page.goto((site / name).as_uri())
        tabs = page.locator("[role=tablist]").first.locator("[role=tab]")
        tabs.first.focus()
        page.keyboard.press("ArrowRight")
        assert tabs.nth(1).get_attribute("aria-selected") == "true", name


@pytest.fixture
def deck(site, watched):
    def opened(slide="", **options):
        view = watched(reduced_motion="reduce", **options)
        view.open((site / "talk" / "slides.html").as_uri() + (f"#/{slide}" if slide else ""))
        view.page.wait_for_function("window.Reveal && Reveal.isReady()")
        return view

    return opened


def test_the_decks_keys(deck):
    view = deck()
    page, past = view.page, "Reveal.getSlidePastCount()"
    last = page.evaluate("Reveal.getTotalSlides()") - 1

    def after(key):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
        return page.evaluate(past)

    # To the last section, of which the closing slides are the rest.
    assert after("End") > last - 10
    assert after("Home") == 0
    for forward, back in (("ArrowRight", "ArrowLeft"), ("PageDown", "PageUp"), ("n", "p")):
        assert (after(forward), after(back)) == (1, 0), forward
    assert after("Space") == 1
    assert after("Shift+Space") == 0
    after("o")
    assert page.evaluate("Reveal.isOverview()")
    after("Escape")
    assert not page.evaluate("Reveal.isOverview()")
    after("b")
    assert page.evaluate("Reveal.isPaused()")
    after("b")
    assert not page.evaluate("Reveal.isPaused()")
    assert view.errors == []


def test_steps_work_without_motion(deck):
    """Each press adds something and moves nothing; back takes it away again."""
    page = deck().page
    assert page.evaluate(MOVES) == []
    stepped = page.evaluate(
        """() => Reveal.getSlides().filter(s => s.querySelectorAll(".fragment").length > 1)
                 .map(s => s.id)"""
    )
    assert len(stepped) >= 3
    seen = "Reveal.getCurrentSlide().querySelectorAll('.fragment.visible').length"
    for name in stepped:
        page.evaluate(
            """id => {
              const {h, v} = Reveal.getIndices(document.getElementById(id));
              Reveal.slide(h, v ?? 0, -1);
            }""",
            name,
        )
        counts = [page.evaluate(seen)]
        while page.evaluate("Reveal.availableFragments().next") and len(counts) < 30:
            page.keyboard.press("ArrowRight")
            counts.append(page.evaluate(seen))
            assert page.evaluate("document.getAnimations().length") == 0, name
        assert counts[0] == 0 and counts == sorted(set(counts)), name
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(seen) == counts[-2], name
        shown = page.evaluate(
            """() => [...Reveal.getCurrentSlide().querySelectorAll(".fragment.visible")]
                 .every(e => getComputedStyle(e).opacity === "1")"""
        )
        assert shown, name


SLIDES_OWN = """() => [...Reveal.getCurrentSlide().querySelectorAll(
  'a[href]:not([tabindex="-1"]), summary, button')]
  .filter(e => e.checkVisibility({visibilityProperty: true})).length"""

GO = """n => {
  const {h, v} = Reveal.getIndices(Reveal.getSlides()[n]);
  Reveal.slide(h, v ?? 0, 99);
}"""

# Else Tab goes on from where it was on the slide before.
FROM_THE_TOP = """() => {
  const first = document.createElement("button");
  document.body.prepend(first);
  first.focus();
  first.remove();
}"""

FOCUSED = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  if (e === document.body) return null;
  const shows = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1;
  const elsewhere = e.closest(".slides") && !Reveal.getCurrentSlide().contains(e);
  return [e.outerHTML.slice(0, 90), shows, !elsewhere];
}"""


def test_links_and_marks_of_a_slide_by_keyboard(deck):
    """Tab reaches what can be used on the slide that is shown, visibly, and on no other."""
    page = deck().page
    dark = {}
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(GO, number)
        slide = page.evaluate("Reveal.getCurrentSlide().id")
        usable = page.evaluate(SLIDES_OWN)
        page.evaluate(FROM_THE_TOP)
        reached = []
        for _ in range(usable + 6):
            page.keyboard.press("Tab")
            on = page.evaluate(FOCUSED)
            if on is None:
                break
            reached.append(on)
        wrong = [one for one, shows, here in reached if not (shows and here)]
        if wrong or len(reached) < usable:
            dark[slide] = (usable, len(reached), wrong)
        assert page.evaluate("Reveal.getCurrentSlide().id") == slide
    assert dark == {}


def links(name):
    """Where a page's links lead: paths of the site, with their anchors."""
    tree = html.fromstring((SITE / name).read_text("utf-8"))
    found = set()
    for href in tree.xpath("//a/@href"):
        if re.match(r"[a-z]+:", href):
            continue
        path, _, anchor = href.partition("#")
        target = normpath(join(dirname(name), unquote(path))) if path else name
        found.add((target, anchor))
    return found


def test_everything_is_two_clicks_from_the_front_page(site):
    first = links("index.html")
    second = {("index.html", "")} | first
    for target, _ in first:
        if target.endswith(".html") and (site / target).is_file():
            second |= links(target)
    files, places = {target for target, _ in second}, {f"{t}#{a}" for t, a in second}
    assert [name for name in PAGES if name not in files] == []
    notebooks = [name.removesuffix(".html") + ".ipynb" for name in CHAPTERS]
    assert len(notebooks) == 12
    assert [name for name in notebooks if name not in files or not (site / name).is_file()] == []
    api = [name for name in PAGES if name.startswith("talk/api/")]
    assert len(api) >= 12
    sections = [
        f"{name}#{section}"
        for name in CHAPTERS
        for section in re.findall(r'id="(sec-[\w-]+)"', (site / name).read_text("utf-8"))
    ]
    assert len(sections) >= 60
    assert [place for place in sections if place not in places] == []


def test_search_finds_each_term_of_the_glossary(site, served, watched):
    glossary = html.fromstring((site / "talk" / "glossary.html").read_text("utf-8"))
    terms = [
        heading.text_content().strip()
        for heading in glossary.xpath("//main//h2")
        if heading.xpath("ancestor-or-self::*[@id][1]/@id")[0].startswith("term-")
    ]
    assert len(terms) >= 40
    view = watched()
    page = view.open(f"{served}/talk/glossary.html")
    # By pagefind itself, ranked as the search box ranks, among as many as it shows.
    script = (ROOT / "src/debugml/render/assets/page.js").read_text("utf-8")
    options = re.search(r"pagefind\.options\((\{.*?\})\)", script)[1]
    found = page.evaluate(
        """async ([served, terms, options]) => {
          const pagefind = await import(`${served}/pagefind/pagefind.js`);
          await pagefind.options(eval(`(${options})`));
          await pagefind.init();
          const found = {};
          for (const term of terms) {
            const {results} = await pagefind.search(term);
            const data = await Promise.all(results.slice(0, 8).map(r => r.data()));
            found[term] = data.map(d => d.url);
          }
          return found;
        }""",
        [served, terms, options],
    )
    lost = {
        term: urls
        for term, urls in found.items()
        if not any(url.endswith("glossary.html") for url in urls)
    }
    assert lost == {}
    assert view.left == [] and view.errors == []


def test_no_page_names_another_host_for_what_it_shows(site):
    assert site == ROOT / "_site"
    loaded = re.compile(
        r"<(?:script|img|iframe|source|video)[^>]+src=\"https?:|<link[^>]+rel=\"stylesheet\"[^>]+href=\"https?:"
    )
    assert [n for n in PAGES if loaded.search((site / n).read_text("utf-8"))] == []
