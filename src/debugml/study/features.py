"""Features: what the published pipeline's faults touch."""

from __future__ import annotations

import pandas as pd

from ..features import featurize, featurize_as_published
from .base import ALL_MONTHS, in_memory, result


@result
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
        trips = in_memory(month)
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
