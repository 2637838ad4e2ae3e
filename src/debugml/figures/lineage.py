"""Lineage: where a number came from, and what rests on a file."""

from __future__ import annotations
