"""The exercise on how a figure settles: what a day's F1 was on each of the mornings after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial

Frame = pd.DataFrame
Split = Callable[[Frame, pd.Timestamp, pd.Timestamp], tuple[Frame, Frame]]

_DAY = pd.Timedelta(days=1)
_SIX = pd.Timedelta(hours=6)


def _figures(judged: Frame, waiting: int) -> dict[str, float]:
    """Share judged, F1 and always-yes F1; NaN where there is nothing to divide by."""
    n = len(judged)
    share = n / (n + waiting) if n + waiting else float("nan")
    if not n:
        return {"share": share, "f1": float("nan"), "always_yes_f1": float("nan")}
    label, yes = judged["label"].to_numpy(int), judged["prediction"].to_numpy(int)
    hits, said, high = int((label & yes).sum()), int(yes.sum()), int(label.sum())
    f1 = 2 * hits / (said + high) if said + high else 0.0
    return {"share": share, "f1": f1, "always_yes_f1": 2 * high / (n + high)}


def _of_day(records: Frame, day: pd.Timestamp) -> Frame:
    return records[(records["time"] >= day) & (records["time"] < day + _DAY)]


def _honest(records: Frame, day: pd.Timestamp, moment: pd.Timestamp) -> tuple[Frame, Frame]:
    predicted = _of_day(records, day)
    predicted = predicted[predicted["feature_time"] <= moment]
    labelled = predicted["label_time"] <= moment
    return predicted[labelled], predicted[~labelled]


def _final(records: Frame, day: pd.Timestamp, _: pd.Timestamp) -> tuple[Frame, Frame]:
    today = _of_day(records, day)
    return today, today.iloc[:0]


def _so_far(records: Frame, day: pd.Timestamp, moment: pd.Timestamp) -> tuple[Frame, Frame]:
    """All of the days up to this one."""
    moved = records[records["time"] < day + _DAY].assign(time=day)
    return _honest(moved, day, moment)


def _of_arrival(records: Frame, day: pd.Timestamp, moment: pd.Timestamp) -> tuple[Frame, Frame]:
    """Whatever label has come on that day and since, whichever day its trip belongs to."""
    return _honest(records.assign(time=records["label_time"]), day, moment)


def _early_labels(records: Frame, day: pd.Timestamp, moment: pd.Timestamp) -> tuple[Frame, Frame]:
    """A label counts as soon as it is there, predicted or not."""
    today = _of_day(records, day)
    labelled = today["label_time"] <= moment
    return today[labelled], today[~labelled & (today["feature_time"] <= moment)]


def _table(split: Split) -> Callable[[Frame, pd.Timestamp, Sequence[int]], Frame]:
    def settling(records: Frame, day: pd.Timestamp, after: Sequence[int]) -> Frame:
        rows = []
        for days in after:
            judged, waiting = split(records, day, day + _DAY + _SIX + days * _DAY)
            rows.append(_figures(judged, len(waiting)))
        return pd.DataFrame(rows, index=list(after))

    return settling


def _counted_as_no(records: Frame, day: pd.Timestamp, after: Sequence[int]) -> Frame:
    rows = []
    for days in after:
        judged, waiting = _honest(records, day, day + _DAY + _SIX + days * _DAY)
        whole = pd.concat([judged, waiting.assign(label=0)])
        share = _figures(judged, len(waiting))["share"]
        rows.append(_figures(whole, 0) | {"share": share})
    return pd.DataFrame(rows, index=list(after))


def _only_whole(records: Frame, day: pd.Timestamp, after: Sequence[int]) -> Frame:
    table = _table(_honest)(records, day, after)
    table.loc[table["share"] < 1, ["f1", "always_yes_f1"]] = np.nan
    return table


# --- cases ------------------------------------------------------------------------


def _real(month: str, rng: np.random.Generator) -> Case:
    """A real day and its neighbours. Who waits longest here, as in the book, has no high tip."""
    seen = material.scored(month)
    day = pd.Timestamp(month) + int(rng.integers(3, 24)) * _DAY
    near = seen[(seen["time"] >= day - 2 * _DAY) & (seen["time"] < day + 2 * _DAY)]
    near = near.reset_index(drop=True)
    n = len(near)
    slow = (near["label"] == 0) & (rng.random(n) < 0.6)
    hours = np.where(slow, 72.0, rng.lognormal(2.5, 1.0, n))
    late = near["time"] + pd.Series(pd.to_timedelta((3600 * hours).round(), unit="s"))
    features = near["time"] + pd.Timedelta(hours=int(rng.integers(0, 16)))
    records = near.assign(feature_time=features, label_time=late.clip(lower=near["time"]))
    return Case(f"{day:%Y-%m-%d}, under waits drawn at random", (records, day, [0, 1, 3, 7]))


def _made(
    rng: np.random.Generator, high: float = 0.5, yes: float = 0.6, **lags: tuple[float, float]
) -> tuple[Frame, pd.Timestamp]:
    """Few records around a day, among them one at each of its midnights; waits in hours."""
    day = pd.Timestamp("2020-03-02") + int(rng.integers(0, 20)) * _DAY
    n = int(rng.integers(15, 50))
    seconds = rng.integers(-86400, 2 * 86400, n)
    seconds[:4] = (0, 86400, -1, 86399)
    times = pd.Series(day + pd.to_timedelta(seconds, unit="s"))

    def later(name: str, usual: tuple[float, float]) -> Any:
        return times + pd.to_timedelta(
            (3600 * rng.uniform(*lags.get(name, usual), n)).round(), unit="s"
        )

    label, said = (pd.Series((rng.random(n) < rate).astype("int8")) for rate in (high, yes))
    # The four at the midnights are right "yes" where any are: they count in every figure.
    label[:4], said[:4] = int(high > 0), int(yes > 0)
    probability = said.map({0: 0.4, 1: 0.6})
    frame = pd.DataFrame({"time": times, "label": label, "probability": probability})
    frame["prediction"] = said
    frame["feature_time"] = later("features", (0, 20))
    frame["label_time"] = later("labels", (0, 90))
    return frame.sample(frac=1, random_state=rng).reset_index(drop=True), day


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = [_real("2020-03", rng), _real(str(rng.choice(["2020-02", "2020-04", "2020-05"])), rng)]
    cases.append(Case("records drawn at random", (*_made(rng), [0, 1, 2, 3, 5])))
    records, day = _made(rng)
    today = records.index[(records["time"] >= day) & (records["time"] < day + _DAY)]
    # Both arrivals at six sharp, on three mornings, for some of the day's records.
    for at, row in enumerate(today[:6]):
        name = "label_time" if at % 2 else "feature_time"
        records.loc[row, ["feature_time", "label_time"]] = day + _DAY
        records.loc[row, name] = day + (1 + at // 2) * _DAY + _SIX
        records.loc[row, ["label", "prediction"]] = 1
    cases.append(Case("arrivals at six o'clock sharp", (records, day, [0, 1, 2, 4])))
    made = _made(rng, labels=(50, 60))
    cases.append(Case("a morning before the first label", (*made, [0, 1, 2, 4])))
    made = _made(rng, features=(40, 60), labels=(70, 80))
    cases.append(Case("a morning before the first prediction", (*made, [4, 0, 3])))
    made = _made(rng, features=(35, 60), labels=(0, 10))
    cases.append(Case("labels that come before the features", (*made, [0, 1, 2])))
    cases.append(Case("a day without a high tip", (*_made(rng, high=0.0), [0, 2, 4])))
    cases.append(Case("a day without a predicted yes", (*_made(rng, yes=0.0), [1, 3, 4])))
    cases.append(Case("a day without either", (*_made(rng, high=0.0, yes=0.0), [0, 6])))
    return cases


SETTLING = Exercise(
    name="deployment-settling",
    title="What did we know of that day, and when?",
    kind="write a function",
    level=3,
    minutes=30,
    section="sec-deployment-settling",
    slide="sec-slide-deployment-monday",
    examine=Trial(
        reference=_table(_honest),
        cases=_cases,
        cost="The first figure of each day misleads in one direction, and without this table "
        "nobody learns in which.",
        misconceptions=(
            Misconception(
                "the final figure shown as if known",
                _table(_final),
                "The past looks calm, because nobody sees what the dashboard said that morning. "
                "The alarm that rang in error can't be explained.",
            ),
            Misconception(
                "a label that has not come counted as no",
                _counted_as_no,
                "Every recent day looks worse than it is, and gets better by itself. The alarm "
                "rings each morning, until nobody listens.",
            ),
            Misconception(
                "dropping the day until it is whole",
                _only_whole,
                "One label that takes two weeks keeps the day off the dashboard for two weeks. "
                "A broken model runs on for as long.",
            ),
            Misconception(
                "a cumulative F1 for a daily one",
                _table(_so_far),
                "The good days before it are averaged in: the day on which the model breaks "
                "hardly moves the line.",
            ),
            Misconception(
                "the label's day for the trip's day",
                _table(_of_arrival),
                "After a failed load, all of its labels fall on one day. The figure of that "
                "day describes no day at all.",
            ),
            Misconception(
                "a label without its prediction",
                _table(_early_labels),
                "What is not predicted yet can't be right or wrong. The figure holds predictions "
                "that had not been made.",
            ),
        ),
    ),
)
