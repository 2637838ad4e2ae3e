"""The page "n, D and p": its p against scipy's, and its controls as a reader uses them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import stats

import debugml as dm

pytestmark = pytest.mark.browser

PAGE = "talk/p-value.html"


@pytest.fixture
def opened(site, watched):
    """Opens the page at a state; animations off, so that a preset is there at once."""

    def open_(state="n=10000&D=0.01", **options):
        view = watched(reduced_motion="reduce", **options)
        view.open(f"{(site / PAGE).as_uri()}#{state}")
        return view

    return open_


def shown(page) -> tuple[int, float, float]:
    """n, D and log10 p as the page has them."""
    data = page.locator("#p-live").evaluate("e => ({...e.dataset})")
    return int(data["n"]), float(data["d"]), float(data["log10P"])


def go(page, state):
    """Another state, as if the page were opened at it."""
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#{state}")


def log10_p_on_page(page, cases):
    """What the page makes of each n and D, given through its address."""
    return page.evaluate(
        """async cases => {
          const live = document.getElementById("p-live"), found = [];
          for (const [n, D] of cases) {
            const changed = new Promise(done => addEventListener("hashchange", done, {once: true}));
            location.hash = `n=${n}&D=${D}`;
            await changed;
            found.push(parseFloat(live.dataset.log10P));
          }
          return found;
        }""",
        [[n, d] for n, d in cases],
    )


def scipy_exact(n: int, steps: int) -> float:
    """scipy's exact two-sample p where the widest gap is `steps` records of n a side."""
    low = (n - steps) // 2
    one, other = (np.repeat([0, 1], [k, n - k]) for k in (low + steps, low))
    found = stats.ks_2samp(one, other, method="exact")
    assert round(found.statistic * n) == steps
    return float(found.pvalue)


def exact_log10(n: int, steps: int) -> float:
    """The same in whole numbers, first term only: the next is far smaller here."""
    ways = math.comb(2 * n, n - steps)
    return math.log10(2) + (math.log(ways) - math.log(math.comb(2 * n, n))) / math.log(10)


def test_p_is_scipys_exact_p_up_to_ten_thousand_a_side(opened):
    view = opened()
    sizes = {10: range(1, 6), 20: (2, 5, 7, 10), 100: (3, 12, 19, 40), 1000: (20, 61, 120)}
    sizes[10_000] = (100, 150, 193, 300, 500)
    cases = [(n, k) for n, steps in sizes.items() for k in steps]
    found = log10_p_on_page(view.page, [(n, k / n) for n, k in cases])
    expected = [scipy_exact(n, k) for n, k in cases]
    np.testing.assert_allclose(10.0 ** np.array(found), expected, rtol=1e-6)
    assert view.errors == []


def test_p_beyond_is_kstwos_where_that_holds_and_exact_far_below_it(opened):
    """scipy itself goes over to `kstwo` above 10,000 a side, the law of *one* sample of n/2.

    From 50,000 a side on, the two agree within 2 % where p is above 1e-6, and below that the
    exponents agree within 1 %. With a wide gap they part; there whole numbers decide.
    """
    view = opened()
    cases = [
        (n, round(x / math.sqrt(n / 2), 8))
        for n in (50_000, 400_000, 6_382_762, 10_000_000)
        for x in (0.5, 0.8, 1.0, 1.36, 2.0, 2.6, 8.0, 18.0)
        if x / math.sqrt(n / 2) >= 0.0005
    ]
    found = np.array(log10_p_on_page(view.page, cases))
    law = np.array([stats.kstwo(round(n / 2)).logsf(d) for n, d in cases]) / math.log(10)
    usual = law > -6
    assert 10 < usual.sum() < len(cases)
    np.testing.assert_allclose(10 ** found[usual], 10 ** law[usual], rtol=0.02)
    np.testing.assert_allclose(found[~usual], law[~usual], rtol=0.01)

    far = [(1000, 500), (20_000, 4_000), (100_000, 50_000)]
    found = log10_p_on_page(view.page, [(n, k / n) for n, k in far])
    np.testing.assert_allclose(found, [exact_log10(n, k) for n, k in far], rtol=1e-9)
    assert found[-1] < -10_000, "far below the smallest number of 64 bits"


def test_the_smallest_d_called_is_where_p_is_five_per_cent(opened):
    page = opened().page
    for n in (50, 10_000, 6_382_762):
        log10_p_on_page(page, [(n, 0.3)])
        smallest = float(page.locator("#p-live").get_attribute("data-smallest-d"))
        (there,) = log10_p_on_page(page, [(n, smallest)])
        assert 10**there == pytest.approx(0.05, rel=1e-6)


