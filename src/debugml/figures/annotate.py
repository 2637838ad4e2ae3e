"""What a figure says on top of its data: direct labels, notes, moments, intervals, axes.

>>> with canvas() as (fig, ax):
...     line = ax.plot([0, 1, 2], [0.73, 0.71, 0.61], color=colour("forest"))
...     name = label_line(ax, 2, 0.61, "forest", "forest")
...     released = mark(ax, 1, "released")
>>> name.get_text()
'forest'
>>> close(fig)
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedFormatter, FixedLocator, PercentFormatter
from numpy.typing import ArrayLike

from .palette import RoleName, colour, tint
from .style import BODY, SMALL, canvas, close
from .words import month_name

__all__ = [
    "band",
    "canvas",
    "close",
    "label_line",
    "mark",
    "month_axis",
    "name_axis",
    "note",
    "percent_axis",
    "points",
    "settle",
]


def label_line(
    ax: Axes, x: Any, y: float, text: str, role: RoleName, *, side: str = "right", gap: float = 8
) -> Annotation:
    """Write a line's name beside its end in the line's colour, in place of a legend.

    ``side`` is ``right``, ``left``, ``above`` or ``below``. Labels beside one another at the same
    x are kept apart by `settle`, when the figure becomes a `Picture`.

    >>> with canvas() as (fig, ax):
    ...     _ = ax.set_ylim(0, 1)
    ...     first = label_line(ax, 1, 0.50, "forest", "forest")
    ...     second = label_line(ax, 1, 0.51, "always yes", "always_yes")
    ...     settle(fig)
    >>> second.xyann[1] - first.xyann[1] > 10
    True
    >>> close(fig)
    """
    place: dict[str, tuple[tuple[float, float], dict[str, Any]]] = {
        "right": ((gap, 0.0), {"ha": "left", "va": "center"}),
        "left": ((-gap, 0.0), {"ha": "right", "va": "center"}),
        "above": ((0.0, gap), {"ha": "center", "va": "bottom"}),
        "below": ((0.0, -gap), {"ha": "center", "va": "top"}),
    }
    offset, align = place[side]
    label = ax.annotate(
        text,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        color=colour(role),
        fontsize=BODY,
        fontweight="bold",
        annotation_clip=False,
        **align,
    )
    label.set_gid(f"label-{side}")
    return label


def settle(fig: Figure) -> None:
    """Move the labels of lines that end together apart, each as little as can be.

    >>> with canvas() as (fig, ax):
    ...     settle(fig)
    >>> close(fig)
    """
    for ax in fig.axes:
        for side in ("right", "left"):
            labels = [
                text
                for text in ax.texts
                if isinstance(text, Annotation) and text.get_gid() == f"label-{side}"
            ]
            if len(labels) > 1:
                fig.draw_without_rendering()
                _spread(ax, labels)


def _spread(ax: Axes, labels: list[Annotation]) -> None:
    """Least squares with a least distance: isotonic regression of heights less their ranks."""
    line = BODY * 1.2
    ends = ax.transData.transform(
        [
            (ax.convert_xunits(label.xy[0]), ax.convert_yunits(label.xy[1]))  # type: ignore[no-untyped-call]
            for label in labels
        ]
    )
    ends = ends * 72 / ax.figure.dpi
    # A label at a missing value has no place to be kept apart from.
    left = {i for i in range(len(labels)) if np.isfinite(ends[i]).all()}
    while left:
        first = min(left)
        group = sorted(
            (i for i in left if abs(ends[i, 0] - ends[first, 0]) < BODY), key=lambda i: ends[i, 1]
        )
        left -= set(group)
        blocks: list[list[float]] = []
        for rank, i in enumerate(group):
            blocks.append([ends[i, 1] - rank * line])
            while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
                blocks[-2:] = [blocks[-2] + blocks[-1]]
        levels = [float(np.mean(block)) for block in blocks for _ in block]
        for rank, (i, level) in enumerate(zip(group, levels, strict=True)):
            labels[i].xyann = (labels[i].xyann[0], float(level + rank * line - ends[i, 1]))


def note(ax: Axes, text: str, *, role: RoleName = "muted") -> Text:
    """A small line under the axes, flush left: the source, n, or what an interval covers.

    >>> with canvas() as (fig, ax):
    ...     note(ax, "10,000 trips a month").get_fontsize()
    15.0
    >>> close(fig)
    """
    fig = ax.figure
    return fig.supxlabel(text, x=0.006, ha="left", fontsize=SMALL, color=colour(role))


def mark(ax: Axes, x: Any, text: str, *, role: RoleName = "muted", top: float = 1.0) -> Text:
    """A thin vertical line at a moment, named at its top: the release, the first shutdown.

    >>> with canvas() as (fig, ax):
    ...     mark(ax, 3, "released").get_text()
    'released'
    >>> close(fig)
    """
    ax.axvline(x, color=colour(role), linewidth=1.4, linestyle=(0, (4, 3)), zorder=1)
    return ax.annotate(
        text,
        (x, top),
        xycoords=("data", "axes fraction"),
        xytext=(6, -2),
        textcoords="offset points",
        va="top",
        color=colour(role),
        fontsize=SMALL,
    )


def band(ax: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, role: RoleName) -> None:
    """An interval around a line, as a pale band of its colour.

    >>> with canvas() as (fig, ax):
    ...     band(ax, [1, 2], [0.5, 0.5], [0.6, 0.7], "forest")
    >>> close(fig)
    """
    ax.fill_between(x, low, high, color=tint(role, 0.16), linewidth=0, zorder=1.5)


def points(
    ax: Axes, x: ArrayLike, y: ArrayLike, low: ArrayLike, high: ArrayLike, role: RoleName
) -> None:
    """Points with their intervals as thin upright bars.

    >>> with canvas() as (fig, ax):
    ...     points(ax, [1], [0.6], [0.5], [0.7], "forest")
    >>> close(fig)
    """
    middle = np.asarray(y, dtype=float)
    spread = np.abs([middle - np.asarray(low, float), np.asarray(high, float) - middle])
    ax.errorbar(
        x,
        middle,
        yerr=spread,
        fmt="o",
        color=colour(role),
        elinewidth=2,
        markeredgewidth=0,
    )


def percent_axis(ax: Axes, axis: Literal["x", "y"] = "y", decimals: int = 0) -> None:
    """Show shares between 0 and 1 as per cent.

    >>> with canvas() as (fig, ax):
    ...     percent_axis(ax)
    >>> close(fig)
    """
    which = ax.yaxis if axis == "y" else ax.xaxis
    which.set_major_formatter(PercentFormatter(1.0, decimals=decimals, symbol=" %"))


def month_axis(ax: Axes, months: Sequence[str], *, every: int | None = None) -> np.ndarray:
    """Place months (``"2020-01"``) at 0, 1, 2 … and name them; the year stands where it changes.

    Returns the positions to plot at. ``every`` thins the names out; by default about eight stay.

    >>> with canvas() as (fig, ax):
    ...     month_axis(ax, ["2019-12", "2020-01", "2020-02"])
    array([0, 1, 2])
    >>> close(fig)
    """
    step = every or max(1, -(-len(months) // 9))
    ticks, labels, year = list(range(0, len(months), step)), [], ""
    for tick in ticks:
        text = month_name(months[tick])[:3]
        labels.append(text if months[tick][:4] == year else f"{text}\n{months[tick][:4]}")
        year = months[tick][:4]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
    return np.arange(len(months))


def name_axis(ax: Axes, text: str) -> Text:
    """Name the y axis above its top, level, where it is read first and takes no width.

    >>> with canvas() as (fig, ax):
    ...     name_axis(ax, "F1").get_rotation()
    0.0
    >>> close(fig)
    """
    return ax.set_title(
        text, loc="left", fontsize=SMALL, fontweight="normal", color=colour("muted")
    )
