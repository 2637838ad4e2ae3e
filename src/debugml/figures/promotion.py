"""Promotion: one model at the gate, three years of folds, bad challengers, and the worth of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .annotate import canvas, name_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import month_name, signed

NAMES = {
    "f1_above_always_yes": "F1 above always-yes",
    "skill": "skill",
    "worst_slice": "worst slice's skill",
    "calibration": "calibration gap",
    "data": "data checks",
    "f1_against_champion": "F1 vs champion",
    "log_loss_against_champion": "log loss vs champion",
}
"""Criteria, as figures call them."""

WAYS = {
    "every criterion": "gate, every criterion",
    "without always-yes": "gate without always-yes",
    "without F1": "gate without F1",
    "no gate, as old": "no gate, a month later",
}
"""Ways of working that are compared with shipping each month's model at once."""


@sourced
def gate(checks: pd.DataFrame, seed: int = 0) -> Picture:
    """One model before the gate: each criterion's figure and interval, and where the limit is.

    Each row has its own scale; the limits stand in one line. The dot is the end of the interval
    that must keep the limit, so that a dot right of the line is fine.

    Parameters
    ----------
    checks : DataFrame
        `debugml.study.gate_talk`.
    """
    rows = checks[checks["seed"] == seed].to_dict("records")
    with canvas((720, 250)) as (fig, ax):
        ax.add_patch(Rectangle((-1.15, -0.6), 1.15, len(rows), facecolor=tint("alarm", 0.08)))
        ax.axvline(0, color=colour("ink"), linewidth=1.6)
        told = []
        for place, row in enumerate(rows):
            role: RoleName = "forest" if row["passed"] else "alarm"
            name, sign = row["criterion"], -1 if row["criterion"] == "calibration" else 1
            ends = np.array([row["low"], row["value"], row["high"]])
            at = np.sort(sign * (ends - row["limit"]))
            middle = sign * (row["value"] - row["limit"])
            decides = {"calibration": middle, "worst_slice": at[-1]}.get(name, at[0])
            scale = max(np.abs(at).max(), 1e-9) / 0.85
            if name == "data":
                middle, said = (0.5 if row["passed"] else -0.5), _data_in_words(row)
                at, scale, decides = np.array([middle] * 3), 1.0, middle
            else:
                said = f"{signed(row['value'])} ({signed(row['low'])} to {signed(row['high'])})"
            ax.plot(at[[0, -1]] / scale, [place] * 2, color=colour(role), linewidth=5)
            if decides != middle:
                ax.plot(middle / scale, place, "|", color=colour(role), markersize=16, mew=2.5)
            ax.plot(decides / scale, place, "o", color=colour(role), markersize=13)
            ax.annotate(
                said, (1.06, place), va="center", annotation_clip=False,
                color=colour(role), fontweight="normal" if row["passed"] else "bold",
            )  # fmt: skip
            told.append(f"{NAMES[name]}: {said}, {'met' if row['passed'] else 'not met'}")
        ax.set_yticks(range(len(rows)), [_limit_in_words(row) for row in rows])
        for text, row in zip(ax.get_yticklabels(), rows, strict=True):
            text.set_color(colour("ink" if row["passed"] else "alarm"))
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(-1.15, 2.35)
        ax.set_xticks([])
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        for x, text, side in ((-0.03, "held", "right"), (0.03, "fine", "left")):
            ax.annotate(
                text, (x, 1.02), xycoords=("data", "axes fraction"), ha=side, va="bottom",
                color=colour("alarm" if side == "right" else "forest"), fontweight="bold",
            )  # fmt: skip
    outcome = rows[0]["outcome"]
    return Picture(fig, f"The gate says {outcome}. {'; '.join(told)}. Intervals: 95 %, over days.")


def _limit_in_words(row: dict[Any, Any]) -> str:
    name = row["criterion"]
    if name == "data":
        return "data checks"
    by = {"calibration": "at most", "worst_slice": "not below"}.get(name, "above")
    return f"{NAMES[name].removesuffix(' above always-yes')}{_yes(name)} {by} {row['limit']:g}"


def _yes(name: str) -> str:
    return " − always-yes" if name == "f1_above_always_yes" else ""


def _data_in_words(row: dict[Any, Any]) -> str:
    return "none failed" if row["passed"] else f"{row['value']:.0f} failed"


