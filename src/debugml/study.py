"""The case study's results: computed once, kept with their provenance, read by every page.

Each is a small frame, so that slide and chapter show the same digits because both
read the same result. `RESULTS` lists them; `recompute` makes all of them anew.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from . import trips as trip_data
from .deployment import replay_features
from .drift import ks, ks_table
from .features import FEATURES, LABEL, featurize, featurize_as_published
from .keep import Kept, kept
from .lineage import Artifact
from .monitoring import DayCounts, resampled_auc
from .summary import ValueCounts
from .training import Forest, fit_forest, predict_proba, score
from .trips import load, months_between, samples

TRAIN = "2020-01"
RELEASE = "2020-03"
YEAR_2020 = tuple(months_between("2020-01", "2020-12"))
ALL_MONTHS = tuple(months_between("2018-01", "2020-12"))

PAYMENT = {1: "card", 2: "cash"}
"""TLC's payment codes that matter here; 3 (no charge) and 4 (dispute) are rare."""


def _inputs(parameters: Mapping[str, Any]) -> tuple[Artifact, ...]:
    """The files behind every parameter that names a month or several."""
    months: set[str] = set()
    for value in parameters.values():
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list):
            months.update(v for v in values if isinstance(v, str) and v[:2] == "20")
    # By digest: a folder of one's own holds other rows under the same names.
    rows = {file["sha256"]: file["rows"] for file in samples.manifest().values()}
    digests = trip_data.digests(sorted(months))
    return tuple(Artifact(d, name, "trips", rows.get(d)) for name, d in digests.items())


_result = kept(_inputs, committed=lambda: samples.folder() / "results")


@_result
def month_facts(months: tuple[str, ...] = ALL_MONTHS) -> pd.DataFrame:
    """What each month holds, before any model.

    Returns
    -------
    DataFrame, one row a month
        ``month``; ``trips``; ``refunds`` (fare of zero or less); ``base_rate`` (share of high
        tips among the rest); ``card``, ``cash``, ``missing`` (shares of those by payment
        type); ``card_base_rate``, ``cash_base_rate``, ``missing_base_rate``;
        ``no_passenger`` (share of trips with a passenger count of 0).
    """
    rows = []
    for month in months:
        trips = _in_memory(month)
        paid = trips[trips["fare_amount"] > 0]
        # The same rows in the same order, so the label can be asked by payment type.
        high = featurize(trips)[LABEL].set_axis(paid.index)
        kind = _payment(paid)
        rows.append(
            {
                "month": month,
                "trips": len(trips),
                "refunds": len(trips) - len(paid),
                "base_rate": high.mean(),
                **{k: (kind == k).mean() for k in ("card", "cash", "missing")},
                **{f"{k}_base_rate": high[kind == k].mean() for k in ("card", "cash", "missing")},
                "no_passenger": (trips["passenger_count"] == 0).mean(),
            }
        )
    return pd.DataFrame(rows)


@_result
def monthly_scores(
    months: tuple[str, ...] = YEAR_2020, train: str = TRAIN, seed: int = 0
) -> pd.DataFrame:
    """The forest's figures in each month, beside always-yes, with intervals over days.

    Returns
    -------
    DataFrame, one row a month
        ``month`` and the figures of `metrics.Score`; ``f1_low``, ``f1_high``,
        ``difference`` (F1 − always-yes) with ``difference_low``, ``difference_high``;
        ``auc_low``, ``auc_high``; ``auc_known`` (without records whose payment type is
        missing). Intervals are 95 %, days resampled.
    """
    model = _model(train, seed)
    rows = []
    for month in months:
        trips = _in_memory(month)
        features = featurize(trips)
        figures = score(model, features).to_dict()
        records = replay_features(model, [features]).records
        span = DayCounts.of(records["time"], records["label"], records["prediction"])
        # One span for the whole file: the few trips that end in the next month belong to it.
        whole = span.whole(seed=seed)
        auc = resampled_auc(records["time"], records["label"], records["probability"], seed=seed)
        known = (_payment(trips[trips["fare_amount"] > 0]) != "missing").to_numpy()
        part = features[known]
        rows.append(
            {"month": month, **figures}
            | {k: whole[k] for k in _INTERVALS}
            | {"auc_low": auc[0], "auc_high": auc[1], "auc_known": score(model, part).auc}
        )
    return pd.DataFrame(rows)


