"""A model's file, which holds data and never code, and the digest that names a model."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

from ..errors import DataError
from .forest import Forest

# Compiled trees: arrays of thresholds and counts. skops leaves the trust in them to us.
_TRUSTED = ["sklearn.tree._tree.Tree"]

_NOT_OURS = (LookupError, TypeError, ValueError, AttributeError, ImportError, NotImplementedError)
"""What reading a file of another make can end in."""


def save_model(model: Forest, path: str | Path) -> None:
    """Write a model to one file that holds data only, never code (skops).

    Raises
    ------
    DataError
        If the file can't be written; a file of that name is then as it was.

    Examples
    --------
    >>> import tempfile; from debugml import featurize, fit_forest, load
    >>> model = fit_forest(featurize(load("2020-01", source="sample")), n_estimators=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, f"{folder}/model.skops")
    ...     load_model(f"{folder}/model.skops").rows
    9969
    """
    from skops.io import dump

    about = {"features": model.features, "base_rate": model.base_rate, "rows": model.rows}
    path = Path(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
            whole = Path(folder) / path.name
            dump({"about": json.dumps(about), "estimator": model.estimator}, whole)
            whole.replace(path)
    except OSError as error:
        raise DataError(
            f"{path}: the model can't be written there ({error.strerror}). "
            "Name a file in a folder that exists and that you may write to"
        ) from error


def load_model(path: str | Path) -> Forest:
    """Read a model that `save_model` wrote. A file from elsewhere can't run code.

    Raises
    ------
    DataError
        If the file is absent, damaged, not such a model, or holds types that a forest
        has no use for.

    Examples
    --------
    >>> import tempfile; from debugml.errors import DataError
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     try:
    ...         load_model(f"{folder}/model.skops")
    ...     except DataError as error:
    ...         print("not there" if "No such file" in str(error) else error)
    not there
    """
    import zipfile
    import zlib

    from sklearn.ensemble import RandomForestClassifier
    from skops.io import get_untrusted_types, load

    try:
        strange = sorted(set(get_untrusted_types(file=path)) - set(_TRUSTED))
        if strange:
            raise DataError(
                f"{path}: holds {', '.join(strange)}, which a forest has no use for. "
                "Loading it could run code: use a file that debugml wrote"
            )
        parts = load(path, trusted=_TRUSTED)
        about, estimator = json.loads(parts["about"]), parts["estimator"]
        if not isinstance(estimator, RandomForestClassifier):
            raise TypeError(f"it holds a {type(estimator).__name__}, not a random forest")
        return Forest(estimator, tuple(about["features"]), about["base_rate"], about["rows"])
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, *_NOT_OURS) as error:
        raise DataError(
            f"{path}: not a model that debugml wrote ({error}). Train it again and save it"
        ) from error


def model_digest(model: Forest) -> str:
    """SHA-256, in hex, of what decides a forest's predictions: its trees and its features.

    Two forests of one digest predict alike; a file's bytes would differ by the date in it.

    Examples
    --------
    >>> from debugml import featurize, fit_forest, load
    >>> train = featurize(load("2020-01", source="sample"))
    >>> one, same, other = (model_digest(fit_forest(train, 2, seed=s)) for s in (0, 0, 1))
    >>> one == same, one == other
    (True, False)
    """
    whole = hashlib.sha256(json.dumps([model.features, model.base_rate, model.rows]).encode())
    for tree in model.estimator.estimators_:
        state = tree.tree_.__getstate__()
        # Field by field: the padding between fields is whatever was in memory.
        for field in state["nodes"].dtype.names:
            whole.update(state["nodes"][field].tobytes())
        whole.update(state["values"].tobytes())
    return whole.hexdigest()
