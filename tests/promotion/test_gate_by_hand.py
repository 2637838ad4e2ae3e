"""One challenger before the gate, every figure worked out by hand.

Four trips a day, with RatecodeID 1, 2, 1, 2 and labels 1, 1, 0, 0. On 13 days the challenger
says 0.8, 0.4, 0.6, 0.1, on the last day 0.9, 0.9, 0.1, 0.1. The champion says 0.6 to all.

Of 14 days drawn from these, the last one is drawn k times: Binomial(14, 1/14), which is 0 with
35 %, 2 or less with 92.7 %, 3 or less with 98.6 %. So a 95 % interval goes from k = 0 to k = 3,
and the figure itself is that of k = 1.
"""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from debugml.alarms import Period
from debugml.promotion import Candidate, Gate

LIMITS = """
[f1_above_always_yes]
limit = 0.0
by = "low"
[skill]
limit = 0.0
by = "low"
[f1_against_champion]
margin = 0.02
[log_loss_against_champion]
margin = 0.01
[worst_slice]
limit = 0.0
by = "high"
columns = ["RatecodeID"]
minimum = 28
[calibration]
limit = 0.03
"""


def candidate(name: str, usual: list[float], last: list[float]) -> Candidate:
    days = np.repeat(pd.date_range("2020-02-01", periods=14), 4)
    features = pd.DataFrame({"RatecodeID": [1.0, 2.0, 1.0, 2.0] * 14})
    period = Period("2020-02", features, pd.Series(days), [1, 1, 0, 0] * 14, usual * 13 + last)
    return Candidate(name, period, base_rate=0.5)


CHALLENGER = candidate("challenger", [0.8, 0.4, 0.6, 0.1], [0.9, 0.9, 0.1, 0.1])
CHAMPION = candidate("champion", [0.6] * 4, [0.6] * 4)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    path: Path = tmp_path_factory.mktemp("gate") / "gate.toml"
    path.write_text(LIMITS, "utf-8")
    return Gate.read(path)


def f1_above_yes(k: int) -> float:
    # Usual day: 1 of 2 yes is right, of 2 positives; last day: 2 of 2.
    tp, yes, positive = (14 - k) * 1 + k * 2, 14 * 2, 14 * 2
    return 2 * tp / (yes + positive) - 2 / 3


def skill(k: int) -> float:
    # Squared errors: 0.04 + 0.36 + 0.36 + 0.01 and 4 × 0.01; the constant 0.5: 4 × 0.25.
    return 1 - ((14 - k) * 0.77 + k * 0.04) / 14


def log_loss_gained(k: int) -> float:
    usual = -(log(0.8) + log(0.4) + log(0.4) + log(0.9))
    champion = -(2 * log(0.6) + 2 * log(0.4))
    return champion / 4 - ((14 - k) * usual - k * 4 * log(0.9)) / 56


def gap(k: int) -> float:
    # Probabilities add up to 1.9 and 2.0 a day, labels to 2.
    return (14 - k) * 0.1 / 56


def test_each_criterion_has_the_figure_worked_by_hand(gate: Gate) -> None:
    checks = gate.decide(CHALLENGER, CHAMPION).checks.set_index("criterion")
    # The champion only says yes, so that the two criteria on F1 are of one difference.
    expected = {
        "f1_above_always_yes": (f1_above_yes, 0.0, False),
        "skill": (skill, 0.0, True),
        "f1_against_champion": (f1_above_yes, -0.02, False),
        "log_loss_against_champion": (log_loss_gained, -0.01, True),
    }
    for name, (figure, limit, passed) in expected.items():
        row = checks.loc[name]
        assert row["value"] == pytest.approx(figure(1)), name
        assert (row["low"], row["high"]) == pytest.approx((figure(0), figure(3))), name
        assert (row["limit"], row["passed"]) == (limit, passed), name
    row = checks.loc["calibration"]
    assert (row["value"], row["low"], row["high"]) == pytest.approx((gap(1), gap(3), gap(0)))
    assert (row["limit"], row["passed"]) == (0.03, True)
    assert list(checks["value"].round(3)) == [-0.131, 0.282, -0.131, 0.204, 0.254, 0.023]


def test_the_worst_slice_by_hand(gate: Gate) -> None:
    row = gate.decide(CHALLENGER, CHAMPION).checks.set_index("criterion").loc["worst_slice"]
    # RatecodeID 1: errors 0.04 + 0.36, and 0.02 on the last day; the constant's 0.5 a day.
    assert row["value"] == pytest.approx(1 - (13 * 0.40 + 0.02) / 7)
    # Each k moves it by 0.38 / 7; two slices share 5 %, so z is 2.241.
    reach = 2.241 * np.sqrt(14 / 14 * 13 / 14) * 0.38 / 7
    assert row["high"] - row["value"] == pytest.approx(reach, rel=0.06)
    assert row["passed"] and row["reason"].startswith(
        "skill in the worst slice, RatecodeID 1 with 28 records, is +0.254"
    )


def test_the_outcome_and_its_reasons_in_words(gate: Gate) -> None:
    decision = gate.decide(CHALLENGER, CHAMPION)
    assert decision.outcome == "hold"
    assert decision.failed == ("f1_above_always_yes", "f1_against_champion")
    assert decision.reasons == (
        "F1 less that of always saying yes is −0.131 (−0.167 to −0.060) and must be shown to be "
        "above 0",
        "F1 less the champion's is −0.131 (−0.167 to −0.060) and must be shown to be above −0.02",
    )
    fewer = gate.without("f1_above_always_yes", "f1_against_champion")
    decision = fewer.decide(CHALLENGER, CHAMPION)
    assert (decision.outcome, decision.reasons) == ("promote", ("all 4 criteria are met",))


def test_a_review_turns_the_burden_round(gate: Gate) -> None:
    # Worse by 0.131, shown to be by 0.060 or more, which is beyond the margin of 0.02.
    decision = gate.review(CHALLENGER, CHAMPION)
    assert (decision.outcome, decision.failed) == ("roll back", ("f1_against_champion",))
    # The champion's log loss is worse by 0.204, shown to be beyond 0.01.
    decision = gate.review(CHAMPION, CHALLENGER)
    assert decision.failed == ("log_loss_against_champion",)


def test_one_certain_mistake_costs_no_more_than_the_floor(gate: Gate) -> None:
    sure = candidate("sure", [0.8, 0.4, 0.6, 0.1], [0.0, 0.9, 0.1, 0.1])
    row = gate.decide(sure, CHAMPION).checks.set_index("criterion").loc["log_loss_against_champion"]
    assert row["value"] == pytest.approx(log_loss_gained(1) - (log(0.9) - log(0.001)) / 56)


def test_a_digest_tells_decisions_apart_by_their_figures(gate: Gate) -> None:
    other = candidate("challenger", [0.8, 0.4, 0.6, 0.1], [0.9, 0.9, 0.1, 0.1000001])
    one, two = (gate.decide(each, CHAMPION) for each in (CHALLENGER, other))
    assert one.reasons == two.reasons and one.digest != two.digest
    assert one.digest == gate.decide(CHALLENGER, CHAMPION).digest
    named = candidate("another", [0.8, 0.4, 0.6, 0.1], [0.9, 0.9, 0.1, 0.1])
    assert gate.decide(named, CHAMPION).digest != one.digest
