"""What the pictures and tables of false alarms say: the frames' own numbers."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pandas as pd

from debugml.figures import null


def rates() -> pd.DataFrame:
    rows = []
    for split, times in (("random", 1), ("days", 9), ("weekdays", 6)):
        for test, column in (*null.SHOWN, ("PSI > 0.1", "any of 11")):
            nominal, rate = (0.0, 0.0) if "PSI" in test else (0.05, 0.04)
            if column != "trip_speed":
                times = 1
            rows.append((split, test, column, nominal, rate * times))
    frame = pd.DataFrame(rows, columns=["split", "test", "column", "nominal", "rate"])
    frame = frame.assign(month="2019-10", splits=400)
    return frame.assign(low=frame["rate"] * 0.8, high=frame["rate"] * 1.3)


def alarms() -> pd.DataFrame:
    rows = [
        ("DDM", "errors", "2020", 1, "2020-04-01"),
        ("ADWIN", "trip_speed", "2020", 25, "2020-03-02"),
        ("DDM", "errors", "2019", 0, "none"),
        ("ADWIN", "trip_speed", "2019", 56, "2019-03-04"),
    ]
    frame = pd.DataFrame(rows, columns=["detector", "watched", "year", "alarms", "first"])
    return frame.assign(n=30_000, days="")


def left() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "reference": "2020-01",
            "current": "2020-02",
            "column": ["trip_speed", "pickup_weekday"],
            "d_observed": [0.041, 0.031],
            "d_calendar": [0.009, 0.053],
            "d_left": [0.049, 0.021],
            "d_chance": 0.019,
            "d_days": [0.037, 0.032],
            "p_days": [0.004, 0.36],
            "published": [0.0351, 0.046],
        }
    )


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("text")]


def test_the_picture_says_how_many_tests_break_their_level() -> None:
    picture = null.rates(rates())
    assert "October 2019" in picture.alt and "at a level of 5 %" in picture.alt
    assert "random trips 9 of 9 tests keep it" in picture.alt
    assert "whole days 1 break it, and KS on speed fires 6 times as often" in picture.alt
    assert "KS, speed 4.0 % and 24.0 %" in picture.alt
    assert "fires 9 times" in null.rates(rates(), by="days").alt
    shown = texts(picture.svg)
    for text in ("KS, speed", "z-test, F1", "halves of whole days", "halves of random trips"):
        assert text in shown, text


def test_text_is_large_enough_and_the_same_each_time() -> None:
    svg = null.rates(rates()).svg
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)px", svg)]
    assert sizes and min(sizes) >= 15
    assert null.rates(rates()).svg == svg


def test_a_test_that_breaks_its_level_on_random_splits_is_not_said_to_keep_it() -> None:
    frame = rates()
    broken = (frame["split"] == "random") & (frame["test"] == "MMD")
    frame.loc[broken, ["rate", "low", "high"]] = [0.2, 0.15, 0.25]
    assert "8 of 9 tests keep it" in null.rates(frame).alt


def test_all_rates_marks_what_breaks_its_level() -> None:
    html = null.all_rates(rates()).html
    assert html.count("dm-highlight") == 1 and "36.0 %" in html
    row = next(r for r in html.split("<tr") if "PSI" in r)
    assert "–</td>" in row and "dm-highlight" not in row


def test_streams_stand_beside_the_calm_year() -> None:
    html = null.streams(alarms()).html
    assert "1 April" in html and "2 March" in html and "2019-03-04" not in html
    row = next(r for r in html.split("<tr") if "ADWIN" in r)
    assert row.index(">56<") < row.index(">25<")


def test_calendar_marks_what_is_beyond_whole_days() -> None:
    html = null.calendar(left()).html
    assert html.count('class="dm-highlight"') == 1 and "January and February" in html
    assert "0.035" in html and "published" in html
    assert "published" not in null.calendar(left().drop(columns="published")).html
