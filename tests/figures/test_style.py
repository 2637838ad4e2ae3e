"""The look's own rules: what a figure, a table and a theme promise to every page."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from debugml.figures import palette
from debugml.figures.annotate import band, label_line, month_axis, name_axis, note, points, settle
from debugml.figures.palette import ROLES, TOGETHER, Role, colour
from debugml.figures.picture import Picture
from debugml.figures.style import SIZES, SMALL, canvas, close
from debugml.figures.tables import table

THEME = Path(__file__).parents[2] / "talk" / "theme"
HEX = re.compile(r"#[0-9a-fA-F]{6}\b")


def drawn(alt: str = "F1 falls.", high: float = 0.7, **more: str) -> Picture:
    """A figure with a bit of everything: band, line, markers, labels, a note."""
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, ["2020-01", "2020-02", "2020-03"])
        band(ax, x, [0.6, 0.6, 0.5], [0.8, 0.8, 0.7], "forest")
        ax.plot(x, [high, 0.7, 0.6], color=colour("forest"), marker="o")
        points(ax, x, [0.6, 0.6, 0.6], [0.5, 0.5, 0.5], [0.7, 0.7, 0.7], "published")
        name_axis(ax, "F1")
        label_line(ax, 2, 0.6, "forest", "forest")
        note(ax, "10,000 trips a month")
        return Picture(fig, alt, **more)


def ids(svg: str) -> set[str]:
    return {e.get("id", "") for e in ET.fromstring(svg).iter() if e.get("id")}


# --- pictures ---


def test_every_colour_follows_the_page() -> None:
    bare = re.sub(r"var\(--dm-[a-z-]+, #[0-9a-f]{6}\)", "", drawn().svg)
    assert not HEX.findall(bare)
    assert "var(--dm-forest, " in drawn().svg


def test_a_colour_outside_the_palette_is_refused() -> None:
    with canvas() as (fig, ax):
        ax.plot([0, 1], color="#ff00ff")
        with pytest.raises(ValueError, match="#ff00ff"):
            Picture(fig, "A line.")


@pytest.mark.parametrize("alt", ["", "  \n "])
def test_alt_text_is_demanded(alt: str) -> None:
    with pytest.raises(ValueError, match="alt text"):
        drawn(alt)


def test_alt_text_is_escaped_and_on_one_line() -> None:
    svg = drawn('AUC < F1 & "skill"\n falls').svg
    assert ET.fromstring(svg).get("aria-label") == 'AUC < F1 & "skill" falls'
    assert ET.fromstring(svg).get("role") == "img"


def test_ids_never_meet_and_references_resolve() -> None:
    one, two = drawn().svg, drawn(high=0.71).svg
    assert ids(one)
    assert not ids(one) & ids(two)
    for svg in (one, two):
        wanted = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg))
        assert {a or b for a, b in wanted} <= ids(svg)


def test_one_figure_shown_twice_can_be_told_apart() -> None:
    assert not ids(drawn().svg) & ids(drawn(name="again").svg)


def test_drawing_again_gives_the_same_bytes() -> None:
    code = (
        "import hashlib, sys; sys.path.insert(0, 'tests/figures'); import test_style as t; "
        "print(hashlib.sha256(t.drawn().svg.encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    fresh = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert fresh == hashlib.sha256(drawn().svg.encode()).hexdigest()
    assert drawn().svg == drawn().svg


def test_nothing_leaks_to_the_page_or_to_matplotlib() -> None:
    before, open_before = dict(mpl.rcParams), plt.get_fignums()
    svg = drawn().svg
    assert "<style" not in svg
    assert "<metadata" not in svg
    assert plt.get_fignums() == open_before
    assert dict(mpl.rcParams) == before


def test_text_is_text_and_large_enough() -> None:
    root = ET.fromstring(drawn().svg)
    texts = [e for e in root.iter() if e.tag.endswith("text")]
    assert any("".join(e.itertext()) == "forest" for e in texts)
    for e in texts:
        size = re.search(r"font(?:-size)?:[^;]*?([\d.]+)px", e.get("style", ""))
        assert size, e.get("style")
        assert float(size[1]) >= SMALL


def test_sizes_read_at_24_pixels_on_a_slide() -> None:
    for name, (width, _) in SIZES.items():
        column = 1152 if width > 400 else 544
        assert SMALL * column / width >= 24, name


def test_saved_files_stand_alone(tmp_path: Path) -> None:
    svg = drawn().save(tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "var(" not in svg
    assert set(HEX.findall(svg)) <= {role.light for role in ROLES.values()}
    assert drawn().save(tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match=r"\.pdf"):
        drawn().save(tmp_path / "a.pdf")


@pytest.mark.parametrize(
    "show", [drawn, lambda: table(pd.DataFrame({"a": ["x"], "b": [1]}))], ids=["picture", "table"]
)
def test_quarto_is_never_offered_html(
    show: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from IPython.core.formatters import DisplayFormatter

    assert "text/html" in DisplayFormatter().format(show())[0]
    monkeypatch.setenv("QUARTO_FIG_WIDTH", "7")
    kinds = DisplayFormatter().format(show())[0]
    assert "text/html" not in kinds
    assert kinds["text/markdown"].startswith("`````{=html}\n<")


def heights(lines: list[float], top: float) -> np.ndarray:
    """Where labels of lines that end at these values stand, in points, once settled."""
    with canvas() as (fig, ax):
        for y in lines:
            ax.plot([0, 1], [0, y], color=colour("forest"))
            label_line(ax, 1, y, "line", "forest")
        ax.set_ylim(0, top)
        settle(fig)
        data = [ax.transData.transform((0, text.xy[1]))[1] for text in ax.texts]
        found = np.array([at + text.xyann[1] for at, text in zip(data, ax.texts, strict=True)])
        plt.close(fig)
    return found - np.array(data) if top > 1 else found


def test_labels_keep_clear_of_each_other() -> None:
    assert np.diff(np.sort(heights([0.5, 0.51, 0.49, 0.5], 1.0))).min() >= SMALL


def test_labels_that_are_clear_stay_at_their_lines() -> None:
    assert np.allclose(heights([0.1, 5.0, 9.0], 10.0), 0)


# --- tables ---


def test_table_html() -> None:
    frame = pd.DataFrame(
        {"month": ["2020-02", "<b>"], "skill": [-0.0413, np.nan], "n": [9950, 12]}, index=[7, 9]
    )
    html = table(
        frame,
        formats={"skill": ".3f", "n": ",d"},
        labels={"n": ("n", "trips")},
        highlight=[0],
        emphasise=["skill"],
        note="a < b",
    ).html
    root = ET.fromstring(html)
    rows = root.findall("./table/tbody/tr")
    assert [r.get("class") for r in rows] == ["dm-highlight", None]
    assert [c.text for c in rows[0]] == ["2020-02", "−0.041", "9,950"]
    assert [c.text for c in rows[1]] == ["<b>", "–", "12"]
    assert [c.get("scope") for r in rows for c in r if c.tag == "th"] == ["row", "row"]
    assert all(c.get("scope") == "col" for c in root.findall("./table/thead/tr/th"))
    assert "dm-emphasis" in rows[0][1].get("class", "")
    assert root.findtext("./p") == "a < b"
    assert not re.search(r"<style| style=| id=|#[0-9a-f]{3}", html)


def test_table_is_the_same_each_time_and_names_an_unknown_column() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": [1.5]})
    assert table(frame).html == table(frame).html
    with pytest.raises(ValueError, match="no column c; the frame has a, b"):
        table(frame, formats={"c": ".1f"})


# --- palette and theme ---


def linear(value: str) -> np.ndarray:
    rgb = np.array([int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, two: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, two))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "protan": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deutan": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritan": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
    "full": np.eye(3),
}


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_contrast(role: Role, shade: str) -> None:
    paper = getattr(ROLES["paper"], shade)
    least = {"text": 4.5, "graphic": 4.5, "line": 3.0, "surface": 0.0}[role.kind]
    assert contrast(getattr(role, shade), paper) >= least


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_text_on_coloured_ground(shade: str) -> None:
    code = ("ink", "muted", "forest", "cash", "card", "always_yes", "alarm")
    wash = getattr(ROLES["wash"], shade)
    assert min(contrast(getattr(ROLES[role], shade), wash) for role in code) >= 4.5
    assert contrast(ROLES["ink"].light, getattr(ROLES["taxi"], shade)) >= 7


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("shade", ["light", "dark"])
def test_roles_of_one_figure_stay_apart(shade: str, sight: str) -> None:
    seen = np.array(SIGHT[sight])
    for group in TOGETHER:
        for one, two in combinations(group, 2):
            first, second = (lab(seen @ linear(getattr(ROLES[r], shade))) for r in (one, two))
            assert np.linalg.norm(first - second) >= 15, (one, two)


def test_light_values_name_one_role_each() -> None:
    assert len({role.light for role in ROLES.values()}) == len(ROLES)


def test_theme_carries_the_palette() -> None:
    assert palette.css() in (THEME / "tokens.css").read_text(encoding="utf-8")
    known = {role.light for role in ROLES.values()} | {role.dark for role in ROLES.values()}
    for sheet in sorted([*THEME.glob("*.css"), *THEME.glob("*.scss")]):
        strangers = set(HEX.findall(sheet.read_text(encoding="utf-8"))) - known
        assert not strangers, sheet.name


def test_theme_uses_only_properties_that_exist() -> None:
    sheets = {sheet.name: sheet.read_text(encoding="utf-8") for sheet in THEME.glob("*.css")}
    defined = set(re.findall(r"(--dm-[\w-]+):", "".join(sheets.values())))
    for name, text in sheets.items():
        assert set(re.findall(r"var\((--dm-[\w-]+)", text)) <= defined, name


def test_theme_asks_no_server_and_carries_its_files() -> None:
    for sheet in [*THEME.glob("*.css"), *THEME.glob("*.scss"), *THEME.glob("*.html")]:
        text = sheet.read_text(encoding="utf-8")
        assert "//" not in re.sub(r"/\*.*?\*/|// .*", "", text, flags=re.S), sheet.name
        for file in re.findall(r'(?:url\(|@import )"([^"]+)"', text):
            assert (THEME / file).is_file(), file
    fonts = [*THEME.glob("fonts/*.woff2"), *Path(palette.__file__).parent.glob("fonts/*.ttf")]
    assert len(fonts) >= 6
    assert sum(font.stat().st_size for font in fonts) < 600_000


def test_slides_hold_no_text_below_24_pixels() -> None:
    text = (THEME / "deck.css").read_text(encoding="utf-8")
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;{}]*?\b(\d+)px", text)]
    assert len(sizes) > 20
    assert min(sizes) >= 24


def test_a_label_at_a_missing_value_keeps_nobody_waiting() -> None:
    with canvas() as (fig, ax):
        ax.plot([0, 1], [0.7, 0.6], color=colour("forest"))
        label_line(ax, 1, float("nan"), "gone", "alarm")
        here = label_line(ax, 1, 0.6, "forest", "forest")
        settle(fig)
    assert here.xyann[1] == pytest.approx(0)
    close(fig)
