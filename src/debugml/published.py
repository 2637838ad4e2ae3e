"""The numbers published with the 2021 talk, as data: shown beside ours, and credited.

They come from TLC's full files (6.4 million trips in January 2020) and cuML's
forest; the samples hold 10,000 trips a month. Compare shapes, not levels.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from .errors import SettingError

CREDIT = "Shankar (2021)"


@cache
def _numbers() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "published.toml").read_text("utf-8"))


def f1() -> pd.DataFrame:
    """F1 by month: ``month``, ``f1``. January 2020 is the training month.

    Examples
    --------
    >>> round(float(f1()["f1"].iloc[1]), 4)
    0.6658
    """
    frame = pd.DataFrame(list(_numbers()["f1"].items()), columns=["month", "f1"])
    return _credited(frame)


def march() -> pd.DataFrame:
    """March 2020 by day: ``day``, ``cumulative_f1``, ``daily_f1``. The 31st is missing.

    The source calls the cumulative F1 "rolling"; it is of all records since 1 March.

    Examples
    --------
    >>> march().shape
    (30, 3)
    """
    table = _numbers()["march"]
    frame = pd.DataFrame(table["rows"], columns=["day", "cumulative_f1", "daily_f1"])
    days = pd.to_datetime("2020-03-01") + pd.to_timedelta(frame["day"] - 1, "D")
    return _credited(frame.assign(day=days))


def ks(months: str) -> pd.DataFrame:
    """KS table of two months: ``feature``, ``statistic``, ``p_value``, as published.

    Parameters
    ----------
    months : str
        ``"january_february"`` or ``"january_march"`` (2020).

    Raises
    ------
    SettingError
        If no such table was published.

    Examples
    --------
    >>> ks("january_february")["feature"].iloc[0]
    'pickup_weekday'
    """
    tables = _numbers()["ks"]
    if months not in tables:
        raise SettingError(f"no KS table of {months!r} was published: use {' or '.join(tables)}")
    return _credited(pd.DataFrame(tables[months]["rows"], columns=tables[months]["columns"]))


def january_rows() -> dict[str, int]:
    """Rows of January 2020: ``raw`` as downloaded, ``featurized`` with a fare above 0.

    Examples
    --------
    >>> january_rows()["raw"]
    6405008
    """
    rows = _numbers()["rows"]
    return {"raw": rows["january_raw"], "featurized": rows["january_featurized"]}


def hardware() -> dict[str, Any]:
    """The cluster, and the seconds that fitting and scoring took on it."""
    return dict(_numbers()["hardware"])


def _credited(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its source, which a figure drawn from it then names."""
    frame.attrs["provenance"] = [{"published": "Shankar 2021"}]
    return frame
