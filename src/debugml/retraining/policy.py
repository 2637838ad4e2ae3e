"""A policy: when to retrain. The calendar, any alarm of `debugml.alarms`, or an oracle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from .. import alarms
from ..alarms import Policy
from ..errors import RecordsError, SettingError
from .view import Sees, View

ALWAYS_YES = "always yes"
LAST_RATE = "always yes, rate of last month"


@dataclass(frozen=True)
class RetrainingPolicy:
    """One way to decide, at the start of a month, whether a new model takes over.

    Attributes
    ----------
    name : str
        Short, for tables.
    decide : function
        From a `View` to yes or no.
    sees : str
        What it must be able to see, and all that its view holds.

    Examples
    --------
    >>> RetrainingPolicy("when old", lambda view: view.age >= 4).sees
    'nothing'
    """

    name: str
    decide: Callable[[View], bool]
    sees: Sees = "nothing"


def from_alarm(alarm: Policy, name: str | None = None) -> RetrainingPolicy:
    """Retrain whenever an alarm rings about the training records and last month's.

    Parameters
    ----------
    alarm : debugml.alarms.Policy
    name : str, optional
        By default the alarm's.

    Raises
    ------
    RecordsError
        When asked, if what the alarm measures is not a number.

    Examples
    --------
    >>> from debugml.alarms import f1_fall
    >>> policy = from_alarm(f1_fall(0.02))
    >>> policy.name, policy.sees
    ('F1 fell', 'labels')
    """

    def decide(view: View) -> bool:
        value = alarm.measure(view.pair)
        if math.isnan(value):
            raise RecordsError(
                f"policy {alarm.name!r} has no number for {view.month}: "
                "give it records that it can measure, or leave it out"
            )
        return alarm.calls(value)

    return RetrainingPolicy(name or alarm.name, decide, alarm.sees)


def every(months: int, first: int | None = None) -> RetrainingPolicy:
    """Retrain by the calendar.

    Parameters
    ----------
    months : int
        From one training to the next.
    first : int, optional
        Months until the first of them, from 1 to `months`; by default as many. On which
        month a calendar begins is an accident: asking all of them says how much it matters.

    Raises
    ------
    SettingError
        If one is no whole number from 1 on, or the first comes later than the second would.

    Examples
    --------
    >>> every(1).name, every(3).name, every(3, first=2).name
    ('every month', 'every 3 months', 'every 3 months, first after 2')
    """
    alarm = alarms.every(months)
    name = "every month" if months == 1 else f"every {months} months"
    if first is None or first == months:
        return from_alarm(alarm, name)
    if not 1 <= first < months or first != int(first):
        raise SettingError(f"every {months}, first after {first}: begin after 1 to {months}")

    def decide(view: View) -> bool:
        pair = replace(view.pair, turn=view.decision + months - first)
        return alarm.calls(alarm.measure(pair))

    return RetrainingPolicy(f"{name}, first after {first}", decide, alarm.sees)


def oracle(figure: Literal["f1", "log_loss_floored"]) -> RetrainingPolicy:
    """Retrain if the new model will do better in the month that begins. It sees the future.

    It looks one month ahead and no further, so it is a bound on nothing but the next step.
    Whether it retrains hangs on labels that nobody has; what it trains on does not. It is
    billed for the models that it puts into service, not for those that it tried.

    Raises
    ------
    SettingError
        If there is no such figure.

    Examples
    --------
    >>> oracle("f1").name, oracle("f1").sees
    ('oracle, F1', 'the future')
    """
    names = {"f1": "oracle, F1", "log_loss_floored": "oracle, log loss"}
    if figure not in names:
        raise SettingError(f"an oracle of {figure!r}: choose {' or '.join(map(repr, names))}")

    def decide(view: View) -> bool:
        stays, new = view.ahead(figure)
        return new > stays if figure == "f1" else new < stays

    return RetrainingPolicy(names[figure], decide, "the future")
