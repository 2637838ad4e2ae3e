"""Does it work offline? A random forest, its predictions, its score, and its file."""

from .bagging import out_of_bag, unseen
from .files import load_model, model_digest, save_model
from .fit import fit_forest, fit_on
from .fitting import fitted
from .forest import Forest, predict, predict_proba, score

__all__ = [
    "Forest",
    "fit_forest",
    "fit_on",
    "fitted",
    "load_model",
    "model_digest",
    "out_of_bag",
    "predict",
    "predict_proba",
    "save_model",
    "score",
    "unseen",
]
