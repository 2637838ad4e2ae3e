"""Deployment: the release, what is known when, and what streams and batches cost."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .annotate import canvas, label_line, mark, month_axis, name_axis
from .build import appears
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import signed


@sourced
def published_months(f1: pd.DataFrame) -> Picture:
    """The published F1 from the training month on, with the release marked.

    Parameters
    ----------
    f1 : DataFrame
        `debugml.published.f1`.
    """
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(f1["month"]))
        ax.plot(x, f1["f1"], color=colour("published"), linewidth=3.2, marker="o", markersize=10)
        middle = (f1["f1"].min() + f1["f1"].max()) / 2
        for at, value in zip(x, f1["f1"], strict=True):
            # Low points are labelled below, where no line passes.
            ax.annotate(
                f"{value:.3f}",
                (at, value),
                xytext=(0, 13 if value > middle else -13),
                textcoords="offset points",
                ha="center",
                va="bottom" if value > middle else "top",
                fontweight="bold",
            )
        ax.set_xlim(-0.4, len(f1) - 0.6)
        mark(ax, 1.5, "released", role="alarm")
        ax.set_ylim(0.5, 0.72)
        name_axis(ax, "F1 by month, published")
    values = f1.set_index("month")["f1"]
    return Picture(
        fig,
        f"Published F1: {values.iloc[0]:.3f} in January 2020, the training month, "
        f"{values.iloc[1]:.3f} in February, then {values.iloc[3]:.3f} in April and "
        f"{values.iloc[4]:.3f} in May, after the release on 1 March.",
    )


@sourced
def three_times(event: str, features: str, label: str) -> Picture:
    """One trip on the clock: when it ended, when it can be predicted, when judged.

    Parameters
    ----------
    event, features, label : str
        Made-up moments, in this order, such as ``"2020-03-06 18:40"``.
    """
    moments = [pd.Timestamp(at) for at in (event, features, label)]
    start = moments[0].normalize()
    hours = [(at - start) / pd.Timedelta(hours=1) for at in moments]
    said: tuple[tuple[float, str, RoleName, str], ...] = (
        (hours[0], "the trip ends", "published", "left"),
        (hours[1], "features arrive:\npredict", "forest", "above"),
        (hours[2], "the label arrives:\njudge", "ranking", "above"),
    )
    with canvas((720, 166)) as (fig, ax):
        ax.plot(hours[:2], [0, 0], color=colour("forest"), linewidth=5)
        ax.plot(hours[1:], [0, 0], color=tint("alarm", 0.35), linewidth=5)
        for at, text, role, side in said:
            ax.plot(at, 0, "o", color=colour(role), markersize=15)
            label_line(ax, at, 0, text, role, side=side, gap=14)
        waits = (hours[1] + hours[2]) / 2
        label_line(ax, waits, 0, "predicted, not yet judged", "alarm", side="above", gap=9)
        lags: tuple[tuple[float, str, RoleName, float], ...] = (
            (hours[1], "feature lag", "forest", -0.62),
            (hours[2], "label lag", "ranking", -1.14),
        )
        for end, text, role, y in lags:
            ax.plot([hours[0], end], [y, y], color=colour(role), linewidth=2, marker="|", ms=12)
            label_line(ax, end, y, text, role)
        days = pd.date_range(start, periods=int(hours[2] // 24) + 2)
        ax.set_xticks([24 * day for day in range(len(days))], [f"{d.day} {d:%b}" for d in days])
        ax.set_xlim(0, 24 * (len(days) - 1))
        ax.set_ylim(-1.6, 1.5)
        ax.set_yticks([])
        ax.grid(False)
    return Picture(
        fig,
        f"A trip that ends on {_moment(moments[0])} is predicted on {_moment(moments[1])}, when "
        f"its features arrive, and judged on {_moment(moments[2])}, when its label does. The "
        "feature lag is the first wait, the label lag both together.",
    )


@sourced
def known(days: pd.DataFrame) -> Picture:
    """Share of each day's labels that a monitor holds at one moment, one assumed lag a step.

    Parameters
    ----------
    days : DataFrame
        `debugml.study.lag_known`.
    """
    wide = days.pivot(index="scenario", columns="day", values="share")
    wide = wide.loc[days["scenario"].unique()]
    moment, when = days["moment"].iloc[0], _moment(days["moment"].iloc[0])
    with canvas("slide") as (fig, ax):
        for row, (_, shares) in enumerate(wide.iterrows()):
            cells = [_cell(ax, place, row, share) for place, share in enumerate(shares)]
            if row:
                appears(row, cells)
        names = [str(at + 1) for at in range(wide.shape[1])]
        ax.set_xticks(range(len(names)), [f"1 {moment:%b}", *names[1:]])
        ax.set_yticks(range(len(wide)), [name.replace(", then", ",\nthen") for name in wide.index])
        ax.tick_params(axis="both", labelcolor=colour("ink"), length=0)
        ax.set_xlim(-0.5, wide.shape[1] - 0.5)
        ax.set_ylim(len(wide) - 0.5, -0.5)
        ax.grid(False)
        ax.spines["bottom"].set_visible(False)
        name_axis(ax, f"% of labels known on {when}, by day (filled: all); lags assumed")
    said = "; ".join(
        f"{str(name).capitalize()}: {_reach(list(shares))}" for name, shares in wide.iterrows()
    )
    return Picture(
        fig,
        f"What is known on {when} of the days since 1 {moment:%B}, by assumed lag. {said}.",
    )


@sourced
def revisions(mornings: pd.DataFrame, last: int = 21) -> Picture:
    """F1 of the last seven days each morning: as known then, as known now, and had waits been fair.

    Parameters
    ----------
    mornings : DataFrame
        `debugml.study.lag_revisions`.
    last : int
        Day of the month of the last morning shown; the first is the third.
    """
    day = mornings["moment"].dt.day
    month = mornings["moment"].dt.to_period("M")
    shown = mornings[(month == month.iloc[0]) & day.between(3, last)]
    late, fair = (
        shown[shown["scenario"] == name].reset_index(drop=True)
        for name in ("by payment", "at random")
    )
    x = late["moment"].dt.day
    with canvas("slide") as (fig, ax):
        ax.fill_between(x, late["f1_then"], late["f1_now"], color=tint("alarm", 0.12), linewidth=0)
        ax.plot(x, fair["f1_then"], color=colour("base_rate"), linestyle=(0, (2, 1.6)))
        ax.plot(x, late["f1_now"], color=colour("forest"), linewidth=3.2)
        ax.plot(x, late["f1_then"], color=colour("alarm"), linewidth=3.2)
        end = x.iloc[-1]
        label_line(ax, end, late["f1_then"].iloc[-1], "known that day", "alarm")
        label_line(ax, end, late["f1_now"].iloc[-1], "known now", "forest")
        label_line(ax, end, fair["f1_then"].iloc[-1], "same waits, at random", "base_rate")
        for _, row in late.iloc[[0, 5]].iterrows():
            ax.annotate(
                signed(row["error"], 2),
                (row["moment"].day, row["f1_then"]),
                xytext=(6, 4),
                textcoords="offset points",
                color=colour("alarm"),
                fontweight="bold",
            )
        ax.set_xticks([3, 8, 12, 16, 20], ["3 March", "8", "12", "16", "20"])
        ax.set_ylim(0.64, 0.85)
        ax.yaxis.set_major_formatter("{x:.2f}")
        name_axis(ax, "F1 of the last 7 days each morning, on the sample; lag assumed")
    first, eighth = late.iloc[0], late.iloc[5]
    return Picture(
        fig,
        f"From 3 to 8 March, F1 of the last seven days as known each morning falls from "
        f"{first['f1_then']:.2f} to {eighth['f1_then']:.2f}, while as known now it rises from "
        f"{first['f1_now']:.2f} to {eighth['f1_now']:.2f}. Had the same waits been dealt out at "
        f"random, the mornings' figures would have been off by {fair['error'].abs().mean():.3f} on "
        f"average, not {late['error'].abs().mean():.3f}.",
    )


@sourced
def settling(estimates: pd.DataFrame) -> Table:
    """How the F1 of each whole week settles; and its first estimates with the waiting filled in.

    Parameters
    ----------
    estimates : DataFrame
        `debugml.study.lag_settling`.
    """
    whole = _whole_weeks(estimates)
    names = ["first", "after 2 days", "after 7 days", "after 14 days", "final"]
    wide = whole.pivot(index="week", columns="estimate", values="f1")[names]
    first = whole[whole["estimate"] == "first"].set_index("week")["share"]
    shown = wide.loc[first.index].assign(share=first).reset_index()
    return table(
        shown[["week", "share", *names]],
        formats={"share": ".0%"} | dict.fromkeys(names, ".3f"),
        labels={
            "week": "F1 of the week",
            "share": ("labels", "first morning"),
            "first": ("first", "as known"),
        },
        emphasise=["final"],
    )


@sourced
def filling(estimates: pd.DataFrame) -> Table:
    """Errors of each whole week's first estimate: known only, and the waiting filled in.

    Parameters
    ----------
    estimates : DataFrame
        `debugml.study.lag_settling`.
    """
    whole = _whole_weeks(estimates)
    errors = ["error", "plain_error", "filled_error"]
    shown = whole[whole["estimate"] == "first"]
    return table(
        shown[["week", *errors]],
        formats=dict.fromkeys(errors, "+.3f"),
        labels={
            "week": "error of the first F1",
            "error": ("known", "only"),
            "plain_error": ("filled in", "by the probabilities"),
            "filled_error": ("filled in", "by payment type too"),
        },
        emphasise=["filled_error"],
    )


@sourced
def feeds(ways: pd.DataFrame) -> Table:
    """Stream or batch: calls, waits, milliseconds and F1.

    Parameters
    ----------
    ways : DataFrame
        `debugml.study.feeds`.
    """
    cost = ways["predict_ms_per_trip"] + ways["monitor_ms_per_trip"]
    shown = ways[["mode", "calls", "mean_wait_minutes", "longest_wait_minutes"]].assign(
        cost=cost, f1=ways["f1"]
    )
    return table(
        shown,
        formats={"calls": ",d", "cost": ".2f", "f1": ".3f"}
        | dict.fromkeys(("mean_wait_minutes", "longest_wait_minutes"), _wait),
        labels={
            "mode": f"{ways['trips'].iloc[0]:,} trips",
            "mean_wait_minutes": ("wait", "mean"),
            "longest_wait_minutes": ("wait", "longest"),
            "cost": ("ms", "a trip"),
            "f1": "F1",
        },
    )


def _whole_weeks(estimates: pd.DataFrame) -> pd.DataFrame:
    """The estimates of weeks of seven days, each named by its days."""
    whole = estimates[(estimates["end"] - estimates["start"]).dt.days == 6]
    spans = zip(whole["start"], whole["end"], strict=True)
    dash = "\N{WORD JOINER}–\N{WORD JOINER}"
    return whole.assign(week=[f"{a.day}{dash}{b.day}\N{NO-BREAK SPACE}{b:%b}" for a, b in spans])


def _cell(ax: Axes, place: int, row: int, share: float) -> list[Artist]:
    """One day under one lag: filled by what is known, its percentage written where partial."""
    box = Rectangle(
        (place - 0.46, row - 0.42),
        0.92,
        0.84,
        facecolor=tint("forest", 0.0 if share == 0 else 0.06 + 0.94 * share**2),
        edgecolor=colour("faint"),
        linewidth=0.8,
    )
    ax.add_patch(box)
    if not 0 < share < 1:
        return [box]
    # Never 100 for a day that is not whole.
    said = f"{min(int(100 * share + 0.5), 99)}"
    ink = colour("paper" if share > 0.9 else "ink")
    return [box, ax.text(place, row, said, ha="center", va="center", fontsize=SMALL, color=ink)]


def _reach(shares: Sequence[float]) -> str:
    whole = next((at for at, share in enumerate(shares) if share < 1), len(shares))
    some = max((at + 1 for at, share in enumerate(shares) if share > 0), default=0)
    if whole == 0:
        return f"no day is known whole, and nothing after day {some}"
    return f"all to day {whole}" + (f", part to day {some}" if some > whole else "")


def _wait(minutes: float) -> str:
    return f"{minutes / 60:.1f} h" if minutes >= 120 else f"{minutes:.0f} min"


def _moment(at: pd.Timestamp) -> str:
    return f"{at.day} {at.month_name()} at {at:%H:%M}"
