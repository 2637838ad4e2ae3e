"""Weeks of trip speed from 2018 to 2020: how far each lies from the weeks before it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import kolmogorov

from ...trips import months_between
from ...trips.samples import sample_path

Floats = npt.NDArray[np.float64]

START = pd.Timestamp("2018-01-01")
"""A Monday: the first week begins here."""

COUNT = 156
GAP = 4
"""The reference is as many weeks, before the last so many."""

FIRST = 2 * GAP
_COLUMNS = ["tpep_pickup_datetime", "tpep_dropoff_datetime", "trip_distance", "fare_amount"]


def weekly(first: str = "2018", last: str = "2019") -> pd.DataFrame:
    """Each week's trip speeds beside those of four earlier weeks, in the samples.

    The reference is the four weeks before the last four: a change that stays is not in it for
    four weeks.

    Parameters
    ----------
    first, last : str
        Years, ``"2018"`` to ``"2020"``.

    Returns
    -------
    DataFrame, one row a week, in order
        ``monday`` (when it begins), ``trips`` (in it), ``d`` (statistic D of the trip speeds
        between the week and its reference), ``p`` (the test's p-value, trips independent).

    Examples
    --------
    >>> weekly("2019", "2019").columns.tolist()
    ['monday', 'trips', 'd', 'p']
    """
    frame = table()
    inside = (frame["monday"] >= first) & (frame["monday"] < str(int(last) + 1))
    return frame[inside].reset_index(drop=True)


@cache
def speeds() -> tuple[Floats, ...]:
    """Sorted trip speeds of each week, from `START` on."""
    months = months_between("2018-01", "2020-12")
    files = (pq.ParquetFile(sample_path(month)) for month in months)
    parts = pa.concat_tables([file.read(columns=_COLUMNS, use_threads=False) for file in files])
    trips = parts.to_pandas(use_threads=False)
    trips = trips[trips["fare_amount"] > 0]
    started = trips["tpep_pickup_datetime"].to_numpy()
    seconds = (trips["tpep_dropoff_datetime"].to_numpy() - started) / np.timedelta64(1, "s")
    speed = trips["trip_distance"].to_numpy() / (seconds + 1e-7)
    week = (started - START.to_datetime64()) // np.timedelta64(7, "D")
    order = np.argsort(week, kind="stable")
    week, speed = week[order], speed[order]
    edges = np.searchsorted(week, np.arange(COUNT + 1))
    return tuple(np.sort(speed[a:b]) for a, b in pairwise(edges))


def row(week: int, factor: float = 1.0) -> dict[str, object]:
    """A week's row; all of its trips as many times faster as the factor says."""
    every = speeds()
    current = every[week] * factor
    reference = np.sort(np.concatenate(every[week - 2 * GAP + 1 : week - GAP + 1]), kind="stable")
    d = statistic(current, reference)
    n, m = len(current), len(reference)
    p = float(kolmogorov(d * np.sqrt(n * m / (n + m))))
    return {"monday": START + pd.Timedelta(weeks=week), "trips": n, "d": d, "p": p}


@cache
def table() -> pd.DataFrame:
    """All weeks that have a reference."""
    return pd.DataFrame([row(week) for week in range(FIRST, COUNT)])


def statistic(current: Floats, reference: Floats) -> float:
    """D between two sorted samples: the largest gap between their distribution functions.

    Examples
    --------
    >>> statistic(np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    0.5
    """
    # One function is flat between the points of `current`: the gap is largest at one of them,
    # or just before.
    gaps = [
        np.searchsorted(current, current, side) / len(current)
        - np.searchsorted(reference, current, side) / len(reference)
        for side in ("left", "right")
    ]
    return float(np.abs(gaps).max())
