"""Alarms: what was true, who rang when, and what each policy got right."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from .annotate import canvas, name_axis, percent_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import month_name, signed

NBSP = "\N{NO-BREAK SPACE}"

FIGURE = {"f1": "F1", "skill": "skill"}
TRUTH: dict[str, tuple[RoleName, float, str, str]] = {
    "fell": ("alarm", 1.0, "D", "F"),
    "did not": ("ranking", 0.3, "o", ""),
    "undecided": ("base_rate", 0.25, "o", "?"),
    "suspect": ("missing", 0.45, "X", "S"),
}
"""Role and strength of each answer, its marker, and its letter."""

ALIKE = "KS p < 0.05"
"""It rings whenever KS with Bonferroni's correction does: one row for both."""

TOGETHER = {
    ("PSI > 0.1", "PSI > 0.25"): "PSI > 0.1, PSI > 0.25",
    ("skill fell", "AUC fell"): "skill fell, AUC fell",
}
"""Policies that share a row where they rang in the same months."""

SEES: dict[str, RoleName] = {
    "features": "reference",
    "probabilities": "forest",
    "labels": "current",
    "nothing": "base_rate",
}


_MEASURES = {
    "KS p < 0.05": "the KS test of some feature",
    "KS, Bonferroni, 0.05": "the same, p times the number of features",
    "D > 0.1": "the largest D of the features",
    "minimum effect 0.05": "some D is shown to exceed 0.05 (Holm over features)",
    "calendar-aware D > 0.1": "the largest D between average weeks",
    "PSI > 0.1": "the largest population stability index",
    "PSI > 0.25": "the same, a customary higher mark",
    "Wasserstein > 0.1": "the largest distance, in the reference's standard deviations",
    "MMD p < 0.05": "a permutation test of all features at once",
    "domain AUC > 0.6": "a classifier tells the months apart",
    "estimated F1 fell": "expected F1 of calibrated probabilities",
    "F1 fell": "F1 against out-of-bag F1",
    "F1 fell, by weekday": "F1 against what is usual for each weekday",
    "skill fell": "skill against the training month's base rate",
    "AUC fell": "AUC against out-of-bag AUC",
    "always": "every month",
    "never": "nothing",
    "every 3rd": "the calendar",
}


@sourced
def falls(history: pd.DataFrame) -> Picture:
    """Each month's fall of F1 and of skill with its interval, against the tolerance.

    Parameters
    ----------
    history : DataFrame
        `debugml.study.alarm_history`.
    """
    months = _by_month(history).reset_index()
    tolerance = history.loc[history["policy"] == "F1 fell", "threshold"].iloc[0]
    x = np.arange(len(months))
    with canvas("slide", rows=2, sharex=True) as (fig, axes):
        for ax, (name, said) in zip(axes, FIGURE.items(), strict=True):
            for answer, (role, _, marker, _) in TRUTH.items():
                fill = colour("paper" if answer == "undecided" else role)
                at = months[f"{name}_truth"] == answer
                part, place = months[at], x[at.to_numpy()]
                ax.vlines(
                    place, part[f"{name}_low"], part[f"{name}_high"], color=colour(role), lw=2.6
                )
                ax.plot(
                    place, part[f"{name}_fall"], linestyle="", marker=marker, color=colour(role),
                    markersize=8, markerfacecolor=fill, markeredgewidth=1.8,
                )  # fmt: skip
            ax.axhline(0, color=colour("ink"), linewidth=1)
            ax.axhline(tolerance, color=colour("alarm"), linewidth=1.4, linestyle=(0, (4, 3)))
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
        _key(axes[0], 1.17, marked=True)
    told = []
    for name, said in FIGURE.items():
        counts = months[f"{name}_truth"].value_counts()
        fell = list(months.loc[months[f"{name}_truth"] == "fell", "period"])
        told.append(
            f"{said} fell in {len(fell)} ({', '.join(fell) or 'none'}), did not in "
            f"{counts.get('did not', 0)}, {counts.get('undecided', 0)} are undecided and "
            f"{counts.get('suspect', 0)} suspect"
        )
    return Picture(
        fig, f"Of {len(months)} months, by a tolerance of {tolerance:g}: {'; '.join(told)}."
    )