@sourced
def folds(rolling: pd.DataFrame) -> Picture:
    """The process validated: F1 above always-yes, by two decision rules, and skill, fold by fold.

    Parameters
    ----------
    rolling : DataFrame
        `debugml.study.rolling_folds`.
    """
    x = np.arange(len(rolling))
    # By name: the column, where it is drawn, its role, and where its label stands.
    shown: dict[str, tuple[str, int, RoleName, float, float]] = {
        "decided at one half": ("f1_above_always_yes", 0, "alarm", 26.8, -0.17),
        "decided at half of always-yes’ F1": ("at_threshold", 0, "ranking", 34.4, 0.13),
        "skill": ("skill", 1, "forest", 0, 0.1),
    }
    told = []
    with canvas((720, 306), rows=2, sharex=True, height_ratios=[3, 2]) as (fig, axes):
        for said, (name, panel, role, end, height) in shown.items():
            ax, above = axes[panel], int((rolling[f"{name}_low"] > 0).sum())
            ax.vlines(
                x,
                rolling[f"{name}_low"],
                rolling[f"{name}_high"],
                color=colour(role),
                linewidth=2.6,
            )
            ax.plot(x, rolling[name], "o", color=colour(role), markersize=6.5)
            count = f"shown above 0 in {above} of {len(rolling)}"
            label = f"{said.removeprefix('decided ')}: {count}" if panel == 0 else count
            ax.annotate(
                label, (end, height), ha="left" if panel else "right", va="center",
                color=colour(role), fontweight="bold",
            )  # fmt: skip
            least, most = rolling[name].min(), rolling[name].max()
            told.append(f"{said}, {count} folds ({signed(least)} to {signed(most)})")
        for ax, said in zip(axes, ("F1 − always-yes, decided …", "skill"), strict=True):
            ax.axhline(0, color=colour("ink"), linewidth=1.2)
            ax.yaxis.set_major_formatter(lambda v, _: signed(v, 1) if abs(v) > 1e-9 else "0")
            name_axis(ax, said)
        axes[0].set_ylim(-0.26, 0.18)
        axes[0].set_yticks([-0.2, -0.1, 0, 0.1])
        axes[1].set_yticks([0, 0.1])
        _years(axes[-1], list(rolling["validate"]))
    return Picture(fig, f"F1 less that of always-yes: {told[0]}; {told[1]}. {told[2]}.")


@sourced
def history(decisions: pd.DataFrame) -> Picture:
    """Months by criteria: filled is met, hollow not; below, what each gate let through.

    Parameters
    ----------
    decisions : DataFrame
        `debugml.study.gate_history`.
    """
    by_gate = {
        str(name): part.reset_index() for name, part in decisions.groupby("gate", sort=False)
    }
    months = list(next(iter(by_gate.values()))["validate"])
    # A gate that promotes nothing never compares with a champion.
    sources = [(n, "without always-yes" if "champion" in n else "every criterion") for n in NAMES]
    with canvas((720, 306)) as (fig, ax):
        labels: list[tuple[str, RoleName]] = []
        told = []
        for i, (name, source) in enumerate(sources):
            answers = list(by_gate[source][name])
            for j, answer in enumerate(answers):
                _cell(ax, j, i, "forest", answer == "met", asked=answer != "not asked")
            met, asked = answers.count("met"), len(answers) - answers.count("not asked")
            labels.append((NAMES[name], "ink"))
            told.append(f"{NAMES[name]} met in {met} of {asked}")
            _count(ax, len(months), i, f"{met}", "forest")
        for i, (gate_name, part) in enumerate(by_gate.items(), start=len(NAMES)):
            shipped = part["outcome"] == "promote"
            for j, yes in enumerate(shipped):
                _cell(ax, j, i + 0.5, "ranking", bool(yes))
            labels.append((f"shipped, {gate_name}", "ranking"))
            told.append(f"the gate, {gate_name}, promotes {shipped.sum()}")
            _count(ax, len(months), i + 0.5, f"{shipped.sum()}", "ranking")
        heights = [i + 0.5 + 0.5 * (i >= len(NAMES)) for i in range(len(labels))]
        ax.set_yticks(heights, [label for label, _ in labels])
        for text, (_, role) in zip(ax.get_yticklabels(), labels, strict=True):
            text.set_color(colour(role))
        ax.set_ylim(len(labels) + 0.6, -0.1)
        ax.set_xlim(-0.2, len(months) + 2)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        _years(ax, months, shift=0.5)
    return Picture(fig, f"Of {len(months)} months: {'; '.join(told)}.")


