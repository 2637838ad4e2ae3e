"""What moved? The fall of F1 step by step, the change in ranking, the worst slices."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator

from .annotate import canvas, name_axis
from .build import appears
from .palette import RoleName, colour
from .picture import Picture
from .provenance import sourced
from .tables import Table, table
from .words import WEEKDAYS, month_name, signed

Row: TypeAlias = Mapping[Hashable, Any]

METRIC = {"f1": "F1", "auc": "AUC", "difference": "F1 − always yes"}
ZONES = {"1": "Newark Airport", "132": "JFK Airport", "138": "LaGuardia Airport"}

STEPS: dict[str, tuple[str, str, RoleName]] = {
    "payment": ("payment\nmix", "the mix of payment types", "base_rate"),
    "label": ("base rate\nwithin types", "the base rate within payment types", "base_rate"),
    "ranking": ("ranking", "ranking", "ranking"),
    "threshold": ("threshold", "the threshold", "ranking"),
    "within groups": ("the model", "the model", "ranking"),
    "no counterpart": ("no\ncounterpart", "trips without counterpart", "missing"),
}
"""Below its bar, in a sentence, and its colour's role."""

SUMS: tuple[tuple[str, str, RoleName], ...] = (
    ("all mix", "All of the mix", "base_rate"),
    ("all within", "The model", "ranking"),
)

TRIPS = {
    "all": "all trips",
    "payment known": "payment type known",
    "card": "paid by card",
    "same mix": "same payment mix",
    "same mix and base rates": "same mix and base rates",
}


@sourced
def waterfall(split: pd.DataFrame, order: str = "forward") -> Picture:
    """A metric from one month to another, each part with its interval, built up on a slide.

    Parameters
    ----------
    split : DataFrame
        `debugml.study.change_split`.
    order : str
        ``forward`` (the earlier month is reweighted) or ``reverse``.
    """
    part = split[split["order"] == order]
    rows = part[part["kind"] != "sum"].reset_index(drop=True)
    # Nothing is lost on the way back where the later month has all that the earlier has.
    rows = rows[(rows["step"] != "no counterpart") | (rows["n"] > 0)].reset_index(drop=True)
    metric, interval = METRIC.get(rows["metric"][0], rows["metric"][0]), rows["interval"][0]
    with canvas("slide") as (fig, ax):
        names, level, built = [], 0.0, 0
        for x, row in enumerate(rows.to_dict("records")):
            start, level = level, row["metric_after_step"]
            if row["kind"] == "level":
                drawn = _level(ax, x, row)
                names.append(month_name(row[row["step"]]))
            else:
                drawn = _step(ax, x, start, row)
                names.append(STEPS[row["step"]][0])
            if x:
                edge = ax.plot([x - 0.66, x - 0.34], [start] * 2, color=colour("faint"), lw=1.2)
                # The model's two parts come at once, and the last month with what led to it.
                built += row["step"] != "threshold" and row["kind"] == "step"
                appears(max(built, 1), drawn, edge)
        ax.set_xticks(range(len(names)), names)
        ax.tick_params(axis="x", labelcolor=colour("ink"), length=0)
        ax.set_xlim(-0.5, len(names) - 0.5)
        low, high = _reach(rows)
        ax.set_ylim(low - 0.2 * (high - low), high + 0.2 * (high - low))
        # What it sums up to stands there when the last month does.
        appears(max(built, 1), _sums(ax, part, reverse=order == "reverse"))
        name_axis(ax, f"{metric} on the sample; thin lines: 95 % intervals, {interval}")
    one, last, sums = rows.iloc[0], rows.iloc[-1], _by_step(part)
    told = "; ".join(
        f"{STEPS[r['step']][1]} {_told(r)}" for r in rows.to_dict("records") if r["kind"] == "step"
    )
    return Picture(
        fig,
        f"From {month_name(one['before'])} to {month_name(one['after'])} {metric} goes from "
        f"{one['value']:.3f} to {last['value']:.3f}. Step by step, with 95 % intervals: {told}. "
        + ". ".join(f"{said}: {_told(sums[step])}" for step, said, _ in SUMS)
        + ".",
    )


