"""Figures of features and training: they say what their frames say."""

from __future__ import annotations

import pandas as pd

from debugml.figures import features, training

SCORES = pd.DataFrame(
    {
        "month": ["2020-01", "2020-02"],
        "n": [1000, 1000],
        "base_rate": [0.6, 0.6],
        "f1": [0.8, 0.7],
        "precision": [0.8, 0.75],
        "recall": [0.8, 0.8],
    }
)
PUBLISHED = pd.DataFrame({"month": ["2020-01", "2020-02"], "f1": [0.668, 0.666]})


def test_the_counts_sum_to_the_months_trips() -> None:
    counts = training.confusion(SCORES.iloc[1])
    assert counts == {"tp": 480, "fp": 160, "fn": 120, "tn": 240}


def test_at_both_ends_of_the_span_the_forest_costs_what_a_constant_costs() -> None:
    row = SCORES.iloc[1]
    counts, (low, high) = training.confusion(row), training.worth_between(row)

    def cost(c: float) -> float:
        return counts["fn"] + c * counts["fp"]

    assert abs(cost(low) - low * (counts["fp"] + counts["tn"])) < 1e-9
    assert abs(cost(high) - (counts["tp"] + counts["fn"])) < 1e-9


def test_train_and_test_names_both_months_of_both_sources() -> None:
    alt = training.train_and_test(SCORES, PUBLISHED).alt
    assert "published, 0.668 in January and 0.666 in February" in alt
    assert "ours, 0.800 in January and 0.700 in February" in alt


def test_decisions_and_savings_say_their_numbers() -> None:
    assert "yes to 640, of which 480" in training.decisions(SCORES, "2020-02").alt
    assert "between 0.50 and 3.00" in training.saved(SCORES, "2020-02").alt


def test_what_faults_touch_is_counted_by_month() -> None:
    faults = pd.DataFrame(
        {
            "month": ["2019-12", "2020-01", "2020-02", "2020-07"],
            "rows": [1000] * 4,
            "last_day": [30, 40, 5, 30],
            "wrapped": [0, 0, 2, 7],
        }
    )
    alt = features.touched(faults).alt
    assert "3.0% of the trips in the median month and 0.5% in 2020-02" in alt
    assert "9 trips in all 4 months, 2 of them from January to June 2020" in alt
