"""The case study's results: computed once, kept with their provenance, read by every page.

Each is a small frame, so that slide and chapter show the same digits because both
read the same result. One module a topic; `RESULTS` lists them all, and `recompute`
makes them anew.
"""

from __future__ import annotations

import shutil
from typing import Any

from .. import settings
from ..errors import SettingError
from ..keep import Kept
from ..trips import samples
from .base import ALL_MONTHS, RELEASE, TRAIN, YEAR_2020
from .deployment import (
    ASSUMED,
    feeds,
    lag_known,
    lag_revisions,
    lag_settling,
    released_daily,
    released_weekly,
)
from .drift import cdfs, ks_adjacent, ks_months, weekday_drift
from .estimate import estimate_errors, estimate_meaning, estimate_misses, estimates
from .features import published_faults
from .monitoring import against_usual, all_wrong, usual_weekdays, windows
from .moved import change_split, ranking_change, slices
from .training import calibration, monthly_scores, seeds
from .trips import month_facts

__all__ = [
    "ALL_MONTHS",
    "ASSUMED",
    "RELEASE",
    "RESULTS",
    "TRAIN",
    "YEAR_2020",
    "against_usual",
    "all_wrong",
    "calibration",
    "cdfs",
    "change_split",
    "estimate_errors",
    "estimate_meaning",
    "estimate_misses",
    "estimates",
    "feeds",
    "ks_adjacent",
    "ks_months",
    "lag_known",
    "lag_revisions",
    "lag_settling",
    "month_facts",
    "monthly_scores",
    "published_faults",
    "ranking_change",
    "recompute",
    "released_daily",
    "released_weekly",
    "seeds",
    "slices",
    "usual_weekdays",
    "weekday_drift",
    "windows",
]

RESULTS: tuple[tuple[Kept[Any], dict[str, Any]], ...] = (
    (month_facts, {}),
    (monthly_scores, {}),
    (released_daily, {}),
    (released_weekly, {}),
    (lag_known, {}),
    (lag_revisions, {}),
    (lag_settling, {}),
    (lag_settling, {"month": "2020-02", "calibration": "2020-01", "freq": "M"}),
    (feeds, {}),
    (windows, {}),
    (all_wrong, {}),
    (usual_weekdays, {}),
    (against_usual, {}),
    (change_split, {}),
    (change_split, {"after": "2020-05"}),
    (change_split, {"metric": "auc"}),
    (ranking_change, {}),
    (slices, {}),
    (slices, {"month": "2020-04"}),
    (estimates, {}),
    (estimate_meaning, {}),
    (estimate_meaning, {"train": "2018-01", "calibration": "2018-02"}),
    (estimate_misses, {}),
    (estimate_misses, {"train": "2018-01", "calibration": "2018-02"}),
    (ks_months, {}),
    (ks_months, {"current": "2020-03"}),
    (ks_adjacent, {}),
    (cdfs, {}),
    (cdfs, {"reference": "2020-03", "current": "2020-04"}),
    (weekday_drift, {}),
    (weekday_drift, {"current": "2020-03"}),
    (published_faults, {}),
    (calibration, {}),
    (seeds, {}),
)
"""Every result that the talk and the book read, with its parameters."""


def recompute() -> None:
    """Compute every result anew into the committed folder; what no longer counts goes.

    Raises
    ------
    SettingError
        If the environment asks for other trips or another engine than the samples and
        pandas, or the samples are an installed package's.
    StoreError
        If a result can't be written.
    """
    from rich.progress import track

    if settings.source() != settings.SAMPLE or settings.engine() != "pandas":
        raise SettingError(
            "the committed results are those of the samples on pandas: unset DEBUGML_SOURCE "
            "and DEBUGML_ENGINE, or read the results you need, which keeps them in DEBUGML_HOME"
        )
    if samples.folder().parent.name == "debugml":
        raise SettingError(
            f"{samples.folder()}: an installed package's folder. Run this in a clone of the project"
        )
    current = set()
    for result, parameters in track(RESULTS, description="study"):
        current.add(result.commit(**parameters))
    for entry in (samples.folder() / "results").glob("*/*"):
        # What another process is about to put there is not ours to remove.
        if entry.is_dir() and not entry.name.startswith(".") and entry not in current:
            shutil.rmtree(entry)
