"""Deployment: what the lines drawn since release show, and what they hide."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .annotate import band, canvas, label_line, mark, month_axis, name_axis, points
from .palette import RoleName, colour
from .picture import Picture
from .style import SMALL


def march_published(march: pd.DataFrame) -> Picture:
    """The published cumulative and daily F1 of March 2020, weekends shaded.

    Parameters
    ----------
    march : DataFrame
        `debugml.published.march`.
    """
    day = march["day"].dt.day
    with canvas("slide") as (fig, ax):
        _weekends(ax, march["day"])
        ax.plot(day, march["daily_f1"], color=colour("alarm"), marker="o", markersize=5)
        ax.plot(day, march["cumulative_f1"], color=colour("published"), linewidth=3.4)
        last = day.iloc[-1]
        label_line(ax, last, march["cumulative_f1"].iloc[-1], "since 1 March", "published")
        label_line(ax, last, march["daily_f1"].iloc[-1], "day by day", "alarm")
        ax.set_xticks([1, 8, 15, 22, 29])
        ax.set_xlabel("March 2020; weekends shaded")
        ax.set_ylim(0.48, 0.75)
        name_axis(ax, "F1, published (Shankar 2021)")
    final, worst = march["cumulative_f1"].iloc[-1], march.iloc[int(march["daily_f1"].argmin())]
    return Picture(
        fig,
        "Published F1 of March 2020: the line since 1 March ends the month at "
        f"{final:.2f}, as if nothing had happened, while the daily line falls to "
        f"{worst['daily_f1']:.2f} on {worst['day'].day} March.",
    )


def weekends(march: pd.DataFrame) -> Picture:
    """The published daily F1 before 16 March, weekdays and weekends apart."""
    early = march[march["day"] < "2020-03-16"]
    weekend = early["day"].dt.day_of_week >= 5
    means = early["daily_f1"].groupby(weekend).mean()
    with canvas("slide") as (fig, ax):
        _weekends(ax, early["day"])
        day = early["day"].dt.day
        ax.plot(day, early["daily_f1"], color=colour("faint"), linewidth=1.6)
        ax.plot(day[~weekend], early["daily_f1"][~weekend], "o", color=colour("forest"), ms=10)
        ax.plot(day[weekend], early["daily_f1"][weekend], "o", color=colour("alarm"), ms=10)
        ax.axhline(means[False], color=colour("forest"), linewidth=1.4, linestyle=(0, (4, 3)))
        ax.axhline(means[True], color=colour("alarm"), linewidth=1.4, linestyle=(0, (4, 3)))
        label_line(ax, 15.7, means[False], f"weekdays {means[False]:.2f}", "forest")
        label_line(ax, 15.7, means[True], f"weekends {means[True]:.2f}", "alarm")
        ax.set_xticks([1, 7, 8, 14, 15])
        ax.set_xlim(0.3, 15.7)
        ax.set_xlabel("1 to 15 March 2020; weekends shaded")
        name_axis(ax, "daily F1, published (Shankar 2021)")
    return Picture(
        fig,
        f"In the first fifteen days of March 2020 the published daily F1 averages "
        f"{means[False]:.2f} on weekdays and {means[True]:.2f} on Saturdays and Sundays.",
    )


def weekly(weeks: pd.DataFrame) -> Picture:
    """Our weekly F1 with intervals and n, beside always-yes.

    Parameters
    ----------
    weeks : DataFrame
        `debugml.study.released_weekly`.
    """
    x = range(len(weeks))
    with canvas("slide") as (fig, ax):
        ax.plot(x, weeks["always_yes_f1"], color=colour("always_yes"), marker="o")
        points(ax, x, weeks["f1"], weeks["f1_low"], weeks["f1_high"], "forest")
        last = len(weeks) - 1
        label_line(ax, last, weeks["f1"].iloc[-1], "forest", "forest")
        label_line(ax, last, weeks["always_yes_f1"].iloc[-1], "always yes", "always_yes")
        names = [
            f"{_span(start, end)}\nn = {n:,}"
            for start, end, n in zip(weeks["start"], weeks["end"], weeks["n"], strict=True)
        ]
        ax.set_xticks(list(x), names)
        ax.tick_params(axis="x", labelcolor=colour("ink"))
        ax.set_ylim(0.44, 0.8)
        name_axis(ax, "F1 by week, March 2020, on the sample; bars: within-day noise only")
    first, end = weeks.iloc[1], weeks.iloc[-2]
    return Picture(
        fig,
        f"On the sample, weekly F1 falls from {first['f1']:.2f} ({first['n']:,} trips) to "
        f"{end['f1']:.2f} ({end['n']:,} trips, 95 % interval {end['f1_low']:.2f} to "
        f"{end['f1_high']:.2f}); always saying yes falls from {first['always_yes_f1']:.2f} to "
        f"{end['always_yes_f1']:.2f} over the same weeks.",
    )


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


def _span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return f"{start.day} Mar" if start == end else f"{start.day}–{end.day} Mar"


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
