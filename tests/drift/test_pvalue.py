"""p of D: scipy's, its limit, and its logarithm where p is too small for a double."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import special, stats

from debugml.drift import p_by_size
from debugml.drift.pvalue import MAX_KSTWO, asymptotic_p, effective_size, limit_error, log10_p
from debugml.errors import SettingError


@pytest.mark.slow
@pytest.mark.parametrize("n", [200_010, 1_000_000, 6_400_000])
def test_the_limit_is_near_scipy_where_it_takes_over(n: int) -> None:
    size = n / 2
    assert size > MAX_KSTWO
    # From a p near 1 to one of 1e-10.
    for scaled in np.linspace(0.4, 3.4, 7):
        d = scaled / np.sqrt(size)
        expected = stats.kstwo.sf(d, np.round(size))
        assert asymptotic_p(d, n, n) == pytest.approx(expected, rel=0.01)


def test_p_by_size_is_scipys_at_equal_sizes() -> None:
    found = p_by_size([0.01, 0.05], [20_000, 50_000])
    assert found[["statistic", "n"]].values.tolist() == [
        [0.01, 20_000],
        [0.01, 50_000],
        [0.05, 20_000],
        [0.05, 50_000],
    ]
    # Two samples built to have this D exactly.
    a = np.arange(20_000)
    expected = stats.ks_2samp(a, a + 200)
    assert expected.statistic == pytest.approx(0.01)
    assert found["p_value"][0] == pytest.approx(expected.pvalue, abs=1e-9)
    assert found["p_value"].between(0, 1).all()


@settings(max_examples=100, deadline=None)
@given(st.floats(1, 1e8), st.floats(1e-300, 1.0))
def test_log10_of_p_is_the_logarithm_of_p(size: float, p: float) -> None:
    statistic = special.kolmogi(p) / math.sqrt(size)
    assert log10_p(statistic, size) == pytest.approx(math.log10(p), rel=1e-6, abs=1e-12)


def test_log10_of_p_where_p_underflows_by_whole_series() -> None:
    # Kolmogorov's series with the exponents taken out: only the first term is left.
    size, statistic = 1e6, 0.1
    first = -2 * size * statistic**2
    series = sum((-1) ** (k - 1) * math.exp(first * (k**2 - 1)) for k in range(1, 5))
    expected = (math.log(2) + first + math.log(series)) / math.log(10)
    assert special.kolmogorov(math.sqrt(size) * statistic) == 0
    assert log10_p(statistic, size) == pytest.approx(expected, rel=1e-14)


def test_the_limits_error_shrinks_with_size() -> None:
    table = limit_error([100, 1_000, 10_000, 100_000], [0.5, 0.05, 1e-3])
    for _, rows in table.groupby(table["p_limit"].round(9)):
        assert rows["relative_error"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(
        table["p_kstwo"] * (1 + table["relative_error"]), table["p_limit"], rtol=1e-12
    )
    np.testing.assert_allclose(table["p_limit"], np.tile([0.5, 0.05, 1e-3], 4), rtol=1e-9)
    # The limit errs on the side of calling nothing: its p is the larger, as Stephens (1970) has it.
    assert (table["relative_error"] > 0).all()


@pytest.mark.filterwarnings("error")
def test_two_records_have_a_p() -> None:
    assert asymptotic_p(0.5, 1, 1) == pytest.approx(stats.kstwo.sf(0.5, 1)) == 1.0
    assert asymptotic_p(1.0, 1, 1) == 0.0
    assert p_by_size([0.5], [1, 2])["p_value"].notna().all()


def test_settings_out_of_range() -> None:
    for d in (1.5, -1, math.nan):
        with pytest.raises(SettingError, match=f"a D of {d}"):
            p_by_size([0.1, d], [100])
        with pytest.raises(SettingError, match=f"a D of {d}"):
            asymptotic_p(d, 10**6, 10**6)
    for size in (math.nan, math.inf):
        with pytest.raises(SettingError, match=f"samples of {size}"):
            effective_size(size, 5)
    with pytest.raises(SettingError, match="p-value of 0"):
        limit_error([100], [0])
    with pytest.raises(SettingError, match="effective size of 0"):
        limit_error([0], [0.5])
    with pytest.raises(SettingError, match="samples of 0 and 5"):
        effective_size(0, 5)
