"""Where is it worst? Every slice of the records against the rest, multiplicity respected.

Knows no taxis: scored records and column names in, one frame out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import RecordsError, SchemaError, SettingError
from ..labels import as_probabilities, zeros_and_ones
from ..metrics import always_yes_f1, f1_score
from ..multiplicity import holm
from ..resampling import MIN_DAYS, require_times
from ..summary import Floats, Ints

METRICS = ("difference", "calibration_gap", "f1", "accuracy")

DAYS_APART = "days differ"
RECORDS_APART = "records independent"

_N, _Y, _YES, _TP, _GAP = range(5)


def worst_slices(
    records: pd.DataFrame,
    by: str | Sequence[str],
    *,
    metric: str = "difference",
    minimum: int = 100,
    time: str = "time",
    label: str = "label",
    probability: str = "probability",
    prediction: str = "prediction",
) -> pd.DataFrame:
    """Compare each value of each column with all other records, the worst first.

    F1 follows the base rate, so that a slice with fewer positives has a lower F1 from any
    model, and "worst by F1" mostly means "fewest positives". Ask ``difference`` (F1 less
    what always-yes scores on the same records: 0 says no better than yes) or
    ``calibration_gap`` (mean probability less share of positives: 0 is right on average).

    A slice's standard error comes from influence values: what each record adds to the
    linearised figure (the delta method for ratios of sums). They are summed by day where
    there are 14 days or more, as records of a day are not independent, with Student's t on
    as many degrees of freedom as days carry the comparison, less one: about four Mondays
    are few days, however many trips they hold (Satterthwaite 1946; Cameron and Miller 2015,
    on few clusters). Slices overlap and are many: `p_holm` is Holm's correction over all
    rows, so that 5 % of *tables* without any real difference show one at 0.05. In fewer than
    14 days records count as independent; a slice that *is* some days, such as a weekday, then
    raises false alarms.

    Parameters
    ----------
    records : DataFrame
        Scored records, one a row.
    by : str or sequence of str
        Columns to slice by, one at a time. A missing value is a slice of its own.
    metric : str
        ``difference``, ``calibration_gap``, ``f1`` or ``accuracy``.
    minimum : int
        Slices of fewer records are not tested: nor are those that leave fewer as the rest.
    time, label, probability, prediction : str
        Names of the columns. The probability is read for ``calibration_gap`` only.

    Returns
    -------
    DataFrame
        One row a slice: ``column``, ``value`` (as text), ``n``, ``base_rate``,
        ``positive_rate``, ``f1``, ``always_yes_f1``, ``difference``, the metric;
        ``versus_rest`` (the metric less that of all other records), ``standard_error``,
        ``degrees``, ``p_value`` (two-sided), ``p_holm``; ``few``, the records of the column
        that are in no row; and ``errors``: "days differ" or "records independent". By
        ``versus_rest`` in standard errors, ascending; for ``calibration_gap``, the largest
        either way first.

    Raises
    ------
    SchemaError
        If a column is missing.
    SettingError
        If the metric is not known, no column is named, or one twice.
    RecordsError
        If no slice of a column is large enough, a time is missing, or a label, prediction or
        probability is not what it should be.

    Examples
    --------
    >>> hours = pd.DataFrame({"time": pd.Timestamp("2020-02-01"), "hour": [8, 9] * 200})
    >>> hours = hours.assign(label=1, prediction=(hours["hour"] == 8).astype(int))
    >>> hours.loc[:9, "label"] = 0
    >>> worst_slices(hours, "hour", metric="accuracy")[["value", "accuracy"]].values.tolist()
    [['9', 0.025], ['8', 0.975]]
    """
    columns = [by] if isinstance(by, str) else list(by)
    if metric not in METRICS:
        raise SettingError(f"metric is {metric!r}: take one of {', '.join(METRICS)}")
    if not columns or len(set(columns)) < len(columns):
        raise SettingError(f"by is {by!r}: name one column or several, each once")
    wanted = [*columns, time, label, prediction]
    wanted += [probability] if metric == "calibration_gap" else []
    lacking = [name for name in dict.fromkeys(wanted) if name not in records.columns]
    if lacking:
        raise SchemaError(f"the records have no column {', '.join(lacking)}: name one they have")
    require_times(records[time])
    y = zeros_and_ones(records[label], "label").astype(np.float64)
    yes = zeros_and_ones(records[prediction], "prediction").astype(np.float64)
    gap = as_probabilities(records[probability]) - y if metric == "calibration_gap" else 0 * y
    x = np.stack([np.ones_like(y), y, yes, y * yes, gap])
    day = pd.factorize(records[time].dt.normalize())[0]
    by_day = len(np.unique(day)) >= MIN_DAYS
    cluster = day if by_day else np.arange(len(records))
    whole = _sums(x, cluster, int(cluster.max(initial=-1)) + 1)
    rows = [
        {"column": column, "value": _text(value)}
        | _compare(metric, x, cluster, whole, at)
        | {"few": few}
        for column in columns
        for value, at, few in _large_enough(records[column], minimum)
    ]
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p_value"])
    table["errors"] = DAYS_APART if by_day else RECORDS_APART
    return _worst_first(table, metric)


def _large_enough(column: pd.Series[Any], minimum: int) -> Iterator[tuple[Any, Ints, int]]:
    """Each value that can be compared, where it is, and how many records are in none."""
    codes, values = pd.factorize(column, use_na_sentinel=False, sort=False)
    counts = np.bincount(codes, minlength=len(values))
    kept = np.flatnonzero((counts >= max(minimum, 2)) & (len(column) - counts >= max(minimum, 2)))
    if len(kept) == 0:
        raise RecordsError(
            f"no value of {column.name} splits the {len(column):,} records into {minimum} and as "
            "many others: lower `minimum` or leave the column out"
        )
    order, ends = np.argsort(codes, kind="stable"), np.cumsum(counts)
    few = len(column) - int(counts[kept].sum())
    for code in kept:
        yield values[int(code)], order[ends[code] - counts[code] : ends[code]], few


def _compare(metric: str, x: Floats, cluster: Ints, whole: Floats, at: Ints) -> dict[str, Any]:
    """One slice's figures, and how it differs from the rest."""
    inside = _sums(x[:, at], cluster[at], whole.shape[1])
    rest = whole - inside
    total = inside.sum(axis=1)
    here, add = _influence(metric, inside)
    there, subtract = _influence(metric, rest)
    # Days that carry the comparison: each day's share of its variance, were records alike.
    carried = inside[_N] / total[_N] ** 2 + rest[_N] / rest[_N].sum() ** 2
    days = carried.sum() ** 2 / (carried**2).sum()
    error = float(np.sqrt(((add - subtract) ** 2).sum() * days / (days - 1)))
    t = _in_errors(here - there, error)
    f1 = float(f1_score(total[_TP], total[_YES] - total[_TP], total[_Y] - total[_TP]))
    always = float(always_yes_f1(total[_Y] / total[_N]))
    return {
        "n": int(total[_N]),
        "base_rate": float(total[_Y] / total[_N]),
        "positive_rate": float(total[_YES] / total[_N]),
        "f1": f1,
        "always_yes_f1": always,
        "difference": f1 - always,
        metric: here,
        "versus_rest": here - there,
        "standard_error": error,
        "degrees": float(days - 1),
        "p_value": float(2 * stats.t.sf(abs(t), days - 1)),
    }