@sourced
def who_rang(history: pd.DataFrame, scores: pd.DataFrame | None = None) -> Picture:
    """Policies by month: a filled cell is an alarm; above them, what was true.

    Two policies that rang in the same months share a row (`TOGETHER`).

    Parameters
    ----------
    history : DataFrame
        `debugml.study.alarm_history`.
    scores : DataFrame, optional
        `debugml.study.alarm_scores`: each policy's false alarms by both truths, to the right;
        in brackets where it missed the fall.
    """
    looking = history[(history["sees"] != "nothing") & (history["trips"] == "all")]
    looking = looking[looking["policy"] != ALIKE]
    alarms = looking.pivot(index="policy", columns="period", values="alarm")
    names = list(dict.fromkeys(looking["policy"]))
    named = {policy: policy for policy in names}
    for (one, other), both in TOGETHER.items():
        if {one, other} <= set(names) and (alarms.loc[one] == alarms.loc[other]).all():
            del named[other]
            named[one] = both
    sees = looking.drop_duplicates("policy").set_index("policy")["sees"]
    truths = _by_month(history)
    months = list(truths.index)
    right = len(months) + (0.2 if scores is None else 8.8)
    with canvas((720, 306)) as (fig, ax):
        for i, name in enumerate(FIGURE):
            for j, month in enumerate(months):
                role, strength, _, letter = TRUTH[truths.loc[month, f"{name}_truth"]]
                _cell(ax, j, i, tint(role, strength))
                ax.text(
                    j + 0.5, i + 0.53, letter, ha="center", va="center", fontsize=SMALL,
                    color=colour("paper" if strength == 1 else "ink"),
                )  # fmt: skip
        for i, policy in enumerate(named):
            for j, month in enumerate(months):
                rang = bool(alarms.loc[policy, month])
                role = SEES[sees[policy]]
                _cell(ax, j, i + 3.2, colour(role) if rang else tint("base_rate", 0.12))
        rows = [*(f"{said} fell, in truth" for said in FIGURE.values()), *named.values()]
        ax.set_yticks([0.5, 1.5, *(i + 3.7 for i in range(len(named)))], rows)
        for text, policy in zip(ax.get_yticklabels(), [None, None, *named], strict=True):
            text.set_color(colour("ink") if policy is None else colour(SEES[sees[policy]]))
        ax.set_ylim(len(named) + 3.3, -0.1)
        ax.set_xlim(-0.2, right)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        _years(ax, months, shift=0.5)
        end = (len(months) + 0.2) / (right + 0.2)
        _key(ax, 1 - 2.72 / (len(named) + 3.4), end=end)
        if scores is not None:
            _false_alarms(ax, scores, list(named), len(months))
    told = [f"{policy}: {int(alarms.loc[policy].sum())}" for policy in names]
    counted = "" if scores is None else f" {_false_alarms_told(scores, names)}"
    return Picture(
        fig, f"Which policy rang in which of {len(months)} months. {'; '.join(told)}.{counted}"
    )


@sourced
def roster(history: pd.DataFrame) -> Table:
    """What each policy measures, where its line is, and what it must see.

    Parameters
    ----------
    history : DataFrame
        `debugml.study.alarm_history`.
    """
    rows = history.drop_duplicates("policy")
    shown = pd.DataFrame(
        {
            "policy": rows["policy"],
            "measures": rows["policy"].map(_MEASURES),
            "sees": rows["sees"],
        }
    )
    return table(shown, labels={"measures": "what rings", "sees": "needs"})


@sourced
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
            # On one line: never a threshold without what it is compared with.
            "policy": part["policy"].str.replace(r" ([<>]) ", rf"{NBSP}\1{NBSP}", regex=True),
            "hits": part["hits"],
            "false_alarms": part["false_alarms"],
            "rate": [_between(row, "false_alarm_rate") for row in rows],
            "precision": [_with_bounds(row, "precision") for row in rows],
            "unscored_alarms": part["unscored_alarms"],
            "cost": part["cost"],
            "cost_random": [
                f"{row['cost_random']:.1f} "
                f"({_range(row['cost_random_low'], row['cost_random_high'])})"
                for row in rows
            ],
        }
    )
    recalls = {row["hits"]: _between(row, "recall") for row in rows}
    return table(
        shown,
        formats={"cost": ".0f"},
        labels={
            "policy": f"truth: {FIGURE[figure]} fell",
            "hits": ("hits", f"of {falls}"),
            "false_alarms": ("false alarms", f"of {quiet}"),
            "rate": ("their rate", "95 %"),
            "precision": ("precision", "95 %"),
            "unscored_alarms": ("alarms", "not judged"),
            "cost": ("cost", "of mistakes"),
            "cost_random": ("cost at", "random, 95 %"),
        },
        highlight=[place for place, row in enumerate(rows) if row["sees"] == "nothing"],
        note="Recall, 95 %: "
        + "; ".join(f"{hits} of {falls} is {said}" for hits, said in sorted(recalls.items()))
        + f". A miss costs {rows[0]['price_miss']:g}, a false alarm "
        f"{rows[0]['price_false_alarm']:g}. Not judged: undecided and suspect months.",
    )


