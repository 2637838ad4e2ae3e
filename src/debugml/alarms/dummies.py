"""Policies that look at nothing. One that looks must do better than these."""

from __future__ import annotations

from ..errors import SettingError
from .policy import Policy


def always() -> Policy:
    """An alarm each time: it misses nothing.

    Examples
    --------
    >>> always().name
    'always'
    """
    return Policy("always", lambda pair: 1.0, 0.5, sees="nothing")


def never() -> Policy:
    """No alarm, ever: it disturbs nobody.

    Examples
    --------
    >>> never().calls(0.0)
    False
    """
    return Policy("never", lambda pair: 0.0, 0.5, sees="nothing")


def every(k: int) -> Policy:
    """An alarm at every k-th period, as a calendar entry would raise.

    Raises
    ------
    SettingError
        If k is below 1.

    Examples
    --------
    >>> every(3).name
    'every 3rd'
    """
    if k < 1 or k != int(k):
        raise SettingError(f"every {k}: give a whole number of periods from 1 on")
    ending = "th" if k // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(k % 10, "th")
    return Policy(
        f"every {k}{ending}",
        lambda pair: float((pair.turn + 1) % k == 0),
        0.5,
        sees="nothing",
    )
