"""All exercises, by topic in the order of the book."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module

from ..errors import CheckError
from .exercise import Exercise

TOPICS = (
    "pipelines",
    "trips",
    "features",
    "training",
    "deployment",
    "monitoring",
    "drift",
    "alarms",
    "retraining",
    "promotion",
    "lineage",
    "horizons",
)


@cache
def of_topic(topic: str) -> tuple[Exercise, ...]:
    """The exercises of a topic, easiest first.

    Raises
    ------
    CheckError
        If there is no such topic.

    Examples
    --------
    >>> of_topic("trips")[0].name
    'trips-payment-shares'
    """
    if topic not in TOPICS:
        raise CheckError(f"{topic!r} is no topic: there are {', '.join(TOPICS)}")
    found: tuple[Exercise, ...] = import_module(f".topics.{topic}", __package__).EXERCISES
    return found


def everything() -> tuple[Exercise, ...]:
    """The exercises of all topics.

    Examples
    --------
    >>> len(everything()) >= 30
    True
    """
    return tuple(each for topic in TOPICS for each in of_topic(topic))


def warm() -> None:
    """Import all topics, and compute what their checks would else compute in every fork."""
    for topic in TOPICS:
        of_topic(topic)
        getattr(sys.modules[f"{__package__}.topics.{topic}"], "warm", _nothing)()


def _nothing() -> None:
    pass


def exercise(name: str) -> Exercise:
    """An exercise, by its name.

    Raises
    ------
    CheckError
        If there is none of that name.

    Examples
    --------
    >>> exercise("trips-payment-shares").minutes
    10
    """
    topic = name.partition("-")[0]
    for each in of_topic(topic) if topic in TOPICS else ():
        if each.name == name:
            return each
    names = [each.name for each in (of_topic(topic) if topic in TOPICS else everything())]
    raise CheckError(f"{name!r} is no exercise: there are {', '.join(names)}")
