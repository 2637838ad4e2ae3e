"""Corrections: by another computation, by their properties, by their false alarms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from debugml.errors import RecordsError
from debugml.multiplicity import benjamini_hochberg, bonferroni, holm

SOME = st.lists(st.integers(0, 1000).map(lambda k: k / 1000), min_size=1, max_size=12)


def called(p: np.ndarray, alpha: float) -> set[int]:
    """Holm's own words: from the smallest p on, call while p <= alpha / tests left."""
    found: set[int] = set()
    for rank, at in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if p[at] > alpha / (len(p) - rank):
            break
        found.add(at)
    return found


@given(SOME)
def test_adjusted_is_the_least_level_at_which_the_procedure_calls(values: list[float]) -> None:
    p = np.array(values)
    adjusted = holm(p)
    for at, level in enumerate(adjusted):
        assert level == 1 or at in called(p, level * (1 + 1e-9))
        assert level == 0 or at not in called(p, level * (1 - 1e-9))


@given(SOME)
def test_between_the_raw_p_and_bonferroni_and_in_its_order(values: list[float]) -> None:
    p = np.array(values)
    adjusted = holm(p)
    assert (adjusted >= p).all() and (adjusted <= np.minimum(p * len(p), 1)).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    turned = np.random.default_rng(0).permutation(len(p))
    np.testing.assert_array_equal(holm(p[turned]), adjusted[turned])


def test_by_hand() -> None:
    # 0.01·4; 0.02·3 = 0.06; 0.03·2 = 0.06; 0.9·1.
    np.testing.assert_allclose(holm([0.03, 0.9, 0.01, 0.02]), [0.06, 0.9, 0.04, 0.06])
    assert holm([0.2]).tolist() == [0.2] and holm([]).tolist() == []


def test_few_families_raise_a_false_alarm() -> None:
    draws = np.random.default_rng(0).random((20_000, 10))
    false = np.mean([holm(p).min() <= 0.05 for p in draws])
    assert 0.044 < false < 0.054
    assert (draws.min(axis=1) <= 0.05).mean() > 0.35  # what it spares the reader


@given(SOME)
def test_false_discovery_rate_is_scipys(values: list[float]) -> None:
    found, expected = benjamini_hochberg(values), stats.false_discovery_control(values)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(SOME)
def test_the_weaker_the_promise_the_more_is_called(values: list[float]) -> None:
    assert (benjamini_hochberg(values) <= holm(values) + 1e-15).all()
    assert (holm(values) <= bonferroni(values)).all()
    assert bonferroni(values).min() == holm(values).min()


def test_the_others_by_hand() -> None:
    np.testing.assert_allclose(bonferroni([0.03, 0.9, 0.01]), [0.09, 1, 0.03])
    # 0.01·4/1; 0.02·4/2 = 0.04; 0.03·4/3 = 0.04; 0.9.
    np.testing.assert_allclose(benjamini_hochberg([0.03, 0.9, 0.01, 0.02]), [0.04, 0.9, 0.04, 0.04])
    assert bonferroni([]).tolist() == [] and benjamini_hochberg([]).tolist() == []


def test_among_the_calls_few_are_false() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(2000):
        p = stats.norm.sf(rng.normal(size=20) + np.repeat([0.0, 3.0], 10))
        called_here = benjamini_hochberg(p) <= 0.2
        shares.append(called_here[:10].sum() / max(1, called_here.sum()))
    assert 0.085 < np.mean(shares) < 0.115  # half are true nulls: 0.2 times 10 / 20


@pytest.mark.parametrize("correct", [holm, bonferroni, benjamini_hochberg])
@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(
    correct: Callable[[list[float]], np.ndarray], bad: float
) -> None:
    with pytest.raises(RecordsError, match="p-value is"):
        correct([0.5, bad])
