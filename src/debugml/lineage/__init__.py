"""Where did this number come from? Runs, and the artifacts that they used and made."""

from .notes import collecting, note
from .store import VERSION, Artifact, Lineage, Run

__all__ = ["VERSION", "Artifact", "Lineage", "Run", "collecting", "note"]
