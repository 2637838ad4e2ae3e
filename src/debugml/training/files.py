"""A model's file, which holds data and never code, and the digest that names a model."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ..errors import DataError, DebugmlError
from .forest import Forest
from .kinds import KINDS

_ABOUT = "about.json"
"""In a file of any kind but scikit-learn's; skops has a schema of its own instead."""

# Compiled trees: arrays of thresholds and counts. skops leaves the trust in them to us.
_TRUSTED = ["sklearn.tree._tree.Tree"]

_NOT_OURS = (LookupError, TypeError, ValueError, AttributeError, ImportError, NotImplementedError)
"""What reading a file of another make can end in."""


def save_model(model: Forest, path: str | Path) -> None:
    """Write a model to one file that holds data only, never code.

    A forest of scikit-learn is written by skops. One of XGBoost is a zip archive of XGBoost's
    own JSON, one of cuML of Treelite's bytes, beside what is known about it.

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
    about = {"features": model.features, "base_rate": model.base_rate, "rows": model.rows}
    path = Path(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
            whole = Path(folder) / path.name
            if model.kind == "sklearn":
                from skops.io import dump

                dump({"about": json.dumps(about), "estimator": model.estimator}, whole)
            else:
                _write(model, {"kind": model.kind, **about}, whole)
            whole.replace(path)
    except OSError as error:
        raise DataError(
            f"{path}: the model can't be written there ({error.strerror}). "
            "Name a file in a folder that exists and that you may write to"
        ) from error


def _write(model: Forest, about: dict[str, Any], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_ABOUT, json.dumps(about))
        for name, content in KINDS[model.kind].to_files(model.estimator).items():
            archive.writestr(name, content)


def load_model(path: str | Path) -> Forest:
    """Read a model that `save_model` wrote. A file from elsewhere can't run code.

    Raises
    ------
    DataError
        If the file is absent, damaged, not such a model, or holds types that a forest
        has no use for.
    SettingError
        If the library that reads it is not installed.

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
    try:
        with zipfile.ZipFile(path) as archive:
            if _ABOUT in archive.namelist():
                return _read(archive)
        return _read_skops(path)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RecursionError) as error:
        raise _not_ours(path, error) from error
    except _NOT_OURS as error:
        if isinstance(error, DebugmlError):
            raise
        raise _not_ours(path, error) from error


def _not_ours(path: str | Path, error: Exception) -> DataError:
    said = str(error).strip().splitlines()
    return DataError(
        f"{path}: not a model that debugml wrote ({said[0] if said else type(error).__name__}). "
        "Train it again and save it"
    )


def _read(archive: zipfile.ZipFile) -> Forest:
    about = json.loads(archive.read(_ABOUT))
    if about["kind"] not in KINDS or about["kind"] == "sklearn":
        raise ValueError(f"its kind is {about['kind']!r}")
    files = {name: archive.read(name) for name in archive.namelist() if name != _ABOUT}
    features = tuple(str(name) for name in about["features"])
    estimator = KINDS[about["kind"]].from_files(files, len(features))
    return Forest(estimator, features, float(about["base_rate"]), int(about["rows"]), about["kind"])


def _read_skops(path: str | Path) -> Forest:
    from sklearn.ensemble import RandomForestClassifier
    from skops.io import get_untrusted_types, load

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
    for part in KINDS[model.kind].trees(model.estimator):
        whole.update(part)
    return whole.hexdigest()
