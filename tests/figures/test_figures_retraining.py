"""Figures of retraining say what their frames say."""

from __future__ import annotations

import pandas as pd
import pytest

from debugml import retraining, study
from debugml.figures import retraining as figures
from debugml.figures.build import step_of


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    return study.retraining_months()


@pytest.fixture(scope="module")
def policies() -> pd.DataFrame:
    return study.retraining_policies()


def best(policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    one = policies[(policies["window"] == figures.WINDOW)]
    one = one[~one["policy"].str.startswith("oracle")]
    return {
        "f1": retraining.frontier(one, "drawn", "f1"),
        "log_loss_floored": retraining.frontier(one, "drawn", "log_loss_floored", lower=True),
    }


def test_frontiers_name_what_nothing_beats(policies: pd.DataFrame) -> None:
    left = best(policies)
    picture = figures.frontiers(policies, left)
    for figure in left:
        for row in left[figure].to_dict("records"):
            assert f"{row['policy']} ({row[figure]:.3f})" in picture.alt
    # Every policy of the panel has its point: all but the skill alarm and the other's oracle.
    for ax in picture._fig.axes:
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert len(dots) == len(figures.WAYS) - 1


def test_on_a_slide_the_frontier_fills_and_its_line_comes_last(policies: pd.DataFrame) -> None:
    picture = figures.frontiers(policies, best(policies))
    last = max(way.step for way in figures.WAYS.values()) + 1
    for ax in picture._fig.axes:
        steps = [step_of(line.get_gid()) for line in ax.lines]
        joined = [len(line.get_xdata()) > 1 for line in ax.lines]
        (line,) = (step for step, many in zip(steps, joined, strict=True) if many)
        assert line == last
        assert {s for s in steps if s is not None} == set(range(1, last + 1))
        assert steps.count(None) == 1, "the first model stands there from the beginning"


def test_a_policy_that_beats_all_is_the_frontier(policies: pd.DataFrame) -> None:
    won = policies.copy()
    won.loc[won["policy"] == "never", "f1"] = 0.9
    assert (
        "always yes, rate of last month (0.677), never (0.900)"
        in figures.frontiers(won, best(won)).alt
    )


def test_months_name_the_worst(months: pd.DataFrame) -> None:
    part = months[months["window"] == figures.WINDOW]
    wide = part.pivot(index="month", columns="policy", values="f1")
    lost = wide["every month"] - wide["always yes"]
    worst = f"F1, every month: mean {lost.mean():.3f}, worst {lost.min():.3f}".replace("-", "−")
    assert worst in figures.months(months).alt


def test_decisions_count_the_new_models(months: pd.DataFrame) -> None:
    part = months[months["window"] == figures.WINDOW]
    picture = figures.decisions(months)
    for policy, (_, said) in figures.DECIDED.items():
        total = part.loc[part["policy"] == policy, "retrained"].sum()
        assert f"{said}: {total}" in picture.alt
    filled = [p for p in picture._fig.axes[0].patches if p.get_facecolor()[3] > 0.9]
    shown = part[part["policy"].isin(list(figures.DECIDED))]
    assert len(filled) == shown["retrained"].sum()


def test_the_answer_gives_number_and_uncertainty(policies: pd.DataFrame) -> None:
    text = figures.answer(policies, study.retraining_seeds()).alt
    row = policies[policies["window"] == figures.WINDOW].set_index("policy").loc["every 3 months"]
    name = "log_loss_floored_less_every_month"
    said = [f"{row[f'{name}{side}']:+.4f}".replace("-", "−") for side in ("", "_low", "_high")]
    assert f"every 3 months: {said[0]} ({said[1]} to {said[2]})" in text


def test_tables_hold_every_window_and_policy(policies: pd.DataFrame) -> None:
    by_window = figures.windows(policies)._repr_html_()
    for window in dict.fromkeys(policies["window"]):
        assert f">{window}<" in by_window
    whole = figures.policy_table(policies)._repr_html_()
    for policy in dict.fromkeys(policies["policy"]):
        assert f">{policy}<" in whole
