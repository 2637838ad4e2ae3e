"""The pictures of the estimates: their message is the frame's, in words and on paper."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from debugml.figures import estimates as figures
from debugml.figures.style import SMALL


@pytest.fixture
def pairs() -> pd.DataFrame:
    months = ["2020-03", "2020-04", "2020-05", "2020-06"]
    f1 = np.array([0.71, 0.60, 0.61, 0.64])
    found = np.array([0.72, 0.71, 0.70, 0.71])
    frame = pd.DataFrame({"train": "2020-01", "month": months, "f1": f1, "f1_estimated": found})
    return frame.assign(
        f1_low=found - 0.015,
        f1_high=found + 0.015,
        f1_error=found - f1,
        f1_by_payment=f1 + 0.02,
        f1_by_payment_error=0.02,
        accuracy=0.6,
        accuracy_error=0.01,
        base_rate=0.5,
        skill=[0.02, -0.03, 0.01, 0.02],
    )


@pytest.fixture
def bins() -> pd.DataFrame:
    promised = [0.3, 0.55, 0.65]
    before = pd.DataFrame(
        {"month": "2020-02", "bin": [0, 1, 2], "share": 1 / 3, "observed": [0.3, 0.55, 0.66]}
    )
    later = before.assign(month="2020-04", observed=[0.25, 0.45, 0.52], share=[0.5, 0.25, 0.25])
    return pd.concat([before, later], ignore_index=True).assign(promised=promised * 2)


@pytest.fixture
def misses() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": ["2020-04", "2020-04", "2020-05"],
            "f1_error": [-0.07, 0.17, 9.0],
            "mix": [0.04, 0.045, 9.0],
            "tips": [0.01, 0.004, 9.0],
            "before": [-0.12, 0.121, 9.0],
        }
    )


def sizes(svg: str) -> list[float]:
    return [float(size) for size in re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", svg)]


def test_estimated_names_both_misses_and_counts_the_interval(pairs: pd.DataFrame) -> None:
    picture = figures.estimated(pairs, "2020-01")
    assert "2020-04: 0.710 estimated, 0.600 true, 0.620 if calibrated by payment" in picture.alt
    assert "mean absolute error is 0.070, by payment 0.020" in picture.alt
    assert "in the interval in 1 of them" in picture.alt
    assert "Apr +0.110" in picture.svg and "May +0.090" in picture.svg
    assert "Jun +" not in picture.svg


def test_estimated_draws_one_training_month_only(pairs: pd.DataFrame) -> None:
    other = pairs.assign(train="2019-01", f1=0.1, f1_estimated=0.9, f1_error=0.8)
    both = pd.concat([other, pairs], ignore_index=True)
    assert figures.estimated(both, "2020-01").svg == figures.estimated(pairs, "2020-01").svg


def test_estimated_without_a_marked_month(pairs: pd.DataFrame) -> None:
    picture = figures.estimated(pairs, "2020-01", marked=())
    assert "+0.110" not in picture.svg and "Over its 4 months" in picture.alt


def test_meaning_says_by_how_much_the_promise_is_kept_less(bins: pd.DataFrame) -> None:
    picture = figures.meaning(bins, "2020-04")
    assert "66% of the trips of 2020-02" in picture.alt and "52% of those" in picture.alt
    assert "fell by 10 to 14 points" in picture.alt
    assert "Feb 2020" in picture.svg and "Apr 2020" in picture.svg


def test_split_adds_up_in_its_own_words(misses: pd.DataFrame) -> None:
    picture = figures.split(misses, "2020-04")
    assert "the miss of +0.100 in 2020-04, +0.085 comes from the mix" in picture.alt
    assert "+0.014 from other tipping" in picture.alt and "+0.001 from the calib" in picture.alt


def test_no_text_is_too_small(
    pairs: pd.DataFrame, bins: pd.DataFrame, misses: pd.DataFrame
) -> None:
    for picture in (
        figures.estimated(pairs, "2020-01"),
        figures.meaning(bins, "2020-04"),
        figures.split(misses, "2020-04"),
    ):
        found = sizes(picture.svg)
        assert found and min(found) >= SMALL
        assert picture.width == 720


def test_tables_show_skill_beside_the_error(pairs: pd.DataFrame) -> None:
    html = figures.by_month(pairs, "2020-01").html
    assert html.index("2020-04") < html.index("+0.110") < html.index("−0.030")
    assert html.count("dm-highlight") == 1
    row = dict.fromkeys(("by_payment", "uncalibrated", "unchanged"), 0.05)
    spans = {"span": ["all"], "pairs": [595], "skill": [0.03], "estimated": [0.023]}
    html = figures.errors(pd.DataFrame(spans | {k: [v] for k, v in row.items()})).html
    assert "595" in html and "+0.030" in html and "0.023" in html


def test_the_truth_comes_after_the_estimate(pairs: pd.DataFrame) -> None:
    svg = figures.estimated(pairs, "2020-01").svg
    assert set(re.findall(r'data-fragment-index="(\d+)"', svg)) == {"0", "1"}
    said = re.findall(r'(<g class="fragment" [^>]*>)?\s*<text [^>]*>(estimated|true)<', svg)
    assert {name: bool(later) for later, name in said} == {"estimated": False, "true": True}
