"""Embeddings, their version, and the turn that brings a rebuilt table back."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ks_2samp, ortho_group

import debugml as dm
from debugml.drift import ks_table
from debugml.errors import DataError, RecordsError, SchemaError, SettingError
from debugml.horizons import (
    EmbeddingTable,
    align,
    embedded,
    fit_embedded,
    neighbour_overlap,
    procrustes,
    zone_embeddings,
)


@cache
def january() -> pd.DataFrame:
    return dm.load("2020-01", source="sample")


@cache
def table(seed: int = 0, method: str = "svd") -> EmbeddingTable:
    return zone_embeddings(january(), seed=seed, method=method)


def turned(by: np.ndarray, old: EmbeddingTable) -> EmbeddingTable:
    return EmbeddingTable(old.pickup @ by, old.dropoff @ by)


def test_a_right_angle_worked_by_hand() -> None:
    """Three points turned by 90 degrees: (x, y) went to (−y, x); the way back is its transpose."""
    old = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]])
    new = np.array([[0.0, 1.0], [-2.0, 0.0], [-1.0, 3.0]])
    turn = procrustes(new, old)
    assert turn == pytest.approx(np.array([[0.0, -1.0], [1.0, 0.0]]), abs=1e-12)
    assert new @ turn == pytest.approx(old)


def test_a_mirror_image_worked_by_hand() -> None:
    old = np.array([[1.0, 1.0], [2.0, 0.0]])
    turn = procrustes(old * [1, -1], old)
    assert turn == pytest.approx(np.diag([1.0, -1.0]), abs=1e-12)
    assert np.linalg.det(turn) == pytest.approx(-1)


@settings(deadline=None)
@given(st.integers(2, 8), st.integers(0, 10_000))
def test_any_turn_is_found_and_no_length_changes(dimensions: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    old = generator.standard_normal((30, dimensions))
    by = ortho_group.rvs(dimensions, random_state=seed)
    turn = procrustes(old @ by, old)
    assert turn == pytest.approx(by.T, abs=1e-9)
    other = generator.standard_normal((30, dimensions))
    assert procrustes(other, old) == pytest.approx(orthogonal_procrustes(other, old)[0], abs=1e-9)
    found = other @ procrustes(other, old)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.linalg.norm(other, axis=1))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_turned_table_comes_back_and_empty_zones_stay_empty(seed: int) -> None:
    old = table()
    back = align(turned(ortho_group.rvs(8, random_state=seed), old), old)
    assert back.pickup == pytest.approx(old.pickup, abs=2e-6)
    assert back.dropoff == pytest.approx(old.dropoff, abs=2e-6)
    assert not back.pickup[(old.pickup == 0).all(axis=1)].any()
    assert (back.axes == old.digest and back.digest != old.axes) or back.digest == old.digest


def test_zones_that_only_one_table_has_do_not_decide_the_turn() -> None:
    old = table()
    new = turned(ortho_group.rvs(8, random_state=3), old)
    missing = int(np.flatnonzero(~old.known)[0])
    pickup = new.pickup.copy()
    pickup[missing] = 1000.0
    back = align(EmbeddingTable(pickup, new.dropoff), old)
    assert back.pickup[old.known] == pytest.approx(old.pickup[old.known], abs=2e-6)
    assert np.linalg.norm(back.pickup[missing]) == pytest.approx(1000 * np.sqrt(8))


def test_the_seed_changes_signs_only_and_als_turns_any_way() -> None:
    old, again, als = table(), table(2), table(1, "als")
    signs = np.sign((old.pickup * again.pickup).sum(axis=0))
    assert (signs < 0).any() and (signs > 0).any()
    assert again.pickup * signs == pytest.approx(old.pickup, abs=1e-5)
    assert again.dropoff * signs == pytest.approx(old.dropoff, abs=1e-5)
    # Equal in what they were made for, as far as they go; not in any column.
    two = table(2, "als")
    assert als.pickup @ als.dropoff.T == pytest.approx(two.pickup @ two.dropoff.T, abs=0.02)
    columns = np.corrcoef(als.pickup.T, old.pickup.T)[:8, 8:]
    assert (np.abs(columns).max(axis=1) < 0.95).any()


def test_embeddings_are_the_best_of_their_rank() -> None:
    """By numpy's dense SVD of a count matrix made with pandas."""
    trips = january()
    known = trips[trips["PULocationID"].between(1, 263) & trips["DOLocationID"].between(1, 263)]
    counts = pd.crosstab(known["PULocationID"], known["DOLocationID"])
    matrix = np.log1p(counts.reindex(index=range(1, 264), columns=range(1, 264), fill_value=0))
    u, s, vt = np.linalg.svd(matrix.to_numpy())
    best = (u[:, :8] * s[:8]) @ vt[:8]
    assert table().pickup @ table().dropoff.T == pytest.approx(best, abs=1e-4)


