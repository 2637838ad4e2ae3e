"""What do flagged records share that the others don't? Each value and range, ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import RecordsError, SchemaError, SettingError
from ..multiplicity import holm

RANGES = 5
"""Quantile ranges of a column of numbers."""

FEW = 12
"""Up to so many different numbers are shown as values, not as ranges."""

MISSING = "missing"

_Members = npt.NDArray[np.bool_]


def review(
    flagged: pd.DataFrame,
    others: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    minimum: int = 10,
) -> pd.DataFrame:
    """What flagged records share that others don't, the least likely by chance first.

    Every value of every column is a candidate; of a column of numbers or times, every quantile
    range. A candidate's p-value is the chance that so many of its records or more would be
    flagged if flags were dealt out at random (Fisher's exact test, one-sided). Holm's
    correction covers all candidates, so the whole list stays honest when its top is picked
    out. Ranges come from both frames together: then chance alone decides who is in one, and
    the promise holds exactly.

    A shared value is a place to look, not a cause: causes need not have a column.

    Parameters
    ----------
    flagged, others : DataFrame
        Records in the same columns, in any number.
    columns : sequence of str, optional
        Those to look at. Default: all that both frames have.
    minimum : int
        Candidates that hold fewer records, of both frames together, are left out.

    Returns
    -------
    DataFrame, one row a candidate
        ``column``, ``value`` (text; ``"missing"`` where there is none), ``flagged`` and
        ``others`` (counts), ``share_flagged``, ``share_others``, their ``difference``,
        ``lift`` (share of flagged over share of others; infinite where no other has it),
        ``p_value`` and ``p_adjusted``.

    Raises
    ------
    RecordsError
        If either frame has no rows.
    SchemaError
        If a column is in one frame only, or holds lists or other things that can't be counted.
    SettingError
        If no column is named or shared, or ``minimum`` is below 1.

    Examples
    --------
    >>> flagged = pd.DataFrame({"paid": ["cash"] * 18 + ["card"] * 2})
    >>> others = pd.DataFrame({"paid": ["cash"] * 10 + ["card"] * 70})
    >>> found = review(flagged, others).iloc[0]
    >>> found["value"], float(found["share_flagged"]), f"{found['lift']:.1f}"
    ('cash', 0.9, '7.2')
    """
    from scipy.stats import hypergeom

    names = _columns(flagged, others, columns, minimum)
    both = pd.concat([flagged[names], others[names]], ignore_index=True)
    n, m = len(flagged), len(others)
    rows = []
    for name in names:
        for value, members in _candidates(both[name], name):
            if members.sum() >= minimum:
                rows.append((name, value, int(members[:n].sum()), int(members[n:].sum())))
    frame = pd.DataFrame(rows, columns=["column", "value", "flagged", "others"])
    frame = frame.astype({"flagged": "int64", "others": "int64"})
    frame["share_flagged"], frame["share_others"] = frame["flagged"] / n, frame["others"] / m
    frame["difference"] = frame["share_flagged"] - frame["share_others"]
    with np.errstate(divide="ignore"):
        frame["lift"] = frame["share_flagged"].to_numpy() / frame["share_others"].to_numpy()
    k, total = frame["flagged"].to_numpy(), (frame["flagged"] + frame["others"]).to_numpy()
    # As a survival function it may end a hair above 1.
    frame["p_value"] = np.clip(hypergeom.sf(k - 1, n + m, total, n), 0, 1)
    frame["p_adjusted"] = holm(frame["p_value"]) if len(frame) else frame["p_value"]
    return frame.sort_values(
        ["p_value", "difference", "column", "value"],
        ascending=[True, False, True, True],
        kind="stable",
        ignore_index=True,
    )


def _columns(
    flagged: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str] | None, minimum: int
) -> list[str]:
    if minimum < 1:
        raise SettingError(f"minimum is {minimum}: give 1 or more")
    for said, frame in (("flagged", flagged), ("other", others)):
        if not len(frame):
            raise RecordsError(f"there are no {said} records: a review compares two groups")
    if columns is None:
        names = [name for name in flagged.columns if name in others.columns]
    else:
        names = list(dict.fromkeys(columns))
        for said, frame in (("flagged", flagged), ("other", others)):
            lacking = [name for name in names if name not in frame.columns]
            if lacking:
                raise SchemaError(
                    f"the {said} records have no column {', '.join(lacking)}: "
                    f"they have {', '.join(map(str, frame.columns))}"
                )
    if not names:
        raise SettingError("no column is named, or none is in both: name one that both have")
    return names


def _candidates(column: pd.Series, name: str) -> Iterator[tuple[str, _Members]]:
    """Each value or range of a column as text, and who is in it."""
    missing = column.isna().to_numpy()
    there = column[~missing]
    timed = pd.api.types.is_datetime64_any_dtype(column.dtype)
    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(
        column.dtype
    )
    try:
        distinct = there.unique()
    except TypeError as error:
        raise SchemaError(
            f"column {name} holds values that can't be counted ({error}): leave it out"
        ) from error
    if (numeric or timed) and len(distinct) > FEW:
        yield from _ranges(column, there)
    else:
        for value in distinct:
            text = f"{value:g}" if numeric else str(value)
            yield text, (column == value).fillna(False).to_numpy(dtype=bool)
    if missing.any():
        yield MISSING, missing


def _ranges(column: pd.Series, there: pd.Series) -> Iterator[tuple[str, _Members]]:
    inner = np.linspace(0, 1, RANGES + 1)[1:-1].tolist()
    # A range that ends at the largest value would leave the last one empty.
    found = there.quantile(inner, interpolation="higher").unique()
    cuts = [cut for cut in found if cut < there.max()]
    lows, highs = [None, *cuts], [*cuts, None]
    for low, high in zip(lows, highs, strict=True):
        members = column.notna()
        if low is not None:
            members &= column > low
        if high is not None:
            members &= column <= high
        yield _said(low, high), members.to_numpy(dtype=bool)


def _said(low: object, high: object) -> str:
    def shown(value: object) -> str:
        if not isinstance(value, (int, float, np.number)):
            return str(value)
        # Four digits tell a range well enough; whole numbers are kept whole.
        number = float(value)
        return f"{number:.4g}" if abs(number) < 10_000 else f"{number:,.0f}"

    if low is None:
        return "any" if high is None else f"up to {shown(high)}"
    return f"above {shown(low)}" if high is None else f"above {shown(low)}, up to {shown(high)}"
