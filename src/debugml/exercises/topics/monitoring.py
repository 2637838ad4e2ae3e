"""Exercises on monitoring: which records a figure averages over, and what moved it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .monitoring_line import FLAT_LINE
from .monitoring_mix import MIX

_READ = ["time", "label", "prediction"]
_SCORED = ["label", "probability", "prediction"]


def _records(month: str, columns: list[str]) -> pd.DataFrame:
    """A scored month with whole numbers that don't run over when they are multiplied."""
    return material.scored(month)[columns].astype({"label": "int64", "prediction": "int64"})


# --- F1 of the week ---------------------------------------------------------------


def _counts(records: pd.DataFrame, when: pd.Series) -> pd.DataFrame:
    yes, high = records["prediction"] == 1, records["label"] == 1
    counted = pd.DataFrame(
        {"tp": yes & high, "off": yes != high, "n": np.ones(len(records), dtype=int)}
    )
    return counted.groupby(when.to_numpy()).sum()


def _f1(counts: pd.DataFrame) -> pd.Series:
    """NaN where nothing is yes."""
    whole = 2 * counts["tp"] + counts["off"]
    return 2 * counts["tp"] / whole.where(whole > 0)


def _monday(times: Any) -> Any:
    return times.dt.normalize() - pd.to_timedelta(times.dt.day_of_week, unit="D")


def _weekly(records: pd.DataFrame) -> pd.Series:
    return _f1(_counts(records, _monday(records["time"]))).fillna(0.0)


def _daily(records: pd.DataFrame) -> tuple[pd.Series, pd.Series, Any]:
    """F1 and n of each day, and the Monday of its week."""
    counts = _counts(records, records["time"].dt.normalize())
    return _f1(counts), counts["n"], _monday(counts.index.to_series()).to_numpy()


def _mean_of_days(records: pd.DataFrame) -> pd.Series:
    f1, _, week = _daily(records)
    return f1.fillna(0.0).groupby(week).mean()


def _weighted_days(records: pd.DataFrame) -> pd.Series:
    f1, n, week = _daily(records)
    return (f1.fillna(0.0) * n).groupby(week).sum() / n.groupby(week).sum()


def _days_with_a_yes(records: pd.DataFrame) -> pd.Series:
    f1, _, week = _daily(records)
    return f1.groupby(week).mean()


def _by_its_sunday(records: pd.DataFrame) -> pd.Series:
    found = _weekly(records)
    return found.set_axis(found.index + pd.Timedelta(days=6))


def _weekly_cases(rng: np.random.Generator) -> list[Case]:
    def sample(month: str, least: int, most: int) -> pd.DataFrame:
        return material.some(_records(month, _READ), rng, least, most)

    def mixed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)

    def made(times: list[str], labels: list[int], predictions: list[int]) -> pd.DataFrame:
        return pd.DataFrame(
            {"time": pd.to_datetime(times), "label": labels, "prediction": predictions}
        )

    apart = pd.concat([sample("2020-02", 20, 60), sample("2020-05", 20, 60)], ignore_index=True)
    edge = ["2020-03-08 23:59:59", "2020-03-09 00:00:00", "2020-03-15 12:00:00"]
    quiet = ["2020-03-02 08:00:00", "2020-03-03 08:00:00", "2020-03-11 08:00:00"]
    cases = [
        Case("all of March 2020", (_records("2020-03", _READ),)),
        Case("two months with two others between them", (mixed(apart),)),
        Case("a Sunday's last second, a Monday's first", (made(edge, [1, 0, 1], [1] * 3),)),
        Case("a week without any yes", (made(quiet, [1, 0, 0], [1, 1, 0]),)),
        Case("a week of wrong yes only", (made(edge, [0, 0, 0], [1] * 3),)),
        Case("a week of missed yes only", (made(edge, [1, 1, 1], [0] * 3),)),
    ]
    for month in rng.choice(material.SCORED, 4):
        cases.append(Case(f"records of {month} drawn at random", (mixed(sample(month, 12, 300)),)))
    return cases


WEEKLY = Exercise(
    name="monitoring-weekly-f1",
    title="Is the F1 of a week the mean of its days?",
    kind="find the bug",
    level=1,
    minutes=10,
    section="sec-monitoring-monitor",
    slide="sec-slide-monitoring-march",
    examine=Trial(
        reference=_weekly,
        cases=_weekly_cases,
        cost="The weekly report and the monthly one disagree on the same records, and the meeting "
        "is about the reports.",
        misconceptions=(
            Misconception(
                "averaging daily F1s",
                _mean_of_days,
                "A Sunday with a handful of trips weighs as much as a full Friday: a thin day "
                "moves the week, and somebody is called for it.",
            ),
            Misconception(
                "daily F1s weighted by their trips",
                _weighted_days,
                "The weights look careful and are the wrong ones, so nobody checks again: where "
                "the base rate changes within the week, the figure is off and stays off.",
            ),
            Misconception(
                "days without a yes left out",
                _days_with_a_yes,
                "The days on which a broken job says nothing at all are the ones that the chart "
                "does not count.",
            ),
            Misconception(
                "a week labelled by its end",
                _by_its_sunday,
                "Two charts of the same weeks are shifted by six days against each other: the "
                "fall seems to begin before the change that caused it, or long after.",
            ),
        ),
    ),
)

