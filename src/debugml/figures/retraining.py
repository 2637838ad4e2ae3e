"""Retraining: what each policy costs, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from .annotate import canvas, label_line, name_axis
from .build import appears
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import month_name, signed

FIGURE = {"f1": "F1", "log_loss_floored": "log loss"}

WINDOW = "last month"
"""The window that pictures show."""

Offset = tuple[float, float, str]


class _Way(NamedTuple):
    """How a policy is drawn: its role and short name, where that stands, and in which step."""

    role: RoleName
    short: str
    f1: Offset
    log_loss: Offset
    step: int


WAYS = {
    "always yes": _Way("always_yes", "always yes", (0, -16, "left"), (11, 0, "left"), 4),
    "always yes, rate of last month": _Way("always_yes", "", (0, 0, "left"), (0, 0, "left"), 4),
    "never": _Way("forest", "never", (0, 17, "center"), (14, -14, "left"), 0),
    "every 12 months": _Way("forest", "12", (0, 16, "center"), (-11, 4, "right"), 1),
    "every 6 months": _Way("forest", "6", (0, -16, "center"), (0, 17, "center"), 1),
    "every 3 months": _Way("forest", "3", (0, -16, "center"), (-9, 16, "center"), 2),
    "every 2 months": _Way("forest", "2", (0, -16, "center"), (0, -16, "center"), 2),
    "every month": _Way("forest", "1", (0, -16, "center"), (0, -16, "center"), 2),
    "minimum effect 0.05": _Way("alarm", "drift", (0, 16, "center"), (3, 17, "left"), 3),
    "estimated F1 fell": _Way("alarm", "estimate", (11, 0, "left"), (11, 0, "left"), 3),
    "F1 fell": _Way("alarm", "F1 fell", (11, 0, "left"), (11, -10, "left"), 3),
    "oracle, F1": _Way("ranking", "oracle", (11, 0, "left"), (0, 0, "left"), 3),
    "oracle, log loss": _Way("ranking", "oracle", (0, 0, "left"), (0, 16, "center"), 3),
}
"""An oracle stands in its own figure's panel. The alarm on skill is left out: see `decisions`.

