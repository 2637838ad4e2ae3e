"""Evidence and size: the tidy table, checked p-values, the CPS chart, two questions."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .annotate import band, canvas, name_axis, percent_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table

NBSP = "\N{NO-BREAK SPACE}"

ANSWERS: tuple[tuple[str, str, RoleName, float], ...] = (
    ("all_clear", "all-clear", "ranking", 0.3),
    ("cant_tell", "can't tell", "base_rate", 0.16),
    ("alarm", "alarm", "alarm", 0.3),
)
"""The three answers from the bottom up: column, name, role, strength of the fill."""


@sourced
def compared(found: pd.DataFrame) -> Table:
    """Each column's D with its bounds, p of no change, and the answers to both questions.

    Parameters
    ----------
    found : DataFrame
        `debugml.drift.compare`, with p-values.
    """
    shown = pd.DataFrame(
        {
            "column": found["column"],
            "effect": found["effect"],
            "bounds": [
                f"{low:.3f}{NBSP}to{NBSP}{high:.3f}"
                for low, high in zip(found["effect_low"], found["effect_high"], strict=True)
            ],
            **{name: found[name] for name in ("p_value", "p_alarm", "p_clear", "verdict")},
        }
    )
    said = found.attrs
    return table(
        shown,
        formats={"effect": ".3f", **dict.fromkeys(("p_value", "p_alarm", "p_clear"), _p)},
        labels={
            "effect": ("D", "effect"),
            "bounds": ("bounds", f"{100 * (1 - said['level']):g} %"),
            "p_value": ("p", "D = 0"),
            "p_alarm": ("p, alarm", f"D ≤ {said['tolerance']:g}"),
            "p_clear": ("p, all-clear", f"D ≥ {said['tolerance']:g}"),
        },
        highlight=[place for place, word in enumerate(found["verdict"]) if word != "same"],
        note=f"Tolerance {said['tolerance']:g}. Alarms adjusted over columns: "
        f"{said['correction'].capitalize()}. Trips taken as independent.",
    )


@sourced
def measures(found: pd.DataFrame, rows: int | None = None) -> Table:
    """D beside total variation, Jensen–Shannon distance, PSI and scaled Wasserstein.

    Parameters
    ----------
    found : DataFrame
        `debugml.drift.compare`.
    rows : int, optional
        How many to show, largest effect first.
    """
    names = ["effect", "total_variation", "jensen_shannon", "psi", "wasserstein"]
    return table(
        found.head(rows or len(found))[["column", *names]],
        formats={**dict.fromkeys(names[:4], ".3f"), "wasserstein": _distance},
        labels={
            "effect": "D",
            "total_variation": ("total", "variation"),
            "jensen_shannon": ("Jensen–", "Shannon"),
            "psi": "PSI",
            "wasserstein": ("Wasserstein", "in sd"),
        },
    )


@sourced
def check(published_check: pd.DataFrame) -> Table:
    """Published p-values beside those that one of them predicts for all others.

    Parameters
    ----------
    published_check : DataFrame
        `debugml.study.published_check`.
    """
    rows = published_check.to_dict("records")
    shown = pd.DataFrame(
        {
            "feature": published_check["feature"],
            "statistic": published_check["statistic"],
            "published": [
                _power(row["log10_p_published"]) if row["p_published"] else "p = 0" for row in rows
            ],
            "predicted": [
                "solved for n"
                if row["anchor"]
                else f"{_power(row['log10_low'])}{NBSP}to{NBSP}{_power(row['log10_high'])}"
                for row in rows
            ],
        }
    )
    return table(
        shown,
        formats={"statistic": ".6f"},
        labels={
            "statistic": ("D", "published"),
            "published": ("log10 p", "published"),
            "predicted": ("log10 p", "predicted"),
        },
        highlight=[place for place, row in enumerate(rows) if row["anchor"]],
    )


@sourced
def smallest(significant_d: pd.DataFrame) -> Table:
    """The smallest D with p ≤ 0.05 at round sample sizes, for one test and for several.

    Parameters
    ----------
    significant_d : DataFrame
        `debugml.study.significant_d`.
    """
    wide = significant_d.pivot(index="n", columns="tests", values="statistic")
    wide = wide[[n in {10**power for power in range(10)} for n in wide.index]]
    one, *more = wide.columns
    return table(
        wide.rename(columns=str).reset_index(),
        formats={"n": ",d", **dict.fromkeys(map(str, wide.columns), ".4f")},
        labels={
            "n": ("n", "records a side"),
            str(one): ("smallest D", "one test"),
            **{str(n): ("smallest D", f"{n} tests, Bonferroni") for n in more},
        },
    )


@sourced
def cps(charted: pd.DataFrame) -> Picture:
    """D, its p, and the share of significant subsamples, as the samples grow.

    The chart of Lin, Lucas and Shmueli (2013), with D for the coefficient.

    Parameters
    ----------
    charted : DataFrame
        `debugml.study.cps`.
    """
    n = charted["n"]
    first, last = charted.iloc[0], charted.iloc[-1]
    name = str(first["feature"]).replace("_", " ")
    drawn: tuple[tuple[str, RoleName], ...] = (
        ("d", "forest"),
        ("p", "ranking"),
        ("significant", "current"),
    )
    with canvas("slide", cols=3) as (fig, axes):
        for ax, (middle, role) in zip(axes, drawn, strict=True):
            if f"{middle}_low" in charted:
                band(ax, n, charted[f"{middle}_low"], charted[f"{middle}_high"], role)
            ax.plot(n, charted[middle], color=colour(role), marker="o", markersize=6)
            ax.set_ylim(0, None)
            _sizes(ax)
        axes[1].axhline(0.05, color=colour("alarm"), linewidth=1.4, linestyle=(0, (4, 3)))
        axes[1].annotate(
            "0.05", (n.iloc[0], 0.05), xytext=(2, 4), textcoords="offset points",
            color=colour("alarm"), fontsize=SMALL, fontweight="bold",
        )  # fmt: skip
        percent_axis(axes[2])
        name_axis(axes[0], f"D of {name}")
        name_axis(axes[1], "p")
        name_axis(axes[2], "share with p < 0.05")
        axes[1].set_xlabel("trips a side, drawn at random")
    return Picture(
        fig,
        f"{name.capitalize()} of two years in subsamples: with {first['n']:,} trips a side the "
        f"median D is {first['d']:.3f}, p {first['p']:.2f}, and {first['significant']:.0%} of "
        f"subsamples are significant; with {last['n']:,} D is {last['d']:.4f}, p "
        f"{last['p']:.3f}, and {last['significant']:.0%} are.",
    )


@sourced
def two_questions(asked: pd.DataFrame) -> Picture:
    """Shares of alarm, can't tell and all-clear against n, for three true Ds; KS as a line.

    Parameters
    ----------
    asked : DataFrame
        `debugml.study.two_questions`.
    """
    tolerance = float(asked["tolerance"].iloc[0])
    true_ds = (0.0, tolerance, 2 * tolerance)
    parts = [asked[(asked["true_d"] - d).abs() < 1e-9].sort_values("n") for d in true_ds]
    heads = ("true D = 0", f"D = {tolerance:g}: tolerance", f"D = {2 * tolerance:g}: twice")
    with canvas("slide", cols=3, sharey=True) as (fig, axes):
        for ax, part, head, height in zip(axes, parts, heads, (0.7, 0.5, 0.22), strict=True):
            _answers(ax, part, height)
            ax.plot(part["n"], part["ks"], color=colour("ink"), linestyle=(0, (2, 1.2)))
            _sizes(ax)
            ax.set_xlim(100, 1_000_000)
            ax.set_ylim(0, 1)
            ax.grid(visible=False)
            ax.set_title(head, fontsize=SMALL)
        percent_axis(axes[0])
        # Apart from the curve, on the side where it leaves room.
        spot = ((0.97, 0.1, "right"), (0.97, 0.92, "right"), (0.97, 0.92, "right"))
        for ax, (x, y, side) in zip(axes, spot, strict=True):
            ax.annotate(
                "KS fires", (x, y), xycoords="axes fraction", ha=side, va="center",
                color=colour("ink"), fontsize=SMALL, fontweight="bold",
            )  # fmt: skip
        axes[1].set_xlabel("records in each sample")
    told = "; ".join(
        f"true D {d:g}: " + ", ".join(_told(part, n) for n in (1_000, 10_000, 1_000_000))
        for d, part in zip(true_ds, parts, strict=True)
    )
    return Picture(
        fig,
        f"Shares of simulated samples by answer, at a tolerance of {tolerance:g}. {told}.",
    )


def _answers(ax: Axes, part: pd.DataFrame, height: float) -> None:
    """Stacked shares, each named where it is widest."""
    below = pd.Series(0.0, index=part.index)
    for column, name, role, strength in ANSWERS:
        above = below + part[column]
        ax.fill_between(part["n"], below, above, color=tint(role, strength), linewidth=0)
        filled = part[part[column] > 0.7]
        if len(filled):
            x = (float(filled["n"].iloc[0]) * float(filled["n"].iloc[-1])) ** 0.5
            ax.annotate(
                name.replace(" ", "\n"), (x, height), ha="center", va="center",
                color=colour(role), fontweight="bold",
            )  # fmt: skip
        below = above


def _told(part: pd.DataFrame, n: int) -> str:
    row = part[part["n"] == n].iloc[0]
    said = ", ".join(f"{name} {row[column]:.0%}" for column, name, *_ in ANSWERS)
    return f"with {n:,} records {said}, KS {row['ks']:.0%}"


def _sizes(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.set_xticks([100, 3_000, 100_000], ["100", "3,000", "100,000"])
    ax.minorticks_off()


def _power(log10: float) -> str:
    return f"{log10:,.2f}".replace("-", "−")


def _distance(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.0f}"


def _p(value: float) -> str:
    if value >= 0.0995:
        return f"{value:.2f}"
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"
