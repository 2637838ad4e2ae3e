"""Pipelines: the people, the life cycle and the system behind one prediction; what it rests on."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text

from .annotate import canvas
from .build import appears
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import BODY, LARGE, SMALL
from .words import month_name

STAGES = ("data", "features", "model", "gate", "service", "screen")
"""Between a passenger's trip and what a customer sees."""


class Person(NamedTuple):
    """Somebody who touches a prediction: the stages, and what "the algorithm" means to them."""

    name: str
    asks: str
    first: str
    last: str
    algorithm: str = ""
    means: tuple[str, str] = ("", "")
    role: RoleName = "base_rate"


PEOPLE = (
    Person("domain expert", "What counts as a tip?", "data", "features"),
    Person("data engineer", "Is the file whole?", "data", "features"),
    Person(
        *("data scientist", "Does it generalise?", "features", "gate"),
        *("how I train", ("features", "model"), "forest"),
    ),
    Person(
        *("ML engineer", "Will it run tonight?", "features", "service"),
        *("the job that I keep running", ("features", "service"), "card"),
    ),
    Person("product owner", "Is it worth its cost?", "gate", "screen"),
    Person(
        *("client", "Why was mine wrong?", "screen", "screen"),
        *("all that is behind my screen", ("data", "screen"), "always_yes"),
    ),
)
"""In the order of the stages that they touch."""


class Station(NamedTuple):
    """A step of the life cycle, the topics of this book that stand there, and whose it is."""

    name: str
    topics: str
    owner: str
    role: RoleName


CYCLE = (
    Station("ask", "pipelines", "product owner", "reference"),
    Station("collect", "trips", "data engineer", "reference"),
    Station("describe", "features", "data scientist", "forest"),
    Station("train", "training", "", "forest"),
    Station("approve", "promotion", "ML engineer", "reference"),
    Station("run", "deployment", "", "reference"),
    Station("watch", "monitoring, drift", "whoever inherits it", "alarm"),
    Station("respond", "alarms, retraining", "", "alarm"),
)
"""Clockwise; an empty owner is the one before."""


class Part(NamedTuple):
    """A part of the system, the module that is it here, and what of it has to have a version."""

    name: str
    module: str
    versions: tuple[str, ...]
    role: RoleName


SYSTEM = (
    Part("files", "trips", ("training,", "validation,", "test set"), "reference"),
    Part("columns", "features", ("code,", "names"), "reference"),
    Part("model", "training", ("its file,", "parameters,", "seed"), "forest"),
    Part("decision", "promotion", ("metrics,", "limits,", "reasons"), "reference"),
    Part("predictions", "deployment", ("model,", "record"), "reference"),
    Part("scores", "monitoring", ("metrics,", "labels", "known"), "reference"),
)
"""From left to right, as data flow."""

KINDS = {
    "decision": ("decision", "at the gate, and to release"),
    "run": ("run", "train, decide, release, replay"),
    "file": ("file", ""),
    "feature": ("feature", "of each trip"),
    "library": ("library", "with a version on record"),
    "code": ("function or class", ""),
}
"""What `rests` shows, from the top: each kind in the singular, and a word on it."""

_TOLD: dict[bool, tuple[str, RoleName, str]] = {
    True: ("before: how many", "forest", "of 100 “yes”\nwill be wrong.\n\nAny of these."),
    False: ("after: which", "alarm", "of 100 “yes”\nwere wrong.\n\nThese."),
}
"""Beside the hundred dots, while nothing but the number is known, and then."""

PLURALS = {"library": "libraries", "function or class": "functions and classes"}


