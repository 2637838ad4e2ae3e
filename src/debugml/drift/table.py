"""One tidy frame: every column's test, measures beside D, and the answers to both questions.

*Did it move by more than the tolerance?* is the minimum-effect test; if it says yes, the verdict
is "drifted". *Is it within the tolerance?* is the equivalence test; if it says yes, "same".
Where the records decide neither, the verdict is "can't tell".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SchemaError, SettingError
from ..multiplicity import benjamini_hochberg, bonferroni, holm
from ..summary import Floats
from .columns import ColumnSummaries, Counts, Wanted, choose, family, require, summarise_columns
from .effect import verdict
from .row import Row, row

CORRECTIONS: dict[str, Callable[[Any], Floats]] = {
    "holm": holm,
    "bonferroni": bonferroni,
    "benjamini-hochberg": benjamini_hochberg,
    "none": lambda p: np.asarray(p, dtype=np.float64),
}
"""How p-values are adjusted over the columns."""


@dataclass(frozen=True)
class Reference:
    """A sample summarised once, to compare any number of later samples with.

    It holds each column's value or category counts, and with them all that a comparison needs:
    its bins, its spread, its share of missing values. References of parts merge into the
    reference of the whole.

    Attributes
    ----------
    columns : tuple of Wanted
        The columns that are compared, and how.
    summary : ColumnSummaries
        Rows, and the counts of each column.
    left_out : dict
        Columns that can't be compared, and why.

    Examples
    --------
    >>> january = pd.DataFrame({"fare": [5.5, 8.0, 9.5, 12.0], "paid": ["card", "cash"] * 2})
    >>> reference = Reference.of(january)
    >>> february = pd.DataFrame({"fare": [5.0, 8.5, 9.5, 14.0], "paid": ["card"] * 4})
    >>> found = reference.compare(february)
    >>> found[["column", "test", "effect", "verdict"]]
      column         test  effect     verdict
    0   paid  chi-squared    0.50  can't tell
    1   fare           KS    0.25  can't tell
    """

    columns: tuple[Wanted, ...]
    summary: ColumnSummaries
    left_out: dict[Hashable, str]

    @classmethod
    def of(
        cls,
        frame: Any,
        columns: Sequence[Hashable] | None = None,
        categorical: Sequence[Hashable] | None = None,
    ) -> Reference:
        """Summarise a frame.

        Parameters
        ----------
        frame : DataFrame
            pandas, or Dask: then partition by partition.
        columns : sequence of str, optional
            Default: all that hold numbers, text, categories or booleans. Columns of times are
            left out (`left_out` says so), since later ones always differ.
        categorical : sequence of str, optional
            Columns whose numbers are codes. Text, categories and booleans are categorical anyway.

        Raises
        ------
        SchemaError
            If a column is absent, a chosen one holds times, or there is none to compare.
        RecordsError
            If the frame has no rows, or a column holds infinities.
        """
        wanted, left_out = choose(frame, columns, categorical)
        return cls(tuple(wanted), summarise_columns(frame, wanted, "reference"), left_out)

    @property
    def rows(self) -> int:
        """How many records it was made from."""
        return self.summary.rows

    def merge(self, other: Reference) -> Reference:
        """The reference of both parts together.

        Raises
        ------
        SchemaError
            If they are about other columns, or other types.
        """
        if self.columns != other.columns:
            raise SchemaError("the references are of different columns or types: make both alike")
        return Reference(self.columns, self.summary.merge(other.summary), self.left_out)

    def compare(
        self,
        current: Any,
        tolerance: float = 0.1,
        level: float = 0.05,
        correction: str = "holm",
        p_value: bool = True,
    ) -> pd.DataFrame:
        """How far a sample is from this reference, one row a column, the largest effect first.

        Missing values are left out of the effect and its test, column by column. A change of
        the missing share is drift as well: where values are missing, it is tested against the
        same tolerance, and the column's ``p_alarm`` is for either (Bonferroni over the two),
        its ``p_clear`` for both.

        All tests take records as independent; records of one day or one user are not.

        Parameters
        ----------
        current : DataFrame
            pandas or Dask, with the reference's columns; others are ignored.
        tolerance : float
            The largest change that does not matter, as a share of records, in [0, 1).
        level : float
            Chance of a wrong "drifted" that is accepted, over all columns as ``correction``
            has it; and of a wrong "same", of each column.
        correction : "holm", "bonferroni", "benjamini-hochberg" or "none"
            How ``p_adjusted`` and ``p_alarm`` are adjusted over the columns. ``p_clear`` is
            not adjusted: that *all* columns are within tolerance is claimed only if each is,
            and such a claim needs no correction (intersection–union test, Berger 1982).
        p_value : bool
            False leaves out ``p_value`` and ``p_adjusted``, so that D costs no more than D.

        Returns
        -------
        DataFrame
            - ``column``; ``kind``: "numeric" or "categorical"
            - ``n_reference, n_current``: values that are not missing; ``missing_reference,
              missing_current``: shares of records
            - ``test``: "KS" or "chi-squared"; ``statistic``, ``p_value`` of no change at all,
              ``p_adjusted``
            - ``effect``: D, or total variation over categories, of the values that are not
              missing; both are shares of records. ``effect_low, effect_high``: bounds that hold
              at 1 − level, column by column, for any n (`effect.d_bounds`; of categories, the
              like for total variation)
            - ``cramers_v``: NaN for numeric columns
            - ``total_variation, jensen_shannon, psi``: over categories or the reference's
              bins (`binning.Bins`), missing as one more class if there is any;
              ``wasserstein``: in standard deviations, NaN for categorical columns
            - ``p_alarm``: of an effect within tolerance (minimum-effect test), adjusted;
              ``p_clear``: of one beyond it (equivalence test)
            - ``verdict``: "drifted", "same" or "can't tell"; ``note``

            What a column without values on one side leaves undefined is NaN. ``attrs`` holds
            the tolerance, level, correction, rows and the columns left out.

        Raises
        ------
        SchemaError
            If a column is absent or of another type than the reference's.
        RecordsError
            If the frame has no rows, or a column holds infinities.
        SettingError
            If the tolerance, level or correction is none.
        """
        _check(tolerance, level, correction)
        columns = self._typed_as(current)
        summary = summarise_columns(current, columns, "current")
        rows = [
            row(one, self._counts(one), summary.counts[one.name], tolerance, level, p_value)
            for one in columns
        ]
        found = _frame(rows, level, correction, p_value)
        found.attrs = {
            "tolerance": tolerance,
            "level": level,
            "correction": correction,
            "rows_reference": self.rows,
            "rows_current": summary.rows,
            "left_out": {str(name): reason for name, reason in self._ignored(current).items()},
        }
        return found

    def _typed_as(self, current: Any) -> list[Wanted]:
        """A column without any value in the reference has no type but the current one's."""
        require(current, [one.name for one in self.columns], "current")
        columns = []
        for one in self.columns:
            other = current.dtypes[one.name]
            if self.summary.counts[one.name].n == 0 and family(other) != one.family:
                columns += choose(current, [one.name])[0]
            else:
                columns.append(one)
        return columns

    def _counts(self, column: Wanted) -> Counts:
        counts = self.summary.counts[column.name]
        return counts if counts.n else column.nothing(counts.missing)

    def _ignored(self, current: Any) -> dict[Hashable, str]:
        mine = {one.name for one in self.columns} | set(self.left_out)
        new = [name for name in current.columns if name not in mine]
        return self.left_out | dict.fromkeys(new, "not among the reference's columns")


