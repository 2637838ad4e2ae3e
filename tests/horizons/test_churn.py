"""Churn and spread by hand, and two models that part off the months they were tested on."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from sklearn.tree import DecisionTreeClassifier

from debugml.errors import RecordsError, SchemaError
from debugml.horizons import churn, disagreement, pair_disagreement, pairwise_churn, spread

decisions = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40)


def test_churn_worked_by_hand() -> None:
    """Ten trips; a says yes to eight, b to seven; they differ on three."""
    a = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    b = [1, 1, 1, 1, 1, 1, 0, 0, 1, 0]
    two = churn(a, b)
    assert (two.n, two.rate, two.yes_a, two.yes_b) == (10, 0.3, 0.8, 0.7)
    assert two.expected == pytest.approx(0.8 * 0.3 + 0.7 * 0.2)
    assert two.kappa == pytest.approx(1 - 0.3 / 0.38)


@settings(deadline=None)
@given(decisions)
def test_churn_is_symmetric_and_its_kappa_is_cohens(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    one, other = churn(a, b), churn(b, a)
    assert one.rate == other.rate == np.mean(a != b)
    assert one.expected == pytest.approx(other.expected)
    if one.expected > 0:
        assert one.kappa == pytest.approx(cohen_kappa_score(a, b), abs=1e-9)
    else:
        assert one.rate == 0 and one.kappa == 1


def test_independent_models_have_the_churn_that_is_expected_of_them() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.random(200_000) < 0.9, generator.random(200_000) < 0.8
    two = churn(a, b)
    assert two.rate == pytest.approx(two.expected, abs=0.003)
    assert two.kappa == pytest.approx(0, abs=0.02)


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 1000))
def test_records_disagreement_averages_to_the_pairs_churn(models: int, n: int, seed: int) -> None:
    said = np.random.default_rng(seed).integers(0, 2, (models, n))
    pairs = [np.mean(a != b) for a, b in combinations(said, 2)]
    assert np.mean(pair_disagreement(said)) == pytest.approx(np.mean(pairs))
    assert [pair.rate for pair in pairwise_churn(said)] == pytest.approx(pairs)


def test_spread_is_the_sample_standard_deviation() -> None:
    values = [0.70, 0.73, 0.71, 0.74]
    found = spread(values)
    assert found.sd == pytest.approx(stats.tstd(values))
    assert (found.models, found.lowest, found.highest) == (4, 0.70, 0.74)


def test_models_that_agree_where_they_learned_part_where_they_did_not() -> None:
    """Two features that always agree in training: a tree may take either, and no test knows."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 2, 2000)
    learned = pd.DataFrame({"a": x, "b": x})
    models = [DecisionTreeClassifier(max_depth=1).fit(learned[[n]], x) for n in ("a", "b")]

    def said(frame: pd.DataFrame) -> list[np.ndarray]:
        return [m.predict(frame[[n]]) for m, n in zip(models, ("a", "b"), strict=True)]

    assert churn(*said(learned)).rate == 0
    # In a tenth of later records b is broken: they part there, and nowhere else.
    broken = np.arange(2000) % 10 == 0
    later = learned.assign(b=np.where(broken, 1 - x, x), broken=broken)
    later["time"] = pd.date_range("2020-04-01", periods=2000, freq="15min")
    assert churn(*said(later)).rate == pytest.approx(0.1)
    table = disagreement(later, said(later), "broken").set_index("value")
    assert table["disagreement"].to_dict() == {"True": 1.0, "False": 0.0}
    assert table.loc["True", "p_holm"] < 1e-6


def test_disagreement_of_slices_by_another_computation() -> None:
    """Means by groupby; a slice of half of each day by a paired t-test over days."""
    generator = np.random.default_rng(1)
    n = 20 * 200
    frame = pd.DataFrame(
        {"time": np.repeat(pd.date_range("2020-02-01", periods=20), 200), "half": [0, 1] * (n // 2)}
    )
    chance = np.where(frame["half"] == 1, 0.3, 0.2)
    said = (generator.random((3, n)) < chance).astype(int)
    apart = pd.Series(pair_disagreement(said))
    table = disagreement(frame, said, "half").set_index("value")
    means = apart.groupby(frame["half"]).mean()
    assert table["disagreement"].to_dict() == pytest.approx({"0": means[0], "1": means[1]})
    daily = apart.groupby([frame["time"], frame["half"]]).mean().unstack()
    paired = stats.ttest_rel(daily[1], daily[0])
    assert table.loc["1", "p_value"] == pytest.approx(paired.pvalue, rel=1e-6)
    reach = stats.t.ppf(0.975, 19) * daily[1].std(ddof=1) / np.sqrt(20)
    assert table.loc["1", "high"] == pytest.approx(means[1] + reach)
    assert (table["p_holm"] >= table["p_value"]).all()


def test_where_nothing_parts_the_slices_few_tables_ring() -> None:
    generator, rang = np.random.default_rng(2), 0
    times = np.repeat(pd.date_range("2020-02-01", periods=28), 60)
    for _ in range(60):
        frame = pd.DataFrame({"time": times, "kind": generator.integers(0, 4, len(times))})
        said = generator.random((2, len(times))) < 0.7
        rang += bool((disagreement(frame, said.astype(int), "kind")["p_holm"] < 0.05).any())
    assert rang <= 8


def test_slices_too_small_to_tell_are_left_out() -> None:
    frame = pd.DataFrame({"time": pd.Timestamp("2020-02-01"), "kind": ["a"] * 300 + ["b"] * 50})
    said = np.zeros((2, 350), dtype=int)
    with pytest.raises(RecordsError, match="lower `minimum`"):
        disagreement(frame, said, "kind")
    table = disagreement(frame, said, "kind", minimum=50)
    assert len(table) == 2 and (table["p_value"] == 1).all()


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(RecordsError, match="2 a, 1 b"):
        churn([1, 0], [1])
    with pytest.raises(RecordsError, match="at least one record"):
        churn([], [])
    with pytest.raises(RecordsError, match="decision is 2"):
        churn([2], [1])
    with pytest.raises(RecordsError, match="a row for each of two models"):
        pairwise_churn([[1, 0]])
    with pytest.raises(RecordsError, match="two models"):
        spread([0.5])
    frame = pd.DataFrame({"time": [pd.Timestamp("2020-02-01")]})
    with pytest.raises(SchemaError, match="no column hour"):
        disagreement(frame, [[1], [0]], "hour")
    with pytest.raises(RecordsError, match="1 records, 2 decisions"):
        disagreement(frame.assign(hour=1), [[1, 1], [0, 1]], "hour")
