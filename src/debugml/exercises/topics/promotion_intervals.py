"""A figure to read: six challengers' intervals against the current model, drawn for a seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from ...figures.annotate import canvas
from ...figures.palette import colour, tint
from ...figures.picture import Picture
from ...figures.style import SMALL
from ...figures.words import signed
from ..drawing import Reading
from ..exercise import Exercise

MARGIN = 0.01
_CLEAR = 0.0015
"""No end of an interval lies nearer to a line, and no two challengers look the same."""

Ends = tuple[float, float]


def _drawn_ends(rng: np.random.Generator) -> list[Ends]:
    """Estimate and half width: one challenger of each kind, and one more of any kind."""
    kinds: dict[str, tuple[Ends, Ends]] = {
        "better": ((0.008, 0.013), (0.003, 0.006)),
        "good on average": ((0.0085, 0.0105), (0.0125, 0.017)),
        "much the same": ((-0.002, 0.002), (0.004, 0.006)),
        "hardly measured": ((-0.003, 0.002), (0.014, 0.018)),
        "a little worse": ((-0.007, -0.005), (0.001, 0.0025)),
        "worse": ((-0.014, -0.01), (0.003, 0.006)),
    }
    chosen = [*kinds]
    # One of the two that are worse gives its place away, but not both.
    chosen[int(rng.integers(4, 6))] = str(rng.choice([*kinds][:4]))
    found: list[Ends] = []
    for name in chosen:
        middles, halves = kinds[name]
        while True:
            middle, half = rng.uniform(*middles), rng.uniform(*halves)
            ends = np.array([middle - half, middle + half])
            near = any(abs(middle - m) + abs(half - h) < _CLEAR for m, h in found)
            if not near and min(np.abs(ends).min(), np.abs(ends + MARGIN).min()) > _CLEAR:
                break
        found.append((float(middle), float(half)))
    return [found[at] for at in rng.permutation(len(found))]


@cache
def seen(seed: int) -> pd.DataFrame:
    """The numbers of a seed's figure: challenger, low, gain and high."""
    rows = _drawn_ends(np.random.default_rng([abs(seed), 6]))
    middle, half = np.array(rows).T
    return pd.DataFrame(
        {
            "challenger": list("ABCDEF"),
            "low": middle - half,
            "gain": middle,
            "high": middle + half,
        }
    ).round(4)


def _figure(seed: int) -> tuple[Picture, pd.DataFrame]:
    data = seen(seed)
    place = np.arange(len(data))
    with canvas((720, 280)) as (fig, ax):
        ax.axvline(0, color=colour("ink"), linewidth=1.4)
        ax.axvline(-MARGIN, color=colour("muted"), linewidth=1.4, linestyle=(0, (4, 3)))
        ax.hlines(
            place, data["low"], data["high"], color=colour("forest"), linewidth=5, capstyle="butt"
        )
        ax.plot(data["gain"], place, "o", color=colour("forest"), markersize=10)
        for x, text in ((0, "as good as the current model"), (-MARGIN, "the margin")):
            ax.annotate(
                text, (x, 1.02), xycoords=("data", "axes fraction"), va="bottom", fontsize=SMALL,
                ha="right" if x < 0 else "left", color=colour("muted"),
            )  # fmt: skip
        ax.axvspan(-0.03, -MARGIN, color=tint("alarm", 0.06), linewidth=0)
        ax.set_yticks(place, list(data["challenger"]))
        ax.tick_params(axis="y", labelcolor=colour("ink"))
        ax.set_ylim(len(data) - 0.4, -0.6)
        ax.set_xlim(-0.024, 0.031)
        ax.set_xticks([-0.02, -0.01, 0, 0.01, 0.02, 0.03])
        ax.xaxis.set_major_formatter(lambda v, _: signed(v, 2) if abs(v) > 1e-9 else "0")
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        ax.set_xlabel("gain in Brier score over the current model, more is better")
        told = "; ".join(
            f"{row['challenger']} {signed(row['gain'])}, from {signed(row['low'])} to "
            f"{signed(row['high'])}"
            for row in data.to_dict("records")
        )
        picture = Picture(
            fig,
            "Six challengers' gain in Brier score over the current model, each a dot with its "
            f"95 % interval as a bar. {told}. A line stands at 0, and a dashed one at the margin, "
            f"{signed(-MARGIN, 2)}.",
        )
    return picture, data.copy()


def _names(which: Callable[[pd.DataFrame], pd.Series], seed: int) -> set[str]:
    data = seen(seed)
    return set(data.loc[which(data), "challenger"])


def _right(seed: int) -> dict[str, set[str]]:
    return {
        "better": _names(lambda d: d["low"] > 0, seed),
        "worse": _names(lambda d: d["high"] < 0, seed),
        "no_worse": _names(lambda d: d["low"] > -MARGIN, seed),
    }


INTERVALS = Exercise(
    name="promotion-intervals",
    title="Which of six challengers is shown to be no worse?",
    kind="read a figure",
    level=1,
    minutes=10,
    section="sec-promotion-gate",
    slide="sec-slide-promotion-gate",
    examine=Reading(
        drawn=_figure,
        right=_right,
        cost="One misread interval, and a model is shipped or held for a reason that is not there.",
        misconceptions={
            "an estimate on the right side taken for proof": (
                lambda seed: {"better": _names(lambda d: d["gain"] > 0, seed)},
                "Of challengers that change nothing, half have such an estimate. The gate ships "
                "noise every other month.",
            ),
            "not shown to be worse, so no worse": (
                lambda seed: {"no_worse": _names(lambda d: d["high"] >= 0, seed)},
                "A wide interval passes because little was measured. With a day's records, "
                "everything does.",
            ),
            "zero taken for the margin": (
                lambda seed: {"no_worse": _names(lambda d: d["low"] > 0, seed)},
                "A simpler model that is as good for all purposes is held for ever: it will "
                "never be shown to be better.",
            ),
            "worse on average taken for worse": (
                lambda seed: {"worse": _names(lambda d: d["gain"] < 0, seed)},
                "Releases are rolled back for a bad week, and two equal models take turns.",
            ),
        },
    ),
)
