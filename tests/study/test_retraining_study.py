"""Retraining on real months, computed a second time by other means."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import brier_score_loss, f1_score, log_loss, roc_auc_score

import debugml as dm
from debugml import retraining, study
from debugml.features import LABEL, TIME
from debugml.study.base import in_memory
from debugml.study.deployment import ASSUMED, LATE

FEATURES = list(dm.FEATURES)
WINDOWS = {"last month", "last 3 months", "half-life 3 months", "all months"}


def frame_of(month: str) -> pd.DataFrame:
    return dm.featurize(in_memory(month), keep="payment_type")


def of(policy: str, window: str = "last month") -> pd.DataFrame:
    months = study.retraining_months()
    return months[(months["policy"] == policy) & (months["window"] == window)].set_index("month")


def served(months: tuple[str, ...]) -> Iterator[tuple[str, pd.DataFrame, np.ndarray, float]]:
    """Every 3 months on the last month, by pandas and scikit-learn alone."""
    model, rate = None, 0.0
    for turn, month in enumerate(months[1:]):
        if turn % 3 == 0:
            before = frame_of(months[turn])
            arrived = ASSUMED[LATE].labels.arrivals(before.rename(columns={TIME: "time"}))
            train = before[arrived <= pd.Timestamp(f"{month}-01 06:00")]
            model = RandomForestClassifier(
                n_estimators=100, max_depth=10, random_state=0, max_samples=len(train), n_jobs=-1
            ).fit(train[FEATURES], train[LABEL])
            model.n_jobs, rate = 1, train[LABEL].mean()
        assert model is not None
        frame = frame_of(month)
        yield month, frame, model.predict_proba(frame[FEATURES])[:, 1], rate


def compare(months: tuple[str, ...]) -> None:
    rows = of("every 3 months")
    for month, frame, p, rate in served(months):
        y, row = frame[LABEL], rows.loc[month]
        kept = np.clip(p, 0.001, 0.999)
        brier = brier_score_loss(y, p)
        expected = {
            "n": len(y),
            "base_rate": y.mean(),
            "f1": f1_score(y, p > 0.5),
            "auc": roc_auc_score(y, p),
            "log_loss": log_loss(y, p),
            "log_loss_floored": log_loss(y, kept),
            "brier": brier,
            "skill": 1 - brier / ((y - rate) ** 2).mean(),
            "skill_own_rate": 1 - brier / ((y - y.mean()) ** 2).mean(),
            "certain": ((p == 0) & (y == 1)).sum() + ((p == 1) & (y == 0)).sum(),
        }
        for name, value in expected.items():
            # Kept in single precision.
            assert row[name] == pytest.approx(value, rel=1e-5, abs=1e-6), (month, name)


def test_the_first_half_year_equals_a_second_computation() -> None:
    compare(study.ALL_MONTHS[:6])


@pytest.mark.slow
def test_all_months_equal_a_second_computation_and_so_does_the_interval() -> None:
    """Every 3 months against never, days drawn by pandas: percentiles, not a normal."""
    compare(study.ALL_MONTHS)
    generator, drawn, first = np.random.default_rng(5), [], None
    for month, frame, p, _ in served(study.ALL_MONTHS):
        if first is None:
            before = frame_of("2018-01")
            arrived = ASSUMED[LATE].labels.arrivals(before.rename(columns={TIME: "time"}))
            train = before[arrived <= pd.Timestamp(f"{month}-01 06:00")]
            first = RandomForestClassifier(
                n_estimators=100, max_depth=10, random_state=0, n_jobs=-1
            ).fit(train[FEATURES], train[LABEL])
        old = first.predict_proba(frame[FEATURES])[:, 1]
        y = frame[LABEL].to_numpy()
        losses = [-np.log(np.clip(np.where(y == 1, q, 1 - q), 0.001, 0.999)) for q in (p, old)]
        table = pd.DataFrame({"loss": losses[0] - losses[1], "n": 1})
        days = table.groupby(frame[TIME].dt.date.to_numpy()).sum().to_numpy()
        picks = generator.integers(0, len(days), (1000, len(days)))
        sums = days[picks].sum(axis=1)
        drawn.append(sums[:, 0] / sums[:, 1])
    low, high = np.quantile(np.mean(drawn, axis=0), [0.025, 0.975])
    policies = study.retraining_policies()
    row = policies[(policies["policy"] == "every 3 months") & (policies["window"] == "last month")]
    width = high - low
    for side, bound in (("low", low), ("high", high)):
        found = row[f"log_loss_floored_less_never_{side}"].iloc[0]
        assert found == pytest.approx(bound, abs=0.12 * width)


def test_every_window_has_every_policy_in_every_month() -> None:
    months = study.retraining_months()
    assert set(months["window"]) == WINDOWS
    counts = months.groupby(["window", "policy"])["month"].nunique()
    assert (counts == len(study.ALL_MONTHS) - 1).all()
    assert len(counts) == 4 * (len(retraining.policies()) + 2)
    for frame in (months, study.retraining_policies(), study.retraining_seeds()):
        assert not frame.isna().any().any()


def test_results_stay_small() -> None:
    size = 0
    for frame in (
        study.retraining_months(),
        study.retraining_policies(),
        study.retraining_seeds(),
        study.retraining_lag(),
    ):
        out, frame.attrs = BytesIO(), {}
        frame.to_parquet(out, index=False)
        size += len(out.getvalue())
    assert size < 120_000


def test_always_yes_by_scikit_learn() -> None:
    yes, renewed = of("always yes"), of("always yes, rate of last month")
    for month, before in (("2018-02", "2018-01"), ("2020-05", "2020-04")):
        y, frame = frame_of(month)[LABEL], frame_of(before)
        arrived = ASSUMED[LATE].labels.arrivals(frame.rename(columns={TIME: "time"}))
        rate = frame.loc[arrived <= pd.Timestamp(f"{month}-01 06:00"), LABEL].mean()
        assert yes.loc[month, "f1"] == pytest.approx(f1_score(y, np.ones(len(y))), rel=1e-6)
        found = renewed.loc[month, "log_loss"]
        assert found == pytest.approx(log_loss(y, np.full(len(y), rate)), rel=1e-6)


def test_the_same_ways_by_two_results() -> None:
    """Seed 0, begun as usual, is the policies' own row; late labels give the months' own."""
    policies = study.retraining_policies()
    table = policies[policies["window"] == "last month"].set_index("policy")
    seeds = study.retraining_seeds()
    usual = seeds[(seeds["seed"] == 0) & (seeds["first"] == seeds["months"])]
    for row in usual.to_dict("records"):
        k = row["months"]
        name = {0: "never", 1: "every month"}.get(k, f"every {k} months")
        for figure in ("f1", "log_loss_floored", "auc"):
            assert row[figure] == pytest.approx(table.loc[name, figure], rel=1e-5), name
        assert row["retrainings"] == table.loc[name, "retrainings"]
    lag = study.retraining_lag()
    late = lag[lag["lag"] == LATE].set_index("month")
    assert late["log_loss"].to_numpy() == pytest.approx(
        of("every 3 months")["log_loss"].to_numpy(), rel=1e-5
    )
    at_once = lag[lag["lag"] == "no lag"]
    assert (at_once["labels"] > 0.999).all() and (late["labels"] < 0.995).all()


def test_the_frontier_of_the_real_table_by_brute_force() -> None:
    table = study.retraining_policies()
    table = table[~table["policy"].str.startswith("oracle")]
    for figure, lower in (("f1", False), ("log_loss_floored", True)):
        sign = -1 if lower else 1
        ways = [(r["drawn"], sign * r[figure]) for r in table.to_dict("records")]
        unbeaten = [
            not any(c <= cost and v >= value and (c, v) != (cost, value) for c, v in ways)
            for cost, value in ways
        ]
        found = retraining.frontier(table, "drawn", figure, lower=lower)
        assert sorted(found.index) == sorted(table.index[unbeaten])


def test_real_labels_still_to_come_change_no_decision() -> None:
    """Every label that had not arrived on 1 April 2020 is turned round; nobody notices."""
    months = dm.months_between("2020-01", "2020-05")
    size = retraining.Size(trees=5, depth=6)
    history = retraining.History.of({m: frame_of(m) for m in months}, ASSUMED[LATE])
    moment = history.moment(3)
    turned = tuple(
        frame.assign(**{LABEL: frame[LABEL].where(frame["label_time"] <= moment, 1 - frame[LABEL])})
        for frame in history.frames
    )
    both = (history, retraining.History(history.months, turned, history.at))
    for window in (retraining.last(1), retraining.expanding()):
        seen = []
        for told in both:
            forests, serving, found = retraining.Forests(told, window, size=size), 1, []
            for turn in (2, 3):
                for policy in retraining.policies():
                    if policy.sees != "the future":
                        view = retraining.View(forests, turn, serving, policy.sees)
                        found.append(policy.decide(view))
            digests = [dm.model_digest(forests.forest(turn)) for turn in (1, 2, 3)]
            seen.append((found, digests))
        assert seen[0] == seen[1]
