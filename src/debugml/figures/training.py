"""Training: the forest beside always saying yes."""

from __future__ import annotations

import pandas as pd

from .annotate import canvas, name_axis
from .palette import RoleName, colour
from .picture import Picture
from .provenance import sourced
from .tables import Table, table
from .words import signed


@sourced
def offline(scores: pd.DataFrame, published: pd.DataFrame) -> Table:
    """F1 on the training month and the next, published and ours.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.monthly_scores`; its first two months are shown.
    published : DataFrame
        `debugml.published.f1`.
    """
    ours = scores.head(2).merge(published, on="month", suffixes=("", "_published"))
    shown = pd.DataFrame(
        {
            "month": ours["month"] + pd.Series([" (train)", " (test)"]),
            "published": ours["f1_published"],
            "ours": ours["f1"],
        }
    )
    return table(
        shown,
        formats={"published": ".3f", "ours": ".3f"},
        labels={
            "month": "F1 in",
            "published": ("published", "full months"),
            "ours": ("ours", "10,000 trips a month"),
        },
    )


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
