"""What should I watch, and against what baseline? Knows no taxis: any frames, any columns."""

from .counts import OVER_DAYS, WITHIN_DAY, DayCounts, cumulative_f1

__all__ = ["OVER_DAYS", "WITHIN_DAY", "DayCounts", "cumulative_f1"]