def compare(
    reference: Any,
    current: Any,
    columns: Sequence[Hashable] | None = None,
    categorical: Sequence[Hashable] | None = None,
    tolerance: float = 0.1,
    level: float = 0.05,
    correction: str = "holm",
    p_value: bool = True,
) -> pd.DataFrame:
    """Two frames compared column by column: `Reference.of`, then `Reference.compare`.

    Raises
    ------
    SchemaError, RecordsError, SettingError
        As those two do.

    Examples
    --------
    >>> before = pd.DataFrame({"x": np.arange(2000.0)})
    >>> found = compare(before, before + 600)
    >>> found[["column", "effect", "effect_low", "verdict"]].round(2)
      column  effect  effect_low  verdict
    0      x     0.3        0.23  drifted
    """
    _check(tolerance, level, correction)
    once = Reference.of(reference, columns, categorical)
    return once.compare(current, tolerance, level, correction, p_value)


def _check(tolerance: float, level: float, correction: str) -> None:
    if not 0 <= tolerance < 1:
        raise SettingError(f"tolerance is {tolerance}: give a share of records, from 0 to below 1")
    if not 0 < level < 1:
        raise SettingError(f"level is {level}: give a probability between 0 and 1, as 0.05")
    if correction not in CORRECTIONS:
        raise SettingError(f"correction is {correction!r}: give one of {', '.join(CORRECTIONS)}")


def _frame(rows: list[Row], level: float, correction: str, p_value: bool) -> pd.DataFrame:
    adjust = CORRECTIONS[correction]
    alarms = adjust([one.p_alarm for one in rows])
    found = pd.DataFrame([one.figures for one in rows])
    if p_value:
        # A column that could not be tested was looked at all the same.
        found.insert(9, "p_adjusted", adjust(found["p_value"].fillna(1)))
        found.loc[found["p_value"].isna(), "p_adjusted"] = np.nan
    found["p_alarm"] = alarms
    found["p_clear"] = [one.p_clear for one in rows]
    found["verdict"] = [
        verdict(float(p), one.p_clear, level) for p, one in zip(alarms, rows, strict=True)
    ]
    found["note"] = ["; ".join(one.notes) for one in rows]
    order = sorted(
        range(len(rows)),
        key=lambda at: (-np.nan_to_num(found["effect"].iloc[at], nan=-1), str(rows[at].name)),
    )
    return found.iloc[order].reset_index(drop=True)
