"""Forests of XGBoost and cuML: the rule, the same interface, files without code."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.ensemble import RandomForestClassifier

import debugml as dm
from debugml.errors import DataError, RecordsError, SettingError
from debugml.training import out_of_bag, unseen, with_cuml, with_xgboost
from debugml.training.kinds import kind_for

pytest.importorskip("xgboost", reason="forests of XGBoost need the extra dask")


@pytest.fixture(scope="module")
def forest(train: pd.DataFrame) -> dm.Forest:
    return dm.fit_forest(train, kind="xgboost")


def number_of_trees(model: dm.Forest) -> int:
    return sum(len(booster.get_dump()) for booster in model.estimator)


@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40)).filter(any), min_size=1, max_size=8
    ),
    n_estimators=st.integers(1, 23),
)
def test_probability_is_the_mean_label_of_the_leaf(
    counts: list[tuple[int, int]], n_estimators: int
) -> None:
    # Each value has a leaf of its own, and all rows are drawn: the share is known.
    x = np.repeat(np.arange(len(counts), dtype=np.float32), [sum(pair) for pair in counts])
    y = np.concatenate([np.repeat([0, 1], pair) for pair in counts])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(with_xgboost, "DRAWN", 1.0)
        frame = pd.DataFrame({"x": x, "y": y})
        boosters = with_xgboost.fit(frame, ["x"], "y", 0, n_estimators, max_depth=10)
    expected = frame.groupby("x")["y"].transform("mean").to_numpy()
    found = with_xgboost.probabilities(boosters, x[:, None])
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_published_size_and_what_is_known_of_it(forest: dm.Forest, train: pd.DataFrame) -> None:
    assert forest.kind == "xgboost" and forest.features == dm.FEATURES
    assert forest.rows == len(train) and forest.base_rate == train["high_tip"].mean()
    assert number_of_trees(forest) == 100
    # A dump has a line a node, indented by its depth.
    nodes = "".join(forest.estimator[0].get_dump()).splitlines()
    assert max(line.count("\t") for line in nodes) == 10


def test_a_split_sees_three_of_eleven_features() -> None:
    # Of one feature alone a tree of depth 1 learns; it is among three of eleven so often.
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(300, 11)), columns=[*"abcdefghijk"])
    frame["y"] = (frame["a"] > 0).astype(int)
    boosters = with_xgboost.fit(frame, [*"abcdefghijk"], "y", 0, 1000, max_depth=1)
    first = [tree.partition("[")[2] for booster in boosters for tree in booster.get_dump()]
    assert np.mean([split.startswith("f0<") for split in first]) == pytest.approx(3 / 11, abs=0.05)


@pytest.mark.parametrize("n_estimators", [1, 10, 23])
def test_any_number_of_trees_is_a_mean(train: pd.DataFrame, n_estimators: int) -> None:
    model = dm.fit_forest(train, n_estimators=n_estimators, kind="xgboost")
    p = dm.predict_proba(model, train)
    assert number_of_trees(model) == n_estimators
    assert p.between(0, 1).all() and p.mean() == pytest.approx(model.base_rate, abs=0.01)


def test_same_seed_same_bits_on_any_number_of_cores(
    forest: dm.Forest, train: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert dm.model_digest(dm.fit_forest(train, kind="xgboost")) == dm.model_digest(forest)
    other = dm.fit_forest(train, seed=1, kind="xgboost")
    assert dm.model_digest(other) != dm.model_digest(forest)


def test_boosters_of_many_rows_have_pools_of_their_own(
    train: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(with_xgboost, "POOL", 1_000)
    few = with_xgboost.fit(train, list(dm.FEATURES), "high_tip", 0, 20, 10)
    at_roots = [
        json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"][0][
            "sum_hessian"
        ][0]
        for booster in few
    ]
    # A tree draws 63.2 % of its pool; the sum of Hessians counts its rows.
    assert at_roots == pytest.approx([632, 632], abs=60)
    one, other = (booster.get_dump()[0] for booster in few)
    assert one != other
    whole = dm.Forest(few, dm.FEATURES, 0.5, len(train), "xgboost")
    assert dm.score(whole, train).auc > 0.6


def test_rows_are_predicted_alone_as_in_company(forest: dm.Forest, march: pd.DataFrame) -> None:
    many = pd.concat([march] * 3)
    p = dm.predict_proba(forest, many)
    assert len(p) > 20_000 and p.index.equals(many.index) and p.dtype == "float64"
    alone = dm.predict_proba(forest, march.iloc[[7]])
    assert alone.tolist() == [p.iloc[7]]
    assert len(dm.predict_proba(forest, march.head(0))) == 0
    assert dm.predict(forest, march).tolist() == (p.head(len(march)) > 0.5).astype(int).tolist()


def test_partitions_are_predicted_where_they_lie(forest: dm.Forest, march: pd.DataFrame) -> None:
    dd = pytest.importorskip("dask.dataframe")
    lazy = dd.from_pandas(march, npartitions=3)
    p = dm.predict_proba(forest, lazy)
    assert p.npartitions == 3
    pd.testing.assert_series_equal(p.compute(), dm.predict_proba(forest, march), check_exact=True)
    assert dm.score(forest, lazy).to_dict() == pytest.approx(
        dm.score(forest, march).to_dict(), abs=1e-9
    )


def test_file_gives_the_same_forest_and_holds_json_alone(
    forest: dm.Forest, march: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "model.zip"
    dm.save_model(forest, path)
    loaded = dm.load_model(path)
    before, after = dm.predict_proba(forest, march), dm.predict_proba(loaded, march)
    pd.testing.assert_series_equal(before, after, check_exact=True)
    assert dm.model_digest(loaded) == dm.model_digest(forest)
    assert dm.score(loaded, march) == dm.score(forest, march)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            json.loads(archive.read(name))
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.zip"]


ABOUT = {"kind": "xgboost", "features": ["a"], "base_rate": 0.5, "rows": 1}


@pytest.mark.parametrize(
    "files",
    [
        {"about.json": "{}"},
        {"about.json": "[1]"},
        {"about.json": "\x00"},
        {"about.json": json.dumps(ABOUT)},
        {"about.json": json.dumps(ABOUT | {"kind": "oracle"})},
        {"about.json": json.dumps(ABOUT | {"kind": "sklearn"})},
        {"about.json": json.dumps(ABOUT | {"rows": "many"}), "0.json": "{}"},
        {"about.json": json.dumps(ABOUT), "0.json": "{}"},
        {"about.json": json.dumps(ABOUT), "0.json": "no model"},
        {"about.json": json.dumps(ABOUT), "0.json": '{"learner": {}, "version": [3, 2, 0]}'},
        {"readme.txt": "hello"},
    ],
)
def test_strange_archives_are_refused(tmp_path: Path, files: dict[str, str]) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=r"model\.zip: not a model that debugml wrote"):
        dm.load_model(path)


def test_trees_for_other_features_are_refused(forest: dm.Forest, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    dm.save_model(dm.Forest(forest.estimator, ("a", "b"), 0.5, 1, "xgboost"), path)
    with pytest.raises(DataError, match="11 features, not 2"):
        dm.load_model(path)


@pytest.mark.parametrize("share", [0, 0.2, 0.7, 0.999])
def test_cut_and_damaged_files_are_refused(
    train: pd.DataFrame, tmp_path: Path, share: float
) -> None:
    path = tmp_path / "model.zip"
    dm.save_model(dm.fit_forest(train, n_estimators=2, kind="xgboost"), path)
    whole = path.read_bytes()
    at = int(len(whole) * share)
    path.write_bytes(whole[:at])
    with pytest.raises(DataError, match=r"model\.zip"):
        dm.load_model(path)
    path.write_bytes(whole[:at] + bytes(300) + whole[at + 300 :])
    with pytest.raises(DataError, match=r"model\.zip"):
        dm.load_model(path)


def test_kinds_are_checked_by_name(train: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match="kind is 'lightgbm': use one of sklearn, xgboost, cuml"):
        dm.fit_forest(train, kind="lightgbm")
    monkeypatch.setenv("DEBUGML_FOREST", "bushes")
    with pytest.raises(SettingError, match="DEBUGML_FOREST is 'bushes'"):
        dm.fit_forest(train)
    monkeypatch.setenv("DEBUGML_FOREST", "xgboost")
    assert dm.fit_forest(train, n_estimators=1).kind == "xgboost"
    assert dm.fit_forest(train, n_estimators=1, kind="sklearn").kind == "sklearn"


def test_default_is_the_engines_own(train: pd.DataFrame) -> None:
    dd = pytest.importorskip("dask.dataframe")
    assert kind_for(train) == "sklearn"
    assert kind_for(dd.from_pandas(train, npartitions=2)) == "xgboost"

    class OnGpu(pd.DataFrame):
        def to_pandas(self) -> pd.DataFrame:
            return pd.DataFrame(self)

    assert kind_for(OnGpu()) == "cuml"


@pytest.mark.parametrize(("kind", "absent"), [("xgboost", "xgboost"), ("cuml", "cuml")])
def test_a_missing_library_is_named_with_the_way_to_it(
    train: pd.DataFrame, kind: str, absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(SettingError, match=rf"kind '{kind}' needs .*pip install 'debugml\["):
        dm.fit_forest(train, kind=kind)


@pytest.mark.parametrize("kind", ["sklearn", "xgboost"])
def test_rows_that_teach_nothing_are_refused(train: pd.DataFrame, kind: str) -> None:
    for rows in (train[train["high_tip"] == 1], train.head(0)):
        with pytest.raises(RecordsError, match=f"{len(rows)} rows without two different labels"):
            dm.fit_forest(rows, kind=kind)
    endless = train.head(100).assign(trip_speed=np.float32(np.inf))
    with pytest.raises(RecordsError, match="column trip_speed holds an infinite value"):
        dm.fit_forest(endless, kind=kind)
    with pytest.raises(RecordsError, match="label"):
        dm.fit_forest(train.assign(high_tip=2), kind=kind)


def test_out_of_bag_is_scikit_learns(forest: dm.Forest, train: pd.DataFrame) -> None:
    with pytest.raises(SettingError, match=r"'xgboost' does not tell.*DEBUGML_FOREST=sklearn"):
        out_of_bag(forest, train)


def test_a_forest_of_cuml_is_bytes_that_travel(train: pd.DataFrame, tmp_path: Path) -> None:
    treelite = pytest.importorskip("treelite", reason="comes with the extra gpu")
    features = list(dm.FEATURES)
    own = RandomForestClassifier(20, max_depth=10, random_state=0)
    own.fit(train[features].to_numpy(np.float32), train["high_tip"])
    # The form that cuML gives its forests.
    grown = treelite.sklearn.import_model(own).serialize_bytes()
    model = dm.Forest(grown, dm.FEATURES, 0.5, len(train), "cuml")
    expected = own.predict_proba(train[features].to_numpy(np.float32))[:, 1]
    np.testing.assert_allclose(dm.predict_proba(model, train), expected, atol=1e-5)
    one = dm.predict_proba(model, train.iloc[[3]])
    assert one.iloc[0] == pytest.approx(expected[3], abs=1e-5)
    path = tmp_path / "model.zip"
    dm.save_model(model, path)
    assert dm.model_digest(dm.load_model(path)) == dm.model_digest(model)
    dm.save_model(dm.Forest(b"no trees", dm.FEATURES, 0.5, 1, "cuml"), path)
    with pytest.raises(DataError, match="not a model"):
        dm.load_model(path)


def test_dealt_rows_are_the_same_rows_spread_over_all_partitions(train: pd.DataFrame) -> None:
    dd = pytest.importorskip("dask.dataframe")
    # As a month comes: one partition holds the yes, the other the no.
    ordered = train.sort_values("high_tip", ignore_index=True)
    lazy = dd.from_pandas(ordered, npartitions=4)
    spread = with_cuml.dealt(lazy, list(dm.FEATURES))
    shares = spread.map_partitions(lambda part: part["high_tip"].mean(), meta=(None, "f8"))
    assert shares.compute().tolist() == pytest.approx([train["high_tip"].mean()] * 4, abs=0.05)
    columns = list(train.columns)
    back = spread.compute().sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(back, train.sort_values(columns, ignore_index=True))


def test_unseen_rows_are_asked_of_trees_that_did_not_learn_from_them(train: pd.DataFrame) -> None:
    """Labels at random can't be foretold: what a forest says of its own rows tells them apart."""
    rng = np.random.default_rng(0)
    noise = train.head(2_000).assign(high_tip=rng.permutation(np.arange(2_000) % 2).astype("int8"))
    forest = dm.fit_forest(noise, n_estimators=20, kind="xgboost")
    y = noise["high_tip"] == 1

    def apart(p: np.ndarray) -> float:
        return float(p[y].mean() - p[~y].mean())

    assert apart(dm.predict_proba(forest, noise).to_numpy()) > 0.1
    assert abs(apart(unseen(forest, noise))) < 0.03
