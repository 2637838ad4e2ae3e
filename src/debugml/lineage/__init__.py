"""Where did this number come from? Runs, and the artifacts that they used and made."""

from .affected import affected
from .notes import collecting, note
from .records import Artifact, Run
from .review import review
from .store import Lineage
from .tables import VERSION
from .trace import Trace, backtrace

__all__ = [
    "VERSION",
    "Artifact",
    "Lineage",
    "Run",
    "Trace",
    "affected",
    "backtrace",
    "collecting",
    "note",
    "review",
]
