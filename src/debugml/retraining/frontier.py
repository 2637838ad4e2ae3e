"""The frontier: the ways that nothing beats at their price (Pareto)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import RecordsError, SchemaError


def frontier(table: pd.DataFrame, cost: str, value: str, *, lower: bool = False) -> pd.DataFrame:
    """Rows that no other row beats, the cheapest first.

    A row is beaten if another is at least as good at no more cost, and better in one of the
    two. Rows with the same cost and value do not beat each other: both stay.

    Parameters
    ----------
    table : DataFrame
    cost, value : str
        Columns of numbers.
    lower : bool
        A low value is good, as with a loss.

    Returns
    -------
    DataFrame
        Some of the rows, as they are, by cost and then in their order.

    Raises
    ------
    SchemaError
        If a column is missing.
    RecordsError
        If a cost or a value is missing: such a row can't be compared.

    Examples
    --------
    >>> ways = pd.DataFrame({"way": ["a", "b", "c"], "price": [1, 2, 3], "f1": [0.6, 0.5, 0.7]})
    >>> frontier(ways, "price", "f1")["way"].tolist()
    ['a', 'c']
    """
    lacking = [name for name in (cost, value) if name not in table.columns]
    if lacking:
        raise SchemaError(f"the table has no column {', '.join(lacking)}: name two that it has")
    for name in (cost, value):
        if table[name].isna().any():
            raise RecordsError(f"a {name} is missing: leave that row out, or fill it in")
    costs = table[cost].to_numpy(dtype=np.float64)
    values = table[value].to_numpy(dtype=np.float64) * (-1 if lower else 1)
    as_good = values[:, None] >= values
    as_cheap = costs[:, None] <= costs
    strict = (values[:, None] > values) | (costs[:, None] < costs)
    beaten = (as_good & as_cheap & strict).any(axis=0)
    unbeaten = table.iloc[np.flatnonzero(~beaten)]
    return unbeaten.sort_values(cost, kind="stable")
