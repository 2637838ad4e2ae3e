"""Figures of what moved: they say the frame's own numbers, and whose trips they leave out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from debugml.figures import moved
from debugml.figures.picture import Picture


def split(lost: int = 10) -> pd.DataFrame:
    forward = [
        ("before", "level", 0.70, 0.70),
        ("payment", "step", -0.08, 0.62),
        ("label", "step", -0.03, 0.59),
        ("ranking", "step", 0.02, 0.61),
        ("threshold", "step", -0.01, 0.60),
        ("no counterpart", "step", -0.01, 0.59),
        ("after", "level", 0.59, 0.59),
        ("total", "sum", -0.11, 0.59),
        ("all mix", "sum", -0.11, 0.59),
        ("all within", "sum", 0.01, 0.59),
    ]
    frame = pd.DataFrame(forward, columns=["step", "kind", "value", "metric_after_step"])
    frame = frame.assign(low=frame["value"] - 0.004, high=frame["value"] + 0.005, n=1000)
    frame.loc[5, "n"] = lost
    frame = frame.assign(share=1.0, interval="days resampled", order="forward")
    return frame.assign(before="2020-02", after="2020-04", metric="f1")


def both() -> pd.DataFrame:
    return pd.concat([split(), split(lost=0).assign(order="reverse")], ignore_index=True)


def changes() -> pd.DataFrame:
    rows = [
        {"after": after, "trips": trips, "change": 0.02 + i / 100}
        for i, after in enumerate(("2020-04", "2020-05"))
        for trips in moved.TRIPS
    ]
    frame = pd.DataFrame(rows).assign(before="2020-02")
    return frame.assign(low=frame["change"] - 0.03, high=frame["change"] + 0.03)


def slices() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": "2020-02",
            "column": ["zone", "hour", "weekday", "payment", "zone"],
            "value": ["132", "7", "6", "card", "99"],
            "n": [1298, 500, 400, 300, 200],
            "base_rate": 0.4,
            "f1": 0.3,
            "always_yes_f1": 0.57,
            "difference": -0.27,
            "versus_rest": [-0.25, -0.1, 0.0, 0.1, 0.2],
            "p_holm": [0.0001, 0.04, 1.0, 1.0, 1.0],
        }
    )


PICTURES: list[Callable[[], Picture]] = [
    lambda: moved.waterfall(both()),
    lambda: moved.waterfall(both(), "reverse"),
    lambda: moved.ranking_change(changes()),
]


def texts(picture: Picture) -> list[str]:
    root = ET.fromstring(picture.svg)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("text")]


@pytest.mark.parametrize("draw", PICTURES)
def test_text_is_large_enough_and_of_the_page(draw: Callable[[], Picture]) -> None:
    svg = draw().svg
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)px", svg)]
    assert sizes and min(sizes) >= 15
    assert draw().svg == svg


def test_waterfall_says_each_step_with_its_interval() -> None:
    picture = moved.waterfall(both())
    assert picture.alt.startswith("From February to April F1 goes from 0.700 to 0.590.")
    assert "the mix of payment types −0.080 (−0.084 to −0.075)" in picture.alt
    assert "All of the mix: −0.110" in picture.alt and "The model: +0.010" in picture.alt
    shown = texts(picture)
    for text in ("0.700", "−0.080", "−0.030", "+0.020", "0.590", "February", "April"):
        assert text in shown, text


def test_a_step_without_trips_is_not_drawn() -> None:
    assert "counterpart" in texts(moved.waterfall(both()))
    assert "counterpart" not in texts(moved.waterfall(both(), "reverse"))
    html = moved.split_table(both()).html
    row = next(r for r in html.split("<tr") if "without counterpart" in r)
    assert "−0.010" in row and row.count("<td") == 2 and "–</td>" in row


def test_sums_stand_out_in_the_table() -> None:
    html = moved.split_table(both()).html
    assert html.count("dm-highlight") == 2
    assert "February reweighted" in html and "April reweighted" in html


def test_ranking_change_names_months_and_sets_of_trips() -> None:
    picture = moved.ranking_change(changes())
    assert {"April", "May", "paid by card", "same mix and base rates"} <= set(texts(picture))
    # Ticks are evenly apart, so that their rounded labels are where they say.
    ticks = [float(t.replace("−", "-")) for t in texts(picture) if re.fullmatch(r"[+−]?[\d.]+", t)]
    gaps = {round(b - a, 9) for a, b in itertools.pairwise(sorted(ticks))}
    assert len(ticks) >= 4 and len(gaps) == 1
    assert "paid by card, May: +0.030 (0.000 to +0.060)" in picture.alt


def test_worst_slices_are_named_and_only_those_that_stand_marked() -> None:
    html = moved.worst(slices(), top=4).html
    for name in ("JFK Airport", "7:00 to 7:59", "Sunday", "payment: card", "&lt; 0.001"):
        assert name in html, name
    assert "zone 99" not in html and html.count("dm-highlight") == 2
    assert "5 slices tested" in html and "2 stand at 5 %" in html


def test_the_fall_is_built_up_part_by_part() -> None:
    found = re.findall(r'data-fragment-index="(\d)"', moved.waterfall(both()).svg)
    # Payment, base rates, the model's two parts at once, and the end with what led to it.
    assert set(found) == {"0", "1", "2", "3"}
    assert set(re.findall(r'data-fragment-index="(\d)"', moved.waterfall(both(), "reverse").svg))
