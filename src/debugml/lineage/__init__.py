"""Where did this number come from? Runs, and the artifacts that they used and made."""

from .notes import collecting, note
from .records import Artifact, Run
from .store import Lineage
from .tables import VERSION

__all__ = ["VERSION", "Artifact", "Lineage", "Run", "collecting", "note"]
