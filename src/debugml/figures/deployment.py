"""Deployment: the release, what is known when, and what streams and batches cost."""

from __future__ import annotations

import pandas as pd

from .annotate import canvas, mark, month_axis, name_axis
from .palette import colour
from .picture import Picture


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
