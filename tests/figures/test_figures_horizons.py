"""Figures of horizons: they say what their frames say."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from debugml.figures import horizons


def variants() -> pd.DataFrame:
    """Two seeds, one setting and one code for missing values, in three months."""
    rows = []
    for m, month in enumerate(("2020-02", "2020-04", "2020-05")):
        names = ["seed 0", "seed 1", "all features", "usual value", "first half"]
        families = ["seed", "seed", "settings", "missing", "rows"]
        for v, (name, family) in enumerate(zip(names, families, strict=True)):
            versus = 0.002 * v * (-1) ** m
            rows.append(
                {"variant": name, "family": family, "month": month, "f1_versus": versus}
                | {"f1_low": versus - 0.003, "f1_high": versus + 0.003}
                | {"log_loss": 0.66 + 0.1 * m * v, "log_loss_bounded": 0.65}
            )
    return pd.DataFrame(rows)


def slices() -> pd.DataFrame:
    rows = []
    for choices, apart in (("the seed", 0.0), ("missing values", 0.285)):
        for value, n in (("card", 500), ("missing", 80)):
            rows.append(
                {"choices": choices, "month": "2020-04", "column": "payment", "value": value}
                | {"n": n, "base_rate": 0.25, "disagreement": apart if n == 80 else 0.06}
                | {"low": 0.0, "high": apart + 0.02}
            )
    return pd.DataFrame(rows)


def test_apart_tells_each_variant_but_seeds_and_halves() -> None:
    text = horizons.apart(variants()).alt
    assert "all features +0.004, −0.004, +0.004; usual value +0.006, −0.006, +0.006." in text
    assert "first half" not in text and "seed 1" not in text


def test_apart_fills_what_its_interval_holds_apart_from_zero() -> None:
    axes = horizons.apart(variants())._fig.axes
    for ax in axes:
        points = [line for line in ax.lines if line.get_marker() == "o"]
        filled = [p for p in points if p.get_markerfacecolor() == p.get_color()]
        assert {abs(round(float(p.get_xdata()[0]), 4)) for p in filled} == {0.004, 0.006}
        assert len(points) == 3


def test_losses_rank_the_named_variant_and_find_its_worst_month() -> None:
    text = horizons.losses(variants()).alt
    assert "In February the forest with all features has place 1 of 4 by log loss, 0.66" in text
    assert "In May it has 1.06, the others 0.66 to 1.26; were it never certain, 0.65." in text


def test_parting_tells_both_kinds_of_choice_for_each_slice() -> None:
    text = horizons.parting(slices()).alt
    assert "payment missing (80 trips, 25 % with a high tip): 0.0 % and 28.5 %" in text
    assert "payment card (500 trips, 25 % with a high tip): 6.0 % and 6.0 %" in text


def test_rebuilt_tells_each_case_before_and_after() -> None:
    frame = pd.DataFrame(
        [
            {"case": "as trained", "used": "as it came", "month": "2020-03", "f1": 0.7, "auc": 0.6},
            {"case": "seed 3", "used": "as it came", "month": "2020-03", "f1": 0.2, "auc": 0.55},
            {"case": "seed 3", "used": "aligned", "month": "2020-03", "f1": 0.69, "auc": 0.59},
        ]
    )
    text = horizons.rebuilt(frame).alt
    assert "F1 0.700 and AUC 0.600 as trained" in text
    assert "with seed 3: F1 0.200, AUC 0.550, aligned 0.690 and 0.590." in text


@pytest.fixture
def alarms() -> pd.DataFrame:
    rows = []
    cases = (("nothing rebuilt", 0.02), ("seed 1", 0.3), ("seed 2", 0.99))
    for case, d in cases:
        calm = case == "nothing rebuilt"
        for detector, value, line, alarm in (
            ("version", float(not calm), 1.0, not calm),
            ("largest D", d, 0.1, d > 0.1),
            ("cosine", -0.1, 0.9, not calm),
            ("neighbours", 1.0, 0.5, False),
        ):
            rows.append(
                {"case": case, "used": "as it came", "detector": detector, "value": value}
                | {"line": line, "alarm": alarm}
            )
    return pd.DataFrame(rows)


def test_noticed_puts_the_seeds_in_one_row_with_their_range(alarms: pd.DataFrame) -> None:
    text = re.sub("<[^>]+>", " ", horizons.noticed(alarms).html)
    assert "2 other seeds, as it came" in text and "seed 1" not in text
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    assert "0.30 to 0.99 rings" in text and text.count("refused") == 1
    assert "100 %" in text and "100 % rings" not in text


def test_tables_carry_their_frames_numbers() -> None:
    churns = pd.DataFrame(
        {
            "choices": ["the seed"] * 4,
            "month": ["2020-02", "2020-03", "2020-04", "2020-05"],
            "pairs": 15,
            "churn": [0.05, 0.06, 0.0625, 0.07],
            "low": 0.04,
            "high": 0.08,
            "kappa": [0.75, 0.76, 0.83, 0.87],
        }
    )
    text = re.sub("<[^>]+>", " ", horizons.churned(churns).html)
    assert (
        "6.2\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}2.0" in text
        and "0.83" in text
        and "0.76" not in text
    )
    spreads = churns.assign(choices="all choices", figure="log_loss", models=4, sd=0.002)
    spreads = spreads.assign(day_error=0.004, ratio=[1, 1.8, 84.5, 59.2], low=9.4, high=385.0)
    text = re.sub("<[^>]+>", " ", horizons.widths(spreads).html)
    assert "84 (9–385)" in text and "1.8 (9.4–385.0)" in text and "4 forests" in text


def test_no_text_is_smaller_than_fifteen_points() -> None:
    for picture in (
        horizons.apart(variants()),
        horizons.losses(variants()),
        horizons.parting(slices()),
    ):
        sizes = [
            t.get_fontsize()
            for ax in picture._fig.axes
            for t in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels(), ax.title)
        ]
        assert np.min(sizes) >= 15
