"""Horizons: models that agree until the world changes, and embeddings rebuilt upstream."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .annotate import canvas, label_line, month_axis, name_axis, percent_axis
from .palette import RoleName, colour, tint
from .picture import Picture
from .provenance import sourced
from .style import SMALL
from .tables import Table, table
from .words import month_name, signed

FAMILY: dict[str, RoleName] = {"seed": "reference", "settings": "forest", "missing": "current"}
CHOICES: dict[str, tuple[RoleName, str]] = {
    "the seed": ("reference", "forests that differ in the seed"),
    "missing values": ("current", "in what stands for a missing value"),
}
PLATE = {"facecolor": colour("paper"), "edgecolor": "none", "pad": 3.0}
"""Behind a word, so that no grid line runs through it."""

METRIC = {"f1": "F1", "auc": "AUC", "log_loss": "log loss", "brier": "Brier score"}


@sourced
def apart(
    variants: pd.DataFrame, months: tuple[str, ...] = ("2020-02", "2020-04", "2020-05")
) -> Picture:
    """F1 of each variant against the published forest, with paired intervals, month by month.

    Parameters
    ----------
    variants : DataFrame
        `debugml.study.variants`.
    months : tuple of str
        One panel each.
    """
    shown = variants[variants["family"].isin(FAMILY) & (variants["variant"] != "seed 0")]
    others = shown[shown["family"] != "seed"].drop_duplicates("variant")
    rows = ["other seeds", *others["variant"]]
    family = dict(zip(others["variant"], others["family"], strict=True)) | {rows[0]: "seed"}
    with canvas((720, 304), cols=len(months), sharex=True, sharey=True) as (fig, axes):
        for ax, month in zip(axes, months, strict=True):
            part = shown[shown["month"] == month]
            ax.axvline(0, color=colour("faint"), linewidth=1.4)
            for row in part.to_dict("records"):
                at = rows.index(row["variant"]) if row["variant"] in rows else 0
                role = FAMILY[row["family"]]
                clear = row["f1_low"] > 0 or row["f1_high"] < 0
                if at:
                    ax.plot([row["f1_low"], row["f1_high"]], [at, at], color=colour(role), lw=2.6)
                ax.plot(
                    row["f1_versus"], at, "o", color=colour(role), markersize=8,
                    markerfacecolor=colour(role if clear else "paper"), markeredgewidth=1.8,
                )  # fmt: skip
            ax.set_title(f"{month_name(month)} {month[:4]}", fontsize=SMALL)
            ax.grid(axis="y", visible=False)
            ax.grid(axis="x", visible=True)
            ax.xaxis.set_major_formatter(lambda v, _: signed(v, 2) if abs(v) > 1e-9 else "0")
        axes[0].set_yticks(range(len(rows)), rows)
        for text, name in zip(axes[0].get_yticklabels(), rows, strict=True):
            text.set_color(colour(FAMILY[family[name]]))
        axes[0].set_ylim(len(rows) - 0.4, -0.6)
        axes[len(months) // 2].set_xlabel("F1 less that of the published settings")
    told = []
    for name in others["variant"]:
        values = shown[shown["variant"] == name].set_index("month").loc[list(months), "f1_versus"]
        told.append(f"{name} {', '.join(signed(v) for v in values)}")
    return Picture(
        fig,
        "F1 less that of the forest with the published settings and seed 0, in "
        f"{', '.join(f'{month_name(m)} {m[:4]}' for m in months)}: {'; '.join(told)}.",
    )


@sourced
def losses(variants: pd.DataFrame, name: str = "all features") -> Picture:
    """Log loss of each variant over the months, one of them named; dashed: no forest is certain.

    Parameters
    ----------
    variants : DataFrame
        `debugml.study.variants`.
    name : str
        The variant to point at.
    """
    shown = variants[variants["family"].isin(FAMILY)]
    months = list(dict.fromkeys(shown["month"]))
    wide = shown.pivot(index="month", columns="variant", values="log_loss")
    bounded = shown.pivot(index="month", columns="variant", values="log_loss_bounded")[name]
    with canvas("slide") as (fig, ax):
        x = month_axis(ax, months)
        for other in wide.columns.drop(name):
            ax.plot(x, wide[other], color=tint("reference", 0.55), linewidth=1.8)
        ax.plot(x, wide[name], "o-", color=colour("alarm"))
        ax.plot(x, bounded, color=colour("alarm"), linestyle=(0, (4, 3)), linewidth=1.8)
        rest = wide[wide.columns.drop(name)]
        label_line(ax, x[-1], wide[name].iloc[-1], name, "alarm")
        label_line(ax, x[-1], bounded.iloc[-1] + 0.08, "never certain", "alarm")
        label_line(ax, x[-1], rest.iloc[-1].median(), f"{rest.shape[1]} others", "reference")
        ax.set_xlim(-0.15, len(months) - 0.25)
        name_axis(ax, "log loss, nats a trip")
    first = wide.iloc[0]
    worst = months[int(wide[name].to_numpy().argmax())]
    place = int((first < first[name]).sum()) + 1
    return Picture(
        fig,
        f"In {month_name(months[0])} the forest with {name} has place {place} of {len(first)} by "
        f"log loss, {first[name]:.4f}. In {month_name(worst)} it has {wide.loc[worst, name]:.2f}, "
        f"the others {rest.loc[worst].min():.2f} to {rest.loc[worst].max():.2f}; were it never "
        f"certain, {float(bounded[worst]):.2f}.",
    )


@sourced
def parting(
    disagreements: pd.DataFrame, month: str = "2020-04", column: str = "payment"
) -> Picture:
    """Where forests part: disagreement by slice, beside the share of high tips.

    Parameters
    ----------
    disagreements : DataFrame
        `debugml.study.disagreements`.
    month : str
    column : str
        The column whose slices are shown.
    """
    part = disagreements[(disagreements["month"] == month) & (disagreements["column"] == column)]
    slices = part.drop_duplicates("value").sort_values("n", ascending=False)
    names = list(slices["value"])
    with canvas((720, 258)) as (fig, ax):
        for kind, (role, said) in CHOICES.items():
            for row in part[part["choices"] == kind].to_dict("records"):
                at = names.index(row["value"]) + (0.17 if kind == "missing values" else -0.17)
                ax.plot([row["low"], row["high"]], [at, at], color=colour(role), linewidth=4)
                ax.plot(row["disagreement"], at, "o", color=colour(role), markersize=11)
            ax.plot([], [], color=colour(role), label=said)
        for place, row in enumerate(slices.to_dict("records")):
            ax.annotate(
                f"{row['n']:,} trips\n{_share(row['base_rate'])} tip well",
                (1.02, place), xycoords=("axes fraction", "data"), va="center",
                fontsize=SMALL, annotation_clip=False,
            )  # fmt: skip
        for i, (role, said) in enumerate(CHOICES.values()):
            ax.annotate(
                said, (0.99, 0.95 - 0.1 * i), xycoords="axes fraction", ha="right", va="top",
                fontweight="bold", color=colour(role), bbox=PLATE,
            )  # fmt: skip
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlim(-0.01, max(0.4, float(part["high"].max()) + 0.02))
        percent_axis(ax, "x")
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        ax.set_xlabel("pairs of forests that decide a trip differently")
    told = []
    for row in slices.to_dict("records"):
        of = part[part["value"] == row["value"]].set_index("choices")["disagreement"]
        told.append(
            f"{column} {row['value']} ({row['n']:,} trips, {_share(row['base_rate'])} with a high "
            f"tip): {_share(of['the seed'], 1)} and {_share(of['missing values'], 1)}"
        )
    return Picture(
        fig,
        f"Pairs of forests that decide a trip of {month_name(month)} {month[:4]} differently, by "
        f"seed and by what stands for a missing value. {'; '.join(told)}.",
    )


@sourced
def rebuilt(embeddings: pd.DataFrame, month: str = "2020-03") -> Picture:
    """F1 and AUC where embeddings were rebuilt upstream: as they came, and aligned.

    Parameters
    ----------
    embeddings : DataFrame
        `debugml.study.embeddings`.
    """
    part = embeddings[embeddings["month"] == month]
    usual = part[part["case"] == "as trained"].iloc[0]
    cases = [case for case in dict.fromkeys(part["case"]) if case != "as trained"]
    ways: dict[str, RoleName] = {"as it came": "alarm", "aligned": "ranking"}
    with canvas((720, 262), cols=2, sharey=True) as (fig, axes):
        for ax, name in zip(axes, ("f1", "auc"), strict=True):
            ax.axvline(usual[name], color=colour("forest"), linewidth=2)
            for used, role in ways.items():
                values = part[part["used"] == used].set_index("case").loc[cases, name]
                ax.plot(
                    values, range(len(cases)), "o", color=colour(role), markeredgewidth=2,
                    markersize=13 if used == "as it came" else 8,
                    markerfacecolor=colour(role if used == "as it came" else "paper"),
                )  # fmt: skip
            ax.margins(x=0.06)
            ax.set_title(f"{METRIC[name]}, {month_name(month)} {month[:4]}", fontsize=SMALL)
            ax.grid(axis="y", visible=False)
            ax.grid(axis="x", visible=True)
        axes[0].set_yticks(range(len(cases)), cases)
        axes[0].set_ylim(len(cases) - 0.4, -1.5)
        said: tuple[tuple[str, float, RoleName], ...] = (
            ("as it came", 0.02, "alarm"),
            ("aligned", 0.36, "ranking"),
        )
        for text, x, role in said:
            axes[0].annotate(
                text, (x, 0.95), xycoords="axes fraction", va="center", fontweight="bold",
                color=colour(role), fontsize=SMALL,
            )  # fmt: skip
        axes[0].annotate(
            "as trained", (usual["f1"], 0.95), xycoords=("data", "axes fraction"),
            xytext=(-8, 0), textcoords="offset points", ha="right", va="center",
            fontweight="bold", color=colour("forest"), fontsize=SMALL,
        )  # fmt: skip
    told = []
    for case in cases:
        of = part[part["case"] == case].set_index("used")
        came, turned = of.loc["as it came"], of.loc["aligned"]
        told.append(
            f"{case}: F1 {came['f1']:.3f}, AUC {came['auc']:.3f}, aligned {turned['f1']:.3f} "
            f"and {turned['auc']:.3f}"
        )
    return Picture(
        fig,
        f"A forest on zone embeddings in {month_name(month)} {month[:4]}: F1 {usual['f1']:.3f} "
        f"and AUC {usual['auc']:.3f} as trained. Embeddings rebuilt with {'; with '.join(told)}.",
    )


@sourced
def noticed(alarms: pd.DataFrame) -> Table:
    """What each detector saw of a rebuilt embedding, the seeds in one row.

    Parameters
    ----------
    alarms : DataFrame
        `debugml.study.embedding_alarms`.
    """
    kind = alarms["case"].where(~alarms["case"].str.startswith("seed "), "another seed")
    rows, marked = [], []
    for (case, used), part in alarms.groupby([kind, "used"], sort=False):
        by = dict(list(part.groupby("detector")))
        label = case if case == "nothing rebuilt" else f"{case}, {used}"
        if case == "another seed":
            label = f"{len(by['version'])} other seeds, {used}"
        rows.append(
            {"case": label, "version": "refused" if by["version"]["alarm"].all() else "accepted"}
            | {name: _range(by[name]) for name in ("largest D", "cosine", "neighbours")}
        )
        if used == "as it came" and case != "nothing rebuilt":
            marked.append(len(rows) - 1)
    lines = alarms.drop_duplicates("detector").set_index("detector")["line"]
    return table(
        pd.DataFrame(rows),
        labels={
            "case": "embedding",
            "largest D": ("largest D", f"above {lines['largest D']:g}"),
            "cosine": ("cosine", f"below {lines['cosine']:g}"),
            "neighbours": ("neighbours", f"below {_share(lines['neighbours'])}"),
        },
        highlight=marked,
    )


def _share(value: float, digits: int = 0) -> str:
    return f"{value:.{digits}%}".replace("%", "\N{NO-BREAK SPACE}%")


def _range(part: pd.DataFrame) -> str:
    share = part["detector"].iloc[0] == "neighbours"
    low, high = (
        _share(v) if share else f"{v:.2f}".replace("-", "−")
        for v in (part["value"].min(), part["value"].max())
    )
    rang = " rings" if part["alarm"].all() else ""
    # In one line: the table must fit a slide.
    return ((low if low == high else f"{low} to {high}") + rang).replace(" ", "\N{NO-BREAK SPACE}")


@sourced
def churned(churns: pd.DataFrame) -> Table:
    """Churn by month beside what independent forests would give.

    Parameters
    ----------
    churns : DataFrame
        `debugml.study.churns`.
    """
    months = list(dict.fromkeys(churns["month"]))
    rows = []
    for choices, part in churns.groupby("choices", sort=False):
        by = part.set_index("month")
        row: dict[str, Any] = {"choices": choices, "pairs": int(part["pairs"].iloc[0])}
        for month in months:
            of = by.loc[month]
            half = 100 * (of["high"] - of["low"]) / 2
            row[month] = f"{_share(of['churn'], 1)} ± {half:.1f}".replace(" ", "\N{NO-BREAK SPACE}")
            row[f"{month} kappa"] = of["kappa"]
        rows.append(row)
    kept = [months[0], *months[2:]]
    columns = ["choices", "pairs", *(name for m in kept for name in (m, f"{m} kappa"))]
    return table(
        pd.DataFrame(rows)[columns],
        formats={f"{month} kappa": ".2f" for month in kept},
        labels={"choices": "forests differ in"}
        | {month: (month_name(month), "churn") for month in kept}
        | {f"{month} kappa": "kappa" for month in kept},
        note="± half the width of a 95 % interval, in percentage points.",
    )


@sourced
def widths(spreads: pd.DataFrame, choices: str = "all choices") -> Table:
    """Spread across forests by month, and its ratio to the first month's.

    Parameters
    ----------
    spreads : DataFrame
        `debugml.study.spreads`.
    choices : str
        Which of its sets of choices.
    """
    part = spreads[spreads["choices"] == choices]
    months = list(dict.fromkeys(part["month"]))
    rows = []
    for figure, of in part.groupby("figure", sort=False):
        by = of.set_index("month")
        row: dict[str, Any] = {"figure": METRIC[str(figure)]}
        row["first"], row["days"] = by.loc[months[0], "sd"], by.loc[months[0], "day_error"]
        for month in months[1:]:
            digits = 0 if by.loc[month, "ratio"] >= 10 else 1
            ratio, low, high = (f"{by.loc[month, n]:.{digits}f}" for n in ("ratio", "low", "high"))
            row[month] = f"{ratio} ({low}–{high})"
        rows.append(row)
    return table(
        pd.DataFrame(rows),
        formats={"first": ".4f", "days": ".4f"},
        labels={
            "figure": f"{part['models'].iloc[0]} forests",
            "first": ("spread", month_name(months[0])),
            "days": ("error", "of one, days"),
        }
        | {month: (month_name(month), f"times {month_name(months[0])}") for month in months[1:]},
    )
