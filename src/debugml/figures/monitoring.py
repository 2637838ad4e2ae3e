"""Monitoring: what each line shows, what it hides, and what is usual."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .annotate import band, canvas, label_line, month_axis, name_axis, points, settle
from .build import appears
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL


@sourced
def march(published: pd.DataFrame) -> Picture:
    """The published lines of March 2020; on a slide the days arrive week by week.

    Parameters
    ----------
    published : DataFrame
        `debugml.published.march`.
    """
    day, daily, since = (published[c] for c in ("day", "daily_f1", "cumulative_f1"))
    at = day.dt.day
    with canvas("slide") as (fig, ax):
        _weekends(ax, day)
        # Release day stands there from the beginning; each step brings the days to a Sunday.
        sundays = at.index[(day.dt.day_of_week == 6) & (at > 1)]
        ends = [0, *sundays[:-1], len(at) - 1]
        for step, end in enumerate(ends):
            start = ends[step - 1] if step else 0
            part, new = slice(start, end + 1), slice(start + bool(step), end + 1)
            drawn = (
                ax.fill_between(
                    at[part], daily[part], since[part], where=daily[part] <= since[part],
                    interpolate=True, color=tint("alarm", 0.12), linewidth=0,
                ),
                ax.plot(at[part], daily[part], color=colour("alarm"), linewidth=2),
                ax.plot(at[part], since[part], color=colour("published"), linewidth=4.5),
                ax.plot(at[new], daily[new], "o", color=colour("alarm"), markersize=8, zorder=3),
            )  # fmt: skip
            if step:
                appears(step, *drawn)
        best = int(daily.argmax())
        named = (
            label_line(ax, at[best], daily[best], "each day", "alarm", side="above"),
            # Where the line has not yet found its level, there is room below it.
            label_line(ax, 4.1, since[3] - 0.025, "since\n1 March", "published", side="below"),
        )
        appears(1, named)
        last, worst = published.iloc[-1], published.iloc[int(daily.argmin())]
        lines: tuple[tuple[str, RoleName], ...] = (
            ("cumulative_f1", "published"),
            ("daily_f1", "alarm"),
        )
        for column, role in lines:
            said = label_line(ax, 30.2, last[column], f"{last[column]:.2f}", role)
            appears(len(ends), said)
        ax.set_ylim(0.48, 0.755)
        ax.set_yticks([0.5, 0.6, 0.7])
        ax.set_xticks([1, 8, 15, 22, 29], ["1 March", "8", "15", "22", "29"])
        ax.set_xlim(0.2, 30.6)
        name_axis(ax, "F1, published, all trips (Shankar 2021); weekends shaded")
    return Picture(
        fig,
        "Published F1 of March 2020: the line since 1 March ends the month at "
        f"{last['cumulative_f1']:.2f}, as if nothing had happened, while the days fall away "
        f"beneath it, to {worst['daily_f1']:.2f} on {worst['day'].day} March.",
    )


@sourced
def march_weeks(weeks: pd.DataFrame) -> Picture:
    """March 2020 on the sample by week: the forest and always-yes, with intervals and n.

    Parameters
    ----------
    weeks : DataFrame
        `debugml.study.released_weekly`.
    """
    with canvas("strip") as (fig, ax):
        few, weeks = weeks[weeks["f1"].isna()], weeks[weeks["f1"].notna()]
        for _, week in few.iterrows():
            ax.annotate(
                "too few", (week["end"].day + 0.4, 0.46),
                ha="right", fontsize=SMALL, color=colour("muted"),
            )  # fmt: skip
        start, end = weeks["start"].dt.day, weeks["end"].dt.day
        middle = (start + end) / 2
        # Wide beneath narrow: where the two agree, both can be seen.
        drawn: tuple[tuple[RoleName, str, float], ...] = (
            ("always_yes", "always_yes_f1", 8),
            ("forest", "f1", 3.4),
        )
        for role, column, width in drawn:
            ax.hlines(weeks[column], start - 0.4, end + 0.4, color=colour(role), linewidth=width)
        points(ax, middle, weeks["f1"], weeks["f1_low"], weeks["f1_high"], "forest")
        for x, low, n in zip(middle, weeks["f1_low"], weeks["n"], strict=True):
            ax.annotate(
                f"{n:,}", (x, low), xytext=(0, -5), textcoords="offset points", ha="center",
                va="top", fontsize=SMALL, color=colour("muted"),
            )  # fmt: skip
        label_line(ax, 31.2, weeks["f1"].iloc[-1], "forest", "forest")
        label_line(ax, 31.2, weeks["always_yes_f1"].iloc[-1], "always yes", "always_yes")
        ax.set_ylim(0.44, 0.79)
        ax.set_yticks([0.5, 0.6, 0.7])
        ax.set_xticks([1, 8, 15, 22, 29], ["1 March", "8", "15", "22", "29"])
        ax.set_xlim(-0.2, 31.4)
        name_axis(ax, "F1 by week on the sample, with n; bars: within-day noise only")
    first, late = weeks.iloc[1], weeks.iloc[-1]
    return Picture(
        fig,
        f"On the sample, weekly F1 falls from {first['f1']:.2f} ({first['n']:,} trips) to "
        f"{late['f1']:.2f} ({late['n']:,} trips, 95 % interval {late['f1_low']:.2f} to "
        f"{late['f1_high']:.2f}); always saying yes falls from {first['always_yes_f1']:.2f} to "
        f"{late['always_yes_f1']:.2f}.",
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
def weekends(published: pd.DataFrame, compared: pd.DataFrame) -> Picture:
    """The published dips are weekends; and each of our days over what its weekday is used to.

    Parameters
    ----------
    published : DataFrame
        `debugml.published.march`; its days up to 15 March are drawn.
    compared : DataFrame
        `debugml.study.against_usual`.
    """
    early = published[published["day"] < "2020-03-16"]
    weekend = early["day"].dt.day_of_week >= 5
    means = early["daily_f1"].groupby(weekend).mean()
    with canvas("slide", cols=2, width_ratios=[1, 1.2], sharey=True) as (fig, (left, right)):
        day = early["day"].dt.day
        left.plot(day, early["daily_f1"], color=colour("faint"), linewidth=1.6)
        _days(left, early["day"], early["daily_f1"], "published", 8.5)
        left.set_xticks([1, 8, 15], ["1 March", "8", "15"])
        left.set_xlim(0.3, 15.7)
        label_line(left, 7.5, early["daily_f1"].min() - 0.002, "weekends", "alarm", side="below")
        left.set_ylim(0.52, compared["usual_high"].max() + 0.01)
        name_axis(left, "daily F1, published (Shankar 2021)")

        day = compared["day"].dt.day
        right.bar(
            day, compared["usual_high"] - compared["usual_low"], bottom=compared["usual_low"],
            width=0.78, color=tint("reference", 0.3),
        )  # fmt: skip
        right.hlines(
            compared["expected"], day - 0.39, day + 0.39, color=colour("reference"), linewidth=2.4
        )
        _days(right, compared["day"], compared["f1"], "forest", 8.5)
        right.set_xticks([1, 8, 15], ["1 March", "8", "15"])
        right.set_xlim(0.3, day.iloc[-1] + 0.7)
        name_axis(right, "F1, sample; grey: 95 % of such weekdays before")
    told = "; ".join(f"{d.day} {d.month_name()}" for d in compared.loc[compared["unusual"], "day"])
    first = compared.iloc[0]
    return Picture(
        fig,
        "In the first fifteen days of March 2020 the published daily F1 averages "
        f"{means[False]:.2f} on weekdays and {means[True]:.2f} on Saturdays and Sundays. On the "
        f"sample, of {len(compared)} days with records enough {compared['unusual'].sum()} lies "
        f"outside what is usual for its weekday ({told or 'none'}); Sunday 1 March has "
        f"{first['f1']:.3f}, where {first['expected']:.3f} is usual.",
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
    """F1 of the forest over 2020; then always-yes, then the base rate, each a step on a slide.

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
        drawn = [
            (
                *ax.plot(x, test[column], color=colour(role), linewidth=3.2),
                label_line(ax, x[-1], test[column].iloc[-1], name, role),
            )
            for column, role, name in lines
        ]
        ax.set_ylim(0.34, 0.78)
        name_axis(ax, "F1 on the sample; band: 95 % interval over days")
        # Labels are kept apart before the steps take over their marks.
        settle(fig)
        for step, artists in enumerate(drawn):
            if step:
                appears(step, *artists)
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


def _days(ax: Axes, days: pd.Series, values: pd.Series, role: RoleName, size: float) -> None:
    """A dot a day, those of weekends red on shaded ground."""
    _weekends(ax, days)
    weekend = days.dt.day_of_week >= 5
    parts: tuple[tuple[pd.Series, RoleName], ...] = ((~weekend, role), (weekend, "alarm"))
    for part, shade in parts:
        ax.plot(days[part].dt.day, values[part], "o", color=colour(shade), markersize=size)


def _weekends(ax: Axes, days: pd.Series) -> None:
    for day in days[days.dt.day_of_week >= 5].dt.day:
        ax.axvspan(day - 0.5, day + 0.5, color=colour("wash"), linewidth=0, zorder=0)
