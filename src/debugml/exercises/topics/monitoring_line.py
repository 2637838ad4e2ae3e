"""A figure to read: four models by day and since release, and one of them fell last week."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ...figures.annotate import canvas, label_line, name_axis
from ...figures.palette import colour
from ...figures.picture import Picture
from ..drawing import Reading
from ..exercise import Exercise

DAYS = np.arange(1, 29)
"""Four weeks from a release on a Monday."""

_WEEKEND = (DAYS - 1) % 7 >= 5
_LAST = 21
_NOISE = 0.006
_STEP = 0.05


@cache
def _story(seed: int) -> tuple[dict[str, str], int, float, pd.DataFrame]:
    """Which panel has which story, the first day of the fall, the gap, and the lines."""
    rng = np.random.default_rng([abs(int(seed)), 2803])
    trips = np.where(_WEEKEND, 210, 320) + rng.integers(-25, 26, len(DAYS))
    positives = np.round(trips * 0.56)
    first = int(rng.integers(22, 26))
    gap = float(rng.choice([0.15, 0.2, 0.25]))

    def daily(level: float, dip: float) -> np.ndarray:
        return level - dip * _WEEKEND + rng.uniform(-_NOISE, _NOISE, len(DAYS))

    # The fall is as deep as leaves the wanted gap on the last day, whose own records are part
    # of the line since release.
    falls = daily(rng.uniform(0.67, 0.71), rng.uniform(0.03, 0.045))
    depth = np.where(first <= DAYS, 0.5 + 0.5 * (DAYS - first) / (28 - first), 0.0)
    share = positives / positives.sum()
    falls -= depth * (gap + falls[-1] - share @ falls) / (1 - share @ depth)

    early = daily(rng.uniform(0.69, 0.72), rng.uniform(0.03, 0.045))
    early -= np.where(rng.integers(4, 7) <= DAYS, rng.uniform(0.14, 0.17), 0.0)
    lines = {
        "falls": falls,
        "falls early": early,
        "weekends": daily(rng.uniform(0.68, 0.72), rng.uniform(0.15, 0.19)),
        "low": daily(rng.uniform(0.54, 0.57), rng.uniform(0.02, 0.03)),
    }
    panels = dict(zip(rng.permutation(list("ABCD")).tolist(), lines, strict=True))
    frames = [
        pd.DataFrame(
            {
                "panel": panel,
                "day": DAYS,
                "daily_f1": lines[panels[panel]],
                "since_release_f1": np.cumsum(positives * lines[panels[panel]])
                / np.cumsum(positives),
            }
        )
        for panel in "ABCD"
    ]
    where = {story: panel for panel, story in panels.items()}
    return where, first, round(gap, 2), pd.concat(frames, ignore_index=True)


def _drawn(seed: int) -> tuple[Picture, pd.DataFrame]:
    data = _story(seed)[3]
    low, high = data["daily_f1"].min(), data["daily_f1"].max()
    with canvas((720, 520), rows=2, cols=2, sharex=True, sharey=True) as (fig, axes):
        for panel, ax in zip("ABCD", axes.flat, strict=True):
            part = data[data["panel"] == panel]
            for saturday in DAYS[_WEEKEND][::2]:
                ax.axvspan(
                    saturday - 0.5, saturday + 1.5, color=colour("wash"), linewidth=0, zorder=0
                )
            ax.plot(part["day"], part["daily_f1"], color=colour("alarm"), linewidth=1.4)
            ax.plot(part["day"], part["daily_f1"], "o", color=colour("alarm"), markersize=5)
            ax.plot(part["day"], part["since_release_f1"], color=colour("published"), linewidth=3)
            name_axis(ax, f"Model {panel}").set(color=colour("ink"), fontweight="bold")
        # The names stand in room of their own, below what the lines reach.
        floor = _STEP * np.floor((low - 0.085) / _STEP)
        first = axes.flat[0]
        first.set_ylim(floor, _STEP * np.ceil((high + 0.005) / _STEP))
        first.set_yticks(np.arange(floor, high + _STEP, _STEP).round(2), minor=False)
        first.set_yticks(
            (ticks := first.get_yticks()),
            [f"{tick:.1f}" if round(tick * 20) % 2 == 0 else "" for tick in ticks],
        )
        first.set_xticks([1, 8, 15, 22, 28])
        first.set_xlim(0.3, 28.7)
        label_line(first, 1, floor + 0.03, "each day", "alarm", gap=0)
        label_line(first, 12, floor + 0.03, "since release", "published", gap=0)
        for ax in axes[1]:
            ax.set_xlabel("day since release")
    ends = data[data["day"] == DAYS[-1]]["since_release_f1"]
    return Picture(
        fig,
        "F1 of four models, A to D, in 28 days since a release on a Monday: a line for each day "
        f"by itself, between {low:.2f} and {high:.2f}, and a line for all trips since release, "
        f"which ends between {ends.min():.2f} and {ends.max():.2f}. Weekends are shaded, grid "
        "lines are 0.05 apart. The same numbers are in the attribute data.",
    ), data


def _right(seed: int) -> Mapping[str, Any]:
    where, first, gap, _ = _story(seed)
    return {"panel": where["falls"], "first_day": first, "gap": gap}


def _panel_of(story: str) -> Any:
    return lambda seed: {"panel": _story(seed)[0][story]}


FLAT_LINE = Exercise(
    name="monitoring-flat-line",
    title="Which flat line hides a fall?",
    kind="read a figure",
    level=1,
    minutes=8,
    section="sec-monitoring-march",
    slide="sec-slide-monitoring-march",
    examine=Reading(
        drawn=_drawn,
        right=_right,
        cost="The line on the wall says that all is well for as long as it takes to have many bad "
        "days, and users notice first.",
        misconceptions={
            "the line since release read for the present": (
                _panel_of("falls early"),
                "The team repairs what fell weeks ago and has been steady since; what falls today "
                "waits until the average gives way.",
            ),
            "a weekend taken for a fall": (
                _panel_of("weekends"),
                "The alarm rings every Saturday. By the third, nobody gets up for it.",
            ),
            "low taken for falling": (
                _panel_of("low"),
                "A model with few yes to find is blamed for its level, which a constant shares, "
                "and the one that broke is left running.",
            ),
            "the lowest day taken for the first": (
                lambda seed: {"first_day": int(DAYS[-1])},
                "The search for the cause begins days too late: the deployment that did it is "
                "outside the range that anybody looks at.",
            ),
            "the next weekend taken for the first day": (
                lambda seed: {"first_day": int(DAYS[_WEEKEND][-2])},
                "The fall is put down to the weekend, and its cause, in the week before, is not "
                "looked for.",
            ),
            "the fall in the line since release taken for the gap": (
                lambda seed: {"gap": _shown(seed)},
                "The report gives a small part of the loss as the whole of it, and the repair "
                "is put off.",
            ),
        },
    ),
)


def _shown(seed: int) -> float:
    """What the line since release itself lost in the last week, to the grid."""
    where, *_, data = _story(seed)
    line = data[data["panel"] == where["falls"]].set_index("day")["since_release_f1"]
    return round(round(float(line[_LAST] - line[DAYS[-1]]) / _STEP) * _STEP, 2)
