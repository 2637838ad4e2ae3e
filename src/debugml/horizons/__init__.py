"""What a test month does not decide: equally good models, and features from upstream."""

from .agreement import disagreement, pair_disagreement
from .alignment import align, neighbour_overlap, procrustes
from .churn import Churn, Spread, churn, pairwise_churn, spread
from .downstream import EmbeddedForest, embedded, fit_embedded
from .embeddings import EmbeddingTable, zone_embeddings
from .resampled import FIGURES, figures_by_draw, interval, spread_ratio, versus
from .variants import REFERENCE, Variant, variants

__all__ = [
    "FIGURES",
    "REFERENCE",
    "Churn",
    "EmbeddedForest",
    "EmbeddingTable",
    "Spread",
    "Variant",
    "align",
    "churn",
    "disagreement",
    "embedded",
    "figures_by_draw",
    "fit_embedded",
    "interval",
    "neighbour_overlap",
    "pair_disagreement",
    "pairwise_churn",
    "procrustes",
    "spread",
    "spread_ratio",
    "variants",
    "versus",
    "zone_embeddings",
]
