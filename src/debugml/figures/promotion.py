"""Promotion: the gate, what it decided and why."""

from __future__ import annotations
