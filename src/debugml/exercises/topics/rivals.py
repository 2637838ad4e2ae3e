"""Two models that meet: the published forest, and a table of shares by weekday and hour."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ...features import LABEL, TIME
from .. import material

PAYMENT = {1.0: "card", 2.0: "cash"}


@cache
def meeting(month: str) -> pd.DataFrame:
    """A month's records, with the probabilities of both models.

    Columns: ``time``, ``label``, ``payment`` (card, cash, missing or other), ``current`` (the
    published forest) and ``challenger`` (the share of high tips in January 2020 at the trip's
    weekday and hour). `month` is one of `material.SCORED`.
    """
    trips, features = material.trips(month), material.features(month)
    code = trips.loc[trips["fare_amount"] > 0, "payment_type"].reset_index(drop=True)
    kind = code.map(PAYMENT).where(code.notna(), "missing").fillna("other")
    # In the order of `material.scored`: by dropoff, and the month's own days only.
    rows = features.assign(payment=kind.to_numpy())
    first = pd.Timestamp(month)
    own = (rows[TIME] >= first) & (rows[TIME] < first + pd.offsets.MonthBegin())
    rows = rows[own].sort_values(TIME, kind="stable")
    scored = material.scored(month)
    slots = pd.MultiIndex.from_frame(rows[["pickup_weekday", "pickup_hour"]])
    return pd.DataFrame(
        {
            "time": scored["time"],
            "label": scored["label"].astype(int),
            "payment": rows["payment"].to_numpy(dtype=object),
            "current": scored["probability"],
            "challenger": _shares().reindex(slots).fillna(0.5).to_numpy(),
        }
    )


@cache
def _shares() -> pd.Series:
    january = material.features("2020-01")
    return january.groupby(["pickup_weekday", "pickup_hour"])[LABEL].mean()


def gaps(frame: pd.DataFrame, columns: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    """The frame with values missing at random, more often on trips that were not paid by card."""
    found = frame.copy()
    for column in columns:
        often = np.where(found["payment"] == "card", 0.05, 0.4)
        found[column] = found[column].mask(rng.random(len(found)) < often)
    return found
