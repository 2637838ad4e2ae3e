"""Where do models part? Their disagreement in slices of the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ..errors import RecordsError, SchemaError
from ..labels import zeros_and_ones
from ..multiplicity import holm
from ..resampling import MIN_DAYS, require_times
from ..summary import Floats


def pair_disagreement(decisions: npt.ArrayLike) -> Floats:
    """For each record, the share of pairs of models that decide it differently.

    With k of m models saying yes, 2k (m − k) / (m (m − 1)). Its mean over records is the mean
    churn of all pairs.

    Parameters
    ----------
    decisions : array of shape (models, n)
        0 or 1.

    Returns
    -------
    float64 array of shape (n,)

    Raises
    ------
    RecordsError
        If there are fewer than two models, or a decision is not 0 or 1.

    Examples
    --------
    >>> pair_disagreement([[1, 1], [1, 0], [1, 0]]).round(3).tolist()
    [0.0, 0.667]
    """
    rows = np.asarray(decisions)
    if rows.ndim != 2 or len(rows) < 2:
        raise RecordsError(f"decisions of shape {rows.shape}: give a row for each of two models")
    models = len(rows)
    yes = zeros_and_ones(rows.ravel(), "decision").reshape(rows.shape).sum(axis=0)
    shares: Floats = 2 * yes * (models - yes) / (models * (models - 1))
    return shares


def disagreement(
    records: pd.DataFrame,
    decisions: npt.ArrayLike,
    by: str | Sequence[str],
    *,
    time: str = "time",
    minimum: int = 100,
) -> pd.DataFrame:
    """Disagreement between models in each slice, and whether it differs from the rest.

    Standard errors come from sums by day where there are 14 days or more, as records of a
    day are not independent; else from records. Slices are many: `p_holm` is Holm's
    correction over all rows (Holm 1979).

    Parameters
    ----------
    records : DataFrame of n rows
        What was decided.
    decisions : array of shape (models, n)
        0 or 1.
    by : str or sequence of str
        Columns to slice by, one at a time. A missing value is a slice of its own.
    time : str
        Column that gives each record its day.
    minimum : int
        Slices of fewer records are left out, as are those that leave fewer as the rest.

    Returns
    -------
    DataFrame, one row a slice
        ``column``, ``value`` (as text), ``n``, ``yes_rate`` (mean of the models'),
        ``disagreement`` with ``low``, ``high`` (95 %, Student's t), ``versus_rest``,
        ``p_value`` (two-sided) and ``p_holm``; the largest ``versus_rest`` first.

    Raises
    ------
    SchemaError
        If a column is missing.
    RecordsError
        If lengths differ, no slice is large enough, a time is missing, or as
        `pair_disagreement`.

    Examples
    --------
    >>> hours = pd.DataFrame({"time": pd.Timestamp("2020-02-01"), "hour": [8, 9] * 200})
    >>> first = (hours["hour"] == 8).astype(int)
    >>> table = disagreement(hours, [first, 0 * first], "hour")
    >>> table[["value", "disagreement"]].values.tolist()
    [['8', 1.0], ['9', 0.0]]
    """
    columns = [by] if isinstance(by, str) else list(by)
    lacking = [name for name in (*columns, time) if name not in records.columns]
    if lacking:
        raise SchemaError(f"the records have no column {', '.join(lacking)}: name one they have")
    apart = pair_disagreement(decisions)
    if len(apart) != len(records):
        raise RecordsError(f"{len(records)} records, {len(apart)} decisions: give one for each")
    require_times(records[time])
    day = pd.factorize(records[time].dt.normalize())[0]
    if len(np.unique(day)) < MIN_DAYS:
        day = np.arange(len(records))
    yes = np.asarray(decisions, dtype=np.float64).mean(axis=0)
    rows = []
    for column in columns:
        codes, values = pd.factorize(records[column], use_na_sentinel=False, sort=False)
        for code, value in enumerate(values):
            inside = codes == code
            if min(inside.sum(), (~inside).sum()) >= max(minimum, 2):
                row = {"column": column, "value": _text(value), "yes_rate": yes[inside].mean()}
                rows.append(row | _compare(apart, inside, day))
    if not rows:
        raise RecordsError(
            f"no value of {', '.join(columns)} splits the {len(records):,} records into "
            f"{minimum} and as many others: lower `minimum` or name another column"
        )
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p_value"])
    order = (-table["versus_rest"]).round(12).argsort(kind="stable")
    return table.iloc[order].reset_index(drop=True)[list(_COLUMNS)]


_COLUMNS = (
    *("column", "value", "n", "yes_rate", "disagreement", "low", "high"),
    *("versus_rest", "p_value", "p_holm"),
)


def _compare(apart: Floats, inside: npt.NDArray[np.bool_], day: npt.NDArray[Any]) -> dict[str, Any]:
    here, add, of_slice = _mean(apart, inside, day)
    rest, subtract, of_rest = _mean(apart, ~inside, day)
    error, degrees = _error(add, of_slice)
    reach = float(stats.t.ppf(0.975, degrees)) * error
    both, degrees = _error(add - subtract, of_slice / of_slice.sum() + of_rest / of_rest.sum())
    gap = here - rest
    # Without any noise, it is no gap or a certain one.
    t = gap / both if both > 1e-12 else np.copysign(np.inf, gap) if abs(gap) > 1e-12 else 0.0
    return {
        "n": int(inside.sum()),
        "disagreement": here,
        "low": max(here - reach, 0.0),
        "high": min(here + reach, 1.0),
        "versus_rest": gap,
        "p_value": float(2 * stats.t.sf(abs(t), degrees)),
    }


def _mean(
    apart: Floats, inside: npt.NDArray[np.bool_], day: npt.NDArray[Any]
) -> tuple[float, Floats, Floats]:
    """Mean of a slice, what each day adds to it to first order, and its records by day."""
    days = int(day.max()) + 1
    n = np.bincount(day[inside], minlength=days).astype(np.float64)
    mean = float(apart[inside].mean())
    return mean, np.bincount(day[inside], apart[inside] - mean, days) / n.sum(), n


def _error(influence: Floats, n: Floats) -> tuple[float, float]:
    """Standard error over days, and degrees of freedom: the days that carry it, less one."""
    days = max(n.sum() ** 2 / (n**2).sum(), 2.0)
    return float(np.sqrt((influence**2).sum() * days / (days - 1))), float(days - 1)


def _text(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)
