"""The policies that are compared, with their thresholds."""

from __future__ import annotations

from .. import alarms
from .policy import RetrainingPolicy, every, from_alarm, oracle

TOLERANCE = 0.02
"""A fall of F1 or of skill up to this is none: the line of the alarms' tournament."""


def policies(tolerance: float = TOLERANCE) -> list[RetrainingPolicy]:
    """Everything that is compared: the calendar, four alarms, two oracles.

    Parameters
    ----------
    tolerance : float
        A fall of F1 or skill up to this is none.

    Examples
    --------
    >>> [policy.name for policy in policies()][:3]
    ['never', 'every 12 months', 'every 6 months']
    """
    return [
        from_alarm(alarms.never()),
        *(every(months) for months in (12, 6, 3, 2, 1)),
        from_alarm(alarms.minimum_effect_above(0.05)),
        from_alarm(alarms.estimated_f1_fall(tolerance)),
        from_alarm(alarms.f1_fall(tolerance)),
        from_alarm(alarms.skill_fall(tolerance)),
        oracle("f1"),
        oracle("log_loss_floored"),
    ]
