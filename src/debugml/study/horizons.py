"""Horizons: what February left open, and where forests of one kind part."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import settings
from ..features import LABEL, TIME, featurize
from ..horizons import (
    FIGURES,
    REFERENCE,
    disagreement,
    figures_by_draw,
    interval,
    pair_disagreement,
    pairwise_churn,
    spread,
    spread_ratio,
    variants as roster,
    versus,
)
from ..lineage import Artifact, Run, note
from ..metrics import THRESHOLD, always_yes_f1
from ..resampling import resample_days
from ..summary import Floats, Ints
from ..training import Forest, fitted
from .base import TRAIN, files_of, in_memory, model_of, payment, result

HORIZON = ("2020-02", "2020-03", "2020-04", "2020-05")
"""The month of the test, and the three that came after it."""

TOGETHER = {
    "the seed": ("seed",),
    "settings": ("settings",),
    "missing values": ("missing",),
    "all choices": ("seed", "settings", "missing"),
}
"""Which families of variants are compared; half the rows make another model, not a choice."""

SLICES = ("payment", "rate code", "airport", "hours", "day")
SPREAD = ("f1", "auc", "brier", "log_loss")
FLOOR = 0.005
"""Half a tree's vote of a hundred: a bound for forests that would say "never"."""

DRAWS = 300


@result
def variants(months: tuple[str, ...] = HORIZON, train: str = TRAIN, seeds: int = 6) -> pd.DataFrame:
    """Forests that differ in one arbitrary choice, in each month.

    Returns
    -------
    DataFrame, one row a variant and a month
        ``variant``, ``family``, ``month``; ``f1``, ``auc``, ``log_loss``, ``brier``,
        ``yes_rate``; ``always_yes_f1``; ``certain``, the share of trips given a probability
        of exactly 0 or 1; ``log_loss_bounded``, with probabilities kept between 0.005 and
        0.995; and for F1, AUC and log loss ``…_versus`` (less that of seed 0), ``…_low``,
        ``…_high``: 95 %, days resampled, paired.
    """
    rows = []
    for month, scored in _scored(months, train, seeds).items():
        usual = scored.drawn[REFERENCE]
        for variant in roster(seeds):
            drawn, p = scored.drawn[variant.name], scored.p[variant.name]
            row: dict[str, Any] = {"variant": variant.name, "family": variant.family}
            row |= {"month": month, **{name: drawn[name][0] for name in FIGURES}}
            row["always_yes_f1"] = float(always_yes_f1(scored.records[LABEL].mean()))
            row["certain"] = float(((p == 0) | (p == 1)).mean())
            row["log_loss_bounded"] = _log_loss(scored.records[LABEL].to_numpy() == 1, p)
            for name in ("f1", "auc", "log_loss"):
                row |= versus(drawn, usual, name)
            rows.append(row)
    return pd.DataFrame(rows)


@result
def spreads(months: tuple[str, ...] = HORIZON, train: str = TRAIN, seeds: int = 6) -> pd.DataFrame:
    """How far apart equally good forests are, in each month against the first.

    Returns
    -------
    DataFrame, one row a set of choices, a figure and a month
        ``choices``, ``figure``, ``month``, ``models``, ``mean``, ``sd`` (across models),
        ``lowest``, ``highest``; ``day_error`` (of one model's figure, days resampled);
        ``ratio`` (the sd over that of the first month) with ``low``, ``high``: 95 %, days
        and models resampled, which pulls towards 1.
    """
    rows = []
    by_month = _scored(months, train, seeds)
    for choices, families in TOGETHER.items():
        names = _names(families, seeds)
        for figure in SPREAD:
            first = [by_month[months[0]].drawn[name][figure] for name in names]
            for month in months:
                drawn = [by_month[month].drawn[name][figure] for name in names]
                found = spread([values[0] for values in drawn])
                ratio, low, high = spread_ratio(first, drawn)
                rows.append(
                    {"choices": choices, "figure": figure, "month": month}
                    | {"models": found.models, "mean": found.mean, "sd": found.sd}
                    | {"lowest": found.lowest, "highest": found.highest}
                    | {"day_error": float(np.mean([np.std(v[1:]) for v in drawn]))}
                    | {"ratio": ratio, "low": low, "high": high}
                )
    return pd.DataFrame(rows)


@result
def churns(months: tuple[str, ...] = HORIZON, train: str = TRAIN, seeds: int = 6) -> pd.DataFrame:
    """How many trips two such forests decide differently, beside what yes-rates would give.

    Returns
    -------
    DataFrame, one row a set of choices and a month
        ``choices`` (also ``half the rows``: two forests that share no trip), ``month``,
        ``pairs``, ``churn`` (mean of the pairs) with ``low``, ``high`` (95 %, days resampled),
        ``largest``; ``expected`` (mean, of independent forests with the same yes-rates) and
        ``kappa`` (1 − churn / expected).
    """
    rows = []
    kinds = {kind: _names(families, seeds) for kind, families in TOGETHER.items()}
    for month, scored in _scored(months, train, seeds).items():
        for kind, names in (kinds | {"half the rows": ["first half", "second half"]}).items():
            decisions = scored.decisions(names)
            pairs = pairwise_churn(decisions)
            low, high = _mean_interval(pair_disagreement(decisions), scored.records[TIME])
            mean = float(np.mean([pair.rate for pair in pairs]))
            expected = float(np.mean([pair.expected for pair in pairs]))
            rows.append(
                {"choices": kind, "month": month, "pairs": len(pairs), "churn": mean}
                | {"low": low, "high": high, "largest": max(pair.rate for pair in pairs)}
                | {"expected": expected, "kappa": 1 - mean / expected}
            )
    return pd.DataFrame(rows)


