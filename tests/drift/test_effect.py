"""Minimum effect, equivalence and bounds for D: by other formulas, and by simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import special, stats

from debugml.drift.effect import check_level, d_bounds, equivalence, minimum_effect, verdict
from debugml.drift.pvalue import asymptotic_p
from debugml.errors import SettingError

ds = st.floats(0, 1)
sizes = st.integers(1, 10**8)
tolerances = st.floats(0, 0.99)


@settings(deadline=None)
@given(ds, sizes, sizes, tolerances, st.floats(1e-6, 0.5))
def test_bounds_and_alarm_are_one_and_the_same(
    d: float, n: int, m: int, tolerance: float, level: float
) -> None:
    low, high = d_bounds(d, n, m, level)
    assert 0 <= low <= d <= high <= 1
    p = minimum_effect(d, n, m, tolerance)
    assume(abs(p - level) > 1e-6 * level and abs(low - tolerance) > 1e-9)
    assert (p < level) == (low > tolerance)


@settings(deadline=None)
@given(ds, sizes, sizes, tolerances, st.sampled_from(["bound", "asymptotic"]))
def test_alarm_and_all_clear_never_together(
    d: float, n: int, m: int, tolerance: float, method: str
) -> None:
    alarm = minimum_effect(d, n, m, tolerance, method=method)  # type: ignore[arg-type]
    clear = equivalence(d, n, m, tolerance)
    assert 0 <= alarm <= 1 and 0 <= clear <= 1
    assert max(alarm, clear) == 1
    assert verdict(alarm, clear) in ("drifted", "same", "can't tell")
    assert minimum_effect(d, m, n, tolerance) == pytest.approx(
        minimum_effect(d, n, m, tolerance), rel=1e-6
    )


def test_by_hand() -> None:
    # n = m: nm / (√n + √m)² is n / 4, and nm / (n + m) is n / 2.
    assert minimum_effect(0.3, 400, 400, 0.1) == pytest.approx(4 * math.exp(-2 * 0.04 * 100))
    assert equivalence(0.1, 400, 400, 0.3) == pytest.approx(math.exp(-2 * 0.04 * 200))
    # Three classes: six sets that are neither empty nor everything.
    found = minimum_effect(0.3, 400, 400, 0.1, classes=3)
    assert found == pytest.approx(6 * math.exp(-2 * 0.04 * 200))
    many = minimum_effect(0.5, 10_000, 10_000, 0.1, classes=2_000)
    assert many == pytest.approx(math.exp(min(0, 2_000 * math.log(2) - 2 * 0.16 * 5_000)))


def test_the_split_of_the_error_is_the_best_for_its_bound() -> None:
    # 2 exp(−2 n a²) + 2 exp(−2 m b²) with a + b = t: no split on a grid gets far below.
    n, m, t = 900, 400, 0.2
    a = np.linspace(0, t, 10_001)
    each = np.maximum(np.exp(-2 * n * a**2), np.exp(-2 * m * (t - a) ** 2))
    assert minimum_effect(t, n, m, 0) == pytest.approx(4 * each.min(), rel=1e-2)


def test_asymptotic_at_tolerance_0_is_ks() -> None:
    n, m, d = 500_000, 700_000, 0.003
    assert minimum_effect(d, n, m, 0, method="asymptotic") == asymptotic_p(d, n, m)
    at = math.sqrt(n * m / (n + m)) * 0.002
    assert minimum_effect(d, n, m, 0.001, method="asymptotic") == special.kolmogorov(at)


def apart(shape: str, d: float) -> tuple[np.ndarray, np.ndarray]:
    """Shares in cells of two distributions whose functions are exactly d apart."""
    u = np.linspace(0, 1, 401)
    if shape == "normals":
        shift = 2 * stats.norm.ppf((1 + d) / 2)
        x = np.sort(np.append(stats.norm.ppf(u), shift / 2))
        functions = stats.norm.cdf(x), stats.norm.cdf(x - shift)
    elif shape == "apart everywhere":
        functions = np.where(u > 0, np.minimum(u + d, 1), 0), u
    elif shape == "ahead, then behind":
        functions = u + d * np.interp(u, [0, 0.2, 0.4, 0.6, 0.8, 1], [0, 1, 1, -1, -1, 0]), u
    else:
        functions = np.array([0, 0.5 + d, 1]), np.array([0, 0.5, 1])
    assert np.abs(functions[0] - functions[1]).max() == pytest.approx(d)
    one, other = (np.diff(f) for f in functions)
    assert min(one.min(), other.min()) >= -1e-12
    return one.clip(0), other.clip(0)


REPEATS = 1_500
MOST = 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPEATS)


@pytest.mark.parametrize(
    "shape", ["normals", "apart everywhere", "ahead, then behind", "yes or no"]
)
@pytest.mark.parametrize("n, m", [(100, 100), (100, 1_500), (2_000, 300), (5_000, 5_000)])
def test_sizes_where_the_true_d_is_the_tolerance(shape: str, n: int, m: int) -> None:
    tolerance = 0.05
    one, other = apart(shape, tolerance)
    generator = np.random.default_rng(n + m)
    functions = [
        np.cumsum(generator.multinomial(k, p / p.sum(), REPEATS), axis=1) / k
        for k, p in ((n, one), (m, other))
    ]
    statistics = np.abs(functions[0] - functions[1]).max(axis=1).clip(0, 1)
    wrong = {"bound": 0, "asymptotic": 0, "clear": 0, "outside": 0}
    for d in statistics.tolist():
        wrong["bound"] += minimum_effect(d, n, m, tolerance) <= 0.05
        wrong["asymptotic"] += minimum_effect(d, n, m, tolerance, method="asymptotic") <= 0.05
        wrong["clear"] += equivalence(d, n, m, tolerance) <= 0.05
        low, high = d_bounds(d, n, m)
        wrong["outside"] += not low <= tolerance <= high
    assert max(wrong.values()) / REPEATS <= MOST, wrong


def test_size_of_the_test_for_classes() -> None:
    p = np.array([0.4, 0.3, 0.2, 0.1])
    q = p + np.array([0.05, -0.05, 0, 0])
    generator = np.random.default_rng(0)
    n, m = 800, 1_200
    a, b = generator.multinomial(n, p, REPEATS) / n, generator.multinomial(m, q, REPEATS) / m
    distances = np.abs(a - b).sum(axis=1) / 2
    # Total variation is the largest difference of any set of classes.
    sets = np.array(list(itertools.product([0, 1], repeat=4)))
    np.testing.assert_allclose(distances, ((a - b) @ sets.T).max(axis=1), atol=1e-12)
    ps = [minimum_effect(d, n, m, 0.05, classes=4) for d in distances.tolist()]
    clear = [equivalence(d, n, m, 0.05) for d in distances.tolist()]
    assert np.mean(np.array(ps) <= 0.05) <= MOST and np.mean(np.array(clear) <= 0.05) <= MOST


def test_more_records_decide() -> None:
    same = [equivalence(0.03, n, n, 0.05) for n in (10, 1_000, 100_000)]
    drifted = [minimum_effect(0.07, n, n, 0.05) for n in (10, 1_000, 100_000)]
    assert same[0] > 0.5 and same[-1] < 1e-12
    assert drifted[0] == 1 and drifted[-1] < 1e-6


def test_settings_out_of_range() -> None:
    with pytest.raises(SettingError, match=r"D of 1\.5"):
        d_bounds(1.5, 10, 10)
    with pytest.raises(SettingError, match="tolerance of 1"):
        equivalence(0.5, 10, 10, 1)
    with pytest.raises(SettingError, match="samples of 0"):
        minimum_effect(0.5, 0, 10, 0.1)
    with pytest.raises(SettingError, match="1 classes"):
        minimum_effect(0.5, 10, 10, 0.1, classes=1)
    with pytest.raises(SettingError, match="'exact' is not known"):
        minimum_effect(0.5, 10, 10, 0.1, method="exact")  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="level is 0"):
        check_level(0)
    with pytest.raises(SettingError, match="p-value is nan"):
        verdict(float("nan"), 0.5)
