"""The book and the front page as a reader sees them, from disk and served."""

from __future__ import annotations

from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from built_site import PAGES
from lxml import html

from debugml.exercises.roster import TOPICS

pytestmark = pytest.mark.browser

READ = [page for page in PAGES if page != "talk/slides.html"]


def test_the_pages_are_there():
    topics = {f"talk/chapters/{topic}.html" for topic in TOPICS}
    assert topics | {"index.html", "talk/references.html"} <= set(READ)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_shows_everything_from_disk(site, watched, name, width):
    view = watched(viewport={"width": width, "height": 800})
    page = view.open((site / name).as_uri())
    assert view.errors == []
    assert view.left == []
    assert page.locator("h1").count() >= 1
    # Nothing makes the page itself scroll sideways; wide tables scroll in their own box.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for picture in page.locator("main svg.dm-picture").all():
        box = picture.bounding_box()
        assert box is not None and box["width"] > 200 and box["height"] > 60
        assert len(picture.get_attribute("aria-label")) > 40
    assert page.locator("main img:not([alt])").count() == 0
    fonts = page.evaluate("document.fonts.ready.then(f => [...f].map(x => x.status))")
    assert "error" not in fonts


@pytest.mark.parametrize("name", READ)
def test_light_and_dark(site, watched, name):
    page = watched(color_scheme="light").open((site / name).as_uri())
    colours = "[document.body, document.querySelector('main p')].map(e => getComputedStyle(e))"
    look = f"{colours}.map(s => s.backgroundColor + s.color)"
    light = page.evaluate(look)
    page.locator(".quarto-color-scheme-toggle").first.click()
    dark = page.evaluate(look)
    assert light[0] != dark[0] and light[1] != dark[1]
    page.reload()
    assert page.evaluate(look) == dark, "the choice is kept"


# What stands there in place of a script only is neither seen nor led to.
SHOWN = "[not(ancestor::noscript)]"


def written(site, name):
    """A page as it is written: scripts add no link, no id that is led to and no figure."""
    return html.parse(str(site / name)).getroot()


def test_no_dead_link(site):
    """Every link from every page leads to a file, and to an id in it."""
    links, ids = {}, {}
    for name in PAGES:
        page, address = written(site, name), (site / name).as_uri()
        links[name] = [urljoin(address, link) for link in page.xpath("//a/@href")]
        ids[name] = set(page.xpath(f"//*{SHOWN}/@id"))
    assert all(links[name] and ids[name] for name in READ)
    dead = []
    for name, targets in links.items():
        for target in targets:
            if not target.startswith("file:"):
                continue
            path, anchor = urldefrag(target)
            there = site.__class__(unquote(urlparse(path).path))
            if there.is_dir():
                there = there / "index.html"
            known = ids.get(str(there.relative_to(site))) if there.is_file() else None
            slide = anchor.lstrip("/").split("/")[0]
            gone = not there.is_file()
            lost = known is not None and anchor not in ("", "/") and slide not in known
            if gone or lost:
                dead.append((name, target))
    assert dead == []


@pytest.mark.parametrize("word", ["calendar", "skill", "Bonferroni"])
def test_search_finds_a_word(served, watched, word):
    view = watched()
    page = view.open(f"{served}/index.html")
    field = page.locator("input[type=search], #quarto-search input").first
    field.click()
    page.keyboard.type(word, delay=20)
    result = page.locator(
        "#quarto-search a, .search-results a, [role=listbox] a, .aa-Panel a"
    ).first
    result.wait_for(timeout=10_000)
    assert word.lower() in page.locator("body").inner_text().lower()
    result.click()
    page.wait_for_load_state()
    assert word.lower() in page.locator("main").inner_text().lower()
    assert view.errors == []
    assert view.left == []


def test_slide_and_chapter_show_the_same_figures(site):
    """The same figure on a slide and in its chapter says the same numbers."""
    said = {
        name: set(written(site, name).xpath(f"//svg[@class='dm-picture']{SHOWN}/@aria-label"))
        for name in PAGES
    }
    deck = said.pop("talk/slides.html")
    book = set().union(*said.values())
    shared = deck & book
    assert len(shared) >= 9
    # Whatever only the deck shows is its opening picture.
    assert len(deck - book) <= 1
