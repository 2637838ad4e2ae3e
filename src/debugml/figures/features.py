"""Features: what the model sees, and two ways to get it wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .annotate import canvas, name_axis
from .palette import colour
from .picture import Picture
from .provenance import sourced
from .tables import Table, table


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