def test_the_published_rows_come_out(opened):
    page = opened().page
    rows = dm.published.ks("january_february").set_index("feature")
    for name, feature in (
        ("Pickup minute, published", "pickup_minute"),
        ("Trip distance, published", "trip_distance"),
    ):
        button = page.get_by_role("button", name=name)
        button.click()
        n, d, log10_p = shown(page)
        assert (n, d) == (dm.published.january_rows()["featurized"], rows.loc[feature, "statistic"])
        # February's n is smaller than January's, so the page's p lies below the published one.
        published = math.log10(rows.loc[feature, "p_value"])
        assert published * 1.03 - 0.02 < log10_p < published
        assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("#p-presets [aria-pressed=true]").count() == 1


def test_keys_move_n_and_d_and_say_so_in_words(opened):
    view = opened()
    page = view.page
    n_slider, d_slider = page.get_by_label("n", exact=True), page.get_by_label("D", exact=True)
    for slider, at, ends in ((n_slider, 0, (10, 10**7)), (d_slider, 1, (0.0005, 0.5))):
        start = shown(page)
        slider.focus()
        page.keyboard.press("ArrowRight")
        step = shown(page)
        assert 1.05 < step[at] / start[at] < 1.2
        assert step[2] < start[2]
        page.keyboard.press("PageUp")
        assert shown(page)[at] > 1.5 * step[at]
        for key, end in (("Home", ends[0]), ("End", ends[1])):
            page.keyboard.press(key)
            assert shown(page)[at] == end
        go(page, "n=10000&D=0.01")
    n_slider.focus()
    page.keyboard.press("End")
    assert n_slider.get_attribute("aria-valuetext") == "10 million a side"
    assert d_slider.get_attribute("aria-valuetext") == "0.01, 1 in 100 records"
    status = page.locator("#p-spoken")
    page.wait_for_function("e => e.textContent.includes('10 million')", arg=status.element_handle())
    n, d, log10_p = shown(page)
    assert (
        f"a p of 10 to the minus {-log10_p:.0f}: a test at 5\u00a0% calls it" in status.inner_text()
    )
    assert (n, d) == (10**7, 0.01)
    assert page.locator("#p-big").inner_text() == f"p = 10−{-log10_p:.0f}"
    assert view.errors == []


def test_every_step_of_a_slider_is_a_larger_round_number(opened):
    page = opened().page
    for key, last in (("n", 10**7), ("D", 0.5)):
        values = page.evaluate(
            """key => {
              const slider = document.getElementById("p-" + key), found = [];
              for (let i = 0; i <= +slider.max; i += 1) {
                slider.value = i;
                slider.dispatchEvent(new Event("input"));
                found.push(+document.getElementById("p-live").dataset[key.toLowerCase()]);
              }
              return found;
            }""",
            key,
        )
        ratio = np.divide(values[1:], values[:-1])
        assert values[-1] == last
        assert 1.02 < ratio.min() <= ratio.max() < 1.25
        assert all(float(f"{v:.2g}") == v for v in values)


def middle(page, picture):
    box = page.locator(f"#{picture} .p-handle circle").last.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_both_points_are_dragged_with_the_mouse(opened):
    page = opened("n=1000&D=0.1").page
    page.locator("#p-chart").scroll_into_view_if_needed()
    for picture, at, other, way in (("p-chart", 0, 1, 40), ("p-shapes", 1, 0, 15)):
        before = shown(page)
        x, y = middle(page, picture)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + way / 2, y + 30)
        page.mouse.move(x + way, y + 60)
        page.mouse.up()
        after = shown(page)
        assert after[at] > 1.5 * before[at]
        assert after[other] == before[other]
        assert middle(page, picture)[0] == pytest.approx(x + way, abs=1.5)
        page.mouse.move(x + 90, y)
        assert shown(page) == after, "let go"


