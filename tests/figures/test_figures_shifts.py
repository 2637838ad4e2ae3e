"""Figures of simulated shifts: they say the frame's own numbers, and nothing overlaps."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from debugml.figures import shifts
from debugml.figures.picture import Picture

KINDS = ("missing", "night", "kilometres", "short trips", "knock-out")


def detections() -> pd.DataFrame:
    rows = [
        {"representation": name, "test": test, "kind": kind, "n": n, "share": share}
        | {"detected": 0.03 if kind == "none" else min(1, 0.02 * (i + 1) * n**0.5 * share)}
        for name, test in shifts.NAMES
        for i, kind in enumerate((*KINDS, "none"))
        for share in ((0.0,) if kind == "none" else (0.5, 1.0))
        for n in (10, 200, 1000)
        if test != "mmd" or n <= 200
    ]
    return pd.DataFrame(rows)


def judged() -> pd.DataFrame:
    rows = [("A", "held", False), ("B", "not held", False), ("C", "undecided", True)]
    frame = pd.DataFrame(rows, columns=["ordering", "verdict", "weak"])
    return frame.assign(difference=-0.061, low=-0.111, high=0.01, kinds=8, agree=[8, 1, 3])


def texts(picture: Picture) -> list[str]:
    root = ET.fromstring(picture.svg)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("text")]


@pytest.mark.parametrize("draw", [shifts.power, shifts.by_shift])
def test_text_is_large_enough_and_the_same_each_time(draw: object) -> None:
    svg = draw(detections()).svg  # type: ignore[operator]
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)px", svg)]
    assert sizes and min(sizes) >= 15
    assert draw(detections()).svg == svg  # type: ignore[operator]


def test_power_names_each_line_and_tells_its_ends() -> None:
    picture = shifts.power(detections())
    shown = texts(picture)
    for key, _ in shifts.DRAWN:
        assert shifts.NAMES[key] in shown
    assert "false alarms" in shown and "1,000" in shown
    table = detections()
    shifted = table[(table["kind"] != "none") & (table["n"] == 1000)]
    one = shifted[(shifted["representation"] == "NoRed") & (shifted["test"] == "ks")]
    by_kind = one.groupby("kind")["detected"].mean()
    assert f"and {by_kind.mean():.0%} with 1,000" in picture.alt
    assert re.search(r"features, MMD, \d+% with 10 and \d+% with 200\.", picture.alt)
    assert "between 3% and 3% of tests fire" in picture.alt


def test_each_kind_counts_alike_however_many_cells_it_has() -> None:
    table = detections()
    extra = table[table["kind"] == "night"].assign(share=0.1)
    assert shifts.power(pd.concat([table, extra])).alt == shifts.power(table).alt


def test_by_shift_has_a_cell_for_each_detector_and_kind() -> None:
    picture = shifts.by_shift(detections(), n=200)
    shown = texts(picture)
    assert sum(text.isdigit() for text in shown) == 5 * (len(KINDS) + 1)
    # The easiest kind comes first, the control last.
    told = picture.alt.split("features, KS: ")[1].split(";")[0]
    assert told.startswith("knock-out") and told.endswith("no shift 3%")


def test_orderings_tells_the_verdicts_and_marks_the_decided() -> None:
    html = shifts.orderings(judged()).html
    assert html.count("dm-highlight") == 2
    assert "undecided, weak" in html and "8\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}8" in html
    assert "−0.06 (−0.11\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}+0.01)" in html
    assert "1 held, 1 not held, 1 undecided" in html
