"""Every figure against scikit-learn, with ties; merged in any order, the same bits."""

from __future__ import annotations

import itertools
import math
import random
from functools import reduce

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given, settings, strategies as st

from debugml.labels import zeros_and_ones
from debugml.metrics import Score, ScoreCounts, always_yes_f1, f1_score

# Few distinct probabilities make ties; 0.5 sits on the threshold.
probability = st.one_of(
    st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]), st.floats(0, 1, allow_subnormal=False)
)
records = st.lists(st.tuples(st.integers(0, 1), probability), min_size=1, max_size=60)


def score(rows: list[tuple[int, float]], rate: float | None = 0.4) -> Score:
    labels, given_ = zip(*rows, strict=True)
    return ScoreCounts.of(labels, given_).score(train_base_rate=rate)


@settings(max_examples=300, deadline=None)
@given(records)
def test_all_figures_equal_scikit_learn(rows: list[tuple[int, float]]) -> None:
    y, p = (np.array(column) for column in zip(*rows, strict=True))
    yes = (p > 0.5).astype(int)
    found = score(rows)
    assert found.n == len(rows)
    assert found.base_rate == y.mean()
    assert found.f1 == pytest.approx(sk.f1_score(y, yes, zero_division=0), abs=1e-12)
    assert found.precision == pytest.approx(sk.precision_score(y, yes, zero_division=0), abs=1e-12)
    assert found.recall == pytest.approx(sk.recall_score(y, yes, zero_division=0), abs=1e-12)
    assert found.log_loss == pytest.approx(sk.log_loss(y, p, labels=[0, 1]), rel=1e-12, abs=1e-15)
    assert found.brier == pytest.approx(np.mean((p - y) ** 2), abs=1e-12)
    always = sk.f1_score(y, np.ones_like(y), zero_division=0)
    assert found.always_yes_f1 == pytest.approx(always, abs=1e-12)
    assert found.skill == pytest.approx(
        1 - np.mean((p - y) ** 2) / np.mean((0.4 - y) ** 2), abs=1e-9
    )
    if 0 < y.sum() < len(y):
        assert found.auc == pytest.approx(sk.roc_auc_score(y, p), abs=1e-12)
        assert found.brier == pytest.approx(sk.brier_score_loss(y, p), abs=1e-12)
        own = 1 - np.mean((p - y) ** 2) / np.mean((y.mean() - y) ** 2)
        assert found.skill_own_rate == pytest.approx(own, abs=1e-9)
        assert found.notes == (() if yes.any() else found.notes)
    else:
        assert math.isnan(found.auc) and any("AUC" in note for note in found.notes)


@settings(max_examples=150, deadline=None)
@given(records, st.integers(1, 7), st.randoms(use_true_random=False))
def test_any_split_and_order_gives_the_same_bits(
    rows: list[tuple[int, float]], parts: int, chance: random.Random
) -> None:
    whole = score(rows)
    shuffled = chance.sample(rows, len(rows))
    pieces = [
        ScoreCounts.of([y for y, _ in part], [p for _, p in part])
        for part in (shuffled[i::parts] for i in range(parts))  # some may be empty
    ]
    one_way = reduce(ScoreCounts.merge, pieces)
    other_way = reduce(lambda a, b: b.merge(a), pieces)
    for merged in (one_way, other_way):
        assert repr(merged.score(train_base_rate=0.4)) == repr(whole)


def test_bits_survive_a_split_of_real_size() -> None:
    generator = np.random.default_rng(3)
    p = generator.random(50_000)
    y = generator.random(50_000) < p
    whole = ScoreCounts.of(y, p).score(0.5)
    cuts = [0, 17, 20_000, 20_001, 49_000, 50_000]
    pieces = [ScoreCounts.of(y[a:b], p[a:b]) for a, b in itertools.pairwise(cuts)]
    assert repr(reduce(ScoreCounts.merge, pieces[::-1]).score(0.5)) == repr(whole)
    assert whole.auc == pytest.approx(sk.roc_auc_score(y, p), abs=1e-12)


@pytest.mark.parametrize(
    ("labels", "probabilities", "zero", "nan", "words"),
    [
        ([0, 0], [0.1, 0.2], ["f1", "precision", "recall"], ["auc", "skill_own_rate"], 5),
        ([1, 1], [0.9, 0.8], [], ["auc", "skill_own_rate"], 2),
        ([0, 1], [0.1, 0.2], ["f1", "precision", "recall"], [], 1),
        ([0, 0], [0.9, 0.8], ["f1", "precision", "recall"], ["auc", "skill_own_rate"], 3),
    ],
)
def test_undefined_figures_are_set_or_nan_and_said(
    labels: list[int], probabilities: list[float], zero: list[str], nan: list[str], words: int
) -> None:
    found = ScoreCounts.of(labels, probabilities).score(train_base_rate=0.3)
    figures = found.to_dict()
    assert all(figures[name] == 0 for name in zero)
    assert [name for name, value in figures.items() if math.isnan(value)] == nan
    assert len(found.notes) == words, found.notes


def test_no_training_rate_is_said() -> None:
    found = score([(0, 0.2), (1, 0.7)], rate=None)
    assert math.isnan(found.skill) and found.notes == (
        "training base rate not given: skill is undefined",
    )


def test_perfect_constant_forecast_is_said() -> None:
    found = ScoreCounts.of([1, 1], [0.9, 0.8]).score(train_base_rate=1.0)
    assert math.isnan(found.skill)
    assert any("training base rate has no error" in note for note in found.notes)


@given(st.integers(0, 500), st.integers(0, 500))
def test_always_yes_is_f1_of_saying_yes(yes: int, no: int) -> None:
    if yes + no:
        assert float(always_yes_f1(yes / (yes + no))) == pytest.approx(
            float(f1_score(tp=yes, fp=no, fn=0)), abs=1e-12
        )


def test_f1_element_by_element() -> None:
    assert f1_score([0, 1, 3], [0, 1, 0], [0, 1, 1]).tolist() == [0, 0.5, 6 / 7]


def test_threshold_itself_is_a_no() -> None:
    found = score([(1, 0.5), (1, math.nextafter(0.5, 1)), (0, 0.5)])
    assert found.recall == 0.5 and found.precision == 1


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="3 labels, 2 probabilities"):
        ScoreCounts.of([0, 1, 1], [0.1, 0.2])
    with pytest.raises(ValueError, match="label is 2"):
        ScoreCounts.of([0, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="label is nan"):
        ScoreCounts.of([0, math.nan], [0.1, 0.2])
    for outside in (-0.1, 1.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="a probability is"):
            ScoreCounts.of([0, 1], [0.1, outside])
    with pytest.raises(ValueError, match="no records"):
        ScoreCounts.of([], []).score()
    with pytest.raises(ValueError, match=r"prediction is 0.5"):
        zeros_and_ones([1, 0.5], "prediction")


def test_to_frame_has_every_figure() -> None:
    found = score([(0, 0.2), (1, 0.7)])
    row = found.to_frame()
    assert row.shape == (1, 12)
    assert row.iloc[0].to_dict() == found.to_dict() | {"notes": ""}
