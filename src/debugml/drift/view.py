"""The tidy table for people: on a page, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from great_tables import GT
    from rich.table import Table

LABELS = {
    "column": "Column",
    "verdict": "Verdict",
    "effect": "Effect",
    "bounds": "Bounds",
    "missing": "Missing",
    "note": "Note",
    "test": "Test",
    "statistic": "Statistic",
    "p_value": "p",
    "p_adjusted": "p, adjusted",
    "p_alarm": "p, alarm",
    "p_clear": "p, all-clear",
    "cramers_v": "Cramér's V",
    "total_variation": "Total variation",
    "jensen_shannon": "Jensen–Shannon",
    "psi": "PSI",
    "wasserstein": "Wasserstein",
    "n_reference": "n, reference",
    "n_current": "n, current",
}
"""What the table calls its columns, in the order of a page."""

_TEXT = ("column", "verdict", "test", "note")
_COLOURS = {"drifted": "bold red", "same": "green", "can't tell": "yellow"}


def p_text(p: float) -> str:
    """A p-value to two digits; what a double can't hold is "< 1e-300".

    Examples
    --------
    >>> [p_text(p) for p in (0.0321, 1.0, 4.2e-17, 0.0)]
    ['0.032', '1', '4.2e−17', '< 1e−300']
    """
    if pd.isna(p):
        return "–"
    text = f"{p:.2g}" if p >= 1e-300 else "< 1e-300"
    return text.replace("-", "−")


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The table as text, the verdict beside the column, a dash where a figure is undefined.

    Parameters
    ----------
    frame : DataFrame
        From `table.compare`, with p-values or without.

    Returns
    -------
    DataFrame
        The columns of `LABELS`, all str.

    Examples
    --------
    >>> from debugml.drift.table import compare
    >>> shown = readable(compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]})))
    >>> shown.loc[0, ["column", "verdict", "effect", "bounds", "missing"]].tolist()
    ['x', "can't tell", '0.500', '0.000 to 1.000', '0.0% → 0.0%']
    """
    shown = pd.DataFrame(index=frame.index)
    for name in LABELS:
        if name == "bounds":
            shown[name] = _pair(frame, "effect_low", "effect_high", ".3f", " to ")
        elif name == "missing":
            shown[name] = _pair(frame, "missing_reference", "missing_current", ".1%", " → ")
        elif name in _TEXT:
            shown[name] = [str(value) for value in frame[name]]
        elif name.startswith("p_") and name in frame:
            shown[name] = [p_text(p) for p in frame[name]]
        elif name.startswith("n_"):
            shown[name] = [f"{n:,d}" for n in frame[name]]
        elif name in frame:
            spec = ",.1f" if name == "statistic" else ".3f"
            shown[name] = [_number(value, spec) for value in frame[name]]
    ks = frame["test"] == "KS"
    shown.loc[ks, "statistic"] = [_number(value, ".3f") for value in frame["statistic"][ks]]
    return shown


def caption(frame: pd.DataFrame) -> str:
    """What the verdicts mean, with the table's own settings.

    Examples
    --------
    >>> from debugml.drift.table import compare
    >>> caption(compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]})))
    '2 records against 2. Drifted: ... more than 0.1 at level 0.05 (adjusted: holm). ...'
    """
    said = frame.attrs
    left = ", ".join(f"{name} ({reason})" for name, reason in said["left_out"].items())
    return (
        f"{said['rows_current']:,d} records against {said['rows_reference']:,d}. "
        f"Drifted: the column moved by more than {said['tolerance']:g} at level "
        f"{said['level']:g} (adjusted: {said['correction']}). Same: it moved by less. "
        "Effect: D, or total variation of categories, with bounds that hold at "
        f"{1 - said['level']:.4g}. Records are taken as independent."
        + (f" Left out: {left}." if left else "")
    )


def view(frame: pd.DataFrame, title: str = "Drift, column by column") -> GT:
    """The table as a page shows it.

    Parameters
    ----------
    frame : DataFrame
        From `table.compare`.
    title : str
        Above the table.

    Returns
    -------
    great_tables.GT

    Examples
    --------
    >>> from debugml.drift.table import compare
    >>> found = compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]}))
    >>> "Jensen–Shannon" in view(found).as_raw_html()
    True
    """
    from great_tables import GT, loc, style

    shown = readable(frame)
    for name in ("verdict", "bounds", "missing"):
        shown[name] = shown[name].str.replace(" ", "\N{NO-BREAK SPACE}")
    right = [name for name in shown if name not in _TEXT]
    return (
        GT(shown, id="drift")
        .tab_header(title)
        .cols_label({str(name): LABELS[str(name)] for name in shown})
        .cols_align("left", columns=list(_TEXT))
        .cols_align("right", columns=right)
        .tab_style(style.css("min-width: 14rem"), loc.body(columns="note"))
        .tab_source_note(caption(frame))
    )


def terminal(frame: pd.DataFrame) -> Table:
    """The verdicts, effects and missing shares as a terminal shows them: 80 columns are enough.

    Examples
    --------
    >>> from debugml.drift.table import compare
    >>> found = compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]}))
    >>> [head.header for head in terminal(found).columns]
    ['Column', 'Verdict', 'Effect', 'Bounds', 'p, alarm', 'Missing']
    """
    from rich.table import Table
    from rich.text import Text

    shown = readable(frame)
    table = Table(box=None, pad_edge=False, header_style="bold")
    # A long name is folded, never cut; figures stay in one piece.
    table.add_column("Column", overflow="fold")
    table.add_column("Verdict", no_wrap=True)
    for name in ("Effect", "Bounds", "p, alarm", "Missing"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in shown.to_dict("records"):
        said = row["verdict"]
        cells = [row[name] for name in ("effect", "bounds", "p_alarm", "missing")]
        table.add_row(Text(row["column"]), Text(said, _COLOURS[said]), *cells)
    return table


def _pair(frame: pd.DataFrame, low: str, high: str, spec: str, between: str) -> list[str]:
    pairs = zip(frame[low], frame[high], strict=True)
    return ["–" if pd.isna(a) else f"{a:{spec}}{between}{b:{spec}}" for a, b in pairs]


def _number(value: Any, spec: str) -> str:
    return "–" if pd.isna(value) else f"{value:{spec}}".replace("-", "−")
