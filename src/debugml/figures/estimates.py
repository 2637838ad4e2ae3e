"""Estimates without labels: how near they come, where they must miss, and why."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .annotate import band, canvas, label_line, month_axis, name_axis, percent_axis, settle
from .build import appears
from .palette import RoleName, colour
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import month_name, signed


@sourced
def estimated(
    pairs: pd.DataFrame, train: str, marked: tuple[str, ...] = ("2020-04", "2020-05")
) -> Picture:
    """Estimated F1 by month for one training month; then the truth and the misses, named.

    Parameters
    ----------
    pairs : DataFrame
        `debugml.study.estimates`.
    marked : tuple of str
        Months whose miss is drawn and written out.
    """
    of = pairs[pairs["train"] == train].reset_index(drop=True)
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(of["month"]))
        band(ax, x, of["f1_low"], of["f1_high"], "base_rate")
        ax.plot(x, of["f1_estimated"], color=colour("base_rate"), linestyle=(0, (4, 2)))
        payment = ax.plot(x, of["f1_by_payment"], color=colour("ranking"), linewidth=1.8)
        truth = ax.plot(x, of["f1"], color=colour("forest"), linewidth=3.2)
        last = of.iloc[-1]
        label_line(ax, x[-1], last["f1_estimated"], "estimated", "base_rate")
        payment += [label_line(ax, x[-1], last["f1_by_payment"], "within payment", "ranking")]
        truth += [label_line(ax, x[-1], last["f1"], "true", "forest")]
        truth += _misses(ax, of[of["month"].isin(marked)], len(of))
        ax.yaxis.set_major_formatter("{x:.2f}")
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        ax.margins(y=0.09)
        name_axis(ax, "F1 on the sample; band: 95 % interval, if a probability means what it did")
        # Labels are kept apart before the steps take over their marks.
        settle(fig)
        appears(1, truth)
        appears(2, payment)
    shown = of[of["month"].isin(marked)]
    said = "; ".join(
        f"{row.month}: {row.f1_estimated:.3f} estimated, {row.f1:.3f} true, "
        f"{row.f1_by_payment:.3f} if calibrated by payment"
        for row in shown.itertuples()
    )
    mean, within = of["f1_error"].abs().mean(), of["f1_by_payment_error"].abs().mean()
    inside = int(of["f1"].between(of["f1_low"], of["f1_high"]).sum())
    return Picture(
        fig,
        f"F1 of the forest of {train} without labels. {said}. Over its {len(of)} months the mean "
        f"absolute error is {mean:.3f}, by payment {within:.3f}; the true F1 lies in the "
        f"interval in {inside} of them.",
    )


def _misses(ax: Axes, marked: pd.DataFrame, months: int) -> list[Artist]:
    """A line from truth to estimate in each month; all written out after the last."""
    drawn: list[Artist] = []
    for at, (_, row) in zip(marked.index.to_numpy(), marked.iterrows(), strict=True):
        ends = [row["f1"], row["f1_estimated"]]
        drawn += ax.plot([at, at], ends, color=colour("alarm"), linewidth=2, zorder=4)
    if len(marked):
        said = [f"{_said(row['month'])} {signed(row['f1_error'])}" for _, row in marked.iterrows()]
        written = ax.annotate(
            "\n".join(said),
            (marked.index[-1], marked["f1"].iloc[-1]),
            # Beside the recovery, which is the steeper the more months there are.
            xytext=(16 + 250 / months, -8),
            textcoords="offset points",
            color=colour("alarm"),
            fontsize=SMALL,
            fontweight="bold",
        )
        drawn.append(written)
    return drawn


@sourced
def meaning(bins: pd.DataFrame, month: str) -> Picture:
    """Share of high tips at each promised probability, in the calibration month and later.

    Parameters
    ----------
    bins : DataFrame
        `debugml.study.estimate_meaning`.
    month : str
        The later month.
    """
    before = bins["month"].iloc[0]
    both: tuple[tuple[str, RoleName], ...] = ((before, "reference"), (month, "current"))
    most = bins[bins["month"].isin([before, month])]["share"].max()
    with canvas("slide") as (fig, ax):
        for name, role in both:
            of = bins[bins["month"] == name]
            ax.plot(of["promised"], of["observed"], color=colour(role), linewidth=1.6)
            sizes = 30 + 500 * of["share"] / most
            ax.scatter(of["promised"], of["observed"], s=sizes, color=colour(role), linewidths=0)
            end = of.iloc[-1]
            label_line(ax, end["promised"], end["observed"], _said(name, year=True), role, gap=14)
        ax.set_xlabel("promised probability of a high tip; dot size: share of the month's trips")
        ax.margins(x=0.04, y=0.14)
        percent_axis(ax)
        name_axis(ax, "share of trips with a high tip")
    wide = bins.pivot(index="bin", columns="month", values="observed")
    top = wide.index[-1]
    gap = (wide[month] - wide[before]).loc[wide.index > 0]
    return Picture(
        fig,
        f"The same promise, kept less often: where the forest promises most, "
        f"{wide.loc[top, before]:.0%} of the trips of {before} had a high tip and "
        f"{wide.loc[top, month]:.0%} of those of {month}. Leaving out the lowest tenth, the share "
        f"fell by {-gap.max() * 100:.0f} to {-gap.min() * 100:.0f} points at every promise.",
    )


@sourced
def split(misses: pd.DataFrame, month: str) -> Picture:
    """One month's error of the F1, by cause: how many trips of a kind, and how they tip.

    Parameters
    ----------
    misses : DataFrame
        `debugml.study.estimate_misses`.
    """
    of = misses[misses["month"] == month]
    whole = of["f1_error"].sum()
    parts: tuple[tuple[str, float, RoleName], ...] = (
        ("more cash and missing,\nfewer cards", of["mix"].sum(), "alarm"),
        ("tips within a\npayment type", of["tips"].sum(), "forest"),
        ("left over from the\ncalibration month", of["before"].sum(), "base_rate"),
    )
    with canvas("strip") as (fig, ax):
        places = range(len(parts) - 1, -1, -1)
        for place, (_, value, role) in zip(places, parts, strict=True):
            ax.barh(place, value, color=colour(role), height=0.6)
            ax.annotate(
                signed(value),
                (max(value, 0), place),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                color=colour(role),
                fontweight="bold",
            )
        ax.set_yticks(list(places), [name for name, _, _ in parts])
        ax.tick_params(axis="y", labelcolor=colour("ink"))
        ax.axvline(0, color=colour("faint"), linewidth=1.4)
        ax.set_xlim(min(0, of["tips"].sum() * 1.6), max(0.02, of["mix"].sum() * 1.15))
        ax.set_xticks([])
        ax.grid(False)
        ax.spines["bottom"].set_visible(False)
        name_axis(
            ax, f"estimated − true F1 in {_said(month, year=True)}: {signed(whole)}, of which"
        )
    return Picture(
        fig,
        f"Of the miss of {whole:+.3f} in {month}, {of['mix'].sum():+.3f} comes from the mix of "
        f"payment types, {of['tips'].sum():+.3f} from other tipping within a type and "
        f"{of['before'].sum():+.3f} from the calibration itself.",
    )


@sourced
def errors(spans: pd.DataFrame) -> Table:
    """Mean absolute errors of the F1: estimators and a naive forecast, with skill beside them.

    Parameters
    ----------
    spans : DataFrame
        `debugml.study.estimate_errors`.
    """
    of_f1 = ["estimated", "by_payment", "uncalibrated", "unchanged"]
    shown = spans[["span", "pairs", *of_f1, "skill"]]
    return table(
        shown,
        formats={"pairs": ",d", "skill": "+.3f"} | dict.fromkeys(of_f1, ".3f"),
        labels={
            "span": "mean absolute error of F1",
            "pairs": "pairs",
            "skill": ("skill", "mean"),
            "by_payment": ("estimated", "by payment"),
            "uncalibrated": ("estimated", "as promised"),
            "unchanged": ("unchanged", "since calibration"),
        },
        emphasise=["estimated", "by_payment"],
    )


@sourced
def by_month(pairs: pd.DataFrame, train: str) -> Table:
    """One forest, month by month: true and estimated F1 and accuracy, with the skill beside them.

    Parameters
    ----------
    pairs : DataFrame
        `debugml.study.estimates`.
    """
    of = pairs[pairs["train"] == train].reset_index(drop=True)
    f1 = ["f1", "f1_estimated", "f1_error", "f1_by_payment_error"]
    shown = of[["month", *f1, "accuracy", "accuracy_error", "skill"]]
    signed = ("f1_error", "f1_by_payment_error", "accuracy_error", "skill")
    return table(
        shown,
        formats={name: "+.3f" if name in signed else ".3f" for name in shown.columns[1:]},
        labels={
            "f1": "F1",
            "f1_estimated": ("F1", "estimated"),
            "f1_error": ("error", "of F1"),
            "f1_by_payment_error": ("error", "by payment"),
            "accuracy_error": ("error", "of accuracy"),
        },
        highlight=[int(of["f1_error"].abs().argmax())],
    )


def _said(month: str, *, year: bool = False) -> str:
    name = month_name(month)[:3]
    return f"{name} {month[:4]}" if year else name