@sourced
def people() -> Picture:
    """Who touches one prediction, what each asks, and what three of them call the algorithm.

    After Shankar (2021), "Predictive Modeling: A Retrospective"; no data.
    """
    left, pitch, top, row = 330.0, 64.0, 30.0, 37.0
    with canvas("slide") as (fig, ax):
        _plain(ax, 714, 284)
        for place, stage in enumerate(STAGES):
            x = left + (place + 0.5) * pitch
            ax.text(x, 8, stage, fontsize=SMALL, color=colour("muted"), ha="center", va="center")
            ax.plot([x, x], [22, top + row * len(PEOPLE) - 4], color=colour("grid"), zorder=0)
        for line, person in enumerate(PEOPLE):
            y = top + row * line + row / 2
            ax.text(0, y, person.name, fontsize=BODY, fontweight="bold", va="center")
            ax.text(130, y, person.asks, fontsize=SMALL, color=colour("muted"), va="center")
            # On paper, so that the lines don't show through.
            for face in (colour("paper"), tint("base_rate", 0.26)):
                _bar(ax, left, pitch, y, person.first, person.last, face)
            if person.algorithm:
                first, last = person.means
                bar = _bar(ax, left, pitch, y, first, last, colour(person.role))
                middle = left + (STAGES.index(first) + STAGES.index(last) + 1) * pitch / 2
                said = ax.text(
                    middle, y, person.algorithm, fontsize=SMALL, fontweight="bold",
                    color=colour("paper"), ha="center", va="center", zorder=4,
                )  # fmt: skip
                appears(1, bar, said)
        y = top + row * len(PEOPLE) + 18
        ax.text(
            left, y, "pale: what each touches", fontsize=SMALL, color=colour("muted"), va="center"
        )
        key = ax.text(
            714, y, "full: “the algorithm”", fontsize=SMALL, fontweight="bold", ha="right",
            va="center",
        )  # fmt: skip
        appears(1, key)
    meant = "; ".join(f"to the {p.name}, {p.algorithm}" for p in PEOPLE if p.algorithm)
    asked = " ".join(f"{p.name}: {p.asks}" for p in PEOPLE)
    return Picture(
        fig,
        f"{len(PEOPLE)} people touch one prediction between {STAGES[0]} and {STAGES[-1]}, and ask: "
        f"{asked} “The algorithm” means, {meant}.",
    )


@sourced
def cycle() -> Picture:
    """The life cycle of a model, with the topics of this book where they belong, and its owners.

    After Treveil et al. (2020), "Introducing MLOps"; no data.
    """
    xs = (108.0, 274.0, 440.0, 606.0)
    upper, lower = 70.0, 214.0
    half = len(CYCLE) // 2
    at = [(x, upper) for x in xs] + [(x, lower) for x in reversed(xs)]
    with canvas("slide") as (fig, ax):
        _plain(ax, 714, 284)
        _track(ax, xs, upper, lower)
        for (x, y), station in zip(at, CYCLE, strict=True):
            outward = -1 if y == upper else 1
            model = station.name == "train"
            ax.plot(
                x, y, "o", color=colour(station.role if model else "paper"), zorder=4,
                markersize=22 if model else 15, markeredgewidth=4,
                markeredgecolor=colour(station.role),
            )  # fmt: skip
            name, topics = (y - 46, y - 24) if outward < 0 else (y + 26, y + 48)
            ax.text(
                x, name, station.name, fontsize=BODY, fontweight="bold", ha="center", va="center",
                color=colour(station.role if station.role != "reference" else "ink"),
            )  # fmt: skip
            ax.text(
                x, topics, station.topics, fontsize=SMALL, color=colour("muted"), ha="center",
                va="center",
            )  # fmt: skip
        for place, station in enumerate(CYCLE):
            if station.owner:
                _owner(ax, at, place, half)
        ax.text(
            357, (upper + lower) / 2, "lineage: the way back through every step",
            fontsize=BODY, fontweight="bold", ha="center", va="center",
        )  # fmt: skip
    named = ", ".join(f"{s.name} ({s.topics})" for s in CYCLE)
    hands = [s.owner for s in CYCLE if s.owner]
    return Picture(
        fig,
        f"The life cycle of a model as a loop of {len(CYCLE)} steps, with the topics of this book: "
        f"{named}. One step trains. It passes through {len(hands)} hands: {', '.join(hands)}.",
    )