@sourced
def cases(challengers: pd.DataFrame) -> Table:
    """Challengers from a corrupted month, and who only says yes: what each is held for.

    Parameters
    ----------
    challengers : DataFrame
        `debugml.study.gate_cases`.
    """
    part = challengers[challengers["gate"] == "every criterion"].reset_index(drop=True)
    shown = pd.DataFrame(
        {
            "challenger": part["case"],
            "difference": part["f1_above_always_yes"],
            "auc": part["auc"],
            "log_loss": part["log_loss"],
            "besides": [_besides(failed) for failed in part["failed"]],
        }
    )
    return table(
        shown,
        formats={
            "difference": lambda v: signed(round(v, 9) + 0.0),
            "auc": ".3f",
            "log_loss": ".3f",
        },
        labels={
            "challenger": "trained on the month …",
            "difference": "F1 − always-yes",
            "auc": "AUC",
            "log_loss": "log loss",
            "besides": "besides F1, held for",
        },
        emphasise=["besides"],
    )


def _signed(value: float) -> str:
    # A tie is exactly nothing, whatever its last digits.
    return signed(round(value, 9) + 0.0)


def _besides(failed: str) -> str:
    names = [n for n in failed.split(", ") if n and n != "f1_above_always_yes"]
    return ", ".join(NAMES[name] for name in names) or "nothing"


@sourced
def worth(scores: pd.DataFrame) -> Picture:
    """What each way of working scored against shipping each month's model at once.

    Parameters
    ----------
    scores : DataFrame
        `debugml.study.gate_worth`.
    """
    spans: dict[str, RoleName] = {"2018–19": "reference", "2020": "current"}
    panels = {"f1": "F1, more is better", "log_loss": "log loss, less is better"}
    told = []
    with canvas((720, 262), cols=2, sharey=True) as (fig, axes):
        for ax, (figure, said) in zip(axes, panels.items(), strict=True):
            for shift, (span, role) in zip((-0.16, 0.16), spans.items(), strict=True):
                part = scores[(scores["figure"] == figure) & (scores["span"] == span)]
                part = part.set_index("way").loc[list(WAYS)]
                place = np.arange(len(part)) + shift
                ax.hlines(place, part["low"], part["high"], color=colour(role), linewidth=5)
                ax.plot(part["difference"], place, "o", color=colour(role), markersize=10)
                rows = ", ".join(
                    f"{WAYS[str(way)]} {signed(row['difference'])} ({signed(row['low'])} to "
                    f"{signed(row['high'])})"
                    for way, row in part.iterrows()
                )
                told.append(f"{said.split(',')[0]}, {span}: {rows}")
            ax.axvline(0, color=colour("ink"), linewidth=1.4)
            ax.set_title(said, fontsize=SMALL)
            ax.xaxis.set_major_formatter(lambda v, _: signed(v, 2) if abs(v) > 1e-9 else "0")
            ax.grid(axis="y", visible=False)
            ax.grid(axis="x", visible=True)
        axes[0].set_yticks(range(len(WAYS)), list(WAYS.values()))
        axes[0].set_ylim(len(WAYS) - 0.4, -0.6)
        axes[0].set_xlabel("difference from no gate")
        axes[0].set_xticks([0, 0.04, 0.08])
        axes[1].set_xticks([0, 0.01, 0.02, 0.03])
        axes[1].set_xlim(-0.0025, None)
        end = axes[1].get_xlim()[1]
        for height, (span, role) in zip((2.5, 2.9), spans.items(), strict=True):
            axes[1].annotate(
                span, (end, height), ha="right", va="center", fontweight="bold", color=colour(role)
            )
    return Picture(fig, f"Difference from shipping at once, without a gate. {'; '.join(told)}.")


def _cell(ax: Axes, x: float, y: float, role: RoleName, full: bool, *, asked: bool = True) -> None:
    if not asked:
        return
    face = colour(role) if full else "none"
    edge = colour(role) if full else tint(role, 0.55)
    ax.add_patch(
        Rectangle((x + 0.14, y + 0.14), 0.72, 0.72, facecolor=face, edgecolor=edge, linewidth=1.2)
    )


def _count(ax: Axes, x: float, y: float, text: str, role: RoleName) -> None:
    ax.text(x + 1.9, y + 0.53, text, ha="right", va="center", color=colour(role), fontweight="bold")


def _years(ax: Axes, months: list[str], shift: float = 0.0) -> None:
    ticks = [j for j, month in enumerate(months) if month.endswith("-01") or j == 0]
    ax.set_xticks(
        [j + shift for j in ticks], [f"{month_name(months[j])[:3]} {months[j][:4]}" for j in ticks]
    )
