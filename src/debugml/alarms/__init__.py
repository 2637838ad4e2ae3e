"""Which alarm would I trust at 3 a.m.? Policies, the truth, and a tournament. Knows no taxis."""

from .drifted import (
    calendar_d_above,
    d_above,
    domain_auc_above,
    ks_bonferroni,
    ks_p,
    minimum_effect_above,
    mmd,
    psi_above,
    wasserstein_above,
)
from .dummies import always, every, never
from .falls import auc_fall, estimated_f1_fall, f1_fall, f1_fall_by_weekday, skill_fall
from .periods import Pair, Period
from .policy import Policy, decide
from .roster import policies
from .tournament import Prices, tournament
from .truth import DID_NOT, FELL, SUSPECT, UNDECIDED, truth

__all__ = [
    "DID_NOT",
    "FELL",
    "SUSPECT",
    "UNDECIDED",
    "Pair",
    "Period",
    "Policy",
    "Prices",
    "always",
    "auc_fall",
    "calendar_d_above",
    "d_above",
    "decide",
    "domain_auc_above",
    "estimated_f1_fall",
    "every",
    "f1_fall",
    "f1_fall_by_weekday",
    "ks_bonferroni",
    "ks_p",
    "minimum_effect_above",
    "mmd",
    "never",
    "policies",
    "psi_above",
    "skill_fall",
    "tournament",
    "truth",
    "wasserstein_above",
]
