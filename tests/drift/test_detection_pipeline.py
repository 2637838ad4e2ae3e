"""Representations, detectors, simulated shifts and their power."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.decomposition import PCA as SklearnPCA  # noqa: N811
from sklearn.neural_network import MLPRegressor

import debugml as dm
from debugml.drift.detection import (
    PCA,
    Autoencoder,
    Detector,
    HardOutputs,
    NoReduction,
    Representation,
    Scaling,
    Shift,
    SoftOutputs,
    SparseRandomProjection,
    add_noise,
    change_values,
    clopper_pearson,
    detect,
    detection_power,
    keep_where,
    knock_out,
    rescale,
    set_to,
)
from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.features import FEATURES


def frame(seed: int = 0, n: int = 400) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n, 4))
    values[:, 3] = values[:, 0] + 0.1 * values[:, 3]
    return pd.DataFrame(values, columns=list("abcd")).assign(y=(values[:, 1] > 0).astype(int))


COLUMNS = list("abcd")
LEARNERS = [
    lambda: NoReduction(COLUMNS),
    lambda: PCA(2, COLUMNS),
    lambda: SparseRandomProjection(2, COLUMNS),
    lambda: Autoencoder(2, trained=False, columns=COLUMNS),
    lambda: Autoencoder(2, columns=COLUMNS, epochs=2),
]


@pytest.mark.parametrize("make", LEARNERS)
def test_a_representation_treats_each_row_alike_and_keeps_what_it_learned(make: object) -> None:
    fitted: Representation = make().fit(frame())  # type: ignore[operator]
    rows = frame(1, 50)
    whole = fitted.transform(rows)
    parts = np.concatenate([fitted.transform(rows[:20]), fitted.transform(rows[20:])])
    assert whole.shape == (50, 4 if type(fitted) is NoReduction else 2)
    assert whole == pytest.approx(parts, abs=1e-12)
    again = make().fit(frame())  # type: ignore[operator]
    assert np.array_equal(again.transform(rows), whole)
    with pytest.raises(SettingError, match="has not been fitted"):
        make().transform(rows)  # type: ignore[operator]


def test_scaling_is_not_stretched_by_one_wild_value() -> None:
    calm = frame(0, 1000)
    wild = calm.copy()
    wild.loc[0, "a"] = 1e6
    scaling = Scaling.of(wild, ["a"])
    assert scaling.scale[0] == pytest.approx(calm["a"].std(), rel=0.1)
    assert scaling.apply(wild).max() == 10
    trips = dm.featurize(dm.load("2020-02"))
    middle = Scaling.of(trips, FEATURES).scale[FEATURES.index("trip_speed")]
    assert middle < 0.01 < trips["trip_speed"].std()


def test_scaling_keeps_constants_and_what_rarely_varies() -> None:
    rare = pd.DataFrame({"rare": np.r_[np.zeros(999), 5.0], "same": 2.0})
    scaling = Scaling.of(rare)
    assert scaling.scale == pytest.approx([rare["rare"].std(ddof=0), 1.0])
    changed = scaling.apply(pd.DataFrame({"rare": [0.0], "same": [3.0]}))
    assert changed[0, 1] == 1.0


def test_pca_is_sklearns_on_the_scaled_columns() -> None:
    fitted = PCA(3, COLUMNS).fit(frame())
    scaled = NoReduction(COLUMNS).fit(frame()).transform(frame())
    theirs = SklearnPCA(3).fit_transform(scaled)
    assert np.abs(fitted.transform(frame())) == pytest.approx(np.abs(theirs), abs=1e-9)
    # Column d nearly is column a: three components hold all but a little.
    assert len(PCA(0.98, COLUMNS).fit(frame()).components) == 3
    with pytest.raises(SettingError, match="5 dimensions"):
        PCA(5, COLUMNS).fit(frame())


def test_autoencoder_derivatives_are_those_by_small_steps() -> None:
    net = Autoencoder(2, trained=False, hidden=3, columns=COLUMNS).fit(frame())
    rows = net.scaled(frame(1, 10))
    gradients, _ = net._gradients(rows)
    for weight, gradient in zip(net.weights, gradients, strict=True):
        at = np.unravel_index(weight.size // 2, weight.shape)
        kept = weight[at]
        loss = []
        for step in (1e-5, -1e-5):
            weight[at] = kept + step
            loss.append(net._gradients(rows)[1])
        weight[at] = kept
        assert gradient[at] == pytest.approx((loss[0] - loss[1]) / 2e-5, abs=1e-7)


def test_autoencoder_learns_to_copy_about_as_well_as_sklearns() -> None:
    train, test = frame(0, 2000), frame(1, 500)
    net = Autoencoder(3, hidden=8, columns=COLUMNS, epochs=60).fit(train)
    scaled = net.scaled(test)
    ours = np.mean((net.reconstruct(test) - scaled) ** 2)
    theirs = MLPRegressor(
        hidden_layer_sizes=(8, 3, 8), activation="tanh", max_iter=60, random_state=0
    )
    rows = net.scaled(train)
    sklearns = np.mean((theirs.fit(rows, rows).predict(scaled) - scaled) ** 2)
    raw = Autoencoder(3, trained=False, hidden=8, columns=COLUMNS).fit(train)
    untrained = np.mean((raw.reconstruct(test) - scaled) ** 2)
    assert ours < 1.5 * sklearns and ours < untrained / 5 and raw.losses == []


def test_black_box_outputs_are_one_dimension_for_two_classes() -> None:
    rows = frame(0, 6)
    p = np.linspace(0.1, 0.9, 6)
    soft = SoftOutputs(lambda r: p).fit(rows).transform(rows)
    both = SoftOutputs(lambda r: np.column_stack([1 - p, p])).transform(rows)
    assert soft.shape == (6, 1) and np.array_equal(soft, both)
    assert HardOutputs(lambda r: p).transform(rows).ravel().tolist() == [0, 0, 0, 1, 1, 1]
    three = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    assert SoftOutputs(lambda r: three).transform(rows).shape == (6, 3)
    assert HardOutputs(lambda r: three).transform(rows).ravel().tolist() == [0, 1, 2, 0, 1, 2]
    with pytest.raises(RecordsError, match="for 6 rows"):
        SoftOutputs(lambda r: p[:3]).transform(rows)
    with pytest.raises(RecordsError, match=r"outside \[0, 1\]"):
        SoftOutputs(lambda r: 10 * p).transform(rows)


@pytest.mark.parametrize("test", ["ks", "mmd", "classifier"])
def test_detect_sees_a_gross_shift_and_says_what_it_did(test: str) -> None:
    represented = NoReduction(COLUMNS).fit(frame(9))
    before, after = frame(1, 100), frame(2, 80).assign(a=lambda r: r["a"] + 2)
    found = detect(before, after, represented, test)  # type: ignore[arg-type]
    assert found.alarm and found.p_value <= 0.01
    assert (found.n_reference, found.n_current, found.dimensions) == (100, 80, 4)
    assert found == detect(before, after, represented, test)  # type: ignore[arg-type]


def test_detect_on_real_trips(train: pd.DataFrame, model: dm.Forest) -> None:
    spring = dm.featurize(dm.load("2020-05"))
    winter = dm.featurize(dm.load("2020-02"))
    proba = partial(dm.predict_proba, model)
    rows, later = winter.iloc[:800], spring.iloc[:800]
    assert detect(rows, later, SoftOutputs(proba)).alarm
    assert detect(rows, later, HardOutputs(proba), "chi-squared").alarm
    assert detect(rows, later, NoReduction(FEATURES).fit(train), "mmd").alarm


def test_detect_refuses_what_it_does_not_know() -> None:
    represented = NoReduction(COLUMNS).fit(frame())
    with pytest.raises(SettingError, match="choose one of ks, chi-squared, mmd, classifier"):
        detect(frame(), frame(1), represented, "t")  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="level is 5"):
        detect(frame(), frame(1), represented, level=5)
    with pytest.raises(SchemaError, match="no column d"):
        detect(frame().drop(columns="d"), frame(1), represented)
    with pytest.raises(RecordsError, match="column a holds NaN"):
        detect(frame().assign(a=np.nan), frame(1), represented)
    with pytest.raises(SchemaError, match="column t holds"):
        NoReduction(["t"]).fit(pd.DataFrame({"t": ["x", "y"]}))
    with pytest.raises(SchemaError, match="no numeric column"):
        NoReduction().fit(pd.DataFrame({"t": ["x", "y"]}))
    with pytest.raises(RecordsError, match="1 rows to learn"):
        NoReduction().fit(frame()[:1])


SHARES = st.floats(0, 1)


@settings(max_examples=25, deadline=None)
@given(SHARES, SHARES, st.integers(0, 99))
def test_shifts_touch_the_share_they_say_and_larger_shares_hold_smaller(
    one: float, other: float, seed: int
) -> None:
    rows = frame()
    small, large = sorted((one, other))
    touched = []
    for share in (small, large):
        set_ = set_to(rows, {"a": 99.0}, share, seed)
        touched.append(set(rows.index[set_["a"] == 99.0]))
        assert len(touched[-1]) == round(share * len(rows))
        assert set_.drop(columns="a").equals(rows.drop(columns="a"))
        left = knock_out(rows, "y", share, seed)
        ones = int(rows["y"].sum())
        assert left["y"].sum() == ones - round(share * ones)
        assert (left["y"] == 0).sum() == len(rows) - ones
    assert touched[0] <= touched[1]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_keep_where_mixes_the_part_with_all(share: float) -> None:
    rows = pd.DataFrame({"x": np.arange(10_000)})
    kept = keep_where(rows, lambda r: r["x"] < 2500, share)
    inside = (kept["x"] < 2500).mean()
    assert inside == pytest.approx(share + (1 - share) * 0.25, abs=1e-3)
    assert (kept["x"] < 2500).sum() == 2500


def test_shifts_have_the_strength_they_say() -> None:
    rows = frame(0, 5000)
    noisy = add_noise(rows, ["a"], 0.5)["a"] - rows["a"]
    assert noisy.std() == pytest.approx(0.5 * Scaling.of(rows, ["a"]).scale[0], rel=0.05)
    assert add_noise(rows, ["a"], 0.0).equals(rows)
    faster = rescale(rows, {"a": 2.0, "b": 0.5})
    assert np.allclose(faster["a"] * faster["b"], rows["a"] * rows["b"])
    ahead = change_values(rows, ["c"], lambda v: v + 1, share=0.25)
    assert (ahead["c"] - rows["c"]).sum() == pytest.approx(1250)
    with pytest.raises(SettingError, match=r"share is 1\.5"):
        rescale(rows, {"a": 2.0}, 1.5)
    with pytest.raises(SettingError, match="share is -1"):
        keep_where(rows, lambda r: r["a"] > 0, -1)
    with pytest.raises(RecordsError, match="no row meets"):
        keep_where(rows, lambda r: r["a"] > 99)
    with pytest.raises(SchemaError, match="no column z"):
        knock_out(rows, "z")
    with pytest.raises(RecordsError, match="index labels"):
        set_to(pd.concat([rows, rows]), {"a": 0.0})


def power(workers: int = 1, **more: object) -> pd.DataFrame:
    represented = NoReduction(COLUMNS).fit(frame(9))
    shifts = [
        Shift("none"),
        Shift("set", 0, 0.5, lambda r, seed: set_to(r, {"a": 3.0}, 0.5, seed)),
        Shift("knock", 0, 1.0, lambda r, seed: knock_out(r, "y", 1.0, seed)),
    ]
    detectors = [Detector("NoRed", represented, "ks"), Detector("NoRed", represented, "mmd", 20)]
    given = {"repeats": 8, "permutations": 19} | more
    return detection_power(frame(1), shifts, detectors, [10, 60], workers=workers, **given)  # type: ignore[arg-type]


def test_power_grows_with_n_and_does_not_depend_on_threads() -> None:
    table = power()
    assert table.equals(power(workers=3)) and not table.isna().any(axis=None)
    # Three shifts at two sizes, and MMD at the smaller one only.
    assert len(table) == 9 and set(table.loc[table["test"] == "mmd", "n"]) == {10}
    ks = table[table["test"] == "ks"].set_index(["kind", "n"])["detected"]
    assert ks["set", 60] == 1 and ks["set", 10] < 1 and ks["none", 60] <= 0.5
    for row in table.itertuples():
        assert (row.low, row.high) == clopper_pearson(round(row.detected * 8), 8)


def test_power_without_a_shift_is_the_level() -> None:
    found = power(repeats=120)
    null = found[(found["kind"] == "none") & (found["test"] == "ks")]
    assert (null["low"] <= 0.05).all()


def test_power_refuses_more_rows_than_are_left() -> None:
    represented = NoReduction(COLUMNS).fit(frame(9))
    few = Shift("few", 0, 1.0, lambda r, seed: r[:30])
    with pytest.raises(RecordsError, match="shifted records beside a reference of 60"):
        detection_power(frame(1), [few], [Detector("NoRed", represented, "ks")], [60])
    with pytest.raises(SettingError, match="smallest size is 2"):
        detection_power(frame(1), [few], [Detector("NoRed", represented, "ks")], [2])
