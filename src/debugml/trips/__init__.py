"""Trips: load months of TLC records, from the samples, a folder or an address."""

from . import eras
from .load import digests, load, rest_on
from .months import months_between, parse_month
from .schema import COLUMNS, COORDINATES

__all__ = [
    "COLUMNS",
    "COORDINATES",
    "digests",
    "eras",
    "load",
    "months_between",
    "parse_month",
    "rest_on",
]
