"""The forest: the same for the same seed, in any process; saved without code."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier

import debugml as dm
from debugml.errors import DataError, RecordsError, SchemaError


def digest(values: pd.Series) -> str:
    return hashlib.sha256(values.to_numpy().tobytes()).hexdigest()


def test_same_seed_same_bits_in_another_process(train: pd.DataFrame) -> None:
    code = (
        "import debugml as dm, hashlib\n"
        "train = dm.featurize(dm.load('2020-01'))\n"
        "p = dm.predict_proba(dm.fit_forest(train, n_estimators=8, seed=3), train)\n"
        "print(hashlib.sha256(p.to_numpy().tobytes()).hexdigest())"
    )
    # Another count of threads and another hash seed must not matter.
    environment = os.environ | {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    here = dm.predict_proba(dm.fit_forest(train, n_estimators=8, seed=3), train)
    assert done.stdout.strip() == digest(here)
    other = dm.predict_proba(dm.fit_forest(train, n_estimators=8, seed=4), train)
    assert digest(other) != digest(here)


def test_forest_is_scikit_learns_with_the_published_size(train: pd.DataFrame) -> None:
    few = train.head(2000)
    model = dm.fit_forest(few)
    own = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=0)
    own.fit(few[list(dm.FEATURES)].to_numpy(), few["high_tip"].to_numpy())
    expected = own.predict_proba(few[list(dm.FEATURES)].to_numpy())[:, 1]
    np.testing.assert_allclose(dm.predict_proba(model, few), expected, atol=1e-12)
    assert len(model.estimator.estimators_) == 100
    assert max(tree.get_depth() for tree in model.estimator.estimators_) == 10
    assert model.rows == 2000 and model.base_rate == few["high_tip"].mean()


def test_decision_is_above_one_half(model: dm.Forest, train: pd.DataFrame) -> None:
    p, yes = dm.predict_proba(model, train), dm.predict(model, train)
    assert ((p > 0.5) == (yes == 1)).all()
    assert str(yes.dtype) == "int8" and yes.index.equals(train.index)


def test_predictions_do_not_depend_on_company_order_or_columns(
    model: dm.Forest, train: pd.DataFrame
) -> None:
    p = dm.predict_proba(model, train)
    shuffled = train.sample(frac=1, random_state=2)[[*train.columns[::-1]]].assign(more=1)
    again = dm.predict_proba(model, shuffled)
    pd.testing.assert_series_equal(again.sort_index(), p, check_exact=True)
    pd.testing.assert_series_equal(
        dm.predict_proba(model, train.iloc[[5]]), p.iloc[[5]], check_exact=True
    )


def test_no_rows(model: dm.Forest, train: pd.DataFrame) -> None:
    assert len(dm.predict_proba(model, train.head(0))) == 0
    assert dm.predict(model, train.head(0)).dtype == np.int8
    with pytest.raises(ValueError, match="no records"):
        dm.score(model, train.head(0))


def test_score_is_of_the_predictions(model: dm.Forest, march: pd.DataFrame) -> None:
    from sklearn import metrics

    found = dm.score(model, march)
    p, y = dm.predict_proba(model, march), march["high_tip"]
    assert found.f1 == pytest.approx(metrics.f1_score(y, p > 0.5), abs=1e-12)
    assert found.auc == pytest.approx(metrics.roc_auc_score(y, p), abs=1e-12)
    constant = ((model.base_rate - y) ** 2).mean()
    assert found.skill == pytest.approx(1 - ((p - y) ** 2).mean() / constant, abs=1e-12)
    assert found.notes == ()


def test_missing_columns_are_named(model: dm.Forest, train: pd.DataFrame) -> None:
    lacking = train.drop(columns=["trip_speed", "high_tip"])
    for work in (dm.fit_forest, lambda f: dm.score(model, f)):
        with pytest.raises(SchemaError, match=r"trip_speed, high_tip.*featurize"):
            work(lacking)
    with pytest.raises(SchemaError, match="no column trip_speed:"):
        dm.predict(model, lacking)
    # Trips are not features: the likeliest mistake.
    with pytest.raises(SchemaError, match="featurize"):
        dm.fit_forest(dm.load("2020-01"))


def test_labels_all_the_same(train: pd.DataFrame) -> None:
    for rows in (train[train["high_tip"] == 1], train.head(0)):
        with pytest.raises(ValueError, match=f"{len(rows)} rows without two different labels"):
            dm.fit_forest(rows)


def test_saved_model_predicts_the_same_bits(
    model: dm.Forest, march: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "model.skops"
    dm.save_model(model, path)
    loaded = dm.load_model(path)
    before, after = dm.predict_proba(model, march), dm.predict_proba(loaded, march)
    pd.testing.assert_series_equal(before, after, check_exact=True)
    assert (loaded.features, loaded.base_rate, loaded.rows) == (
        model.features,
        model.base_rate,
        model.rows,
    )
    assert dm.score(loaded, march) == dm.score(model, march)
    assert [p.name for p in tmp_path.iterdir()] == ["model.skops"]


def test_saved_file_holds_no_pickle(model: dm.Forest, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    dm.save_model(model, path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {Path(name).suffix for name in names} <= {".npy", ".json"}
        for name in names:
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    np.load(file, allow_pickle=False)


def test_failed_save_keeps_the_old_file(
    model: dm.Forest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.skops"
    dm.save_model(model, path)
    whole = path.read_bytes()

    def fail(what: object, file: Path) -> None:
        Path(file).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(skops.io, "dump", fail)
    with pytest.raises(DataError, match=r"model\.skops: the model can't be written"):
        dm.save_model(model, path)
    assert path.read_bytes() == whole
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.skops"]


ran: list[str] = []


class Trap:
    """Leaves a trace if somebody unpickles it."""

    def __reduce__(self) -> tuple[object, ...]:
        return ran.append, ("ran",)


def test_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match=r"model\.pkl: not a model that debugml wrote"):
        dm.load_model(path)
    assert not ran


class Foreign:
    """A type that a forest has no use for."""


def test_foreign_types_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump({"about": "{}", "estimator": Foreign()}, path)
    with pytest.raises(DataError, match=r"Foreign.*could run code"):
        dm.load_model(path)
    skops.io.dump({"about": "{}", "estimator": os.system}, path)
    with pytest.raises(DataError, match="system"):
        dm.load_model(path)


ABOUT = '{"features": ["a"], "base_rate": 0.5, "rows": 1}'


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        np.arange(3),
        "text",
        {"estimator": 1},
        {"about": "not json", "estimator": 1},
        {"about": "{}", "estimator": RandomForestClassifier()},
        {"about": "[]", "estimator": RandomForestClassifier()},
        {"about": ABOUT, "estimator": "a forest, honestly"},
        RandomForestClassifier(),
    ],
    ids=lambda content: type(content).__name__,
)
def test_other_skops_files_are_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump(content, path)
    with pytest.raises(DataError, match=r"model\.skops: not a model that debugml wrote"):
        dm.load_model(path)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.9, 0.9999])
def test_cut_files_are_refused(model: dm.Forest, tmp_path: Path, share: float) -> None:
    path = tmp_path / "model.skops"
    dm.save_model(model, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=r"model\.skops"):
        dm.load_model(path)


@pytest.mark.parametrize("seed", range(10))
def test_damaged_files_are_refused(train: pd.DataFrame, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "model.skops"
    dm.save_model(dm.fit_forest(train.head(500), n_estimators=2), path)
    damaged = bytearray(path.read_bytes())
    generator = np.random.default_rng(seed)
    start = int(generator.integers(0, len(damaged) - 300))
    damaged[start : start + 300] = generator.bytes(300)
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"model\.skops"):
        dm.load_model(path)


def test_absent_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.skops", tmp_path):
        with pytest.raises(DataError, match="not a model"):
            dm.load_model(path)


def test_probabilities_are_scikit_learns_own_to_the_last_digit(model: dm.Forest) -> None:
    later = dm.featurize(dm.load("2020-04"))
    own = model.estimator.predict_proba(later[list(dm.FEATURES)])[:, 1]
    np.testing.assert_array_equal(dm.predict_proba(model, later).to_numpy(), own)
    one = later.iloc[[7]]
    assert dm.predict_proba(model, one).tolist() == [own[7]]


def test_an_infinite_value_is_refused(train: pd.DataFrame) -> None:
    model = dm.fit_forest(train, n_estimators=2)
    broken = train.head(3).assign(trip_speed=[0.0, np.inf, 0.0])
    with pytest.raises(RecordsError, match="column trip_speed holds an infinite value"):
        dm.predict_proba(model, broken)
