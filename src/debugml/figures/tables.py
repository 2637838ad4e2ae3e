"""Result frames as tables that the theme dresses: aligned numerals, units in the heads.

>>> import pandas as pd
>>> frame = pd.DataFrame({"month": ["2020-02", "2020-03"], "F1": [0.729, 0.711], "n": [9950, 9912]})
>>> shown = table(frame, formats={"F1": ".3f", "n": ",d"}, labels={"n": "trips"}, highlight=[1])
>>> '<td class="dm-number">9,912</td>' in shown.html
True
"""

import re
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import pandas as pd
from great_tables import GT

from .display import bundle, framed, under_quarto
from .provenance import Provenance, sourced

Format: TypeAlias = str | Callable[[Any], str]

_ALIGN = {"gt_right": "dm-number", "gt_center": "dm-centre", "gt_left": "dm-text"}


class Table:
    """A rendered table: its HTML, shown by itself at the end of a cell.

    >>> Table("<table></table>")
    Table(15 characters)
    """

    provenance: Provenance | None = None

    def __init__(self, html: str) -> None:
        self.html = html

    @property
    def shown(self) -> str:
        """The table as a page shows it, with the mark that opens where it comes from."""
        return framed(self.html, self.provenance, "table")

    def _repr_html_(self) -> str | None:
        return None if under_quarto() else self.shown

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(self.shown, repr(self))

    def __repr__(self) -> str:
        return f"Table({len(self.html)} characters)"


@sourced
def table(
    frame: pd.DataFrame,
    *,
    formats: Mapping[str, Format] | None = None,
    labels: Mapping[str, str | tuple[str, str]] | None = None,
    highlight: Collection[int] = (),
    emphasise: Collection[str] = (),
    note: str = "",
    missing: str = "–",
) -> Table:
    """A frame as a table for a page or a slide; its first column names the rows.

    ``formats`` gives each column a format spec (``".3f"``, ``",d"``, ``".1%"``) or a function;
    ``labels`` its head, or a pair of head and unit. ``highlight`` marks rows by position,
    ``emphasise`` columns by name, ``note`` writes a line below. The caption is the page's.

    >>> frame = pd.DataFrame({"feature": ["trip_time"], "D": [0.0123]})
    >>> "<th scope=\\"row\\"" in table(frame, formats={"D": ".3f"}).html
    True
    >>> 'unit">seconds' in table(frame, labels={"D": ("D", "seconds")}).html
    True
    """
    _check(frame, {*(formats or {}), *(labels or {}), *emphasise})
    first, *rest = (str(column) for column in frame.columns)
    numeric = [c for c in rest if pd.api.types.is_numeric_dtype(frame[c])]
    built = GT(frame.reset_index(drop=True), rowname_col=first).cols_align("left", columns=rest)
    if numeric:
        built = built.cols_align("right", columns=numeric)
    for column in (first, *rest):
        spec = (formats or {}).get(column, "")
        built = built.fmt(_formatter(spec, missing), columns=column)
    root = _strip(built.as_raw_html())
    _heads(root, list(frame.columns), labels or {}, set(emphasise))
    _rows(root, list(frame.columns), set(highlight), set(emphasise))
    html = ET.tostring(root, encoding="unicode", method="html")
    small = f'<p class="dm-table-note">{_escape(note)}</p>' if note else ""
    close = re.sub(r">\s+<", "><", html)
    return Table(f'<div class="dm-table-wrap">{close}{small}</div>')


def _check(frame: pd.DataFrame, named: set[str]) -> None:
    unknown = sorted(named - {str(column) for column in frame.columns})
    if unknown:
        have = ", ".join(str(column) for column in frame.columns)
        raise ValueError(f"no column {', '.join(unknown)}; the frame has {have}")


def _formatter(spec: Format, missing: str) -> Callable[[Any], str]:
    def show(value: Any) -> str:
        if value is None or value is pd.NA or value is pd.NaT or value != value:
            return missing
        text = spec(value) if callable(spec) else format(value, spec)
        if isinstance(spec, str) and spec.endswith("%"):
            text = text.replace("%", "\N{NO-BREAK SPACE}%")
        minus = not isinstance(value, str) and text.startswith("-")
        return _escape("−" + text[1:] if minus else text)

    return show


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _strip(html: str) -> ET.Element:
    """Great Tables' markup without its style sheet, ids and class names."""
    start, end = html.index("<table"), html.index("</table>")
    root = ET.fromstring(html[start:end] + "</table>")
    for element in root.iter():
        align = next((v for k, v in _ALIGN.items() if k in element.get("class", "").split()), "")
        scope = element.get("scope")
        element.attrib.clear()
        if scope:
            element.set("scope", scope)
        if align and element.tag in {"td", "th"}:
            element.set("class", align)
    # Bootstrap's own table look, which Quarto would add to every table, would fight the theme.
    root.attrib.update({"class": "dm-table", "data-quarto-disable-processing": "true"})
    return root


def _heads(
    root: ET.Element,
    columns: list[Hashable],
    labels: Mapping[str, str | tuple[str, str]],
    emphasise: set[str],
) -> None:
    for cell, column in zip(root.iterfind("./thead/tr/th"), columns, strict=True):
        label = labels.get(str(column), str(column))
        text, unit = (label, "") if isinstance(label, str) else label
        cell.text = text
        if unit:
            ET.SubElement(cell, "span", {"class": "dm-unit"}).text = unit
        if str(column) in emphasise:
            cell.set("class", f"{cell.get('class', '')} dm-emphasis".strip())


def _rows(
    root: ET.Element, columns: list[Hashable], highlight: set[int], emphasise: set[str]
) -> None:
    for position, row in enumerate(root.iterfind("./tbody/tr")):
        if position in highlight:
            row.set("class", "dm-highlight")
        for cell, column in zip(row, columns, strict=True):
            if str(column) in emphasise:
                cell.set("class", f"{cell.get('class', '')} dm-emphasis".strip())