@sourced
def system() -> Picture:
    """The parts of a pipeline, what needs a version, and the two ways through it; no data.

    After Hermann and Del Balso (2017), "Meet Michelangelo".
    """
    pitch, width = 120.4, 108.0
    with canvas("slide") as (fig, ax):
        _plain(ax, 714, 284)
        _arrow(ax, (2, 22), (712, 22), "ink", 2.5)
        ax.text(
            0, 8, "forwards: to make a prediction is easy", fontsize=SMALL, fontweight="bold",
            va="center",
        )  # fmt: skip
        for place, part in enumerate(SYSTEM):
            x = place * pitch
            middle = x + width / 2
            ax.add_patch(_box(x, 44, width, 62, colour(part.role)))
            ax.text(
                middle, 64, part.name, fontsize=BODY, fontweight="bold", ha="center",
                va="center", color=colour("paper"), zorder=3,
            )  # fmt: skip
            ax.text(
                middle, 87, part.module, fontsize=SMALL, ha="center", va="center", zorder=3,
                color=colour("paper"),
            )  # fmt: skip
            if place:
                _arrow(ax, (x - pitch + width + 1, 75), (x - 1, 75), "muted", 2)
            stem = ax.plot([middle] * 2, [106, 132], color=colour(part.role), linewidth=2)
            tag = ax.add_patch(_box(x, 132, width, 84, tint(part.role, 0.12)))
            lines = ax.text(
                middle, 174, "\n".join(part.versions), fontsize=SMALL, ha="center",
                va="center", linespacing=1.3, zorder=3,
            )  # fmt: skip
            appears(1, stem, tag, lines)
        back = _arrow(ax, (712, 244), (2, 244), "alarm", 2.5)
        said = ax.text(
            714, 266, "backwards: only where each step kept the version of what it used",
            fontsize=SMALL, fontweight="bold", color=colour("alarm"), ha="right", va="center",
        )  # fmt: skip
        appears(2, back, said)
    kept = "; ".join(f"{p.name} ({p.module}): {' '.join(p.versions)}" for p in SYSTEM)
    return Picture(
        fig,
        f"A pipeline of {len(SYSTEM)} parts from left to right. What needs a version: {kept}. "
        "Forwards, a prediction is easy to make; backwards, it can be traced only where each step "
        "kept the version of what it used.",
    )


@sourced
def real(facts: pd.DataFrame, spread: pd.DataFrame, before: str, after: str) -> Picture:
    """Three ways in which the trips differ from a benchmark, each with one number.

    Parameters
    ----------
    facts : DataFrame
        `debugml.study.month_facts`.
    spread : DataFrame
        `debugml.study.feature_spread`.
    before, after : str
        Months; the first two numbers are of ``before``.
    """
    month = facts.set_index("month").to_dict("index")[before]
    speeds = spread.set_index("month").to_dict("index")
    slow, fast = (float(speeds[each]["trip_speed_middle"]) for each in (before, after))
    rows: tuple[tuple[str, str, str], ...] = (
        (
            f"{month['refunds']:,.0f}",
            "not clean",
            f"of {month['trips']:,.0f} fares\nare zero or below",
        ),
        (
            f"{speeds[before]['airport']:.0%}".replace("%", " %"),
            "not balanced",
            "of the trips begin or\nend at an airport",
        ),
        (
            f"{slow:.0f} → {fast:.0f}",
            "not still",
            f"miles an hour, from\n{month_name(before)} to {month_name(after)}",
        ),
    )
    with canvas((720, 140)) as (fig, ax):
        _plain(ax, 714, 134)
        for place, (number, name, said) in enumerate(rows):
            x = place * 248
            ax.text(
                x, 24, number, fontsize=44, fontweight="bold", va="center", color=colour("forest")
            )
            ax.text(x, 68, name, fontsize=LARGE, fontweight="bold", va="center")
            ax.text(x, 86, said, fontsize=SMALL, va="top", color=colour("muted"))
            if place:
                ax.plot([x - 22, x - 22], [0, 130], color=colour("grid"))
    return Picture(
        fig,
        f"Trips of {before}: {rows[0][0]} of {month['trips']:,.0f} fares are zero or below; "
        f"{rows[1][0]} begin or end at an airport. Their median speed went from {slow:.0f} to "
        f"{fast:.0f} miles an hour by {after}.",
    )


