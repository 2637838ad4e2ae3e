"""Exercises on drift: how far a column moved, what the calendar did, and what no test sees."""

from __future__ import annotations

from .drift_break import BREAK_P
from .drift_calendar import WEEKDAY
from .drift_columns import BREAK_COLUMNS
from .drift_missing import MISSING
from .drift_size import SIZE_NOT_P, STATISTIC_D

EXERCISES = (SIZE_NOT_P, MISSING, BREAK_P, STATISTIC_D, WEEKDAY, BREAK_COLUMNS)
