"""The case study's results: computed once, kept with their provenance, read by every page.

Each is a small frame, so that slide and chapter show the same digits because both
read the same result. One module a topic; `RESULTS` lists them all, and `recompute`
makes them anew.
"""

from __future__ import annotations

from typing import Any

from ..keep import Kept
from .alarms import alarm_days, alarm_history, alarm_scores
from .base import ALL_MONTHS, RELEASE, TRAIN, YEAR_2020
from .calendar import calendar_left
from .committed import recompute
from .deployment import (
    ASSUMED,
    feeds,
    lag_known,
    lag_revisions,
    lag_settling,
    released_daily,
    released_weekly,
)
from .drift import cdfs, ks_adjacent, ks_months
from .estimate import estimate_errors, estimate_meaning, estimate_misses, estimates
from .evidence import (
    bootstrap_coverage,
    cps,
    limit_errors,
    published_check,
    significant_d,
    two_questions,
)
from .features import published_faults
from .forests import forests_compared
from .glance import feature_spread
from .horizons import churns, disagreements, spreads, variants
from .ledger import ledger
from .lineage import (
    flagged_chain,
    flagged_day,
    flagged_payments,
    flagged_review,
    surest_wrong,
    what_rests,
)
from .made import made
from .monitoring import against_usual, all_wrong, usual_weekdays, windows
from .moved import change_split, ranking_change, slices
from .null import null_rates
from .pipelines import rests_on
from .promotion import (
    gate_cases,
    gate_history,
    gate_reviews,
    gate_talk,
    gate_worth,
    rolling_folds,
)
from .retraining import (
    retraining_lag,
    retraining_months,
    retraining_policies,
    retraining_seeds,
)
from .shifts import paper_orderings, shift_power
from .spread import spread_coverage
from .streams import streamed_alarms
from .training import calibration, monthly_scores, seeds
from .trips import month_facts
from .upstream import embedding_alarms, embeddings

__all__ = [
    "ALL_MONTHS",
    "ASSUMED",
    "RELEASE",
    "RESULTS",
    "TRAIN",
    "YEAR_2020",
    "against_usual",
    "alarm_days",
    "alarm_history",
    "alarm_scores",
    "all_wrong",
    "bootstrap_coverage",
    "calendar_left",
    "calibration",
    "cdfs",
    "change_split",
    "churns",
    "cps",
    "disagreements",
    "embedding_alarms",
    "embeddings",
    "estimate_errors",
    "estimate_meaning",
    "estimate_misses",
    "estimates",
    "feature_spread",
    "feeds",
    "flagged_chain",
    "flagged_day",
    "flagged_payments",
    "flagged_review",
    "forests_compared",
    "gate_cases",
    "gate_history",
    "gate_reviews",
    "gate_talk",
    "gate_worth",
    "ks_adjacent",
    "ks_months",
    "lag_known",
    "lag_revisions",
    "lag_settling",
    "ledger",
    "limit_errors",
    "made",
    "month_facts",
    "monthly_scores",
    "null_rates",
    "paper_orderings",
    "published_check",
    "published_faults",
    "ranking_change",
    "recompute",
    "released_daily",
    "released_weekly",
    "rests_on",
    "retraining_lag",
    "retraining_months",
    "retraining_policies",
    "retraining_seeds",
    "rolling_folds",
    "seeds",
    "shift_power",
    "significant_d",
    "slices",
    "spread_coverage",
    "spreads",
    "streamed_alarms",
    "surest_wrong",
    "two_questions",
    "usual_weekdays",
    "variants",
    "what_rests",
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
    (calendar_left, {}),
    (calendar_left, {"current": "2020-03"}),
    (limit_errors, {}),
    (significant_d, {}),
    (published_check, {}),
    (published_check, {"reference": "january_march"}),
    (two_questions, {}),
    (bootstrap_coverage, {}),
    (cps, {}),
    (shift_power, {}),
    (paper_orderings, {}),
    (null_rates, {}),
    (streamed_alarms, {}),
    (feature_spread, {}),
    (alarm_history, {}),
    (alarm_history, {"window": 3}),
    (alarm_scores, {}),
    (alarm_scores, {"window": 3}),
    (alarm_scores, {"trips": "halves"}),
    (alarm_days, {}),
    (alarm_days, {"train": "2019-08", "months": ("2019-09", "2019-10")}),
    (published_faults, {}),
    (calibration, {}),
    (seeds, {}),
    (forests_compared, {}),
    (variants, {}),
    (spreads, {}),
    (spread_coverage, {}),
    (churns, {}),
    (disagreements, {}),
    (embeddings, {}),
    (embedding_alarms, {}),
    (retraining_months, {}),
    (retraining_policies, {}),
    (retraining_seeds, {}),
    (retraining_lag, {}),
    (rolling_folds, {}),
    (gate_talk, {}),
    (gate_history, {}),
    (gate_reviews, {}),
    (gate_worth, {}),
    (gate_cases, {}),
    (flagged_day, {}),
    (flagged_payments, {}),
    (flagged_review, {}),
    (flagged_review, {"first": 1}),
    (flagged_review, {"payments": "card"}),
    (flagged_review, {"first": 1, "payments": "card"}),
    (flagged_chain, {}),
    (rests_on, {}),
)
"""Every result that the talk and the book read, with its parameters."""
