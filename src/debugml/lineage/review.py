"""What do flagged records share that the others don't? Each value and range, ranked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

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
        ``p_value`` and ``p_adjusted``. ``attrs["left_out"]`` names the columns without any
        candidate: no value or range of them holds ``minimum`` records.

    Raises
    ------
    RecordsError
        If either frame has no rows.
    SchemaError
        If a column is in one frame only or there twice, is of another kind in the other frame,
        or holds lists, times in several zones or other things that can't be counted.
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
    for name in names:
        _require_alike(flagged[name], others[name], name)
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
    frame.attrs["left_out"] = [name for name in names if name not in set(frame["column"])]
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
    for said, frame in (("flagged", flagged), ("other", others)):
        twice = [name for name in names if list(frame.columns).count(name) > 1]
        if twice:
            raise SchemaError(
                f"the {said} records have several columns {twice[0]}: give each a name of its own"
            )
    return names


_KINDS = {
    **dict.fromkeys(("integer", "floating", "mixed-integer-float"), "numbers"),
    **dict.fromkeys(("datetime64", "datetime"), "times"),
    **dict.fromkeys(("timedelta64", "timedelta"), "durations"),
    **dict.fromkeys(("string", "mixed", "mixed-integer", "date", "time", "decimal"), "values"),
    "boolean": "truth values",
}


def _require_alike(flagged: pd.Series, others: pd.Series, name: str) -> None:
    """One kind in both frames: else 1 and "1" would be two values, and every record told apart."""
    kinds = {_kind(column, name) for column in (flagged, others)} - {""}
    if len(kinds) > 1:
        one, other = sorted(kinds)
        raise SchemaError(
            f"column {name} holds {one} in one table and {other} in the other: make them alike, or "
            "leave it out"
        )


def _kind(column: pd.Series, name: str) -> str:
    """What a column holds; "" if nothing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred == "empty" or not column.notna().any():
        return ""
    if inferred == "complex":
        raise SchemaError(f"column {name} holds complex numbers, which have no order: leave it out")
    kind = _KINDS.get(inferred, "values")
    if kind != "times":
        return kind
    if column.dtype == object:
        raise SchemaError(
            f"column {name} holds times in several zones, or as objects: convert it by "
            "pd.to_datetime(..., utc=True)"
        )
    zone = getattr(column.dtype, "tz", None)
    return f"times in {zone}" if zone else "times without a zone"


def _candidates(column: pd.Series, name: str) -> Iterator[tuple[str, _Members]]:
    """Each value or range of a column as text, and who is in it."""
    missing = column.isna().to_numpy()
    there = column[~missing]
    timed = column.dtype.kind in "mM"
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
            text = _number(value) if numeric else str(value)
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


def _number(value: Any) -> str:
    """Exactly, a whole number without a point: it may be a code."""
    whole = math.isfinite(value) and value == int(value)
    # As a double: NumPy would write a shorter type's own digits.
    return str(int(value)) if whole else repr(float(value))


def _said(low: object, high: object) -> str:
    def shown(value: object) -> str:
        # A duration is a kind of number to NumPy, but not to a reader.
        if isinstance(value, np.timedelta64) or not isinstance(value, (int, float, np.number)):
            return str(value)
        if float(value).is_integer():
            return f"{int(value):,}" if abs(int(value)) >= 10_000 else str(int(value))
        # Four digits tell a range well enough.
        number = float(value)
        return f"{number:.4g}" if abs(number) < 10_000 else f"{number:,.1f}"

    if low is None:
        return "any" if high is None else f"up to {shown(high)}"
    return f"above {shown(low)}" if high is None else f"above {shown(low)}, up to {shown(high)}"
