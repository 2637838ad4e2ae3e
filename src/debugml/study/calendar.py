"""What is left of the drift between two months, once both are average weeks?"""

from __future__ import annotations

import pandas as pd

from .. import published
from ..drift.calendar import Span, calendar_ks
from ..drift.days import exchanged_days
from ..features import FEATURES, featurize
from .base import in_memory, result

PICKUP = "tpep_pickup_datetime"

PUBLISHED = {("2020-01", "2020-02"): "january_february", ("2020-01", "2020-03"): "january_march"}
"""The pairs of months whose D was published."""


@result
def calendar_left(
    reference: str = "2020-01", current: str = "2020-02", draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """D of the eleven features: observed, of the calendar alone, left between average weeks.

    Trips count by their pickup; the odd one that began outside its month is left out.

    Parameters
    ----------
    draws, seed : int
        Exchanges of days behind ``d_days``.

    Returns
    -------
    DataFrame, one row a feature, the largest D left first
        ``reference``, ``current`` (months); the columns of `drift.calendar.calendar_ks`
        (``d_chance`` takes trips as independent); ``d_days`` and ``p_days``, as
        `drift.days.exchanged_days` gives them; where there is one, ``published``, the
        published D, of full months and with the calendar in it.
    """
    (one, first), (two, second) = _month(reference), _month(current)
    found = calendar_ks(one, two, FEATURES, time=PICKUP, reference_span=first, current_span=second)
    days = exchanged_days(
        one,
        two,
        FEATURES,
        time=PICKUP,
        reference_span=first,
        current_span=second,
        draws=draws,
        seed=seed,
    )
    found = found.merge(days.drop(columns="d_left"), on="column")
    found.insert(0, "reference", reference)
    found.insert(1, "current", current)
    if (reference, current) in PUBLISHED:
        table = published.ks(PUBLISHED[reference, current]).set_index("feature")["statistic"]
        found["published"] = found["column"].map(table)
    return found


def _month(month: str) -> tuple[pd.DataFrame, Span]:
    span = (pd.Timestamp(month), pd.Timestamp(month) + pd.offsets.MonthBegin())
    features = featurize(in_memory(month), keep=PICKUP)
    return features[(features[PICKUP] >= span[0]) & (features[PICKUP] < span[1])], span
