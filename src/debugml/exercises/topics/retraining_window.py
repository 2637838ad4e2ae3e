"""The exercise on which trips may train a release, given when their labels arrived."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial

_AT = pd.Timedelta(hours=6)


def _usable(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    end = pd.Timestamp(month)
    return _between(records, end - pd.DateOffset(months=window), end, end + _AT)


def _between(
    records: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, moment: pd.Timestamp
) -> list[bool]:
    ended, labelled = records["time"].to_numpy(), records["label_time"].to_numpy()
    there = (labelled <= np.datetime64(moment)) & ~np.isnat(labelled)
    inside = (ended >= np.datetime64(start)) & (ended < np.datetime64(end))
    found: list[bool] = (inside & there).tolist()
    return found


def _without_label_times(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    always = records.assign(label_time=pd.Timestamp("1970-01-01"))
    return _usable(always, month, window)


def _labelled_today(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    there = records["label_time"].notna().to_numpy()
    return [*(there & np.array(_without_label_times(records, month, window), dtype=bool))]


def _own_month(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    end = pd.Timestamp(month)
    start = end - pd.DateOffset(months=window)
    return _between(records, start, end + pd.offsets.MonthBegin(), end + _AT)


def _own_month_in_the_count(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    end = pd.Timestamp(month)
    return _between(records, end - pd.DateOffset(months=window - 1), end, end + _AT)


def _one_too_many(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    return _usable(records, month, window + 1)


def _thirty_days(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    end = pd.Timestamp(month)
    return _between(records, end - pd.Timedelta(days=30 * window), end, end + _AT)


def _at_midnight(records: pd.DataFrame, month: str, window: int) -> list[bool]:
    end = pd.Timestamp(month)
    return _between(records, end - pd.DateOffset(months=window), end, end)


@cache
def _real_times() -> pd.Series[Any]:
    months = ("2020-02", "2020-03", "2020-04", "2020-05")
    return pd.concat([material.scored(month)["time"] for month in months], ignore_index=True)


def _labelled(times: pd.Series[Any], rng: np.random.Generator) -> pd.DataFrame:
    """Records whose labels come after hours, days or weeks, and some never."""
    days = rng.exponential(rng.choice([0.2, 4.0, 20.0], len(times)))
    label = times + pd.to_timedelta(np.round(days * 86_400), unit="s")
    lost = rng.random(len(times)) < 0.1
    frame = pd.DataFrame({"time": times, "label_time": label.mask(pd.Series(lost, times.index))})
    return frame.reset_index(drop=True)


def _edges(month: str, window: int) -> pd.DataFrame:
    """Trips and labels at the very moments that decide."""
    end, second = pd.Timestamp(month), pd.Timedelta(seconds=1)
    start = end - pd.DateOffset(months=window)
    day = pd.Timedelta(days=1)
    pairs = [
        (start - second, start),
        (start, start + day),
        (end - second, end + _AT),
        (end - second, end + _AT + second),
        (end - second, end + pd.Timedelta(hours=3)),
        (end - second, end),
        (end - second, pd.NaT),
        (end, end + second),
        (end + pd.Timedelta(hours=2), end + pd.Timedelta(hours=5)),
        (end + _AT, end + _AT),
        (start - day, start),
        (start + 2 * second, end + 9 * day),
        (start + 20 * pd.Timedelta(hours=1), start + day),
    ]
    return pd.DataFrame(pairs, columns=["time", "label_time"]).astype("datetime64[us]")


def _record_cases(rng: np.random.Generator) -> list[Case]:
    times = _real_times()
    cases = []
    for month, window in (("2020-04", 1), ("2020-05", 3), ("2020-06", 2)):
        chosen = times.iloc[np.sort(rng.choice(len(times), 400, replace=False))]
        said = f"trips of spring 2020, release of {month}, window of {window}"
        cases.append(Case(said, (_labelled(chosen, rng), month, window)))
    for month, window in (("2020-03", 1), ("2019-01", 2), ("2021-03", 12)):
        said = f"trips and labels at the very edges, release of {month}, window of {window}"
        cases.append(Case(said, (_edges(month, window), month, window)))
    for _ in range(3):
        release = pd.Period("2018-06", "M") + int(rng.integers(0, 30))
        window = int(rng.integers(1, 7))
        start = (release - window - 2).start_time
        seconds = int(((release + 1).end_time - start).total_seconds())
        drawn = np.sort(rng.integers(0, seconds, 300))
        chosen = pd.Series(start + pd.to_timedelta(drawn, unit="s"))
        arguments = (_labelled(chosen, rng), str(release), window)
        cases.append(Case(f"times drawn at random, window of {window}", arguments))
    return cases


WINDOW = Exercise(
    name="retraining-window",
    title="Which trips may train the release of March?",
    kind="find the bug",
    level=1,
    minutes=10,
    section="sec-retraining-releases",
    slide="sec-slide-retraining-monday",
    examine=Trial(
        reference=_usable,
        cases=_record_cases,
        cost="The replay trains models that production could not have had, and its score is "
        "promised to people who will never see it.",
        misconceptions=(
            Misconception(
                "training on labels not yet arrived",
                _labelled_today,
                "In a replay all labels are there. The model that is released learns from the "
                "fast ones only, and its score is not the one that was shown.",
            ),
            Misconception(
                "a label that never came counts as there",
                _without_label_times,
                "A trip without a label is learned as a “no”, and the base rate of the training "
                "data falls for no reason in the city.",
            ),
            Misconception(
                "the month itself in its own training",
                _own_month,
                "Some trips are scored by a model that has seen them. The score is too high by "
                "as much as nobody can say.",
            ),
            Misconception(
                "the month of the release counted in its window",
                _own_month_in_the_count,
                "A window of one month is empty, and the job fails or, worse, keeps the old model.",
            ),
            Misconception(
                "a window one month too long",
                _one_too_many,
                "The model learns from older trips than the comparison of windows was made for.",
            ),
            Misconception(
                "months of thirty days",
                _thirty_days,
                "The window drifts from the calendar: some days are trained on twice, some never, "
                "and two teams' numbers differ by a little, forever.",
            ),
            Misconception(
                "labels counted at midnight",
                _at_midnight,
                "The nightly load arrives after midnight. A night of labels is paid for and not "
                "used.",
            ),
        ),
    ),
)