@sourced
def rests(on: pd.DataFrame) -> Picture:
    """Everything that one prediction rests on, a mark for each; the model's own in blue.

    Parameters
    ----------
    on : DataFrame
        `debugml.study.rests_on`.
    """
    with canvas((720, 300)) as (fig, ax):
        _plain(ax, 714, 294)
        y = 4.0
        for step, kind in enumerate(KINDS):
            part = on[on["kind"] == kind].sort_values("model", ascending=False, kind="stable")
            n = len(part)
            name, said = KINDS[kind]
            said = _about(kind, part) or said
            artists: list[object] = [
                ax.text(
                    58, y + 17, f"{n:,}", fontsize=28, fontweight="bold", ha="right", va="center"
                ),
                ax.text(
                    70, y + 17, _plural(name, n), fontsize=BODY, fontweight="bold", va="center"
                ),
            ]
            artists += _marks(ax, part["model"].to_numpy(), y, said)
            if step:
                appears(step, artists)
            y += 43
    counts = on.groupby("kind").size()
    models = int(on[(on["kind"] == "code")]["model"].sum())
    told = ", ".join(f"{counts[k]:,} {_plural(KINDS[k][0], counts[k])}" for k in KINDS)
    return Picture(
        fig,
        f"One prediction rests on {told}; {models} of the functions and classes are the model's "
        "own.",
    )


@sourced
def wrong(bins: pd.DataFrame) -> Picture:
    """Of a hundred "yes": how many were expected to be wrong, and how many were.

    The wrong ones stand where a lot put them: which they would be, nobody knew.

    Parameters
    ----------
    bins : DataFrame
        `debugml.study.calibration`; of its bins those above one half are the "yes".
    """
    expected, came = wrong_shares(bins)
    lot = np.random.default_rng(0).permutation(100)
    x, y = 11.0 + (np.arange(100) % 10) * 22, 56.0 + (np.arange(100) // 10) * 22
    with canvas("slide") as (fig, ax):
        _plain(ax, 714, 284)
        for left, share, known in ((0.0, expected, True), (378.0, came, False)):
            count = round(100 * share)
            bad = (lot < count) & (not known)
            dots = [
                ax.plot(left + x[of], y[of], "o", color=face, markersize=16, markeredgewidth=0)
                for of, face in ((~bad, tint("forest", 0.32)), (bad, colour("alarm")))
            ]
            texts = _beside(ax, left, count, known)
            if not known:
                appears(1, dots, texts)
    return Picture(
        fig,
        f"Of a hundred yes predictions {100 * expected:.0f} were expected to be wrong, and "
        f"{100 * came:.0f} were. Before, all hundred look the same: nothing says which.",
    )


def wrong_shares(bins: pd.DataFrame) -> tuple[float, float]:
    """Shares of the "yes" that were expected to be wrong, and that were.

    Parameters
    ----------
    bins : DataFrame
        `debugml.study.calibration`.

    Examples
    --------
    >>> half = {"low": [0.4, 0.5], "n": [9, 10], "promised": [0.45, 0.6], "observed": [0.4, 0.5]}
    >>> wrong_shares(pd.DataFrame(half))
    (0.4, 0.5)
    """
    yes = bins[bins["low"] >= 0.5 - 1e-9]
    n = yes["n"].sum()
    expected, came = ((yes["n"] * (1 - yes[name])).sum() / n for name in ("promised", "observed"))
    return float(expected), float(came)


def _plain(ax: Axes, width: float, height: float) -> None:
    """Axes that are a sheet of points, from the top left; nothing of them is drawn."""
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)


def _box(
    x: float, y: float, width: float, height: float, face: str | tuple[float, ...]
) -> FancyBboxPatch:
    return FancyBboxPatch(
        (x, y), width, height, boxstyle="round,pad=0,rounding_size=6", facecolor=face,
        edgecolor="none", linewidth=0, zorder=2,
    )  # fmt: skip


def _bar(
    ax: Axes,
    left: float,
    pitch: float,
    y: float,
    first: str,
    last: str,
    face: str | tuple[float, ...],
) -> FancyBboxPatch:
    """A bar over the stages from first to last."""
    start, end = STAGES.index(first), STAGES.index(last) + 1
    box = _box(left + start * pitch + 2, y - 14, (end - start) * pitch - 4, 28, face)
    ax.add_patch(box)
    return box


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], role: RoleName, width: float
) -> FancyArrowPatch:
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>,head_length=6,head_width=3.4", shrinkA=0, shrinkB=0,
        linewidth=width, color=colour(role), mutation_scale=1, zorder=2,
    )  # fmt: skip
    ax.add_patch(arrow)
    return arrow


