"""Monitoring: what each line shows, what it hides, and what is usual."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .annotate import band, canvas, label_line, month_axis, name_axis, points
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .words import WEEKDAYS

DAYS = tuple(day[:3] for day in WEEKDAYS)


@sourced
def march(published: pd.DataFrame, weeks: pd.DataFrame) -> Picture:
    """March 2020: the published lines above, our weeks with intervals and n below.

    Parameters
    ----------
    published : DataFrame
        `debugml.published.march`.
    weeks : DataFrame
        `debugml.study.released_weekly`.
    """
    day = published["day"].dt.day
    with canvas((720, 302), rows=2, sharex=True, height_ratios=[1.2, 1]) as (fig, (top, below)):
        for ax in (top, below):
            _weekends(ax, published["day"])
        top.plot(day, published["daily_f1"], color=colour("alarm"), marker="o", markersize=5)
        top.plot(day, published["cumulative_f1"], color=colour("published"), linewidth=4)
        last = published.iloc[-1]
        label_line(top, 31.2, last["cumulative_f1"], "since 1 March", "published")
        label_line(top, 31.2, last["daily_f1"], "day by day", "alarm")
        top.set_ylim(0.48, 0.75)
        top.set_yticks([0.5, 0.6, 0.7])
        name_axis(top, "F1, published, all trips of March 2020 (Shankar 2021); weekends shaded")
        few, weeks = weeks[weeks["f1"].isna()], weeks[weeks["f1"].notna()]
        for _, week in few.iterrows():
            below.annotate(
                "too few", (week["end"].day + 0.4, 0.46),
                ha="right", fontsize=SMALL, color=colour("muted"),
            )  # fmt: skip
        start, end = weeks["start"].dt.day, weeks["end"].dt.day
        middle = (start + end) / 2
        # Wide beneath narrow: where the two agree, both can be seen.
        drawn: tuple[tuple[RoleName, str, float], ...] = (
            ("always_yes", "always_yes_f1", 6.5),
            ("forest", "f1", 3),
        )
        for role, column, width in drawn:
            below.hlines(weeks[column], start - 0.4, end + 0.4, color=colour(role), linewidth=width)
        points(below, middle, weeks["f1"], weeks["f1_low"], weeks["f1_high"], "forest")
        for x, low, n in zip(middle, weeks["f1_low"], weeks["n"], strict=True):
            # A hair of paper keeps the number readable on a shaded weekend.
            below.annotate(
                f"{n:,}", (x, low), xytext=(0, -4), textcoords="offset points", ha="center",
                va="top", fontsize=SMALL, color=colour("muted"),
            )  # fmt: skip
        label_line(below, 31.2, weeks["f1"].iloc[-1], "forest", "forest")
        label_line(below, 31.2, weeks["always_yes_f1"].iloc[-1], "always yes", "always_yes")
        below.set_ylim(0.38, 0.8)
        below.set_yticks([0.5, 0.6, 0.7])
        below.set_xticks([1, 8, 15, 22, 29])
        below.set_xlim(-0.2, 31.4)
        name_axis(below, "F1 by week on the sample, with n; bars: within-day noise only")
    final, worst = last["cumulative_f1"], published.iloc[int(published["daily_f1"].argmin())]
    first, late = weeks.iloc[1], weeks.iloc[-1]
    return Picture(
        fig,
        "Published F1 of March 2020: the line since 1 March ends the month at "
        f"{final:.2f}, as if nothing had happened, while the daily line falls to "
        f"{worst['daily_f1']:.2f} on {worst['day'].day} March. On the sample, weekly F1 falls from "
        f"{first['f1']:.2f} ({first['n']:,} trips) to {late['f1']:.2f} ({late['n']:,} trips, 95 % "
        f"interval {late['f1_low']:.2f} to {late['f1_high']:.2f}); always saying yes falls from "
        f"{first['always_yes_f1']:.2f} to {late['always_yes_f1']:.2f}.",
    )


@sourced
def cannot_fall(line: pd.DataFrame) -> Picture:
    """F1 since release as it was, and had every late prediction been wrong.

    Parameters
    ----------
    line : DataFrame
        `debugml.study.all_wrong`.
    """
    day = line["day"].dt.day
    parted = int((line["f1"] == line["if_wrong"]).sum()) - 1
    with canvas("slide") as (fig, ax):
        late = line.iloc[parted:]
        ax.plot(day, line["f1"], color=colour("forest"), linewidth=3.4)
        ax.plot(late["day"].dt.day, late["if_wrong"], color=colour("alarm"), linewidth=3.4)
        end = line.iloc[-1]
        label_line(ax, 31, end["f1"], f"as it was {end['f1']:.2f}", "forest")
        label_line(ax, 31, end["if_wrong"], f"all wrong {end['if_wrong']:.2f}", "alarm")
        ax.set_ylim(0.48, 0.75)
        ax.set_xticks([1, 8, 15, 22, 29])
        ax.set_xlabel("March 2020")
        name_axis(ax, "F1 since 1 March, on the sample")
    start = line["day"].iloc[parted + 1]
    return Picture(
        fig,
        f"F1 since 1 March ends the month at {end['f1']:.3f}. Had every prediction from "
        f"{start.day} {start.month_name()} on been wrong, it would end at {end['if_wrong']:.3f}.",
    )


@sourced
def weekends(published: pd.DataFrame, usual: pd.DataFrame) -> Picture:
    """Published daily F1 before 16 March; and what is usual for each weekday on the sample.

    Parameters
    ----------
    published : DataFrame
        `debugml.published.march`.
    usual : DataFrame
        `debugml.study.usual_weekdays`.
    """
    early = published[published["day"] < "2020-03-16"]
    weekend = early["day"].dt.day_of_week >= 5
    means = early["daily_f1"].groupby(weekend).mean()
    with canvas("slide", cols=2, width_ratios=[1.15, 1]) as (fig, (left, right)):
        _weekends(left, early["day"])
        day = early["day"].dt.day
        left.plot(day, early["daily_f1"], color=colour("faint"), linewidth=1.6)
        left.plot(day[~weekend], early["daily_f1"][~weekend], "o", color=colour("forest"), ms=9)
        left.plot(day[weekend], early["daily_f1"][weekend], "o", color=colour("alarm"), ms=9)
        left.set_xticks([1, 7, 8, 14, 15], ["1", "7", "", "14", ""])
        left.set_xlim(0.3, 15.7)
        left.set_xlabel("1 to 15 March 2020; weekends shaded")
        name_axis(left, "daily F1, published (Shankar 2021)")
        off = usual["weekday"] >= 5
        parts: tuple[tuple[pd.DataFrame, RoleName], ...] = (
            (usual[~off], "forest"),
            (usual[off], "alarm"),
        )
        for part, role in parts:
            spread = 1.96 * part["error"]
            points(
                right, part["weekday"], part["f1"], part["f1"] - spread, part["f1"] + spread, role
            )
        right.set_xticks(usual["weekday"], DAYS)
        right.set_xlim(-0.5, 6.5)
        right.set_xlabel("March to December 2019")
        name_axis(right, "F1 by weekday, sample; 95 %")
    best, worst = (usual.iloc[i] for i in (usual["f1"].argmax(), usual["f1"].argmin()))
    return Picture(
        fig,
        "In the first fifteen days of March 2020 the published daily F1 averages "
        f"{means[False]:.2f} on weekdays and {means[True]:.2f} on Saturdays and Sundays. On the "
        f"sample of 2019, before any of this, it is {best['f1']:.3f} on "
        f"{DAYS[int(best['weekday'])]} and {worst['f1']:.3f} on "
        f"{DAYS[int(worst['weekday'])]}.",
    )


@sourced
def against_usual(compared: pd.DataFrame) -> Picture:
    """Each day's F1 over the band that is usual for its weekday.

    Parameters
    ----------
    compared : DataFrame
        `debugml.study.against_usual`.
    """
    day = compared["day"].dt.day
    with canvas("slide") as (fig, ax):
        ax.bar(
            day, compared["usual_high"] - compared["usual_low"], bottom=compared["usual_low"],
            width=0.82, color=tint("reference", 0.28),
        )  # fmt: skip
        ax.hlines(
            compared["expected"], day - 0.41, day + 0.41, color=colour("reference"), linewidth=2.4
        )
        out = compared["unusual"]
        ax.plot(day[~out], compared["f1"][~out], "o", color=colour("forest"), ms=9)
        ax.plot(day[out], compared["f1"][out], "o", color=colour("alarm"), ms=11)
        sundays = compared["day"].dt.day_of_week == 6
        ax.set_xticks(day[sundays], [f"Sun {d}" for d in day[sundays]])
        last = compared.iloc[-1]
        label_line(ax, day.iloc[-1] + 0.5, last["f1"], "the day", "forest")
        label_line(ax, day.iloc[-1] + 0.5, last["usual_low"] + 0.02, "usual", "reference")
        ax.set_xlim(0.4, day.iloc[-1] + 0.6)
        ax.set_xlabel("March 2020, days with 100 trips or more")
        name_axis(ax, "daily F1 on the sample; grey: 95 % of such weekdays before release")
    told = "; ".join(f"{d.day} {d.month_name()}" for d in compared.loc[out, "day"]) or "none"
    first = compared.iloc[0]
    return Picture(
        fig,
        f"Of {len(compared)} days of March 2020 with records enough, {out.sum()} lies outside what "
        f"is usual for its weekday ({told}). Sunday 1 March has {first['f1']:.3f}, where "
        f"{first['expected']:.3f} is usual.",
    )


@sourced
def windows(lines: pd.DataFrame) -> Picture:
    """F1 since release, of the last 28 and of the last 7 days.

    Parameters
    ----------
    lines : DataFrame
        `debugml.study.windows`.
    """
    shown: tuple[tuple[str, RoleName], ...] = (
        ("since release", "published"),
        ("last 28 days", "ranking"),
        ("last 7 days", "forest"),
    )
    with canvas("slide") as (fig, ax):
        for window, role in shown:
            part = lines[(lines["window"] == window) & lines["f1"].notna()]
            wide = window == "since release"
            ax.plot(part["end"], part["f1"], color=colour(role), linewidth=3.6 if wide else 2.2)
            label_line(ax, part["end"].iloc[-1], part["f1"].iloc[-1], window, role)
        months = pd.date_range(lines["end"].min(), lines["end"].max(), freq="MS")
        ax.set_xticks(months, [f"1 {m.strftime('%B')}" for m in months])
        ax.set_ylim(0.52, 0.76)
        name_axis(ax, "F1 after release on the sample, by the window that it averages over")
    low = {w: lines.loc[lines["window"] == w, "f1"].min() for w, _ in shown}
    return Picture(
        fig,
        "F1 after release by window, March to June 2020: the lowest value is "
        + ", ".join(f"{value:.3f} for {name}" for name, value in low.items())
        + ".",
    )


@sourced
def year(scores: pd.DataFrame) -> Picture:
    """F1 of the forest and of always-yes over 2020, with the base rate below.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.monthly_scores`; the training month is left out.
    """
    test = scores.iloc[1:]
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(test["month"]))
        band(ax, x, test["f1_low"], test["f1_high"], "forest")
        lines: tuple[tuple[str, RoleName, str], ...] = (
            ("f1", "forest", "forest"),
            ("always_yes_f1", "always_yes", "always yes"),
            ("base_rate", "base_rate", "base rate"),
        )
        for column, role, name in lines:
            ax.plot(x, test[column], color=colour(role))
            label_line(ax, x[-1], test[column].iloc[-1], name, role)
        ax.set_ylim(0.34, 0.78)
        name_axis(ax, "F1 on the sample; band: 95 % interval over days")
    r = test["f1"].corr(test["base_rate"])
    low = test.iloc[int(test["base_rate"].argmin())]
    return Picture(
        fig,
        "Month by month over 2020, the forest's F1 follows the base rate (correlation "
        f"{r:.2f}), and so does the F1 of always saying yes: in {low['month']}, with a base rate "
        f"of {low['base_rate']:.2f}, they are {low['f1']:.2f} and {low['always_yes_f1']:.2f}.",
    )


@sourced
def ranking(scores: pd.DataFrame) -> Picture:
    """AUC over 2020 with its interval, and without records whose payment type is missing."""
    test = scores.iloc[1:]
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, list(test["month"]))
        points(ax, x, test["auc"], test["auc_low"], test["auc_high"], "ranking")
        ax.plot(x, test["auc"], color=colour("ranking"), linewidth=1.6)
        ax.plot(x, test["auc_known"], color=colour("missing"), linewidth=1.6)
        points(ax, x, test["auc_known"], test["auc_known_low"], test["auc_known_high"], "missing")
        label_line(ax, x[-1], test["auc"].iloc[-1], "all trips", "ranking")
        label_line(ax, x[-1], test["auc_known"].iloc[-1], "payment known", "missing")
        ax.set_ylim(0.5, 0.72)
        ax.annotate(
            "0.5: no ranking at all",
            (0, 0.5),
            xytext=(0, 6),
            textcoords="offset points",
            fontsize=SMALL,
            color=colour("muted"),
        )
        name_axis(ax, "AUC on the sample; bars: 95 % interval over days")
    best = test.iloc[int(test["auc"].argmax())]
    return Picture(
        fig,
        f"AUC over 2020 lies between {test['auc'].min():.2f} and {test['auc'].max():.2f}. Its peak "
        f"in {best['month']}, {best['auc']:.2f}, is {best['auc_known']:.2f} without the records "
        "whose payment type is missing.",
    )


def _weekends(ax: Axes, days: pd.Series) -> None:
    for day in days[days.dt.day_of_week >= 5].dt.day:
        ax.axvspan(day - 0.5, day + 0.5, color=colour("wash"), linewidth=0, zorder=0)
