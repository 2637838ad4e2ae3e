"""An exercise on pipelines: an incident's timeline, drawn for a seed, and what it shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ...figures.palette import RoleName, colour, tint
from ...figures.picture import Picture
from ...figures.style import BODY, SMALL, canvas
from ..drawing import Reading
from ..exercise import Exercise


class Step(NamedTuple):
    """A row of the figure: what ran on a day, and the days whose trips it read, if any."""

    name: str
    ran: int
    first: int = 0
    last: int = 0
    role: RoleName = "reference"

    def read(self, fault: int) -> bool:
        """Whether it read trips of the fault's first day or later."""
        return self.last >= fault


class Incident(NamedTuple):
    """What happened, in days; the fault's first day, and the steps in the order of the days."""

    fault: int
    steps: tuple[Step, ...]

    def ran(self, name: str) -> int:
        """The day on which a step ran."""
        return next(step.ran for step in self.steps if step.name == name)


def incident(seed: int) -> Incident:
    """An incident for a seed: another seed, other days, and another step that could stop it."""
    rng = np.random.default_rng(abs(seed))

    def later(day: int, least: int, most: int) -> int:
        return day + int(rng.integers(least, most + 1))

    lag = int(rng.integers(2, 6))
    fault = int(rng.integers(17, 26))
    # Either the last days are held out for the gate, or it asks the same old trips each time.
    held_out = bool(rng.integers(2))
    features = later(28 + lag, 1, 2)
    training = later(features, 1, 2)
    gate = later(training, 1, 2)
    release = later(gate, 1, 3)
    alarm = later(release + 6, 2, 5)
    steps = (
        Step("file A", 21 + lag, 15, 21),
        Step("file B", 28 + lag, 22, 28),
        Step("features", features, 15, 28),
        Step("training", training, 15, 25 if held_out else 28, "forest"),
        Step("gate", gate, *((26, 28) if held_out else (1, 7))),
        Step("release", release, role="forest"),
        Step("alarm", alarm, release, release + 6, "alarm"),
        Step("repair", later(alarm, 2, 6), role="ranking"),
    )
    return Incident(fault, steps)


def _readings(seed: int) -> dict[str, int | str]:
    found = incident(seed)
    release = found.ran("release")
    saw = [step for step in found.steps if step.read(found.fault)]
    return {
        "hidden": min(step.ran for step in saw) - found.fault,
        "last_stop": max((step.ran, step.name) for step in saw if step.ran < release)[1],
        "live": found.ran("repair") - release,
    }


def _last_day_of_file(seed: int) -> dict[str, int | str]:
    found = incident(seed)
    files = (step for step in found.steps if step.name.startswith("file"))
    return {"hidden": min(s.last for s in files if s.read(found.fault)) - found.fault}


_LEFT, _DAY, _TOP, _ROW = 92.0, 9.6, 50.0, 36.0


def _x(day: float) -> float:
    return _LEFT + day * _DAY


def _row(ax: Axes, at: int, step: Step) -> None:
    y = _TOP + (at + 0.5) * _ROW
    ax.text(0, y, step.name, fontsize=BODY, fontweight="bold", va="center")
    if step.last:
        width = step.last - step.first + 1
        ax.barh(
            y, width * _DAY, left=_x(step.first - 0.5), height=22, zorder=2,
            color=tint(step.role, 0.38),
        )  # fmt: skip
        said = f"{step.first}–{step.last}"
        # What has no room in its bar stands before it.
        inside = width > 5
        ax.text(
            _x((step.first + step.last) / 2) if inside else _x(step.first - 0.5) - 5, y, said,
            fontsize=SMALL, ha="center" if inside else "right", va="center", zorder=4,
        )  # fmt: skip
    ax.plot(_x(step.ran), y, "o", color=colour(step.role), markersize=11, zorder=4)
    ax.text(
        _x(step.ran) + 9, y, f"{step.ran}", fontsize=SMALL, fontweight="bold", va="center",
        color=colour(step.role), zorder=4,
    )  # fmt: skip