On a slide the first model stands alone, then come the calendars, the alarms with the oracle, and
the forecasts without a model.
"""

_FRONTIER_STEP = max(way.step for way in WAYS.values()) + 1
"""The line comes last: a room can place it by eye before it is drawn."""

_ORACLE = {"f1": "oracle, F1", "log_loss_floored": "oracle, log loss"}

LINES: dict[str, tuple[RoleName, str]] = {
    "never": ("base_rate", "never"),
    "every 3 months": ("forest", "every 3 months"),
    "every month": ("ranking", "every month"),
}

DECIDED: dict[str, tuple[RoleName, str]] = {
    "oracle, log loss": ("ranking", "oracle of log loss"),
    "oracle, F1": ("ranking", "oracle of F1"),
    "every 3 months": ("forest", "every 3 months"),
    "minimum effect 0.05": ("ink", "drift: minimum effect 0.05"),
    "estimated F1 fell": ("alarm", "estimated F1 fell"),
    "F1 fell": ("alarm", "F1 fell, by labels"),
    "skill fell": ("alarm", "skill fell, by labels"),
}


@sourced
def frontiers(
    policies: pd.DataFrame, best: Mapping[str, pd.DataFrame], window: str = WINDOW
) -> Picture:
    """Fits against mean F1 and against mean log loss; the line joins what nothing beats.

    On a slide the policies appear first, in the steps of `WAYS`, and the line at the end.

    Parameters
    ----------
    policies : DataFrame
        `debugml.study.retraining_policies`.
    best : mapping of DataFrame
        For ``"f1"`` and ``"log_loss_floored"``: what `debugml.retraining.frontier` leaves of
        that window's rows, oracles aside.
    window : str
    """
    part = policies[policies["window"] == window].set_index("policy")
    fits = (part["retrainings"] + 1).where(part["drawn"] > 0, 0)
    told = []
    with canvas((720, 294), cols=2) as (fig, axes):
        for ax, (figure, said) in zip(axes, FIGURE.items(), strict=True):
            left = best[figure].set_index("policy")
            joined = _steps(ax, fits[left.index].to_numpy(), left[figure].to_numpy(), _edge(fits))
            appears(_FRONTIER_STEP, joined)
            for name, way in WAYS.items():
                if name.startswith("oracle") and name != _ORACLE[figure]:
                    continue
                on, hollow = name in left.index, name.startswith("oracle")
                at = np.sqrt(fits[name]), part.loc[name, figure]
                dot = ax.plot(
                    *at, "o", markersize=_size(way.role, on=on), zorder=3, clip_on=False,
                    markeredgecolor=colour(way.role if hollow else "paper"),
                    markerfacecolor=colour("paper" if hollow else way.role),
                    markeredgewidth=2 if hollow else 1.6,
                )  # fmt: skip
                dx, dy, side = way.f1 if figure == "f1" else way.log_loss
                word = ax.annotate(
                    way.short, at, xytext=(dx, dy), textcoords="offset points", ha=side,
                    va="center", fontsize=SMALL, color=colour(way.role),
                    fontweight="bold" if on else "normal",
                )  # fmt: skip
                if way.step:
                    appears(way.step, dot, word)
            if figure != "f1":
                ax.invert_yaxis()
            name_axis(ax, f"mean {said}, better upwards")
            ticks = [0, 1, 3, 6, 12, 18, int(fits.max())]
            ax.set_xticks(np.sqrt(ticks), [*map(str, ticks[:-1]), f"{ticks[-1]} fits"])
            ax.set_xlim(0, _edge(fits))
            ax.margins(y=0.1)
            names = ", ".join(f"{name} ({row[figure]:.3f})" for name, row in left.iterrows())
            told.append(f"By {said} nothing beats, the cheapest first: {names}")
    return Picture(fig, f"Window: {window}. {'. '.join(told)}.")


@sourced
def months(history: pd.DataFrame, window: str = WINDOW) -> Picture:
    """Month by month, F1 less always-yes and log loss less that of the constant.

    Parameters
    ----------
    history : DataFrame
        `debugml.study.retraining_months`.
    window : str
    """
    part = history[history["window"] == window]
    names = list(dict.fromkeys(part["month"]))
    x = np.arange(len(names))
    told = []
    with canvas((720, 304), rows=2, sharex=True) as (fig, axes):
        for ax, (figure, said) in zip(axes, FIGURE.items(), strict=True):
            wide = part.pivot(index="month", columns="policy", values=figure)
            ax.axhline(0, color=colour("always_yes"), linewidth=2.4)
            for policy, (role, short) in LINES.items():
                y = (wide[policy] - wide["always yes"]).to_numpy(dtype=np.float64)
                ax.plot(x, y, color=colour(role), linewidth=2.4)
                label_line(ax, x[-1], y[-1], short, role)
                worst = int(np.argmin(y) if figure == "f1" else np.argmax(y))
                told.append(
                    f"{said}, {short}: mean {signed(float(y.mean()))}, worst "
                    f"{signed(float(y[worst]))} in {_said(names[worst])}"
                )
            if figure != "f1":
                ax.invert_yaxis()
            name_axis(ax, f"{said} less always yes (orange), better upwards")
            ax.yaxis.set_major_formatter(lambda v, _: signed(v, 2) if abs(v) > 1e-9 else "0")
        _years(axes[-1], names)
        axes[-1].set_xlim(-0.5, len(names) - 0.5)
    return Picture(fig, f"Less always yes, through {len(names)} months. {'; '.join(told)}.")


@sourced
def decisions(history: pd.DataFrame, window: str = WINDOW) -> Picture:
    """Who retrained at the start of which month: a filled cell is a new model.

    Parameters
    ----------
    history : DataFrame
        `debugml.study.retraining_months`.
    window : str
    """
    part = history[history["window"] == window]
    wide = part.pivot(index="month", columns="policy", values="retrained")
    names = list(wide.index)
    told = []
    with canvas((720, 270)) as (fig, ax):
        for i, (policy, (role, said)) in enumerate(DECIDED.items()):
            for j, month in enumerate(names):
                new = bool(wide.loc[month, policy])
                fill = colour(role) if new else tint("base_rate", 0.12)
                ax.add_patch(Rectangle((j + 0.06, i + 0.1), 0.88, 0.8, facecolor=fill, linewidth=0))
            total = int(wide[policy].sum())
            ax.text(
                len(names) + 0.6, i + 0.5, str(total), va="center", fontsize=SMALL,
                color=colour(role), fontweight="bold",
            )  # fmt: skip
            told.append(f"{said}: {total}")
        ax.set_yticks(
            [i + 0.5 for i in range(len(DECIDED))], [said for _, said in DECIDED.values()]
        )
        for text, (role, _) in zip(ax.get_yticklabels(), DECIDED.values(), strict=True):
            text.set_color(colour(role))
        ax.set_ylim(len(DECIDED), 0)
        ax.set_xlim(-0.2, len(names) + 2.4)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        _years(ax, names, shift=0.5)
    return Picture(fig, f"Retrainings in {len(names) - 1} months. {'; '.join(told)}.")


@sourced
def answer(policies: pd.DataFrame, seeds: pd.DataFrame, window: str = WINDOW) -> Picture:
    """Log loss lost by retraining less often than monthly: days, seeds and starts.

    Parameters
    ----------
    policies : DataFrame
        `debugml.study.retraining_policies`.
    seeds : DataFrame
        `debugml.study.retraining_seeds`.
    window : str
    """
    part = {r["policy"]: r for r in policies[policies["window"] == window].to_dict("records")}
    figure = "log_loss_floored"
    monthly = seeds[seeds["months"] == 1].set_index("seed")[figure]
    lost = seeds.assign(lost=seeds[figure] - seeds["seed"].map(monthly))
    rows = {2: "every 2 months", 3: "every 3 months", 6: "every 6 months"}
    rows |= {12: "every 12 months", 0: "never"}
    told = []
    key: tuple[tuple[str, RoleName], ...] = (
        ("95 %, days resampled", "forest"),
        ("two seeds, every first month", "base_rate"),
    )
    with canvas((720, 240)) as (fig, ax):
        ax.axvline(0, color=colour("ink"), linewidth=1.2)
        for i, (k, name) in enumerate(rows.items()):
            others = lost.loc[lost["months"] == k, "lost"].to_numpy(dtype=np.float64)
            ax.plot(
                others, np.full(len(others), i + 0.16), "o", color=tint("base_rate", 0.55),
                markersize=8, markeredgewidth=0, zorder=2,
            )  # fmt: skip
            middle, low, high = (
                float(part[name][f"{figure}_less_every_month{side}"])
                for side in ("", "_low", "_high")
            )
            ax.plot([low, high], [i - 0.14, i - 0.14], color=colour("forest"), linewidth=5)
            ax.plot(middle, i - 0.14, "o", color=colour("forest"), markersize=11)
            told.append(
                f"{name}: {signed(middle, 4)} ({signed(low, 4)} to {signed(high, 4)}), seeds "
                f"and starts {signed(others.min(), 4)} to {signed(others.max(), 4)}"
            )
        ax.set_yticks(range(len(rows)), list(rows.values()))
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        ax.xaxis.set_major_formatter(lambda v, _: signed(v, 3) if abs(v) > 1e-9 else "0")
        for line, (said, role) in enumerate(key):
            ax.annotate(
                said, (1, 1 - 0.13 * line), xycoords="axes fraction", ha="right", va="top",
                fontsize=SMALL, color=colour(role), fontweight="bold",
                bbox={"facecolor": colour("paper"), "edgecolor": "none", "pad": 2.0},
            )  # fmt: skip
        name_axis(ax, "nats of log loss above that of a new model every month, mean of all months")
    return Picture(fig, f"Mean log loss more than every month. {'; '.join(told)}.")


@sourced
def windows(policies: pd.DataFrame) -> Table:
    """Mean log loss by window, of three calendars and the drift alarm.

    Parameters
    ----------
    policies : DataFrame
        `debugml.study.retraining_policies`.
    """
    shown = []
    asked = ("every 12 months", "every 3 months", "every month", "minimum effect 0.05")
    for window, part in policies.groupby("window", sort=False):
        rows = {r["policy"]: r for r in part.to_dict("records")}
        shown.append(
            {"window": window}
            | {f"loss {name}": rows[name]["log_loss_floored"] for name in asked}
            | {"auc": rows["every month"]["auc"]}
            | {"rows": rows["every month"]["rows"]}
        )
    frame = pd.DataFrame(shown)
    frame.attrs = policies.attrs
    losses = {
        f"loss {name}": ("log loss,", name.replace("minimum effect", "drift")) for name in asked
    }
    return table(
        frame,
        formats={**dict.fromkeys(losses, ".4f"), "auc": ".3f", "rows": ",d"},
        labels={**losses, "auc": ("AUC,", "every month"), "rows": ("trips read,", "every month")},
    )


@sourced
def policy_table(policies: pd.DataFrame, window: str = WINDOW) -> Table:
    """Every policy's means and costs with one window.

    Parameters
    ----------
    policies : DataFrame
        `debugml.study.retraining_policies`.
    window : str
    """
    part = policies[policies["window"] == window]
    rows = part.to_dict("records")
    shown = pd.DataFrame(
        {
            "policy": part["policy"],
            "fits": [row["retrainings"] + 1 if row["drawn"] else 0 for row in rows],
            "drawn": part["drawn"] / 1e6,
            **{name: part[name] for name in ("f1", "auc", "skill", "log_loss_floored", "log_loss")},
            "certain": part["certain"],
        }
    )
    shown.attrs = policies.attrs
    return table(
        shown,
        formats={
            "drawn": ".1f", "f1": ".3f", "auc": ".3f", "skill": ".3f",
            "log_loss_floored": ".4f", "log_loss": ".4f", "certain": ",d",
        },
        labels={
            "drawn": ("trips × trees", "millions"),
            "f1": "F1",
            "auc": "AUC",
            "log_loss_floored": ("log loss", "floored"),
            "log_loss": ("log loss", "as is"),
            "certain": ("certain", "and wrong"),
        },
        highlight=[i for i, row in enumerate(rows) if not row["drawn"]],
    )  # fmt: skip


def _size(role: RoleName, *, on: bool) -> float:
    # Smaller alarms: where one costs and gives what a calendar does, both are seen.
    return (15 if on else 11) if role != "alarm" else (10 if on else 9)


def _edge(fits: pd.Series[int]) -> float:
    return float(np.sqrt(fits.max() + 3))


def _steps(ax: Axes, cost: np.ndarray, value: np.ndarray, end: float) -> list[Line2D]:
    return ax.step(
        [*np.sqrt(cost), end], [*value, value[-1]], where="post", color=tint("taxi", 0.9),
        linewidth=6, zorder=1, solid_joinstyle="round",
    )  # fmt: skip


def _years(ax: Axes, names: list[str], shift: float = 0.0) -> None:
    ticks = [j for j, month in enumerate(names) if month.endswith("-01") or j == 0]
    ax.set_xticks(
        [j + shift for j in ticks], [f"{month_name(names[j])[:3]} {names[j][:4]}" for j in ticks]
    )


def _said(month: str) -> str:
    return f"{month_name(month)} {month[:4]}"