@sourced
def split_table(split: pd.DataFrame) -> Table:
    """The steps in both orders, with their intervals, and their sums."""
    named = {step: said.removeprefix("the ") for step, (_, said, _) in STEPS.items()}
    named |= {step: said for step, said, _ in SUMS} | {"total": "Change"}
    rows = split[split["kind"] != "level"]
    found = {
        # Nobody without counterpart: not a change of zero, but no such step.
        (row["order"], row["step"]): _told(row) if row["n"] > 0 else None
        for row in rows.to_dict("records")
    }
    order = list(rows.loc[rows["order"] == "forward", "step"])
    shown = pd.DataFrame(
        {
            "step": [named[step] for step in order],
            "forward": [found["forward", step] for step in order],
            "reverse": [found["reverse", step] for step in order],
        }
    )
    one, two = (month_name(split[name].iloc[0]) for name in ("before", "after"))
    return table(
        shown,
        labels={
            "step": METRIC.get(split["metric"].iloc[0], split["metric"].iloc[0]),
            "forward": (f"{one} reweighted", "95 % interval"),
            "reverse": (f"{two} reweighted", "95 % interval"),
        },
        highlight=[order.index("all mix"), order.index("all within")],
    )


@sourced
def ranking_change(changes: pd.DataFrame) -> Picture:
    """The change in AUC since the first month, with intervals, around 0.

    Parameters
    ----------
    changes : DataFrame
        `debugml.study.ranking_change`.
    """
    kinds = list(dict.fromkeys(changes["trips"]))
    roles: tuple[RoleName, ...] = ("reference", "ranking", "forest")
    months = list(dict.fromkeys(changes["after"]))
    with canvas("slide") as (fig, ax):
        ax.axvline(0, color=colour("ink"), linewidth=1.4)
        for place, month in enumerate(months):
            rows = changes[changes["after"] == month]
            role = roles[(place + 1) % len(roles)]
            shift = 0.36 * (place - (len(months) - 1) / 2) / max(len(months) - 1, 1)
            y = [kinds.index(kind) + shift for kind in rows["trips"]]
            ax.hlines(y, rows["low"], rows["high"], color=colour(role), linewidth=3.4)
            ax.plot(rows["change"], y, "o", color=colour(role), markersize=9)
            ax.annotate(
                month_name(month),
                (rows["high"].iloc[0], y[0]),
                xytext=(10, 0),
                textcoords="offset points",
                va="center",
                color=colour(role),
                fontweight="bold",
            )
        ax.set_yticks(range(len(kinds)), [TRIPS[kind] for kind in kinds])
        ax.tick_params(axis="y", labelcolor=colour("ink"))
        ax.set_ylim(len(kinds) - 0.5, -0.5)
        ax.set_xlim(changes["low"].min() - 0.008, changes["high"].max() + 0.016)
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        # Steps that two digits can say.
        ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(lambda x, _: signed(x, 2) if abs(x) > 1e-9 else "0")
        since = month_name(changes["before"].iloc[0])
        name_axis(ax, f"change in AUC since {since}; 95 % intervals, days resampled")
    told = "; ".join(
        f"{TRIPS[r['trips']]}, {month_name(r['after'])}: {_told(r, 'change')}"
        for r in changes.to_dict("records")
    )
    return Picture(fig, f"Change in AUC since {since} with 95 % intervals: {told}.")


