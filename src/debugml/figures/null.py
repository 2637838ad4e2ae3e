"""False alarms where nothing changed, detectors on two springs, what average weeks leave."""

from __future__ import annotations

import re

import pandas as pd

from .annotate import canvas, name_axis, percent_axis
from .palette import RoleName, colour
from .picture import Picture
from .provenance import sourced
from .tables import Table, table
from .words import month_name

SPLIT: dict[str, tuple[str, RoleName]] = {
    "random": ("halves of random trips", "reference"),
    "days": ("halves of random days", "current"),
    "weekdays": ("halves of whole days", "current"),
}
"""What each way of splitting is called, and its role."""

NAMED = {
    "trip_speed": "speed",
    "trip_time": "trip time",
    "trip_distance": "distance",
    "pickup_hour": "hour",
    "PULocationID": "pickup zone",
    "payment_type": "payment type",
    "high_tip": "high tips",
    "any of 11": "any of 11",
}

SHOWN = (
    ("KS", "trip_speed"),
    ("KS", "trip_time"),
    ("KS", "PULocationID"),
    ("KS", "trip_distance"),
    ("KS, Bonferroni", "any of 11"),
    ("chi-squared", "high_tip"),
    ("chi-squared", "payment_type"),
    ("MMD", "all 11"),
    ("z-test", "F1"),
)
"""The tests of the picture, by ``test`` and ``column``."""


@sourced
def rates(null_rates: pd.DataFrame, by: str = "weekdays") -> Picture:
    """How often each test alarms where nothing changed: on random halves, and on whole days.

    Parameters
    ----------
    null_rates : DataFrame
        `debugml.study.null_rates`.
    by : str
        The halves of days to show: ``weekdays`` (as many of each in both) or ``days``.
    """
    found = {(r["split"], r["test"], r["column"]): r for r in null_rates.to_dict("records")}
    level = found["random", *SHOWN[0]]["nominal"]
    with canvas("slide") as (fig, ax):
        ax.axvline(level, color=colour("ink"), linewidth=1.4, linestyle=(0, (4, 3)))
        for split, shift in (("random", 0.17), (by, -0.17)):
            role = SPLIT[split][1]
            for place, shown in enumerate(SHOWN):
                row = found[split, *shown]
                ax.plot(
                    [row["low"], row["high"]], [place + shift] * 2, color=colour(role), linewidth=3
                )
                ax.plot(row["rate"], place + shift, "o", color=colour(role), markersize=7)
        for split, height in ((by, 0.12), ("random", 0.02)):
            said, role = SPLIT[split]
            ax.annotate(
                said, (0.99, height), xycoords="axes fraction", ha="right", va="bottom",
                fontweight="bold", color=colour(role),
                bbox={"facecolor": colour("paper"), "linewidth": 0, "pad": 1},
            )  # fmt: skip
        ax.set_yticks(range(len(SHOWN)), [_said(*shown) for shown in SHOWN])
        ax.tick_params(axis="y", labelcolor=colour("ink"), length=0)
        ax.set_ylim(len(SHOWN) - 0.4, -0.6)
        ax.set_xlim(0, None)
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        percent_axis(ax, "x")
        name_axis(
            ax, f"false alarms; dashed: the {100 * level:g} % promised; lines: 95 % intervals"
        )
    random, whole = ([found[split, *shown] for shown in SHOWN] for split in ("random", by))
    kept = sum(row["low"] <= level <= row["high"] or row["rate"] < level for row in random)
    broken = sum(row["low"] > level for row in whole)
    times = whole[0]["rate"] / random[0]["rate"]
    told = "; ".join(
        f"{_said(*shown)} {_percent(one['rate'])} and {_percent(other['rate'])}"
        for shown, one, other in zip(SHOWN, random, whole, strict=True)
    )
    return Picture(
        fig,
        f"False alarms in {_calm(null_rates)}, where nothing changed, at a level of "
        f"{100 * level:g} %. "
        f"On halves of random trips {kept} of {len(SHOWN)} tests keep it; on {SPLIT[by][0]} "
        f"{broken} break it, and KS on speed fires {times:.0f} times as often. "
        f"By test, random trips and whole days: {told}.",
    )


