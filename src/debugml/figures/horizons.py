"""Horizons: models that agree until the world changes, and embeddings rebuilt upstream."""

from __future__ import annotations
