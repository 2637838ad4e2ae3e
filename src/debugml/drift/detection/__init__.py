"""Represent the records, test the two samples: the pipeline of "Failing Loudly".

Rabanser, Günnemann and Lipton (2019, "Failing Loudly: An Empirical Study of Methods for
Detecting Dataset Shift") put each way to detect a shift together from two choices: what to
look at (a representation), and how to compare two samples of it (a test).
"""

from ..null import clopper_pearson
from .autoencoder import Autoencoder
from .classifier import DomainAUC, domain_auc, domain_test
from .evidence import Evidence
from .mmd import median_distance, mmd_squared, mmd_test
from .pipeline import Detection, detect
from .power import Detector, detection_power
from .representation import (
    PCA,
    HardOutputs,
    NoReduction,
    Representation,
    SoftOutputs,
    SparseRandomProjection,
)
from .scaling import Scaling
from .shift import Shift, add_noise, change_values, keep_where, knock_out, rescale, set_to
from .univariate import chi_squared_test, ks_p_values, ks_test

__all__ = [
    "PCA",
    "Autoencoder",
    "Detection",
    "Detector",
    "DomainAUC",
    "Evidence",
    "HardOutputs",
    "NoReduction",
    "Representation",
    "Scaling",
    "Shift",
    "SoftOutputs",
    "SparseRandomProjection",
    "add_noise",
    "change_values",
    "chi_squared_test",
    "clopper_pearson",
    "detect",
    "detection_power",
    "domain_auc",
    "domain_test",
    "keep_where",
    "knock_out",
    "ks_p_values",
    "ks_test",
    "median_distance",
    "mmd_squared",
    "mmd_test",
    "rescale",
    "set_to",
]
