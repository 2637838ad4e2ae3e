"""Embeddings that another team rebuilt: what a model downstream scores, and who notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..drift import ks_table
from ..features import LABEL, TIME, featurize
from ..horizons import (
    FIGURES,
    EmbeddedForest,
    EmbeddingTable,
    align,
    embedded,
    figures_by_draw,
    fit_embedded,
    neighbour_overlap,
    versus,
    zone_embeddings,
)
from ..lineage import Artifact, note
from ..metrics import always_yes_f1
from ..summary import Floats
from ..training import fitted, predict_proba
from .base import TRAIN, files_of, in_memory, result
from .horizons import DRAWS, HORIZON


@result
def embeddings(
    months: tuple[str, ...] = HORIZON[:4],
    train: str = TRAIN,
    later: str = "2020-02",
    rebuilds: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """A forest on zone embeddings, and what it scores when they are rebuilt upstream.

    Returns
    -------
    DataFrame, one row a case, a way of using it and a month
        ``case`` (``as trained``, ``seed 1`` …, ``another method``, ``another month``),
        ``used`` (``as it came`` or ``aligned``), ``month``; ``f1``, ``auc``, ``log_loss``,
        ``yes_rate``, ``always_yes_f1``; and for F1, AUC and log loss
        ``…_versus`` (less that as trained), ``…_low``, ``…_high``: 95 %, days resampled,
        paired.
    """
    old, cases = _tables(train, later, rebuilds)
    model = _embedded_forest(train, old, seed)
    ways = [("as trained", "as it came", old)]
    for case, table in cases.items():
        ways += [(case, "as it came", table), (case, "aligned", align(table, old))]
    rows = []
    for month in months:
        records = featurize(in_memory(month))
        usual: dict[str, Floats] = {}
        for case, used, table in ways:
            # Past the check of `EmbeddedForest`, as where nobody keeps versions.
            p = predict_proba(model.forest, embedded(records, table))
            drawn = figures_by_draw(records[TIME], records[LABEL], p, DRAWS)
            usual = usual or drawn
            row: dict[str, Any] = {"case": case, "used": used, "month": month}
            row |= {name: drawn[name][0] for name in FIGURES if name != "brier"}
            row["always_yes_f1"] = float(always_yes_f1(records[LABEL].mean()))
            for name in ("f1", "auc", "log_loss"):
                row |= versus(drawn, usual, name)
            rows.append(row)
    return pd.DataFrame(rows)


@result
def embedding_alarms(
    month: str = "2020-02",
    train: str = TRAIN,
    later: str = "2020-02",
    rebuilds: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """What four detectors see of each rebuild, without a label.

    The lines are round numbers set beforehand: D above 0.1, a mean cosine below 0.9, half of
    the ten nearest zones lost. ``nothing rebuilt`` is the month scored on the table that
    the model was trained with.

    Returns
    -------
    DataFrame, one row a case and a detector
        ``case``, ``used``, ``detector`` (``version``, ``largest D``, ``cosine``,
        ``neighbours``), ``value``, ``line``, ``alarm``; ``column`` (of the largest D, else
        empty). A version's value is 1 if the model refuses the table, else 0. ``changed``, the
        columns whose values over zones correlate with the old ones below 0.9, and ``unseen``,
        those of them whose D is at most 0.1.
    """
    old, cases = _tables(train, later, rebuilds)
    reference = old.look_up(featurize(in_memory(train)))
    records = featurize(in_memory(month))
    ways = [("nothing rebuilt", "as it came", old)]
    for case, table in cases.items():
        ways += [(case, "as it came", table), (case, "aligned", align(table, old))]
    rows = []
    for case, used, table in ways:
        drifted = ks_table(reference, table.look_up(records)).results
        name, widest = next(iter(drifted.items()))
        changed = _changed(table, old)
        unseen = sum(drifted[column].statistic <= 0.1 for column in changed)
        cosine, overlap = _cosine(table, old), neighbour_overlap(table, old)
        refused = table.axes != old.axes
        for detector, value, line, alarm, column in (
            ("version", float(refused), 1.0, refused, ""),
            ("largest D", widest.statistic, 0.1, widest.statistic > 0.1, name),
            ("cosine", cosine, 0.9, cosine < 0.9, ""),
            ("neighbours", overlap, 0.5, overlap < 0.5, ""),
        ):
            rows.append(
                {"case": case, "used": used, "detector": detector, "value": value}
                | {"line": line, "alarm": bool(alarm), "column": column}
                | {"changed": len(changed), "unseen": unseen}
            )
    return pd.DataFrame(rows)


def _embedded_forest(train: str, table: EmbeddingTable, seed: int) -> EmbeddedForest:
    """The model downstream; its training run names the version of the table."""
    features = featurize(in_memory(train))
    used = Artifact(table.digest, f"zone embeddings {train}", "embedding")
    forest, run = fitted(
        lambda: fit_embedded(features, table, seed=seed).forest,
        f"forest on embeddings {train}, seed {seed}",
        (*files_of([train]), used),
        {"train": train, "seed": seed},
    )
    note(run)
    return EmbeddedForest(forest, table.axes)


def _tables(
    train: str, later: str, rebuilds: int
) -> tuple[EmbeddingTable, dict[str, EmbeddingTable]]:
    """The table that the model was trained with, and those that another team could build."""
    trips = in_memory(train)
    cases = {f"seed {seed}": zone_embeddings(trips, seed=seed) for seed in range(1, rebuilds + 1)}
    cases["another method"] = zone_embeddings(trips, seed=1, method="als")
    cases["another month"] = zone_embeddings(in_memory(later), seed=1)
    return zone_embeddings(trips), cases


def _changed(new: EmbeddingTable, old: EmbeddingTable) -> list[str]:
    """Columns that no longer say what they said."""
    both = new.known & old.known
    one, two = (np.hstack([t.pickup[both], t.dropoff[both]]) for t in (new, old))
    r = [np.corrcoef(one[:, i], two[:, i])[0, 1] for i in range(one.shape[1])]
    return [name for name, value in zip(new.names, r, strict=True) if value < 0.9]


def _cosine(new: EmbeddingTable, old: EmbeddingTable) -> float:
    """Mean cosine between a zone's vector in one table and in the other."""
    both = new.known & old.known
    one, two = (np.hstack([t.pickup[both], t.dropoff[both]]) for t in (new, old))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    return float(((one * two).sum(axis=1) / lengths).mean())
