"""Simulated shifts: which detector sees what, with how many records, and what the paper found."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.ticker import FixedLocator, NullLocator

from .annotate import band, canvas, label_line, name_axis, percent_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import signed

NBSP = "\N{NO-BREAK SPACE}"

NAMES = {
    ("NoRed", "ks"): "features, KS",
    ("PCA", "ks"): "PCA, KS",
    ("SRP", "ks"): "random projection, KS",
    ("UAE", "ks"): "untrained autoencoder, KS",
    ("TAE", "ks"): "trained autoencoder, KS",
    ("BBSDs", "ks"): "model's probability, KS",
    ("BBSDh", "chi-squared"): "model's decision, χ²",
    ("Classif", "classifier"): "domain classifier",
    ("NoRed", "mmd"): "features, MMD",
    ("PCA", "mmd"): "PCA, MMD",
    ("SRP", "mmd"): "random projection, MMD",
    ("UAE", "mmd"): "untrained autoencoder, MMD",
    ("TAE", "mmd"): "trained autoencoder, MMD",
    ("BBSDs", "mmd"): "model's probability, MMD",
}
"""What each detector looks at, and its test."""

DRAWN: tuple[tuple[tuple[str, str], RoleName], ...] = (
    (("NoRed", "ks"), "reference"),
    (("Classif", "classifier"), "current"),
    (("BBSDs", "ks"), "forest"),
    (("TAE", "ks"), "missing"),
    (("NoRed", "mmd"), "ranking"),
)
"""Five of the fourteen: more lines could not be told apart."""

CONTROL = "none"


@sourced
def power(detections: pd.DataFrame) -> Picture:
    """Share of simulated shifts detected against the number of records, by detector.

    Every kind of shift counts alike. The band is the range of the same detectors' false
    alarms, without a shift.

    Parameters
    ----------
    detections : DataFrame
        `debugml.study.shifts.shift_power`.
    """
    mean: Any = _by_detector(detections, detections["kind"] != CONTROL)
    null = _by_detector(detections, detections["kind"] == CONTROL)
    drawn = [(key, role) for key, role in DRAWN if key in mean.columns]
    sizes = [int(n) for n in mean.index]
    quiet = null[[key for key, _ in drawn]]
    with canvas("slide") as (fig, ax):
        band(ax, sizes, quiet.min(axis=1), quiet.max(axis=1), "base_rate")
        for key, role in drawn:
            line = mean[key].dropna()
            ax.plot(line.index, line, color=colour(role), marker="o", markersize=6)
            # A line that ends early is named where no other one goes on.
            side, gap = ("right", 8) if line.index[-1] == sizes[-1] else ("left", 18)
            label_line(ax, line.index[-1], line.iloc[-1], NAMES[key], role, side=side, gap=gap)
        label_line(ax, sizes[-1], float(quiet.iloc[-1].mean()), "false alarms", "base_rate")
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(sizes))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
        ax.set_xlabel("records in each sample")
        ax.set_ylim(0, None)
        percent_axis(ax)
        kinds = detections.loc[detections["kind"] != CONTROL, "kind"].nunique()
        name_axis(ax, f"share of simulated shifts detected at 5 %, mean of {kinds} kinds")
    told = []
    for key, _ in drawn:
        line = mean[key].dropna()
        ends = [f"{line.loc[n]:.0%} with {n:,}" for n in (sizes[0], int(line.index[-1]))]
        told.append(f"{NAMES[key]}, {' and '.join(ends)}")
    least, most = float(quiet.min().min()), float(quiet.max().max())
    return Picture(
        fig,
        f"Share of simulated shifts detected, by records in each sample: {'; '.join(told)}. "
        f"Without a shift between {least:.0%} and {most:.0%} of tests fire.",
    )


@sourced
def by_shift(detections: pd.DataFrame, n: int = 200) -> Picture:
    """Detector by kind of shift at one sample size, as a table of shaded cells.

    Mean over strengths and shares; the control is the last column.

    Parameters
    ----------
    detections : DataFrame
        `debugml.study.shifts.shift_power`.
    n : int
        Records in each sample.
    """
    at = detections[detections["n"] == n]
    cells = at.pivot_table(index=["representation", "test"], columns="kind", values="detected")
    shown = [key for key, _ in DRAWN if key in cells.index]
    cells, names = cells.loc[shown], [NAMES[key] for key in shown]
    order = cells.drop(columns=CONTROL).mean().sort_values(ascending=False).index
    cells = cells[[*order, CONTROL]]
    with canvas("slide") as (fig, ax):
        for y, (_, row) in enumerate(cells.iterrows()):
            for x, (kind, value) in enumerate(row.items()):
                role: RoleName = "base_rate" if kind == CONTROL else "forest"
                ax.fill_between(
                    [x - 0.48, x + 0.48], y - 0.47, y + 0.47, color=tint(role, 0.62 * value),
                    linewidth=0,
                )  # fmt: skip
                ax.text(
                    x, y, f"{100 * value:.0f}", ha="center", va="center", color=colour("ink"),
                    fontweight="bold" if value >= 0.5 else "normal",
                )  # fmt: skip
        ax.set_yticks(range(len(cells)), names)
        heads = [kind.replace(" ", "\n").replace("-", "-\n") for kind in [*order, "no shift"]]
        heads = [head.replace("kilometres", "kilo-\nmetres") for head in heads]
        ax.set_xticks(range(len(heads)), heads)
        ax.xaxis.tick_top()
        ax.tick_params(axis="both", length=0, labelcolor=colour("ink"), labelsize=SMALL)
        ax.set_xlim(-0.5, len(heads) - 0.5)
        ax.set_ylim(len(cells) - 0.5, -0.5)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        ax.set_xlabel(f"detected per 100 tests at 5 %, {n:,} records in each sample")
    told = "; ".join(
        f"{name}: " + ", ".join(f"{kind} {value:.0%}" for kind, value in row.items())
        for name, (_, row) in zip(names, cells.iterrows(), strict=True)
    )
    return Picture(
        fig,
        f"Share of tests that detect each kind of shift with {n:,} records in each sample, "
        f"mean over strengths and shares. {told.replace(CONTROL, 'no shift')}.",
    )


@sourced
def orderings(judged: pd.DataFrame) -> Table:
    """What the paper reports, our difference with its interval, and the verdict.

    Parameters
    ----------
    judged : DataFrame
        `debugml.study.shifts.paper_orderings`.
    """
    shown = pd.DataFrame(
        {
            "verdict": [
                f"{verdict}, weak" if weak else verdict
                for verdict, weak in zip(judged["verdict"], judged["weak"], strict=True)
            ],
            "ordering": judged["ordering"],
            "ours": [
                f"{signed(d, 2)} ({signed(a, 2)}{NBSP}to{NBSP}{signed(b, 2)})"
                for d, a, b in zip(judged["difference"], judged["low"], judged["high"], strict=True)
            ],
            "kinds": [
                f"{agree}{NBSP}of{NBSP}{kinds}"
                for agree, kinds in zip(judged["agree"], judged["kinds"], strict=True)
            ],
        }
    )
    counts = judged["verdict"].value_counts()
    said = ", ".join(
        f"{counts.get(verdict, 0)} {verdict}" for verdict in ("held", "not held", "undecided")
    )
    return table(
        shown,
        labels={
            "ordering": "Rabanser et al. (2019) report",
            "ours": ("on taxi trips", "difference, 95 %"),
            "kinds": ("kinds", "agree"),
        },
        highlight=[i for i, v in enumerate(judged["verdict"]) if v != "undecided"],
        note=f"{said}. Difference in share detected; intervals over kinds of shift; weak: fewer "
        "than six kinds. Comparable: less than 0.05 apart.",
    )


def _by_detector(detections: pd.DataFrame, rows: pd.Series[bool]) -> pd.DataFrame:
    """Share detected by n and detector: the mean over kinds of the mean over their cells."""
    keys = ["representation", "test", "n"]
    by_kind = detections[rows].groupby([*keys, "kind"])["detected"].mean()
    return by_kind.groupby(keys).mean().unstack(["representation", "test"])
