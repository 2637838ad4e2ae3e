"""Features: what the model sees, and two ways to get it wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .annotate import canvas, month_axis, name_axis, percent_axis
from .palette import colour
from .picture import Picture
from .provenance import sourced
from .tables import Table, table
from .words import month_name


@sourced
def feature_rows(features: pd.DataFrame, about: dict[str, str], rows: int = 2) -> Table:
    """What each feature is, and its value in the first rows.

    Parameters
    ----------
    features : DataFrame
        As `debugml.featurize` gives it.
    about : dict of str to str
        What each feature holds, by name, in the order to show.
    """
    values = features[list(about)].head(rows).T
    values.columns = pd.Index([f"trip {n + 1}" for n in range(rows)])
    frame = pd.DataFrame({"feature": list(about), "meaning": list(about.values())})
    shown = frame.join(values.reset_index(drop=True))
    return table(
        shown,
        formats={str(name): ".4g" for name in values.columns},
        labels={"meaning": "what it holds"},
    )


@sourced
def last_day(daily: pd.DataFrame) -> Picture:
    """Trips of each day of a month, with the last day, which a midnight end date drops.

    Parameters
    ----------
    daily : DataFrame
        `debugml.study.released_daily`.
    """
    days, n = daily["start"].dt.day, daily["n"]
    month = daily["start"].iloc[0].month_name()
    with canvas((720, 200)) as (fig, ax):
        lost = days == days.max()
        ax.bar(days[~lost], n[~lost], color=colour("reference"), width=0.74)
        ax.bar(days[lost], n[lost], color=colour("alarm"), width=0.74)
        ax.annotate(
            f"{days.max()} {month}: dropped",
            (days.max(), n.iloc[-1]),
            xytext=(9, 14),
            textcoords="offset points",
            ha="right",
            fontweight="bold",
            color=colour("alarm"),
        )
        ax.set_xticks([1, 7, 14, 21, 28])
        ax.locator_params(axis="y", nbins=4)
        ax.set_xlabel(daily["start"].dt.strftime("%B %Y").iloc[0])
        name_axis(ax, "sample trips a day")
    return Picture(
        fig,
        f"Trips a day in the sample fall from {n.iloc[0]:,} on 1 {month} to {n.iloc[-1]:,} "
        f"on {days.max()} {month}, the day that an end date read as midnight leaves out.",
    )


@sourced
def clock_faults(examples: pd.DataFrame) -> Table:
    """True durations beside the published seconds part.

    Parameters
    ----------
    examples : DataFrame
        ``case``, ``true`` and ``published`` trip time in seconds.
    """
    return table(
        examples,
        formats={"true": ",.0f", "published": ",.0f"},
        labels={
            "case": "from pickup to dropoff",
            "true": ("right", "seconds"),
            "published": ("published pipeline", "seconds"),
        },
        highlight=np.flatnonzero(examples["true"] != examples["published"]).tolist(),
    )


@sourced
def touched(faults: pd.DataFrame, story: tuple[str, str] = ("2020-01", "2020-06")) -> Picture:
    """What two silent faults change, month by month: days lost, and durations that wrapped.

    Parameters
    ----------
    faults : DataFrame
        `debugml.study.published_faults`.
    story : tuple of str
        First and last of the months for which wrapped durations are counted in words.
    """
    lost = (faults["last_day"] / faults["rows"]).to_numpy()
    wrapped = faults["wrapped"].to_numpy()
    least, most = int(lost.argmin()), int(wrapped.argmax())
    told = int(wrapped[faults["month"].between(*story)].sum())
    span = f"{month_name(story[0])} to {month_name(story[1])} {story[1][:4]}"
    months = list(faults["month"])
    with canvas((720, 196), cols=2) as (fig, (left, right)):
        x = month_axis(left, months, every=12)
        shades = [colour("alarm" if at == least else "reference") for at in x]
        left.bar(x, lost, color=shades, width=0.72)
        left.set_ylim(0, lost.max() * 1.42)
        percent_axis(left)
        left.locator_params(axis="y", nbins=4)
        left.annotate(
            f"{months[least]}: {lost[least]:.1%}".replace("%", " %"),
            (x[least], lost[least]), xytext=(x[least], lost.max() * 1.14),
            ha="center", va="bottom", fontweight="bold", color=colour("alarm"),
            arrowprops={"arrowstyle": "-", "color": colour("alarm"), "lw": 1.4},
        )  # fmt: skip
        name_axis(left, "trips lost with the last day")

        month_axis(right, months, every=12)
        right.bar(x, wrapped, color=colour("reference"), width=0.72)
        right.set_ylim(0, wrapped.max() * 1.12)
        right.locator_params(axis="y", nbins=4, integer=True)
        right.annotate(
            f"{span}: {told or 'none'}",
            (x[most] - 4, wrapped.max() * 0.62), ha="right", fontweight="bold",
        )  # fmt: skip
        name_axis(right, "trips with a wrong duration, of 10,000")
    return Picture(
        fig,
        f"The end date loses {np.median(lost):.1%} of the trips in the median month and "
        f"{lost[least]:.1%} in {months[least]}. The seconds part changes {wrapped.sum():,} trips "
        f"in all {len(faults)} months, {told} of them from {span} and most "
        f"({wrapped[most]}) in {months[most]}.",
    )
