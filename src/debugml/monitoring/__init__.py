"""What should I watch, and against what baseline? Knows no taxis: any frames, any columns."""

from .change import split_change
from .estimate import Estimate, Estimator
from .monitor import Monitor
from .report import MINIMUM, OVER_DAYS, TOO_FEW, WITHIN_DAY
from .slices import worst_slices
from .stream import cumulative_f1
from .weekdays import WeekdayBaseline

__all__ = [
    "MINIMUM",
    "OVER_DAYS",
    "TOO_FEW",
    "WITHIN_DAY",
    "Estimate",
    "Estimator",
    "Monitor",
    "WeekdayBaseline",
    "cumulative_f1",
    "split_change",
    "worst_slices",
]
