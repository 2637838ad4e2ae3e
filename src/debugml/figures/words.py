"""How figures write months, weekdays and signed numbers, the same in all of them."""

from __future__ import annotations

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""From 0 on, as pandas counts them."""


def month_name(month: str) -> str:
    """The name of a month; its first three letters are its short form.

    >>> month_name("2020-03"), month_name("2020-03")[:3]
    ('March', 'Mar')
    """
    return MONTHS[int(month[5:7]) - 1]


def signed(value: float, digits: int = 3) -> str:
    """A change with its sign, minus as a minus sign; exactly nothing has none.

    >>> signed(-0.0125, 2), signed(0.5), signed(0)
    ('−0.01', '+0.500', '0.000')
    """
    # A rounded zero keeps its sign: it says on which side of 0 an interval ends.
    return f"{value:{'+' if value else ''}.{digits}f}".replace("-", "−")