@sourced
def cried_wolf(scores: pd.DataFrame) -> Picture:
    """Each policy's false-alarm rate with its interval, by both truths; hollow: it missed the fall.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.alarm_scores`.
    """
    shown = [p for p in dict.fromkeys(scores["policy"]) if p not in ("always", "never", ALIKE)]
    sees = scores.drop_duplicates("policy").set_index("policy")["sees"]
    with canvas((720, 302), cols=2, sharey=True) as (fig, axes):
        for ax, (name, said) in zip(axes, FIGURE.items(), strict=True):
            part = scores[scores["figure"] == name].set_index("policy").loc[shown]
            for place, row in enumerate(part.to_dict("records")):
                shade = colour(SEES[row["sees"]])
                low, high = row["false_alarm_rate_low"], row["false_alarm_rate_high"]
                ax.plot([low, high], [place, place], color=shade, linewidth=2.6)
                fill = shade if row["misses"] == 0 else colour("paper")
                ax.plot(
                    row["false_alarm_rate"], place, "o", color=shade, markerfacecolor=fill,
                    markersize=9, markeredgewidth=2,
                )  # fmt: skip
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
    return Picture(fig, _false_alarms_told(scores, shown))


@sourced
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


def _false_alarms(ax: Axes, scores: pd.DataFrame, policies: list[str], months: int) -> None:
    """Two columns to the right of the months, one for each truth."""
    ax.text(
        months + 8.6, 0.5, "false alarms", ha="right", va="center", fontsize=SMALL,
        color=colour("ink"), fontweight="bold",
    )  # fmt: skip
    for (name, said), x in zip(FIGURE.items(), (months + 4.2, months + 8.6), strict=True):
        part = scores[scores["figure"] == name].set_index("policy")
        quiet = part["scored"].iloc[0] - part["falls"].iloc[0]
        for y, text in ((1.5, said), (2.62, f"of {quiet}")):
            ax.text(
                x, y, text, ha="right", va="center", fontsize=SMALL, color=colour("ink")
            )  # fmt: skip
        for i, policy in enumerate(policies):
            count, missed = part.loc[policy, ["false_alarms", "misses"]]
            ax.text(
                x, i + 3.72, f"({count})" if missed else f"{count}", ha="right", va="center",
                fontsize=SMALL, color=colour("muted" if missed or not count else "ink"),
                fontweight="bold" if count else "normal",
            )  # fmt: skip


def _false_alarms_told(scores: pd.DataFrame, policies: list[str]) -> str:
    told = []
    for name, said in FIGURE.items():
        part = scores[scores["figure"] == name].set_index("policy").loc[policies]
        rates = ", ".join(
            f"{policy} {row['false_alarms']} of {row['scored'] - row['falls']}"
            + ("" if row["misses"] == 0 else " and misses the fall")
            for policy, row in zip(policies, part.to_dict("records"), strict=True)
        )
        told.append(f"Where {said} decides, false alarms: {rates}")
    return ". ".join(told) + "."


def _key(ax: Axes, height: float, *, marked: bool = False, end: float = 1.0) -> None:
    """The answers in their colours, from the right edge (or ``end``) on leftwards."""
    taken = 0.0
    per_inch = ax.figure.dpi_scale_trans
    for answer, (role, _, marker, sign) in reversed(TRUTH.items()):
        text = ax.annotate(
            answer if marked else f"{sign} {answer}".strip(), (end, height),
            xycoords="axes fraction", xytext=(-taken, 0), textcoords="offset points", ha="right",
            va="center", fontweight="bold", fontsize=SMALL, color=colour(role),
            annotation_clip=False,
        )  # fmt: skip
        taken += 72 * text.get_window_extent().transformed(per_inch.inverted()).width
        if marked:
            taken += 10
            ax.plot(
                end, height, marker=marker, color=colour(role), markersize=8, clip_on=False,
                transform=ax.transAxes + ScaledTranslation(-taken / 72, 0, per_inch),
                markeredgewidth=1.8,
                markerfacecolor=colour("paper" if answer == "undecided" else role),
            )  # fmt: skip
            taken += 5
        taken += 18


def _years(ax: Axes, months: list[str], shift: float = 0.0) -> None:
    # The first month too: it is where the story begins, whichever month it is.
    ticks = [j for j, month in enumerate(months) if month.endswith("-01") or j == 0]
    ax.set_xticks(
        [j + shift for j in ticks], [f"{month_name(months[j])[:3]} {months[j][:4]}" for j in ticks]
    )


def _between(row: Mapping[Hashable, Any], name: str) -> str | None:
    """The interval of a share, in whole per cents; nothing where nothing was divided."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return None if low != low else f"{_range(100 * low, 100 * high)}{NBSP}%"


def _with_bounds(row: Mapping[Hashable, Any], name: str) -> str | None:
    bounds = _between(row, name)
    return None if bounds is None else f"{row[name]:.2f} ({bounds})"


def _range(low: float, high: float) -> str:
    """Both ends on one line: a line may break behind a dash, but not beside a word joiner."""
    return f"{low:.0f}\N{WORD JOINER}–\N{WORD JOINER}{high:.0f}"
