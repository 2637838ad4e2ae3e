"""Three years at a glance: small multiples of what was asked, seen and scored each month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text

from .annotate import canvas
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .words import month_name


@dataclass(frozen=True)
class _Line:
    column: str
    role: RoleName
    band: tuple[str, str] | None = None
    name: str = ""


@dataclass(frozen=True)
class _Panel:
    """Lines with names are named by the title, each in its colour."""

    title: str
    lines: Sequence[_Line]
    unit: str = ""


_PANELS = (
    _Panel(
        "",
        (
            _Line("f1", "forest", ("f1_low", "f1_high"), "F1,"),
            _Line("always_yes", "always_yes", name="always yes"),
        ),
    ),
    _Panel("skill", (_Line("skill", "forest", ("skill_low", "skill_high")),)),
    _Panel("high tips", (_Line("base_rate", "base_rate"),), "%"),
    _Panel(
        "",
        (
            _Line("card", "card", name="card,"),
            _Line("cash", "cash", name="cash,"),
            _Line("missing", "missing", name="missing, %"),
        ),
        "%",
    ),
    _Panel(
        "speed, mph",
        (_Line("trip_speed_middle", "reference", ("trip_speed_low", "trip_speed_high")),),
    ),
    _Panel(
        "distance, miles",
        (_Line("trip_distance_middle", "reference", ("trip_distance_low", "trip_distance_high")),),
    ),
    _Panel(
        "time, minutes",
        (_Line("trip_time_middle", "reference", ("trip_time_low", "trip_time_high")),),
    ),
    _Panel(
        "pickup hour",
        (_Line("pickup_hour_middle", "reference", ("pickup_hour_low", "pickup_hour_high")),),
    ),
    _Panel("weekend trips", (_Line("weekend", "reference"),), "%"),
    _Panel("airport trips", (_Line("airport", "reference"),), "%"),
    _Panel("no passenger", (_Line("no_passenger", "missing"),), "%"),
    _Panel("largest D", (_Line("largest_d", "alarm"),)),
)


@sourced
def three_years(
    facts: pd.DataFrame, spread: pd.DataFrame, history: pd.DataFrame, pairs: pd.DataFrame
) -> Picture:
    """Twelve measures over 36 months, each on its own scale.

    Parameters
    ----------
    facts : DataFrame
        `debugml.study.month_facts`.
    spread : DataFrame
        `debugml.study.feature_spread`.
    history : DataFrame
        `debugml.study.alarm_history`: scores of forests trained on the month before.
    pairs : DataFrame
        `debugml.study.ks_adjacent`.
    """
    table = _table(facts, spread, history, pairs)
    x = np.arange(len(table))
    with canvas((720, 302), rows=3, cols=4, sharex=True) as (fig, axes):
        for ax, panel in zip(axes.ravel(), _PANELS, strict=True):
            _draw(ax, x, table, panel)
        years = [i for i, month in enumerate(table.index) if month.endswith("-01")]
        for ax in axes[-1]:
            ax.set_xticks([i + 5.5 for i in years], [table.index[i][:4] for i in years])
    april = table.loc["2020-04"]
    usual = table[[str(month) < "2020-03" for month in table.index]]
    months = list(table.index)
    suspect, lowest, widest = (
        months[int(np.nanargmax(values))]
        for values in (table["no_passenger"], -table["base_rate"], table["largest_d"])
    )
    return Picture(
        fig,
        f"Twelve measures by month, {table.index[0]} to {table.index[-1]}. The median speed is "
        f"{usual['trip_speed_middle'].min():.0f} to {usual['trip_speed_middle'].max():.0f} miles "
        f"an hour up to February 2020 and {april['trip_speed_middle']:.0f} in April; the share of "
        f"high tips falls to {table['base_rate'].min():.0%} in "
        f"{month_name(lowest)} {lowest[:4]}, and F1 falls along with always-yes. "
        f"Trips with no passenger jump to {table.loc[suspect, 'no_passenger']:.0%} in "
        f"{month_name(suspect)} {suspect[:4]} alone. The largest D is "
        f"{table['largest_d'].max():.2f}, in {widest}.",
    )


def _table(
    facts: pd.DataFrame, spread: pd.DataFrame, history: pd.DataFrame, pairs: pd.DataFrame
) -> pd.DataFrame:
    scores = history[history["trips"] == "all"].drop_duplicates("period").set_index("period")
    table = facts.set_index("month").join(spread.set_index("month"))
    for name in ("f1", "skill"):
        table[name] = scores[f"{name}_after"]
        table[f"{name}_low"] = scores[f"{name}_after_low"]
        table[f"{name}_high"] = scores[f"{name}_after_high"]
    table["always_yes"] = 2 * table["base_rate"] / (1 + table["base_rate"])
    table["largest_d"] = pairs.set_index("month")["statistic"]
    return table


def _draw(ax: Axes, x: np.ndarray, table: pd.DataFrame, panel: _Panel) -> None:
    scale = 100 if panel.unit == "%" else 1
    for line in panel.lines:
        if line.band:
            low, high = (scale * table[name].to_numpy() for name in line.band)
            ax.fill_between(x, low, high, color=tint(line.role, 0.25), linewidth=0)
        ax.plot(x, scale * table[line.column], color=colour(line.role), linewidth=2.2)
    ax.axvline(
        list(table.index).index("2020-03"),
        color=colour("faint"),
        linewidth=1,
        linestyle=(0, (3, 3)),
    )
    bottom, top = ax.get_ylim()
    bottom = min(bottom, 0) if panel.unit == "%" or panel.title == "largest D" else bottom
    bottom = max(bottom, 0) if panel.title != "skill" else bottom
    ax.set_ylim(bottom, top)
    _title(ax, panel)
    ax.set_yticks(_two(bottom, top))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value + 0:g}".replace("-", "−"))
    ax.grid(axis="y", visible=True)
    ax.tick_params(axis="x", length=0)


def _title(ax: Axes, panel: _Panel) -> None:
    if panel.title:
        unit = f", {panel.unit}" if panel.unit else ""
        ax.set_title(panel.title + unit, fontsize=SMALL, pad=3)
        return
    first, *more = panel.lines
    last: Text = ax.set_title(first.name, fontsize=SMALL, pad=3, color=colour(first.role))
    for line in more:
        last = ax.annotate(
            line.name, (1, 0), xycoords=last, xytext=(4, 0), textcoords="offset points",
            va="bottom", fontsize=SMALL, fontweight="bold", color=colour(line.role),
            annotation_clip=False,
        )  # fmt: skip


def _two(low: float, high: float) -> list[float]:
    """Two round values inside the range, far enough apart to be read."""
    step = 10.0 ** np.floor(np.log10(high - low))
    for factor in (5, 2, 1, 0.5, 0.2):
        ticks = np.arange(np.ceil(low / (step * factor)), np.floor(high / (step * factor)) + 1)
        if len(ticks) >= 2:
            values = ticks * step * factor
            return [float(round(values[0], 6)) + 0.0, float(round(values[-1], 6)) + 0.0]
    return [low, high]