@result
def disagreements(
    months: tuple[str, ...] = ("2020-02", "2020-04", "2020-05"),
    train: str = TRAIN,
    seeds: int = 6,
) -> pd.DataFrame:
    """Where such forests part: their disagreement by slices of the trips.

    Returns
    -------
    DataFrame, one row a set of choices, a month and a slice
        ``choices`` (``the seed``, ``missing values``), ``month`` and the columns of
        `horizons.disagreement`, whose correction is over the slices of one month; then
        ``base_rate`` of the slice, and ``n_train``, its trips in the training month.
    """
    parts, trained = [], _sliceable(in_memory(train))
    for month, scored in _scored(months, train, seeds).items():
        for kind in ("the seed", "missing values"):
            decisions = scored.decisions(_names(TOGETHER[kind], seeds))
            table = disagreement(scored.records, decisions, list(SLICES), time=TIME)
            table.insert(0, "choices", kind)
            table.insert(1, "month", month)
            table["base_rate"] = _by_slice(scored.records, table, "mean")
            table["n_train"] = _by_slice(trained, table, "size").fillna(0).astype(np.int64)
            parts.append(table)
    return pd.concat(parts, ignore_index=True)


class _Scored(NamedTuple):
    """One month's records, and what each variant said of them."""

    records: pd.DataFrame
    p: dict[str, Floats]
    drawn: dict[str, dict[str, Floats]]

    def decisions(self, names: list[str]) -> Ints:
        return np.array([self.p[name] > THRESHOLD for name in names]).astype(np.int64)


def _scored(months: Iterable[str], train: str, seeds: int) -> dict[str, _Scored]:
    """Each month, scored by every variant; a process does so once."""
    features, variants = files_of([train]), roster(seeds)
    others = _others(train, seeds, settings.engine(), features)
    for _, run in others.values():
        # Each time, so that each result knows the training runs that it rests on.
        note(run)
    models = tuple(
        model_of(train, v.seed) if v.family == "seed" else others[v.name][0] for v in variants
    )
    return {
        month: _of_month(month, seeds, models, settings.engine(), files_of([month]))
        for month in months
    }


@lru_cache(maxsize=2)
def _others(
    train: str, seeds: int, engine: str, files: tuple[Artifact, ...]
) -> dict[str, tuple[Forest, Run]]:
    # The engine tells apart what the same files can become.
    features = featurize(in_memory(train))
    return {
        v.name: fitted(
            partial(v.fit, features),
            f"forest {train}, {v.name}",
            files,
            {"train": train, "variant": v.name},
        )
        for v in roster(seeds)
        if v.family != "seed"
    }


@lru_cache(maxsize=12)
def _of_month(
    month: str,
    seeds: int,
    models: tuple[Forest, ...],
    engine: str,
    files: tuple[Artifact, ...],
) -> _Scored:
    records = _sliceable(in_memory(month))
    p = {
        variant.name: variant.predict_proba(model, records)
        for variant, model in zip(roster(seeds), models, strict=True)
    }
    drawn = {
        name: figures_by_draw(records[TIME], records[LABEL], values, DRAWS)
        for name, values in p.items()
    }
    return _Scored(records, p, drawn)


def _sliceable(trips: pd.DataFrame) -> pd.DataFrame:
    """Features and label of trips, with the columns that disagreement is cut by."""
    records: pd.DataFrame = featurize(trips)
    hour, weekday = records["pickup_hour"], records["pickup_weekday"]
    ends = records[["PULocationID", "DOLocationID"]]
    rate = records["RatecodeID"].astype(int).map(_RATES)
    return records.assign(
        payment=payment(trips[trips["fare_amount"] > 0]).to_numpy(),
        airport=np.where(ends.isin(_AIRPORTS).any(axis=1), "to or from an airport", "neither"),
        hours=np.select([hour < 6, hour < 12, hour < 18], ["0–5", "6–11", "12–17"], "18–23"),
        day=np.where(weekday >= 5, "weekend", "Monday to Friday"),
        **{"rate code": rate.where(rate.notna(), "other")},
    )


_RATES = {-1: "missing", 1: "standard", 2: "JFK", 5: "negotiated"}
_AIRPORTS = (1.0, 132.0, 138.0)
"""Newark, JFK, LaGuardia."""


def _names(families: tuple[str, ...], seeds: int) -> list[str]:
    """Variants of some families, with the one that they are compared with."""
    return [v.name for v in roster(seeds) if v.family in families or v.name == REFERENCE]


def _by_slice(records: pd.DataFrame, table: pd.DataFrame, what: str) -> pd.Series[Any]:
    """The label's mean, or the number of records, of each slice in a table."""
    found = {
        (column, value): figure
        for column in SLICES
        for value, figure in records.groupby(column)[LABEL].agg(what).items()
    }
    pairs = zip(table["column"], table["value"], strict=True)
    return pd.Series([found.get(pair, np.nan) for pair in pairs], index=table.index)


def _log_loss(labels: npt.NDArray[np.bool_], p: Floats) -> float:
    bounded = np.clip(p, FLOOR, 1 - FLOOR)
    return float(-np.log(np.where(labels, bounded, 1 - bounded)).mean())


def _mean_interval(values: Floats, times: pd.Series[Any]) -> tuple[float, float]:
    """95 % interval of a mean, days resampled."""
    days = pd.DataFrame({"sum": values}).groupby(times.dt.date.to_numpy())["sum"]
    sums, n = days.sum().to_numpy(), days.size().to_numpy()
    often = resample_days(len(n), DRAWS, np.random.default_rng(0))
    return interval((often @ sums) / (often @ n))
