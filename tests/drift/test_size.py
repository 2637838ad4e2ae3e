"""The smallest significant D, and sizes worked out from D and p."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import special, stats

from debugml.drift.pvalue import asymptotic_p
from debugml.drift.size import predict_p, smallest_significant, solve_size
from debugml.errors import SettingError


@pytest.mark.parametrize("tests", [1, 11])
def test_scipy_calls_the_smallest_and_not_the_next_smaller(tests: int) -> None:
    level = 0.05 / tests
    for n, d in smallest_significant([8, 50, 731, 3_000], tests=tests).to_numpy():
        n, ahead = int(n), round(d * n)
        # The first `ahead` values of one sample lie below all others, which alternate.
        for k, significant in ((ahead, True), (ahead - 1, False)):
            one = np.concatenate([np.zeros(k), np.full(n - k, 2)])
            other = np.full(n, 2)
            found = stats.ks_2samp(one, other)
            assert found.statistic == pytest.approx(k / n)
            assert (found.pvalue <= level) == significant


@pytest.mark.parametrize("n", [20_000, 1_000_000, 10**8])
def test_p_just_above_and_below_at_large_sizes(n: int) -> None:
    (d,) = smallest_significant([n], level=0.01)["statistic"]
    assert asymptotic_p(d, n, n) <= 0.01 < asymptotic_p(d - 1 / n, n, n)


def test_no_d_is_large_enough_in_tiny_samples() -> None:
    # Of 2 and 2 values, all orders: D = 1 in 2 of 6.
    assert smallest_significant([1, 2], level=0.05)["statistic"].tolist() == [2, 2]
    assert smallest_significant([2], level=0.34)["statistic"].tolist() == [1]


@settings(deadline=None)
@given(st.floats(1e-4, 0.5), st.floats(10, 1e8), st.floats(0, 0.01))
def test_sizes_solved_hold_the_size(d: float, size: float, off: float) -> None:
    p = float(special.kolmogorov(math.sqrt(size) * d))
    # A p that rounds to 0 or 1, or is known to a few bits only, tells no size.
    assume(1e-300 < p < 0.99)
    rounding = off * d
    low, high = solve_size(d, p, rounding)
    assert low <= size * (1 + 1e-6) and high >= size * (1 - 1e-6)
    printed = d + rounding * 0.9
    low, high = solve_size(printed, p, rounding)
    assert low <= size * (1 + 1e-6) and high >= size * (1 - 1e-6)
    least, most = predict_p(printed, (size, size), rounding)
    assert least - 1e-6 <= math.log10(p) <= most + 1e-6


def test_a_p_that_a_double_just_holds() -> None:
    low, high = solve_size(0.009676, 8.610133e-258)
    assert low == high
    assert predict_p(0.009676, (low, high)) == pytest.approx(2 * (math.log10(8.610133e-258),))
    # By hand: log p = log 2 − 2 z².
    assert low == pytest.approx(math.log(2 / 8.610133e-258) / 2 / 0.009676**2)
    low_p, high_p = predict_p(0.05, (3e6, 3.1e6), 5e-7)
    assert low_p < high_p < -6_500


def test_settings_out_of_range() -> None:
    with pytest.raises(SettingError, match=r"p-value of 0\.0 tells no size"):
        solve_size(0.1, 0.0)
    with pytest.raises(SettingError, match="cannot have made of 0"):
        solve_size(0.001, 0.5, rounding=0.001)
    with pytest.raises(SettingError, match="low, high"):
        predict_p(0.1, (20, 10))
    with pytest.raises(SettingError, match="neither can be negative"):
        predict_p(-0.1, (10, 20))
    with pytest.raises(SettingError, match="0 tests"):
        smallest_significant([10], tests=0)
    with pytest.raises(SettingError, match="samples of 0"):
        smallest_significant([0])
    for wrong in (10.5, math.nan, math.inf):
        with pytest.raises(SettingError, match=f"samples of {wrong}: give a whole number"):
            smallest_significant([10, wrong])  # type: ignore[list-item]
    with pytest.raises(SettingError, match=r"1\.5 tests"):
        smallest_significant([10], tests=1.5)  # type: ignore[arg-type]
