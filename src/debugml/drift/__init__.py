"""Did the data change, and by how much? Knows no taxis: any frames, any columns."""

from . import detection, pvalue, size, streaming
from .bootstrap import DInterval, bootstrap_d
from .calendar import calendar_ks, calendar_weights
from .categorical import chi_squared
from .days import exchanged_days
from .distance import jensen_shannon, psi, scaled_wasserstein, total_variation
from .effect import d_bounds, equivalence, minimum_effect, verdict
from .ks import KSResult, KSTable, ks, ks_table
from .pvalue import p_by_size
from .streaming import RiverDetector, WindowedKS, watch
from .table import Reference, compare

__all__ = [
    "DInterval",
    "KSResult",
    "KSTable",
    "Reference",
    "RiverDetector",
    "WindowedKS",
    "bootstrap_d",
    "calendar_ks",
    "calendar_weights",
    "chi_squared",
    "compare",
    "d_bounds",
    "detection",
    "equivalence",
    "exchanged_days",
    "jensen_shannon",
    "ks",
    "ks_table",
    "minimum_effect",
    "p_by_size",
    "psi",
    "pvalue",
    "scaled_wasserstein",
    "size",
    "streaming",
    "total_variation",
    "verdict",
    "watch",
]
