"""Categories that the reference hardly knows: no false alarms of them, and true ones kept."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from debugml.drift.categorical import CategoryCounts
from debugml.drift.columns import Wanted
from debugml.drift.effect import minimum_effect
from debugml.drift.row import MOST_UNSEEN, Row, row

ZONE = Wanted("zone", "categorical", "int64", "number")
REFUSED = "too many rare categories to judge: pool them"


def counts(sample: np.ndarray) -> CategoryCounts:
    values, n = np.unique(sample, return_counts=True)
    return CategoryCounts(dict(zip(values.tolist(), n.tolist(), strict=True)))


def compared(one: CategoryCounts, other: CategoryCounts, tolerance: float = 0.1) -> Row:
    return row(ZONE, one, other, tolerance, 0.05, p_value=False)


@pytest.mark.parametrize(
    ("kinds", "n", "m"), [(300, 100, 20_000), (300, 1400, 20_000), (50, 260, 20_000)]
)
def test_many_rare_categories_without_drift_keep_the_level(kinds: int, n: int, m: int) -> None:
    """Declared: seed 0; the bound is 0.999 of Binomial(100, 0.05)."""
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(100):
        found = compared(counts(rng.integers(kinds, size=n)), counts(rng.integers(kinds, size=m)))
        alarms += found.p_alarm <= 0.05
    assert alarms <= stats.binom.ppf(0.999, 100, 0.05)


def test_a_reference_that_has_not_seen_most_makes_no_alarm() -> None:
    rng = np.random.default_rng(0)
    found = compared(counts(rng.integers(300, size=100)), counts(rng.integers(300, size=20_000)))
    assert found.figures["effect"] > 0.5  # all of it chance: nothing drifted
    assert (found.p_alarm, found.figures["effect_low"]) == (1.0, 0.0)
    assert REFUSED in found.notes


def test_the_rule_is_the_share_of_singletons() -> None:
    assert MOST_UNSEEN == 0.01
    after = CategoryCounts({"a": 100, "b": 100_000})
    for singletons, judged in ((10, True), (11, False)):
        rare = {f"rare {i}": 1 for i in range(singletons)}
        found = compared(CategoryCounts({"a": 1000 - singletons, **rare}), after)
        assert (REFUSED in found.notes) is not judged
        assert (found.p_alarm < 1, found.figures["effect_low"] > 0) == (judged, judged)


def test_a_shift_among_four_common_classes_is_found() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    for _ in range(20):
        one, other = (rng.choice(4, size=1000, p=p) for p in (shares, shares[::-1]))
        found = compared(counts(one), counts(other))
        assert found.p_alarm <= 0.05 and REFUSED not in found.notes
        effect = found.figures["effect"]
        assert found.p_alarm == minimum_effect(effect, 1000, 1000, 0.1, classes=5)