@sourced
def worst(slices: pd.DataFrame, top: int = 6) -> Table:
    """The worst slices, beside what always-yes scores on them and what chance allows.

    Parameters
    ----------
    slices : DataFrame
        `debugml.study.slices`.
    """
    head = slices.head(top)
    shown = pd.DataFrame(
        {
            "slice": [_slice(c, v) for c, v in zip(head["column"], head["value"], strict=True)],
            **{k: head[k].to_numpy() for k in ("n", "base_rate", "f1", "always_yes_f1")},
            **{k: head[k].to_numpy() for k in ("difference", "versus_rest", "p_holm")},
        }
    )
    stands = [i for i, p in enumerate(head["p_holm"]) if p <= 0.05]
    return table(
        shown,
        formats={"n": ",d", **dict.fromkeys(("base_rate", "f1", "always_yes_f1"), ".2f")}
        | {"difference": "+.3f", "versus_rest": "+.3f", "p_holm": _p},
        labels={
            "slice": f"{month_name(slices['month'].iloc[0])}, trips",
            "base_rate": "base rate",
            "f1": "F1",
            "always_yes_f1": "always yes",
            "versus_rest": ("against", "all other trips"),
            "p_holm": ("p", f"of {len(slices)} slices"),
        },
        highlight=stands,
        note=f"{len(slices)} slices tested, Holm's correction; "
        f"{(slices['p_holm'] <= 0.05).sum()} stand at 5 %, better or worse. Errors: days differ.",
    )


def _level(ax: Axes, x: int, row: Row) -> tuple[Any, ...]:
    return (
        ax.plot([x - 0.34, x + 0.34], [row["value"]] * 2, color=colour("forest"), linewidth=6),
        ax.plot([x, x], [row["low"], row["high"]], color=colour("forest"), linewidth=2),
        _number(ax, x, row["high"], f"{row['value']:.3f}", "forest", above=True),
    )


def _step(ax: Axes, x: int, start: float, row: Row) -> tuple[Any, ...]:
    role = STEPS[row["step"]][2]
    bar = ax.bar(x, row["value"], bottom=start, width=0.68, color=colour(role))
    low, high = start + row["low"], start + row["high"]
    interval = ax.plot([x, x], [low, high], color=colour("ink"), linewidth=2)
    # A fall is labelled below, a rise above, where no connecting line passes.
    above = row["value"] > 0
    number = _number(
        ax,
        x,
        max(high, start) if above else min(low, start),
        signed(row["value"]),
        role,
        above=above,
    )
    return bar, interval, number


def _reach(rows: pd.DataFrame) -> tuple[float, float]:
    """The lowest and highest point of bars and intervals."""
    start = (rows["metric_after_step"] - rows["value"]).where(rows["kind"] == "step", 0.0)
    reached = pd.concat([start + rows["low"], start + rows["high"], rows["metric_after_step"]])
    return float(reached.min()), float(reached.max())


def _sums(ax: Axes, part: pd.DataFrame, *, reverse: bool) -> list[Annotation]:
    """Mix and model as two lines of text, in the corner that a fall leaves empty."""
    rows = _by_step(part)
    if rows["total"]["value"] >= 0:
        return []
    return [
        ax.annotate(
            f"{said} {_told(rows[step])}",
            (0.01, 0.21 - 0.12 * place) if reverse else (0.99, 0.94 - 0.12 * place),
            xycoords="axes fraction",
            ha="left" if reverse else "right",
            va="center",
            fontweight="bold",
            color=colour(role),
            bbox={"facecolor": colour("paper"), "linewidth": 0, "pad": 1},
        )
        for place, (step, said, role) in enumerate(SUMS)
    ]


def _number(ax: Axes, x: int, y: float, text: str, role: RoleName, *, above: bool) -> Annotation:
    return ax.annotate(
        text,
        (x, y),
        xytext=(0, 6 if above else -6),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        fontweight="bold",
        color=colour(role),
        bbox={"facecolor": colour("paper"), "linewidth": 0, "pad": 0},
    )


def _slice(column: str, value: str) -> str:
    if column == "hour":
        return f"{value}:00 to {value}:59"
    if column == "weekday":
        return WEEKDAYS[int(value)]
    if column == "zone":
        return ZONES.get(value, f"zone {value}")
    return f"payment: {value}"


def _by_step(part: pd.DataFrame) -> dict[str, Row]:
    return {row["step"]: row for row in part.to_dict("records")}


def _told(row: Row, name: str = "value") -> str:
    return f"{signed(row[name])} ({signed(row['low'])} to {signed(row['high'])})"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
