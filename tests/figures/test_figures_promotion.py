"""Figures of promotion: they say what their frames say."""

from __future__ import annotations

import pandas as pd

from debugml.figures import promotion

CHECKS = pd.DataFrame(
    [
        ("f1_above_always_yes", -0.006, -0.011, -0.001, 0.0, False),
        ("skill", 0.035, 0.029, 0.041, 0.0, True),
        ("worst_slice", -0.01, -0.05, 0.03, 0.0, True),
        ("calibration", 0.016, 0.006, 0.026, 0.03, True),
        ("data", 2.0, 2.0, 2.0, 0.0, False),
    ],
    columns=["criterion", "value", "low", "high", "limit", "passed"],
).assign(seed=0, outcome="hold")


def folds(n: int = 4) -> pd.DataFrame:
    months = [f"2019-0{i}" for i in range(1, n + 1)]
    columns = {"train": months, "validate": [f"2019-0{i + 1}" for i in range(1, n + 1)]}
    frame = pd.DataFrame(columns)
    for name, value in (("f1_above_always_yes", -0.1), ("at_threshold", 0.02), ("skill", 0.03)):
        frame = frame.assign(
            **{name: value, f"{name}_low": value - 0.01, f"{name}_high": value + 0.01}
        )
    frame.loc[0, "at_threshold_low"] = -0.01
    return frame


def history() -> pd.DataFrame:
    rows = []
    for gate in ("every criterion", "without always-yes", "without F1"):
        for i, outcome in enumerate(("hold", "promote", "promote")):
            row = {"gate": gate, "validate": f"2019-0{i + 1}", "outcome": outcome}
            met = dict.fromkeys(promotion.NAMES, "met")
            met["skill"] = "met" if i else "not met"
            met["f1_against_champion"] = "met" if i == 2 else "not asked" if i == 0 else "not met"
            rows.append(row | met)
    return pd.DataFrame(rows)


def test_the_gate_says_its_outcome_and_each_criterion() -> None:
    text = promotion.gate(CHECKS).alt
    assert text.startswith("The gate says hold.")
    assert "F1 above always-yes: −0.006 (−0.011 to −0.001), not met" in text
    assert "skill: +0.035 (+0.029 to +0.041), met" in text
    assert "data checks: 2 failed, not met" in text


def test_a_dot_right_of_the_line_is_met() -> None:
    picture = promotion.gate(CHECKS)
    (ax,) = picture._fig.axes
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == len(CHECKS)
    for line, passed in zip(dots, CHECKS["passed"], strict=True):
        assert (line.get_xdata()[0] > 0) == passed


def test_folds_count_who_is_shown_to_be_above() -> None:
    text = promotion.folds(folds()).alt
    assert "decided at one half, shown above 0 in 0 of 4 folds" in text
    assert "shown above 0 in 3 of 4 folds" in text
    assert "skill, shown above 0 in 4 of 4 folds" in text


def test_history_counts_what_is_filled() -> None:
    picture = promotion.history(history())
    assert "skill met in 2 of 3" in picture.alt
    assert "F1 vs champion met in 1 of 2" in picture.alt
    assert "the gate, without F1, promotes 2" in picture.alt
    cells = list(picture._fig.axes[0].patches)
    assert len(cells) == (7 + 3) * 3 - 1
    filled = sum(cell.get_facecolor()[3] == 1 for cell in cells)
    assert filled == 7 * 3 - 1 - 2 + 3 * 2


def test_cases_name_what_else_they_are_held_for() -> None:
    cases = pd.DataFrame(
        {
            "case": ["as it is", "distance in km"],
            "gate": "every criterion",
            "failed": ["f1_above_always_yes", "f1_above_always_yes, data"],
            "f1_above_always_yes": [-1e-16, -0.005],
            "auc": 0.58,
            "log_loss": 0.66,
        }
    )
    html = promotion.cases(cases).html
    assert ">nothing<" in html and ">data checks<" in html
    assert ">0.000<" in html and ">−0.005<" in html


def test_worth_tells_every_way_and_span() -> None:
    rows = [
        {"span": span, "figure": figure, "way": way, "difference": d, "low": d - 1, "high": d + 1}
        for span, d in (("all", 0.0), ("2018–19", 1.0), ("2020", 2.0))
        for figure in ("f1", "log_loss")
        for way in [*promotion.WAYS, "no gate", "constant"]
    ]
    text = promotion.worth(pd.DataFrame(rows)).alt
    assert "F1, 2020: gate, every criterion +2.000 (+1.000 to +3.000)" in text
    assert "log loss, 2018–19" in text and "no gate, a month later +1.000" in text
