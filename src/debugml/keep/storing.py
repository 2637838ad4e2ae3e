"""Which of the package's modules a result's key leaves out."""

from __future__ import annotations

STORING = (
    "debugml.address",
    "debugml.closure",
    "debugml.cluster",
    "debugml.keep",
    "debugml.lineage.notes",
    "debugml.lineage.records",
    "debugml.lineage.store",
    "debugml.lineage.tables",
    "debugml.machine",
    "debugml.provenance",
    "debugml.settings",
    "debugml.trips.cache",
    "debugml.trips.fetch",
    "debugml.trips.remote",
    "debugml.trips.remote_s3",
    "debugml.trips.sources",
)
"""Modules that decide where a result or a file lies, not what it is: they are not in its key."""