def test_unknown_zones_have_zeros_and_count_for_nothing() -> None:
    strange = pd.DataFrame(
        {"PULocationID": [264.0, 265, -1, 0, 1e6, np.nan, 132], "DOLocationID": [132.0] * 7}
    )
    vectors = table().look_up(strange)
    assert (vectors.iloc[:6, :8] == 0).all(axis=None) and (vectors.iloc[6, :8] != 0).any()
    assert vectors["dropoff_0"].nunique() == 1
    more = pd.concat([january(), strange.iloc[:6].astype("Int64", errors="ignore")])
    assert zone_embeddings(more).digest == table().digest


def test_neighbours_do_not_see_a_turn_but_do_see_other_zones() -> None:
    old = table()
    assert neighbour_overlap(turned(ortho_group.rvs(8, random_state=0), old), old) > 0.99
    generator = np.random.default_rng(0)
    shuffled = generator.permutation(np.flatnonzero(old.known))
    pickup, dropoff = old.pickup.copy(), old.dropoff.copy()
    pickup[old.known], dropoff[old.known] = old.pickup[shuffled], old.dropoff[shuffled]
    overlap = neighbour_overlap(EmbeddingTable(pickup, dropoff), old)
    assert overlap == pytest.approx(10 / old.known.sum(), abs=0.05)


def test_drift_does_not_see_a_symmetric_column_flip() -> None:
    """A column that is as often x as −x has the same distribution when its sign changes."""
    x = np.random.default_rng(0).standard_normal(5000)
    frame = pd.DataFrame({"symmetric": np.concatenate([x, -x]), "skewed": np.exp([*x, *x])})
    found = ks_table(frame, -frame)
    assert found["symmetric"].statistic == 0
    assert found["skewed"].statistic == 1 == ks_2samp(frame["skewed"], -frame["skewed"]).statistic


def test_a_model_refuses_another_version_and_takes_an_aligned_one() -> None:
    train = dm.featurize(january())
    old, new = table(), table(2)
    model = fit_embedded(train, old, n_estimators=5)
    with pytest.raises(DataError) as refusal:
        model.predict_proba(train, new)
    said = str(refusal.value)
    assert old.digest[:12] in said and new.digest[:12] in said and "align(new, old)" in said
    p = model.predict_proba(train, old)
    assert model.predict_proba(train, align(new, old)).to_numpy() == pytest.approx(
        p.to_numpy(), abs=0.02
    )
    forced = dm.predict_proba(model.forest, embedded(train, new))
    assert (forced != p).mean() > 0.5
    # One turned onto a third table is none of this model's business.
    with pytest.raises(DataError, match="trained with embedding"):
        model.predict_proba(train, align(old, table(3, "als")))


def test_a_digest_names_the_vectors_and_nothing_else() -> None:
    old = table()
    assert EmbeddingTable(old.pickup.copy(), old.dropoff.copy()).digest == old.digest
    assert EmbeddingTable(old.pickup * [1.0] * 1 + 0, -0.0 + old.dropoff).digest == old.digest
    touched = old.pickup.copy()
    touched[131, 0] += 1e-6
    assert EmbeddingTable(touched, old.dropoff).digest != old.digest
    assert EmbeddingTable(old.dropoff, old.pickup).digest != old.digest


def test_alignment_errors_name_what_is_wrong() -> None:
    with pytest.raises(SettingError, match="give vectors of one shape"):
        procrustes(np.ones((2, 2)), np.ones((3, 2)))
    with pytest.raises(RecordsError, match="1 vectors do not fix a turn in 2 dimensions"):
        procrustes([[1.0, 0.0]], [[0.0, 1.0]])
    with pytest.raises(RecordsError, match="not finite"):
        procrustes([[np.nan]], [[1.0]])
    with pytest.raises(SettingError, match="8 and 3 dimensions"):
        align(table(), zone_embeddings(january(), 3))
    with pytest.raises(SettingError, match="method is 'svd2'"):
        zone_embeddings(january(), method="svd2")
    with pytest.raises(SettingError, match="dimensions is 0"):
        zone_embeddings(january(), 0)
    with pytest.raises(SchemaError, match="DOLocationID"):
        zone_embeddings(january()[["PULocationID"]])
    with pytest.raises(RecordsError, match="0 pairs of known zones"):
        zone_embeddings(january().head(0))
    with pytest.raises(SettingError, match="k is 0"):
        neighbour_overlap(table(), table(), k=0)
    with pytest.raises(SettingError, match="shape"):
        EmbeddingTable(np.ones((263, 2)), np.ones((263, 3)))
