"""Trips: who pays how, what is recorded, and which column to doubt."""

from __future__ import annotations

import pandas as pd

from .annotate import canvas, label_line, month_axis, name_axis, percent_axis
from .palette import RoleName, colour
from .picture import Picture
from .provenance import sourced
from .tables import Table, table

KINDS: tuple[RoleName, ...] = ("card", "cash", "missing")


@sourced
def first_trips(trips: pd.DataFrame, n: int = 4) -> Table:
    """The first trips of a month: when, how far, how paid, what tip.

    Parameters
    ----------
    trips : DataFrame
        In TLC's columns.
    """
    shown = trips.head(n)[
        ["tpep_dropoff_datetime", "trip_distance", "payment_type", "fare_amount", "tip_amount"]
    ]
    return table(
        shown,
        formats={
            "tpep_dropoff_datetime": "%d %b %Y, %H:%M:%S",
            "trip_distance": ".2f",
            "payment_type": ".0f",
            "fare_amount": ".2f",
            "tip_amount": ".2f",
        },
        labels={
            "tpep_dropoff_datetime": "dropoff",
            "trip_distance": ("distance", "miles"),
            "payment_type": ("payment", "1 card, 2 cash"),
            "fare_amount": ("fare", "$"),
            "tip_amount": ("tip", "$"),
        },
    )


@sourced
def payment_base_rates(facts: pd.DataFrame, month: str) -> Picture:
    """Share of high tips by how a trip was paid, in one month.

    Parameters
    ----------
    facts : DataFrame
        `debugml.study.month_facts`.
    """
    row = facts.set_index("month").loc[month]
    with canvas((720, 200)) as (fig, ax):
        for place, kind in enumerate(reversed(KINDS)):
            rate = row[f"{kind}_base_rate"]
            ax.barh(place, rate, color=colour(kind), height=0.62)
            ax.annotate(
                f"{rate:.0%}".replace("%", " %"),
                (rate, place),
                xytext=(10, 0),
                textcoords="offset points",
                va="center",
                fontweight="bold",
            )
            ax.annotate(
                f"{row[kind]:.0%} of all trips".replace("%", " %"),
                (rate, place),
                xytext=(62, 0),
                textcoords="offset points",
                va="center",
                color=colour("muted"),
            )
        ax.set_yticks(range(3), list(reversed(KINDS)))
        ax.tick_params(axis="y", labelcolor=colour("ink"))
        ax.set_xlim(0, 1.1)
        ax.set_xticks([])
        ax.grid(False)
        ax.spines["bottom"].set_visible(False)
        name_axis(ax, f"share with a high tip, by payment type, {month}")
    return Picture(
        fig,
        f"In {month}, {row['card_base_rate']:.0%} of trips paid by card have a high tip, and "
        f"{row['cash_base_rate']:.0%} of those paid in cash: cash tips are not recorded. Of the "
        f"{row['missing']:.0%} whose payment type is missing, {row['missing_base_rate']:.0%} do.",
    )


@sourced
def payment_shares(facts: pd.DataFrame) -> Picture:
    """Shares of trips by payment, and the base rate that follows from them, month by month."""
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(facts["month"]))
        for kind in KINDS:
            ax.plot(x, facts[kind], color=colour(kind))
            label_line(ax, x[-1], facts[kind].iloc[-1], kind, kind)
        ax.plot(x, facts["base_rate"], color=colour("ink"), linewidth=3.2)
        label_line(ax, x[-1], facts["base_rate"].iloc[-1], "high tips", "published")
        percent_axis(ax)
        ax.set_ylim(0, 0.82)
        name_axis(ax, "share of trips")
    first, low = facts.iloc[0], facts.iloc[int(facts["base_rate"].argmin())]
    return Picture(
        fig,
        f"From {first['month']} to {low['month']} the share paid by card falls from "
        f"{first['card']:.0%} to {low['card']:.0%}, those whose payment type is missing grow from "
        f"{first['missing']:.0%} to {low['missing']:.0%}, and the share of high tips falls with "
        f"them, from {first['base_rate']:.0%} to {low['base_rate']:.0%}.",
    )


@sourced
def no_passenger(facts: pd.DataFrame) -> Picture:
    """Share of trips with a passenger count of zero, month by month."""
    peak = int(facts["no_passenger"].argmax())
    worst, usual = facts.iloc[peak], facts["no_passenger"].median()
    before = facts.iloc[max(peak - 1, 0)]
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(facts["month"]), every=6)
        colours = [colour("alarm" if at == peak else "reference") for at in range(len(facts))]
        ax.bar(x, facts["no_passenger"], color=colours, width=0.72)
        ax.annotate(
            f"{worst['month']}: {worst['no_passenger']:.1%}".replace("%", " %"),
            (x[peak], worst["no_passenger"]),
            xytext=(12, -4),
            textcoords="offset points",
            va="top",
            fontweight="bold",
            color=colour("alarm"),
        )
        ax.annotate(
            f"{before['month']}: {before['no_passenger']:.1%}".replace("%", " %"),
            (x[max(peak - 1, 0)], before["no_passenger"]),
            xytext=(-4, 34),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontweight="bold",
            color=colour("alarm"),
        )
        percent_axis(ax)
        ax.set_yticks([0, 0.05, 0.10, 0.15])
        name_axis(ax, "trips with a passenger count of 0")
    return Picture(
        fig,
        f"In {worst['month']}, {worst['no_passenger']:.1%} of trips carry nobody, by their "
        f"passenger count; the month before {before['no_passenger']:.1%} do, and in the median "
        f"month {usual:.1%}.",
    )