def timeline(seed: int) -> tuple[Picture, pd.DataFrame]:
    """The incident's figure, and what it shows as a table."""
    found = incident(seed)
    repair = found.ran("repair")
    bottom = _TOP + _ROW * len(found.steps)
    with canvas((720, 366)) as (fig, ax):
        ax.set_axis_off()
        ax.set_xlim(0, 714)
        ax.set_ylim(360, 0)
        start, end = _x(found.fault - 0.5), _x(repair + 0.5)
        ax.fill_between([start, end], _TOP - 4, bottom, color=tint("alarm", 0.1), linewidth=0)
        ax.text(
            start + 4, _TOP - 18, f"trips are wrong: days {found.fault} to {repair}",
            fontsize=SMALL, fontweight="bold", color=colour("alarm"), va="center",
        )  # fmt: skip
        ax.text(
            0, 12, "bar: days whose trips it read · dot: day on which it ran", fontsize=SMALL,
            color=colour("muted"), va="center",
        )  # fmt: skip
        for day in range(0, 61, 10):
            ax.plot([_x(day)] * 2, [_TOP - 4, bottom], color=colour("grid"), zorder=1, linewidth=1)
            ax.text(
                _x(day), bottom + 12, f"day {day}" if day else "0", fontsize=SMALL, ha="center",
                va="center", color=colour("muted"),
            )  # fmt: skip
        for at, step in enumerate(found.steps):
            _row(ax, at, step)
    told = [
        f"{step.name} on day {step.ran}"
        + (f", which read the trips of days {step.first} to {step.last}" if step.last else "")
        for step in found.steps
    ]
    alt = (
        f"A timeline of {len(found.steps)} rows over sixty days. Trips are wrong from day "
        f"{found.fault} to day {repair}. From the top: {'; '.join(told)}."
    )
    rows = [(s.name, s.ran, s.first or None, s.last or None) for s in found.steps]
    data = pd.DataFrame(rows, columns=["step", "ran", "first", "last"])
    data.attrs["fault"] = found.fault
    return Picture(fig, alt), data.astype({"first": "Int64", "last": "Int64"})


WHEN_KNOWN = Exercise(
    name="pipelines-when-known",
    title="When could anybody have known?",
    kind="read a figure",
    level=1,
    minutes=8,
    section="sec-pipelines-cycle",
    slide="sec-slide-pipelines-cycle",
    examine=Reading(
        drawn=timeline,
        right=_readings,
        cost="A post-mortem with a wrong day in it sends people to repair a step that could not "
        "have seen the fault.",
        misconceptions={
            "known when the alarm rings": (
                lambda seed: {"hidden": incident(seed).ran("alarm") - incident(seed).fault},
                "The team waits for its alarm, while the trips that show the fault have long been "
                "on its own disk.",
            ),
            "a file's last day taken for its arrival": (
                _last_day_of_file,
                "The plan promises a check on the evening of the last day. The file isn't there "
                "yet, and the check passes on nothing.",
            ),
            "the first file, whatever it holds": (
                lambda seed: {"hidden": incident(seed).ran("file A") - incident(seed).fault},
                "Somebody is blamed for passing a file in which every trip was right.",
            ),
            "a gate sees whatever is wrong": (
                lambda seed: {"last_stop": "gate"},
                "A gate that asks the same old trips each time passes every model that learned "
                "from new faults, and everybody feels safe.",
            ),
            "the alarm takes the model back": (
                lambda seed: {"live": incident(seed).ran("alarm") - incident(seed).ran("release")},
                "An alarm stops nothing. The predictions between it and the repair are missing "
                "from the list of those to be withdrawn.",
            ),
            "live only since the alarm": (
                lambda seed: {"live": incident(seed).ran("repair") - incident(seed).ran("alarm")},
                "The predictions from before the alarm are the larger part, and nobody looks at "
                "them again.",
            ),
        },
    ),
)
