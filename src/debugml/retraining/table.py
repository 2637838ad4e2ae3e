"""From months to policies: means, costs, and differences with their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import RecordsError, SchemaError
from .simulate import FIGURES

_Z = 1.959963984540054
"""97.5 % of a standard normal lies below."""

_COUNTS = ("certain", "rows", "drawn", "fit_seconds")
_NEEDED = ("policy", "window", "month", "always_yes_f1", "age", "retrained", *_COUNTS, *FIGURES)


def policy_table(months: pd.DataFrame) -> pd.DataFrame:
    """Each policy's means over months, what it cost, and its differences to the others.

    Months count alike. A month's differences are independent of another month's (days are
    resampled within each), so the interval of their mean comes from the root of the summed
    squares of their standard errors, as a normal. It is for these fitted models: it covers
    which days there happened to be in the months that are scored. It does **not** cover what
    the models would be with other training days, another seed, or another history.

    Parameters
    ----------
    months : DataFrame
        `simulate`, or some of its months; several windows below one another.

    Returns
    -------
    DataFrame, one row a window and policy
        ``window``, ``policy``, ``months``; means of ``f1``, ``always_yes_f1``, ``auc``,
        ``log_loss``, ``log_loss_floored``, ``brier``, ``skill``, ``skill_own_rate``, ``age``;
        ``retrainings`` (the first training is none), ``certain`` (records); ``rows`` (read by
        all its fits), ``drawn`` (records × trees of all its fits), ``fit_seconds``; for each
        that is compared with, such as never: ``f1_less_never``, ``…_low``, ``…_high``,
        ``log_loss_floored_less_never``, ``…_low``, ``…_high`` (95 %).

    Raises
    ------
    SchemaError
        If a column is missing.
    RecordsError
        If there are no rows, or a policy lacks a month that another has.

    Examples
    --------
    >>> month = {"window": "w", "month": "2020-02", "always_yes_f1": 0.7, "age": 1, "rows": 0,
    ...     "retrained": False, "drawn": 0, "fit_seconds": 0.0, "auc": 0.5, "brier": 0.2,
    ...     "skill": 0.0, "skill_own_rate": 0.0, "log_loss": 0.6, "f1_se_never": 0.1,
    ...     "log_loss_floored": 0.6, "certain": 0}
    >>> table = policy_table(pd.DataFrame([
    ...     {"policy": "never", "f1": 0.5} | month, {"policy": "often", "f1": 0.7} | month]))
    >>> table["f1_less_never"].round(2).tolist()
    [0.0, 0.2]
    """
    lacking = [name for name in _NEEDED if name not in months.columns]
    if lacking:
        raise SchemaError(
            f"the months have no column {', '.join(lacking)}: give what simulate gives"
        )
    if len(months) == 0:
        raise RecordsError("no months to add up: give at least one")
    # Adding up wants more digits than storing.
    single = months.select_dtypes("float32").columns
    months = months.astype(dict.fromkeys(single, "float64"))
    tables = []
    for window, part in months.groupby("window", sort=False):
        asked = {name: set(months) for name, months in part.groupby("policy")["month"]}
        every = set.union(*asked.values())
        for name, its_own in asked.items():
            if its_own != every:
                raise RecordsError(
                    f"policy {name!r} has no {min(every - its_own)}, which another has: "
                    "choose months that all of them have"
                )
        by_policy = part.groupby("policy", sort=False)
        table = by_policy[["f1", "always_yes_f1", *FIGURES[1:], "age"]].mean()
        table.insert(0, "months", len(every))
        table["retrainings"] = by_policy["retrained"].sum().astype("int64")
        for name in _COUNTS:
            table[name] = by_policy[name].sum()
        table = _differences(part, table)
        table = table.reset_index()
        table.insert(0, "window", window)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _differences(part: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Each policy's mean less that of those it is compared with, and 95 % bounds."""
    columns = {}
    for other in table.index:
        ending = str(other).replace(" ", "_")
        for figure in ("f1", "log_loss_floored"):
            if f"{figure}_se_{ending}" not in part:
                continue
            squares = (part[f"{figure}_se_{ending}"] ** 2).groupby(part["policy"]).sum()
            spread = _Z * np.sqrt(squares) / table["months"]
            middle = table[figure] - table.loc[other, figure]
            name = f"{figure}_less_{ending}"
            columns[name] = middle
            columns[f"{name}_low"] = middle - spread
            columns[f"{name}_high"] = middle + spread
    return table.assign(**columns)
