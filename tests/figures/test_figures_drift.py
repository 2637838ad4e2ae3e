"""Figures of drift: they say the frame's own numbers, in words for who can't see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import debugml as dm
from debugml.figures import drift, evidence
from debugml.figures.picture import Picture


def asked() -> pd.DataFrame:
    found = ((0.0, 0, 0.7, 0.3, 0.04), (0.1, 0, 0, 1, 0.9), (0.2, 0.6, 0, 0.4, 1))
    rows = [(n, *row) for n in (100, 1_000, 10_000, 1_000_000) for row in found]
    columns = ["n", "true_d", "alarm", "all_clear", "cant_tell", "ks"]
    return pd.DataFrame(rows, columns=columns).assign(tolerance=0.1)


def charted() -> pd.DataFrame:
    frame = pd.DataFrame({"n": [100, 3_000, 90_000], "d": [0.12, 0.04, 0.0213]})
    frame = frame.assign(feature="trip_speed", p=[0.61, 0.3, 0.012])
    frame = frame.assign(d_low=frame["d"] / 2, d_high=frame["d"] * 2, significant=[0.03, 0.2, 0.97])
    return frame.assign(p_low=frame["p"] / 2, p_high=1.0, repeats=10)


def check() -> pd.DataFrame:
    frame = pd.DataFrame({"feature": ["a", "b", "c"], "statistic": [0.05, 0.01, 0.000702]})
    return frame.assign(
        p_published=[0.0, 1e-20, 0.09],
        log10_p_published=[-323.3, -20.0, -1.05],
        log10_low=[-4000.5, -20.1, -1.06],
        log10_high=[-3999.5, -19.9, -1.04],
        inside=[True, True, False],
        anchor=[False, True, False],
    )


def pairs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": ["2019-02", "2019-03", "2020-04"],
            "feature": ["passenger_count", "pickup_weekday", "trip_speed"],
            "statistic": [0.158, 0.05, 0.343],
            "fires": [True, False, True],
        }
    )


def facts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": ["2019-01", "2019-02", "2020-03", "2020-04"],
            "base_rate": [0.519, 0.559, 0.555, 0.424],
            "cash": [0.28, 0.29, 0.25, 0.35],
            "missing": [0.0, 0.001, 0.01, 0.08],
        }
    )


def cells(html: str, name: str) -> list[str]:
    row = next(r for r in html.split("<tr")[1:] if f">{name}<" in r)
    found = [re.sub("<[^>]+>", "", cell) for cell in re.findall("<td.*?</td>", row)]
    return [" ".join(cell.split()) for cell in found]


def texts(picture: Picture) -> list[str]:
    root = ET.fromstring(picture.svg)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("text")]


PICTURES: list[Callable[[], Picture]] = [
    drift.two_normals,
    lambda: drift.two_normals((0.5,)),
    lambda: drift.adjacent(pairs()),
    lambda: evidence.cps(charted()),
    lambda: evidence.two_questions(asked()),
]


@pytest.mark.parametrize("draw", PICTURES)
def test_text_is_large_enough_and_the_same_each_time(draw: Callable[[], Picture]) -> None:
    svg = draw().svg
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)px", svg)]
    assert sizes and min(sizes) >= 15
    assert draw().svg == svg


def test_two_normals_stand_as_far_apart_as_their_d_asks() -> None:
    picture = drift.two_normals((0.1, 0.3))
    told = re.findall(r"([\d.]+) sd apart, D = ([\d.]+)", picture.alt)
    assert [d for _, d in told] == ["0.1", "0.3"]
    grid = np.linspace(-5, 6, 22_001)
    for shift, d in told:
        gap = np.abs(stats.norm.cdf(grid) - stats.norm.cdf(grid - float(shift))).max()
        assert gap == pytest.approx(float(d), abs=0.003)
    assert {"D = 0.1", "D = 0.3"} <= set(texts(picture))


def test_each_press_moves_the_current_distribution_further() -> None:
    root = ET.fromstring(drift.two_normals((0.1, 0.3)).svg)
    steps: dict[str, str] = {}
    for part in (e for e in root.iter() if e.get("class") == "fragment"):
        index = part.attrib["data-fragment-index"]
        steps[index] = steps.get(index, "") + "".join(part.itertext())
    assert sorted(steps) == ["0", "1"]
    assert "current" in steps["0"] and "D = 0.1" in steps["0"] and "D = 0.3" in steps["1"]
    assert "reference" not in "".join(steps.values())


def test_the_largest_gap_of_adjacent_months_is_named() -> None:
    picture = drift.adjacent(pairs())
    alt = picture.alt
    assert "April 2020: trip speed" in texts(picture)
    assert "fires in 2 of 3 pairs" in alt
    assert "0.34, in 2020-04" in alt and "median pair it is 0.16" in alt


def test_what_no_feature_holds_stands_beside_the_largest_gap() -> None:
    html = drift.beyond(pairs(), facts(), ["2019-02", "2020-04"]).html
    assert cells(html, "April 2020") == [
        "0.343", "trip_speed", "55.5 → 42.4 %", "25.0 → 35.0 %", "1.0 → 8.0 %",
    ]  # fmt: skip
    assert cells(html, "February 2019")[2] == "51.9 → 55.9 %"


def test_the_chart_says_both_ends() -> None:
    alt = evidence.cps(charted()).alt
    assert "with 100 trips a side the median D is 0.120, p 0.61, and 3% of" in alt
    assert "with 90,000 D is 0.0213, p 0.012, and 97% are" in alt


def test_each_answer_is_said_with_its_share() -> None:
    picture = evidence.two_questions(asked())
    assert "at a tolerance of 0.1" in picture.alt
    assert "true D 0: with 1,000 records all-clear 70%, can't tell 30%, alarm 0%, KS 4%" in (
        picture.alt
    )
    assert "true D 0.2" in picture.alt and "alarm 60%, KS 100%" in picture.alt
    assert texts(picture).count("KS fires") == 3


def test_the_check_shows_what_was_solved_and_what_was_predicted() -> None:
    html = evidence.check(check()).html
    assert cells(html, "a") == ["0.050000", "p = 0", "−4,000.50 to −3,999.50"]
    assert cells(html, "b")[1:] == ["−20.00", "solved for n"]
    assert html.count("dm-highlight") == 1


def test_smallest_d_at_powers_of_ten_alone() -> None:
    frame = pd.DataFrame({"n": [100, 178, 1_000] * 2, "tests": [1] * 3 + [11] * 3})
    html = evidence.smallest(frame.assign(statistic=[0.2, 0.15, 0.061, 0.25, 0.19, 0.078])).html
    assert cells(html, "1,000") == ["0.0610", "0.0780"]
    assert "178" not in html and "11 tests, Bonferroni" in html


def test_compared_marks_what_is_not_the_same_and_says_its_settings() -> None:
    january, february = (dm.featurize(dm.load(month)) for month in ("2020-01", "2020-02"))
    found = dm.drift.compare(january, february, columns=dm.FEATURES, tolerance=0.05)
    html = evidence.compared(found).html
    unlike = found[found["verdict"] != "same"]
    assert 0 < len(unlike) < len(found)
    assert html.count("dm-highlight") == len(unlike)
    assert "Tolerance 0.05" in html and "Holm" in html
    first = found.iloc[0]
    assert cells(html, first["column"])[:2] == [
        f"{first['effect']:.3f}", f"{first['effect_low']:.3f} to {first['effect_high']:.3f}",
    ]  # fmt: skip
    # One trip of no duration carries the distance, which is shown as it is.
    shown = cells(evidence.measures(found, rows=3).html, "trip_speed")
    speed = found[found["column"] == "trip_speed"].iloc[0]
    assert speed["wasserstein"] > 100 and shown[-1] == f"{speed['wasserstein']:.0f}"


def test_a_measure_that_is_undefined_is_a_dash() -> None:
    frame = pd.DataFrame({"paid": ["card", "cash"] * 50})
    html = evidence.measures(dm.drift.compare(frame, frame)).html
    assert cells(html, "paid")[-1] == "–"