# --- parts that are to be merged --------------------------------------------------


def _over(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _figures(parts: list[pd.DataFrame]) -> dict[str, float]:
    return _of_one(pd.concat([part[_SCORED] for part in parts], ignore_index=True))


def _of_one(records: pd.DataFrame) -> dict[str, float]:
    label, yes = records["label"].to_numpy(float), records["prediction"].to_numpy(float)
    found = float(label @ yes)
    missed = records["probability"].to_numpy(float) - label
    return {
        "n": len(records),
        "base_rate": _over(label.sum(), len(label)),
        "precision": _over(found, yes.sum()),
        "recall": _over(found, label.sum()),
        "f1": _over(2 * found, yes.sum() + label.sum()),
        "brier": _over(missed @ missed, len(label)),
    }


def _f1_of(figures: dict[str, float]) -> dict[str, float]:
    both = figures["precision"] + figures["recall"]
    return {**figures, "f1": _over(2 * figures["precision"] * figures["recall"], both)}


def _weighted_parts(parts: list[pd.DataFrame]) -> dict[str, float]:
    each = [_of_one(part) for part in parts]
    n = sum(one["n"] for one in each)
    names = ("base_rate", "precision", "recall", "brier")
    mean = {name: _over(sum(one[name] * one["n"] for one in each), n) for name in names}
    return _f1_of({"n": n, **mean})


def _mean_of_parts(parts: list[pd.DataFrame]) -> dict[str, float]:
    each = [_of_one(part) for part in parts]
    mean = {name: _over(sum(one[name] for one in each), len(each)) for name in each[0]}
    return {**mean, "n": sum(one["n"] for one in each)}


def _last_part(parts: list[pd.DataFrame]) -> dict[str, float]:
    return _of_one(parts[-1])


def _full_parts(parts: list[pd.DataFrame]) -> dict[str, float]:
    full = [part for part in parts if part["prediction"].any() and part["label"].any()]
    return _figures(full) if full else _of_one(parts[0].iloc[:0])


def _part_cases(rng: np.random.Generator) -> list[Case]:
    def split(frame: pd.DataFrame, parts: int) -> list[pd.DataFrame]:
        frame = frame.iloc[rng.permutation(len(frame))]
        cuts = np.sort(rng.integers(0, len(frame) + 1, parts - 1))
        bounds = [0, *cuts.tolist(), len(frame)]
        return [frame.iloc[low:high].reset_index(drop=True) for low, high in pairwise(bounds)]

    march = _records("2020-03", ["time", *_SCORED])
    days = [day[_SCORED].reset_index(drop=True) for _, day in march.groupby(march["time"].dt.date)]
    # Half of the nights: copies of frames take most of the time.
    days = days[::2]
    order = rng.permutation(len(days))
    none = march[_SCORED].iloc[:0]
    silent = march[march["prediction"] == 0][_SCORED].iloc[:9].reset_index(drop=True)
    untipped = silent[silent["label"] == 0].reset_index(drop=True)
    cases = [
        Case("every other night of March 2020, in any order", ([days[at] for at in order],)),
        Case("one part", ([days[int(rng.integers(len(days)))]],)),
        Case("parts without any record", ([none, none],)),
        Case("an empty part among others", ([days[0], none, days[1], none],)),
        Case("parts in which nothing was predicted yes", ([silent, days[2], silent],)),
        Case("nothing predicted yes at all", ([silent, none],)),
        Case("no yes on either side", ([untipped, untipped],)),
    ]
    for month in rng.choice(material.SCORED, 3):
        frame = material.some(_records(month, _SCORED), rng, 20, 300)
        cases.append(
            Case(f"records of {month}, split at random", (split(frame, int(rng.integers(2, 9))),))
        )
    return cases


MERGE = Exercise(
    name="monitoring-merge",
    title="Do the nightly parts add up to the month?",
    kind="find the bug",
    level=2,
    minutes=20,
    section="sec-monitoring-monitor",
    slide="sec-slide-monitoring-march",
    examine=Trial(
        reference=_figures,
        cases=_part_cases,
        cost="The figure depends on how the month was cut into jobs: a change of the schedule "
        "moves the score, and an alarm rings for it.",
        misconceptions=(
            Misconception(
                "ratios weighted by records",
                _weighted_parts,
                "Shares of all records come out right and hide that precision and recall do not: "
                "the check that somebody made, on the base rate, passed.",
            ),
            Misconception(
                "averaging the parts' figures",
                _mean_of_parts,
                "A night of five late labels weighs as much as a full day. The more often the "
                "job runs, the further off the month is.",
            ),
            Misconception(
                "the last part kept",
                _last_part,
                "The month's figure is that of its last night, and it jumps when a batch of late "
                "labels arrives out of order.",
            ),
            Misconception(
                "parts without a yes left out",
                _full_parts,
                "A night in which the service says no to everybody is the one to know of, and "
                "it is the one that the month forgets.",
            ),
        ),
    ),
)

EXERCISES = (WEEKLY, FLAT_LINE, MERGE, MIX)
