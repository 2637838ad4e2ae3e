"""Keep a result under what made it: data, parameters, and the code that it reaches.

A kept result is a folder, `<name>/<key>/`, with the frame (`result.parquet`) and
what made it (`provenance.json`). The folder gets its final name in one step, when
it is whole: two processes at once, or one killed half-way, leave nothing broken.
"""

from .entries import PROVENANCE, RESULT, read_record
from .fresh import Computed, anew
from .kept import Kept, kept
from .record import Record, from_json

__all__ = [
    "PROVENANCE",
    "RESULT",
    "Computed",
    "Kept",
    "Record",
    "anew",
    "from_json",
    "kept",
    "read_record",
]
