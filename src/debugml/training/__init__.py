"""Does it work offline? A random forest, its predictions, its score, and its file."""

from .files import load_model, model_digest, save_model
from .forest import Forest, fit_forest, out_of_bag, predict, predict_proba, score

__all__ = [
    "Forest",
    "fit_forest",
    "load_model",
    "model_digest",
    "out_of_bag",
    "predict",
    "predict_proba",
    "save_model",
    "score",
]
