"""Figures of alarms and of three years: they say what their frames say."""

from __future__ import annotations

from html import escape

import pandas as pd
import pytest

import debugml as dm
from debugml import study
from debugml.figures import alarms, glance


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    return study.alarm_history()


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return study.alarm_scores()


def test_falls_count_the_answers(history: pd.DataFrame) -> None:
    months = history.drop_duplicates("period")
    text = alarms.falls(history).alt
    for name, said in (("f1", "F1"), ("skill", "skill")):
        counts = months[f"{name}_truth"].value_counts()
        fell = ", ".join(months.loc[months[f"{name}_truth"] == "fell", "period"])
        assert f"{said} fell in {counts['fell']} ({fell}), did not in {counts['did not']}" in text


def test_who_rang_counts_each_policy_that_looks(history: pd.DataFrame) -> None:
    text = alarms.who_rang(history).alt
    everything = history[history["trips"] == "all"]
    for policy, part in everything.groupby("policy"):
        said = f"{policy}: {part['alarm'].sum()}"
        assert (said in text) == (part["sees"].iloc[0] != "nothing" and policy != alarms.ALIKE)


def test_a_month_that_did_not_ring_is_drawn_pale(history: pd.DataFrame) -> None:
    quiet = history.assign(alarm=False)
    cells = list(alarms.who_rang(quiet)._fig.axes[0].patches)
    rows = quiet[(quiet["trips"] == "all") & (quiet["sees"] != "nothing")]
    # Those that share a row when they ring alike are drawn once.
    rows = rows[~rows["policy"].isin([alarms.ALIKE, *(other for _, other in alarms.TOGETHER)])]
    assert sum(p.get_facecolor()[3] < 0.2 for p in cells) == len(rows)


def test_policies_that_rang_alike_share_a_row(history: pd.DataFrame) -> None:
    drawn = [text.get_text() for text in alarms.who_rang(history)._fig.axes[0].get_yticklabels()]
    assert "PSI > 0.1, PSI > 0.25" in drawn and "PSI > 0.25" not in drawn
    once = (history["policy"] == "PSI > 0.25") & (history["period"] == "2018-05")
    apart = alarms.who_rang(history.assign(alarm=history["alarm"] ^ once))
    drawn = [text.get_text() for text in apart._fig.axes[0].get_yticklabels()]
    assert "PSI > 0.1" in drawn and "PSI > 0.25" in drawn


def test_false_alarms_stand_beside_the_months(history: pd.DataFrame, scores: pd.DataFrame) -> None:
    picture = alarms.who_rang(history, scores)
    shown = [text.get_text() for text in picture._fig.axes[0].texts]
    for name in alarms.FIGURE:
        part = scores[scores["figure"] == name].set_index("policy")
        assert f"of {part['scored'].iloc[0] - part['falls'].iloc[0]}" in shown
    assert f"({part.loc['PSI > 0.25', 'false_alarms']})" in shown
    assert "PSI > 0.25 1 of 30 and misses the fall" in picture.alt


def test_the_scoreboard_holds_every_policy_once_cheapest_first(scores: pd.DataFrame) -> None:
    text = alarms.scoreboard(scores, "skill")._repr_html_().replace("\N{NO-BREAK SPACE}", " ")
    part = scores[scores["figure"] == "skill"].sort_values("cost", kind="stable")
    at = [text.index(f">{escape(policy)}<") for policy in part["policy"]]
    assert at == sorted(at) and len(at) == 18
    assert "Recall, 95 %: 0 of 1 is 0\N{WORD JOINER}–\N{WORD JOINER}98" in text


def test_cried_wolf_names_false_alarms_and_misses(scores: pd.DataFrame) -> None:
    text = alarms.cried_wolf(scores).alt
    by_skill = text.split("Where skill decides")[1]
    for row in scores[scores["figure"] == "skill"].to_dict("records"):
        if row["policy"] in ("always", "never", alarms.ALIKE):
            continue
        said = f"{row['policy']} {row['false_alarms']} of {row['scored'] - row['falls']}"
        assert said in by_skill
        assert (f"{said} and misses the fall" in by_skill) == (row["misses"] > 0)


def test_days_say_when_each_policy_first_rang() -> None:
    days = study.alarm_days()
    calm = study.alarm_days(train="2019-08", months=("2019-09", "2019-10"))
    text = alarms.by_day(days, calm).alt
    first = days[(days["policy"] == "F1 fell") & days["alarm"]]["day"].min()
    assert f"F1 fell: first on {first:%-d %B}" in text
    quiet = calm[calm["policy"] == "D > 0.1"]["alarm"].sum()
    assert f"on {quiet} of {calm['day'].nunique()} calm days" in text


def test_three_years_name_the_suspect_month_and_the_lowest(history: pd.DataFrame) -> None:
    picture = glance.three_years(
        study.month_facts(), study.feature_spread(), history, study.ks_adjacent()
    )
    assert "jump to 16% in February 2019 alone" in picture.alt
    assert "37% in May 2020" in picture.alt
    titles = [ax.get_title(loc="left") for ax in picture._fig.axes]
    assert len(titles) == 12 and all(titles)
    widths = {
        len(line.get_xdata())
        for ax in picture._fig.axes
        for line in ax.lines
        if len(line.get_xdata()) > 2
    }
    assert widths == {len(dm.study.ALL_MONTHS)}