def _in_errors(gap: float, error: float) -> float:
    # Without any noise, as where all forecasts are yes, it is no gap or a certain one.
    if error > 1e-12:
        return gap / error
    return float(np.copysign(np.inf, gap)) if abs(gap) > 1e-12 else 0.0


def _influence(metric: str, sums: Floats) -> tuple[float, Floats]:
    """A metric from sums by cluster, and what each cluster adds to it, to first order."""
    n, y, yes, tp, gap = sums
    whole = n.sum()
    if metric in ("accuracy", "calibration_gap"):
        each = gap if metric == "calibration_gap" else n - y - yes + 2 * tp
        mean = each.sum() / whole
        return float(mean), (each - mean * n) / whole
    positive = (y + yes).sum()
    f1 = 2 * tp.sum() / positive if positive else 0.0
    added = (2 * tp - f1 * (y + yes)) / positive if positive else 0 * n
    if metric == "f1":
        return float(f1), added
    rate = y.sum() / whole
    added = added - 2 / (1 + rate) ** 2 * (y - rate * n) / whole
    return float(f1 - always_yes_f1(rate)), added


def _sums(x: Floats, cluster: Ints, clusters: int) -> Floats:
    return np.stack([np.bincount(cluster, row, clusters) for row in x])


def _worst_first(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    both = zip(table["versus_rest"], table["standard_error"], strict=True)
    t = pd.Series([_in_errors(gap, error) for gap, error in both])
    key = -t.abs() if metric == "calibration_gap" else t
    # Rounded, so that the last digits of two engines do not change the order of ties.
    order = key.round(9).argsort(kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _text(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    if isinstance(value, float | np.floating) and value.is_integer():
        return str(int(value))
    return str(value)
