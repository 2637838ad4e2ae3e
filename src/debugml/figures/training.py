"""Training: the forest beside always saying yes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from .annotate import canvas, name_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import LARGE, SMALL
from .tables import Table, table
from .words import month_name, signed


@sourced
def train_and_test(scores: pd.DataFrame, published: pd.DataFrame) -> Picture:
    """F1 on the training month and on the next, published and ours.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.monthly_scores`; its first two months are shown.
    published : DataFrame
        `debugml.published.f1`.
    """
    both = scores.head(2).merge(published, on="month", suffixes=("", "_published"))
    rows: tuple[tuple[str, str, str, RoleName], ...] = (
        ("published", "full months", "f1_published", "published"),
        ("ours", "samples", "f1", "forest"),
    )
    train, test = (month_name(month) for month in both["month"])
    with canvas((720, 216)) as (fig, ax):
        for place, (*_, column, role) in zip((1, 0), rows, strict=True):
            seen, new = both[column]
            ax.plot([new, seen], [place, place], color=colour(role), linewidth=5, zorder=2)
            ends: tuple[tuple[float, float, str, RoleName], ...] = (
                (seen, new, f"{train}, train", "paper"),
                (new, seen, f"{test}, test", role),
            )
            for value, other, said, fill in ends:
                right = value > other
                ax.plot(
                    value, place, "o", markersize=17, markeredgewidth=3,
                    markeredgecolor=colour(role if fill == "paper" else "paper"),
                    markerfacecolor=colour(fill), zorder=3,
                )  # fmt: skip
                ax.annotate(
                    f"{value:.3f}", (value, place), xytext=(16 if right else -16, 0),
                    textcoords="offset points", ha="left" if right else "right", va="center",
                    fontweight="bold", fontsize=LARGE, color=colour(role),
                )  # fmt: skip
                ax.annotate(
                    said, (value, place), xytext=(16 if right else -16, -22),
                    textcoords="offset points", ha="left" if right else "right", va="center",
                    color=colour("muted"), fontsize=SMALL,
                )  # fmt: skip
        ax.set_yticks([1, 0], [f"{name}\n{what}" for name, what, *_ in rows])
        ax.tick_params(axis="y", labelcolor=colour("ink"))
        ax.set_ylim(-0.75, 1.5)
        ax.set_xlim(0.55, 0.9)
        ax.locator_params(axis="x", nbins=5)
        ax.grid(visible=False)
        ax.grid(axis="x", visible=True)
        name_axis(ax, "F1")
    told = "; ".join(
        f"{name}, {both[column].iloc[0]:.3f} in {train} and {both[column].iloc[1]:.3f} in {test}"
        for name, _, column, _ in rows
    )
    return Picture(fig, f"F1 on the training month and on the next: {told}.")


@sourced
def decisions(scores: pd.DataFrame, month: str) -> Picture:
    """One month's trips by what the forest said and what was true, as areas.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.monthly_scores`.
    """
    row = scores[scores["month"] == month].iloc[0]
    counts = confusion(row)
    yes = counts["tp"] + counts["fp"]
    said = {"yes": yes / row["n"], "no": 1 - yes / row["n"]}
    cells: tuple[tuple[str, str, str, float, RoleName, float], ...] = (
        ("tp", "yes", "right", 0, "forest", 1),
        ("fp", "yes", "wrong", counts["tp"] / yes, "alarm", 0.22),
        ("tn", "no", "right", 0, "forest", 1),
        ("fn", "no", "wrong", counts["tn"] / (row["n"] - yes), "alarm", 0.22),
    )
    gap = 0.008
    with canvas((720, 236)) as (fig, ax):
        for key, answer, judged, left, role, strength in cells:
            height, top = said[answer], 0.0 if answer == "yes" else said["yes"] + gap
            width = counts[key] / (yes if answer == "yes" else row["n"] - yes)
            face, edge = tint(role, strength), colour("paper")
            ax.add_patch(
                Rectangle((left, top), width, height, facecolor=face, edgecolor=edge, linewidth=3)
            )
            ax.annotate(
                f"{counts[key]:,} {judged}", (left, top + height / 2), xytext=(14, 0),
                textcoords="offset points", va="center", fontweight="bold",
                color=colour("paper" if strength == 1 else "ink"),
            )  # fmt: skip
        ax.set_ylim(1 + gap, 0)
        ax.set_xlim(0, 1)
        ax.set_xticks([])
        ax.set_yticks([said["yes"] / 2, 1 + gap - said["no"] / 2], ["said “yes”", "said “no”"])
        ax.tick_params(axis="y", labelcolor=colour("ink"))
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        name_axis(ax, f"{row['n']:,.0f} trips of {month}; area is number")
    return Picture(
        fig,
        f"Of {row['n']:,.0f} trips in {month} the forest says yes to {yes:,}, of which "
        f"{counts['tp']:,} had a high tip, and no to {row['n'] - yes:,.0f}, of which "
        f"{counts['fn']:,} had one.",
    )


def confusion(row: pd.Series[Any]) -> dict[str, int]:
    """Counts of right and wrong decisions, from a month's n, base rate, precision and recall.

    Parameters
    ----------
    row : Series
        A row of `debugml.study.monthly_scores`.

    Returns
    -------
    dict of str to int
        ``tp``, ``fp``, ``fn`` and ``tn``, which sum to n.

    Examples
    --------
    >>> row = pd.Series({"n": 100, "base_rate": 0.6, "precision": 0.75, "recall": 0.5})
    >>> confusion(row)
    {'tp': 30, 'fp': 10, 'fn': 30, 'tn': 30}
    """
    positives = row["base_rate"] * row["n"]
    found = positives * row["recall"]
    tp, fp, fn = (round(c) for c in (found, found / row["precision"] - found, positives - found))
    return {"tp": tp, "fp": fp, "fn": fn, "tn": int(row["n"]) - tp - fp - fn}


@sourced
def saved(scores: pd.DataFrame, month: str) -> Picture:
    """What the forest saves against the cheaper constant, by what a wrong "yes" costs.

    The unit is the cost of a wrong "no"; the price at which a decision is worth taking is
    Elkan's (2001). For a month in which there is a span where the forest is cheaper.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.monthly_scores`.
    """
    row = scores[scores["month"] == month].iloc[0]
    fp, fn = (confusion(row)[kind] / row["n"] for kind in ("fp", "fn"))
    low, high = worth_between(row)
    rate = row["base_rate"]
    even = rate / (1 - rate)
    # The corners of a broken line: the ends, where the constants swap, where it crosses zero.
    x = np.array([0, low, even, high, 1.45 * high])
    y = np.minimum(x * (1 - rate), rate) - (fn + x * fp)
    spans: tuple[tuple[float, float, str, RoleName], ...] = (
        (0, low, "always yes is cheaper", "always_yes"),
        (low, high, "the forest is cheaper", "forest"),
        (high, x[-1], "always no is cheaper", "base_rate"),
    )
    with canvas("slide") as (fig, ax):
        ax.fill_between(x, 0, y, where=(x >= low) & (x <= high), color=tint("forest", 0.18), lw=0)
        ax.plot(x, y, color=colour("forest"), linewidth=3.6)
        ax.axhline(0, color=colour("ink"), linewidth=1.2)
        ax.set_xlim(0, x[-1])
        ax.set_ylim(y.min(), y.max() * 2)
        for left, right, said, role in spans:
            ax.annotate(
                said, ((left + right) / 2, y.max() * 1.55), ha="center", va="center",
                color=colour(role), fontweight="bold",
            )  # fmt: skip
        for at in (low, high):
            ax.axvline(at, color=colour("faint"), linewidth=1.4, linestyle=(0, (4, 3)), zorder=1)
            ax.annotate(
                f"{at:.2f}", (at, y.min()), xytext=(-8, 10), textcoords="offset points",
                ha="right", fontweight="bold",
            )  # fmt: skip
        ax.yaxis.set_major_formatter(lambda v, _: signed(v, 2) if abs(v) > 1e-9 else "0")
        ax.locator_params(axis="x", nbins=5)
        ax.set_xlabel("cost of a wrong “yes”, where a wrong “no” costs 1")
        name_axis(ax, f"saved a trip in {month}, against the cheaper of two constants")
    return Picture(
        fig,
        f"In {month} the forest costs less than both constants where a wrong yes costs between "
        f"{low:.2f} and {high:.2f} times as much as a wrong no. It saves most at {even:.2f}, "
        f"{y[2]:.3f} a trip. Below that span always saying yes is cheapest, above it always "
        "saying no.",
    )


def worth_between(row: pd.Series[Any]) -> tuple[float, float]:
    """Between which costs of a wrong "yes" the forest beats always-yes and always-no.

    Parameters
    ----------
    row : Series
        A row of `debugml.study.monthly_scores`.

    Returns
    -------
    tuple of float
        In units of a wrong "no". The span is empty where the first exceeds the second.

    Examples
    --------
    >>> row = pd.Series({"n": 100, "base_rate": 0.6, "precision": 0.75, "recall": 0.5})
    >>> worth_between(row)
    (1.0, 3.0)
    """
    counts = confusion(row)
    positives = counts["tp"] + counts["fn"]
    # Always-yes has all negatives wrong; the forest spares itself the true negatives of those.
    return counts["fn"] / counts["tn"], (positives - counts["fn"]) / counts["fp"]


@sourced
def beside_yes(scores: pd.DataFrame, month: str) -> Picture:
    """One month's F1 of the forest and of always-yes, and their difference with its interval.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.monthly_scores`.
    """
    row = scores[scores["month"] == month].iloc[0]
    bars: tuple[tuple[str, float, RoleName], ...] = (
        ("always yes", row["always_yes_f1"], "always_yes"),
        ("forest", row["f1"], "forest"),
    )
    with canvas("slide", rows=2, height_ratios=[3, 2]) as (fig, (top, bottom)):
        for place, (name, value, role) in enumerate(bars):
            top.barh(place, value, color=colour(role), height=0.66)
            top.annotate(
                f"{name}  {value:.3f}",
                (0, place),
                xytext=(12, 0),
                textcoords="offset points",
                va="center",
                color=colour("paper"),
                fontweight="bold",
            )
        top.set_xlim(0, 1)
        top.set_xticks([])
        top.set_yticks([])
        top.grid(False)
        top.spines["bottom"].set_visible(False)
        name_axis(top, f"F1 in {month}")

        bottom.axvline(0, color=colour("faint"), linewidth=1.4)
        low, high = row["difference_low"], row["difference_high"]
        bottom.plot([low, high], [0, 0], color=colour("forest"), linewidth=5)
        bottom.plot(row["difference"], 0, "o", color=colour("forest"), markersize=13)
        bottom.set_ylim(-1, 1)
        bottom.set_xlim(-0.02, 0.02)
        bottom.set_xticks([-0.02, -0.01, 0, 0.01, 0.02])
        bottom.set_yticks([])
        bottom.grid(False)
        name_axis(bottom, "forest − always yes, 95 % interval over days")
        bottom.annotate(
            signed(row["difference"]),
            (row["difference"], 0),
            xytext=(0, 12),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
            color=colour("forest"),
        )
    return Picture(
        fig,
        f"In {month} the forest's F1 is {row['f1']:.3f} and that of always saying yes "
        f"{row['always_yes_f1']:.3f}. The difference is {row['difference']:+.3f}, with a 95 % "
        f"interval over days from {low:+.3f} to {high:+.3f}.",
    )


@sourced
def figures_of(scores: pd.DataFrame, months: list[str]) -> Table:
    """F1 with always-yes, base rate, AUC and skill beside it, for the months named."""
    shown = scores[scores["month"].isin(months)][
        ["month", "n", "f1", "always_yes_f1", "base_rate", "auc", "skill", "skill_own_rate"]
    ]
    return table(
        shown,
        formats={"n": ",d", **dict.fromkeys(("f1", "always_yes_f1", "base_rate", "auc"), ".3f")}
        | {"skill": "+.3f", "skill_own_rate": "+.3f"},
        labels={
            "n": "trips",
            "f1": "F1",
            "always_yes_f1": "always yes",
            "base_rate": "base rate",
            "auc": "AUC",
            "skill": ("skill", "training rate"),
            "skill_own_rate": ("skill", "own rate"),
        },
    )


@sourced
def calibration(bins: pd.DataFrame, month: str) -> Picture:
    """Promised against observed shares of high tips.

    Parameters
    ----------
    bins : DataFrame
        `debugml.study.calibration`.
    """
    most = bins.iloc[int(bins["n"].argmax())]
    with canvas("slide") as (fig, ax):
        ax.plot([0, 1], [0, 1], color=colour("faint"), linewidth=1.4, linestyle=(0, (4, 3)))
        sizes = 40 + 900 * bins["n"] / bins["n"].max()
        ax.scatter(
            bins["promised"], bins["observed"], s=sizes, color=colour("forest"), linewidths=0
        )
        for place, row in enumerate(bins.nlargest(3, "n").sort_values("promised").itertuples()):
            left = place % 2 == 1
            ax.annotate(
                f"{row.n:,} trips",
                (row.promised, row.observed),
                xytext=(-22, 12) if left else (22, -18),
                textcoords="offset points",
                ha="right" if left else "left",
            )
        ax.set_xlim(-0.03, 0.85)
        ax.set_ylim(-0.05, 0.88)
        ax.set_xlabel("promised: mean probability in the bin")
        name_axis(ax, "observed: share of high tips")
    return Picture(
        fig,
        f"In {month} most trips ({most['n']:,.0f} of {bins['n'].sum():,}) are given about "
        f"{most['promised']:.2f}, and {most['observed']:.2f} of them have a high tip: the "
        "probabilities are right on average and say little about the single trip.",
    )
