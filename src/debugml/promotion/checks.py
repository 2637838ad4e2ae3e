"""Are the data what they were? Facts of a month's features against the months before it.

A model trained on distances in kilometres may still score well; nobody wants to serve it.
So data are checked by themselves. A check can't tell a fault from a pandemic: it says what
moved, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import RecordsError, SchemaError
from ..features import FEATURES, LABEL, MISSING


@dataclass(frozen=True)
class Facts:
    """A month's features in a few numbers.

    Attributes
    ----------
    month : str
    rows : int
    label_rate : float
        Share of label 1.
    repeated : float
        Share of rows that occur before, alike in all columns.
    columns : DataFrame
        By feature: ``missing`` and ``zero`` (shares: missing, and 0 or less), ``median`` of what
        is not missing, ``distinct`` (values, up to 2).

    Examples
    --------
    >>> from debugml import featurize, load
    >>> facts = Facts.of("2019-02", featurize(load("2019-02", source="sample")))
    >>> facts.rows, round(float(facts.columns.loc["passenger_count", "zero"]), 3)
    (9981, 0.158)
    """

    month: str
    rows: int
    label_rate: float
    repeated: float
    columns: pd.DataFrame

    @classmethod
    def of(cls, month: str, features: pd.DataFrame) -> Facts:
        """Facts of what `debugml.featurize` gave.

        Raises
        ------
        SchemaError
            If a feature or the label is missing.
        RecordsError
            If there are no rows.
        """
        lacking = [name for name in (*FEATURES, LABEL) if name not in features.columns]
        if lacking:
            raise SchemaError(f"{month}: no column {', '.join(lacking)}: give what featurize gives")
        if not len(features):
            raise RecordsError(f"{month} has no rows, so its data can't be checked")
        rows = {}
        for name in FEATURES:
            values = features[name].to_numpy()
            there = values[values != MISSING]
            rows[name] = {
                "missing": 1 - len(there) / len(values),
                "zero": float((there <= 0).mean()) if len(there) else 0.0,
                "median": float(np.median(there)) if len(there) else MISSING,
                "distinct": float(min(2, len(np.unique(values)))),
            }
        return cls(
            month,
            len(features),
            float(features[LABEL].mean()),
            float(features.duplicated().mean()),
            pd.DataFrame.from_dict(rows, orient="index"),
        )


@dataclass(frozen=True)
class DataLimits:
    """How far a month may be from the median of the months before it.

    Attributes
    ----------
    months : int
        How many months before count.
    rows : float
        Times as many rows, or as few.
    missing, zero, label_rate : float
        By how much the share may move, either way: missing values of a column, values of 0 or
        less, label 1.
    repeated : float
        Share of rows that may be repeated.
    median : float
        Times as large a median, or as small, in the columns of ``measured``.
    measured : tuple of str
        Columns whose unit could change.

    Examples
    --------
    >>> DataLimits().measured
    ('trip_distance', 'trip_time', 'trip_speed')
    """

    months: int = 3
    rows: float = 1.5
    missing: float = 0.05
    zero: float = 0.1
    label_rate: float = 0.05
    repeated: float = 0.01
    median: float = 1.25
    measured: tuple[str, ...] = ("trip_distance", "trip_time", "trip_speed")


def check_data(month: Facts, before: Sequence[Facts], limits: DataLimits) -> pd.DataFrame:
    """Every check of a month's data.

    Without months before, only what needs none is checked: repeated rows, and columns that hold
    one value.

    Parameters
    ----------
    before : sequence of Facts
        The months before, the latest last. Their median is taken, which one bad month of three
        doesn't move far.

    Returns
    -------
    DataFrame, one row a check
        ``month``, ``check`` (``rows``, ``repeated``, ``label_rate``, ``missing``, ``zero``,
        ``constant``, ``median``), ``column`` ("" where it is the whole), ``value``, ``usual`` (the
        median of the months before; of a check that needs none, what it should be), ``passed``,
        ``reason``.

    Examples
    --------
    >>> from debugml import featurize, load
    >>> facts = [Facts.of(m, featurize(load(m, source="sample"))) for m in ("2019-01", "2019-02")]
    >>> table = check_data(facts[1], facts[:1], DataLimits())
    >>> table.loc[~table["passed"], "reason"].item()
    '2019-02: passenger_count is 0 or less in 15.8 % of rows, usually in 0.0 %'
    """
    recent = list(before)[-limits.months :]
    rows = [
        _row(
            month.month, "repeated", "", month.repeated, 0.0, month.repeated <= limits.repeated,
            f"{month.repeated:.1%} of rows are repeated",
        )
    ]  # fmt: skip
    for name, distinct in month.columns["distinct"].items():
        said = f"{name} holds one value only"
        rows.append(_row(month.month, "constant", str(name), distinct, 2.0, distinct > 1, said))
    if recent:
        rows += _against(month, recent, limits)
    return pd.DataFrame(rows)


def _against(month: Facts, recent: list[Facts], limits: DataLimits) -> Iterable[dict[str, Any]]:
    usual_rows = float(np.median([facts.rows for facts in recent]))
    said = f"{month.rows:,} rows, usually {usual_rows:,.0f}"
    fine = _within(month.rows, usual_rows, limits.rows)
    yield _row(month.month, "rows", "", month.rows, usual_rows, fine, said)
    rate, usual_rate = month.label_rate, float(np.median([facts.label_rate for facts in recent]))
    said = f"{rate:.1%} of labels are 1, usually {usual_rate:.1%}"
    fine = abs(rate - usual_rate) <= limits.label_rate
    yield _row(month.month, "label_rate", "", rate, usual_rate, fine, said)
    kinds = (("missing", "is missing", limits.missing), ("zero", "is 0 or less", limits.zero))
    for name in month.columns.index:
        for kind, words, limit in kinds:
            value, usual = _of_column(month, recent, name, kind)
            said = f"{name} {words} in {value:.1%} of rows, usually in {usual:.1%}"
            fine = abs(value - usual) <= limit
            yield _row(month.month, kind, name, value, usual, fine, said)
        if name in limits.measured:
            value, usual = _of_column(month, recent, name, "median")
            said = f"the median of {name} is {value:.3g}, usually {usual:.3g}"
            fine = _within(value, usual, limits.median)
            yield _row(month.month, "median", name, value, usual, fine, said)


def _of_column(month: Facts, recent: list[Facts], name: str, kind: str) -> tuple[float, float]:
    usual = np.median([facts.columns[kind].loc[name] for facts in recent])
    return float(month.columns[kind].loc[name]), float(usual)


def _within(value: float, usual: float, times: float) -> bool:
    if usual <= 0:
        return value == usual
    return usual / times <= value <= usual * times


def _row(
    month: str, check: str, column: str, value: float, usual: float, passed: bool, said: str
) -> dict[str, Any]:
    said = f"{month}: {said}".replace("%", " %")
    return {
        "month": month,
        "check": check,
        "column": column,
        "value": float(value),
        "usual": usual,
        "passed": bool(passed),
        "reason": said,
    }
