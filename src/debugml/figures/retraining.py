"""Retraining: what each policy costs, and what it gives."""

from __future__ import annotations
