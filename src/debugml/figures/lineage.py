"""Lineage: the chain behind one prediction, one day's predictions, what the bad ones share."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, HPacker, TextArea
from matplotlib.patches import FancyBboxPatch

from .annotate import canvas, percent_axis
from .build import appears
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table

BOXES: dict[str, tuple[str, RoleName]] = {
    "predictions": ("prediction", "alarm"),
    "release": ("release", "ink"),
    "model": ("model", "forest"),
    "decision": ("gate", "always_yes"),
    "trips": ("file", "reference"),
    "label": ("label", "alarm"),
}
"""What a slide calls each kind of artifact, and its role."""

PAID: dict[str, RoleName] = {
    "card": "card",
    "cash": "cash",
    "missing": "missing",
    "other": "base_rate",
}

LEVEL = 0.05
"""Adjusted p below which a value stands out."""

WIDTH, LETTERS = 0.86, 19
"""Of a box: its share of a column, and what fits in one of its lines."""


@sourced
def chain(links: pd.DataFrame) -> Picture:
    """What lies behind one prediction, from left to right, down to files and to its label.

    On a slide the links appear as a backtrace finds them, and the label at the end.

    Parameters
    ----------
    links : DataFrame
        `debugml.study.flagged_chain`. Several files of one run share a box.
    """
    links = _folded(links)
    at = _places(links)
    right = max(x for x, _ in at.values())
    low = max(y for _, y in at.values())
    found = 1 + round(max(x for x, _ in at.values()))
    with canvas((720, 300)) as (fig, ax):
        ax.set_axis_off()
        ax.set_xlim(-0.02, right + WIDTH + 0.02)
        ax.set_ylim(low + 0.5, -0.5)
        for row in links.to_dict("records"):
            x, y = at[row["place"]]
            if row["parent"] >= 0:
                from_x, from_y = at[row["parent"]]
                middle = from_x + WIDTH + (1 - WIDTH) / 2
                line = ax.plot(
                    [from_x + WIDTH, middle, middle, x], [from_y, from_y, y, y],
                    color=colour("faint"), linewidth=2, solid_capstyle="butt", zorder=1,
                )  # fmt: skip
                step = found if row["kind"] == "label" else round(x)
                appears(step, line, _box(ax, x, y, row))
            else:
                _box(ax, x, y, row)
    told = [f"{_kind(row)} {_said(row)}" for row in links.to_dict("records")]
    return Picture(fig, f"Traced back: {'; '.join(told)}.".replace("\n", " "))


@sourced
def day(trips: pd.DataFrame) -> Picture:
    """One day's predictions by their probability, yes and no, right and wrong, by payment.

    Parameters
    ----------
    trips : DataFrame
        `debugml.study.flagged_day`.
    """
    with canvas((720, 250)) as (fig, ax):
        for label, height in ((1, 0.0), (0, 1.0)):
            part = trips[trips["label"] == label].sort_values("probability", kind="stable")
            heights = height + _spread(part["probability"].to_numpy())
            for name, role in PAID.items():
                of = (part["payment"] == name).to_numpy()
                ax.plot(
                    part["probability"][of], heights[of], "o", color=colour(role),
                    markersize=10, markeredgecolor=colour("paper"), markeredgewidth=1,
                )  # fmt: skip
        ax.axvline(0.5, color=colour("ink"), linewidth=1.4, linestyle=(0, (4, 3)))
        ax.annotate(
            "yes →", (0.5, 1.0), xycoords=("data", "axes fraction"), xytext=(6, -2),
            textcoords="offset points", va="top", fontsize=SMALL, color=colour("muted"),
        )  # fmt: skip
        ax.set_yticks([0, 1], ["tip above a fifth", "no such tip\non record"])
        ax.set_ylim(1.55, -0.55)
        # Room for a word at the right.
        ax.set_xlim(None, trips["probability"].max() + 0.13)
        ax.set_xlabel("probability that the forest gave", fontsize=SMALL)
        ax.grid(axis="y", visible=False)
        _key(ax, [item for item in PAID.items() if (trips["payment"] == item[0]).any()])
        _point_out(ax, trips)
    wrong = trips[trips["wrong"] & (trips["prediction"] == 1)]
    paid = wrong["payment"].value_counts()
    told = ", ".join(f"{n} by {name}" for name, n in paid.items())
    return Picture(
        fig,
        f"{len(trips)} trips of a day, {int(trips['prediction'].sum())} predicted yes, of which "
        f"{len(wrong)} wrong: paid {told}.",
    )


@sourced
def shared(found: pd.DataFrame, most: int = 5) -> Picture:
    """The values that the wrong share most, beside how common they are among the right.

    Parameters
    ----------
    found : DataFrame
        `debugml.study.flagged_review`.
    most : int
        How many rows, from the top.
    """
    top = found.head(most)
    wrong, right = int(found["wrong"].iloc[0]), int(found["right"].iloc[0])
    with canvas((720, 270)) as (fig, ax):
        for place, row in enumerate(top.to_dict("records")):
            called = row["p_adjusted"] < LEVEL
            role: RoleName = "alarm" if called else "base_rate"
            ends = [row["share_others"], row["share_flagged"]]
            ax.plot(ends, [place, place], color=tint(role, 0.45), linewidth=5, zorder=1)
            ax.plot(ends[0], place, "o", color=colour("reference"), markersize=11)
            ax.plot(ends[1], place, "o", color=colour(role), markersize=11)
            ax.annotate(
                f"adjusted p {_p(row['p_adjusted'])}", (max(ends), place), xytext=(12, 0),
                textcoords="offset points", va="center", fontsize=SMALL, color=colour(role),
                fontweight="bold" if called else "normal",
                bbox={"facecolor": colour("paper"), "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip
        names = [_named(row) for row in top.to_dict("records")]
        ax.set_yticks(range(len(top)), names)
        ax.set_ylim(len(top) - 0.4, -0.6)
        ax.set_xlim(-0.02, 1.12)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
        percent_axis(ax, "x")
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        _key(ax, [(f"{wrong:,} wrong “yes”", "alarm"), (f"{right:,} right “yes”", "reference")])
    called = found[found["p_adjusted"] < LEVEL]
    which = "; ".join(
        f"{_named(row)}, {_share(row['share_flagged'])} of the wrong and "
        f"{_share(row['share_others'])} of the right"
        for row in called.head(3).to_dict("records")
    )
    return Picture(
        fig,
        f"Of {len(found)} values and ranges {len(called)} stand out among {wrong:,} wrong yes "
        f"predictions against {right:,} right ones{': ' if which else ''}{which}.",
    )


@sourced
def reviewed(found: pd.DataFrame, most: int = 5) -> Table:
    """The top of a review as a table.

    Parameters
    ----------
    found : DataFrame
        `debugml.study.flagged_review`.
    """
    top = found.head(most)
    shown = top[["column", "value", "flagged", "share_flagged", "share_others", "p_adjusted"]]
    return table(
        shown,
        formats={
            "column": _words,
            "flagged": ",d",
            "share_flagged": ".1%",
            "share_others": ".1%",
            "p_adjusted": _p,
        },
        labels={
            "flagged": ("wrong", f"of {int(found['wrong'].iloc[0]):,}"),
            "share_flagged": ("share", "of the wrong"),
            "share_others": ("share", f"of {int(found['right'].iloc[0]):,} right"),
            "p_adjusted": ("p", "Holm"),
        },
        highlight=[i for i, p in enumerate(top["p_adjusted"]) if p < LEVEL],
        note=f"The first {len(top)} of {len(found)} values and ranges.",
    )


@sourced
def paid(payments: pd.DataFrame) -> Table:
    """How the trips of wrong "yes" predictions were paid, beside all trips.

    Parameters
    ----------
    payments : DataFrame
        `debugml.study.flagged_payments`.
    """
    cash = payments[payments["payment"] == "cash"]
    shown = pd.DataFrame(
        {
            "span": cash["span"] + ", " + cash["group"],
            "days": cash["days"],
            "trips": cash["n"],
            "cash": cash["trips"],
            "share": [
                f"{_share(row['share'])} ({_share(row['low'])[:-2]}–{_share(row['high'])})"
                for row in cash.to_dict("records")
            ],
            "interval": cash["interval"],
        }
    )
    return table(
        shown,
        formats={"trips": ",d", "cash": ",d"},
        labels={"cash": ("paid", "in cash"), "share": ("share", "95 %")},
        highlight=[i for i, group in enumerate(cash["group"]) if group == "wrong yes"],
    )


_NAMED = 2
"""Things of a kind that a table names."""


@sourced
def rests(affected: pd.DataFrame) -> Table:
    """What rests on an artifact, counted by kind.

    Parameters
    ----------
    affected : DataFrame
        `debugml.lineage.affected`, or `debugml.study.what_rests`.
    """
    rows = []
    for kind, part in affected.groupby("kind", sort=True):
        names = list(dict.fromkeys(part["name"]))[:_NAMED]
        rest = int((~part["name"].isin(names)).sum())
        # Names may hold commas.
        said = "; ".join(
            [*names, f"and\N{NO-BREAK SPACE}{rest}\N{NO-BREAK SPACE}more"] if rest else names
        )
        rows.append({"kind": kind, "n": len(part), "names": said})
    shown = pd.DataFrame(rows, columns=["kind", "n", "names"])
    return table(shown, labels={"n": "how many", "names": "such as"})


def _folded(links: pd.DataFrame) -> pd.DataFrame:
    """Several files of one parent as one link, which names their months and has no digest."""
    together: list[list[dict[Any, Any]]] = []
    for row in links.to_dict("records"):
        last = together[-1][-1] if together else {"kind": ""}
        if row["kind"] == last["kind"] == "trips" and row["parent"] == last["parent"]:
            together[-1].append(row)
        else:
            together.append([row])
    folded = [
        files[0] if len(files) == 1 else files[0] | {"name": _spans(files), "digest": ""}
        for files in together
    ]
    return pd.DataFrame(folded)


def _spans(files: Sequence[dict[Any, Any]]) -> str:
    """Months of files, a span a line: those that follow one another within a year."""
    spans: list[list[str]] = []
    for month in map(_month, files):
        last = spans[-1][-1] if spans else ""
        if month[:4] == last[:4] and int(month[5:]) == int(last[5:]) + 1:
            spans[-1].append(month)
        else:
            spans.append([month])
    return ",\n".join(s[0] if len(s) == 1 else f"{s[0]} to {s[-1][5:]}" for s in spans)


def _month(row: dict[Any, Any]) -> str:
    name: str = row["name"]
    return name.removeprefix("yellow_tripdata_").removesuffix(".parquet")


def _places(links: pd.DataFrame) -> dict[int, tuple[float, float]]:
    """Depth from left to right; leaves below one another, what has branches between them."""
    below: dict[int, list[int]] = {int(place): [] for place in links["place"]}
    depth: dict[int, int] = {}
    for place, parent in zip(links["place"], links["parent"], strict=True):
        depth[place] = depth[parent] + 1 if parent >= 0 else 0
        if parent >= 0:
            below[parent].append(place)
    leaves = [place for place in links["place"] if not below[place]]
    heights = {place: float(turn) for turn, place in enumerate(leaves)}
    # What rests on a link stands before it: from the end, all below is known.
    for place in reversed(list(links["place"])):
        if below[place]:
            heights[place] = sum(heights[b] for b in below[place]) / len(below[place])
    return {place: (float(depth[place]), heights[place]) for place in heights}


def _box(ax: Axes, x: float, y: float, row: dict[Any, Any]) -> list[Artist]:
    role = BOXES[row["kind"]][1]
    cause = row["kind"] == "label"
    box = ax.add_patch(
        FancyBboxPatch(
            (x, y - 0.45), WIDTH, 0.9, boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=colour(role) if cause else colour("paper"), edgecolor=colour(role),
            linewidth=2, zorder=2,
        )
    )  # fmt: skip
    ink = colour("paper") if cause else colour("ink")
    head = ax.text(
        x + 0.04, y - 0.4, _kind(row), fontsize=SMALL, fontweight="bold", va="top", zorder=3,
        color=ink if cause else colour(role),
    )  # fmt: skip
    body = ax.text(
        x + 0.04, y - 0.19, _said(row), fontsize=SMALL, va="top", zorder=3, color=ink,
        linespacing=1.0,
    )  # fmt: skip
    return [box, head, body]


def _kind(row: dict[Any, Any]) -> str:
    said = BOXES[row["kind"]][0]
    if row["kind"] == "trips" and not row["digest"]:
        return f"{said}s"
    return f"{said}: {row['said']}" if row["kind"] == "decision" else said


def _said(row: dict[Any, Any]) -> str:
    """What a box says, in lines that fit it."""
    match row["kind"]:
        case "predictions":
            said = f"{row['said']},\nso “{row['detail']}”"
        case "release":
            outcome = row["said"].removeprefix("gate: ")
            said = f"{row['name'].removeprefix('release ')}\ngate said “{outcome}”"
        case "decision":
            said = "\n".join(wrap(row["detail"].split(" (")[0], LETTERS))
        case "model":
            said = "\n".join([*row["name"].split(", ")[:1], row["digest"][:8]])
        case "trips":
            said = f"{_month(row)}\n{row['digest'][:8]}".rstrip()
        case _:
            said = "\n".join(wrap(f"{row['detail'].split(';')[0]}: no tip on record", LETTERS))
    return said


def _point_out(ax: Axes, trips: pd.DataFrame) -> None:
    """A word at the dot that the chapter traces: the surest wrong yes."""
    wrong = trips[trips["wrong"] & (trips["prediction"] == 1)]
    if len(wrong):
        ax.annotate(
            "the one we trace", (wrong["probability"].max(), 1.0), xytext=(14, -14),
            textcoords="offset points", va="center", fontsize=SMALL, fontweight="bold",
            color=colour("alarm"), annotation_clip=False,
        )  # fmt: skip


def _spread(values: np.ndarray) -> np.ndarray:
    """Offsets that keep the dots of a row apart: the first free level, near to far."""
    levels = [0.0, *(side * step for step in (0.17, 0.34, 0.51) for side in (-1, 1))]
    last = dict.fromkeys(levels, -np.inf)
    offsets = []
    for value in values:
        free = [level for level in levels if value - last[level] > 0.0085]
        level = free[0] if free else min(levels, key=lambda one: last[one])
        last[level] = value
        offsets.append(level)
    return np.array(offsets)


def _key(ax: Axes, names: Sequence[tuple[str, RoleName]]) -> None:
    """What the colours mean, in them, above the axes at the right."""
    parts: list[Artist] = [
        TextArea(
            f"● {text}",
            textprops={"color": colour(role), "fontsize": SMALL, "fontweight": "bold"},
        )
        for text, role in names
    ]
    ax.add_artist(
        AnnotationBbox(
            HPacker(children=parts, pad=0, sep=16),
            (1, 1.02),
            xycoords="axes fraction",
            box_alignment=(1, 0),
            frameon=False,
            pad=0,
            annotation_clip=False,
        )
    )


def _named(row: dict[Any, Any]) -> str:
    return f"{_words(row['column'])} {row['value']}"


def _words(column: str) -> str:
    return {"payment": "paid:"}.get(column, column.removeprefix("pickup_").replace("_", " "))


def _share(value: float) -> str:
    return f"{value:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2f}"