def test_a_finger_drags_the_point_and_still_scrolls_the_page(opened):
    view = opened("n=1000&D=0.1", viewport={"width": 390, "height": 800}, has_touch=True)
    page = view.page
    page.locator("#p-chart").scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)

    def finger(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    x, y = middle(page, "p-chart")
    finger("touchStart", (x, y))
    for step in range(1, 7):
        finger("touchMove", (x + 10 * step, y))
    finger("touchEnd")
    n, d, _ = shown(page)
    assert (n > 10_000, d) == (True, 0.1)
    box = page.locator("#p-chart").bounding_box()
    finger("touchStart", (box["x"] + 80, box["y"] + 250))
    finger("touchEnd")
    assert shown(page)[0] == n, "a finger beside the point only scrolls"


def test_the_slider_of_n_lies_under_the_point(opened):
    page = opened().page
    for state in ("n=10&D=0.01", "n=10000&D=0.01", "n=10000000&D=0.0005"):
        go(page, state)
        slider = page.locator("#p-n").bounding_box()
        part = page.locator("#p-n").evaluate("e => e.value / e.max")
        thumb = slider["x"] + 14 + part * (slider["width"] - 28)
        assert middle(page, "p-chart")[0] == pytest.approx(thumb, abs=1)


@pytest.mark.parametrize("d", [0.1, 0.343, 0.5])
def test_the_red_share_is_d_of_a_curve(opened, d):
    page = opened(f"n=10000&D={d}").page

    def area(selector):
        path = page.locator(f"#p-shapes {selector}").get_attribute("d")
        x, y = np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float).T
        return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2

    # The curves are cut off at 3.6 standard deviations from the middle.
    assert area(".p-share") / area("path.p-reference") == pytest.approx(d, rel=0.02)


def test_the_address_keeps_the_state(opened):
    view = opened("n=6382762&D=0.000702")
    page = view.page
    n, d, log10_p = shown(page)
    assert (n, d) == (6_382_762, 0.000702)
    page.get_by_label("n", exact=True).focus()
    page.keyboard.press("Home")
    page.wait_for_function("location.hash === '#n=10&D=0.000702'")
    page.reload()
    assert shown(page)[:2] == (10, 0.000702)
    assert shown(page)[2] == 0, "p is 1"
    # What makes no sense is brought within bounds, or left as it was.
    page.goto(page.url.partition("#")[0] + "#n=1e99&D=nonsense")
    assert shown(page)[:2] == (10**7, 0.000702)
    assert log10_p > -1.31
    assert page.locator("#p-live").get_attribute("data-called") == "true"
    assert view.errors == []


def test_a_preset_glides_there_unless_motion_is_unwelcome(site, watched):
    view = watched(reduced_motion="no-preference")
    page = view.open((site / PAGE).as_uri())
    page.get_by_role("button", name="The same gap, a full month").click()
    page.wait_for_function("+document.getElementById('p-live').dataset.n > 10000")
    full = dm.published.january_rows()["featurized"]
    page.wait_for_function(f"document.getElementById('p-live').dataset.n === '{full}'")
    assert shown(page)[:2] == (full, 0.01)
    assert (view.errors, view.left) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_all_is_in_view_and_readable(opened, width, scheme):
    view = opened(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = view.page
    for state in ("n=10000&D=0.343", "n=10&D=0.5", "n=10000000&D=0.5", "n=6382762&D=0.01"):
        go(page, state)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            """() => [...document.querySelectorAll("#p-live *, #p-presets *")]
              .filter(e => !e.closest(".visually-hidden") && !e.closest("clipPath, [clip-path]"))
              .filter(e => !e.closest(".p-handle"))
              .map(e => [e.textContent.slice(0, 30), e.getBoundingClientRect()])
              .filter(([, b]) => b.width && (b.left < -1 || b.right > innerWidth + 1))
              .map(([text]) => text)"""
        )
        assert outside == []
    luminance = page.evaluate(
        """() => [document.body, document.querySelector("#p-chart text")].map((e, i) => {
          const style = getComputedStyle(e), shade = i ? style.fill : style.backgroundColor;
          return shade.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765;
        })"""
    )
    ground, ink = luminance
    assert (ground > 0.9) == (scheme == "light")
    assert abs(ground - ink) > 0.5
    assert (view.errors, view.left) == ([], [])


def test_without_javascript_a_figure_stands_there(site, watched):
    page = watched(java_script_enabled=False).open((site / PAGE).as_uri())
    picture = page.locator("noscript svg.dm-picture")
    assert picture.count() == 1
    assert picture.bounding_box()["width"] > 400
    assert "p falls with n alone" in picture.get_attribute("aria-label")
    for name in ("p-live", "p-presets", "p-reading"):
        assert not page.locator(f"#{name}").is_visible()


def test_with_javascript_the_figure_does_not(opened):
    page = opened().page
    assert page.locator("main svg.dm-picture").count() == 0
    assert page.get_by_label("n, D and p").is_visible()
    for name in ("p-chart", "p-shapes"):
        assert len(page.locator(f"#{name}").get_attribute("aria-label")) > 60
