"""The tournament on real months, computed a second time by other means."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import brier_score_loss, confusion_matrix, f1_score

import debugml as dm
from debugml import study
from debugml.study.alarms import SUSPECT, TOLERANCE

TRUTHS = {"f1": "F1 fell", "skill": "skill fell"}


@cache
def month(name: str) -> pd.DataFrame:
    return dm.featurize(dm.load(name))


def committed(policy: str) -> pd.DataFrame:
    history = study.alarm_history()
    rows = history[(history["trips"] == "all") & (history["policy"] == policy)]
    return rows.set_index("period")


def expected_row(alarms: dict[str, bool], figure: str) -> dict[str, int]:
    """Hits, misses and false alarms by scikit-learn, from the truth alone."""
    truths = committed("always")[f"{figure}_truth"]
    judged = [m for m in truths.index if truths[m] in ("fell", "did not")]
    table = confusion_matrix(
        [truths[m] == "fell" for m in judged], [alarms[m] for m in judged], labels=[False, True]
    )
    return {
        "false_alarms": table[0, 1],
        "misses": table[1, 0],
        "hits": table[1, 1],
        "unscored_alarms": sum(alarms.values()) - table[:, 1].sum(),
    }


@pytest.mark.slow
def test_the_table_equals_a_second_computation_for_three_policies() -> None:
    """KS with Bonferroni and D by scipy, a fall of F1 by scikit-learn's own forest."""
    names = list(dm.FEATURES)
    alarms: dict[str, dict[str, bool]] = {"KS, Bonferroni, 0.05": {}, "D > 0.1": {}, "F1 fell": {}}
    for before, after in itertools.pairwise(study.ALL_MONTHS):
        one, two = month(before), month(after)
        tests = [stats.ks_2samp(one[name], two[name]) for name in names]
        alarms["KS, Bonferroni, 0.05"][after] = any(t.pvalue * len(names) < 0.05 for t in tests)
        alarms["D > 0.1"][after] = any(t.statistic > 0.1 for t in tests)
        forest = RandomForestClassifier(
            n_estimators=100, max_depth=10, random_state=0, oob_score=True, n_jobs=-1
        ).fit(one[names], one[dm.LABEL])
        was = f1_score(one[dm.LABEL], forest.oob_decision_function_[:, 1] > 0.5)
        p = forest.predict_proba(two[names])[:, 1]
        fall = was - f1_score(two[dm.LABEL], p > 0.5)
        alarms["F1 fell"][after] = fall > TOLERANCE
        row = committed("F1 fell").loc[after]
        assert row["value"] == pytest.approx(fall, abs=1e-12)
        assert row["f1_fall"] == pytest.approx(fall, abs=1e-12)
        rate = one[dm.LABEL].mean()
        skill = 1 - brier_score_loss(two[dm.LABEL], p) / ((two[dm.LABEL] - rate) ** 2).mean()
        assert row["skill_after"] == pytest.approx(skill, abs=1e-9)
    scores = study.alarm_scores()
    for policy, by_month in alarms.items():
        assert committed(policy)["alarm"].to_dict() == by_month, policy
        for figure in TRUTHS:
            row = scores[(scores["figure"] == figure) & (scores["policy"] == policy)].iloc[0]
            for name, count in expected_row(by_month, figure).items():
                assert row[name] == count, (policy, figure, name)


def test_the_truth_follows_its_rule_and_leaves_suspect_months_out() -> None:
    for window in (1, 3):
        history = study.alarm_history(window=window)
        for figure in TRUTHS:
            rule = np.select(
                [history[f"{figure}_low"] > TOLERANCE, history[f"{figure}_high"] < TOLERANCE],
                ["fell", "did not"],
                "undecided",
            )
            truth = history[f"{figure}_truth"]
            in_doubt = truth == "suspect"
            assert (truth[~in_doubt] == rule[~in_doubt]).all()
            months = set(history.loc[in_doubt, "period"])
            at = [study.ALL_MONTHS.index(m) for m in SUSPECT]
            reach = {study.ALL_MONTHS[i + k] for i in at for k in range(window + 1)}
            assert months == reach


def test_an_interval_over_days_by_another_bootstrap() -> None:
    """April 2020, days drawn by pandas: the bounds of the fall agree to a few thousandths."""
    row = committed("always").loc["2020-04"]
    one, two = month("2020-03"), month("2020-04")
    names = list(dm.FEATURES)
    forest = RandomForestClassifier(
        n_estimators=100, max_depth=10, random_state=0, oob_score=True, n_jobs=-1
    ).fit(one[names], one[dm.LABEL])
    scored = [
        (one, forest.oob_decision_function_[:, 1]),
        (two, forest.predict_proba(two[names])[:, 1]),
    ]
    generator, drawn = np.random.default_rng(1), []
    for frame, p in scored:
        yes, y = p > 0.5, frame[dm.LABEL].to_numpy() == 1
        table = pd.DataFrame({"tp": yes & y, "all": yes.astype(int) + y.astype(int)})
        days = table.groupby(frame[dm.features.TIME].dt.date.to_numpy()).sum()
        picks = generator.integers(0, len(days), (1000, len(days)))
        drawn.append([2 * days["tp"].values[k].sum() / days["all"].values[k].sum() for k in picks])
    low, high = np.quantile(np.subtract(*drawn), [0.025, 0.975])
    assert row["f1_low"] == pytest.approx(low, abs=0.004)
    assert row["f1_high"] == pytest.approx(high, abs=0.004)


def test_halves_share_no_day_and_leave_out_who_watches_features() -> None:
    history = study.alarm_history()
    halves = history[history["trips"] == "halves"]
    assert set(halves["sees"]) == {"labels", "probabilities", "nothing"}
    # Its own records no longer decide the truth: value and fall differ.
    f1 = halves[halves["policy"] == "F1 fell"]
    assert (f1["value"] != f1["f1_fall"]).all()
    assert f1["value"].corr(f1["f1_fall"]) > 0.5


def test_dummies_cost_what_they_must() -> None:
    for window in (1, 3):
        scores = study.alarm_scores(window=window)
        for figure in TRUTHS:
            part = scores[scores["figure"] == figure].set_index("policy")
            falls, scored = part["falls"].iloc[0], part["scored"].iloc[0]
            assert part.loc["never", "cost"] == 5 * falls
            assert part.loc["always", "cost"] == scored - falls
            assert part.loc["always", "cost"] == part.loc["always", "cost_random"]
