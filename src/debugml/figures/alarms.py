"""Alarms: what was true, who rang when, and what each policy got right."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .annotate import canvas, name_axis, percent_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .style import SMALL
from .tables import Table, table
from .words import month_name, signed

FIGURE = {"f1": "F1", "skill": "skill"}
TRUTH: dict[str, tuple[RoleName, float]] = {
    "fell": ("alarm", 1.0),
    "did not": ("ranking", 0.35),
    "undecided": ("base_rate", 0.3),
    "suspect": ("missing", 0.6),
}
"""Role and strength of each answer."""

SEES: dict[str, RoleName] = {
    "features": "reference",
    "probabilities": "forest",
    "labels": "current",
    "nothing": "base_rate",
}


def falls(history: pd.DataFrame) -> Picture:
    """Each month's fall of F1 and of skill with its interval, against the tolerance.

    Parameters
    ----------
    history : DataFrame
        `debugml.study.alarm_history`.
    """
    months = _by_month(history).reset_index()
    x = np.arange(len(months))
    with canvas("slide", rows=2, sharex=True) as (fig, axes):
        for ax, (name, said) in zip(axes, FIGURE.items(), strict=True):
            for answer, (role, _) in TRUTH.items():
                at = months[f"{name}_truth"] == answer
                part, place = months[at], x[at.to_numpy()]
                ax.vlines(
                    place, part[f"{name}_low"], part[f"{name}_high"], color=colour(role), lw=2.6
                )
                ax.plot(place, part[f"{name}_fall"], "o", color=colour(role), markersize=7)
            ax.axhline(0, color=colour("ink"), linewidth=1)
            ax.axhline(0.02, color=colour("alarm"), linewidth=1.4, linestyle=(0, (4, 3)))
            top = months.loc[months[f"{name}_truth"] == "fell"]
            for i, row in top.iterrows():
                ax.annotate(
                    f"{month_name(row['period'])} {row['period'][:4]}",
                    (i, row[f"{name}_fall"]), xytext=(-10, 0), textcoords="offset points",
                    ha="right", va="center", fontweight="bold", color=colour("alarm"),
                )  # fmt: skip
            name_axis(ax, f"fall of {said}; dashed: tolerance")
            ax.yaxis.set_major_formatter(lambda v, _: signed(v, 2) if abs(v) > 1e-9 else "0")
        _years(axes[-1], list(months["period"]))
        _key(axes[0], 1.17, letter=0.0125)
    told = []
    for name, said in FIGURE.items():
        counts = months[f"{name}_truth"].value_counts()
        fell = list(months.loc[months[f"{name}_truth"] == "fell", "period"])
        told.append(
            f"{said} fell in {len(fell)} ({', '.join(fell) or 'none'}), did not in "
            f"{counts.get('did not', 0)}, {counts.get('undecided', 0)} are undecided and "
            f"{counts.get('suspect', 0)} suspect"
        )
    return Picture(fig, f"Of {len(months)} months, by a tolerance of 0.02: {'; '.join(told)}.")


def who_rang(history: pd.DataFrame) -> Picture:
    """Policies by month: a filled cell is an alarm; above them, what was true.

    Parameters
    ----------
    history : DataFrame
        `debugml.study.alarm_history`.
    """
    looking = history[(history["sees"] != "nothing") & (history["trips"] == "all")]
    alarms = looking.pivot(index="policy", columns="period", values="alarm")
    names = list(dict.fromkeys(looking["policy"]))
    sees = looking.drop_duplicates("policy").set_index("policy")["sees"]
    truths = _by_month(history)
    months = list(truths.index)
    with canvas((720, 306)) as (fig, ax):
        for i, name in enumerate(FIGURE):
            for j, month in enumerate(months):
                role, strength = TRUTH[truths.loc[month, f"{name}_truth"]]
                _cell(ax, j, i, tint(role, strength))
        for i, policy in enumerate(names):
            for j, month in enumerate(months):
                rang = bool(alarms.loc[policy, month])
                role = SEES[sees[policy]]
                _cell(ax, j, i + 3.2, colour(role) if rang else tint("base_rate", 0.12))
        rows = [*(f"{said} fell, in truth" for said in FIGURE.values()), *names]
        heights = [0.5, 1.5, *(i + 3.7 for i in range(len(names)))]
        ax.set_yticks(heights, rows)
        for text, policy in zip(ax.get_yticklabels(), [None, None, *names], strict=True):
            text.set_color(colour("ink") if policy is None else colour(SEES[sees[policy]]))
        ax.set_ylim(len(names) + 3.3, -0.1)
        ax.set_xlim(-0.2, len(months) + 0.2)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        _years(ax, months, shift=0.5)
        _key(ax, 1 - 2.72 / (len(names) + 3.5))
    counts = {p: int(alarms.loc[p].sum()) for p in names}
    return Picture(
        fig,
        f"Which policy rang in which of {len(months)} months. "
        + "; ".join(f"{policy}: {n}" for policy, n in counts.items())
        + ".",
    )


def scoreboard(scores: pd.DataFrame, figure: str = "f1") -> Table:
    """The tournament by one truth, the cheapest policy first.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.alarm_scores`.
    figure : str
        ``"f1"`` or ``"skill"``.
    """
    part = scores[scores["figure"] == figure].sort_values("cost", kind="stable")
    rows = part.to_dict("records")
    falls, quiet = rows[0]["falls"], rows[0]["scored"] - rows[0]["falls"]
    shown = pd.DataFrame(
        {
            "policy": part["policy"],
            "hits": part["hits"],
            "false_alarms": part["false_alarms"],
            "rate": [_between(row, "false_alarm_rate") for row in rows],
            "precision": [_with_bounds(row, "precision") for row in rows],
            "cost": part["cost"],
            "cost_random": part["cost_random"],
        }
    )
    recalls = {row["hits"]: _between(row, "recall") for row in rows}
    return table(
        shown,
        formats={"cost": ".0f", "cost_random": ".1f"},
        labels={
            "policy": f"truth: {FIGURE[figure]} fell",
            "hits": ("hits", f"of {falls}"),
            "false_alarms": ("false alarms", f"of {quiet}"),
            "rate": ("their rate", "95 %"),
            "precision": ("precision", "95 %"),
            "cost": ("cost", "of mistakes"),
            "cost_random": ("cost", "at random"),
        },
        highlight=[place for place, row in enumerate(rows) if row["sees"] == "nothing"],
        note="Recall, 95 %: "
        + "; ".join(f"{hits} of {falls} is {said}" for hits, said in sorted(recalls.items()))
        + ". A miss costs 5, a false alarm 1.",
    )


def cried_wolf(scores: pd.DataFrame) -> Picture:
    """Each policy's false-alarm rate with its interval, by both truths; a cross is a miss.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.alarm_scores`.
    """
    shown = [p for p in dict.fromkeys(scores["policy"]) if p not in ("always", "never")]
    sees = scores.drop_duplicates("policy").set_index("policy")["sees"]
    with canvas((720, 302), cols=2, sharey=True) as (fig, axes):
        for ax, (name, said) in zip(axes, FIGURE.items(), strict=True):
            part = scores[scores["figure"] == name].set_index("policy").loc[shown]
            for place, row in enumerate(part.to_dict("records")):
                shade = colour(SEES[row["sees"]])
                low, high = row["false_alarm_rate_low"], row["false_alarm_rate_high"]
                ax.plot([low, high], [place, place], color=shade, linewidth=2.6)
                mark = "o" if row["misses"] == 0 else "X"
                ax.plot(row["false_alarm_rate"], place, mark, color=shade, markersize=8)
            first = part.iloc[0]
            ax.set_title(
                f"{said} fell in {first['falls']} of {first['scored']} known", fontsize=SMALL
            )
            ax.set_xlim(-0.03, 1.03)
            percent_axis(ax, "x")
            ax.grid(axis="y", visible=False)
            ax.grid(axis="x", visible=True)
        axes[0].set_yticks(range(len(shown)), shown)
        for text, policy in zip(axes[0].get_yticklabels(), shown, strict=True):
            text.set_color(colour(SEES[sees[policy]]))
        axes[0].set_ylim(len(shown) - 0.4, -0.6)
    told = []
    for name, said in FIGURE.items():
        part = scores[scores["figure"] == name].set_index("policy").loc[shown]
        rates = ", ".join(
            f"{policy} {row['false_alarms']} of {row['scored'] - row['falls']}"
            + ("" if row["misses"] == 0 else " and misses the fall")
            for policy, row in zip(shown, part.to_dict("records"), strict=True)
        )
        told.append(f"Where {said} decides, false alarms: {rates}")
    return Picture(fig, ". ".join(told) + ".")


def by_day(days: pd.DataFrame, calm: pd.DataFrame) -> Picture:
    """A release told day by day, beside a calm stretch of another year.

    Parameters
    ----------
    days, calm : DataFrame
        `debugml.study.alarm_days`.
    """
    names = list(dict.fromkeys(days["policy"]))
    with canvas((720, 302), cols=2, sharey=True, width_ratios=[1, 1]) as (fig, axes):
        for ax, part in zip(axes, (days, calm), strict=True):
            dates = list(dict.fromkeys(part["day"]))
            place = {day: j for j, day in enumerate(dates)}
            for row in part.to_dict("records"):
                role = SEES[row["sees"]]
                shade = colour(role) if row["alarm"] else tint("base_rate", 0.12)
                _cell(ax, place[row["day"]], names.index(row["policy"]), shade)
            firsts = [j for j, day in enumerate(dates) if day.day in (1, 15)]
            ax.set_xticks(
                [j + 0.5 for j in firsts],
                [f"{dates[j].day} {month_name(f'{dates[j]:%Y-%m}')[:3]}" for j in firsts],
            )
            ax.set_xlim(-0.2, len(dates) + 0.2)
            ax.set_title(f"{dates[0].year}, trained on {part['train'].iloc[0]}", fontsize=SMALL)
            ax.grid(visible=False)
            ax.spines["bottom"].set_visible(False)
        axes[0].set_yticks([i + 0.5 for i in range(len(names))], names)
        sees = days.drop_duplicates("policy").set_index("policy")["sees"]
        for text, policy in zip(axes[0].get_yticklabels(), names, strict=True):
            text.set_color(colour(SEES[sees[policy]]))
        axes[0].set_ylim(len(names) + 0.1, -0.1)
    told = []
    for policy in names:
        first = days[(days["policy"] == policy) & days["alarm"]]["day"]
        quiet = calm[calm["policy"] == policy]["alarm"]
        said = f"first on {first.iloc[0]:%-d %B}" if len(first) else "never"
        told.append(f"{policy}: {said}, and on {quiet.sum()} of {len(quiet)} calm days")
    return Picture(fig, f"Alarms on the last seven days. {'; '.join(told)}.")


def _by_month(history: pd.DataFrame) -> pd.DataFrame:
    """The truths, judged on all trips."""
    return history[history["trips"] == "all"].drop_duplicates("period").set_index("period")


def _cell(ax: Axes, x: float, y: float, fill: object) -> None:
    ax.add_patch(Rectangle((x + 0.06, y + 0.06), 0.88, 0.88, facecolor=fill, linewidth=0))


def _key(ax: Axes, height: float, letter: float = 0.0165) -> None:
    """The answers in their colours, from the right edge on leftwards."""
    end = 1.0
    for answer, (role, _) in reversed(TRUTH.items()):
        ax.annotate(
            answer, (end, height), xycoords="axes fraction", ha="right", va="center",
            fontweight="bold", fontsize=SMALL, color=colour(role), annotation_clip=False,
        )  # fmt: skip
        end -= letter * (len(answer) + 1.5)


def _years(ax: Axes, months: list[str], shift: float = 0.0) -> None:
    # The first month too: it is where the story begins, whichever month it is.
    ticks = [j for j, month in enumerate(months) if month.endswith("-01") or j == 0]
    ax.set_xticks(
        [j + shift for j in ticks], [f"{month_name(months[j])[:3]} {months[j][:4]}" for j in ticks]
    )


def _between(row: Mapping[Hashable, Any], name: str) -> str | None:
    """The interval of a share, in whole per cents; nothing where nothing was divided."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return None if low != low else f"{100 * low:.0f}–{100 * high:.0f}\N{NO-BREAK SPACE}%"


def _with_bounds(row: Mapping[Hashable, Any], name: str) -> str | None:
    bounds = _between(row, name)
    return (
        None if bounds is None else f"{row[name]:.2f} ({bounds})".replace(" ", "\N{NO-BREAK SPACE}")
    )