@sourced
def all_rates(null_rates: pd.DataFrame) -> Table:
    """Every test's false-alarm rate, in the three ways of splitting.

    Parameters
    ----------
    null_rates : DataFrame
        `debugml.study.null_rates`.
    """
    order = null_rates.drop_duplicates(["test", "column"])[["test", "column", "nominal"]]
    shown = pd.DataFrame({"test": order["test"].map(_named), "column": order["column"]})
    # A rule without a level has nothing to keep.
    shown["nominal"] = order["nominal"].where(order["nominal"] > 0)
    for split in SPLIT:
        part = null_rates[null_rates["split"] == split].set_index(["test", "column"])["rate"]
        shown[split] = [part[test, column] for test, column in order[["test", "column"]].to_numpy()]
    return table(
        shown,
        formats=dict.fromkeys(("nominal", *SPLIT), _percent),
        labels={
            "test": _calm(null_rates),
            "nominal": ("promised", "level"),
            "random": ("random trips", "false alarms"),
            "days": ("random days", "false alarms"),
            "weekdays": ("whole days", "weekdays alike"),
        },
        highlight=[
            place
            for place, (level, rate) in enumerate(
                zip(shown["nominal"], shown["weekdays"], strict=True)
            )
            if rate > 2 * level
        ],
        note="Marked: more than twice the level promised, with as many of each weekday on "
        "either side.",
    )


@sourced
def streams(streamed_alarms: pd.DataFrame) -> Table:
    """Each detector's alarms in the spring of release and in the calm one, and the first.

    Parameters
    ----------
    streamed_alarms : DataFrame
        `debugml.study.streamed_alarms`.
    """
    release, *calm = dict.fromkeys(streamed_alarms["year"])
    keys = ["detector", "watched"]
    by_year = {
        year: part.set_index(keys) for year, part in streamed_alarms.groupby("year", sort=False)
    }
    now = by_year[release]
    shown = pd.DataFrame(
        {
            "detector": [_named(detector) for detector, _ in now.index],
            "watched": [
                watched.replace("_", " ").removeprefix("trip ") for _, watched in now.index
            ],
            **{f"alarms {y}": by_year[y].loc[now.index, "alarms"].to_numpy() for y in calm},
            "alarms": now["alarms"].to_numpy(),
            "first": [_day(day) for day in now["first"]],
        }
    )
    return table(
        shown,
        labels={
            "alarms": (release, "alarms"),
            **{f"alarms {year}": (year, "alarms, calm") for year in calm},
            "first": (release, "first alarm"),
        },
        note="March to May, the same forest in both years; one story, no statistic.",
    )


@sourced
def calendar(calendar_left: pd.DataFrame) -> Table:
    """D observed, of the calendar alone, left between average weeks, and what noise does.

    Marked is what exceeds the noise of whole days. That of trips is nearly the same for all
    features, and stands below.

    Parameters
    ----------
    calendar_left : DataFrame
        `debugml.study.calendar_left`.
    """
    columns = ["column", "d_observed", "d_calendar", "d_left", "d_days"]
    credited = "published" in calendar_left
    shown = calendar_left[["column", *(["published"] if credited else []), *columns[1:]]]
    months = " and ".join(
        month_name(calendar_left[end].iloc[0]) for end in ("reference", "current")
    )
    labels: dict[str, str | tuple[str, str]] = {
        "column": months,
        "d_observed": ("D", "our sample"),
        "d_calendar": ("D", "of the calendar"),
        "d_left": ("D left", "average weeks"),
        "d_days": ("noise", "of days, 5 %"),
    }
    if credited:
        labels["published"] = ("D", "published")
    return table(
        shown,
        formats=dict.fromkeys(map(str, shown.columns[1:]), ".3f"),
        labels=labels,
        emphasise=["d_left"],
        highlight=[place for place, p in enumerate(calendar_left["p_days"]) if p <= 0.05],
        note=f"Noise of trips, if they were independent: {calendar_left['d_chance'].max():.3f}.",
    )


def _said(test: str, column: str) -> str:
    if column == "all 11":
        return f"{test}, all features"
    test = test.removesuffix(", Bonferroni")
    return f"{test}, {NAMED.get(column, column)}"


def _named(test: str) -> str:
    """As the policies are called: a D that is *shown* to exceed a line is the minimum effect."""
    test = re.sub(r"(?:KS, )?D > ([\d.]+) shown", r"minimum effect \1", test)
    return re.sub(r"\b\d{4,}\b", lambda n: f"{int(n[0]):,}", test)


def _calm(null_rates: pd.DataFrame) -> str:
    month = null_rates["month"].iloc[0]
    return f"{month_name(month)} {month[:4]}"


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


def _day(day: str) -> str:
    return day if day == "none" else f"{int(day[8:])} {month_name(day)}"
