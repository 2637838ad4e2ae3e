"""Two models on one month: a paired interval in place of two that overlap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from .. import material
from ..exercise import Exercise, Misconception
from ..trial import Case, Trial
from .rivals import gaps, meeting

_Z = 1.96


def _error_by_day(values: pd.Series, time: pd.Series) -> float:
    rest = (values - values.mean()).to_numpy()
    _, day = np.unique(time.dt.normalize().to_numpy(), return_inverse=True)
    sums = np.bincount(day, weights=rest)
    days = len(sums)
    if days < 2:
        return math.nan
    return float(np.sqrt(days / (days - 1) * np.sum(sums**2)) / len(rest))


def _both(records: pd.DataFrame) -> pd.DataFrame:
    return records[records["current"].notna() & records["challenger"].notna()]


def _losses(records: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    one, other = ((records[name] - records["label"]) ** 2 for name in ("current", "challenger"))
    return one, other


def _said(n: int, gain: float, error: float) -> dict[str, float]:
    return {"n": n, "gain": gain, "low": gain - _Z * error, "high": gain + _Z * error}


def paired(records: pd.DataFrame) -> dict[str, float]:
    """The right answer: the mean difference on the same records, its error by whole days."""
    kept = _both(records)
    if not len(kept):
        return _said(0, math.nan, math.nan)
    old, new = _losses(kept)
    difference = old - new
    return _said(len(kept), float(difference.mean()), _error_by_day(difference, kept["time"]))


def _two_errors(records: pd.DataFrame) -> tuple[int, float, float, float]:
    kept = _both(records)
    if not len(kept):
        return 0, math.nan, math.nan, math.nan
    old, new = _losses(kept)
    error, error_too = (_error_by_day(each, kept["time"]) for each in (old, new))
    return len(kept), float(old.mean() - new.mean()), error, error_too


def _overlap(records: pd.DataFrame) -> dict[str, float]:
    n, gain, old, new = _two_errors(records)
    return _said(n, gain, old + new)


def _overlap_of_own(records: pd.DataFrame) -> dict[str, float]:
    means, errors = [], []
    for loss in _losses(records):
        own = loss.dropna()
        means.append(float(own.mean()))
        errors.append(_error_by_day(own, records.loc[own.index, "time"]))
    return _said(len(records), means[0] - means[1], sum(errors))


def _unrelated(records: pd.DataFrame) -> dict[str, float]:
    n, gain, old, new = _two_errors(records)
    return _said(n, gain, math.hypot(old, new))


def _own_records(records: pd.DataFrame) -> dict[str, float]:
    old, new = _losses(records)
    kept = _both(records)
    error = _error_by_day((old - new)[kept.index], kept["time"]) if len(kept) else math.nan
    return _said(len(kept), float(old.mean() - new.mean()), error)


def _independent(records: pd.DataFrame) -> dict[str, float]:
    kept = _both(records)
    old, new = _losses(kept)
    difference = old - new
    error = difference.std() / len(kept) ** 0.5 if len(kept) > 1 else math.nan
    return _said(len(kept), float(difference.mean()), error)


def _by_day(records: pd.DataFrame) -> dict[str, float]:
    kept = _both(records)
    old, new = _losses(kept)
    means = (old - new).groupby(kept["time"].dt.normalize()).mean()
    error = means.std() / len(means) ** 0.5 if len(means) > 1 else math.nan
    return _said(len(kept), float(means.mean()), error)


def _pair_cases(rng: np.random.Generator) -> list[Case]:
    def whole(month: str) -> pd.DataFrame:
        return meeting(month).drop(columns="payment")

    def sparse(month: str, columns: tuple[str, ...], least: int, most: int) -> pd.DataFrame:
        frame = material.some(meeting(month), rng, least, most)
        return gaps(frame, columns, rng).drop(columns="payment")

    april = sparse("2020-04", ("challenger",), 2_500, 3_000)
    cases = [
        Case("February 2020, all of it", (whole("2020-02"),)),
        Case("April 2020, where the challenger lacks probabilities", (april,)),
    ]
    months = [str(each) for each in rng.choice(["2020-03", "2020-05", "2020-10"], 3)]
    for month in months:
        frame = sparse(month, ("current", "challenger"), 60, 600)
        # As records arrive: a day's trips needn't stand together.
        frame = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        cases.append(Case("trips drawn at random, some without a probability", (frame,)))
    twins = sparse("2020-03", ("current",), 80, 200)
    cases.append(Case("two equal models", (twins.assign(challenger=twins["current"]),)))
    march = whole("2020-03")
    day = march["time"].dt.day
    first = int(rng.integers(1, 29))
    cases.append(Case("two days", (march[day.isin([first, first + 2])].reset_index(drop=True),)))
    one = march[day == first].reset_index(drop=True)
    cases.append(Case("a single day", (one,)))
    later = march[day.isin([first, first + 1])].reset_index(drop=True)
    gone = later.assign(challenger=later["challenger"].mask(later["time"].dt.day != first))
    cases.append(Case("two days, one of which the challenger did not score", (gone,)))
    cases.append(Case("no record that both scored", (one.assign(current=math.nan),)))
    return cases


PAIRED = Exercise(
    name="promotion-paired",
    title="Two intervals overlap. So what?",
    kind="find the bug",
    level=2,
    minutes=20,
    section="sec-promotion-process",
    slide="sec-slide-promotion-gate",
    examine=Trial(
        reference=paired,
        cases=_pair_cases,
        cost="The interval decides whether a model ships: too wide holds good models back, too "
        "narrow ships chance.",
        misconceptions=(
            Misconception(
                "two intervals that overlap",
                _overlap_of_own,
                "A rainy Tuesday widens both intervals, though it is as hard for both models. "
                "The gate holds challengers that are better on nearly every day.",
            ),
            Misconception(
                "two intervals that overlap",
                _overlap,
                "A rainy Tuesday widens both intervals, though it is as hard for both models. "
                "The gate holds challengers that are better on nearly every day.",
            ),
            Misconception(
                "two models taken for two samples",
                _unrelated,
                "The formula is right for two months and wrong for two models on one month: "
                "what both find hard is counted as noise, twice.",
            ),
            Misconception(
                "scored on different records",
                _own_records,
                "Whoever declines the hard trips gets the better score. A challenger that fails "
                "on cash trips is promoted for it.",
            ),
            Misconception(
                "trips of a day taken for independent",
                _independent,
                "The interval is too narrow as soon as a day is hard as a whole, and a lucky "
                "week is promoted.",
            ),
            Misconception(
                "averaging daily means",
                _by_day,
                "A quiet Sunday weighs as much as a full Friday: the figure is no longer that "
                "of the trips that were driven.",
            ),
        ),
    ),
)
