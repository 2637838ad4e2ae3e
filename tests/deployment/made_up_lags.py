"""Records and lag models for the tests of the clock: made by hand and by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from debugml.deployment.lag import (
    ByGroup,
    Constant,
    Lag,
    Lognormal,
    Nightly,
    NoLag,
    Outage,
)

BY_PAYMENT = ByGroup(
    "payment_type", {1: Lognormal("12h"), 2: Constant("3D")}, otherwise=Constant("14D")
)
MODELS = {
    "none": NoLag(),
    "constant": Constant("2D"),
    "lognormal": Lognormal("12h", sigma=1.5, seed=3),
    "by payment": BY_PAYMENT,
    "nightly": Nightly("02:00"),
    "outage": Outage("2020-03-08", "2020-03-12"),
    "nightly after an outage by payment": Nightly(
        "02:00", after=Outage("2020-03-08", "2020-03-12", after=BY_PAYMENT)
    ),
    "outage of a nightly load": Outage("2020-03-08 01:00", "2020-03-12", after=Nightly("02:00")),
}


def scored(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Records of three weeks of March 2020 as a replay has them, before any lag."""
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.integers(0, 21 * 86400, rows))
    p = rng.random(rows).round(6)
    return pd.DataFrame(
        {
            "time": (pd.Timestamp("2020-03-01") + pd.to_timedelta(seconds, unit="s")).as_unit("us"),
            "label": (rng.random(rows) < p).astype("int8"),
            "probability": p,
            "prediction": (p > 0.5).astype("int8"),
            "payment_type": rng.choice([1.0, 2.0, 4.0, np.nan], rows, p=[0.6, 0.3, 0.05, 0.05]),
        }
    )


hours = st.integers(0, 200).map(lambda n: f"{n}h")
clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
days = st.integers(1, 25)


def _outage(start: int, length: int, after: Any) -> Outage:
    first = pd.Timestamp("2020-03-01") + pd.Timedelta(days=start)
    return Outage(first, first + pd.Timedelta(hours=length), after=after)


models = st.recursive(
    st.one_of(
        st.just(NoLag()),
        st.builds(Constant, hours),
        st.builds(Lognormal, hours, st.floats(0, 3), st.integers(0, 9)),
    ),
    lambda inner: st.one_of(
        st.builds(Nightly, clocks, inner),
        st.builds(_outage, days, st.integers(1, 200), inner),
        st.builds(
            ByGroup,
            st.just("payment_type"),
            st.dictionaries(st.sampled_from([1, 2, 4]), inner, max_size=3),
            inner,
        ),
    ),
    max_leaves=5,
)
lags = st.builds(Lag, models, models)
moments = st.integers(0, 45 * 24 * 60).map(
    lambda n: pd.Timestamp("2020-02-28") + pd.Timedelta(minutes=n)
)
frames = st.builds(scored, st.integers(1, 40), st.integers(0, 1000))
