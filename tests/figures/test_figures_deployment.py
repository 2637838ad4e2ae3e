"""The deployment pictures: their message is the frame's, in words and on paper."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import debugml as dm
from debugml.figures import deployment as figures
from debugml.figures.picture import Picture
from debugml.figures.style import SMALL


@pytest.fixture
def days() -> pd.DataFrame:
    shares = {"none": [1.0, 1.0, 0.2], "Late, then nightly": [0.996, 0.5, 0.0]}
    return pd.DataFrame(
        [
            {"scenario": name, "day": pd.Timestamp(f"2020-03-{at + 1:02}"), "share": share}
            for name, all_days in shares.items()
            for at, share in enumerate(all_days)
        ]
    ).assign(moment=pd.Timestamp("2020-03-03 06:00"))


@pytest.fixture
def mornings() -> pd.DataFrame:
    moments = pd.date_range("2020-03-02 06:00", periods=9)
    late = pd.DataFrame({"moment": moments, "scenario": "by payment"})
    late["f1_then"] = [0.9, 0.82, 0.80, 0.79, 0.78, 0.77, 0.76, 0.75, 0.74]
    late["f1_now"] = [0.5, 0.70, 0.70, 0.70, 0.71, 0.71, 0.72, 0.72, 0.72]
    fair = late.assign(scenario="at random", f1_then=late["f1_now"] + 0.002)
    both = pd.concat([late, fair], ignore_index=True)
    return both.assign(error=both["f1_then"] - both["f1_now"])


@pytest.fixture
def estimates() -> pd.DataFrame:
    rows = []
    for start, length in (("2020-03-01", 1), ("2020-03-02", 7), ("2020-03-09", 7)):
        first = pd.Timestamp(start)
        names = ["first", "after 2 days", "after 7 days", "after 14 days", "final"]
        for place, name in enumerate(names):
            row: dict[str, object] = {"start": first, "end": first + pd.Timedelta(days=length - 1)}
            f1 = 0.76 - 0.01 * place - (0.05 if start == "2020-03-09" else 0)
            row |= {"estimate": name, "f1": f1, "error": 0.04 - 0.01 * place}
            rows.append(row | {"share": 0.83, "filled_error": -0.002, "plain_error": 0.031})
    return pd.DataFrame(rows)


def sizes(svg: str) -> list[float]:
    return [float(size) for size in re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", svg)]


def texts(picture: Picture) -> list[str]:
    return [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture.svg)]


def test_known_writes_what_is_partial_and_no_more(days: pd.DataFrame) -> None:
    picture = figures.known(days)
    said = texts(picture)
    # 99.6 % is not all; whole and empty days carry no number.
    assert sorted(text for text in said if text.isdigit()) == ["2", "20", "3", "50", "99"]
    assert "None: all to day 2, part to day 3" in picture.alt
    assert "Late, then nightly: no day is known whole, and nothing after day 2" in picture.alt
    assert any("lags assumed" in text for text in said)
    # The rows keep the frame's order, which is no alphabet's.
    assert said.index("none") < said.index("Late,")


def test_revisions_tells_both_lines_and_the_control(mornings: pd.DataFrame) -> None:
    picture = figures.revisions(mornings)
    assert "falls from 0.82 to 0.76" in picture.alt and "rises from 0.70 to 0.72" in picture.alt
    assert "off by 0.002 on average, not 0.066" in picture.alt
    said = texts(picture)
    assert {"known that day", "known now", "same waits, at random", "+0.12", "+0.04"} <= set(said)
    # A morning of another month is not drawn.
    later = mornings.assign(moment=mornings["moment"] + pd.DateOffset(months=1), f1_then=0.1)
    assert figures.revisions(pd.concat([mornings, later])).alt == picture.alt


def test_three_times_in_order() -> None:
    picture = figures.three_times("2020-03-06 18:40", "2020-03-07 02:00", "2020-03-10 02:00")
    for moment in ("6 March at 18:40", "7 March at 02:00", "10 March at 02:00"):
        assert moment in picture.alt
    assert [text for text in texts(picture) if "Mar" in text] == [f"{d} Mar" for d in range(6, 12)]


def test_no_text_is_too_small(days: pd.DataFrame, mornings: pd.DataFrame) -> None:
    for picture in (
        figures.known(days),
        figures.revisions(mornings),
        figures.three_times("2020-03-06 18:40", "2020-03-07 02:00", "2020-03-10 02:00"),
        figures.published_months(dm.published.f1()),
    ):
        found = sizes(picture.svg)
        assert found and min(found) >= SMALL
        assert picture.width == 720 and picture.height <= 290


def test_tables_of_weeks_show_whole_weeks(estimates: pd.DataFrame) -> None:
    settling, filling = figures.settling(estimates).html, figures.filling(estimates).html
    for html in (settling, filling):
        html = html.replace("\N{WORD JOINER}", "").replace("\N{NO-BREAK SPACE}", " ")
        assert "2–8 Mar" in html and "9–15 Mar" in html and "1–1 Mar" not in html
    assert re.findall(r"0\.\d{3}", settling.split("</tr>")[1]) == [
        "0.760", "0.750", "0.740", "0.730", "0.720",
    ]  # fmt: skip
    assert "83\N{NO-BREAK SPACE}%" in settling
    assert filling.index("+0.040") < filling.index("+0.031") < filling.index("−0.002")


def test_feeds_in_words_a_person_uses() -> None:
    ways = pd.DataFrame(
        {
            "mode": ["one by one", "nightly"],
            "trips": 1400,
            "calls": [1400, 2],
            "mean_wait_minutes": [0.0, 540.0],
            "longest_wait_minutes": [0.0, 1437.8],
            "predict_ms_per_trip": [6.5, 0.01],
            "monitor_ms_per_trip": [2.0, 0.01],
            "f1": 0.7158,
        }
    )
    html = figures.feeds(ways).html
    for text in ("1,400 trips", "9.0 h", "24.0 h", "0 min", "8.50", "0.02"):
        assert text in html
    assert html.count("0.716") == 2


def test_known_shows_one_more_lag_a_step(days: pd.DataFrame) -> None:
    svg = figures.known(days).svg
    assert set(re.findall(r'data-fragment-index="(\d+)"', svg)) == {"0"}
    said = re.findall(r'(<g class="fragment" [^>]*>)?\s*<text [^>]*>(20|99|50)<', svg)
    assert {share: bool(later) for later, share in said} == {"20": False, "99": True, "50": True}


def test_three_times_name_both_lags() -> None:
    picture = figures.three_times("2020-03-06 18:40", "2020-03-07 02:00", "2020-03-10 02:00")
    assert {"feature lag", "label lag", "the trip ends"} <= set(texts(picture))
