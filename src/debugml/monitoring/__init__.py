"""What should I watch, and against what baseline? Knows no taxis: any frames, any columns."""

from .monitor import Monitor
from .report import MINIMUM, OVER_DAYS, TOO_FEW, WITHIN_DAY
from .stream import cumulative_f1
from .weekdays import WeekdayBaseline

__all__ = [
    "MINIMUM",
    "OVER_DAYS",
    "TOO_FEW",
    "WITHIN_DAY",
    "Monitor",
    "WeekdayBaseline",
    "cumulative_f1",
]
