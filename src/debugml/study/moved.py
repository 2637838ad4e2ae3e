"""What moved? The fall of F1 split into mix and model, the change in ranking, the slices."""

from __future__ import annotations

import pandas as pd

from ..features import LABEL, TIME, featurize
from ..metrics import THRESHOLD
from ..monitoring.change import split_change
from ..monitoring.slices import worst_slices
from ..training import Forest, predict_proba
from .base import TRAIN, in_memory, model_of, payment, result

BY = ("payment", "label")
"""First the mix of payment types, then the base rate within each."""

DRAWS = 500
"""As many as for the other intervals of AUC: each draw sorts out ten thousand trips."""

_KNOWN = ("card", "cash", "other")
_COMPARED = (
    ("all", (*_KNOWN, "missing"), BY[:1]),
    ("payment known", _KNOWN, BY[:1]),
    ("card", ("card",), BY[:1]),
    ("same mix", (*_KNOWN, "missing"), BY[:1]),
    ("same mix and base rates", (*_KNOWN, "missing"), BY),
)

SLICED = ("hour", "weekday", "zone", "payment")


@result
def change_split(
    before: str = "2020-02",
    after: str = "2020-04",
    metric: str = "f1",
    train: str = TRAIN,
    seed: int = 0,
) -> pd.DataFrame:
    """A change between two months split into payment mix, base rates, and the model's part.

    Returns
    -------
    DataFrame, rows of `monitoring.change.split_change` in both orders
        ``before``, ``after`` (months), ``metric``, ``order`` (``forward``: the earlier month
        is reweighted; ``reverse``: the later), and its columns. The step ``label`` is the
        base rate within payment types.
    """
    model = model_of(train, seed)
    one, two = _records(model, before), _records(model, after)
    parts = []
    for order in ("forward", "reverse"):
        split = split_change(one, two, BY, metric=metric, reverse=order == "reverse", seed=seed)
        told = {"before": before, "after": after, "metric": metric, "order": order}
        parts.append(pd.DataFrame(told, index=split.index).join(split))
    return pd.concat(parts, ignore_index=True)


@result
def ranking_change(
    before: str = "2020-02",
    after: tuple[str, ...] = ("2020-04", "2020-05"),
    train: str = TRAIN,
    seed: int = 0,
) -> pd.DataFrame:
    """Did ranking improve? The change in AUC, in five ways of comparing the months.

    Returns
    -------
    DataFrame, five rows for each later month
        ``before``, ``after``; ``trips``: ``all``, ``payment known``, ``card``, ``same mix``
        (the earlier month reweighted to the later one's payment types) and ``same mix and
        base rates`` (also to the base rate within each; of both, records of the later month
        without counterpart left out); ``auc_before``, ``auc_after``, ``change``, ``low``,
        ``high`` (95 %, days of each month resampled apart), ``n_before`` (effective, where
        reweighted), ``n_after``.
    """
    model = model_of(train, seed)
    one = _records(model, before)
    rows = []
    for month in after:
        two = _records(model, month)
        for trips, kinds, by in _COMPARED:
            first, second = (r[r["payment"].isin(kinds)] for r in (one, two))
            split = split_change(first, second, by, metric="auc", draws=DRAWS, seed=seed)
            split = split.set_index("step")
            reweighted = trips.startswith("same")
            start, end = (by[-1], split.index[len(by) + 1]) if reweighted else ("before", "after")
            change = split.loc["all within" if reweighted else "total"]
            rows.append(
                {
                    "before": before,
                    "after": month,
                    "trips": trips,
                    "auc_before": split.loc[start, "metric_after_step"],
                    "auc_after": split.loc[end, "metric_after_step"],
                    "change": change["value"],
                    "low": change["low"],
                    "high": change["high"],
                    "n_before": split.loc[start, "n"],
                    "n_after": split.loc[end, "n"],
                }
            )
    return pd.DataFrame(rows)


@result
def slices(
    month: str = "2020-02", metric: str = "difference", train: str = TRAIN, seed: int = 0
) -> pd.DataFrame:
    """Pickup hours, weekdays, pickup zones and payment types, each against all other trips.

    Returns
    -------
    DataFrame, one row a slice of 100 trips or more
        ``month`` and the columns of `monitoring.slices.worst_slices`, the worst first.
    """
    table = worst_slices(_records(model_of(train, seed), month), SLICED, metric=metric)
    table.insert(0, "month", month)
    return table


def _records(model: Forest, month: str) -> pd.DataFrame:
    """A month's scored trips, with what they are sliced by."""
    features = featurize(in_memory(month), keep="payment_type")
    probability = predict_proba(model, features)
    return pd.DataFrame(
        {
            "time": features[TIME],
            "label": features[LABEL],
            "probability": probability,
            "prediction": (probability > THRESHOLD).astype("int8"),
            "hour": features["pickup_hour"],
            "weekday": features["pickup_weekday"],
            "zone": features["PULocationID"],
            "payment": payment(features),
        }
    )