def _track(ax: Axes, xs: tuple[float, ...], upper: float, lower: float) -> None:
    """The loop: two straights and two bends, in the colours of those who own them."""
    radius = (lower - upper) / 2
    middle = (upper + lower) / 2
    bend = np.linspace(-np.pi / 2, np.pi / 2, 41)
    deep = 84.0
    right = (xs[-1] + deep * np.cos(bend), middle + radius * np.sin(bend))
    left = (xs[0] - deep * np.cos(bend), middle - radius * np.sin(bend))
    parts: tuple[tuple[object, object, RoleName], ...] = (
        ([xs[0], xs[2]], [upper, upper], "reference"),
        ([xs[2], xs[3]], [upper, upper], "forest"),
        (*right, "reference"),
        ([xs[3], xs[1]], [lower, lower], "reference"),
        ([xs[1], xs[0]], [lower, lower], "alarm"),
        (*left, "alarm"),
    )
    for x, y, role in parts:
        ax.add_line(Line2D(x, y, color=tint(role, 0.55), linewidth=6, zorder=1))  # type: ignore[arg-type]
    for x, y, turn in (
        *((sum(pair) / 2, upper, ">") for pair in pairwise(xs)),
        *((sum(pair) / 2, lower, "<") for pair in pairwise(xs)),
    ):
        ax.plot(x, y, turn, color=colour("muted"), markersize=12, zorder=3)


def _owner(ax: Axes, at: list[tuple[float, float]], place: int, half: int) -> None:
    """The owner's name, inside the loop, in the middle of the steps that are theirs."""
    last = place
    while last + 1 < len(CYCLE) and not CYCLE[last + 1].owner:
        last += 1
    x = (at[place][0] + at[last][0]) / 2
    y = at[place][1] + (28 if place < half else -28)
    station = CYCLE[place]
    plain = station.role == "reference"
    ax.text(
        x, y, station.owner, fontsize=SMALL, ha="center", va="center",
        color=colour("muted" if plain else station.role),
        fontweight="normal" if plain else "bold",
    )  # fmt: skip


def _about(kind: str, part: pd.DataFrame) -> str:
    """A word on a kind that its rows have to say."""
    match kind:
        case "file":
            months = sorted(name.split("_")[-1].removesuffix(".parquet") for name in part["name"])
            return f"{part['rows'].sum():,} trips, {months[0]} to {months[-1]}"
        case "code":
            return f"blue: the model’s own part, here {part['model'].sum()} of {len(part)}"
        case _:
            return ""


def _plural(name: str, n: int) -> str:
    return name if n == 1 else PLURALS.get(name, f"{name}s")


def _marks(ax: Axes, model: np.ndarray, y: float, said: str) -> list[object]:
    """A square for each thing, and the word on them behind or below."""
    many = len(model) > 20
    size, pitch, across = (6.0, 8.0, 56) if many else (15.0, 20.0, 20)
    start = 264.0
    artists: list[object] = []
    for place, blue in enumerate(model):
        x = start + (place % across) * pitch
        top = y + 9.5 + (place // across) * pitch
        face = colour("forest") if blue else tint("base_rate", 0.45)
        artists.append(ax.add_patch(_square(x, top, size, face)))
    under = y + 9.5 + -(-len(model) // across) * pitch + 9
    x, below = (start, under) if many else (start + len(model) * pitch + 8, y + 17)
    artists.append(
        ax.text(
            x, below, said, fontsize=SMALL, va="center",
            color=colour("forest" if many else "muted"),
            fontweight="bold" if many else "normal",
        )
    )  # fmt: skip
    return artists


def _square(x: float, y: float, size: float, face: str | tuple[float, ...]) -> FancyBboxPatch:
    return FancyBboxPatch(
        (x, y), size, size, boxstyle="round,pad=0,rounding_size=1.2", facecolor=face,
        edgecolor="none", linewidth=0,
    )  # fmt: skip


def _beside(ax: Axes, left: float, count: int, known: bool) -> list[Text]:
    """The head above the dots, and the number with its words beside them."""
    head, role, words = _TOLD[known]
    x = left + 238
    return [
        ax.text(left, 14, head, fontsize=LARGE, fontweight="bold", va="center"),
        ax.text(
            x, 38, f"{count}", fontsize=56, fontweight="bold", va="top", color=colour(role)
        ),
        ax.text(x, 112, words, fontsize=BODY, va="top", linespacing=1.35),
    ]  # fmt: skip
