"""The monitoring pictures: days that arrive, weekends, and the constant beside the forest."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import debugml as dm
from debugml.figures import monitoring as figures
from debugml.figures.picture import Picture
from debugml.figures.style import SMALL


def compared(unusual: int | None = 5) -> pd.DataFrame:
    days = pd.date_range("2020-03-01", periods=18)
    frame = pd.DataFrame({"day": days, "f1": 0.71, "expected": 0.70})
    frame = frame.assign(usual_low=0.65, usual_high=0.75, unusual=False)
    if unusual is not None:
        frame.loc[unusual, ["f1", "unusual"]] = [0.78, True]
    return frame


def weeks() -> pd.DataFrame:
    start = pd.to_datetime(["2020-03-01", "2020-03-02", "2020-03-09", "2020-03-30"])
    end = pd.to_datetime(["2020-03-01", "2020-03-08", "2020-03-15", "2020-03-31"])
    f1 = np.array([0.68, 0.72, 0.61, np.nan])
    frame = pd.DataFrame({"start": start, "end": end, "n": [576, 4992, 243, 68], "f1": f1})
    return frame.assign(f1_low=f1 - 0.03, f1_high=f1 + 0.03, always_yes_f1=f1 + 0.01)


def scores() -> pd.DataFrame:
    rate = np.array([0.56, 0.58, 0.55, 0.42, 0.37])
    yes = 2 * rate / (1 + rate)
    frame = pd.DataFrame({"month": [f"2020-{m:02}" for m in range(1, 6)], "base_rate": rate})
    frame = frame.assign(f1=yes - 0.002, f1_low=yes - 0.01, f1_high=yes + 0.01)
    return frame.assign(always_yes_f1=yes)


def steps(picture: Picture) -> set[int]:
    return {1 + int(step) for step in re.findall(r'data-fragment-index="(\d+)"', picture.svg)}


def texts(picture: Picture) -> list[str]:
    return [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture.svg)]


PICTURES: list[Callable[[], Picture]] = [
    lambda: figures.march(dm.published.march()),
    lambda: figures.march_weeks(weeks()),
    lambda: figures.weekends(dm.published.march(), compared()),
    lambda: figures.year(scores()),
]


@pytest.mark.parametrize("draw", PICTURES)
def test_text_is_large_enough_and_the_slide_holds_it(draw: Callable[[], Picture]) -> None:
    picture = draw()
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", picture.svg)]
    assert sizes and min(sizes) >= SMALL
    assert picture.width == 720 and picture.height <= 290
    assert draw().svg == picture.svg


def test_days_arrive_week_by_week_and_all_are_there_in_the_end() -> None:
    published = dm.published.march()
    picture = figures.march(published)
    assert steps(picture) == {1, 2, 3, 4, 5}
    # Each day's dot is drawn once: release day at once, the others when their week arrives.
    dots = re.findall(r"<use [^>]*stroke: var\(--dm-alarm", picture.svg)
    assert len(dots) == len(published)
    end, worst = published.iloc[-1], published.loc[published["daily_f1"].idxmin()]
    assert f"ends the month at {end['cumulative_f1']:.2f}" in picture.alt
    assert f"to {worst['daily_f1']:.2f} on {worst['day'].day} March" in picture.alt


def test_the_month_as_published_shows_no_constant() -> None:
    # On slides it comes before the turn.
    assert not any("yes" in text for text in texts(figures.march(dm.published.march())))


def test_weeks_show_n_the_constant_and_where_there_are_too_few() -> None:
    picture = figures.march_weeks(weeks())
    assert {"forest", "always yes", "too few", "4,992", "243"} <= set(texts(picture))
    assert "68" not in texts(picture)
    assert "falls from 0.72 (4,992 trips) to 0.61 (243 trips" in picture.alt


def test_weekends_tells_the_published_dips_from_what_is_usual() -> None:
    alt = figures.weekends(dm.published.march(), compared()).alt
    assert "0.69 on weekdays and 0.57 on Saturdays and Sundays" in alt
    assert "of 18 days with records enough 1 lies outside" in alt and "(6 March)" in alt
    assert "(none)" in figures.weekends(dm.published.march(), compared(None)).alt


def test_the_year_begins_with_the_forest_alone() -> None:
    picture = figures.year(scores())
    assert steps(picture) == {1, 2}
    text = (
        r'(<g class="fragment" [^>]*>)?\s*<text [^>]*y="([\d.]+)"[^>]*>'
        r"(forest|always yes|base rate)<"
    )
    found = {name: (float(y), bool(later)) for later, y, name in re.findall(text, picture.svg)}
    assert {name: later for name, (_, later) in found.items()} == {
        "forest": False,
        "always yes": True,
        "base rate": True,
    }
    # Labels are apart, although the forest's line and the constant's end together.
    heights = sorted(y for y, _ in found.values())
    assert all(b - a > SMALL for a, b in pairwise(heights))
    assert "2020-05, with a base rate of 0.37" in picture.alt
