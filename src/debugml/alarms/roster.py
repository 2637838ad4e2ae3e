"""The policies that the tournament compares, with thresholds fixed before it began."""

from __future__ import annotations

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
from .policy import Policy


def policies(tolerance: float = 0.02) -> list[Policy]:
    """Fifteen policies that look, and three that don't.

    Thresholds are the field's customary ones where there are any (p < 0.05, PSI 0.1 and
    0.25), else round numbers. Somebody who tunes them on the same months finds a better
    policy on these months, and learns nothing about the next one.

    Parameters
    ----------
    tolerance : float
        The fall of F1, skill, AUC or estimated F1 that is put up with.

    Examples
    --------
    >>> [policy.name for policy in policies() if policy.sees == "nothing"]
    ['always', 'never', 'every 3rd']
    """
    return [
        ks_p(),
        ks_bonferroni(),
        d_above(0.1),
        minimum_effect_above(0.05),
        calendar_d_above(0.1),
        psi_above(0.1),
        psi_above(0.25),
        wasserstein_above(0.1),
        mmd(),
        domain_auc_above(0.6),
        estimated_f1_fall(tolerance),
        f1_fall(tolerance),
        f1_fall_by_weekday(tolerance),
        skill_fall(tolerance),
        auc_fall(tolerance),
        always(),
        never(),
        every(3),
    ]
