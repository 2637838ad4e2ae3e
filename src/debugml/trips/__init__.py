"""Trips: load months of TLC records, from the samples or from a folder of files."""

from .load import digests, load
from .months import months_between, parse_month
from .schema import COLUMNS

__all__ = ["COLUMNS", "digests", "load", "months_between", "parse_month"]