_INTERVALS = ("f1_low", "f1_high", "difference", "difference_low", "difference_high")


@_result
def released_daily(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """F1 of each day after release, with the cumulative F1 at its end.

    Returns
    -------
    DataFrame, one row a day
        The columns of `monitoring.DayCounts.by_period`, and ``cumulative_f1``.
    """
    counts = _replayed(month, train, seed)
    daily = counts.daily(seed=seed)
    return daily.assign(cumulative_f1=counts.cumulative()["cumulative_f1"])


@_result
def released_weekly(month: str = RELEASE, train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """F1 of each week after release, Monday to Sunday: `monitoring.DayCounts.by_period`."""
    return _replayed(month, train, seed).by_period("W", seed=seed)


@_result
def ks_months(reference: str = "2020-01", current: str = "2020-02") -> pd.DataFrame:
    """KS tests of the eleven features between two months: `drift.KSTable.to_frame`."""
    table = ks_table(featurize(load(reference)), featurize(load(current)), FEATURES)
    return table.to_frame()


@_result
def ks_adjacent(months: tuple[str, ...] = ALL_MONTHS) -> pd.DataFrame:
    """KS tests between each month and the one before.

    Returns
    -------
    DataFrame, one row a pair
        ``month`` (the later); ``feature``, ``statistic`` of the largest D; ``smallest_p`` of
        the eleven; ``fires`` (smallest p times 11 is below 0.05: Bonferroni).
    """
    frames = {month: featurize(load(month)) for month in months}
    rows = []
    for before, month in itertools.pairwise(months):
        table = ks_table(frames[before], frames[month], FEATURES).to_frame()
        smallest = table["p_value"].min()
        rows.append(
            {
                "month": month,
                "feature": table["feature"].iloc[0],
                "statistic": table["statistic"].iloc[0],
                "smallest_p": smallest,
                "fires": bool(smallest * len(FEATURES) < 0.05),
            }
        )
    return pd.DataFrame(rows)


@_result
def cdfs(
    reference: str = "2020-01",
    current: str = "2020-02",
    feature: str = "trip_speed",
    scale: float = 3600.0,
    highest: float = 40.0,
) -> pd.DataFrame:
    """Distribution functions of a feature in two months, thinned, with D's place kept.

    Parameters
    ----------
    scale : float
        Shown value = feature × scale: 3600 turns miles a second into miles an hour.
    highest : float
        The largest shown value, after scaling.

    Returns
    -------
    DataFrame
        ``reference_month``, ``current_month``, ``value``, ``reference``, ``current``
        (shares of trips at or below the value).
    """
    counts = [ValueCounts.of(featurize(load(m))[feature]) for m in (reference, current)]
    points = np.union1d(np.linspace(0, highest / scale, 161), [ks(*counts).location])
    below, below_current = (c.up_to(points) / c.n for c in counts)
    return pd.DataFrame(
        {
            "reference_month": reference,
            "current_month": current,
            "value": points * scale,
            "reference": below,
            "current": below_current,
        }
    )


@_result
def weekday_drift(reference: str = "2020-01", current: str = "2020-02") -> pd.DataFrame:
    """How much of the weekday's D is the calendar: months hold different numbers of each day.

    Returns
    -------
    DataFrame of one row
        ``months``; ``observed`` (D of the pickup weekday); ``calendar`` (D if every day had
        the same number of trips); ``left`` (D after each trip is weighted by one over how
        often its weekday occurs in its month).
    """
    occurs, trips = [], []
    for month in (reference, current):
        days = pd.period_range(f"{month}-01", periods=pd.Period(month).days_in_month, freq="D")
        occurs.append(np.bincount(days.day_of_week, minlength=7))
        weekdays = featurize(load(month))["pickup_weekday"].astype("int64")
        trips.append(np.bincount(weekdays, minlength=7))
    return pd.DataFrame(
        {
            "months": [f"{reference} and {current}"],
            "observed": _widest_gap(*trips),
            "calendar": _widest_gap(*occurs),
            "left": _widest_gap(*(t / o for t, o in zip(trips, occurs, strict=True))),
        }
    )


def _widest_gap(one: Any, other: Any) -> float:
    return float(np.abs(np.cumsum(one) / np.sum(one) - np.cumsum(other) / np.sum(other)).max())


@_result
def published_faults(months: tuple[str, ...] = ALL_MONTHS) -> pd.DataFrame:
    """What the published pipeline's two faults touch in each month.

    Returns
    -------
    DataFrame, one row a month
        ``month``; ``rows`` (right); ``last_day`` (trips that ended on the month's last day,
        which the published end date drops); ``wrapped`` (trips whose published time differs
        from the true one); ``largest_error`` (seconds, the largest such difference).
    """
    rows = []
    for month in months:
        trips = _in_memory(month)
        span = pd.Period(month, "M")
        first, last = str(span.start_time.date()), str(span.end_time.date())
        right = featurize(trips, first, last)
        faulty = featurize_as_published(trips, first, last)
        whole = featurize(trips)["trip_time"], featurize_as_published(trips)["trip_time"]
        error = (whole[1] - whole[0]).abs()
        rows.append(
            {
                "month": month,
                "rows": len(right),
                "last_day": len(right) - len(faulty),
                "wrapped": int((error > 0).sum()),
                "largest_error": float(error.max()),
            }
        )
    return pd.DataFrame(rows)


@_result
def calibration(month: str = "2020-02", train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """Promised and observed shares of high tips, in ten bins of equal width.

    Returns
    -------
    DataFrame, one row a bin that has trips
        ``low``, ``high`` (the bin), ``n``, ``promised`` (mean probability), ``observed``.
    """
    features = featurize(load(month))
    p, y = predict_proba(_model(train, seed), features), features[LABEL]
    edges = np.linspace(0, 1, 11)
    bins = np.clip(np.digitize(p, edges) - 1, 0, 9)
    table = pd.DataFrame({"bin": bins, "p": p, "y": y}).groupby("bin")
    filled = np.unique(bins)
    return pd.DataFrame(
        {
            "low": edges[filled],
            "high": edges[filled + 1],
            "n": table.size().to_numpy(),
            "promised": table["p"].mean().to_numpy(),
            "observed": table["y"].mean().to_numpy(),
        }
    )


RESULTS: tuple[tuple[Kept[Any], dict[str, Any]], ...] = (
    (month_facts, {}),
    (monthly_scores, {}),
    (released_daily, {}),
    (released_weekly, {}),
    (ks_months, {}),
    (ks_months, {"current": "2020-03"}),
    (ks_adjacent, {}),
    (cdfs, {}),
    (cdfs, {"reference": "2020-03", "current": "2020-04"}),
    (weekday_drift, {}),
    (weekday_drift, {"current": "2020-03"}),
    (published_faults, {}),
    (calibration, {}),
)
"""Every result that the talk and the book read, with its parameters."""


def recompute() -> None:
    """Compute every result anew into the committed folder; what no longer counts goes.

    Raises
    ------
    StoreError
        If a result can't be written.
    """
    from rich.progress import track

    current = set()
    for result, parameters in track(RESULTS, description="study"):
        current.add(result.commit(**parameters))
    for entry in (samples.folder() / "results").glob("*/*"):
        if entry not in current:
            shutil.rmtree(entry)


def _in_memory(month: str) -> pd.DataFrame:
    """A month's trips as one pandas frame, for what lines their rows up with features."""
    trips = load(month)
    return trips if isinstance(trips, pd.DataFrame) else trips.compute()


def _model(train: str, seed: int) -> Forest:
    return fit_forest(featurize(load(train)), seed=seed)


def _replayed(month: str, train: str, seed: int) -> DayCounts:
    span = pd.Period(month, "M")
    features = featurize(load(month), str(span.start_time.date()), str(span.end_time.date()))
    return replay_features(_model(train, seed), [features]).counts()


def _payment(trips: pd.DataFrame) -> pd.Series[str]:
    """Card, cash, missing or other, for each trip."""
    kind = trips["payment_type"].map(PAYMENT).astype("object")
    return kind.where(trips["payment_type"].notna(), "missing").fillna("other")
