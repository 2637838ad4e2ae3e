"""Figures of lineage say what their frames say."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from debugml.figures import lineage
from debugml.figures.style import styled


@pytest.fixture
def links() -> pd.DataFrame:
    reason = "F1 less that of always saying yes is −0.006 (−0.011 to −0.001) and must be above 0"
    rows = [
        (0, -1, "predictions", "predictions 2020-03", "e1e1e1e1e1e1", "row 7: 0.61", "yes"),
        (1, 0, "release", "release 2020-03-01", "d1d1d1d1d1d1", "gate: hold", "as the talk did"),
        (2, 1, "model", "forest 2020-01, seed 0", "b1b1b1b1b1b1", "9,969 trips", ""),
        (3, 2, "trips", "yellow_tripdata_2020-01.parquet", "a1a1a1a1a1a1", "10,000 trips", ""),
        (4, 1, "decision", "hold: forest", "c1c1c1c1c1c1", "hold", reason),
        (5, 0, "trips", "yellow_tripdata_2020-03.parquet", "a2a2a2a2a2a2", "10,000 trips", ""),
        (6, 5, "label", "high_tip", "", "0: tip above a fifth", "paid by cash; fare 5.00"),
    ]
    names = ["place", "parent", "kind", "name", "digest", "said", "detail"]
    return pd.DataFrame(rows, columns=names)


def test_the_chain_stands_in_columns_by_depth(links: pd.DataFrame) -> None:
    places = lineage._places(links)
    assert [x for x, _ in places.values()].count(1.0) == 2
    assert {key: x for key, (x, _) in places.items()} == {
        **{0: 0, 1: 1, 2: 2, 3: 3, 4: 2, 5: 1, 6: 2},
    }
    # Leaves below one another, and what has branches in their middle.
    heights = {key: y for key, (_, y) in places.items()}
    assert [heights[leaf] for leaf in (3, 4, 6)] == [0, 1, 2]
    assert heights[1] == 0.5 and heights[0] == 1.25
    assert len(set(places.values())) == len(links), "no two on one spot"


def test_the_chain_tells_every_link(links: pd.DataFrame) -> None:
    text = lineage.chain(links).alt
    for said in (
        *("prediction row 7: 0.61, so “yes”", "release 2020-03-01 gate said “hold”"),
        *("model forest 2020-01 b1b1b1b1", "file 2020-01 a1a1a1a1", "file 2020-03 a2a2a2a2"),
        *("gate: hold F1 less that of always saying yes is −0.006", "label paid by cash"),
    ):
        assert said in text


def test_on_a_slide_the_label_comes_last(links: pd.DataFrame) -> None:
    root = ET.fromstring(lineage.chain(links).svg)
    steps: dict[str, int] = {}
    for part in root.iter():
        if part.get("class") == "fragment":
            for text in part.iter():
                if text.text and text.text.strip():
                    steps[text.text.strip()] = int(part.attrib["data-fragment-index"])
    assert "prediction" not in steps, "what is asked about is there from the beginning"
    assert steps["release"] < steps["model"] < steps["label"] == max(steps.values())


def test_no_line_is_wider_than_its_box(links: pd.DataFrame) -> None:
    picture = lineage.chain(links)
    with styled():
        canvas = FigureCanvasAgg(picture._fig)
        canvas.draw()
        renderer = canvas.get_renderer()
    ax = picture._fig.axes[0]
    boxes = [patch.get_window_extent(renderer) for patch in ax.patches]
    for text in ax.texts:
        inside = text.get_window_extent(renderer)
        assert any(
            box.x0 <= inside.x0 and inside.x1 <= box.x1 and box.y0 - 1 <= inside.y0 for box in boxes
        ), text.get_text()


def test_the_day_counts_its_wrong_yes() -> None:
    day = pd.DataFrame(
        {
            "probability": [0.6, 0.62, 0.7, 0.4],
            "prediction": [1, 1, 1, 0],
            "label": [0, 0, 1, 0],
            "wrong": [True, True, False, False],
            "payment": ["cash", "card", "card", "missing"],
        }
    )
    text = lineage.day(day).alt
    assert "4 trips of a day, 3 predicted yes, of which 2 wrong" in text
    assert "1 by cash" in text and "1 by card" in text


def test_dots_of_a_row_do_not_hide_one_another() -> None:
    offsets = lineage._spread(pd.Series([0.5, 0.501, 0.502, 0.503, 0.6]).to_numpy())
    assert len(set(offsets[:4])) == 4 and offsets[4] == 0


@pytest.fixture
def found() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "column": ["payment", "trip_distance"],
            "value": ["cash", "above 3"],
            "flagged": [109, 30],
            "others": [0, 20],
            "share_flagged": [0.7, 0.2],
            "share_others": [0.0, 0.125],
            "p_value": [1e-40, 0.1],
            "p_adjusted": [2e-40, 0.1],
            "wrong": 155,
            "right": 161,
        }
    )


def test_what_stands_out_is_named_and_what_does_not_is_not(found: pd.DataFrame) -> None:
    text = lineage.shared(found).alt
    assert "Of 2 values and ranges 1 stand out among 155 wrong" in text
    assert "paid: cash, 70 % of the wrong and 0 % of the right" in text
    assert "trip distance" not in text
    none = lineage.shared(found.assign(p_adjusted=1.0)).alt
    assert "Of 2 values and ranges 0 stand out" in none and "cash" not in none


def test_tables_hold_their_rows(found: pd.DataFrame) -> None:
    html = lineage.reviewed(found)._repr_html_()
    assert html and "&lt; 0.001" in html and "0.10" in html
    assert "The first 2 of 2 values and ranges." in html
    kinds = pd.DataFrame({"kind": ["model", "result", "result"], "name": ["f", "a", "b"]})
    rests = lineage.rests(kinds)._repr_html_()
    assert rests and "a; b" in rests and ">2<" in rests
    more = pd.DataFrame({"kind": "result", "name": ["a", "b", "c", "c", "d"]})
    assert "a; b; and\N{NO-BREAK SPACE}3\N{NO-BREAK SPACE}more" in lineage.rests(more)._repr_html_()
