"""Drift: D seen, D beside p, and why p alone misleads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from .annotate import canvas, label_line, month_axis, name_axis, percent_axis
from .build import appears
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import LARGE, SMALL
from .tables import Table, table
from .words import month_name


@sourced
def two_normals(ds: tuple[float, ...] = (0.02, 0.1, 0.3)) -> Picture:
    """Two normal distributions, one of them shifted until D is as asked for. No data.

    The gap is widest half-way: D = 2 Φ(shift / 2) − 1. On a slide each press moves the current
    distribution one panel further.

    Parameters
    ----------
    ds : tuple of float
        One panel each, above 0 and below 1.
    """
    shifts = [2 * float(stats.norm.ppf((1 + d) / 2)) for d in ds]
    x = np.linspace(-3, 4, 281)
    with canvas("slide", cols=len(ds), sharey=True) as (fig, axes):
        panels = np.atleast_1d(axes)
        for step, (ax, d, shift) in enumerate(zip(panels, ds, shifts, strict=True), 1):
            reference, current = stats.norm.cdf(x), stats.norm.cdf(x - shift)
            ax.plot(x, reference, color=colour("reference"))
            widest, ends = shift / 2, ((1 - d) / 2, (1 + d) / 2)
            appears(
                step,
                ax.fill_between(x, current, reference, color=tint("alarm", 0.16), linewidth=0),
                ax.plot(x, current, color=colour("current")),
                ax.plot([widest] * 2, ends, color=colour("alarm"), linewidth=5),
                ax.annotate(
                    f"D = {d:g}", (widest, 0.5), xytext=(32, -26), textcoords="offset points",
                    va="center", fontweight="bold", fontsize=LARGE, color=colour("alarm"),
                ),
                ax.set_title(f"means {shift:.2f} sd apart", fontsize=SMALL),
            )  # fmt: skip
            ax.set_xticks([-2, 0, 2, 4], ["−2", "0", "2", "4"])
            ax.set_ylim(0, 1)
            percent_axis(ax)
        panels[0].annotate(
            "reference", (0.03, 0.92), xycoords="axes fraction", va="center",
            color=colour("reference"), fontweight="bold",
        )  # fmt: skip
        appears(1, panels[0].annotate(
            "current", (0.03, 0.8), xycoords="axes fraction", va="center",
            color=colour("current"), fontweight="bold",
        ))  # fmt: skip
        panels[len(ds) // 2].set_xlabel(
            "value, in standard deviations (sd); upwards: share of records at or below it"
        )
    told = "; ".join(f"{s:.2f} sd apart, D = {d:g}" for d, s in zip(ds, shifts, strict=True))
    return Picture(
        fig,
        "Distribution functions of two normal distributions of one width, with means "
        f"{told}: the farther apart, the wider the largest gap between the curves.",
    )


@sourced
def gaps(*pairs: pd.DataFrame) -> Picture:
    """Distribution functions of trip speed for two pairs of months, with D marked.

    Parameters
    ----------
    pairs : two DataFrames
        `debugml.study.cdfs`, of trip speed in miles an hour.
    """
    with canvas("slide", cols=2, sharey=True) as (fig, axes):
        for ax, part in zip(axes, pairs, strict=True):
            reference, current = part["reference_month"].iloc[0], part["current_month"].iloc[0]
            ax.plot(part["value"], part["reference"], color=colour("reference"))
            ax.plot(part["value"], part["current"], color=colour("current"))
            gap = (part["reference"] - part["current"]).abs()
            widest = part.iloc[int(gap.argmax())]
            ax.plot(
                [widest["value"]] * 2,
                [widest["reference"], widest["current"]],
                color=colour("alarm"),
                linewidth=4,
            )
            ax.annotate(
                f"D = {gap.max():.3f}",
                (widest["value"], (widest["reference"] + widest["current"]) / 2),
                xytext=(30, -34),
                textcoords="offset points",
                va="center",
                fontweight="bold",
                fontsize=LARGE,
                color=colour("alarm"),
            )
            ax.set_xlabel("speed, miles an hour; upwards: share of trips")
            ax.set_title(
                f"{month_name(reference)} and {month_name(current)} {current[:4]}", fontsize=SMALL
            )
            percent_axis(ax)
            names: tuple[tuple[str, RoleName, float], ...] = (
                (reference, "reference", 0.16),
                (current, "current", 0.04),
            )
            for month, role, height in names:
                ax.annotate(
                    month_name(month), (0.98, height), xycoords="axes fraction", ha="right",
                    color=colour(role), fontweight="bold",
                )  # fmt: skip
        axes[0].set_ylim(0, 1)
    found = [(part["reference"] - part["current"]).abs().max() for part in pairs]
    return Picture(
        fig,
        "Distribution functions of trip speed in two pairs of months. "
        + " ".join(
            f"{part['reference_month'].iloc[0]} and {part['current_month'].iloc[0]}: D = {d:.3f}."
            for part, d in zip(pairs, found, strict=True)
        ),
    )


@sourced
def beside_published(ours: pd.DataFrame, published: pd.DataFrame, rows: int | None = None) -> Table:
    """D and p of each feature: published on full months, ours on the sample.

    Marked are those whose published p stays above 5 % after Bonferroni's correction.

    Parameters
    ----------
    ours : DataFrame
        `debugml.study.ks_months`.
    published : DataFrame
        `debugml.published.ks`.
    rows : int, optional
        How many of the published features to show, largest D first.
    """
    both = published.merge(ours, on="feature", suffixes=("_published", "_ours"))
    both = both.sort_values("statistic_published", ascending=False).head(rows or len(both))
    columns = ["feature", "statistic_published", "p_value_published", "statistic_ours"]
    return table(
        both[[*columns, "p_value_ours"]],
        highlight=np.flatnonzero(both["p_value_published"] * len(published) >= 0.05).tolist(),
        formats={
            "statistic_published": ".4f",
            "statistic_ours": ".4f",
            "p_value_published": _p,
            "p_value_ours": _p,
        },
        labels={
            "statistic_published": ("D", "published"),
            "p_value_published": ("p", "published"),
            "statistic_ours": ("D", "our sample"),
            "p_value_ours": ("p", "our sample"),
        },
    )


@sourced
def p_against_n(curves: pd.DataFrame, sizes: dict[str, int]) -> Picture:
    """The p-value of a fixed D as samples grow.

    Parameters
    ----------
    curves : DataFrame
        `debugml.drift.p_by_size`: ``statistic``, ``n``, ``p_value``.
    sizes : dict of str to int
        Sample sizes to mark, by name.
    """
    roles: tuple[RoleName, ...] = ("base_rate", "forest", "current")
    floor = 1e-20
    with canvas("slide") as (fig, ax):
        for (statistic, part), role in zip(curves.groupby("statistic"), roles, strict=True):
            drawn = part[part["p_value"] > floor]
            ax.plot(drawn["n"], drawn["p_value"], color=colour(role))
            end = drawn.iloc[-1]
            label_line(ax, end["n"], end["p_value"], f"D = {statistic:g}", role, side="left")
        ax.axhline(0.05, color=colour("alarm"), linewidth=1.4, linestyle=(0, (4, 3)))
        ax.annotate(
            "p = 0.05", (curves["n"].min(), 0.05), xytext=(4, -18), textcoords="offset points",
            color=colour("alarm"), fontsize=SMALL,
        )  # fmt: skip
        for name, n in sizes.items():
            ax.axvline(n, color=colour("muted"), linewidth=1.4, linestyle=(0, (4, 3)), zorder=1)
            ax.annotate(
                name, (n, 1), xycoords=("data", "axes fraction"), xytext=(-6, -16),
                textcoords="offset points", ha="right", fontsize=SMALL, color=colour("muted"),
            )  # fmt: skip
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_ylim(floor * 1e-2, 1e4)
        # Plain labels: a raised exponent would be too small to read.
        ax.set_yticks([1, 1e-5, 1e-10, 1e-15, 1e-20], ["1", "1e−5", "1e−10", "1e−15", "1e−20"])
        ticks = [10**power for power in range(2, 7)]
        ax.set_xticks(ticks, [*(f"{n:,}" for n in ticks[:-1]), "1 million"])
        ax.minorticks_off()
        ax.set_xlabel("trips in each sample")
        name_axis(ax, "two-sided p at a fixed D")
    small, large = (sizes[name] for name in list(sizes)[:2])
    middle = sorted(curves["statistic"].unique())[1]
    part = curves[curves["statistic"] == middle]
    at = {n: part.iloc[(part["n"] - n).abs().argmin()]["p_value"] for n in (small, large)}
    return Picture(
        fig,
        f"At a fixed D of {middle:g}, p is {at[small]:.2g} with {small:,} trips a sample and below "
        f"10 to the {np.log10(max(at[large], 1e-300)):.0f} with {large:,}: p falls with n alone.",
    )


@sourced
def adjacent(pairs: pd.DataFrame) -> Picture:
    """The largest D between each month and the one before.

    Parameters
    ----------
    pairs : DataFrame
        `debugml.study.ks_adjacent`.
    """
    top = pairs.nlargest(1, "statistic").iloc[0]
    suspect = pairs[pairs["feature"] == "passenger_count"]
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(pairs["month"]), every=6)
        roles: list[RoleName] = [
            "current" if m == top["month"] else "missing" if f == "passenger_count" else "reference"
            for m, f in zip(pairs["month"], pairs["feature"], strict=True)
        ]
        ax.bar(x, pairs["statistic"], color=[colour(role) for role in roles], width=0.72)
        at = int(pairs.index[pairs["month"] == top["month"]][0])
        ax.annotate(
            f"{month_name(top['month'])} {top['month'][:4]}: {top['feature'].replace('_', ' ')}",
            (x[at], top["statistic"]),
            xytext=(-14, -4), textcoords="offset points", ha="right", va="top",
            fontweight="bold", color=colour("current"),
        )  # fmt: skip
        if len(suspect):
            first = int(suspect.index[0])
            ax.annotate(
                "passenger count: suspect", (x[first], suspect["statistic"].iloc[0]),
                xytext=(0, 10), textcoords="offset points", ha="center",
                fontweight="bold", color=colour("missing"),
            )  # fmt: skip
        name_axis(ax, "largest D of any feature, against the month before")
    return Picture(
        fig,
        f"KS with Bonferroni's correction fires in {pairs['fires'].sum()} of {len(pairs)} pairs of "
        f"adjacent months. The largest D is {top['statistic']:.2f}, in {top['month']}; in the "
        f"median pair it is {pairs['statistic'].median():.2f}.",
    )


@sourced
def beyond(adjacent: pd.DataFrame, facts: pd.DataFrame, months: Sequence[str]) -> Table:
    """What D pointed at in a month, and what moved that no feature holds.

    Parameters
    ----------
    adjacent : DataFrame
        `debugml.study.ks_adjacent`.
    facts : DataFrame
        `debugml.study.month_facts`.
    months : sequence of str
        Each is set against the month before.
    """
    pairs = adjacent.set_index("month").to_dict("index")
    by_month = facts.set_index("month").to_dict("index")
    rows = []
    for month in months:
        before, after = by_month[str(pd.Period(month) - 1)], by_month[month]
        widest = pairs[month]
        rows.append(
            {
                "month": f"{month_name(month)} {month[:4]}",
                "statistic": widest["statistic"],
                "feature": widest["feature"],
                **{
                    name: _went(before[name], after[name])
                    for name in ("base_rate", "cash", "missing")
                },
            }
        )
    return table(
        pd.DataFrame(rows),
        formats={"statistic": ".3f"},
        labels={
            "statistic": ("D", "largest"),
            "feature": ("of", "feature"),
            "base_rate": ("high tips", "base rate"),
            "cash": ("cash", "payment"),
            "missing": ("missing", "payment"),
        },
    )


def _went(before: float, after: float) -> str:
    """Per cent, on one line."""
    return f"{100 * before:.1f} → {100 * after:.1f} %".replace(" ", "\N{NO-BREAK SPACE}")


def _p(value: float) -> str:
    if value == 0:
        return "< 1e-300"
    return f"{value:.2f}" if value >= 0.01 else f"{value:.0e}".replace("e-0", "e-")
