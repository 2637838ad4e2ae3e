"""The gate: each criterion holds by itself, with its reason; a good challenger is promoted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_candidates import made_up_candidate, made_up_month, truth_of
from scipy import stats
from sklearn.metrics import brier_score_loss, f1_score, log_loss

import debugml as dm
from debugml.alarms import Period
from debugml.by_day import FIGURES
from debugml.errors import RecordsError, SettingError
from debugml.features import LABEL
from debugml.lineage import Lineage
from debugml.promotion import Candidate, Draws, Facts, Gate, slice_skills
from debugml.promotion.evidence import sums_by_day

GATE = Gate.default()
NO_DATA = GATE.without("data")


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    return made_up_month("2020-02")


@pytest.fixture(scope="module")
def good(month: pd.DataFrame) -> Candidate:
    return made_up_candidate(month, truth_of(month), name="good")


def test_a_good_challenger_is_promoted(month: pd.DataFrame, good: Candidate) -> None:
    decision = GATE.decide(good)
    assert (decision.outcome, decision.failed) == ("promote", ())
    assert decision.reasons == ("all 5 criteria are met",)
    champion = made_up_candidate(month, truth_of(month, 0.5), name="champion")
    decision = GATE.decide(good, champion)
    assert decision.outcome == "promote" and decision.against == "champion"
    assert decision.reasons == ("all 7 criteria are met",)


def test_figures_are_those_of_scikit_learn(month: pd.DataFrame) -> None:
    p = np.clip(truth_of(month, 0.8) + 0.02, 0, 1)
    champion = truth_of(month, 0.3)
    one, other = made_up_candidate(month, p, base_rate=0.4), made_up_candidate(month, champion)
    checks = NO_DATA.decide(one, other).checks.set_index("criterion")["value"]
    y = month[LABEL]
    f1 = f1_score(y, p > 0.5)
    assert checks["f1_above_always_yes"] == pytest.approx(f1 - f1_score(y, np.ones(len(y))))
    constant = brier_score_loss(y, np.full(len(y), 0.4))
    assert checks["skill"] == pytest.approx(1 - brier_score_loss(y, p) / constant)
    assert checks["f1_against_champion"] == pytest.approx(f1 - f1_score(y, champion > 0.5))
    better = log_loss(y, champion) - log_loss(y, p)
    assert checks["log_loss_against_champion"] == pytest.approx(better)
    assert checks["calibration"] == pytest.approx(abs(p.mean() - y.mean()))


def test_the_worst_slice_is_the_one_found_by_hand(month: pd.DataFrame) -> None:
    p = truth_of(month)
    spoilt = (month["RatecodeID"] == 2).to_numpy()
    p[spoilt] = 1 - p[spoilt]
    period = made_up_candidate(month, p).period
    table = slice_skills(period, 0.5, ["RatecodeID"], 100, Draws(28))
    assert table["slice"].tolist() == ["RatecodeID 2", "RatecodeID 1"]
    part = month[spoilt]
    error, constant = brier_score_loss(part[LABEL], p[spoilt]), 0.25
    assert table["skill"].iloc[0] == pytest.approx(1 - error / constant)
    # Bonferroni over two slices, against one alone.
    one = Draws(28).totals(sums_by_day(period.take(spoilt), 0.5))
    drawn = FIGURES["skill"](one)[1:]
    reach = stats.norm.ppf(1 - 0.025 / 2) * drawn.std()
    assert table["high"].iloc[0] - table["skill"].iloc[0] == pytest.approx(reach)


def test_draws_of_days_by_another_bootstrap(month: pd.DataFrame, good: Candidate) -> None:
    """F1 − always-yes, days drawn by numpy and scored from precision and recall."""
    row = NO_DATA.decide(good).checks.set_index("criterion").loc["f1_above_always_yes"]
    p, y = truth_of(month) > 0.5, month[LABEL].to_numpy() == 1
    day = np.arange(len(y)) // 60
    rng, found = np.random.default_rng(5), []
    for _ in range(400):
        at = np.concatenate([np.flatnonzero(day == d) for d in rng.integers(0, 28, 28)])
        precision, recall = y[at][p[at]].mean(), p[at][y[at]].mean()
        yes = 2 / (1 + 1 / y[at].mean())
        found.append(2 / (1 / precision + 1 / recall) - yes)
    low, high = np.quantile(found, [0.025, 0.975])
    assert row["low"] == pytest.approx(low, abs=0.008)
    assert row["high"] == pytest.approx(high, abs=0.008)


def test_each_criterion_holds_by_itself(month: pd.DataFrame, good: Candidate) -> None:
    p, y = truth_of(month), month[LABEL].to_numpy()
    base = float(y.mean())
    spoilt = (month["pickup_weekday"] == 3).to_numpy()
    weekday = np.where(spoilt, 1 - p, p)
    # Decisions as good, but surer than the labels allow.
    sure = np.where(p > 0.5, 0.9999, 0.0001)
    cases = {
        "f1_above_always_yes": (np.maximum(p, 0.5001), None, "F1 less that of always saying yes"),
        "worst_slice": (weekday, None, "skill in the worst slice, pickup_weekday 3"),
        "log_loss_against_champion": (sure, good, "the champion's log loss (floored) less"),
        "f1_against_champion": (np.minimum(p, 0.499), good, "F1 less the champion's"),
        "calibration": (np.clip(p + 0.08, 0, 1), None, "calibration in the large, the gap"),
    }
    left_out = {"f1_above_always_yes", "skill", "worst_slice", "calibration"}
    for name, (probabilities, champion, said) in cases.items():
        gate = NO_DATA
        if name == "log_loss_against_champion":
            gate = NO_DATA.without("skill", "worst_slice", "calibration")
        elif name == "f1_against_champion":
            gate = NO_DATA.without(*left_out, "log_loss_against_champion")
        elif name == "f1_above_always_yes":
            gate = NO_DATA.without("calibration")
        decision = gate.decide(made_up_candidate(month, probabilities, base_rate=base), champion)
        assert (decision.outcome, decision.failed) == ("hold", (name,)), (name, str(decision))
        assert len(decision.reasons) == 1 and decision.reasons[0].startswith(said)
    noise = np.random.default_rng(0).uniform(0.3, 0.7, len(y))
    decision = NO_DATA.without("f1_above_always_yes", "worst_slice").decide(
        made_up_candidate(month, noise, base_rate=base)
    )
    assert decision.failed == ("skill",) and decision.reasons[0].startswith("skill is −")


def test_who_only_says_yes_is_held_for_just_that(month: pd.DataFrame) -> None:
    base = float(month[LABEL].mean())
    only_f1 = NO_DATA.without("calibration", "worst_slice")
    ranked = made_up_candidate(month, np.maximum(truth_of(month), 0.5001), base_rate=base)
    decision = only_f1.decide(ranked)
    assert decision.failed == ("f1_above_always_yes",)
    row = decision.checks.iloc[0]
    assert row[["value", "low", "high"]].tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    constant = made_up_candidate(month, np.full(len(month), max(base, 0.5001)), base_rate=base)
    decision = only_f1.decide(constant)
    assert decision.failed == ("f1_above_always_yes", "skill")


def test_data_in_doubt_hold_by_themselves(month: pd.DataFrame) -> None:
    earlier = tuple(Facts.of(f"2019-1{i}", made_up_month(f"2019-1{i}", seed=i)) for i in range(3))
    train = made_up_month("2020-01", seed=9)
    km = train.assign(trip_distance=train["trip_distance"] * 1.609344)
    fine, wrong = (
        made_up_candidate(
            month,
            truth_of(month),
            facts=(Facts.of("2020-01", frame), Facts.of("2020-02", month)),
            before=earlier,
        )
        for frame in (train, km)
    )
    assert GATE.decide(fine).outcome == "promote"
    decision = GATE.decide(wrong)
    assert decision.failed == ("data",)
    assert decision.reasons[0].startswith("2020-01: the median of trip_distance is ")
    with pytest.raises(SettingError, match=r"bare came without facts .* leave"):
        GATE.decide(Candidate("bare", wrong.period, 0.5))


def test_a_release_is_rolled_back_only_when_shown_to_be_worse(month: pd.DataFrame) -> None:
    previous = made_up_candidate(month, truth_of(month), name="previous")
    rng = np.random.default_rng(1)
    flipped = rng.uniform(size=len(month)) < 0.15
    worse = np.where(flipped, 1 - truth_of(month), truth_of(month))
    decision = GATE.review(made_up_candidate(month, worse, name="current"), previous)
    assert decision.outcome == "roll back"
    assert decision.failed == ("f1_against_champion", "log_loss_against_champion")
    assert "shown to be below −0.02" in decision.reasons[0]
    same = GATE.review(made_up_candidate(month, truth_of(month), name="current"), previous)
    assert (same.outcome, same.reasons) == ("hold", ("not shown to be worse than previous",))
    doubtful = month.assign(passenger_count=np.float32(1))
    facts = (Facts.of("2020-02", doubtful),)
    decision = GATE.review(made_up_candidate(month, worse, facts=facts), previous)
    assert decision.outcome == "hold" and decision.reasons[0].startswith("the data are in doubt")
    with pytest.raises(SettingError, match=r"add \[f1_against_champion\]"):
        GATE.without("f1_against_champion", "log_loss_against_champion").review(previous, previous)


def test_promote_and_roll_back_differ_where_nothing_is_shown(month: pd.DataFrame) -> None:
    """Between the margins, the burden of proof decides: not promoted, not rolled back."""
    p = truth_of(month)
    rng = np.random.default_rng(3)
    slightly = np.where(rng.uniform(size=len(p)) < 0.03, 1 - p, p)
    one = made_up_candidate(month, slightly, name="challenger")
    other = made_up_candidate(month, p, name="champion")
    assert "f1_against_champion" in NO_DATA.decide(one, other).failed
    assert "f1_against_champion" not in NO_DATA.review(one, other).failed


def test_equal_models_are_rarely_told_apart() -> None:
    """Two models of the same skill: neither bound passes zero more often than it may."""
    wins = losses = 0
    rounds = 80
    months = [made_up_month("2020-02", a_day=25, seed=seed) for seed in range(8)]
    facts = (Facts.of("2020-02", months[0]),)
    for seed in range(rounds):
        frame = months[seed % 8]
        rng = np.random.default_rng(10_000 + seed)
        one, other = (
            np.where(rng.uniform(size=len(frame)) < 0.2, 1 - truth_of(frame), truth_of(frame))
            for _ in range(2)
        )
        draws = Draws(28, draws=300, seed=seed)
        candidates = [made_up_candidate(frame, p, facts=facts) for p in (one, other)]
        f1 = [FIGURES["f1"](draws.totals(sums_by_day(c.period, 0.5))) for c in candidates]
        better = f1[0] - f1[1]
        found = draws.estimate(better)
        wins, losses = wins + (found.low > 0), losses + (found.high < 0)
    # Each side has 2.5 %; a percentile interval over 28 days is a little too short: 5 % is
    # granted, and more than 11 of 80 would come by chance once in 1,000.
    assert stats.binom.sf(11, rounds, 0.05) < 1 / 900
    assert wins <= 11 and losses <= 11


def test_a_decision_is_recorded(tmp_path: Path, train: pd.DataFrame, model: dm.Forest) -> None:
    february = dm.featurize(dm.load("2020-02"))
    candidate = Candidate.of(model, february, months=("2020-01", "2020-02"), train=train)
    decision = GATE.decide(candidate)
    store = Lineage(tmp_path / "lineage.sqlite")
    store.record(decision.run())
    (run,) = store.runs_that_made(decision.digest)
    assert run.name == "decide" and run.made[0].kind == "decision"
    assert run.made[0].name == f"{decision.outcome}: forest 2020-01"
    assert dm.model_digest(model) in {artifact.digest for artifact in run.used}
    assert run.parameters["reasons"] == list(decision.reasons)
    assert GATE.decide(candidate).digest == decision.digest
    assert GATE.without("skill").decide(candidate).digest != decision.digest


def test_what_cannot_be_compared_is_refused(month: pd.DataFrame, good: Candidate) -> None:
    other = made_up_month("2020-02", seed=4)
    with pytest.raises(RecordsError, match="scored on different records"):
        GATE.decide(good, made_up_candidate(other, truth_of(other)))
    week = month[: 60 * 7]
    with pytest.raises(RecordsError, match="7 days of validation records: give 14"):
        NO_DATA.decide(made_up_candidate(week, truth_of(week)))
    with pytest.raises(SettingError, match="no criterion 'f2'"):
        GATE.without("f2")
    features = month.drop(columns=[LABEL])
    period = Period("x", features[["trip_time"]], good.period.times, good.period.y, good.period.p)
    with pytest.raises(dm.errors.SchemaError, match="no column pickup_weekday"):
        slice_skills(period, 0.5, ["pickup_weekday"], 10, Draws(28))
    with pytest.raises(SettingError, match="of 5000 records"):
        slice_skills(good.period, 0.5, ["pickup_weekday"], 5000, Draws(28))
