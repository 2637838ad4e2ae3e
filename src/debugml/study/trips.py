"""Trips: what each month holds, before any model."""

from __future__ import annotations

import pandas as pd

from ..features import LABEL, featurize
from .base import ALL_MONTHS, in_memory, payment, result


@result
def month_facts(months: tuple[str, ...] = ALL_MONTHS) -> pd.DataFrame:
    """What each month holds, before any model.

    Returns
    -------
    DataFrame, one row a month
        ``month``; ``trips``; ``refunds`` (fare of zero or less); ``base_rate`` (share of high
        tips among the rest); ``card``, ``cash``, ``missing`` (shares of those by payment
        type); ``card_base_rate``, ``cash_base_rate``, ``missing_base_rate``
        (NaN in a month in which none is missing);
        ``no_passenger`` (share of trips with a passenger count of 0).
    """
    rows = []
    for month in months:
        trips = in_memory(month)
        paid = trips[trips["fare_amount"] > 0]
        # The same rows in the same order, so the label can be asked by payment type.
        high = featurize(trips)[LABEL].set_axis(paid.index)
        kind = payment(paid)
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
