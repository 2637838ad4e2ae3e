"""Small histories with known lags, for tests of retraining."""

from __future__ import annotations

import numpy as np
import pandas as pd

from debugml.deployment.lag import Constant, Lag
from debugml.features import FEATURES, LABEL, TIME
from debugml.retraining import History

MONTHS = ("2020-01", "2020-02", "2020-03", "2020-04", "2020-05")
LATE = Lag(labels=Constant("5D"))


def made_up_month(month: str, rows: int = 150, seed: int = 0) -> pd.DataFrame:
    """Trips at even distances; the label hangs on one feature, the other way round from April."""
    rng = np.random.default_rng([seed, int(month[5:])])
    features = pd.DataFrame(
        rng.normal(size=(rows, len(FEATURES))).astype("float32"), columns=list(FEATURES)
    )
    turned = -1 if month >= "2020-04" else 1
    wanted = turned * features["trip_distance"] + rng.normal(size=rows) * 0.5 > 0
    times = pd.date_range(month, periods=rows, freq=pd.Timedelta(days=28) / rows)
    payment = rng.choice([1.0, 2.0, np.nan], rows, p=[0.6, 0.3, 0.1])
    return features.assign(
        **{LABEL: wanted.astype("int8"), TIME: times.as_unit("us"), "payment_type": payment}
    )


def made_up_months(seed: int = 0, rows: int = 150) -> dict[str, pd.DataFrame]:
    return {month: made_up_month(month, rows, seed) for month in MONTHS}


def made_up_history(lag: Lag = LATE, seed: int = 0) -> History:
    return History.of(made_up_months(seed), lag)
