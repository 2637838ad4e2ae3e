"""Training: the forest in each month, beside always-yes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..deployment import replay_features
from ..features import LABEL, featurize
from ..training import predict_proba, score
from ..trips import load
from .base import TRAIN, YEAR_2020, in_memory, model_of, payment, result


@result
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
        missing) with ``auc_known_low``, ``auc_known_high``. Intervals are 95 %, days resampled.
    """
    model = model_of(train, seed)
    rows = []
    for month in months:
        trips = in_memory(month)
        features = featurize(trips)
        figures = score(model, features).to_dict()
        # One span for the whole file: the few trips that end in the next month belong to it.
        whole = replay_features(model, [features]).monitor().whole(seed=seed)
        known = features[(payment(trips[trips["fare_amount"] > 0]) != "missing").to_numpy()]
        of_known = replay_features(model, [known]).monitor().whole(seed=seed)
        rows.append(
            {"month": month, **figures}
            | {name: whole[name] for name in (*_INTERVALS, "auc_low", "auc_high")}
            | {f"auc_known{end}": of_known[f"auc{end}"] for end in ("", "_low", "_high")}
        )
    return pd.DataFrame(rows)


@result
def seeds(
    month: str = "2020-02", train: str = TRAIN, seeds: tuple[int, ...] = tuple(range(8))
) -> pd.DataFrame:
    """How much of the gap to always-yes is the forest's own randomness.

    Returns
    -------
    DataFrame, one row a seed
        ``seed``, ``f1``, ``difference`` (F1 − always-yes) with ``difference_low``,
        ``difference_high``: 95 %, days resampled.
    """
    features = featurize(load(month))
    rows = []
    for seed in seeds:
        whole = replay_features(model_of(train, seed), [features]).monitor().whole(seed=seed)
        names = ("f1", "difference", "difference_low", "difference_high")
        rows.append({"seed": seed, **{name: whole[name] for name in names}})
    return pd.DataFrame(rows)


_INTERVALS = ("f1_low", "f1_high", "difference", "difference_low", "difference_high")


@result
def calibration(month: str = "2020-02", train: str = TRAIN, seed: int = 0) -> pd.DataFrame:
    """Promised and observed shares of high tips, in ten bins of equal width.

    Returns
    -------
    DataFrame, one row a bin that has trips
        ``low``, ``high`` (the bin), ``n``, ``promised`` (mean probability), ``observed``.
    """
    features = featurize(load(month))
    p, y = predict_proba(model_of(train, seed), features), features[LABEL]
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
